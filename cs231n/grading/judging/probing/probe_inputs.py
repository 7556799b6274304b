"""Functions that draw the inputs of the probes from the grading seed. Each returns arrays by name, as in `calls`.

Python's own generator draws them, because Python promises the same numbers for the same seed in later versions. So a
second grading with the same seed asks the same. The numbers have three decimals.
"""

import random
from collections.abc import Callable

import numpy as np

from .... import layers
from ....assignment.cases.calls import bn_param

Inputs = dict[str, np.ndarray]


class Draw:
    """Draws random arrays. The same key gives the same arrays."""

    def __init__(self, *key: object) -> None:
        self.random = random.Random("/".join(map(str, key)))

    def normal(self, *shape: int) -> np.ndarray:
        """Standard normal numbers, rounded to three decimals."""
        return self._fill(shape, lambda: round(self.random.gauss(0, 1), 3))

    def positive(self, *shape: int) -> np.ndarray:
        """Numbers from 0.5 to 1.5, never exactly 1."""
        return self._fill(shape, lambda: round(0.5 + self.random.random(), 3) + 0.0005)

    def labels(self, n: int, classes: int) -> np.ndarray:
        """Labels from 0 to classes - 1, shape (n,)."""
        return self._fill((n,), lambda: self.random.randrange(classes)).astype(np.int64)

    def weights(self) -> tuple[float, float]:
        """A pair for `probe.weights_of`."""
        return round(self.random.uniform(0, 6.28), 4), round(self.random.uniform(0.5, 2.6), 4)

    @staticmethod
    def _fill(shape: tuple[int, ...], draw_number: Callable[[], float]) -> np.ndarray:
        return np.array([draw_number() for _ in range(int(np.prod(shape)))], dtype=np.float64).reshape(shape)


def scores(draw: Draw, n: int, c: int, kind: str = "plain") -> Inputs:
    """Scores x, shape (n, c), and labels y, shape (n,).

    Arguments:
        kind: "plain"; "offsets" (every row is far from 0, at another place); "gap" (the true class lies 1,000 below the
            others); or "tower" (a wrong class lies 3,000 above the others).
    """
    x, y = 2 * draw.normal(n, c), draw.labels(n, c)
    if kind != "plain":
        x = np.round(8 * x) / 8  # multiples of 1/8: large ones are exact in float32, too
    if kind == "offsets":
        x += np.array([[1e4], [-1e4], [800.0], [-900.0], [30.0]])[np.arange(n) % 5]
    if kind == "gap":
        x[np.arange(n), y] -= 1000.0
    if kind == "tower":  # one score is far above the mean of its row
        x[np.arange(n), (y + 1) % c] += 3000.0
    return {"x": x, "y": y}


def probabilities(draw: Draw, n: int, c: int) -> Inputs:
    """Probabilities p, shape (n, c)."""
    p = draw.positive(n, c) ** 3
    return {"p": np.round(p / p.sum(axis=1, keepdims=True), 6)}


def affine(draw: Draw, n: int, shape: tuple[int, ...], m: int) -> Inputs:
    """The inputs of an affine layer with m outputs, and dout. x has the shape (n, *shape)."""
    d = int(np.prod(shape))
    return {"x": draw.normal(n, *shape), "w": draw.normal(d, m), "b": draw.normal(m), "dout": draw.normal(n, m)}


def relu(draw: Draw, *shape: int) -> Inputs:
    """x and dout. No entry of x is near 0."""
    x = draw.normal(*shape)
    return {"x": np.where(np.abs(x) < 0.05, 0.5, x), "dout": draw.normal(*shape)}


def batchnorm(draw: Draw, n: int, d: int, offset: float = 0.0, spread: float = 3.0, **settings: float) -> Inputs:
    """A batch in training mode, with dout and the documented cache. The settings are eps and momentum."""
    inputs = {"x": spread * draw.normal(n, d) + 2 + offset, "gamma": draw.positive(d), "beta": draw.normal(d)}
    inputs |= {"dout": draw.normal(n, d), **{key: np.array(value) for key, value in settings.items()}}
    param = {"mode": "train", "eps": float(inputs.get("eps", 1e-5))}
    _, cache = layers.batchnorm_forward(inputs["x"], inputs["gamma"], inputs["beta"], param)
    return inputs | dict(zip(("var", "mu", "x_hat"), cache[3:6]))


