"""Train the networks of several seeds side by side, in stacked arrays. ``compare_nets(..., fast=True)`` uses this.

The networks of this course are so small that calling NumPy takes longer than the arithmetic. Here one call does the
arithmetic of K networks: x has shape (K, N, D), W has shape (K, D, M), and ``np.matmul`` multiplies K pairs of
matrices. The arrays are allocated once and reused. One vector holds all parameters. Three more vectors of the same
length hold their gradients and Adam's m and v.

The operations are the same as in ``layers.py``, ``batchnorm.py`` and ``optim.adam``, in the same order. If you edit one
of these functions, make the same edit here; tests/library/test_fast.py compares the two ways bit for bit. This module
does not notice an edited layer or an installed answer. It gives answers away, so a release leaves it out.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .. import guards
from ..classifiers.fc_net import FullyConnectedNet
from ..classifiers.warm_up import momentum_at
from . import checks

BN_EPS = 1e-5  # batch norm's default
ADAM_DEFAULTS = {"learning_rate": 1e-3, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8}  # the defaults of `optim.adam`
CHUNK_BYTES = 2**17  # Adam updates the vectors in chunks of this size, which fit into the processor's cache


def train_solvers(solvers: Sequence[Any], stopped: Callable[[], bool] = lambda: False) -> None:
    """Train the networks of new solvers to their last epoch. The solvers draw the batches and measure every epoch.

    Arguments:
        solvers: solvers that differ only in their seeds, with ``update_rule="adam"`` and no learning rate decay.
        stopped: called after every epoch. If it returns True, training ends there.

    Raises:
        ValueError: if this module cannot train such solvers. The message says what it does not support.
    """
    one = solvers[0]
    if any(solver.update_rule != "adam" or solver.lr_decay != 1 for solver in solvers):
        raise ValueError("fast training does no other rule than Adam without decay; use Solver.train")
    stack = Stack([solver.model for solver in solvers], one.X_train, one.y_train, one.batch_size, one.optim_config)
    with np.errstate(all="ignore"):  # a network may diverge; its losses then show it
        for epoch in range(one.num_epochs + 1):
            if epoch > 0:
                orders = np.stack([solver.rng.permutation(len(one.X_train)) for solver in solvers])
                for start in range(0, orders.shape[1] - stack.N + 1, stack.N):
                    stack.step(orders[:, start : start + stack.N])
            for solver in solvers:
                solver.epoch = epoch
                solver._measure_epoch()
            if stopped():
                return


class Stack:
    """K networks of the same architecture, and the arrays for a training step on batches of N examples."""

    def __init__(
        self, nets: Sequence[FullyConnectedNet], X: np.ndarray, y: np.ndarray, batch_size: int, config: dict
    ) -> None:
        """
        After this, the parameters and running statistics of the networks are views of the stacked arrays.

        Arguments:
            nets: the K networks.
            X, y: the training set.
            batch_size: as in `Solver`.
            config: as in `optim.adam`.

        Raises:
            ValueError: if `checks.check_supported_by_fast` refuses the networks, a label is out of range, or batch
                norm would get batches of one example.
        """
        checks.check_supported_by_fast(nets)
        net, dtype = nets[0], nets[0].params["W1"].dtype
        self.nets, self.K, self.N, self.L = nets, len(nets), min(batch_size, len(X)), net.num_layers
        self.parts = ["W", "b", "gamma", "beta"] if net.bn_params else ["W", "b"]
        self.X, self.y, self.adam, self.t = np.asarray(X.reshape(len(X), -1), dtype), y, {**ADAM_DEFAULTS, **config}, 0
        guards.check_labels(y, len(X), len(net.params[f"b{self.L}"]))
        if self.N == 1 and net.bn_params:
            raise ValueError("batch norm needs batches of at least two examples")
        self.vectors = np.zeros((4, self.K * sum(w.size for w in net.params.values())), dtype)
        self.params, self.grads = (_split_by_parameter(vector, net.params, self.K) for vector in self.vectors[:2])
        for k, each in enumerate(nets):
            for name, w in each.params.items():
                self.params[name][k] = w
                each.params[name] = self.params[name][k].reshape(w.shape)
        self.x = np.empty((self.K, self.N, self.X.shape[1]), dtype)
        self.hidden = [_HiddenLayer(self, i, [each.bn_params[i - 1 : i] for each in nets]) for i in range(1, self.L)]

    def step(self, batch: np.ndarray) -> np.ndarray:
        """Update all parameters once, on the examples with indices (K, N). Return the losses, shape (K,)."""
        np.take(self.X, batch, axis=0, out=self.x, mode="wrap")  # mode="raise" would make a copy first
        x, W, b = self.x, f"W{self.L}", f"b{self.L}"
        momentum = momentum_at(self.nets[0].num_batches_tracked)
        for layer in self.hidden:
            x = layer.forward(x, momentum)
        for net in self.nets:
            net.num_batches_tracked += bool(net.bn_params)
        losses, dout = _softmax_loss(np.matmul(x, self.params[W]) + self.params[b], self.y[batch])
        np.matmul(x.swapaxes(1, 2), dout, out=self.grads[W])
        np.add.reduce(dout, axis=1, keepdims=True, out=self.grads[b])
        for layer in reversed(self.hidden):
            dout = layer.backward(dout)
        self.t += 1
        adam_in_place(self.vectors, self.adam, self.t)
        return losses


class _HiddenLayer:
    """Hidden layer i of K networks: affine - [batch norm] - ReLU with M units. Some arrays serve several purposes."""

    def __init__(self, stack: Stack, i: int, bn_params: list[list[dict]]) -> None:
        self.params = [stack.params[f"{part}{i}"] for part in stack.parts]
        self.grads = [stack.grads[f"{part}{i}"] for part in stack.parts]
        self.W_above, dtype = stack.params[f"W{i + 1}"], stack.x.dtype
        shape = (stack.K, stack.N, self.params[0].shape[2])
        self.xmu, self.x_hat, self.out = np.empty((3, *shape), dtype)
        self.mean, self.var = np.empty((2, stack.K, 1, shape[2]), dtype)  # the running statistics
        for k, bn_param in enumerate(sum(bn_params, [])):
            self.mean[k, 0], self.var[k, 0] = bn_param["running_mean"], bn_param["running_var"]
            bn_param.update(running_mean=self.mean[k, 0], running_var=self.var[k, 0])

    def forward(self, x: np.ndarray, momentum: float) -> np.ndarray:
        """Compute the layer's output, shape (K, N, M), from its input (K, N, D). Batch norm uses this momentum."""
        W, b, *scale_and_shift = self.params
        self.x, N, out = x, x.shape[1], self.out
        a = np.matmul(x, W, out=self.xmu if scale_and_shift else out)
        a += b
        if scale_and_shift:
            gamma, beta = scale_and_shift
            mu = np.add.reduce(a, axis=1, keepdims=True) / N
            a -= mu
            var = np.add.reduce(np.square(a, out=self.x_hat), axis=1, keepdims=True) / N
            self.mean[...] = momentum * self.mean + (1 - momentum) * mu
            self.var[...] = momentum * self.var + (1 - momentum) * var
            self.std = np.sqrt(var + BN_EPS)
            x_hat = np.divide(a, self.std, out=self.x_hat)
            np.multiply(gamma, x_hat, out=out)
            out += beta
        return np.maximum(out, 0, out=out)

    def backward(self, dout_above: np.ndarray) -> np.ndarray:
        """From dL/d(next affine output), compute dL/d(this affine output). Write the parameters' to ``grads``."""
        N, positive, (dW, db, *dscale_and_dshift) = dout_above.shape[1], self.out > 0, self.grads
        dout = np.matmul(dout_above, self.W_above.swapaxes(1, 2), out=self.out)
        dout *= positive
        if dscale_and_dshift:
            (dgamma, dbeta), gamma = dscale_and_dshift, self.params[2]
            xmu, x_hat, inv_std = self.xmu, self.x_hat, 1 / self.std
            products = np.multiply(dout, x_hat, out=x_hat)
            np.add.reduce(products, axis=1, keepdims=True, out=dgamma)
            np.add.reduce(dout, axis=1, keepdims=True, out=dbeta)
            dout *= gamma
            np.multiply(dout, xmu, out=products)
            dvar = np.add.reduce(products, axis=1, keepdims=True) * -0.5 * inv_std**3
            dmu = -np.add.reduce(dout, axis=1, keepdims=True) * inv_std
            xmu *= dvar * 2
            xmu /= N
            dout *= inv_std
            dout += xmu
            dout += dmu / N
        np.matmul(self.x.swapaxes(1, 2), dout, out=dW)
        np.add.reduce(dout, axis=1, keepdims=True, out=db)
        return dout


