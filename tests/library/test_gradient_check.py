"""Tests of numerical gradients: they are right, change nothing, and err no more than theory says."""

import numpy as np
import pytest

from cs231n import gradient_check
from cs231n.classifiers.fc_net import FullyConnectedNet
from cs231n.gradient_check import (
    eval_numerical_gradient,
    eval_numerical_gradient_array,
    grad_check_network,
    grad_check_sparse,
    gradient_error,
    numerical_gradient,
    rel_error,
)

X = np.array([[0.5, -1.0, 2.0], [0.1, 1.5, -0.3]])


@pytest.mark.parametrize("x", [X, X[0, 0], X.reshape(1, 2, 3)])
def test_gradient_of_a_scalar_function(x):
    dx = numerical_gradient(lambda x: np.sum(np.sin(x)), x)
    assert dx.shape == np.shape(x) and gradient_error(np.cos(x), dx) < 1e-9


def test_gradient_of_an_array_function_with_and_without_upstream():
    A, df = np.arange(12.0).reshape(3, 4), np.linspace(-1, 1, 8).reshape(2, 4)
    assert gradient_error(df @ A.T, numerical_gradient(lambda x: x @ A, X, df)) < 1e-9
    assert gradient_error(np.ones((2, 4)) @ A.T, numerical_gradient(lambda x: x @ A, X)) < 1e-9


def test_error_over_h_is_a_v_with_its_minimum_near_the_cube_root_of_eps():
    """A large step errs by h**2 / 6 * f'''. A small step errs by rounding, about eps / h."""
    x = np.linspace(0.5, 1.5, 10)
    steps = np.logspace(-1, -13, 25)
    errors = [gradient_error(np.exp(x), numerical_gradient(np.exp, x, h=h), floor=0) for h in steps]
    best = steps[np.argmin(errors)]
    cube_root = np.finfo(float).eps ** (1 / 3)
    assert cube_root / 10 <= best <= cube_root * 10
    assert min(errors) < 1e-9 and errors[0] > 1e-4 and errors[-1] > 1e-6
    assert errors[0] == pytest.approx(steps[0] ** 2 / 12, rel=0.1), "h**2 / 6, over the sum of two equal norms"


@pytest.mark.parametrize("dtype", [np.float32, np.int64, np.uint8])
def test_float32_and_integer_points_are_stepped_in_float64(dtype):
    x = np.array([1, 2, 5], dtype=dtype)
    dx = numerical_gradient(lambda x: x**3, x)
    assert dx.dtype == np.float64 and gradient_error(3.0 * np.array([1, 4, 25]), dx) < 1e-8


def test_the_point_is_never_written_to():
    x = X.copy()
    x.flags.writeable = False

    def f(z):
        value = np.sum(z**2)
        z[...] = 99.0  # f may overwrite its argument
        return value

    assert gradient_error(2 * X, numerical_gradient(f, x)) < 1e-9
    assert np.array_equal(x, X)


def in_place(f, x):
    return eval_numerical_gradient(f, x, verbose=False)


def in_place_array(f, x):
    return eval_numerical_gradient_array(lambda x: np.array([f(x), 1.0]), x, np.array([1.0, 1.0]))


def sparse(f, x):
    return grad_check_sparse(f, x, 2 * x)


@pytest.mark.parametrize("stepper", [in_place, in_place_array, sparse])
def test_cs231ns_functions_step_in_place_and_restore_even_when_f_raises(stepper):
    x = X.copy()
    stepper(lambda ignored: np.sum(x**2), x)  # CS231n's f ignores its argument: x itself has to move
    assert np.array_equal(x, X)

    def f(x):
        if np.any(x < X):
            raise RuntimeError("no value here")
        return np.sum(x**2)

    with pytest.raises(RuntimeError):
        stepper(f, x)
    assert np.array_equal(x, X)


@pytest.mark.parametrize("stepper", [in_place, in_place_array])
def test_cs231ns_functions_give_the_gradient(stepper):
    x = X.copy()
    assert gradient_error(2 * X, stepper(lambda ignored: np.sum(x**2), x)) < 1e-9