def batchnorm_training(draw: Draw, n: int, d: int, **settings: float) -> Inputs:
    """A batch in training mode, with the running statistics of earlier batches."""
    inputs = batchnorm(draw, n, d, **settings)
    return inputs | {"running_mean": draw.normal(d), "running_var": draw.positive(d)}


def batchnorm_test(draw: Draw, n: int, d: int, eps: float) -> Inputs:
    """A batch in test mode."""
    inputs = {"x": 3 * draw.normal(n, d) + 2, "gamma": draw.positive(d), "beta": draw.normal(d), "eps": np.array(eps)}
    return inputs | {"running_mean": draw.normal(d), "running_var": draw.positive(d), "test_mode": np.array(1.0)}


def batchnorm_calls(draw: Draw, n: int, d: int) -> Inputs:
    """Four batches: three batches in training mode, then one in test mode."""
    x, settings = 2 * draw.normal(4, n, d) - 1, {"eps": np.array(0.2), "momentum": np.array(0.6)}
    return {"x": x, "gamma": draw.positive(d), "beta": draw.normal(d), **settings}


def sandwich(draw: Draw, n: int, d: int, m: int, **settings: float) -> Inputs:
    """The inputs of affine, batch norm and ReLU in training mode, with dout and the documented caches."""
    inputs = {"x": draw.normal(n, d), "w": draw.normal(d, m), "b": draw.normal(m), "gamma": draw.positive(m)}
    inputs |= {"beta": draw.normal(m), "dout": draw.normal(n, m)}
    inputs |= {key: np.array(value) for key, value in settings.items()}
    inputs["a"], _ = layers.affine_forward(inputs["x"], inputs["w"], inputs["b"])
    a_bn, cache = layers.batchnorm_forward(inputs["a"], inputs["gamma"], inputs["beta"], bn_param(inputs))
    return inputs | {"a_bn": a_bn, **dict(zip(("var", "mu", "x_hat"), cache[3:6]))}


def sandwich_test(draw: Draw, n: int, d: int, m: int) -> Inputs:
    """The inputs of affine, batch norm and ReLU in test mode."""
    inputs = {"x": draw.normal(n, d), "w": draw.normal(d, m), "b": draw.normal(m), "gamma": draw.positive(m)}
    inputs |= {"beta": draw.normal(m), "eps": np.array(0.3), "test_mode": np.array(1.0)}
    return inputs | {"running_mean": draw.normal(m), "running_var": draw.positive(m)}


def adam(draw: Draw, steps: int, settings: bool = True, resumed: bool = False) -> Inputs:
    """Weights w, and a gradient dw for each step.

    Arguments:
        settings: True to give the learning rate, the betas and epsilon; False to leave the defaults.
        resumed: True to give the averages m and v and the step count t of earlier steps.
    """
    shape = (3, 2)
    inputs = {"w": draw.normal(*shape), "dw": draw.normal(steps, *shape)}
    if settings:
        numbers = {"learning_rate": 0.05, "beta1": 0.8, "beta2": 0.95, "epsilon": 0.1}
        inputs |= {name: np.array(number) for name, number in numbers.items()}
    if resumed:
        inputs |= {"m": draw.normal(*shape), "v": draw.positive(*shape), "t": np.array(draw.random.randrange(3, 9))}
    return inputs


def curve(draw: Draw, reached: bool = True, over: float = 0.0) -> Inputs:
    """A learning curve of nine entries, one of them nan, and a level.

    Arguments:
        reached: True if an entry reaches the level, and no entry before it does; False if the level is too high.
        over: how far this entry lies above the level. If it is not 0, the last entry lies nearer to the level.
    """
    history = np.round(draw.positive(9) / 3, 3)
    first = draw.random.randrange(2, 7)
    history[first] = np.round(history[:first].max() + 0.05, 3)
    history[draw.random.randrange(0, 2)] = np.nan
    if over:
        history[-1] = np.round(history[first] - over / 2, 3)
    return {"history": history, "level": history[first] - over if reached else np.array(0.9)}


def curve_at_once(draw: Draw) -> Inputs:
    """A learning curve whose first entry is at the level already, so the number of steps is 0."""
    history = curve(draw)["history"]
    history[0] = np.round(np.nanmax(history) + 0.05, 3)
    return {"history": history, "level": history[0]}
