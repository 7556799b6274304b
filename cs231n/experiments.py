"""The experiments of notebook 3: networks with and without batch norm, trained in pairs.

A *pair* is two networks with the same initial weights that see the same batches in the same order. Only batch norm
differs. Lucky weights or batches help both networks alike, and this cancels in the difference. In this module ``"bn"``
is the network with batch norm and ``"plain"`` the one without. Tables and figures call them by their `LABELS`.
"""

import copy
import functools
import itertools
import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from . import guards, layers, optim
from .classifiers.fc_net import FullyConnectedNet
from .data_utils import Data, first_images  # noqa: F401  (first_images is re-exported)
from .solver import Solver
from .support.session import progress_bar
from .support.student_t import paired_interval, t_quantile  # noqa: F401  (re-exported)
from .support.threads import run_side_by_side
from .training.checks import check_gradients

NETS = {"bn": "batchnorm", "plain": None}
LABELS = {"bn": "with batch norm", "plain": "without"}
MAX_NETWORKS_PER_STACK = 8  # more networks do not fit into the processor's cache
MEASURES = ("train_loss", "train_acc", "val_acc")

Results = dict[str, list[dict[str, Any]]]  # what `compare_nets` returns


def make_net(
    net: str, data: Data, seed: int = 0, weight_scale: float | Literal["he"] = 2e-2,
    hidden_dims: Sequence[int] = (100,) * 5, dtype: DTypeLike = np.float32,
) -> FullyConnectedNet:  # fmt: skip
    """Make a new network for a data set. The two networks of one seed have identical weights.

    Arguments:
        net: ``"bn"`` or ``"plain"``.
        data: dictionary with ``X_train`` (N, ...) and ``y_train``.
        seed, weight_scale, hidden_dims, dtype: see `FullyConnectedNet`.

    Returns:
        A `FullyConnectedNet` with 10 classes and one input per feature of an example.

    Raises:
        KeyError, ValueError: if ``net`` is unknown, or `FullyConnectedNet` refuses an argument.
    """
    return FullyConnectedNet(
        list(hidden_dims), input_dim=int(np.prod(data["X_train"].shape[1:])), normalization=NETS[net],
        weight_scale=weight_scale, dtype=dtype, seed=seed,
    )  # fmt: skip


def compare_nets(
    data: Data, seeds: Sequence[int], num_epochs: int = 10, weight_scale: float | Literal["he"] = 2e-2,
    learning_rate: float | dict[str, float] = 1e-3, batch_size: int = 100, progress: bool | None = None,
    fast: bool = False, jobs: int = 1,
) -> Results:  # fmt: skip
    """Train both networks with Adam, one pair per seed. The seed draws the weights and the batches of both.

    Arguments:
        data: dictionary with ``X_train``, ``y_train``, ``X_val``, ``y_val``.
        seeds: integers, one per pair.
        num_epochs, batch_size, weight_scale: as in `Solver` and `FullyConnectedNet`.
        learning_rate: a number, or a dictionary with one number for ``"bn"`` and one for ``"plain"``.
        progress: see `session.progress_bar`.
        fast: train several seeds side by side, by ``training/fast.py``. The results are the same. But that file has
            its own layers: it uses neither an edited ``layers.py`` nor an installed answer. A release has no such file.
        jobs: with ``fast``, the number of threads. A browser has only one.

    Returns:
        Dictionary from ``"bn"`` and ``"plain"`` to a list of runs, one per seed. A run is a dictionary with ``seed``
        and the lists ``train_loss``, ``train_acc`` and ``val_acc``. Entry e is measured after e epochs in test mode,
        the training loss and accuracy on the first 1,000 training examples.

    Raises:
        ModuleNotFoundError: if ``fast`` is True in a release.
    """
    rates = learning_rate if isinstance(learning_rate, dict) else dict.fromkeys(NETS, learning_rate)
    with progress_bar(len(NETS) * len(seeds) * num_epochs, "training in pairs", progress) as bar:

        def make_solvers() -> Iterable[_ReportingSolver]:
            for seed, net in itertools.product(map(int, seeds), NETS):
                solver = _ReportingSolver(
                    make_net(net, data, seed, weight_scale), data, update_rule="adam",
                    optim_config={"learning_rate": float(rates[net])}, num_epochs=num_epochs, batch_size=batch_size,
                    seed=seed, progress=False, verbose=False,
                )  # fmt: skip
                solver.after_epoch = bar.update
                yield solver

        trained = _train_side_by_side(list(make_solvers()), jobs) if fast else _train_one_by_one(make_solvers())
    results: Results = {net: [] for net in NETS}
    for solver in trained:
        histories = (solver.train_loss_history, solver.train_acc_history, solver.val_acc_history)
        net = "bn" if solver.model.normalization else "plain"
        results[net].append({"seed": solver.seed, **dict(zip(MEASURES, histories))})
    return results


