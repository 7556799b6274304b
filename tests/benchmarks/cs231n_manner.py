"""A five-layer network and its update, as a good student of CS231n writes them: correct, plain, one array at a time.

We wrote it for the benchmark, after the skeleton of the assignment. It converts the inputs at every call, always adds
the L2 term, computes dx of the first layer, and its Adam makes new arrays for every parameter.
"""

import numpy as np


class Net:
    """Affine, batch norm, ReLU, ..., affine, softmax; parameters by name as in `FullyConnectedNet`."""

    def __init__(self, params, num_hidden, dtype, reg=0.0, learning_rate=1e-3):
        self.params = {name: w.astype(dtype) for name, w in params.items()}
        self.num_hidden, self.dtype, self.reg = num_hidden, dtype, reg
        widths = [self.params[f"b{i}"].shape for i in range(1, num_hidden + 1)]
        self.bn_params = [{"running_mean": np.zeros(w, dtype), "running_var": np.ones(w, dtype)} for w in widths]
        self.configs = {name: {"learning_rate": learning_rate} for name in params}

    def loss(self, X, y):
        """Compute the loss and the gradients in training mode."""
        X = X.astype(self.dtype)
        caches, out = {}, X
        for i in range(1, self.num_hidden + 1):
            p = [self.params[f"{name}{i}"] for name in ("W", "b", "gamma", "beta")]
            a, fc_cache = affine_forward(out, p[0], p[1])
            bn, bn_cache = batchnorm_forward(a, p[2], p[3], self.bn_params[i - 1])
            out, relu_cache = np.maximum(0, bn), bn
            caches[i] = fc_cache, bn_cache, relu_cache
        last = self.num_hidden + 1
        scores, caches[last] = affine_forward(out, self.params[f"W{last}"], self.params[f"b{last}"])
        loss, dout = softmax_loss(scores, y)
        grads = {}
        dout, grads[f"W{last}"], grads[f"b{last}"] = affine_backward(dout, caches[last])
        for i in range(self.num_hidden, 0, -1):
            fc_cache, bn_cache, relu_cache = caches[i]
            dout = dout * (relu_cache > 0)
            dout, grads[f"gamma{i}"], grads[f"beta{i}"] = batchnorm_backward(dout, bn_cache)
            dout, grads[f"W{i}"], grads[f"b{i}"] = affine_backward(dout, fc_cache)
        for i in range(1, last + 1):
            W = self.params[f"W{i}"]
            loss += 0.5 * self.reg * np.sum(W * W)
            grads[f"W{i}"] += self.reg * W
        return loss, grads

    def step(self, X, y):
        """Update every parameter once. Return the loss before the update."""
        loss, grads = self.loss(X, y)
        for name, w in self.params.items():
            self.params[name], self.configs[name] = adam(w, grads[name], self.configs[name])
        return loss


def affine_forward(x, w, b):
    return x.reshape(x.shape[0], -1).dot(w) + b, (x, w)


def affine_backward(dout, cache):
    x, w = cache
    return dout.dot(w.T).reshape(x.shape), x.reshape(x.shape[0], -1).T.dot(dout), np.sum(dout, axis=0)


def batchnorm_forward(x, gamma, beta, bn_param, eps=1e-5, momentum=0.9):
    mean, var = np.mean(x, axis=0), np.var(x, axis=0)
    std = np.sqrt(var + eps)
    x_hat = (x - mean) / std
    bn_param["running_mean"] = momentum * bn_param["running_mean"] + (1 - momentum) * mean
    bn_param["running_var"] = momentum * bn_param["running_var"] + (1 - momentum) * var
    return gamma * x_hat + beta, (x_hat, gamma, std)


def batchnorm_backward(dout, cache):
    x_hat, gamma, std = cache
    N = dout.shape[0]
    dgamma, dbeta = np.sum(dout * x_hat, axis=0), np.sum(dout, axis=0)
    dx_hat = dout * gamma
    dx = (N * dx_hat - np.sum(dx_hat, axis=0) - x_hat * np.sum(dx_hat * x_hat, axis=0)) / (N * std)
    return dx, dgamma, dbeta


def softmax_loss(x, y):
    shifted = x - np.max(x, axis=1, keepdims=True)
    Z = np.sum(np.exp(shifted), axis=1, keepdims=True)
    log_probs = shifted - np.log(Z)
    N = x.shape[0]
    loss = -np.sum(log_probs[np.arange(N), y]) / N
    dx = np.exp(log_probs)
    dx[np.arange(N), y] -= 1
    return loss, dx / N


def adam(w, dw, config):
    config.setdefault("beta1", 0.9)
    config.setdefault("beta2", 0.999)
    config.setdefault("epsilon", 1e-8)
    config.setdefault("m", np.zeros_like(w))
    config.setdefault("v", np.zeros_like(w))
    config["t"] = config.get("t", 0) + 1
    config["m"] = config["beta1"] * config["m"] + (1 - config["beta1"]) * dw
    config["v"] = config["beta2"] * config["v"] + (1 - config["beta2"]) * dw**2
    m_hat = config["m"] / (1 - config["beta1"] ** config["t"])
    v_hat = config["v"] / (1 - config["beta2"] ** config["t"])
    return w - config["learning_rate"] * m_hat / (np.sqrt(v_hat) + config["epsilon"]), config
