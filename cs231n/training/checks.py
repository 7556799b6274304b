"""The checks of `Solver`. Each error says what was given and what is wanted."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..classifiers.fc_net import FullyConnectedNet
from ..guards import Model, check_labels, check_model, is_usual_bn_param  # noqa: F401  (check_model: for Solver)
from ..support.articles import add_article

RULES = {  # update rule in optim.py: its settings
    "sgd": ("learning_rate",),
    "sgd_momentum": ("learning_rate", "momentum"),
    "rmsprop": ("learning_rate", "decay_rate", "epsilon"),
    "adam": ("learning_rate", "beta1", "beta2", "epsilon"),
}
DATA_KEYS = ("X_train", "y_train", "X_val", "y_val")


def check_data(data: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Check a data dictionary. Return its four arrays ``X_train, y_train, X_val, y_val``.

    Raises:
        ValueError: if a key is missing, there are no examples, X and y differ in length, X holds NaN or infinity, or
            the labels are not a row of numbers >= 0.
        TypeError: if data is not a dictionary, the examples are not real numbers, or the labels are not integers.
    """
    if not isinstance(data, Mapping):
        raise TypeError(
            f"data is {add_article(type(data).__name__)}; it must be a dictionary with the keys {', '.join(DATA_KEYS)}"
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
    """Find the indices of the examples that hold NaN or infinity. Work in chunks, since X may be large."""
    if X.dtype.kind != "f":
        return np.array([], dtype=int)
    found = [
        i + np.flatnonzero(~np.isfinite(X[i : i + 1000]).all(axis=tuple(range(1, X.ndim))))
        for i in range(0, len(X), 1000)
    ]
    return np.concatenate(found)


class DivergenceError(FloatingPointError):
    """The loss is NaN or infinite. ``epoch`` and ``step`` (within the epoch) say when. Both count from 1.

    Step 0 means the measurement after the epoch. Epoch 0 means the measurement before training.
    """

    def __init__(self, message: str, epoch: int, step: int) -> None:
        super().__init__(message)
        self.epoch, self.step = epoch, step


def describe_divergence(solver: Any, when: str, batch: np.ndarray) -> str:
    """Write the message of a `DivergenceError`: when it happened, the last losses, and the usual causes.

    Arguments:
        solver: the `Solver` whose training diverged.
        when: when it happened, in words.
        batch: indices of the training examples that gave this loss.

    Returns:
        The message.
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
    """Raise ValueError unless every parameter has a gradient of its own shape, apart from axes of length 1.

    Such an axis is taken out of the gradient, or put in: with (M,) for (1, M) the update would change the shape.

    Arguments:
        grads: the gradients from ``model.loss``, by parameter name.
        specs: the shape and dtype of each parameter, by name.
    """
    for name, (shape, _) in specs.items():
        if getattr(grads.get(name), "shape", None) == shape:
            continue
        found = np.shape(grads.get(name))
        if name in grads and [n for n in found if n != 1] == [n for n in shape if n != 1]:
            grads[name] = np.reshape(grads[name], shape)
        else:
            problem = f"of shape {found}" if name in grads else "missing"
            raise ValueError(f"model.loss(X, y) gave a gradient for {name!r} that is {problem}; it must be {shape}")


def as_loss_and_gradients(result: Any) -> tuple[float, dict[str, Any]]:
    """Return what ``model.loss(X, y)`` returned: the loss as a float, and the dictionary of gradients.

    Raises:
        ValueError: if it is not a pair of a single number and a dictionary.
    """
    loss: Any
    loss, grads = result if isinstance(result, tuple | list) and len(result) == 2 else (None, None)
    if not isinstance(grads, Mapping) or loss is None or np.size(loss) != 1:
        found = type(result).__name__
        if grads is not None:
            found = f"({type(loss).__name__} of shape {np.shape(loss)}, {type(grads).__name__})"
        raise ValueError(f"model.loss(X, y) returned {found}; it must return (loss, grads), a number and a dictionary")
    return float(np.reshape(loss, ())), dict(grads)


def check_rule(update_rule: Any, optim_config: Any) -> dict[str, Any]:
    """Check an update rule and its settings. Return a copy of the settings as Python numbers.

    The numbers are converted because NumPy's float64 scalars would turn float32 parameters into float64.

    Raises:
        ValueError: if the rule is unknown, or a setting is unknown or not a finite number >= 0.
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
    """Return the value as a float. Raise ValueError unless it is a finite number of at least 0."""
    if isinstance(value, (int, float, np.integer, np.floating)) and math.isfinite(value) and value >= 0:
        return float(value)
    raise ValueError(f"{name}{entry} is {value!r}; it must be a finite number, at least 0")


def check_supported_by_fast(nets: Sequence[FullyConnectedNet]) -> None:
    """Raise ValueError if `fast` cannot train these networks."""
    architectures = {(net.normalization, *((name, w.shape, w.dtype) for name, w in net.params.items())) for net in nets}
    steps = {net.num_batches_tracked for net in nets}
    gammas = [(p, net.params[f"gamma{i}"]) for net in nets for i, p in enumerate(net.bn_params, 1)]
    refused = {
        "another class than FullyConnectedNet": any(type(net) is not FullyConnectedNet for net in nets),
        "networks that differ": len(architectures) != 1,
        "dropout and L2": any(net.use_dropout or net.reg for net in nets),
        "layer normalization": nets[0].normalization == "layernorm",
        "this dtype": any(w.dtype not in (np.float32, np.float64) for w in nets[0].params.values()),
        "networks whose running averages differ in their number of batches": len(steps) != 1,
        "batch norm with settings of its own": not all(is_usual_bn_param(*pair) for pair in gammas),
    }
    if what := next((what for what, wrong in refused.items() if wrong), None):
        raise ValueError(f"fast training does not do {what}; train on the layers themselves, with fast=False")