def _train_one_by_one(solvers: Iterable["_ReportingSolver"]) -> list["_ReportingSolver"]:
    """Train solvers one after the other, on the functions in ``layers.py``. Return them as a list."""
    trained = []
    for solver in solvers:
        with np.errstate(all="ignore"):  # a network may diverge; its losses then show it
            solver.train()
        if solver.interrupted:  # Solver only returns, but an interruption must stop the whole experiment
            raise KeyboardInterrupt
        trained.append(solver)
    return trained


def _train_side_by_side(solvers: list["_ReportingSolver"], jobs: int) -> list["_ReportingSolver"]:
    """Train solvers in stacks of networks of the same kind. Each of ``jobs`` threads trains one stack at a time."""
    from .training.fast import train_solvers  # imported here, since a release does not have it

    stacks = []
    for normalization in NETS.values():
        alike = [solver for solver in solvers if solver.model.normalization == normalization]
        parts = max(jobs, math.ceil(len(alike) / MAX_NETWORKS_PER_STACK))
        stacks += [alike[i::parts] for i in range(min(parts, len(alike)))]
    run_side_by_side([functools.partial(train_solvers, stack) for stack in stacks], jobs)
    return solvers


class _ReportingSolver(Solver):
    """A Solver that calls ``after_epoch`` after every epoch, and continues if a network diverges."""

    model: FullyConnectedNet
    after_epoch: Callable[[], Any] | None = None

    def _measure_epoch(self) -> None:
        super()._measure_epoch()
        if self.epoch and self.after_epoch:
            self.after_epoch()

    def _raise_divergence(self, *where: Any) -> None:
        pass


def curves(results: Results, net: str, measure: str) -> np.ndarray:
    """One measure of one network as an array.

    Arguments:
        results: from `compare_nets`, with S runs of each network.
        net: ``"bn"`` or ``"plain"``.
        measure: ``"train_loss"`` (nats), ``"train_acc"`` or ``"val_acc"`` (fractions in 0..1).

    Returns:
        Shape (S, epochs + 1). Column e holds the values after e epochs.
    """
    return np.array([run[measure] for run in results[net]])


def differences(results: Results, measure: str, epoch: int = -1) -> np.ndarray:
    """The paired differences, batch norm minus plain.

    Arguments:
        results, measure: as in `curves`.
        epoch: the epoch after which to compare, -1 for the last.

    Returns:
        Shape (S,), one per seed, in the measure's unit.
    """
    return curves(results, "bn", measure)[:, epoch] - curves(results, "plain", measure)[:, epoch]


def train_steps(
    net: FullyConnectedNet, data: Data, num_steps: int, seed: int = 0, learning_rate: float = 1e-3,
    batch_size: int = 100, after_step: Callable[[int, float, dict[str, np.ndarray]], Any] | None = None,
) -> None:  # fmt: skip
    """The simplest training loop: draw a batch, compute the gradients, let Adam update every parameter.

    Arguments:
        net: the network to train; its parameters change.
        data: dictionary with ``X_train`` (N, ...) and ``y_train``.
        num_steps: number of updates.
        seed: seed of the generator that draws the batches.
        learning_rate: Adam's learning rate.
        batch_size: examples per step. Each epoch goes through a new permutation of the data.
        after_step: None, or a function that is called after each update as ``after_step(step, loss, grads)``.
    """
    rng = np.random.default_rng(seed)
    rate = float(learning_rate)  # a NumPy scalar would turn float32 parameters into float64
    configs: dict[str, dict[str, Any]] = {name: {"learning_rate": rate} for name in net.params}
    specs = {name: (w.shape, w.dtype) for name, w in net.params.items()}
    order = np.array([], dtype=int)
    for step in range(num_steps):
        if len(order) < batch_size:
            order = rng.permutation(len(data["X_train"]))
        batch, order = order[:batch_size], order[batch_size:]
        loss, grads = net.loss(data["X_train"][batch], data["y_train"][batch])
        check_gradients(grads, specs)
        with guards.trusted():  # the settings are our own, and the gradients have just been checked
            for name, (_, dtype) in specs.items():
                next_w, configs[name] = optim.adam(np.asarray(net.params[name], dtype), grads[name], configs[name])
                net.params[name] = np.asarray(next_w, dtype)
        if after_step is not None:
            after_step(step, loss, grads)


