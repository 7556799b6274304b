"""The state of a training run: everything that `Solver` changes, as one tree that can be kept, restored and saved."""

import copy
from typing import Any, Protocol

import numpy as np

from .. import guards
from ..guards import Model

STATISTICS = ("running_mean", "running_var")
HISTORIES = ("loss_history", "train_loss_history", "train_acc_history", "val_acc_history")


class Run(Protocol):
    """The attributes of a `Solver` that change while it trains."""

    model: Model
    epoch: int
    loss_history: list[float]
    train_loss_history: list[float]
    train_acc_history: list[float]
    val_acc_history: list[float]
    optim_configs: dict[str, dict[str, Any]]
    rng: np.random.Generator
    best_val_acc: float
    best_params: dict[str, np.ndarray]
    best_statistics: list[dict[str, np.ndarray]]
    best_num_batches_tracked: int | None


def copy_statistics(model: Any) -> list[dict[str, np.ndarray]]:
    """Copy the running statistics in ``model.bn_params``: one dictionary for each dictionary there."""
    return [
        {key: np.array(bn_param[key]) for key in STATISTICS if key in bn_param}
        for bn_param in guards.find_bn_params(model)
    ]


def count_batches(model: Any) -> int | None:
    """Return how many batches are in the model's running statistics, or None if the model does not count them."""
    return getattr(model, "num_batches_tracked", None)


def put_into_model(
    model: Any, params: dict[str, np.ndarray], running: list[dict[str, np.ndarray]], num_batches: int | None
) -> None:
    """Give a model copies of these parameters and running statistics, and the number of batches in the statistics."""
    for name, w in params.items():
        model.params[name] = np.array(w)
    for bn_param, kept in zip(guards.find_bn_params(model), running):
        for key in STATISTICS:
            bn_param.pop(key, None)
        bn_param.update({key: np.array(value) for key, value in kept.items()})
    if num_batches is not None and count_batches(model) is not None:
        model.num_batches_tracked = num_batches


def adopt_params(model: Any, specs: dict[str, tuple[tuple[int, ...], np.dtype]]) -> None:
    """Accept parameters that somebody has replaced. Convert them to the original dtype.

    Arguments:
        model: the model. An entry of ``model.params`` that is not an array, or has another dtype, is converted.
        specs: the original shape and dtype of each parameter, by name.

    Raises:
        ValueError: if there are other parameters than at first, or one has another shape.
    """
    if model.params.keys() != specs.keys():
        raise ValueError(f"model.params has {sorted(model.params)}; this Solver was made for {sorted(specs)}")
    for name, (shape, dtype) in specs.items():
        w = model.params[name]
        if guards.is_array(w, shape, dtype):
            continue
        if np.shape(w) != shape:
            raise ValueError(f"model.params[{name!r}] has shape {np.shape(w)}; it must be {shape}")
        model.params[name] = np.asarray(w, dtype)


def spec_of(w: Any) -> tuple[tuple[int, ...], np.dtype]:
    """The shape of a parameter, and the dtype in which it is trained: float64 for a plain number or integers."""
    dtype = w.dtype if isinstance(w, np.ndarray) and w.dtype.kind == "f" else np.dtype(np.float64)
    return np.shape(w), dtype


def _find_dropout_param(model: Any) -> dict[str, Any]:
    """Find the model's settings of dropout. Return an empty dictionary if it has none."""
    found = getattr(model, "dropout_param", None)
    return found if isinstance(found, dict) else {}


def remove_dropout_seed(model: Any) -> None:
    """Remove the seed that makes all dropout masks the same: good for gradient checks, wrong in training."""
    _find_dropout_param(model).pop("seed", None)


def are_params_equal(params: dict[str, np.ndarray], others: dict[str, np.ndarray]) -> bool:
    """Whether two dictionaries hold the same parameters with the same values."""
    return params.keys() == others.keys() and all(np.array_equal(w, others[name]) for name, w in params.items())


def find_dropout_generator(model: Any) -> np.random.Generator | None:
    """Find the generator that draws the model's dropout masks. Return None if there is none."""
    rng = _find_dropout_param(model).get("rng")
    return rng if isinstance(rng, np.random.Generator) else None


def draws_from_global_generator(model: Any) -> bool:
    """Whether the model has dropout without a generator of its own. Then NumPy's global generator draws its masks."""
    return bool(_find_dropout_param(model)) and find_dropout_generator(model) is None


def capture(run: Run) -> dict[str, Any]:
    """Copy the state of a run and its model into a tree for `checkpoint.save`."""
    dropout = find_dropout_generator(run.model)
    return copy.deepcopy({
        "epoch": run.epoch,
        "histories": {name: np.array(getattr(run, name), dtype=np.float64) for name in HISTORIES},
        "params": dict(run.model.params),
        "statistics": copy_statistics(run.model),
        "num_batches_tracked": count_batches(run.model),
        "optim_configs": run.optim_configs,
        "batches": run.rng.bit_generator.state,
        "dropout": None if dropout is None else dropout.bit_generator.state,
        "global": np.random.get_state(legacy=False) if draws_from_global_generator(run.model) else None,
        "best_val_acc": run.best_val_acc,
        "best_params": run.best_params,
        "best_statistics": run.best_statistics,
        "best_num_batches_tracked": run.best_num_batches_tracked,
    })  # fmt: skip


def restore(run: Run, state: dict[str, Any]) -> None:
    """Put a run and its model back into a state that `capture` returned. The state itself does not change."""
    state = copy.deepcopy(state)
    restore_model(run.model, state)
    if state.get("global") is not None:
        np.random.set_state(state["global"])
    run.epoch = state["epoch"]
    for name in HISTORIES:  # in place, since somebody may hold a reference to the list
        getattr(run, name)[:] = state["histories"][name].tolist()
    run.optim_configs = state["optim_configs"]
    run.rng.bit_generator.state = state["batches"]
    run.best_val_acc = state["best_val_acc"]
    run.best_params, run.best_statistics = state["best_params"], state["best_statistics"]
    run.best_num_batches_tracked = _get_count(state, "best_num_batches_tracked")


def restore_model(model: Any, state: dict[str, Any]) -> None:
    """Restore a model's part of a state: parameters, running statistics, and the state of the dropout generator."""
    put_into_model(model, state["params"], state["statistics"], _get_count(state, "num_batches_tracked"))
    dropout = find_dropout_generator(model)
    if dropout is not None and state["dropout"] is not None:
        dropout.bit_generator.state = state["dropout"]


def restore_best(model: Any, state: dict[str, Any]) -> None:
    """Give a model the best parameters of a state, with the running statistics of that epoch."""
    count = _get_count(state, "best_num_batches_tracked")
    put_into_model(model, state["best_params"], state["best_statistics"], count)


def _get_count(state: dict[str, Any], key: str) -> int | None:
    """Get a number of batches from a state. An old checkpoint has none: then take the number of steps of the run."""
    return state[key] if key in state else len(state["histories"]["loss_history"])
