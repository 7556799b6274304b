"""The loss and gradients of a training step in arrays that are made once: the network's numbers, to the bit, sooner.

A layer, as a student writes it, makes a new array in every line. That is easy to read, and a third of a step's time.
Here the lines of `layers` that a step goes through stand once more, in the same order, and write into arrays that the
step before has used. Two more things are saved: the gradient of the data, which nobody asks for, and the checks of
what one layer hands to the next. What all of it gains: ``python -m tests.benchmarks step``.

It stands apart, so that `layers` and `FullyConnectedNet` stay as they are, and is taken only where it changes nothing
(see `fits`). An installed answer, an edited layer, a network with something unusual in it: then ``loss`` itself runs.
"""

import inspect
import math
from typing import Any

import numpy as np

from . import guards, layer_utils, layers
from .classifiers.fc_net import FullyConnectedNet, TwoLayerNet

CALLED = (  # what a step of a network with batch norm calls; one without calls affine_relu, too
    (layers, "affine_forward"), (layers, "affine_backward"), (layers, "relu_forward"), (layers, "relu_backward"),
    (layers, "batchnorm_forward"), (layers, "batchnorm_backward"), (layers, "softmax_loss"),
    (layer_utils, "affine_relu_forward"), (layer_utils, "affine_relu_backward"),
    (layer_utils, "affine_bn_relu_forward"), (layer_utils, "affine_bn_relu_backward"),
)  # fmt: skip
METHODS = ("loss", "forward", "backward", "_hidden_forward", "_hidden_backward", "_regularise", "_param", "_flat")
# Who changes one of these functions changes this module, too, to the same bits, and then the digest.
ORIGINALS = guards.WrittenFrom([*CALLED, *((FullyConnectedNet, name) for name in METHODS)], "e8c0cdc816c8103a")
DTYPES = (np.dtype(np.float32), np.dtype(np.float64))
BN_PARAM = {"mode", "running_mean", "running_var"}
Grads = dict[str, np.ndarray]


class Hidden:
    """The arrays of one hidden layer, affine - [batch norm] - ReLU; each (N, M), and used for one thing after another.

    xmu: the affine layer's output, then the same minus its mean;
    x_hat: normalized, then products that are summed;
    out: the ReLU's output, then dL/d(out), in the end dL/d(the affine layer's output);
    std: shape (M,); positive: where out is above 0; zeros: to compare with.
    """

    def __init__(self, N: int, M: int, dtype: Any) -> None:
        self.xmu, self.x_hat, self.out = np.empty((3, N, M), dtype)
        self.zeros, self.positive, self.std = np.zeros((N, M), dtype), np.empty((N, M), bool), np.empty(M, dtype)


def hidden_forward_in_place(hidden: Hidden, x: np.ndarray, params: tuple, bn_param: dict[str, Any] | None) -> None:
    """Forward through one hidden layer in training mode: its output is in ``hidden.out``.

    Arguments:
        hidden: the layer's arrays.
        x: inputs, shape (N, D).
        params: W, b and, with batch norm, gamma, beta.
        bn_param: batch norm's mode and running statistics, which are updated; None without batch norm.
    """
    W, b, *scale_and_shift = params
    out = hidden.out
    a = np.matmul(x, W, out=out if bn_param is None else hidden.xmu)
    a += b
    if bn_param is not None:
        gamma, beta = scale_and_shift
        N, momentum, eps, x_hat = len(a), 0.9, 1e-5, hidden.x_hat
        mu = np.add.reduce(a, axis=0) / N
        a -= mu
        var = np.add.reduce(np.square(a, out=x_hat), axis=0) / N
        bn_param["mode"] = "train"
        bn_param["running_mean"] = momentum * bn_param["running_mean"] + (1 - momentum) * mu
        bn_param["running_var"] = momentum * bn_param["running_var"] + (1 - momentum) * var
        std = np.sqrt(var + eps, out=hidden.std)
        np.divide(a, std, out=x_hat)
        np.multiply(gamma, x_hat, out=out)
        out += beta
    np.maximum(out, hidden.zeros, out=out)  # an array of zeros is quicker than the number


