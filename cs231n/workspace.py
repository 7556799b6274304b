"""The loss and gradients of a training step in arrays that are made once: the network's numbers, to the bit, sooner.

A layer, as a student writes it, makes a new array in every line. That is easy to read, and a third of a step's time.
Here the lines of `layers` that a step goes through stand once more, in the same order, and write into arrays that the
step before has used. Two more things are saved: the gradient of the data, which nobody asks for, and the checks of
what one layer hands to the next. What all of it gains: ``python -m tests.benchmarks step``.

It stands apart, so that `layers` and `FullyConnectedNet` stay as they are, and is taken only where every function that
it stands in for is the library's own at that moment (see `Workspace.fits`): an installed answer always runs.
"""

import inspect
import math
from typing import Any

import numpy as np

from . import layer_utils, layers, validation
from .classifiers.fc_net import FullyConnectedNet, TwoLayerNet

_PLAIN = [
    (layers, "softmax_loss"), (layers, "affine_forward"), (layers, "affine_backward"), (layers, "relu_forward"),
    (layers, "relu_backward"),
]  # fmt: skip
CALLED = {  # what a training step calls, by the network's normalization
    None: [*_PLAIN, (layer_utils, "affine_relu_forward"), (layer_utils, "affine_relu_backward")],
    "batchnorm": [
        *_PLAIN, (layer_utils, "affine_bn_relu_forward"), (layer_utils, "affine_bn_relu_backward"),
        (layers, "batchnorm_forward"), (layers, "batchnorm_backward"),
    ],
}  # fmt: skip
METHODS = {name: method for name, method in vars(FullyConnectedNet).items() if inspect.isfunction(method)}
del METHODS["__init__"]  # by then it has done its work
BN_PARAM = {"mode", "running_mean", "running_var"}
Grads = dict[str, np.ndarray]


class Hidden:
    """The arrays of one hidden layer, affine - [batch norm] - ReLU; each (N, M), and used for one thing after another.

    xmu: the affine layer's output, then the same minus its mean;
    x_hat: normalized, then products that are summed;
    out: the ReLU's output, then dL/d(out), in the end dL/d(the affine layer's output);
    std: shape (M,); positive: where out is above 0.
    """

    def __init__(self, N: int, M: int, dtype: Any) -> None:
        self.xmu, self.x_hat, self.out, self.zeros = np.zeros((4, N, M), dtype)
        self.positive, self.std = np.empty((N, M), bool), np.empty(M, dtype)


def hidden_forward_in_place(hidden: Hidden, x: np.ndarray, params: tuple, bn_param: dict[str, Any] | None) -> None:
    """Forward through one hidden layer in training mode: its output is in ``hidden.out``.

    Arguments:
        hidden: the layer's arrays.
        x: inputs, shape (N, D).
        params: W, b and, with batch norm, gamma, beta.
        bn_param: batch norm's running statistics, which are updated; None without batch norm.
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
    """The loss and gradients of a network's batches, all of one size."""

    def __init__(self, net: FullyConnectedNet, N: int, grads: Grads) -> None:
        """
        Arguments:
            net: a network for which `fits` holds, now and whenever `loss` is called.
            N: examples per batch.
            grads: by a parameter's name, the array to write its gradient into; shape and dtype of the parameter.
        """
        self.net, self.grads = net, grads
        sizes, dtype = [net.params[f"b{i}"].size for i in range(1, net.num_layers + 1)], np.dtype(net.dtype)
        self.x = np.empty((N, net.input_dim), dtype)
        self.hidden = [Hidden(N, M, dtype) for M in sizes[:-1]]
        self.scores = np.empty((N, sizes[-1]), dtype)
        parts = ("W", "b") if net.normalization is None else ("W", "b", "gamma", "beta")
        self.names = [tuple(f"{part}{i}" for part in parts) for i in range(1, net.num_layers)]
        self.hidden_grads = [tuple(grads[name] for name in names) for names in self.names]

    def loss(self, X: np.ndarray, y: np.ndarray, batch: np.ndarray) -> np.floating:
        """``net.loss(X[batch], y[batch])``, and its update of the running statistics; the gradients are in ``grads``.

        Arguments:
            X, y: a data set: examples, shape (N_all, d_1, ..., d_k) with d_1 * ... * d_k = D, and labels, (N_all,).
            batch: indices of N examples, each in 0..N_all-1.

        Raises:
            ValueError, TypeError: as `FullyConnectedNet.loss` does.
        """
        net, grads, L = self.net, self.grads, self.net.num_layers
        if X.dtype == self.x.dtype:  # with mode="raise" it would make a copy first
            np.take(X, batch, axis=0, out=self.x.reshape(len(batch), *X.shape[1:]), mode="clip")
        else:
            self.x[...] = X[batch].reshape(self.x.shape)
        y, inputs = y[batch], [self.x, *(hidden.out for hidden in self.hidden)]
        validation.check_batch(self.x, y, self.scores.shape[1], net.normalization)
        validation.check_finite(self.x)
        for i, (hidden, names) in enumerate(zip(self.hidden, self.names)):
            bn_param = net.bn_params[i] if net.bn_params else None
            hidden_forward_in_place(hidden, inputs[i], tuple(map(net._param, names)), bn_param)
        np.matmul(inputs[-1], net._param(f"W{L}"), out=self.scores)
        self.scores += net._param(f"b{L}")
        loss, da = inspect.unwrap(layers.softmax_loss)(self.scores, y)
        np.matmul(inputs[-1].T, da, out=grads[f"W{L}"])
        np.add.reduce(da, axis=0, out=grads[f"b{L}"])
        for i in range(L - 2, -1, -1):
            hidden, W_above = self.hidden[i], net._param(f"W{i + 2}")
            gamma = net._param(f"gamma{i + 1}") if net.bn_params else None
            hidden_backward_in_place(hidden, inputs[i], da, W_above, gamma, self.hidden_grads[i])
            da = hidden.out
        return net._regularise(loss, grads)

    @staticmethod
    def fits(net: Any) -> bool:
        """Whether a workspace may stand in for a network's ``loss`` at this moment.

        It has to be one of the library's networks, in float32 or float64, without layer normalization and dropout; its
        methods and the layers have to be the library's own, batch norm's settings those that the network began with;
        and, against edited files, a workspace must once have agreed with ``loss`` on a small example.
        """
        if type(net) not in (FullyConnectedNet, TwoLayerNet) or net.normalization not in CALLED or net.use_dropout:
            return False
        return (
            np.dtype(net.dtype).itemsize > 2  # float16 is computed as float32, by the checks
            and all(validation.is_own(module, name) for module, name in CALLED[net.normalization])
            and all(getattr(type(net), name) is method for name, method in METHODS.items())
            and METHODS.keys().isdisjoint(vars(net))
            and all(_is_usual(param, net, f"gamma{i}") for i, param in enumerate(net.bn_params, start=1))
            and validation.agrees(_try_batchnorm if net.normalization else _try_plain)
        )


