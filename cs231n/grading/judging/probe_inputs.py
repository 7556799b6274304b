"""Inputs for probes, drawn from the grading seed: for every task some settings, each a case of `runs` and its arrays.

Drawn with Python's own generator, whose stream is promised to stay, so that a regrade with the same seed gives the
same numbers; three decimals.
"""

import random

import numpy as np

from ... import layers
from ...assignment.cases.calls import bn_param


class Draw:
    """Random arrays; the same key gives the same ones."""

    def __init__(self, *key):
        self.random = random.Random("/".join(map(str, key)))

    def normal(self, *shape):
        """Nearly normal numbers."""
        return self._fill(shape, lambda: round(self.random.gauss(0, 1), 3))

    def positive(self, *shape):
        """Numbers in 0.5..1.5, none of them 1."""
        return self._fill(shape, lambda: round(0.5 + self.random.random(), 3) + 0.0005)

    def labels(self, n, classes):
        """Labels 0..classes - 1."""
        return self._fill((n,), lambda: self.random.randrange(classes)).astype(np.int64)

    def weights(self):
        """A pair for `probe.weights_of`."""
        return round(self.random.uniform(0, 6.28), 4), round(self.random.uniform(0.5, 2.6), 4)

    @staticmethod
    def _fill(shape, number):
        return np.array([number() for _ in range(int(np.prod(shape)))], dtype=np.float64).reshape(shape)


def scores(draw, n, c, kind="plain"):
    """Scores and labels: plain; far from 0, each row elsewhere; the true class 1,000 below; another 3,000 above."""
    x, y = 2 * draw.normal(n, c), draw.labels(n, c)
    if kind != "plain":
        x = np.round(8 * x) / 8  # so that large ones are the same numbers in float32
    if kind == "offsets":
        x += np.array([[1e4], [-1e4], [800.0], [-900.0], [30.0]])[np.arange(n) % 5]
    if kind == "gap":
        x[np.arange(n), y] -= 1000.0
    if kind == "tower":  # far above the mean, too
        x[np.arange(n), (y + 1) % c] += 3000.0
    return {"x": x, "y": y}


def probabilities(draw, n, c):
    p = draw.positive(n, c) ** 3
    return {"p": np.round(p / p.sum(axis=1, keepdims=True), 6)}


def affine(draw, n, shape, m):
    d = int(np.prod(shape))
    return {"x": draw.normal(n, *shape), "w": draw.normal(d, m), "b": draw.normal(m), "dout": draw.normal(n, m)}


def relu(draw, *shape):
    x = draw.normal(*shape)
    return {"x": np.where(np.abs(x) < 0.05, 0.5, x), "dout": draw.normal(*shape)}


def batchnorm(draw, n, d, offset=0.0, **settings):
    """One batch in training mode, with dout and the documented cache."""
    inputs = {"x": 3 * draw.normal(n, d) + 2 + offset, "gamma": draw.positive(d), "beta": draw.normal(d)}
    inputs |= {"dout": draw.normal(n, d), **{key: np.array(value) for key, value in settings.items()}}
    param = {"mode": "train", "eps": float(inputs.get("eps", 1e-5))}
    _, cache = layers.batchnorm_forward(inputs["x"], inputs["gamma"], inputs["beta"], param)
    return inputs | dict(zip(("var", "mu", "x_hat"), cache[3:6]))


def batchnorm_training(draw, n, d, **settings):
    """A batch in training mode that goes on from given running statistics."""
    inputs = batchnorm(draw, n, d, **settings)
    return inputs | {"running_mean": draw.normal(d), "running_var": draw.positive(d)}


def batchnorm_test(draw, n, d, eps):
    """A batch in test mode."""
    inputs = {"x": 3 * draw.normal(n, d) + 2, "gamma": draw.positive(d), "beta": draw.normal(d), "eps": np.array(eps)}
    return inputs | {"running_mean": draw.normal(d), "running_var": draw.positive(d), "test_mode": np.array(1.0)}


def batchnorm_calls(draw, n, d):
    """Three batches in training mode, then one in test mode."""
    x, settings = 2 * draw.normal(4, n, d) - 1, {"eps": np.array(0.2), "momentum": np.array(0.6)}
    return {"x": x, "gamma": draw.positive(d), "beta": draw.normal(d), **settings}


def sandwich(draw, n, d, m, **settings):
    """Affine, batch norm, ReLU in training mode, with dout and the documented caches."""
    inputs = {"x": draw.normal(n, d), "w": draw.normal(d, m), "b": draw.normal(m), "gamma": draw.positive(m)}
    inputs |= {"beta": draw.normal(m), "dout": draw.normal(n, m)}
    inputs |= {key: np.array(value) for key, value in settings.items()}
    inputs["a"], _ = layers.affine_forward(inputs["x"], inputs["w"], inputs["b"])
    a_bn, cache = layers.batchnorm_forward(inputs["a"], inputs["gamma"], inputs["beta"], bn_param(inputs))
    return inputs | {"a_bn": a_bn, **dict(zip(("var", "mu", "x_hat"), cache[3:6]))}


def sandwich_test(draw, n, d, m):
    inputs = {"x": draw.normal(n, d), "w": draw.normal(d, m), "b": draw.normal(m), "gamma": draw.positive(m)}
    inputs |= {"beta": draw.normal(m), "eps": np.array(0.3), "test_mode": np.array(1.0)}
    return inputs | {"running_mean": draw.normal(m), "running_var": draw.positive(m)}


def adam(draw, steps, settings=True, resumed=False):
    shape = (3, 2)
    inputs = {"w": draw.normal(*shape), "dw": draw.normal(steps, *shape)}
    if settings:
        numbers = {"learning_rate": 0.05, "beta1": 0.8, "beta2": 0.95, "epsilon": 0.1}
        inputs |= {name: np.array(number) for name, number in numbers.items()}
    if resumed:
        inputs |= {"m": draw.normal(*shape), "v": draw.positive(*shape), "t": np.array(draw.random.randrange(3, 9))}
    return inputs


def curve(draw, reached=True, over=0.0):
    """A learning curve with a hole, and a level: one that an entry equals and none before it reaches; or too high.

    Where that entry is ``over`` the level, the last one is nearer to it.
    """
    history = np.round(draw.positive(9) / 3, 3)
    first = draw.random.randrange(2, 7)
    history[first] = np.round(history[:first].max() + 0.05, 3)
    history[draw.random.randrange(0, 2)] = np.nan
    if over:
        history[-1] = np.round(history[first] - over / 2, 3)
    return {"history": history, "level": history[first] - over if reached else np.array(0.9)}
