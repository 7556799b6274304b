"""For the tests of the solver: a small data set, networks, solvers, and a comparison of every bit."""

import numpy as np

from cs231n.classifiers.fc_net import FullyConnectedNet
from cs231n.solver import Solver
from cs231n.training import state


def toy_data(n=40, n_val=15, seed=0):
    """Three clouds of points in the plane, one per class, far from the origin."""
    rng = np.random.default_rng(seed)
    centres = np.array([[9.0, 1.0], [5.0, 5.0], [1.0, 9.0]])

    def part(n):
        y = np.arange(n) % 3
        return centres[y] + 0.3 * rng.standard_normal((n, 2)), y

    (X_train, y_train), (X_val, y_val) = part(n), part(n_val)
    return {"X_train": X_train, "y_train": y_train, "X_val": X_val, "y_val": y_val}


def net(normalization="batchnorm", **settings):
    """A small network for `toy_data`."""
    settings = {"weight_scale": "he", "seed": 0, **settings}
    return FullyConnectedNet([10, 10], input_dim=2, num_classes=3, normalization=normalization, **settings)


def make_solver(model=None, data=None, **settings):
    """A solver with small defaults."""
    defaults = {"batch_size": 8, "num_epochs": 3, "update_rule": "adam", "optim_config": {"learning_rate": 1e-2},
                "verbose": "print_every" in settings}  # fmt: skip
    return Solver(net() if model is None else model, toy_data() if data is None else data, **{**defaults, **settings})


def same(one, other):
    """Whether two nested structures are equal in types, dtypes, shapes and every bit of their arrays."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, (list, tuple)):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, (np.ndarray, np.generic)):
        return one.dtype == other.dtype and one.shape == other.shape and one.tobytes() == other.tobytes()
    return one == other or (one != one and other != other)


def everything(solver):
    """A copy of a solver's state, as it would go on, and of the model as it is."""
    model = {"params": dict(solver.model.params), "statistics": state.copy_statistics(solver.model)}
    kept = {"going on": solver._state, "now": state.capture(solver)}
    return {**kept, "model": {key: _copy(value) for key, value in model.items()}}


def _copy(value):
    if isinstance(value, dict):
        return {key: _copy(item) for key, item in value.items()}
    return [_copy(item) for item in value] if isinstance(value, list) else np.array(value)
