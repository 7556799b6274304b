"""One update of all parameters: whichever way it is made, the numbers are those of the rule, to the bit."""

import copy

import numpy as np
import pytest

from cs231n import experiments, optim, updates
from cs231n.data_utils import get_mnist_data
from cs231n.updates import Update
from tests.helpers.solver_cases import make_solver, same

SHAPES = {"W1": (7, 5), "b1": (5,), "W2": (5, 5), "W3": (5, 5), "gamma": (1,)}


def start(dtype=np.float32, seed=0):
    rng = np.random.default_rng(seed)
    return {name: rng.standard_normal(shape).astype(dtype) for name, shape in SHAPES.items()}


def one_by_one(params, grads, configs):
    """What `Update` stands for: Adam, one parameter after the other."""
    for name, w in params.items():
        next_w, configs[name] = optim.adam(np.asarray(w), grads[name], configs[name])
        params[name] = np.asarray(next_w, np.asarray(w).dtype)


@pytest.fixture
def flat_steps(monkeypatch):
    """Counts the updates that were one pass over everything."""
    steps, original = [], updates.adam_in_place
    monkeypatch.setattr(updates, "adam_in_place", lambda *args: (steps.append(1), original(*args))[1])
    return steps


def exchange(params, configs):
    params["W2"], params["W3"] = params["W3"], params["W2"]
    configs["W2"], configs["W3"] = configs["W3"], configs["W2"]


def transpose(params, configs):
    params["W2"] = params["W2"].T
    configs["W3"]["m"] = configs["W3"]["m"].T


def new_array(params, configs):
    params["W1"] = np.full_like(params["W1"], 0.5)


def changed_in_place(params, configs):
    params["W1"] += 1
    configs["b1"]["v"] *= 2


def other_memory(params, configs):
    configs["W1"]["m"] = np.ones_like(params["W1"])


def all_rates(params, configs):
    for config in configs.values():
        config["learning_rate"] *= 0.5


def one_rate(params, configs):
    configs["b1"]["learning_rate"] = 0.1


def numpys_rate(params, configs):
    for config in configs.values():
        config["learning_rate"] = np.float64(0.003)


def numpys_rate_for_one(params, configs):
    configs["W3"]["learning_rate"] = np.float64(configs["W3"]["learning_rate"])


def forgotten(params, configs):
    configs["W2"] = {"learning_rate": 1e-3}


def copied(params, configs):
    params.update(copy.deepcopy(params))
    configs.update(copy.deepcopy(configs))


EVENTS = {  # what happens after the third of eight steps: and how many steps are one pass then
    exchange: 7, transpose: 7, new_array: 7, changed_in_place: 7, other_memory: 7, all_rates: 7, copied: 7,
    one_rate: 2, numpys_rate: 2, numpys_rate_for_one: 2, forgotten: 2,
}  # fmt: skip


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.__name__)
def test_adam_on_everything_at_once_has_the_bits_of_adam(event, dtype, flat_steps):
    results = []
    for way in (Update("adam", start(dtype)), one_by_one):
        params, configs = start(dtype), {name: {"learning_rate": 1e-2} for name in SHAPES}
        for step in range(8):
            grads = {name: dw * np.asarray(10.0**-step, dtype) for name, dw in start(dtype, seed=step).items()}
            way(params, grads, configs)
            if step == 2:
                event(params, configs)
        results.append((params, configs))
    assert same(*results)
    assert len(flat_steps) == EVENTS[event]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_bits_are_the_same_after_many_steps(dtype, flat_steps):
    """When the corrections for starting at zero have become 1, in float32 and then in float64."""
    results = []
    for way in (Update("adam", start(dtype)), one_by_one):
        params, configs = start(dtype), {name: {"beta1": 0.8, "beta2": 0.9} for name in SHAPES}
        for step in range(250):
            way(params, start(dtype, seed=step % 7), configs)
        results.append((params, configs))
    assert same(*results) and len(flat_steps) == 249 and 0.8**250 < 1e-17


@pytest.mark.parametrize("rule", ["sgd", "sgd_momentum", "rmsprop"])
def test_other_rules_are_called_for_every_parameter(rule, flat_steps):
    params, configs, update = start(), {name: {} for name in SHAPES}, Update(rule, start())
    right, right_configs = start(), {name: {} for name in SHAPES}
    for seed in (1, 2):
        update(params, start(seed=seed), configs)
        for name, dw in start(seed=seed).items():
            right[name], right_configs[name] = getattr(optim, rule)(right[name], dw, right_configs[name])
    assert same((params, configs), (right, right_configs)) and not flat_steps


