"""Fully connected networks of any depth, with or without batch or layer normalization.

``from cs231n.classifiers.fc_net import *`` also gives the layers that the networks are made of, as CS231n's
notebooks expect: the functions that the library runs on at that moment, a student's installed ones among them.

Source: CS231n, assignment 2 (names, arguments and results).
"""

import inspect
import math
from collections.abc import Sequence
from typing import Any, Literal, overload

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from .. import guards, layer_utils, layers

NORMALIZATIONS = (None, "batchnorm", "layernorm")
_REEXPORTED_LAYERS = {
    name: module
    for module in (layers, layer_utils)
    for name, _ in inspect.getmembers(module, inspect.isfunction)
    if not name.startswith("_")
}
__all__ = ["FullyConnectedNet", "TwoLayerNet", *_REEXPORTED_LAYERS]


def __getattr__(name: str) -> Any:
    if name in _REEXPORTED_LAYERS:
        return getattr(_REEXPORTED_LAYERS[name], name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


class FullyConnectedNet:
    """A network of affine, ReLU and softmax layers, optionally with normalization and dropout.

    The architecture is ``{affine - [batch norm or layer norm] - ReLU - [dropout]} x L - affine - softmax`` for L
    hidden layers. Parameters are in the dictionary ``params``: ``W1, b1, ..., W{L+1}, b{L+1}`` and, with either
    normalization, ``gamma1, beta1, ..., gamma{L}, beta{L}``; any of them may be replaced by another array of its
    shape. The l-th normalization's settings are in ``bn_params[l - 1]``, and batch norm's running statistics, too;
    they start at mean 0 and variance 1, so that test mode makes sense before the first step.

    Two networks with the same seed and shapes have identical weights, whatever their normalization.

    >>> model = FullyConnectedNet([8, 8], input_dim=4, num_classes=3, normalization="layernorm", seed=0)
    >>> loss, grads = model.loss(np.ones((5, 4)), np.array([0, 1, 2, 0, 1]))
    >>> grads["W1"].shape, grads["gamma2"].shape, model.loss(np.ones((5, 4))).shape
    ((4, 8), (8,), (5, 3))
    """

    def __init__(
        self, hidden_dims: Sequence[int], input_dim: int = 3 * 32 * 32, num_classes: int = 10,
        dropout_keep_ratio: float = 1, normalization: str | None = None, reg: float = 0.0,
        weight_scale: float | Literal["he"] = 1e-2, dtype: DTypeLike = np.float32, seed: int | None = None,
    ) -> None:  # fmt: skip
        """
        Arguments:
            hidden_dims: list of L hidden layer widths.
            input_dim: D, the number of input features (inputs of other shapes are flattened).
            num_classes: C.
            dropout_keep_ratio: probability of keeping a unit; 1 means no dropout.
            normalization: None, ``"batchnorm"`` or ``"layernorm"``.
            reg: strength of L2 regularisation, ``reg / 2 * sum(W**2)`` over the weights; not over biases,
                gamma and beta.
            weight_scale: standard deviation of the initial weights, or ``"he"`` for sqrt(2 / fan-in)
                (He et al. 2015, arXiv:1502.01852).
            dtype: of all parameters and computing; float32 for speed, float64 for gradient checks.
            seed: an integer for the initial weights; None draws fresh ones. As in CS231n, a network with a seed
                also draws the same dropout mask at every call, so that its gradients can be checked. To train
                with fresh masks that still repeat from run to run, ``del model.dropout_param["seed"]``.

        Raises:
            ValueError: for an unknown normalization, a keep ratio outside (0, 1], another string than ``"he"``, a
                negative or infinite number, a width, input_dim or num_classes that is not whole or below 1.
            TypeError: for a dtype that is not a floating type, hidden_dims that are no list or tuple, and what is
                no number.
        """
        if normalization not in NORMALIZATIONS:
            raise ValueError(f"normalization is {normalization!r}; choose from {NORMALIZATIONS}")
        if not isinstance(dropout_keep_ratio, guards.NUMBERS) or not 0 < dropout_keep_ratio <= 1:
            raise ValueError(f"dropout_keep_ratio is {dropout_keep_ratio!r}; it must be in (0, 1]")
        if isinstance(weight_scale, str) and weight_scale != "he":
            raise ValueError(f'weight_scale is {weight_scale!r}; it must be a number or "he"')
        if not isinstance(weight_scale, str):
            guards.want_number("weight_scale", weight_scale, 0)
        guards.want_number("reg", reg, 0)
        guards.want_floating("dtype", dtype)
        if not isinstance(hidden_dims, guards.SEQUENCES):
            raise TypeError(f"hidden_dims is {hidden_dims!r}; a list of widths is wanted, such as [100, 100]")
        hidden_dims = [guards.as_whole_number(f"hidden_dims[{i}]", width, 1) for i, width in enumerate(hidden_dims)]
        input_dim = guards.as_whole_number("input_dim", input_dim, 1)
        num_classes = guards.as_whole_number("num_classes", num_classes, 1)
        seed = guards.as_whole_number("seed", seed, 0, none="for fresh weights")
        self.normalization, self.reg, self.dtype = normalization, reg, dtype
        self.use_dropout = dropout_keep_ratio != 1
        self.num_layers = len(hidden_dims) + 1
        self.input_dim = input_dim
        self.params: dict[str, np.ndarray] = {}
        rng = np.random.default_rng(seed)
        dims = [input_dim, *hidden_dims, num_classes]
        for i, (fan_in, fan_out) in enumerate(zip(dims[:-1], dims[1:]), start=1):
            scale = np.sqrt(2 / fan_in) if weight_scale == "he" else weight_scale
            self.params[f"W{i}"] = (scale * rng.standard_normal((fan_in, fan_out))).astype(dtype)
            self.params[f"b{i}"] = np.zeros(fan_out, dtype)

        self.bn_params: list[dict[str, Any]] = []
        if normalization is not None:
            for i, width in enumerate(hidden_dims, start=1):
                self.params[f"gamma{i}"] = np.ones(width, dtype)
                self.params[f"beta{i}"] = np.zeros(width, dtype)
                statistics = {"running_mean": np.zeros(width, dtype), "running_var": np.ones(width, dtype)}
                self.bn_params.append({"mode": "train", **statistics} if normalization == "batchnorm" else {})
        self.dropout_param: dict[str, Any] = {}
        if self.use_dropout:
            self.dropout_param = {"mode": "train", "p": dropout_keep_ratio, "rng": rng}
            if seed is not None:
                self.dropout_param["seed"] = seed
        self._shapes = {name: w.shape for name, w in self.params.items()}

    @overload
    def loss(self, X: ArrayLike, y: None = None) -> np.ndarray: ...

    @overload
    def loss(self, X: ArrayLike, y: ArrayLike) -> tuple[float, dict[str, np.ndarray]]: ...

    def loss(self, X, y=None):
        """Scores of a batch, or its loss and gradients.

        Arguments:
            X: inputs, shape (N, d_1, ..., d_k) with d_1 * ... * d_k = input_dim.
            y: labels, N integers in 0..C-1; None for test mode.

        Returns:
            Without y: scores, shape (N, C), in test mode (running statistics, no dropout).
            With y: ``loss, grads``, in training mode: the mean cross-entropy plus the L2 term, and a
            dictionary with the gradient of every entry of ``params``.

        Raises:
            ValueError: for inputs without examples, with NaN, or with another number of features than input_dim; for
                labels of another shape than (N,) or out of range; for one example in training mode with batch norm.
            TypeError: for inputs that are not real numbers; for labels that are not integers.
        """
        X = self._flatten(X)
        if y is None:
            return self.forward(X, "test")[0]
        guards.check_batch(X, y, self._shapes[f"b{self.num_layers}"][0], self.normalization)
        scores, caches, _ = self.forward(X, "train")
        shape = (len(X), self._shapes[f"b{self.num_layers}"][0])
        with guards.trusted(guards.is_array(scores, shape, X.dtype)):  # y has been checked
            loss, dscores = layers.softmax_loss(scores, np.asarray(y))
        grads, _ = self.backward(dscores, caches)
        return self._add_l2(loss, grads), grads

    def forward(self, X: ArrayLike, mode: str) -> tuple[np.ndarray, list, list[np.ndarray]]:
        """The forward pass alone.

        Arguments:
            X: inputs, as in `loss`.
            mode: ``"train"`` (which updates the running statistics) or ``"test"``.

        Returns:
            scores: shape (N, C).
            caches: for `backward`, one per layer.
            hidden: list of L arrays, the output of each hidden layer's ReLU, shape (N, width).

        Raises:
            ValueError, TypeError: for another mode; inputs as in `loss`; an entry of ``params`` of another shape.
        """
        guards.want_mode("forward's mode", mode)
        out = self._flatten(X)
        guards.check_finite(out)
        caches, hidden = [], []
        for i in range(1, self.num_layers):
            out, cache = self._hidden_forward(i, out, mode)
            hidden.append(out)
            dropout_cache = None
            if self.use_dropout:
                self.dropout_param["mode"] = mode
                out, dropout_cache = layers.dropout_forward(out, self.dropout_param)
            caches.append((cache, dropout_cache))
        L = self.num_layers
        scores, cache = layers.affine_forward(out, self._get_param(f"W{L}"), self._get_param(f"b{L}"))
        return scores, [*caches, cache], hidden

    def backward(self, dscores: np.ndarray, caches: list) -> tuple[dict[str, np.ndarray], list[np.ndarray]]:
        """The backward pass alone, after a `forward` in training mode.

        Arguments:
            dscores: dL/d(scores), shape (N, C).
            caches: from `forward`.

        Returns:
            grads: dictionary, the gradient of every entry of ``params`` (without the L2 term).
            dhidden: list of L arrays, dL/d(output of each hidden layer's ReLU), shape (N, width).

        Raises:
            ValueError: for a ``dscores`` of another shape than the scores; with batch norm, for caches of test mode.
            TypeError: for a ``dscores`` that is no array of real numbers.
        """
        L = self.num_layers
        grads: dict[str, np.ndarray] = {}
        dhidden: list[np.ndarray] = []
        dout, grads[f"W{L}"], grads[f"b{L}"] = layers.affine_backward(dscores, caches[-1])
        for i in range(L - 1, 0, -1):
            cache, dropout_cache = caches[i - 1]
            if self.use_dropout:
                dout = layers.dropout_backward(dout, dropout_cache)
            dhidden.insert(0, dout)
            dout, hidden_grads = self._hidden_backward(i, dout, cache)
            grads.update(hidden_grads)
        return grads, dhidden

    def _hidden_forward(self, i, x, mode):
        """Hidden layer i, from its input to its ReLU's output, shape (N, width); and the cache.

        In a step of training, x and the settings are checked here, once. If they are in order, the layers do not
        check them again, neither on this way nor on the way back. If they are not, every layer checks its arguments.
        """
        W, b = self._get_param(f"W{i}"), self._get_param(f"b{i}")
        in_order = mode == "train" and guards.is_batch_for(x, W)
        if self.normalization is None:
            with guards.trusted(in_order):
                out, cache = layer_utils.affine_relu_forward(x, W, b)
            return out, _TrustedCache.of(cache, out) if in_order else cache
        gamma, beta, param = self._get_param(f"gamma{i}"), self._get_param(f"beta{i}"), self.bn_params[i - 1]
        if self.normalization == "layernorm":
            return layer_utils.affine_ln_relu_forward(x, W, b, gamma, beta, param)
        param["mode"] = mode
        in_order = in_order and guards.is_usual_bn_param(param, gamma)
        with guards.trusted(in_order):
            out, cache = layer_utils.affine_bn_relu_forward(x, W, b, gamma, beta, param)
        return out, _TrustedCache.of(cache, out) if in_order else cache

    def _hidden_backward(self, i, dout, cache):
        """Backward through hidden layer i: the gradient of its input, and those of its parameters by name."""
        backward = {
            None: layer_utils.affine_relu_backward, "batchnorm": layer_utils.affine_bn_relu_backward,
            "layernorm": layer_utils.affine_ln_relu_backward,
        }[self.normalization]  # fmt: skip
        with guards.trusted(isinstance(cache, _TrustedCache) and guards.is_array(dout, cache.shape, cache.dtype)):
            dx, *grads = backward(dout, cache)
        return dx, {f"{name}{i}": grad for name, grad in zip(("W", "b", "gamma", "beta"), grads)}

    def _add_l2(self, loss, grads):
        """The loss with the L2 term, whose gradient is added to those of the weights."""
        if self.reg:
            for i in range(1, self.num_layers + 1):
                W = self._get_param(f"W{i}")
                loss += 0.5 * self.reg * np.sum(W * W)
                grads[f"W{i}"] += self.reg * W
        return loss

    def _get_param(self, name):
        """An entry of ``params`` for computing: in the network's dtype, whatever the array that replaced it."""
        shape, w = self._shapes[name], self.params.get(name)
        if isinstance(w, np.ndarray) and w.shape == shape and w.dtype == self.dtype:
            return w
        if name not in self.params or np.shape(w) != shape:
            found = f"has shape {np.shape(w)}" if name in self.params else "is missing"
            raise ValueError(f"params[{name!r}] {found}; an array of shape {shape} is wanted")
        return np.asarray(guards.as_examples(f"params[{name!r}]", w), dtype=self.dtype)

    def _flatten(self, X):
        """Inputs as an array of shape (N, input_dim) and of the network's dtype."""
        X = np.asarray(guards.as_examples("X", X), dtype=self.dtype)
        features = math.prod(X.shape[1:])
        if X.ndim == 0 or len(X) == 0 or features != self.input_dim:
            raise ValueError(
                f"X has shape {X.shape}; it must be (N, ...) with N of at least 1 and input_dim = {self.input_dim} "
                "features per example"
            )
        return X.reshape(len(X), features)


class _TrustedCache(tuple):
    """A hidden layer's cache, made in training mode from arguments that were in order; shape and dtype: its output's.

    The way back needs no other check than that ``dout`` has this shape and dtype. A cache from anywhere else is a
    plain tuple: then every layer checks what it is given.
    """

    shape: tuple[int, ...]
    dtype: np.dtype

    @classmethod
    def of(cls, cache: Any, out: np.ndarray) -> Any:
        """The cache, marked; as it is if an installed answer made it something else than a tuple."""
        if type(cache) is not tuple:
            return cache
        marked = cls(cache)
        marked.shape, marked.dtype = out.shape, out.dtype
        return marked


class TwoLayerNet(FullyConnectedNet):
    """CS231n's first network, ``affine - ReLU - affine - softmax``: the case of one hidden layer.

    Its parameters are ``W1`` (input_dim, hidden_dim), ``b1``, ``W2`` (hidden_dim, num_classes) and ``b2``. Unlike
    `FullyConnectedNet` it computes in float64 unless told otherwise.

    >>> model = TwoLayerNet(input_dim=4, hidden_dim=5, num_classes=3, seed=0)
    >>> {name: w.shape for name, w in model.params.items()}
    {'W1': (4, 5), 'b1': (5,), 'W2': (5, 3), 'b2': (3,)}
    """

    def __init__(
        self, input_dim: int = 3 * 32 * 32, hidden_dim: int = 100, num_classes: int = 10,
        weight_scale: float | Literal["he"] = 1e-3, reg: float = 0.0, dtype: DTypeLike = np.float64,
        seed: int | None = None,
    ) -> None:  # fmt: skip
        """
        Arguments:
            input_dim: D, the number of input features (inputs of other shapes are flattened).
            hidden_dim: H, the width of the hidden layer.
            num_classes: C.
            weight_scale, reg, dtype, seed: as in `FullyConnectedNet`.

        Raises:
            ValueError, TypeError: for what `FullyConnectedNet` refuses.
        """
        super().__init__(
            [hidden_dim], input_dim, num_classes, reg=reg, weight_scale=weight_scale, dtype=dtype, seed=seed
        )
