"""Shortcuts of a training step: the numbers of the library's own functions, to the bit, in less time.

They stand beside `layers` and `optim` so that the functions there stay as a student would write them. Each is taken
only where the functions that it stands in for are the library's own at that moment (`validation.is_own`); as soon as
somebody installs an answer, a slower one perhaps, that answer runs.

What is saved, and where the time goes: ``python -m tests.benchmarks step``.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from . import layer_utils, layers, validation

if TYPE_CHECKING:
    from .classifiers.fc_net import FullyConnectedNet

SANDWICHES = {None: "affine_relu", "batchnorm": "affine_bn_relu", "layernorm": "affine_ln_relu"}
AFFINE = ((layers, "affine_forward"), (layers, "affine_backward"))
BN_PARAM = {"mode", "running_mean", "running_var"}


def own_affine(normalization: str | None) -> bool:
    """Whether a hidden layer's affine part, and the functions that call it, are the library's own.

    Arguments:
        normalization: of the network: None, ``"batchnorm"`` or ``"layernorm"``.
    """
    sandwich = SANDWICHES[normalization]
    pair = ((layer_utils, f"{sandwich}_forward"), (layer_utils, f"{sandwich}_backward"))
    return all(validation.is_own(module, name) for module, name in (*AFFINE, *pair))


def first_layer_backward(dout: np.ndarray, cache: tuple, normalization: str | None) -> list[np.ndarray]:
    """Backward through the first hidden layer, without the gradient of its input: that is the data, nobody asks.

    The product that gives it would be a third of a wide first layer's multiplications. Only where `own_affine`.

    Arguments:
        dout: dL/d(the layer's output), shape (N, M).
        cache: of the layer's ``affine_..._forward``; its input has shape (N, D).
        normalization: as in `own_affine`.

    Returns:
        dw, db and, with normalization, dgamma, dbeta: shapes (D, M), (M,), (M,), (M,).
    """
    fc_cache, *normalization_cache, relu_cache = cache
    grads: list[np.ndarray] = []
    dout = layers.relu_backward(dout, relu_cache)
    if normalization is not None:
        backward = layers.batchnorm_backward if normalization == "batchnorm" else layers.layernorm_backward
        dout, *grads = backward(dout, normalization_cache[0])
    return [fc_cache[0].T @ dout, np.sum(dout, axis=0), *grads]


def needs_no_checks(net: "FullyConnectedNet") -> bool:
    """Whether the layers of a network's training step can do without the checks of their arguments.

    The network has checked the batch and its parameters. If all layers are the library's own, and batch norm has its
    usual settings, every array in between has the right shape and dtype; the checks would be up to a tenth of a step.
    """
    kind = np.dtype(net.dtype)
    names = ["relu_forward", "relu_backward", "softmax_loss"]
    if net.normalization is not None:
        names += [f"{net.normalization}_forward", f"{net.normalization}_backward"]
    return (
        kind.itemsize > 2  # float16 is computed as float32, which is the checks' business
        and not net.use_dropout
        and own_affine(net.normalization)
        and all(validation.is_own(layers, name) for name in names)
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


def adam_in_place(
    w: np.ndarray, dw: np.ndarray, m: np.ndarray, v: np.ndarray, settings: dict[str, Any],
    spare: Sequence[np.ndarray],
) -> None:
    """One step of `optim.adam` that writes into w, m and v, and makes no other arrays: the same operations in the
    same order, so the same bits.

    Arguments:
        w, dw, m, v: the parameters, their gradients and Adam's memory, shape (P,) each, of one dtype.
        settings: ``learning_rate, beta1, beta2, epsilon`` and ``t``, the steps so far including this one.
        spare: two more arrays of that shape and dtype; what is in them is lost.
    """
    beta1, beta2, t = settings["beta1"], settings["beta2"], settings["t"]
    step, root = spare
    m *= beta1
    m += np.multiply(dw, 1 - beta1, out=step)
    v *= beta2
    v += np.multiply(np.square(dw, out=step), 1 - beta2, out=step)
    np.divide(v, 1 - beta2**t, out=root)
    np.sqrt(root, out=root)
    root += settings["epsilon"]
    np.divide(m, 1 - beta1**t, out=step)
    step *= settings["learning_rate"]
    step /= root
    w -= step