def hidden_backward_in_place(
    hidden: Hidden, x: np.ndarray, da_above: np.ndarray, W_above: np.ndarray, gamma: np.ndarray | None, grads: tuple
) -> None:
    """Backward through one hidden layer: the gradient of its affine layer's output, ``da``, is in ``hidden.out``.

    Arguments:
        hidden: the layer's arrays, after `hidden_forward_in_place`.
        x: its inputs, shape (N, D).
        da_above: ``da`` of the layer above, shape (N, K).
        W_above: that layer's weights, shape (M, K).
        gamma: batch norm's scale; None without batch norm.
        grads: where to write dW, db and, with batch norm, dgamma, dbeta.
    """
    dW, db, *dscale_and_dshift = grads
    positive = np.greater(hidden.out, 0, out=hidden.positive)
    dout = np.matmul(da_above, W_above.T, out=hidden.out)
    dout *= positive
    if gamma is not None:
        dgamma, dbeta = dscale_and_dshift
        N, xmu, x_hat, inv_std = len(dout), hidden.xmu, hidden.x_hat, 1 / hidden.std
        products = np.multiply(dout, x_hat, out=x_hat)
        np.add.reduce(products, axis=0, out=dgamma)
        np.add.reduce(dout, axis=0, out=dbeta)
        dout *= gamma
        np.multiply(dout, xmu, out=products)
        dvar = np.add.reduce(products, axis=0) * -0.5 * inv_std**3
        dmu = -np.add.reduce(dout, axis=0) * inv_std
        xmu *= dvar * 2
        xmu /= N
        dout *= inv_std
        dout += xmu
        dout += dmu / N
    np.matmul(x.T, dout, out=dW)
    np.add.reduce(dout, axis=0, out=db)


class Workspace:
    """The arrays of a network's training step, for batches of one size."""

    def __init__(self, net: FullyConnectedNet, N: int, grads: Grads) -> None:
        """
        Arguments:
            net: a network that `fits`.
            N: examples per batch.
            grads: by a parameter's name, the array to write its gradient into; shape and dtype of the parameter.
        """
        self.kind, self.grads = _kind(net, N), grads
        sizes, dtype = [net._shapes[f"b{i}"][0] for i in range(1, net.num_layers + 1)], np.dtype(net.dtype)
        self.x = np.empty((N, net.input_dim), dtype)
        self.hidden = [Hidden(N, M, dtype) for M in sizes[:-1]]
        self.scores = np.empty((N, sizes[-1]), dtype)
        parts = ("W", "b", "gamma", "beta") if net.normalization else ("W", "b")
        self.names = [tuple(f"{part}{i}" for part in parts) for i in range(1, net.num_layers)]
        self.hidden_grads = [tuple(grads[name] for name in names) for names in self.names]

    def loss(self, net: FullyConnectedNet, X: np.ndarray, y: np.ndarray, batch: np.ndarray) -> np.floating:
        """``net.loss(X[batch], y[batch])``, and its update of the running statistics; the gradients are in ``grads``.

        Arguments:
            net: a network of the same kind as the one that this was made for; it `fits`.
            X, y: a data set: N_all examples, shape (N_all, d_1, ..., d_k) with d_1 * ... * d_k = D, and their labels.
            batch: indices of N examples.

        Raises:
            ValueError, TypeError: as `FullyConnectedNet.loss` does.
            IndexError: for an index out of range.
        """
        params, grads, L = net.params, self.grads, net.num_layers
        y, inputs = y[batch], [self.x, *(hidden.out for hidden in self.hidden)]
        if X.dtype == self.x.dtype and X.flags.c_contiguous and X.flags.aligned:
            # By mode="raise" it would make a copy first; wrong indices have been refused by y.
            np.take(X, batch, axis=0, out=self.x.reshape(len(batch), *X.shape[1:]), mode="wrap")
        else:
            self.x[...] = X[batch].reshape(self.x.shape)
        guards.check_batch(self.x, y, self.scores.shape[1], net.normalization)
        guards.check_finite(self.x)
        for i, (hidden, names) in enumerate(zip(self.hidden, self.names)):
            bn_param = net.bn_params[i] if net.normalization else None
            hidden_forward_in_place(hidden, inputs[i], tuple(params[name] for name in names), bn_param)
        np.matmul(inputs[-1], params[f"W{L}"], out=self.scores)
        self.scores += params[f"b{L}"]
        loss, da = inspect.unwrap(layers.softmax_loss)(self.scores, y)  # itself, without its check
        np.matmul(inputs[-1].T, da, out=grads[f"W{L}"])
        np.add.reduce(da, axis=0, out=grads[f"b{L}"])
        for i in range(L - 2, -1, -1):
            hidden, W_above = self.hidden[i], params[f"W{i + 2}"]
            gamma = params[f"gamma{i + 1}"] if net.normalization else None
            hidden_backward_in_place(hidden, inputs[i], da, W_above, gamma, self.hidden_grads[i])
            da = hidden.out
        return net._regularise(loss, grads)