def test_what_was_there_before_the_first_step_is_never_written_to():
    params, grads = start(), start(seed=1)
    held, held_grads = dict(params), dict(grads)
    configs = {name: {} for name in SHAPES}
    update = Update("adam", params)
    for _ in range(3):
        update(params, grads, configs)
    assert same(held, start()) and same(held_grads, start(seed=1))


def test_an_installed_adam_runs_at_once_and_the_librarys_own_afterwards(monkeypatch, flat_steps):
    calls, own = [], optim.adam

    def mine(w, dw, config=None):
        calls.append(w.shape)
        return own(w, dw, config)

    params, configs = start(), {name: {} for name in SHAPES}
    right, right_configs = start(), {name: {} for name in SHAPES}
    update = Update("adam", params)
    for step in range(9):
        monkeypatch.setattr(optim, "adam", mine if step in (4, 5) else own)
        update(params, start(seed=step), configs)
        one_by_one(right, start(seed=step), right_configs)
    assert same((params, configs), (right, right_configs))
    assert calls[::2] and len(flat_steps) == 9 - 1 - 2
    assert set(calls) == set(SHAPES.values())


@pytest.mark.parametrize("wrong, message", [
    ({"learning_rate": -1.0}, "^adam: config.*learning_rate.*is -1"), ({"lerning_rate": 1e-3}, "^adam: .*unknown key"),
    ({"t": -1}, "^adam: config.*t"), ({"m": np.zeros(3)}, "^adam: config.*m.*shape"),
])  # fmt: skip
def test_wrong_settings_are_refused_in_the_middle_of_training(wrong, message):
    params, configs = start(), {name: {} for name in SHAPES}
    update = Update("adam", params)
    for _ in range(2):
        update(params, start(seed=1), configs)
    for config in configs.values():
        config.update(wrong)
    with pytest.raises(ValueError, match=message):
        update(params, start(seed=1), configs)


@pytest.mark.parametrize("grads", [
    {"W1": start()["W1"].astype(np.float64)}, {"gamma": 0.5}, {"W2": [[1.0] * 5] * 5},
    {"W1": np.asfortranarray(start()["W1"])},
])  # fmt: skip
def test_unusual_gradients_are_taken_as_adam_takes_them(grads):
    params, configs, right, right_configs = start(), {n: {} for n in SHAPES}, start(), {n: {} for n in SHAPES}
    params["gamma"] = right["gamma"] = np.float32(1) if "gamma" in grads else params["gamma"]
    update = Update("adam", params)
    for _ in range(3):
        update(params, {**start(seed=1), **grads}, configs)
        one_by_one(right, {**start(seed=1), **grads}, right_configs)
    assert same(params, right)


def test_parameters_of_two_dtypes_are_updated_one_by_one(flat_steps):
    mixed = {**start(), "b1": start(np.float64)["b1"]}
    params, configs = dict(mixed), {name: {} for name in SHAPES}
    update = Update("adam", params)
    for _ in range(3):
        update(params, start(seed=1), configs)
    assert {name: w.dtype for name, w in params.items()} == {name: w.dtype for name, w in mixed.items()}
    assert not flat_steps


def test_solver_and_train_steps_take_the_quick_way(flat_steps):
    solver = make_solver(num_epochs=2)
    solver.train()
    assert len(flat_steps) == len(solver.loss_history) - 1 > 5
    del flat_steps[:]
    digits = get_mnist_data(100, 100)
    experiments.train_steps(experiments.make_net("bn", digits, hidden_dims=[8]), digits, 5, batch_size=20)
    assert len(flat_steps) == 4


def test_nothing_that_training_leaves_shares_memory():
    """The solver's parameters, its memory and what it keeps are not parts of one vector in the end."""
    solver = make_solver(num_epochs=2)
    solver.train()
    arrays = [*solver.model.params.values(), *solver.best_params.values(), *solver._state["params"].values()]
    arrays += [config[key] for config in solver.optim_configs.values() for key in "mv"]
    for i, one in enumerate(arrays):
        assert not any(np.shares_memory(one, other) for other in arrays[:i])
