"""Tests of update rules and gradient checks with arguments that would be ignored, broadcast or lost in rounding."""

import numpy as np
import pytest

from cs231n import gradient_check, layers, optim
from tests.helpers.bad_input import D, X, normal, refused
from tests.helpers.oracle import read_only

NAN = np.nan


# --- update rules ----------------------------------------------------------------------------------

RULES = [optim.sgd, optim.sgd_momentum, optim.rmsprop, optim.adam]


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_refuses_what_would_be_ignored_or_broadcast(rule):
    w = np.ones((3, 2))
    refused("dw has shape", rule, w, np.ones(2))
    refused("did you mean 'learning_rate'", rule, w, w, {"learning_rates": 0.1})
    refused("unknown key 'lr'", rule, w, w, {"lr": 0.1})
    refused("at least 0", rule, w, w, {"learning_rate": -0.1})
    refused("learning_rate", rule, w, w, {"learning_rate": NAN})
    refused("a number is wanted", rule, w, w, {"learning_rate": "0.1"}, error=TypeError)
    refused("a dictionary is wanted", rule, w, w, 0.1, error=TypeError)
    refused("real numbers", rule, w, w.astype(complex), error=TypeError)


@pytest.mark.parametrize("rule, config, match", [
    (optim.sgd_momentum, {"momentum": 1.5}, r"momentum.*in 0\.\.1"),
    (optim.sgd_momentum, {"velocity": np.zeros(2)}, r'"velocity"\] has shape \(2,\); \(3, 2\) is wanted'),
    (optim.rmsprop, {"decay_rate": -0.1}, "decay_rate"),
    (optim.rmsprop, {"cache": np.zeros((3, 1))}, "cache"),
    (optim.rmsprop, {"beta1": 0.9}, "unknown key 'beta1'"),
    (optim.adam, {"beta1": 1.0}, r"0\.\.1, 1 excluded"),
    (optim.adam, {"beta2": 1}, "excluded"),
    (optim.adam, {"epsilon": -1e-8}, "epsilon"),
    (optim.adam, {"eps": 1e-8}, "did you mean 'epsilon'"),
    (optim.adam, {"m": np.zeros(())}, '"m"'),
    (optim.adam, {"t": -1}, '"t"'),
    (optim.adam, {"t": 0.5}, "number of steps"),
])  # fmt: skip
def test_settings_of_the_rules(rule, config, match):
    refused(match, rule, np.ones((3, 2)), np.ones((3, 2)), config)


@pytest.mark.parametrize("rule", RULES)
def test_rules_take_numbers_and_lists(rule):
    first = rule(np.array([1.0, 2.0]), np.array([0.5, -1.0]))[0]
    assert np.array_equal(rule([1, 2], [0.5, -1.0])[0], first)
    assert rule(1.0, 0.5)[0] == rule(np.array(1), np.float64(0.5))[0] == first[0]


# --- gradient checks -------------------------------------------------------------------------------


def test_numerical_gradient_refuses_what_would_count_twice():
    g = gradient_check.numerical_gradient
    with pytest.raises(ValueError, match=r"f returned shape \(\); df has shape \(5, 4\)"):
        g(np.sum, X, np.ones_like(X))
    with pytest.raises(ValueError, match="f returned shape"):
        g(lambda x: x, X, np.ones(D))
    with pytest.raises(TypeError, match=r"f returned a tuple; .*layer\(x\)\[0\]"):
        g(lambda x: layers.relu_forward(x), X)
    with pytest.raises(TypeError, match="f returned None"):
        g(lambda x: None, X)
    refused("f is a float64", g, np.sum(X), X, error=TypeError)
    refused("h, the step", g, np.sum, X, h=-1e-6)
    refused("it is lost", g, np.sum, X, h=0.0)
    refused("it is lost", g, np.sum, 1e12 * np.ones(2))
    refused("real numbers", g, np.sum, np.array(["a"]), error=TypeError)
    assert np.allclose(g(np.sum, [1, 2]), 1) and np.isnan(g(np.sum, np.array([NAN]))).all()


def eval_scalar(f, x, **settings):
    return gradient_check.eval_numerical_gradient(f, x, verbose=False, **settings)


@pytest.mark.parametrize("dtype", [np.int64, np.uint8, np.float32, np.float16, np.bool_])
def test_stepping_in_place_needs_float64(dtype):
    x = np.ones((2, 2)).astype(dtype)
    for f, args in [
        (gradient_check.eval_numerical_gradient, (np.sum, x)),
        (gradient_check.eval_numerical_gradient_array, (lambda x: x, x, x)),
        (gradient_check.grad_check_sparse, (np.sum, x, x)),
    ]:
        refused("|".join(("astype", "it is lost")), f, *args, error=(TypeError, ValueError))
    assert np.allclose(gradient_check.numerical_gradient(lambda x: np.sum(x**2), x), 2), "this one makes a copy"


def test_float32_is_stepped_where_the_step_is_large():
    x = normal(3, dtype=np.float32)
    assert np.allclose(eval_scalar(lambda x: np.sum(x**2), x, h=1e-2), 2 * x, atol=1e-3)


def test_gradient_checks_refuse_other_shapes():
    refused("read-only", gradient_check.eval_numerical_gradient, np.sum, read_only([X.copy()])[0])
    with pytest.raises(ValueError, match="one number is wanted"):
        eval_scalar(lambda x: x, X.copy())
    with pytest.raises(ValueError, match=r"f returned shape \(5, 4\); df has shape \(4,\)"):
        gradient_check.eval_numerical_gradient_array(lambda x: x, X.copy(), np.ones(D))
    refused("analytic_grad has shape", gradient_check.grad_check_sparse, np.sum, X.copy(), np.ones(D))
    refused("num_checks", gradient_check.grad_check_sparse, np.sum, X.copy(), X, num_checks=0)
    refused(r"y has shape \(4,\); \(5, 4\) is wanted", gradient_check.rel_error, X, X[0])
    refused("nothing to compare", gradient_check.rel_error, X[:0], X[:0])
    assert np.isnan(gradient_check.rel_error(X * NAN, X)) and gradient_check.rel_error([1.0], [1.0]) == 0
