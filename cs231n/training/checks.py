"""What `Solver` asks for, and what it refuses: each error says what was given and what is wanted."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from ..guards import Model, check_labels, check_model  # noqa: F401  (Solver takes all of its checks from here)

RULES = {  # the update rules in optim.py and their settings
    "sgd": ("learning_rate",),
    "sgd_momentum": ("learning_rate", "momentum"),
    "rmsprop": ("learning_rate", "decay_rate", "epsilon"),
    "adam": ("learning_rate", "beta1", "beta2", "epsilon"),
}
DATA_KEYS = ("X_train", "y_train", "X_val", "y_val")


def check_data(data: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """The four arrays ``X_train, y_train, X_val, y_val`` of a data dictionary.

    Raises:
        ValueError: for a missing key; no examples; X and y of different length; NaN or infinite values in X; labels
            that are not a row of numbers >= 0.
        TypeError: for data that are no dictionary, examples that are no real numbers, labels that are no integers.
    """
    if not isinstance(data, Mapping):
        raise TypeError(
            f"data is a {type(data).__name__}; it must be a dictionary with the keys {', '.join(DATA_KEYS)}"
        )
    missing = [key for key in DATA_KEYS if key not in data]
    if missing:
        raise ValueError(f"data has no {', '.join(missing)}; its keys are {sorted(map(str, data))}")
    X_train, y_train, X_val, y_val = (np.asarray(data[key]) for key in DATA_KEYS)
    for part, X, y in (("train", X_train, y_train), ("val", X_val, y_val)):
        if X.ndim == 0 or X.dtype.kind not in "fiub":
            raise TypeError(f"X_{part} has shape {X.shape} and dtype {X.dtype}; it must be N examples of real numbers")
        if len(X) == 0:
            raise ValueError(f"X_{part} has 0 examples; at least one is needed")
        check_labels(y, len(X), name=f"y_{part}")
        bad = find_nonfinite_examples(X)
        if len(bad):
            raise ValueError(
                f"X_{part} has NaN or infinite values in {len(bad)} of {len(X)} examples, first in X_{part}[{bad[0]}]; "
                "training on them would make every parameter NaN, so repair these examples or leave them out"
            )
    if X_train.shape[1:] != X_val.shape[1:]:
        raise ValueError(f"an example has shape {X_train.shape[1:]} in X_train and {X_val.shape[1:]} in X_val")
    return X_train, y_train, X_val, y_val


def find_nonfinite_examples(X: np.ndarray) -> np.ndarray:
    """The indices of the examples that hold a NaN or an infinity; in chunks, as X may be large."""
    if X.dtype.kind != "f":
        return np.array([], dtype=int)
    found = [
        i + np.flatnonzero(~np.isfinite(X[i : i + 1000]).all(axis=tuple(range(1, X.ndim))))
        for i in range(0, len(X), 1000)
    ]
    return np.concatenate(found)


class DivergenceError(FloatingPointError):
    """The loss is NaN or infinite. ``epoch`` and ``step`` (of that epoch) say when, counted from 1.

    Step 0 means the measurement after the epoch, and epoch 0 the one before training.
    """

    def __init__(self, message: str, epoch: int, step: int):
        super().__init__(message)
        self.epoch, self.step = epoch, step


def describe_divergence(solver: Any, when: str, batch: np.ndarray) -> str:
    """What to tell somebody whose loss is NaN or infinite: when, how the losses went, what it usually is.

    Arguments:
        solver: the `Solver` whose training diverged.
        when: in words.
        batch: indices of the training examples that gave this loss.
    """
    lines = [f"The loss is NaN or infinite {when}: training has diverged."]
    if len(solver.loss_history) > 1:
        lines.append(f"The last losses: {', '.join(f'{loss:.4g}' for loss in solver.loss_history[-5:])}.")
    bad = find_nonfinite_examples(solver.X_train[batch])
    if len(bad):
        changed = "there was none when this Solver was made, so something has written to the data since"
        return " ".join([*lines, f"The cause: X_train[{batch[bad[0]]}] holds NaN or infinity; {changed}."])
    if not solver.loss_history:
        broken = [name for name, w in solver.model.params.items() if not np.isfinite(w).all()]
        lines += [f"These parameters hold NaN or infinity: {', '.join(broken)}."] * bool(broken)
    rate = next(iter(solver.optim_configs.values())).get("learning_rate")
    rate = "" if rate is None else f" (it is {rate:g} now; try a tenth)"
    lines += [
        f"Usual causes: a learning rate that is too high{rate}, initial weights that are too large (weight_scale),",
        "NaN or unscaled values in the data, a mistake in a backward pass.",
    ]
    return " ".join(lines)


def check_gradients(grads: Any, specs: dict[str, tuple[tuple[int, ...], np.dtype]]) -> None:
    """Raise a ValueError unless there is a gradient for every parameter, of its shape.

    Arguments:
        grads: by name, from ``model.loss``; specs: the shape and dtype of every parameter, by name.
    """
    for name, (shape, _) in specs.items():
        if getattr(grads.get(name), "shape", None) == shape:
            continue
        if name not in grads or np.shape(grads[name]) != shape:
            found = f"of shape {np.shape(grads[name])}" if name in grads else "missing"
            raise ValueError(f"model.loss(X, y) gave a gradient for {name!r} that is {found}; it must be {shape}")


def check_rule(update_rule: Any, optim_config: Any) -> dict[str, Any]:
    """A copy of the rule's settings, in Python numbers: a float64 scalar of NumPy's would promote float32 parameters.

    Raises:
        ValueError: for an unknown rule, a setting that it does not have, or one that is not a finite number >= 0.
    """
    if update_rule not in RULES:
        raise ValueError(f"unknown update_rule {update_rule!r}; the rules in cs231n/optim.py are {', '.join(RULES)}")
    if not isinstance(optim_config, (Mapping, type(None))):
        raise ValueError(f"optim_config is {optim_config!r}; it must be a dictionary like {{'learning_rate': 1e-3}}")
    config = dict(optim_config or {})
    config.update({key: value.item() for key, value in config.items() if isinstance(value, np.generic)})
    for key, value in config.items():
        if key not in RULES[update_rule]:
            wanted = ", ".join(RULES[update_rule])
            raise ValueError(f"optim_config has {key!r}, which {update_rule} does not know; its settings: {wanted}")
        as_rate("optim_config", value, f"[{key!r}]")
    return config


def as_rate(name: str, value: Any, entry: str = "") -> float:
    """The value as a float; a ValueError unless it is a finite number of at least 0."""
    if isinstance(value, (int, float, np.integer, np.floating)) and math.isfinite(value) and value >= 0:
        return float(value)
    raise ValueError(f"{name}{entry} is {value!r}; it must be a finite number, at least 0")