def accuracy(net: FullyConnectedNet, X: ArrayLike, y: ArrayLike) -> float:
    """Fraction of examples that the network gets right in test mode.

    Arguments:
        net: a network.
        X, y: inputs, shape (N, ...), and labels, shape (N,).

    Returns:
        A float in 0..1.
    """
    return float(np.mean(np.argmax(net.loss(X), axis=1) == y))


def sweep(
    data: Data, setting: str, values: Sequence[Any], seeds: Sequence[int], num_steps: int,
    weight_scale: float | Literal["he"] = 2e-2, progress: bool | None = None, **settings: Any,
) -> dict[str, np.ndarray]:  # fmt: skip
    """Train a pair of networks for each value of one setting and each seed. All runs have equally many updates.

    Arguments:
        data: as in `compare_nets`.
        setting: ``"weight_scale"``, ``"learning_rate"`` or ``"batch_size"``.
        values, seeds: the V values of the setting, and S integers.
        num_steps: updates per run.
        weight_scale: the weight scale, unless ``setting`` is ``"weight_scale"``.
        progress: see `session.progress_bar`.
        settings: other arguments for `train_steps`, the same in all runs.

    Returns:
        Dictionary from ``"bn"`` and ``"plain"`` to the validation accuracies, shape (V, S).
    """
    results = {net: np.zeros((len(values), len(seeds))) for net in NETS}
    with progress_bar(len(NETS) * len(values) * len(seeds), f"sweeping {setting}", progress) as bar:
        for i, value in enumerate(values):
            chosen = {"weight_scale": weight_scale, **settings, setting: value}
            scale = chosen.pop("weight_scale")
            for j, seed in enumerate(seeds):
                for net in NETS:
                    model = make_net(net, data, seed, scale)
                    with np.errstate(all="ignore"):
                        train_steps(model, data, num_steps, seed, **chosen)
                        results[net][i, j] = accuracy(model, data["X_val"], data["y_val"])
                    bar.update()
    return results


def layer_statistics(net: FullyConnectedNet, X: ArrayLike, y: ArrayLike) -> dict[str, np.ndarray]:
    """Measure every hidden layer on one batch in training mode. The network is not changed.

    Arguments:
        net: a network with L hidden layers.
        X, y: inputs, shape (N, ...), and labels, shape (N,).

    Returns:
        Dictionary of arrays of length L, first hidden layer first:
        ``std``: the standard deviation of a unit's outputs over the batch, as root mean square over the units;
        ``active``: the fraction of the layer's outputs that are above 0;
        ``gradient``: the norm of dL/d(the layer's output), the ``dout`` that its backward pass receives.
    """
    net = copy.deepcopy(net)  # a forward pass in training mode writes running statistics
    scores, caches, hidden = net.forward(X, "train")
    _, dscores = layers.softmax_loss(scores, y)
    _, dhidden = net.backward(dscores, caches)
    return {
        "std": np.array([np.sqrt(np.mean(h.var(axis=0))) for h in hidden]),
        "active": np.array([np.mean(h > 0) for h in hidden]),
        "gradient": np.array([np.linalg.norm(d) for d in dhidden]),
    }


def steps_to_reach(history, level):
    """How long a run takes to get to a level: the index of the first entry that is at least the level.

    Arguments:
        history: numbers, entry 0 before training, such as a run's accuracy after 0, 1, 2, ... epochs.
        level: what to reach.

    Returns:
        The index as an int, or None where no entry reaches the level. Entries that are nan reach nothing.

    >>> steps_to_reach([0.1, 0.7, 0.9, 0.8, 0.9], 0.9)
    2
    """
    reached = np.asarray(history) >= level
    return int(np.argmax(reached)) if np.any(reached) else None
