"""Tests of the gradients of mistaken forward passes: a backward pass that is right for its own forward pass earns."""

import numpy as np
import pytest

from cs231n.assignment.cases import stored
from cs231n.assignment.cases.calls import bn_param, quietly, record_call
from cs231n.assignment.cases.recorded import Call, Odd, Parts, Raised
from cs231n.assignment.cases.tables import CASES, FAR_CASES, INTEGER_CASES, NODES, RESULTS
from cs231n.assignment.saving.installed import FORWARD_OF
from cs231n.gradient_check import numerical_gradient
from cs231n.grading.judging.boxes.inside.probe_calls import Calls, digits
from cs231n.grading.judging.probing.graded_items import BATCHES, HARD_BATCHES, ITEMS, SANDWICH
from cs231n.grading.judging.probing.own_gradients import (
    PARAMETERS,
    find_mistaken_forward,
    missing_nodes,
    own_expected,
)  # fmt: skip
from cs231n.grading.judging.probing.own_graphs import EPS, differentiate
from cs231n.grading.judging.probing.own_probes import WITHOUT_STATISTICS, find_own_probes
from cs231n.grading.judging.probing.probe_inputs import Draw
from cs231n.grading.judging.probing.probes import make_task_probes
from cs231n.grading.mistakes.catalogue import MISTAKES
from cs231n.grading.mistakes.fingerprints import mistaken, reference
from tests.helpers.answers import STYLES
from tests.helpers.consistent_backward import CONSISTENT

VARIANTS = [
    pytest.param(mistake, edits, id=f"{mistake.task}-{mistake.id}-{number}")
    for mistake in MISTAKES
    if mistake.task in PARAMETERS
    for number, edits in enumerate(mistake.variants)
]
BACKWARD = {"batchnorm_forward": "batchnorm_backward", "affine_bn_relu_forward": "affine_bn_relu_backward"}


def recorded(task, function, cases=None):
    """The calls that a record has of a forward pass."""
    with quietly():
        return {case: record_call(task, function, case) for case in cases or CASES[task]}


def is_right_in_training(task, calls):
    for case, call in calls.items():
        inputs = stored.inputs(case)
        if "test_mode" not in inputs and inputs["x"].ndim == 2:
            with quietly():
                if not np.allclose(call.returned.items[0], stored.expected(task, case)["out"], rtol=1e-5, atol=1e-5):
                    return False
    return True


def draw(task):
    settings = SANDWICH if task == "affine_bn_relu_forward" else BATCHES
    return {name: make(Draw(3, name)) for name, make in settings.items()}


@pytest.mark.parametrize("mistake, edits", VARIANTS)
def test_a_mistake_is_found_if_it_changes_out_in_training_and_its_gradients_are_numerical_gradients(mistake, edits):
    task, function = mistake.task, mistaken(mistake, edits)
    calls = recorded(task, function)
    forward = find_mistaken_forward(task, calls)
    if is_right_in_training(task, calls):
        assert forward is None
        return
    assert forward is not None and forward.mistake == (task, mistake.id)
    for inputs in draw(task).values():
        expected = own_expected(BACKWARD[task], forward, inputs)
        param = bn_param(inputs) if task != "batchnorm_forward" else {"mode": "train"} | only_eps(inputs)
        for name in PARAMETERS[task]:
            want = numerical_gradient(loss_of(task, function, inputs, name, param), inputs[name])
            np.testing.assert_allclose(expected[f"d{name}"], want, rtol=1e-5, atol=1e-7)


def only_eps(inputs):
    return {"eps": float(inputs["eps"])} if "eps" in inputs else {}


def loss_of(task, function, inputs, name, param):
    def loss(array):
        arrays = {**{one: inputs[one].copy() for one in PARAMETERS[task]}, name: array}
        return np.sum(function(*arrays.values(), dict(param))[0] * inputs["dout"])

    return loss


def test_the_few_calls_in_a_backward_passs_record_are_enough():
    for parameter in VARIANTS:
        mistake, edits = parameter.values
        task = mistake.task
        few = {"batchnorm_forward": ("bn_large_eps", "bn_plain", "bn_constant"), "affine_bn_relu_forward": ()}[task]
        function = mistaken(mistake, edits)
        cases = {*few, CASES[task][0], INTEGER_CASES[task], FAR_CASES[task]}
        found = find_mistaken_forward(BACKWARD[task], recorded(task, function, cases))
        assert found == find_mistaken_forward(task, recorded(task, function)), mistake.id


