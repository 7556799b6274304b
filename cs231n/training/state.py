"""What a training run is made of: all that `Solver` changes, as one tree that can be kept, put back and saved.

The *state* (`capture`, `restore`) is everything that decides how training goes on, and what it has found so far. The
*identity* (`identity`) is what must be the same for a state to make sense: the architecture, the settings, the data.
"""

import copy
import math
import zlib
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import guards
from .checkpoint import CheckpointError

if TYPE_CHECKING:
    from ..solver import Solver

STATISTICS = ("running_mean", "running_var")
SETTINGS = ("update_rule", "optim_config", "lr_decay", "batch_size", "seed", "num_train_samples", "num_val_samples")
HISTORIES = ("loss_history", "train_loss_history", "train_acc_history", "val_acc_history")


def statistics(model: Any) -> list[dict[str, np.ndarray]]:
    """A copy of the running statistics in ``model.bn_params``, one dictionary per entry; empty without any."""
    return [
        {key: np.array(bn_param[key]) for key in STATISTICS if key in bn_param}
        for bn_param in getattr(model, "bn_params", [])
    ]


def put_into_model(model: Any, params: dict[str, np.ndarray], running: list[dict[str, np.ndarray]]) -> None:
    """Give a model copies of these parameters and running statistics."""
    for name, w in params.items():
        model.params[name] = np.array(w)
    for bn_param, kept in zip(getattr(model, "bn_params", []), running):
        for key in STATISTICS:
            bn_param.pop(key, None)
        bn_param.update({key: np.array(value) for key, value in kept.items()})


def adopt_params(model: Any, kinds: dict[str, tuple[tuple[int, ...], np.dtype]]) -> None:
    """See that a model's parameters are what they were at first, whoever has replaced them since.

    Arguments:
        model: an entry of ``model.params`` that has another dtype, or is no array, is converted.
        kinds: the shape and dtype of every parameter, by name.

    Raises:
        ValueError: for a parameter too many, a missing one, or another shape.
    """
    if model.params.keys() != kinds.keys():
        raise ValueError(f"model.params has {sorted(model.params)}; this Solver was made for {sorted(kinds)}")
    for name, (shape, dtype) in kinds.items():
        w = model.params[name]
        if guards.is_array(w, shape, dtype):
            continue
        if np.shape(w) != shape:
            raise ValueError(f"model.params[{name!r}] has shape {np.shape(w)}; it must be {shape}")
        model.params[name] = np.asarray(w, dtype)


def draw_fresh_masks(model: Any) -> None:
    """Remove the seed that repeats one dropout mask at every call: right for a gradient check, wrong for training."""
    (getattr(model, "dropout_param", None) or {}).pop("seed", None)


def same_params(params: dict[str, np.ndarray], others: dict[str, np.ndarray]) -> bool:
    """Whether two dictionaries hold the same parameters, value for value."""
    return params.keys() == others.keys() and all(np.array_equal(w, others[name]) for name, w in params.items())


def dropout_generator(model: Any) -> np.random.Generator | None:
    """The generator that draws the model's dropout masks, where it has one."""
    rng = (getattr(model, "dropout_param", None) or {}).get("rng")
    return rng if isinstance(rng, np.random.Generator) else None


def capture(solver: "Solver") -> dict[str, Any]:
    """A copy of a solver's and its model's state, as a tree for `checkpoint.save`."""
    dropout = dropout_generator(solver.model)
    return copy.deepcopy({
        "epoch": solver.epoch,
        "histories": {name: np.array(getattr(solver, name), dtype=np.float64) for name in HISTORIES},
        "params": dict(solver.model.params),
        "statistics": statistics(solver.model),
        "optim_configs": solver.optim_configs,
        "batches": solver.rng.bit_generator.state,
        "dropout": None if dropout is None else dropout.bit_generator.state,
        "best_val_acc": solver.best_val_acc,
        "best_params": solver.best_params,
        "best_statistics": solver.best_statistics,
    })  # fmt: skip


def restore(solver: "Solver", state: dict[str, Any]) -> None:
    """Put a solver and its model back into a state that `capture` returned; the state itself stays untouched."""
    state = copy.deepcopy(state)
    restore_model(solver.model, state)
    solver.epoch = state["epoch"]
    for name in HISTORIES:
        getattr(solver, name)[:] = state["histories"][name].tolist()  # in place: somebody may be plotting the list
    solver.optim_configs = state["optim_configs"]
    solver.rng.bit_generator.state = state["batches"]
    solver.best_val_acc = state["best_val_acc"]
    solver.best_params, solver.best_statistics = state["best_params"], state["best_statistics"]


