"""The experiments of notebook 3: networks with and without batch norm, trained in pairs.

A *pair* is two networks that share their initial weights and see the same batches in the same order; only the
batch norm differs. What the luck of weights and batches does to both alike cancels in the difference.
Everywhere here ``"bn"`` is the network with batch norm and ``"plain"`` the one without.
"""

import copy
import itertools
import math
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from . import guards, layers, optim
from .classifiers.fc_net import FullyConnectedNet
from .solver import Solver
from .support.session import progress_bar
from .support.student_t import paired_interval, t_quantile  # noqa: F401  (re-exported: what an experiment ends with)
from .training.checks import check_gradients

NETS = {"bn": "batchnorm", "plain": None}
SIDE_BY_SIDE = 8  # networks in a stack, at most: more of them do not fit into the cache
MEASURES = ("train_loss", "train_acc", "val_acc")


def make_net(net, data, seed=0, weight_scale=2e-2, hidden_dims=(100,) * 5, dtype=np.float32):
    """A fresh network for a data set; the two nets of one seed have identical weights.

    Arguments:
        net: ``"bn"`` or ``"plain"``.
        data: dictionary with ``X_train`` (N, ...) and ``y_train``.
        seed, weight_scale, dtype: see `FullyConnectedNet`; weight_scale may be ``"he"``.
        hidden_dims: widths of the hidden layers.

    Returns:
        A `FullyConnectedNet` of D inputs, D the number of features of one example, and 10 classes.

    Raises:
        KeyError: for another ``net``; ValueError: for what `FullyConnectedNet` refuses.
    """
    return FullyConnectedNet(
        list(hidden_dims), input_dim=int(np.prod(data["X_train"].shape[1:])), normalization=NETS[net],
        weight_scale=weight_scale, dtype=dtype, seed=seed,
    )  # fmt: skip


def compare_nets(
    data, seeds, num_epochs=10, weight_scale=2e-2, learning_rate=1e-3, batch_size=100, progress=None, fast=False, jobs=1
):
    """Train both nets with Adam, paired over seeds: seed s draws the weights and the batches of both.

    Arguments:
        data: dictionary with ``X_train``, ``y_train``, ``X_val``, ``y_val``.
        seeds: integers.
        num_epochs, batch_size: as in `Solver`.
        weight_scale: see `FullyConnectedNet`.
        learning_rate: a number, or a dictionary with one for ``"bn"`` and one for ``"plain"``.
        progress: see `session.progress_bar`.
        fast: train several seeds side by side, in ``training/fast.py``; the numbers are the same. That file has its
            own layers, so an edited ``layers.py`` or an installed answer is not used. A release does not have it.
        jobs: with ``fast``, how many threads train at a time.

    Returns:
        Dictionary from ``"bn"`` and ``"plain"`` to a list of runs, one per seed. A run is a dictionary with ``seed``
        and the lists ``train_loss``, ``train_acc`` and ``val_acc``, entry e after e epochs, measured in test mode
        (training measures on the first 1,000 training examples).

    Raises:
        ModuleNotFoundError: for ``fast`` in a release.
    """
    rates = learning_rate if isinstance(learning_rate, dict) else dict.fromkeys(NETS, learning_rate)
    with progress_bar(len(NETS) * len(seeds) * num_epochs, "training in pairs", progress) as bar:

        def solvers():
            for seed, net in itertools.product(map(int, seeds), NETS):
                solver = _ReportingSolver(
                    make_net(net, data, seed, weight_scale), data, update_rule="adam",
                    optim_config={"learning_rate": float(rates[net])}, num_epochs=num_epochs, batch_size=batch_size,
                    seed=seed, progress=False, verbose=False,
                )  # fmt: skip
                solver.after_epoch = bar.update
                yield solver

        trained = _train_side_by_side(list(solvers()), jobs) if fast else _train_one_by_one(solvers())
    results = {net: [] for net in NETS}
    for solver in trained:
        histories = (solver.train_loss_history, solver.train_acc_history, solver.val_acc_history)
        net = "bn" if solver.model.normalization else "plain"
        results[net].append({"seed": solver.seed, **dict(zip(MEASURES, histories))})
    return results


def _train_one_by_one(solvers):
    """The solvers, trained one after the other on the layers themselves."""
    trained = []
    for solver in solvers:
        with np.errstate(all="ignore"):  # a net may diverge; its numbers then say so
            solver.train()
        if solver.interrupted:  # Solver returns; whoever interrupts an experiment wants all of it to stop
            raise KeyboardInterrupt
        trained.append(solver)
    return trained


def _train_side_by_side(solvers, jobs):
    """The solvers, trained in stacks of equal networks; ``jobs`` threads work on a stack each."""
    from .training.fast import train_solvers  # not above: a release does not have it

    stacks = []
    for normalization in NETS.values():
        alike = [solver for solver in solvers if solver.model.normalization == normalization]
        parts = max(jobs, math.ceil(len(alike) / SIDE_BY_SIDE))
        stacks += [alike[i::parts] for i in range(min(parts, len(alike)))]
    stopped = threading.Event()
    with ThreadPoolExecutor(jobs) as pool:
        futures = [pool.submit(train_solvers, stack, stopped.is_set) for stack in stacks]
        try:
            for future in futures:
                future.result()
        except BaseException:  # an interruption, too
            stopped.set()
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return solvers