def test_verbose_prints_every_entry(capsys):
    eval_numerical_gradient(lambda x: np.sum(x**2), X.copy())
    assert len(capsys.readouterr().out.splitlines()) == X.size


def test_sparse_check_sees_a_right_and_a_wrong_gradient(capsys):
    x = X.copy()
    assert grad_check_sparse(lambda x: np.sum(x**2), x, 2 * X, num_checks=4) < 1e-6
    assert len(capsys.readouterr().out.splitlines()) == 4
    assert grad_check_sparse(lambda x: np.sum(x**2), x, 2 * X + 1, num_checks=4) > 1e-2


def deep_net_at_its_kinks():
    """A network with ReLU and its right gradients. Biases and inputs of 0 put every ReLU at its kink."""
    net = FullyConnectedNet([20, 20], input_dim=8, num_classes=3, dtype=np.float64, seed=0)
    batch = np.zeros((4, 8)), np.arange(4) % 3
    return net, *batch, net.loss(*batch)[1]


def test_right_gradients_of_a_deep_net_may_have_a_large_error_and_the_way_out_is_named(capsys):
    net, X, y, grads = deep_net_at_its_kinks()
    numeric = eval_numerical_gradient(lambda _: net.loss(X, y)[0], net.params["b1"], verbose=False)
    assert gradient_error(grads["b1"], numeric) > 0.1 and rel_error(grads["b1"], numeric) == pytest.approx(1.0)
    assert grad_check_network(net, X, y) < 1e-6, "and yet they are right"

    worst = grad_check_sparse(lambda _: net.loss(X, y)[0], net.params["b1"], grads["b1"], num_checks=20)
    assert worst > 1e-3
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 21 and "kink of a ReLU" in lines[-1] and "grad_check_network" in lines[-1]
    for function in (gradient_error, rel_error):
        assert "grad_check_network" in function.__doc__
    assert "grad_check_network" in gradient_check.__doc__


def test_nothing_is_said_of_kinks_where_the_gradient_is_right(capsys):
    grad_check_sparse(lambda x: np.sum(x**2), X.copy(), 2 * X, num_checks=4)
    assert "kink" not in capsys.readouterr().out


def test_gradient_error():
    assert gradient_error(X, X) == 0.0
    assert gradient_error(X, -X, floor=0) == pytest.approx(1.0)
    assert gradient_error(X, np.zeros_like(X), floor=0) == pytest.approx(1.0)
    assert gradient_error(X, X * (1 + 2e-6)) == pytest.approx(1e-6, rel=1e-3)
    assert gradient_error(X, X * np.nan) != gradient_error(X, X * np.nan), "nan is never below a bound"


def test_gradient_error_lets_zero_agree_with_rounding_noise():
    zero, noise = np.zeros(5), np.full(5, 1e-10)
    assert gradient_error(zero, zero) == 0.0
    assert gradient_error(zero, noise) < 1e-6
    assert gradient_error(zero, np.full(5, 1e-9 / np.sqrt(5))) == pytest.approx(1e-6, rel=1e-3)
    assert gradient_error(zero, noise + 1e-6) > 1e-3, "a difference that is no noise is seen"
    assert gradient_error(zero + 1e-5, zero + 2e-5) > 1e-3, "and so is a small wrong gradient"


def test_gradient_error_refuses_shapes_that_would_broadcast():
    for shape in [(3,), (2, 1), (1, 2, 3), ()]:
        with pytest.raises(ValueError, match="shapes differ"):
            gradient_error(X, np.zeros(shape))


def test_rel_error():
    assert rel_error(X, X) == 0.0
    assert rel_error(np.zeros(3), np.zeros(3)) == 0.0
    assert rel_error(np.array([1.0, 1e-3]), np.array([1.0, 3e-3])) == pytest.approx(0.5), "the worst entry decides"
    assert rel_error(np.array([1e-10]), np.array([-1e-10])) > 1e-2, "its trap: both are rounding noise"
