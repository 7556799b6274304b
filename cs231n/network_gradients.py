"""Whether all gradients of a network are right, by a few evaluations of its loss. Import it from `gradient_check`."""

import copy

import numpy as np
from numpy.typing import ArrayLike

from . import guards
from .training.checks import Model, check_model


def grad_check_network(
    model: Model, X: ArrayLike, y: ArrayLike, num_directions: int = 5, h: float = 1e-6, tolerance: float = 1e-6,
    seed: int = 0,
) -> float:  # fmt: skip
    """Check the gradients of a whole network, all parameters at once, along a few random directions.

    If the gradient g is right, the slope of the loss along any direction u is the projection ``sum(g * u)``. An error
    in g, in whatever entry, shows in nearly every projection. So this costs ``2 * num_directions + 1`` evaluations
    of the loss, where one entry after the other takes two per parameter. (HIPS autograd's ``check_grads`` and
    PyTorch's ``gradcheck(fast_mode=True)`` check in this way, too.)

    Each direction has length 1 within every parameter array, so that small arrays count as much as large ones. The
    median over the directions is compared: one of them may cross a kink of a ReLU, where there is no slope. And it
    is done beside the parameters as they are: a new network, with biases of 0 and gammas of 1, sits on kinks, and a
    forgotten gamma is no mistake there.

    Arguments:
        model: has a dictionary ``params`` of float64 arrays and ``loss(X, y)`` that returns ``(loss, grads)``, as
            `FullyConnectedNet` with ``dtype=np.float64``; afterwards it is as it was.
        X, y: a batch for it.
        num_directions: how many, at least one; an odd number.
        h: the step along a direction.
        tolerance: the largest error that passes.
        seed: of the directions and the place.

    Returns:
        The error: the median difference of slope and projection over the median of their sum, plus 1e-3, so that
        gradients that are all zero agree. Where everything is right, 1e-9 for a small network, 1e-7 for a large one.

    Raises:
        AssertionError: for an error above the tolerance, or NaN; it names the parameters whose gradients are wrong.
        ValueError: where dropout draws another mask at every call; for numbers that make no sense.
        TypeError: for parameters of another dtype than float64.

    >>> from cs231n.classifiers.fc_net import FullyConnectedNet
    >>> net = FullyConnectedNet([5, 4], input_dim=3, num_classes=2, normalization="batchnorm", dtype=np.float64, seed=0)
    >>> rng = np.random.default_rng(0)
    >>> grad_check_network(net, rng.standard_normal((8, 3)), np.arange(8) % 2) < 1e-6
    True
    """
    guards.whole("num_directions", num_directions, 1)
    guards.want_number("h, the step,", h, 0)
    guards.want_number("tolerance", tolerance, 0)
    if h == 0:
        raise ValueError("h, the step, is 0; it must be above 0")
    check_model(model)
    for name, w in model.params.items():
        if w.dtype != np.float64:
            raise TypeError(f"params[{name!r}] must be an array of float64; make the network with dtype=np.float64")
    dropout = getattr(model, "dropout_param", None)
    if dropout and "seed" not in dropout:
        raise ValueError('dropout draws another mask at every call; set model.dropout_param["seed"] = 0 for the check')
    bn_params = copy.deepcopy(getattr(model, "bn_params", []))
    before = dict(model.params)
    rng = np.random.default_rng(seed)
    start = {name: w + 0.1 * rng.standard_normal(w.shape) for name, w in before.items()}

    def loss_at(t, direction):
        model.params.update({name: start[name] + t * u for name, u in direction.items()})
        return model.loss(X, y)[0]

    def error_of(names):
        rng = np.random.default_rng(seed)
        slopes, projections = [], []
        for _ in range(num_directions):
            direction = {name: rng.standard_normal(start[name].shape) for name in names}
            direction = {name: u / np.linalg.norm(u) for name, u in direction.items()}
            slopes.append((loss_at(h, direction) - loss_at(-h, direction)) / (2 * h))
            projections.append(sum(np.sum(grads[name] * u) for name, u in direction.items()))
            model.params.update(start)
        slopes, projections = np.array(slopes), np.array(projections)
        return float(np.median(np.abs(slopes - projections)) / (np.median(np.abs(slopes) + np.abs(projections)) + 1e-3))

    try:
        model.params.update(start)
        _, grads = model.loss(X, y)
        for name, w in start.items():
            guards.want_shape(f"the gradient of {name}", grads.get(name), w.shape, "the parameter's")
        error = error_of(start)
        if not error <= tolerance:
            wrong = [name for name in start if not error_of([name]) <= tolerance]
            where = f"of {', '.join(wrong)}" if wrong else "together"
            raise AssertionError(
                f"the gradients {where} are not those of the loss: their error along {num_directions} random "
                f"directions is {error:.2g}; at most {tolerance:.2g} is wanted"
            )
        return error
    finally:
        model.params.update(before)
        for bn_param, settings in zip(getattr(model, "bn_params", []), bn_params):
            bn_param.clear()
            bn_param.update(settings)