@pytest.mark.parametrize("function", [style for style in STYLES if style.values[0].__name__ in PARAMETERS])
def test_right_forward_passes_have_no_mistake(function):
    assert find_mistaken_forward(function.__name__, recorded(function.__name__, function)) is None


def test_a_mistake_of_ones_own_batch_norm_is_found_in_the_sandwich_too():
    mistake = next(m for m in MISTAKES if (m.task, m.id) == ("batchnorm_forward", "eps-outside-the-root"))
    batchnorm = mistaken(mistake, mistake.variants[0])

    def forward(x, w, b, gamma, beta, bn_param):
        out, cache = batchnorm(x @ w + b, gamma, beta, bn_param)
        return np.maximum(out, 0), cache

    found = find_mistaken_forward("affine_bn_relu_backward", recorded("affine_bn_relu_forward", forward))
    assert found.mistake == ("batchnorm_forward", "eps-outside-the-root")
    for inputs in draw("affine_bn_relu_forward").values():
        expected = own_expected("affine_bn_relu_backward", found, inputs)
        loss = loss_of("affine_bn_relu_forward", forward, inputs, "w", bn_param(inputs))
        np.testing.assert_allclose(expected["dw"], numerical_gradient(loss, inputs["w"]), rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize(
    "returned",
    [
        None, Odd("str"), Parts("dict", {}), Parts("tuple", {0: Odd("Thing"), 1: None}), np.ones((8, 3)),
        Parts("tuple", {0: np.full((8, 3), np.nan)}), Parts("tuple", {0: np.full((8, 3), 1e308)}),
        Parts("tuple", {0: np.ones((3, 8))}), Parts("tuple", {0: np.ones(10**6)}), Parts("list", {0: np.zeros((0, 3))}),
        Parts("tuple", {0: Parts("list", {0: Parts("list", {0: 1.0}), 1: 2.0})}), Parts("tuple", {"0": 1, 0: True}),
    ],
)  # fmt: skip
def test_nothing_is_found_in_hostile_values(returned):
    for task in FORWARD_OF.values():
        calls = {case: Call(returned) for case in CASES[task]}
        assert find_mistaken_forward(task, calls) is None
        calls[CASES[task][0]] = Call(raised=Raised("ValueError", "no"))
        assert find_mistaken_forward(task, calls) is None
    assert find_mistaken_forward("batchnorm_backward", {}) is None


def test_a_gradient_that_is_not_a_number_is_none():
    found = {forward.mistake[1]: forward for forward in all_found("batchnorm_forward")}
    inputs = draw("batchnorm_forward")["plain"]
    inputs["x"][:, 0] = 2.0
    assert own_expected("batchnorm_backward", found["eps-nowhere"], inputs) is None
    assert own_expected("batchnorm_backward", found["beta-scaled"], inputs) is not None


def test_without_a_mistake_the_graph_gives_what_the_reference_gives():
    inputs = draw("batchnorm_forward")["large eps"]
    arrays, param = {name: inputs[name] for name in ("x", "gamma", "beta")}, {"mode": "train"} | only_eps(inputs)
    _, cache = reference("batchnorm_forward")(*arrays.values(), dict(param))
    right = reference("batchnorm_backward_staged")(inputs["dout"], cache)
    mine = differentiate(({}, ()), EPS, arrays, param, inputs["dout"])
    assert set(mine) == set(right) == set(NODES)
    for name in NODES:
        np.testing.assert_allclose(mine[name], right[name], rtol=1e-12, atol=1e-14)


def test_the_graphs_end_in_the_gradients_of_the_mistaken_function():
    known = 0
    for forward in all_found("batchnorm_forward"):
        for inputs in draw("batchnorm_forward").values():
            whole = own_expected("batchnorm_backward", forward, inputs)
            staged = own_expected("batchnorm_backward_staged", forward, inputs)
            missing = missing_nodes("batchnorm_backward_staged", forward)
            assert {name for name, value in staged.items() if value is None} == set(missing)
            assert missing_nodes("batchnorm_backward", forward) == ()
            known += len(NODES) - len(missing)
            for name in RESULTS["batchnorm_backward"]:
                np.testing.assert_allclose(staged[name], whole[name], rtol=1e-9, atol=1e-13)
    assert known > 1000  # so most graphs are known


def all_found(task):
    mistakes = [parameter.values for parameter in VARIANTS if parameter.values[0].task == task]
    found = [find_mistaken_forward(task, recorded(task, mistaken(*values))) for values in mistakes]
    return [forward for forward in dict.fromkeys(found) if forward is not None]


def shown_by(made, function, forward):
    """What an answer's probes show, by id. Where it raises an exception: the exception's name."""
    calls = Calls(made.task, function, forward, False, made.spec["calls"])
    shown = {}
    for probe in made.probes.values():
        item = next(item for item in made.spec["items"] if item["number"] == probe.number)
        with quietly():
            try:
                shown[probe.id] = digits(calls, item)
            except Exception as error:
                shown[probe.id] = type(error).__name__
    return shown


def own_probes(task, function):
    """The probes of a backward pass for a forward pass that shows its mistake in its own probes."""
    made = make_task_probes("seed", FORWARD_OF[task])
    return find_own_probes("seed", task, recorded(FORWARD_OF[task], function), made, shown_by(made, function, None))


@pytest.mark.parametrize("task, name, number, backward", CONSISTENT)
def test_a_backward_pass_that_is_right_for_its_forward_pass_shows_the_digits_and_the_textbooks_does_not(
    task, name, number, backward
):
    mistake = next(m for m in MISTAKES if (m.task, m.id) == (FORWARD_OF[task], name))
    function = mistaken(mistake, mistake.variants[number])
    calls = recorded(FORWARD_OF[task], function)
    made = own_probes(task, function)
    expected = {name: probe.expected for name, probe in made.probes.items()}
    assert shown_by(made, backward, function) == expected
    assert shown_by(made, reference(task), function) != expected
    probed = {probe.item for probe in made.probes.values()}
    left_out = [item for item in ITEMS[task] if item.name not in probed]
    missing = missing_nodes(task, find_mistaken_forward(task, calls))
    assert all(item.output in missing or item.settings is HARD_BATCHES for item in left_out), "no more than needed"


def test_every_mistaken_forward_pass_has_probes_that_tell_right_from_wrong():
    def zeros(dout, cache):
        return np.zeros_like(dout), np.zeros(dout.shape[1]), np.zeros(dout.shape[1])

    for parameter in VARIANTS:
        mistake, edits = parameter.values
        is_batchnorm = mistake.task == "batchnorm_forward"
        made = own_probes("batchnorm_backward", mistaken(mistake, edits)) if is_batchnorm else None
        if made is not None:
            shown = shown_by(made, zeros, mistaken(mistake, edits))
            right = {name for name, probe in made.probes.items() if shown[name] == probe.expected}
            assert right == set(), parameter.id


def test_a_forward_pass_that_shows_right_digits_has_no_probes_of_its_own():
    mistake = next(m for m in MISTAKES if m.id == "eps-nowhere")
    calls = recorded("batchnorm_forward", mistaken(mistake, mistake.variants[0]))
    made = make_task_probes("seed", "batchnorm_forward")
    right = {name: probe.expected for name, probe in made.probes.items()}
    assert find_own_probes("seed", "batchnorm_backward", calls, made, right) is None
    assert find_own_probes("seed", "batchnorm_backward", calls, made, {}) is None


def test_only_mistakes_without_statistics_have_a_gradient_that_stays_in_one_entry():
    inputs = draw("batchnorm_forward")["plain"]
    inputs["dout"] = np.zeros_like(inputs["dout"])
    inputs["dout"][0, 0] = 1.0
    local = {
        (forward.mistake[1], forward.number)
        for forward in all_found("batchnorm_forward")
        if np.count_nonzero(own_expected("batchnorm_backward", forward, inputs)["dx"]) == 1
    }
    assert local == {("training-with-running-statistics", 1)}
    assert all(number in WITHOUT_STATISTICS[name] for name, number in local)
