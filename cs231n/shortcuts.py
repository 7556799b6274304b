"""Shortcuts of a training step: the numbers of the library's own functions, to the bit, in less time.

They stand beside `layers` and `optim` so that the functions there stay as a student would write them. Each is taken
only where every function that it stands in for is the library's own at that moment (`validation.is_own`): as soon as
somebody installs an answer, a slower one perhaps, that answer runs. And only after it has once agreed with these
functions on a small example, so that an edited function, or one that is still to be written, runs as it is, too.

What is saved, and where the time goes: ``python -m tests.benchmarks step``.
"""

import functools
import itertools
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from . import layer_utils, layers, optim, validation

if TYPE_CHECKING:
    from .classifiers.fc_net import FullyConnectedNet

SANDWICHES = {None: "affine_relu", "batchnorm": "affine_bn_relu", "layernorm": "affine_ln_relu"}
BN_PARAM = {"mode", "running_mean", "running_var"}


def _own(*names: str) -> bool:
    """Whether functions of `layers` and `layer_utils` are the library's own."""
    return all(validation.is_own(layer_utils if name.startswith("affine_") and "relu" in name else layers, name)
               for name in names)  # fmt: skip


def own_first_layer(normalization: str | None) -> bool:
    """Whether `first_layer_backward` may stand in for the backward pass of a network's first layer.

    Arguments:
        normalization: of the network: None, ``"batchnorm"`` or ``"layernorm"``.
    """
    sandwich = SANDWICHES[normalization]
    names = [f"{part}_{way}" for part in ("affine", "relu", sandwich) for way in ("forward", "backward")]
    if normalization is not None:
        names += [f"{normalization}_forward", f"{normalization}_backward"]
    # Without normalization, too: behind one, db is 0 whatever its formula.
    return _own(*names) and all(_agrees(_try_first_layer_backward, each) for each in {normalization, None})


def first_layer_backward(dout: np.ndarray, cache: tuple, normalization: str | None) -> list[np.ndarray]:
    """Backward through the first hidden layer, without the gradient of its input: that is the data, nobody asks.

    The product that gives it would be a third of a wide layer's multiplications.

    Arguments:
        dout: dL/d(the layer's output), shape (N, M).
        cache: of the layer's ``affine_..._forward``; its input has shape (N, D).
        normalization: as in `own_first_layer`.

    Returns:
        dw, db and, with normalization, dgamma, dbeta.
    """
    fc_cache, *normalization_cache, relu_cache = cache
    grads: list[np.ndarray] = []
    dout = layers.relu_backward(dout, relu_cache)
    if normalization_cache:
        dout, *grads = getattr(layers, f"{normalization}_backward")(dout, normalization_cache[0])
    return [fc_cache[0].T @ dout, np.sum(dout, axis=0), *grads]


def needs_no_checks(net: "FullyConnectedNet") -> bool:
    """Whether the layers of a network's training step can do without the checks of their arguments.

    The network has checked the batch and its parameters. If all layers are the library's own, and batch norm has its
    usual settings, every array in between has the right shape and dtype; the checks would be up to a tenth of a step.
    """
    kind = np.dtype(net.dtype)
    return (
        kind.itemsize > 2  # float16 is computed as float32, which is the checks' business
        and not net.use_dropout
        and _own("softmax_loss")
        and own_first_layer(net.normalization)
        and all(_is_usual(param, net.normalization, kind) for param in net.bn_params)
    )


def _is_usual(param: dict[str, Any], normalization: str | None, kind: np.dtype) -> bool:
    """Whether a normalization's settings are those that the network began with."""
    if normalization == "layernorm":
        return not param
    mean, var = param.get("running_mean"), param.get("running_var")
    return (
        param.keys() == BN_PARAM
        and isinstance(mean, np.ndarray) and isinstance(var, np.ndarray)
        and mean.dtype == var.dtype == kind and mean.ndim == 1 and mean.shape == var.shape
    )  # fmt: skip


def own_adam() -> bool:
    """Whether `adam_in_place` may stand in for `optim.adam`."""
    return validation.is_own(optim, "adam") and _agrees(_try_adam_in_place)


def adam_in_place(
    w: np.ndarray, grads: Sequence[np.ndarray], m: np.ndarray, v: np.ndarray, settings: dict[str, Any],
    spare: Sequence[np.ndarray],
) -> None:  # fmt: skip
    """One step of `optim.adam` for all parameters at once, which writes into w, m and v and makes no other arrays: the
    same operations in the same order, so the same bits.

    Arguments:
        w, m, v: the parameters and Adam's memory, shape (P,) each, of one dtype.
        grads: the gradients, one array after the other in w's order, of that dtype.
        settings: ``learning_rate, beta1, beta2, epsilon`` and ``t``, the steps so far including this one.
        spare: two more arrays of w's shape and dtype; what is in them is lost.
    """
    beta1, beta2, t = settings["beta1"], settings["beta2"], settings["t"]
    step, root = spare
    ends = itertools.accumulate(dw.size for dw in grads)
    parts = [step[end - dw.size : end].reshape(dw.shape) for dw, end in zip(grads, ends)]
    for dw, part in zip(grads, parts):
        np.multiply(dw, 1 - beta1, out=part)
    m *= beta1
    m += step
    for dw, part in zip(grads, parts):
        np.square(dw, out=part)
    step *= 1 - beta2
    v *= beta2
    v += step
    np.divide(v, 1 - beta2**t, out=root)
    np.sqrt(root, out=root)
    root += settings["epsilon"]
    # After 160 steps or so m's correction is 1 in float32; to divide by it would be a pass for nothing.
    m_hat = m if w.dtype.type(1 - beta1**t) == 1 else np.divide(m, 1 - beta1**t, out=step)
    np.multiply(m_hat, settings["learning_rate"], out=step)
    step /= root
    w -= step


@functools.cache
def _agrees(attempt: Callable[..., bool], *args: Any) -> bool:
    """Whether a shortcut gives what it stands in for; tried once in a process, while all of that is the library's own.

    A release for students has neither the answers nor, perhaps, the shortcuts: then it does not.
    """
    try:
        return attempt(*args)
    except Exception:
        return False


def _try_adam_in_place() -> bool:
    w, dw = np.array([1.0, -2.0, 0.5], np.float32), np.array([0.1, 20.0, -3e-4], np.float32)
    in_place, m, v, *spare = w.copy(), *np.zeros((4, 3), np.float32)
    config: dict[str, Any] = {"learning_rate": 0.1, "beta1": 0.8, "beta2": 0.9, "epsilon": 1e-3}
    for t in (1, 2, 3):
        w, config = optim.adam(w, dw, config)
        adam_in_place(in_place, [dw], m, v, {**config, "t": t}, spare)
    return all(np.array_equal(one, other) for one, other in ((w, in_place), (config["m"], m), (config["v"], v)))


def _try_first_layer_backward(normalization: str | None) -> bool:
    x, w = np.sin(np.arange(15.0)).reshape(5, 3), np.cos(np.arange(12.0)).reshape(3, 4)
    settings = [] if normalization is None else [w[0] + 2, w[1], {"mode": "train"}]
    sandwich = SANDWICHES[normalization]
    out, cache = getattr(layer_utils, f"{sandwich}_forward")(x, w, w[2], *settings)
    right = getattr(layer_utils, f"{sandwich}_backward")(out + 1, cache)
    quick = first_layer_backward(out + 1, cache, normalization)
    return len(quick) + 1 == len(right) and all(map(np.array_equal, quick, right[1:]))