class BatchLoss:
    """A model's ``loss`` on batches of a data set, in a `Workspace` wherever one may stand in for it."""

    def __init__(self, model: Any) -> None:
        self.model = model
        self._workspace: Workspace | None = None

    def __call__(
        self, X: np.ndarray, y: np.ndarray, batch: np.ndarray, grads: Grads | None
    ) -> tuple[np.floating, Grads]:
        """
        Arguments:
            X, y, batch: as in `Workspace.loss`.
            grads: where the gradients may be written, by name; None where they are to be new arrays.

        Returns:
            The loss and the gradients: ``model.loss(X[batch], y[batch])``.
        """
        size = (len(batch), math.prod(X.shape[1:]))
        fits = grads is not None and Workspace.fits(self.model)
        if grads is None or not fits or size[1] != self.model.input_dim or X.dtype.kind not in "fiub":
            return self.model.loss(X[batch], y[batch])
        space = self._workspace
        if space is None or space.grads is not grads or space.x.shape != size:
            space = self._workspace = Workspace(self.model, size[0], grads)
        return space.loss(X, y, batch), grads


def _is_usual(bn_param: dict[str, Any], net: FullyConnectedNet, gamma: str) -> bool:
    """Whether the settings of the batch norm with this gamma are those that the network began with."""
    return bn_param.keys() == BN_PARAM and all(
        isinstance(array, np.ndarray) and array.dtype == net.dtype and array.shape == net._shapes[gamma]
        for array in (bn_param["running_mean"], bn_param["running_var"])
    )


def _try_plain() -> bool:
    return _try(None)


def _try_batchnorm() -> bool:
    return _try("batchnorm")


def _try(normalization: str | None) -> bool:
    """Whether a workspace agrees with ``loss``, on three batches and a small network with parameters of all kinds."""
    net, other = (
        FullyConnectedNet([7, 5], 6, 3, normalization=normalization, reg=0.5, dtype=np.float64, seed=0)
        for _ in range(2)
    )
    for i, name in enumerate(net.params):
        net.params[name] = other.params[name] = np.sin(i + np.arange(net.params[name].size)).reshape(net._shapes[name])
    X, y = np.cos(np.arange(120.0) ** 2).reshape(20, 6), np.arange(20) % 3
    workspace = Workspace(net, 12, {name: np.empty_like(w) for name, w in net.params.items()})
    for first in (0, 3, 8):
        batch = np.arange(first, first + 12)
        loss, (right, grads) = workspace.loss(X, y, batch), other.loss(X[batch], y[batch])
        pairs = [(workspace.grads[name], grads[name]) for name in grads]
        pairs += [(a[key], b[key]) for a, b in zip(net.bn_params, other.bn_params) for key in BN_PARAM]
        if loss != right or not all(np.array_equal(a, b) for a, b in pairs):
            return False
    return True