def restore_model(model: Any, state: dict[str, Any]) -> None:
    """Give a model its part of a state: parameters, running statistics, the dropout generator's position."""
    put_into_model(model, state["params"], state["statistics"])
    dropout = dropout_generator(model)
    if dropout is not None and state["dropout"] is not None:
        dropout.bit_generator.state = state["dropout"]


def identity(solver: "Solver") -> dict[str, Any]:
    """What a checkpoint and a solver must have in common, as a dictionary of plain values."""
    model, dropout = solver.model, dropout_generator(solver.model)
    bn_params = getattr(model, "bn_params", [])
    found: dict[str, Any] = {f"params[{name!r}]": _kind(w) for name, w in model.params.items()}
    found["normalization"] = getattr(model, "normalization", None)
    found["batch norm's eps and momentum"] = [[p.get("eps", 1e-5), p.get("momentum", 0.9)] for p in bn_params]
    found["reg"] = getattr(model, "reg", None)
    found["dropout's p"] = (getattr(model, "dropout_param", None) or {}).get("p")
    found["dropout's generator"] = None if dropout is None else type(dropout.bit_generator).__name__
    for name in SETTINGS:
        found[name] = getattr(solver, name)
    for name in ("X_train", "y_train", "X_val", "y_val"):
        array = getattr(solver, name)
        found[name] = f"{_kind(array)} with checksum {_checksum(array):08x}"
    return found


def check_loaded(loaded: Any, solver: "Solver", path: Any) -> None:
    """Refuse what was read from a file unless it is a state of this very run.

    Arguments:
        loaded: dictionary with ``identity`` and ``state``, from `checkpoint.load`.
        solver: who wants to go on from it; nothing in it is changed.
        path: of the file, for the message.

    Raises:
        CheckpointError: listing every difference.
    """
    try:
        there, here, state = loaded["identity"], identity(solver), loaded["state"]
        differences = [
            f"  {key}: {there.get(key, 'nothing')!r} in the checkpoint, {here.get(key, 'nothing')!r} here"
            for key in {**here, **there} if there.get(key, "nothing") != here.get(key, "nothing")
        ]  # fmt: skip
        if differences:
            heading = f"{path} belongs to another training run; nothing was changed. The differences:"
            raise CheckpointError("\n".join([heading, *differences]))
        _check_shapes(state, solver.model)
    except CheckpointError:
        raise
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise CheckpointError(f"{path} does not hold the state of a Solver: {error!r}") from error


def _check_shapes(state: dict[str, Any], model: Any) -> None:
    """Raise unless the arrays in a state are those of this model (its identity only says that they should be)."""
    wanted = {name: _kind(w) for name, w in model.params.items()}
    for part in ("params", "best_params"):
        if {name: _kind(w) for name, w in state[part].items()} != wanted and (part == "params" or state[part]):
            raise KeyError(part)
    if state["optim_configs"].keys() != wanted.keys():
        raise KeyError("optim_configs")
    for name, config in state["optim_configs"].items():
        if any(np.ndim(value) and np.shape(value) != model.params[name].shape for value in config.values()):
            raise KeyError(f"optim_configs[{name!r}]")
    now = statistics(model)
    for part in ("statistics", "best_statistics"):
        kept = state[part]
        if len(kept) != len(now) and (part == "statistics" or kept):
            raise KeyError(part)
        if any(np.shape(old[key]) != new[key].shape for old, new in zip(kept, now) for key in old if key in new):
            raise KeyError(part)
    lengths = {len(state["histories"][name]) for name in HISTORIES[1:]}
    if lengths != {state["epoch"] + 1} or not math.isfinite(state["best_val_acc"]):
        raise KeyError("histories")
    # Setting a generator's state checks it, so try it on generators that nobody uses.
    np.random.default_rng().bit_generator.state = state["batches"]
    dropout = dropout_generator(model)
    if dropout is not None:
        copy.deepcopy(dropout).bit_generator.state = state["dropout"]


def _kind(array: Any) -> str:
    return f"{array.dtype} {array.shape}"


def _checksum(array: np.ndarray) -> int:
    """CRC-32 of an array's values, in chunks, so that no second copy of a large data set is made."""
    total = 0
    for i in range(0, len(array), 1000):
        total = zlib.crc32(array[i : i + 1000].tobytes(), total)
    return total
