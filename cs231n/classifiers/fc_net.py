"""Fully connected networks of any depth, with or without batch normalization."""

import numpy as np

from .. import layer_utils, layers

NORMALIZATIONS = (None, "batchnorm")


class FullyConnectedNet:
    """A network of affine, ReLU and softmax layers, optionally with batch norm and dropout.

    The architecture is ``{affine - [batch norm] - ReLU - [dropout]} x L - affine - softmax`` for L hidden
    layers. Parameters are in the dictionary ``params``: ``W1, b1, ..., W{L+1}, b{L+1}`` and, with batch norm,
    ``gamma1, beta1, ..., gamma{L}, beta{L}``. The running statistics of the l-th batch norm are in
    ``bn_params[l - 1]``; they start at mean 0 and variance 1, so that test mode makes sense before the first step.

    Two networks with the same seed and shapes have identical weights, whatever their normalization.
    """

    def __init__(
        self, hidden_dims, input_dim=3 * 32 * 32, num_classes=10, dropout_keep_ratio=1,
        normalization=None, reg=0.0, weight_scale=1e-2, dtype=np.float32, seed=None,
    ):  # fmt: skip
        """
        Arguments:
            hidden_dims: list of L hidden layer widths.
            input_dim: D, the number of input features (inputs of other shapes are flattened).
            num_classes: C.
            dropout_keep_ratio: probability of keeping a unit; 1 means no dropout.
            normalization: None or ``"batchnorm"``.
            reg: strength of L2 regularisation, ``reg / 2 * sum(W**2)`` over the weights; not over biases,
                gamma and beta.
            weight_scale: standard deviation of the initial weights, or ``"he"`` for sqrt(2 / fan-in)
                (He et al. 2015, arXiv:1502.01852).
            dtype: of all parameters and computing; float32 for speed, float64 for gradient checks.
            seed: an integer for the initial weights and the dropout masks; None draws fresh ones.

        Raises:
            ValueError: for an unknown normalization or a keep ratio outside (0, 1].
        """
        if normalization not in NORMALIZATIONS:
            raise ValueError(f"normalization is {normalization!r}; choose from {NORMALIZATIONS}")
        if not 0 < dropout_keep_ratio <= 1:
            raise ValueError(f"dropout_keep_ratio is {dropout_keep_ratio!r}; it must be in (0, 1]")
        self.normalization, self.reg, self.dtype = normalization, reg, dtype
        self.use_dropout = dropout_keep_ratio != 1
        self.num_layers = len(hidden_dims) + 1
        self.params = {}
        rng = np.random.default_rng(seed)
        dims = [input_dim, *hidden_dims, num_classes]
        for i, (fan_in, fan_out) in enumerate(zip(dims[:-1], dims[1:]), start=1):
            scale = np.sqrt(2 / fan_in) if weight_scale == "he" else weight_scale
            self.params[f"W{i}"] = (scale * rng.standard_normal((fan_in, fan_out))).astype(dtype)
            self.params[f"b{i}"] = np.zeros(fan_out, dtype)

        self.bn_params = []
        if normalization == "batchnorm":
            for i, width in enumerate(hidden_dims, start=1):
                self.params[f"gamma{i}"] = np.ones(width, dtype)
                self.params[f"beta{i}"] = np.zeros(width, dtype)
                self.bn_params.append({
                    "mode": "train",
                    "running_mean": np.zeros(width, dtype),
                    "running_var": np.ones(width, dtype),
                })  # fmt: skip
        self.dropout_param = {}
        if self.use_dropout:
            self.dropout_param = {"mode": "train", "p": dropout_keep_ratio, "rng": rng}

    def loss(self, X, y=None):
        """Scores of a batch, or its loss and gradients.

        Arguments:
            X: inputs, shape (N, d_1, ..., d_k) with d_1 * ... * d_k = input_dim.
            y: labels, N integers in 0..C-1; None for test mode.

        Returns:
            Without y: scores, shape (N, C), in test mode (running statistics, no dropout).
            With y: ``loss, grads``, in training mode: the mean cross-entropy plus the L2 term, and a
            dictionary with the gradient of every entry of ``params``.
        """
        if y is None:
            return self.forward(X, "test")[0]
        scores, caches, _ = self.forward(X, "train")
        loss, dscores = layers.softmax_loss(scores, y)
        grads, _ = self.backward(dscores, caches)
        if self.reg:
            for i in range(1, self.num_layers + 1):
                W = self.params[f"W{i}"]
                loss += 0.5 * self.reg * np.sum(W * W)
                grads[f"W{i}"] += self.reg * W
        return loss, grads

    def forward(self, X, mode):
        """The forward pass alone.

        Arguments:
            X: inputs, as in `loss`.
            mode: ``"train"`` (which updates the running statistics) or ``"test"``.

        Returns:
            scores: shape (N, C).
            caches: for `backward`, one per layer.
            hidden: list of L arrays, the output of each hidden layer's ReLU, shape (N, width).
        """
        out = np.asarray(X, dtype=self.dtype).reshape(len(X), -1)
        caches, hidden = [], []
        for i in range(1, self.num_layers):
            W, b = self.params[f"W{i}"], self.params[f"b{i}"]
            if self.normalization == "batchnorm":
                self.bn_params[i - 1]["mode"] = mode
                gamma, beta = self.params[f"gamma{i}"], self.params[f"beta{i}"]
                out, cache = layer_utils.affine_bn_relu_forward(out, W, b, gamma, beta, self.bn_params[i - 1])
            else:
                out, cache = layer_utils.affine_relu_forward(out, W, b)
            hidden.append(out)
            dropout_cache = None
            if self.use_dropout:
                self.dropout_param["mode"] = mode
                out, dropout_cache = layers.dropout_forward(out, self.dropout_param)
            caches.append((cache, dropout_cache))
        L = self.num_layers
        scores, cache = layers.affine_forward(out, self.params[f"W{L}"], self.params[f"b{L}"])
        return scores, [*caches, cache], hidden

    def backward(self, dscores, caches):
        """The backward pass alone, after a `forward` in training mode.

        Arguments:
            dscores: dL/d(scores), shape (N, C).
            caches: from `forward`.

        Returns:
            grads: dictionary, the gradient of every entry of ``params`` (without the L2 term).
            dhidden: list of L arrays, dL/d(output of each hidden layer's ReLU), shape (N, width).
        """
        grads, dhidden, L = {}, [], self.num_layers
        dout, grads[f"W{L}"], grads[f"b{L}"] = layers.affine_backward(dscores, caches[-1])
        for i in range(L - 1, 0, -1):
            cache, dropout_cache = caches[i - 1]
            if self.use_dropout:
                dout = layers.dropout_backward(dout, dropout_cache)
            dhidden.insert(0, dout)
            if self.normalization == "batchnorm":
                dout, grads[f"W{i}"], grads[f"b{i}"], grads[f"gamma{i}"], grads[f"beta{i}"] = (
                    layer_utils.affine_bn_relu_backward(dout, cache)
                )
            else:
                dout, grads[f"W{i}"], grads[f"b{i}"] = layer_utils.affine_relu_backward(dout, cache)
        return grads, dhidden
