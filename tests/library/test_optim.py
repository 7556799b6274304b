"""Tests of update rules against closed forms, in which each running average is one weighted sum."""

import numpy as np
import pytest

from cs231n import optim
from tests.helpers.oracle import read_only

RULES = [optim.sgd, optim.sgd_momentum, optim.rmsprop, optim.adam]
STEPS, SHAPE = 5, (3, 2)


def run(rule, config, dtype=np.float64, steps=STEPS):
    """Make steps on random gradients. Return the parameter before each step and at the end, and the gradients."""
    rng = np.random.default_rng(0)
    w = rng.standard_normal(SHAPE).astype(dtype)
    grads = rng.standard_normal((steps, *SHAPE)).astype(dtype)
    path = [w]
    for dw in grads:
        w, config = rule(
            *read_only((w, dw)), read_only(config)
        )  # a rule replaces the arrays in its memory and does not write to them
        path.append(w)
    return np.array(path), grads


def decaying_sum(values, keep):
    """sum_i keep**(t - i) * values[i] after the last of t values."""
    weights = keep ** np.arange(len(values) - 1, -1, -1.0)
    return np.tensordot(weights, values, axes=1)


def expected_step(rule, g, c):
    """The rule's last step after the gradients g, in one formula."""
    lr = c["learning_rate"]
    if rule is optim.sgd:
        return -lr * g[-1]
    if rule is optim.sgd_momentum:
        return -lr * decaying_sum(g, c["momentum"])
    if rule is optim.rmsprop:
        rho = c["decay_rate"]
        return -lr * g[-1] / (np.sqrt((1 - rho) * decaying_sum(g**2, rho)) + c["epsilon"])
    weight1, weight2 = (decaying_sum(np.ones(len(g)), c[beta]) for beta in ("beta1", "beta2"))
    m_hat = decaying_sum(g, c["beta1"]) / weight1  # weighted means: the bias correction divides by the weights' sum
    v_hat = decaying_sum(g**2, c["beta2"]) / weight2
    return -lr * m_hat / (np.sqrt(v_hat) + c["epsilon"])


DEFAULTS = {
    optim.sgd: {"learning_rate": 1e-2},
    optim.sgd_momentum: {"learning_rate": 1e-2, "momentum": 0.9},
    optim.rmsprop: {"learning_rate": 1e-2, "decay_rate": 0.99, "epsilon": 1e-8},
    optim.adam: {"learning_rate": 1e-3, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8},
}
OTHERS = {
    optim.sgd: {"learning_rate": 0.5},
    optim.sgd_momentum: {"learning_rate": 0.5, "momentum": 0.5},
    optim.rmsprop: {"learning_rate": 0.5, "decay_rate": 0.7, "epsilon": 0.1},
    optim.adam: {"learning_rate": 0.5, "beta1": 0.6, "beta2": 0.8, "epsilon": 0.1},
}


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("settings", [None, OTHERS], ids=["defaults", "others"])
def test_every_step_is_the_closed_form(rule, settings):
    path, grads = run(rule, None if settings is None else dict(settings[rule]))
    for t in range(1, STEPS + 1):
        step = expected_step(rule, grads[:t], (settings or DEFAULTS)[rule])
        assert np.allclose(path[t] - path[t - 1], step, rtol=1e-10, atol=1e-15), f"step {t}"


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e6])
def test_adams_first_step_is_the_learning_rate_for_any_size_of_the_gradient(scale):
    w, dw = np.zeros(4), scale * np.array([1.0, -2.0, 0.5, -0.1])
    next_w, config = optim.adam(w, dw, {"learning_rate": 0.01})
    assert np.allclose(next_w, -0.01 * np.sign(dw), rtol=1e-3)
    assert config["t"] == 1


@pytest.mark.parametrize("rule", RULES)
def test_rules_fill_in_and_return_the_callers_config(rule):
    config = {"learning_rate": 0.1}
    next_w, returned = rule(np.ones(2), np.ones(2), config)
    assert returned is config and DEFAULTS[rule].keys() <= config.keys() and config["learning_rate"] == 0.1
    assert np.all(next_w < 1)
    assert rule(np.ones(2), np.ones(2))[1] is not rule(np.ones(2), np.ones(2))[1], "no memory shared by default"


@pytest.mark.parametrize("rule", RULES)
def test_float32_parameters_stay_float32(rule):
    path, _ = run(rule, None, np.float32)
    assert path.dtype == np.float32


@pytest.mark.parametrize("rule", RULES)
def test_no_result_shares_memory_with_the_parameter_or_its_gradient(rule):
    w, dw = np.ones(3), np.ones(3)
    config = None
    for _ in range(2):
        next_w, config = rule(w, dw, config)
        memory = [a for a in config.values() if isinstance(a, np.ndarray)]
        assert not any(np.shares_memory(a, b) for a in (next_w, *memory) for b in (w, dw))
        assert not any(np.shares_memory(next_w, a) for a in memory)
