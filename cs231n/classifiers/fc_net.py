"""Fully connected networks of any depth, with or without batch or layer normalization.

CS231n's notebooks expect that ``from cs231n.classifiers.fc_net import *`` also imports the layer functions. It gives
the functions that the library uses at that moment, including a student's installed answers.

Source: CS231n, assignment 2 (names, arguments and results).
"""

import inspect
from collections.abc import Sequence
from typing import Any, Literal, overload

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from .. import guards, layer_utils, layers
from . import warm_up

_REEXPORTED_LAYERS = {
    name: module
    for module in (layers, layer_utils)
    for name, _ in inspect.getmembers(module, inspect.isfunction)
    if not name.startswith("_")
}
__all__ = ["FullyConnectedNet", "TwoLayerNet", *_REEXPORTED_LAYERS]


def __getattr__(name: str) -> Any:
    """Look up a layer function that this module re-exports."""
    if name in _REEXPORTED_LAYERS:
        return getattr(_REEXPORTED_LAYERS[name], name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


class FullyConnectedNet:
    """A network of affine, ReLU and softmax layers, optionally with normalization and dropout.

    With L hidden layers, it is ``{affine - [batch norm or layer norm] - ReLU - [dropout]} x L - affine - softmax``.
    The dictionary ``params`` holds the parameters ``W1, b1, ..., W{L+1}, b{L+1}`` and, with a normalization,
    ``gamma1, beta1, ..., gamma{L}, beta{L}``. You may replace any of them by another array of the same shape. The
    settings of the l-th normalization are in ``bn_params[l - 1]``, together with batch norm's running statistics.
    These start with mean 0 and variance 1, so that test mode makes sense before the first step. Then they warm up:
    training step t (from 0) uses the momentum min(momentum, t / (t + 1)), so at first they are a plain average over the
    batches. ``num_batches_tracked`` is t. If you put in statistics of your own before training, set t, too: with t = 0
    the first batch replaces them, with a large t the average goes on from them.

    Two networks with the same seed and shapes have identical weights, even if their normalizations differ.

    >>> model = FullyConnectedNet([8, 8], input_dim=4, num_classes=3, normalization="layernorm", seed=0)
    >>> loss, grads = model.loss(np.ones((5, 4)), np.array([0, 1, 2, 0, 1]))
    >>> grads["W1"].shape, grads["gamma2"].shape, model.loss(np.ones((5, 4))).shape
    ((4, 8), (8,), (5, 3))
    """

    def __init__(
        self, hidden_dims: Sequence[int], input_dim: int = 3 * 32 * 32, num_classes: int = 10,
        dropout_keep_ratio: float = 1, normalization: str | None = None, reg: float = 0.0,
        weight_scale: float | Literal["he"] = 1e-2, dtype: DTypeLike = np.float32, seed: int | None = None,
        *, dropout: float | None = None, use_batchnorm: bool | None = None,
    ) -> None:  # fmt: skip
        """
        Arguments:
            hidden_dims: list of L hidden layer widths.
            input_dim: D, the number of input features (inputs of other shapes are flattened).
            num_classes: C.
            dropout_keep_ratio: probability of keeping a unit; 1 means no dropout.
            normalization: None, ``"batchnorm"`` or ``"layernorm"``.
            reg: strength of the L2 regularisation. The term is ``reg / 2 * sum(W**2)`` over all weights, without
                the biases, gammas and betas.
            weight_scale: standard deviation of the initial weights, or ``"he"`` for sqrt(2 / fan-in)
                (He et al. 2015, arXiv:1502.01852).
            dtype: type of all parameters and of the computation: float32 for speed, float64 for gradient checks.
            seed: an integer that determines the initial weights. None draws weights and dropout masks from NumPy's
                global generator, so that ``np.random.seed`` determines them, as in CS231n. As there, too, a network
                with a seed draws the same dropout mask at every call, so that its gradients can be checked. For new
                masks at every call that are still the same in every run: ``del model.dropout_param["seed"]``.
            dropout, use_batchnorm: spellings of earlier years, see `guards.networks.translate_older_names`.

        Raises:
            ValueError: if the normalization is unknown, the keep ratio is outside (0, 1], weight_scale is a string
                other than ``"he"``, a number is negative or infinite, or a width, input_dim or num_classes is not an
                integer of at least 1.
            TypeError: if dtype is not a floating type, hidden_dims is not a list or tuple, or weight_scale or reg is
                not a number.
        """
        dropout_keep_ratio, normalization = guards.translate_older_names(
            dropout_keep_ratio, normalization, dropout, use_batchnorm
        )
        hidden_dims, input_dim, num_classes, seed = guards.check_network_settings(
            hidden_dims, input_dim, num_classes, dropout_keep_ratio, normalization, reg, weight_scale, dtype, seed
        )
        self.normalization, self.reg, self.dtype = normalization, reg, dtype
        self.num_layers, self.input_dim, self.num_batches_tracked = len(hidden_dims) + 1, input_dim, 0
        rng: Any = np.random if seed is None else np.random.default_rng(seed)
        self.params: dict[str, np.ndarray] = {}
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

        self.use_dropout = dropout_keep_ratio != 1
        self.dropout_param: dict[str, Any] = {}
        if self.use_dropout:
            self.dropout_param = {"mode": "train", "p": dropout_keep_ratio}
            if seed is not None:
                self.dropout_param.update(rng=rng, seed=seed)
        self._shapes = {name: w.shape for name, w in self.params.items()}

    @overload
    def loss(self, X: ArrayLike, y: None = None) -> np.ndarray: ...

    @overload
    def loss(self, X: ArrayLike, y: ArrayLike) -> tuple[float, dict[str, np.ndarray]]: ...

    def loss(self, X: ArrayLike, y: ArrayLike | None = None) -> Any:
        """Compute the scores of a batch, or its loss and gradients.

        Arguments:
            X: inputs, shape (N, d_1, ..., d_k) with d_1 * ... * d_k = input_dim.
            y: labels, N integers in 0..C-1; None for test mode.

        Returns:
            Without y: scores, shape (N, C), in test mode (running statistics, no dropout).
            With y: ``loss, grads`` in training mode. The loss is the mean cross-entropy plus the L2 term; grads is a
            dictionary with the gradient of every entry of ``params``.

        Raises:
            ValueError: if there are no examples, an input is NaN or infinite, or an example does not have input_dim
                features; if the labels do not have shape (N,), or one is out of range; if there is only one example
                in training mode with batch norm.
            TypeError: if the inputs are not real numbers, or the labels are not integers.
        """
        X = self._flatten(X)
        if y is None:
            return self.forward(X, "test")[0]
        guards.check_batch(X, y, self._shapes[f"b{self.num_layers}"][0], self.normalization)
        scores, caches, _ = self.forward(X, "train")
        shape = (len(X), self._shapes[f"b{self.num_layers}"][0])
        with guards.trusted(guards.is_array(scores, shape, X.dtype)):  # y has just been checked
            loss, dscores = layers.softmax_loss(scores, np.asarray(y))
        grads, _ = self.backward(dscores, caches)
        return self._add_l2(loss, grads), grads

    def forward(self, X: ArrayLike, mode: str) -> tuple[np.ndarray, list, list[np.ndarray]]:
        """Run only the forward pass.

        Arguments:
            X: inputs, as in `loss`.
            mode: ``"train"`` (which updates the running statistics) or ``"test"``.

        Returns:
            scores: shape (N, C).
            caches: for `backward`, one per layer.
            hidden: list of L arrays, the output of each hidden layer's ReLU, shape (N, width).

        Raises:
            ValueError: if the mode is unknown, `loss` would refuse X, or an entry of ``params`` has a wrong shape.
            TypeError: if X does not hold real numbers.
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
        self.num_batches_tracked += mode == "train" and self.normalization == "batchnorm"
        L = self.num_layers
        scores, cache = layers.affine_forward(out, self._get_param(f"W{L}"), self._get_param(f"b{L}"))
        return scores, [*caches, cache], hidden

    def backward(self, dscores: np.ndarray, caches: list) -> tuple[dict[str, np.ndarray], list[np.ndarray]]:
        """Run only the backward pass, after `forward` in training mode.

        Arguments:
            dscores: dL/d(scores), shape (N, C).
            caches: from `forward`.

        Returns:
            grads: dictionary, the gradient of every entry of ``params`` (without the L2 term).
            dhidden: list of L arrays, dL/d(output of each hidden layer's ReLU), shape (N, width).

        Raises:
            ValueError: if ``dscores`` and the scores differ in shape, or the caches of batch norm are from test mode.
            TypeError: if ``dscores`` is not an array of real numbers.
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

    def _hidden_forward(self, i: int, x: np.ndarray, mode: str) -> tuple[np.ndarray, Any]:
        """Compute the output of hidden layer i, shape (N, width), and the cache for its backward pass.

        In training mode, x and the settings are checked here, once. If they are right, the layers do not check them
        again, in the forward or the backward pass. If not, each layer checks its own arguments.
        """
        W, b = self._get_param(f"W{i}"), self._get_param(f"b{i}")
        in_order = mode == "train" and guards.is_batch_for(x, W)
        if self.normalization is None:
            with guards.trusted(in_order):
                out, cache = layer_utils.affine_relu_forward(x, W, b)
            return out, guards.CheckedCache.of(cache, out) if in_order else cache
        gamma, beta, param = self._get_param(f"gamma{i}"), self._get_param(f"beta{i}"), self.bn_params[i - 1]
        if self.normalization == "layernorm":
            return layer_utils.affine_ln_relu_forward(x, W, b, gamma, beta, param)
        param["mode"] = mode
        in_order = in_order and guards.is_usual_bn_param(param, gamma)
        with guards.trusted(in_order), warm_up.settings_at(self.num_batches_tracked, param) as used:
            out, cache = layer_utils.affine_bn_relu_forward(x, W, b, gamma, beta, used)
        return out, guards.CheckedCache.of(cache, out) if in_order else cache

    def _hidden_backward(self, i: int, dout: np.ndarray, cache: Any) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        """Compute the gradients of hidden layer i's input and, by name, of its parameters."""
        backward = {
            None: layer_utils.affine_relu_backward, "batchnorm": layer_utils.affine_bn_relu_backward,
            "layernorm": layer_utils.affine_ln_relu_backward,
        }[self.normalization]  # fmt: skip
        with guards.trusted(isinstance(cache, guards.CheckedCache) and guards.is_array(dout, cache.shape, cache.dtype)):
            dx, *grads = backward(dout, cache)
        return dx, {f"{name}{i}": grad for name, grad in zip(("W", "b", "gamma", "beta"), grads)}

    def _add_l2(self, loss: float, grads: dict[str, np.ndarray]) -> float:
        """Add the L2 term to the loss, and its gradient to the gradients of the weights. Return the new loss."""
        if self.reg:
            for i in range(1, self.num_layers + 1):
                W = self._get_param(f"W{i}")
                loss += 0.5 * self.reg * np.sum(W * W)
                grads[f"W{i}"] += self.reg * W
        return loss

    def _get_param(self, name: str) -> np.ndarray:
        """Get an entry of ``params`` in the network's dtype, even if somebody put in an array of another dtype."""
        shape = self._shapes[name]
        w: Any = self.params.get(name)
        if isinstance(w, np.ndarray) and w.shape == shape and w.dtype == self.dtype:
            return w
        if name not in self.params or np.shape(w) != shape:
            found = f"has shape {np.shape(w)}" if name in self.params else "is missing"
            raise ValueError(f"params[{name!r}] {found}; an array of shape {shape} is wanted")
        return np.asarray(guards.as_examples(f"params[{name!r}]", w), dtype=self.dtype)

    def _flatten(self, X: ArrayLike) -> np.ndarray:
        """Convert inputs to an array of shape (N, input_dim) in the network's dtype."""
        return guards.as_network_inputs(X, self.input_dim, self.dtype)


class TwoLayerNet(FullyConnectedNet):
    """CS231n's first network, ``affine - ReLU - affine - softmax``: a network with one hidden layer.

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
            ValueError, TypeError: if `FullyConnectedNet` refuses an argument.
        """
        super().__init__(
            [hidden_dim], input_dim, num_classes, reg=reg, weight_scale=weight_scale, dtype=dtype, seed=seed
        )