class BatchLoss:
    """A model's ``loss`` on batches of a data set, in a `Workspace` wherever one may stand in for it."""

    def __init__(self) -> None:
        self._workspace: Workspace | None = None

    def __getstate__(self) -> dict[str, Any]:
        return {"_workspace": None}  # a copy makes its own

    def __call__(
        self, model: Any, X: np.ndarray, y: np.ndarray, batch: np.ndarray, grads: Grads | None
    ) -> tuple[np.floating, Grads]:
        """
        Arguments:
            model: has a method ``loss``.
            X, y: the data set, N_all examples and labels.
            batch: indices of N examples.
            grads: where the gradients may be written, by name; None where they are to be new arrays.

        Returns:
            The loss and the gradients: ``model.loss(X[batch], y[batch])``.

        Raises:
            ValueError, TypeError, IndexError: as that does.
        """
        if grads is None or not fits(model) or not _are_plain(model, X, y, batch):
            return model.loss(X[batch], y[batch])
        space = self._workspace
        if space is None or space.grads is not grads or space.kind != _kind(model, len(batch)):
            if not _are_parameters(grads, model):
                return model.loss(X[batch], y[batch])
            space = self._workspace = Workspace(model, len(batch), grads)
        return space.loss(model, X, y, batch), grads


def fits(net: Any) -> bool:
    """Whether a `Workspace` may stand in for a network's ``loss`` at this moment.

    It has to be one of the library's networks, in float32 or float64, without layer normalization and dropout, with
    the parameters, settings and running statistics that it began with, whatever their values are by now; the layers and
    the network's methods have to be the library's own, and their sources those that this module was written from.
    """
    if type(net) not in (FullyConnectedNet, TwoLayerNet) or not ORIGINALS.holds() or net.use_dropout:
        return False
    if any(name in vars(net) or name in vars(TwoLayerNet) for name in METHODS) or net.dtype not in DTYPES:
        return False
    L, shapes = net.num_layers, net._shapes
    if not _are_parameters(net.params, net) or net.input_dim != shapes["W1"][0]:
        return False
    if net.normalization is None:
        return len(shapes) == 2 * L
    return (
        net.normalization == "batchnorm"
        and len(shapes) == 4 * L - 2
        and type(net.bn_params) is list
        and len(net.bn_params) == L - 1
        and all(_is_usual(param, net, f"gamma{i}") for i, param in enumerate(net.bn_params, start=1))
    )


def _kind(net: FullyConnectedNet, N: int) -> tuple:
    """What the arrays of a workspace depend on."""
    return N, np.dtype(net.dtype), net.normalization, net.input_dim, tuple(net._shapes.items())


def _are_parameters(arrays: Any, net: FullyConnectedNet) -> bool:
    """Whether arrays have the names, shapes and dtype of a network's parameters."""
    dtype = np.dtype(net.dtype)
    return (
        type(arrays) is dict
        and arrays.keys() == net._shapes.keys()
        and all(guards.is_array(arrays[name], shape, dtype) for name, shape in net._shapes.items())
    )


def _is_usual(bn_param: Any, net: FullyConnectedNet, gamma: str) -> bool:
    """Whether the settings of the batch norm with this gamma are those that the network began with."""
    shape, dtype = net._shapes[gamma], np.dtype(net.dtype)
    return (
        type(bn_param) is dict
        and bn_param.keys() == BN_PARAM
        and guards.is_array(bn_param["running_mean"], shape, dtype)
        and guards.is_array(bn_param["running_var"], shape, dtype)
    )


def _are_plain(net: FullyConnectedNet, X: Any, y: Any, batch: Any) -> bool:
    """Whether data and indices are what they usually are."""
    return (
        type(X) is type(y) is type(batch) is np.ndarray
        and batch.ndim == 1 and batch.dtype.kind in "iu" and len(batch) > 0
        and X.ndim > 1 and X.dtype.kind in "fiub" and math.prod(X.shape[1:]) == net.input_dim
        and y.shape == X.shape[:1]
    )  # fmt: skip