class _ReportingSolver(Solver):
    """A Solver that tells somebody after every epoch, and goes on where a net diverges."""

    after_epoch = None

    def _measure(self):
        super()._measure()
        if self.epoch and self.after_epoch:
            self.after_epoch()

    def _stop_diverged(self, *where):
        pass


def curves(results, net, measure):
    """One measure of one net as an array.

    Arguments:
        results: from `compare_nets`, S runs of each net; net: ``"bn"`` or ``"plain"``.
        measure: ``"train_loss"`` (nats), ``"train_acc"`` or ``"val_acc"`` (fractions in 0..1).

    Returns:
        Shape (S, epochs + 1); column e is after e epochs.
    """
    return np.array([run[measure] for run in results[net]])


def differences(results, measure, epoch=-1):
    """The paired differences, batch norm minus plain.

    Arguments:
        results, measure: as in `curves`; epoch: after which epoch, -1 for the last.

    Returns:
        Shape (S,), one per seed, in the measure's unit.
    """
    return curves(results, "bn", measure)[:, epoch] - curves(results, "plain", measure)[:, epoch]


def train_steps(net, data, num_steps, seed=0, learning_rate=1e-3, batch_size=100, after_step=None):
    """The training loop in its plainest form: draw a batch, get the gradients, let Adam update every parameter.

    Arguments:
        net: a network; it is trained in place.
        data: dictionary with ``X_train`` (N, ...) and ``y_train``.
        num_steps: number of updates.
        seed: of the generator that draws the batches.
        learning_rate, batch_size: of every step. Batches go through a fresh permutation of the data in every epoch.
        after_step: None, or a function that is called after every update as ``after_step(step, loss, grads)``.
    """
    rng = np.random.default_rng(seed)
    rate = float(learning_rate)  # a NumPy scalar would turn float32 parameters into float64
    configs = {name: {"learning_rate": rate} for name in net.params}
    kinds = {name: (w.shape, w.dtype) for name, w in net.params.items()}
    order = np.array([], dtype=int)
    for step in range(num_steps):
        if len(order) < batch_size:
            order = rng.permutation(len(data["X_train"]))
        batch, order = order[:batch_size], order[batch_size:]
        loss, grads = net.loss(data["X_train"][batch], data["y_train"][batch])
        check_gradients(grads, kinds)
        with guards.trusted():  # nobody else has the settings, and the gradients have been checked
            for name, (_, dtype) in kinds.items():
                next_w, configs[name] = optim.adam(np.asarray(net.params[name], dtype), grads[name], configs[name])
                net.params[name] = np.asarray(next_w, dtype)
        if after_step is not None:
            after_step(step, loss, grads)


def accuracy(net, X, y):
    """Fraction of examples that the network gets right in test mode.

    Arguments:
        net: a network; X: inputs, shape (N, ...); y: labels, shape (N,).

    Returns:
        A float in 0..1.
    """
    return float(np.mean(np.argmax(net.loss(X), axis=1) == y))


def sweep(data, setting, values, seeds, num_steps, weight_scale=2e-2, progress=None, **settings):
    """Train both nets, paired, once for every value of one setting and every seed, all for equally many updates.

    Arguments:
        data: as in `compare_nets`.
        setting: ``"weight_scale"``, ``"learning_rate"`` or ``"batch_size"``.
        values: what to set it to; V of them.
        seeds: S integers.
        num_steps: updates per run.
        weight_scale, settings: what stays fixed; settings go to `train_steps`. A weight scale may be ``"he"``.
        progress: see `session.progress_bar`.

    Returns:
        Dictionary from ``"bn"`` and ``"plain"`` to the validation accuracies, shape (V, S).
    """
    results = {net: np.zeros((len(values), len(seeds))) for net in NETS}
    bar = progress_bar(len(NETS) * len(values) * len(seeds), f"sweeping {setting}", progress)
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
    bar.close()
    return results


def layer_statistics(net, X, y):
    """What every hidden layer sees on one batch in training mode; the network is left as it was.

    Arguments:
        net: a network with L hidden layers.
        X: inputs, shape (N, ...).
        y: labels, shape (N,).

    Returns:
        Dictionary of arrays of length L, first hidden layer first:
        ``std``: the spread over the batch of a layer's outputs, root mean square over its units;
        ``active``: the fraction of its outputs that are above 0;
        ``gradient``: the norm of dL/d(the layer's output), the ``dout`` that its backward pass receives.
    """
    saved = copy.deepcopy(net.bn_params)
    scores, caches, hidden = net.forward(X, "train")
    net.bn_params = saved
    _, dscores = layers.softmax_loss(scores, y)
    _, dhidden = net.backward(dscores, caches)
    return {
        "std": np.array([np.sqrt(np.mean(h.var(axis=0))) for h in hidden]),
        "active": np.array([np.mean(h > 0) for h in hidden]),
        "gradient": np.array([np.linalg.norm(d) for d in dhidden]),
    }


def first_images(data, num_training=4000):
    """The same data with only the first images to train on, so that a sweep takes no longer on a larger set.

    Arguments:
        data: dictionary of arrays, such as ``X_train`` (N, ...) and ``y_train`` (N,); num_training: how many to keep.

    Returns:
        A new dictionary; the arrays are views of the old ones.
    """
    return {key: value[:num_training] if key.endswith("_train") else value for key, value in data.items()}


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