def adam_in_place(vectors: np.ndarray, config: dict, t: int) -> None:
    """Do step t of `optim.adam`. The rows of vectors are the parameters, the gradients (overwritten), m and v."""
    rate, beta1, beta2, epsilon = (config[key] for key in ADAM_DEFAULTS)
    size = CHUNK_BYTES // vectors.itemsize
    for start in range(0, vectors.shape[1], size):
        w, dw, m, v = vectors[:, start : start + size]
        v *= beta2
        v += np.square(dw) * (1 - beta2)
        m *= beta1
        dw *= 1 - beta1
        m += dw
        root = np.sqrt(v / (1 - beta2**t))
        root += epsilon
        update = np.divide(m, 1 - beta1**t, out=dw)
        update *= rate
        update /= root
        w -= update


def _softmax_loss(z: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Compute the losses, shape (K,), and the gradient of the scores z, shape (K, N, C). It overwrites z."""
    true_class = (np.arange(z.shape[0])[:, None], np.arange(z.shape[1]), y)
    z -= np.maximum.reduce(z, axis=2, keepdims=True)
    z -= np.log(np.add.reduce(np.exp(z), axis=2, keepdims=True))
    losses = -(np.add.reduce(z[true_class], axis=1) / z.shape[1])
    dout = np.exp(z, out=z)
    dout[true_class] -= 1
    dout /= z.shape[1]
    return losses, dout


def _split_by_parameter(vector: np.ndarray, params: dict[str, np.ndarray], K: int) -> dict[str, np.ndarray]:
    """Split a vector into views, one per parameter: (K, D, M) for weights (D, M), and (K, 1, M) for vectors (M,)."""
    parts = np.split(vector, np.cumsum([K * w.size for w in params.values()])[:-1])
    return {name: part.reshape(K, -1, w.shape[-1]) for (name, w), part in zip(params.items(), parts)}
