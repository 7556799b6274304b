"""check() on a wrong answer that is not a known mistake: named parts, the cases where it shows, an example."""

import inspect
import itertools
import random
import re

import numpy as np
import pytest

from cs231n import layers
from cs231n.assignment.actions import TASKS
from cs231n.assignment.cases import stored
from cs231n.assignment.cases.calls import quietly
from cs231n.assignment.check import report
from cs231n.assignment.diagnosis.explanation import find_where_wrong
from cs231n.assignment.diagnosis.fingerprints import Effects, list_known_effects, recognise_parts, signature
from cs231n.assignment.diagnosis.smallest_example import SHARED_SMALL_CASES, SMALL_CASES, find_smallest_example
from cs231n.grading.mistakes.catalogue import MISTAKES
from cs231n.grading.mistakes.fingerprints import forward_for, reference
from cs231n.grading.mistakes.openings import OPENINGS, remove_opening

PAIRS_PER_TASK = 20


def edited(task, *edits):
    """The library's function with pieces of its source replaced; None if the edits do not fit together."""
    source = inspect.getsource(reference(task))
    for old, new in edits:
        if source.count(old) != 1:
            return None
        source = source.replace(old, new)
    namespace = {"np": np, "layers": layers}
    forward = forward_for(task)
    if forward is not None:
        namespace[forward.__name__] = forward
    try:
        exec(compile(source, "<edited>", "exec"), namespace)
    except SyntaxError:
        return None
    return namespace[task]


def lines_of(task, *edits):
    """The lines of a report on the library's function with pieces of its source replaced."""
    function = edited(task, *edits)
    assert function, "the edits do not fit"
    lines, failed = report(task, function)
    assert failed
    return lines


# --- two mistakes at once -------------------------------------------------------------------------


def pairs_of(task):
    """A sample of functions with two known mistakes in different results. It is the same on every machine."""
    effects, forward = Effects(task), forward_for(task)

    def parts(edits):
        with quietly():
            return set(effects.wrong(effects.split(signature(task, edited(task, *edits), forward))))

    known = [(mistake, edits) for mistake in MISTAKES if mistake.task == task for edits in mistake.variants]
    variants = [(mistake, edits, parts(edits)) for mistake, edits in known]
    pairs = []
    for (one, its_edits, its_parts), (other, other_edits, other_parts) in itertools.combinations(variants, 2):
        function = None if one.id == other.id or its_parts & other_parts else edited(task, *its_edits, *other_edits)
        if function:
            pairs.append((one, other, function))
    return random.Random(task).sample(pairs, min(PAIRS_PER_TASK, len(pairs)))


@pytest.mark.parametrize("task", [t for t in TASKS if len(stored.expected(t, next(iter(Effects(t).labels)))) > 1])
def test_two_mistakes_are_not_taken_for_a_third_one(task):
    pairs = pairs_of(task)
    named = 0
    for one, other, function in pairs:
        with quietly():
            lines, failed = report(task, function)
        assert failed, (one.id, other.id)
        said = [line.split("looks like: ")[1] for line in lines if "looks like: " in line]
        named += bool(said)
        if any(line.startswith("This looks like") for line in lines):
            continue  # one known mistake has the effect of these two together, such as both means forgotten
        sentences = (one.sentence, other.sentence)
        assert all(any(full.endswith(text) for full in sentences) for text in said), (one.id, other.id, said)
    assert named >= len(pairs) / 2 and (pairs or not task.startswith(("softmax", "batchnorm")))


def test_two_mistakes_are_both_named():
    lines = lines_of(
        "batchnorm_backward",
        ("dgamma = np.sum(dout * x_hat, axis=0)", "dgamma = np.sum(dout * x, axis=0)"),
        ("dmu / N", "0 * dmu"),
    )
    known = stored.sentences()["batchnorm_backward"]
    assert f"As for dgamma, this looks like: {known['x-for-x-hat']}" in lines
    assert f"As for dx, this looks like: {known['mean-constant']}" in lines
    assert not any(line.startswith(("This looks like", "The smallest")) for line in lines)


def test_beside_an_unknown_mistake_the_known_one_is_named_and_the_other_one_is_shown():
    lines = lines_of(
        "batchnorm_backward",
        ("dgamma = np.sum(dout * x_hat, axis=0)", "dgamma = 1.3 * np.sum(dout * x_hat, axis=0)"),
        ("dmu / N", "0 * dmu"),
    )
    said = [line for line in lines if "looks like" in line]
    assert said == ["As for dx, this looks like: " + stored.sentences()["batchnorm_backward"]["mean-constant"]]
    example = lines[lines.index("The smallest example that shows it:") + 1 :]
    assert example == [
        "    x = [[0, 1], [3, 4], [3, 7]]",
        "    gamma = [1, 2]",
        "    dout = [[1, 2], [0, 1], [4, -1]]",
        "    eps = 0.25",
        "    dgamma, yours    dgamma, right",
        "    1.733  -4.68     1.333  -3.6",
    ]


def test_first_wrong_node_is_named_although_a_later_one_is_wrong_too():
    lines = lines_of(
        "batchnorm_backward_staged",
        ("dx_hat = dout * gamma", "dx_hat = dout"),
        ("dx2 = np.ones_like(dout) * dmu / N", "dx2 = 3.0 * np.ones_like(dout) * dmu / N"),
    )
    sentence = stored.sentences()["batchnorm_backward_staged"]["gamma"]
    assert lines[-1] == f"As for node dx_hat, this looks like: {sentence}"


def test_effect_that_two_known_mistakes_may_have_is_not_named():
    """The loss is a sum, and dx has another mistake. Did the student forget the mean in both, or in the loss only?"""
    lines = lines_of("softmax_loss", ("loss = -np.mean", "loss = -np.sum"), ("dx[rows, y] -= 1", "dx[rows, y] -= 0.5"))
    assert not any("looks like" in line for line in lines)
    assert any("loss is 8 times what it should be" in line for line in lines)


def test_exception_is_not_evidence_for_a_part():
    lines = lines_of(
        "batchnorm_forward",
        ("mu, var = running_mean, running_var", "mu, var = running_mean, typo"),
        ("(1 - momentum) * var", "(1 - momentum) * 1.5 * var"),
    )
    assert not any("looks like" in line for line in lines)


def test_praise_is_left_out_if_another_mistake_spoils_the_praised_result():
    lines = lines_of("softmax_loss", ("loss = -np.mean", "loss = -np.sum"), ("dx[rows, y] -= 1", "dx[rows, y] += 1"))
    said = [line for line in lines if line.startswith("As for loss, this looks like: ")]
    assert len(said) == 1 and "right, but" not in said[0] and "the loss is the sum over the batch" in said[0]


def test_every_praise_of_a_result_is_stored_without_its_opening_too():
    """A praise of results that the mistake leaves right may be untrue if the answer has a second mistake."""
    praising = set()
    for task in TASKS:
        outputs = {output for labels in Effects(task).labels.values() for output in labels}
        for table, name, _, its_wrong in list_known_effects(task):
            found = re.match(r"([\w, ]+?) (?:is|are) right, but (.*)", stored.sentences()[table][name], re.DOTALL)
            praised = set(re.findall(r"\w+", found[1])) - {"and"} if found else set()
            blamed = {output for output in outputs for label in its_wrong if output in label.split()}
            if found and praised <= outputs - blamed:
                praising.add((table, name))
                assert stored.sentence_beside_others(table, name) == found[2]
    assert praising == set(OPENINGS)
    swapped = stored.sentences()["batchnorm_backward"]["swapped"]
    assert swapped.startswith("dgamma and dbeta are right, but in each other's place.")
    assert stored.sentence_beside_others("batchnorm_backward", "swapped") == swapped


def test_opening_that_a_sentence_does_not_have_is_refused():
    with pytest.raises(ValueError, match="softmax_loss/sign-of-the-loss does not begin with 'dx is right, but '"):
        remove_opening("softmax_loss", "sign-of-the-loss", "the loss has the wrong sign.")


@pytest.mark.parametrize("task", TASKS)
def test_right_answer_has_no_wrong_part_and_no_example(task):
    function, forward = reference(task), forward_for(task)
    effects, observed = Effects(task), signature(task, function, forward)
    assert effects.wrong(effects.split(observed)) == []
    assert recognise_parts(task, observed) == {}
    assert find_smallest_example(task, function, forward) == [] and find_where_wrong(task, function, forward) == []


# --- where it shows -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "task, old, new, text",
    [
        ("batchnorm_forward", "mu, var = running_mean, running_var", "mu, var = running_mean, 1.1 * running_var",
         "out is wrong only in test mode, and right in training mode"),
        ("batchnorm_forward", "mu, var = x.mean(axis=0), x.var(axis=0)", "mu, var = x.mean(axis=0), x.var(axis=0) + 1",
         "out is wrong only in training mode, and right in test mode"),
        ("batchnorm_backward_alt", "(dgamma / N)", "(dgamma / N) * var / (var + eps)",
         "dx is wrong only where eps counts (it is large, or a feature hardly varies), and right where it does not"),
        ("batchnorm_backward_alt", "dx = gamma /", "dx = (1 + (eps > 0.01)) * gamma /",
         "dx is wrong only where eps is large (0.1 and more), and right where it is 1e-5"),
        ("affine_backward", "np.sum(dout, axis=0)", "np.sum(dout, axis=0) * (1 + (len(x) == 1))",
         "db is wrong only for a batch of one, and right for larger ones"),
        ("affine_backward", "@ dout\n", "@ dout * (x.ndim - 1)\n",
         "dw is wrong only where x has more than two axes, and right where it has two"),
        ("softmax", "x - np.max(x, axis=1, keepdims=True)", "x / 2 - np.max(x / 2, axis=1, keepdims=True)", None),
        ("softmax", "np.exp(x - np.max(x, axis=1, keepdims=True))", "np.exp(np.clip(x, -700, 40))",
         "p is wrong only where scores are large, or far apart, and right where they are not"),
        ("numerical_gradient", "f(x_minus)) * df)", "f(x_minus)) * (df + 0.1 * (np.ndim(df) > 0)))",
         "dx is wrong only where df is given, and right where it is None"),
        ("adam", 'next_w = w - config["learning_rate"]', 'next_w = w - config["learning_rate"] ** 1.5 / 1e-3**0.5',
         "next_w is wrong only where config is given, and right where it is None"),
    ],
)  # fmt: skip
def test_kind_of_case_is_named(task, old, new, text):
    said = [line for line in lines_of(task, (old, new)) if line.startswith("Where: ")]
    assert said == ([f"Where: {text}"] if text else [])


# --- the smallest example -------------------------------------------------------------------------


TRAIN = "mu, var = x.mean(axis=0), x.var(axis=0)"
NO_TEST_MODE = ("mu, var = running_mean, running_var", TRAIN)
X_HAT = "x_hat = (x - mu) / np.sqrt(var + eps)"


@pytest.mark.parametrize(
    "task, edits",
    [
        ("batchnorm_forward", [NO_TEST_MODE, (X_HAT, "x_hat = (x - mu) / np.sqrt(var)")]),
        ("batchnorm_forward", [NO_TEST_MODE, (X_HAT, "x_hat = (x - mu) / (np.sqrt(var) + eps)")]),
        ("batchnorm_forward", [(X_HAT, 'x_hat = (x - mu) / (np.sqrt(var) + eps) + (mode == "test")')]),
        ("relu_backward", [("return dout * (x > 0)", "return (dout * (x > 0) * (1 + (x.ndim > 2))).tolist()")]),
    ],
)
def test_two_mistakes_are_not_explained_by_one_kind_of_case(task, edits):
    """One result is wrong at large eps, and in test mode always. One is wrong for many axes, and always a list."""
    assert not [line for line in lines_of(task, *edits) if line.startswith("Where: ")]


def test_every_task_has_small_cases_except_steps_to_reach_whose_lines_are_examples():
    assert {*SMALL_CASES, *SHARED_SMALL_CASES, "steps_to_reach"} == set(TASKS)
    for case in {case for cases in SMALL_CASES.values() for case in cases}:
        assert all(array.ndim < 3 and len(np.atleast_1d(array)) <= 3 for array in stored.inputs(case).values())


def test_small_cases_have_the_numbers_of_a_calculation_by_hand():
    x_hat = np.array([[-2, -3], [1, 0], [1, 3]]) / [1.5, 2.5]  # the variances plus eps are 1.5 and 2.5 squared
    forward, backward = (
        stored.expected("batchnorm_forward", "bn_small"),
        stored.expected("batchnorm_backward", "bn_small"),
    )
    np.testing.assert_allclose(forward["out"], x_hat * [1, 2] + [0, 1], rtol=1e-11)
    np.testing.assert_allclose(forward["running_mean"], [0.5, 1.0], rtol=1e-11)  # a quarter of 2 and 4
    np.testing.assert_allclose(forward["running_var"], [0.5, 1.5], rtol=1e-11)
    np.testing.assert_allclose(backward["dbeta"], [5, 2], rtol=1e-11)
    np.testing.assert_allclose(backward["dgamma"], [2 / 1.5, -9 / 2.5], rtol=1e-11)
    test = stored.expected("batchnorm_forward", "bn_small_test")["out"]
    np.testing.assert_allclose(test, [[-0.5, -1], [1, 5]], rtol=1e-11)
    far = stored.expected("softmax_loss", "scores_small_far")
    np.testing.assert_allclose(far["loss"], (1000 + np.log1p(np.e)) / 2, rtol=1e-11)
    np.testing.assert_allclose(stored.expected("softmax_jacobian", "p_small")["J"][0], [[0.16, -0.16], [-0.16, 0.16]])
    first = np.array([1, -2]) - 0.1 * np.array([1 / 1.25, 0.5 / 0.75])  # the first step is g / (|g| + epsilon)
    np.testing.assert_allclose(stored.expected("adam", "adam_small")["next_w"][0], first, rtol=1e-11)


def test_rounding_noise_is_shown_as_zero():
    right, forward = reference("affine_bn_relu_backward"), reference("affine_bn_relu_forward")

    def affine_bn_relu_backward(dout, cache):
        dx, dw, db, dgamma, dbeta = right(dout, cache)
        return dx, dw, db + [0.0, 0.5], dgamma, dbeta

    lines = find_smallest_example("affine_bn_relu_backward", affine_bn_relu_backward, forward)
    assert lines[-2:] == ["    db, yours    db, right", "    0  0.5       0  0"]


def test_example_is_in_test_mode_if_only_test_mode_is_wrong():
    edit = ("mu, var = running_mean, running_var", "mu, var = running_mean, 1.1 * running_var")
    lines = lines_of("batchnorm_forward", edit)
    example = lines[lines.index("The smallest example that shows it:") + 1 :]
    assert '    mode = "test", eps = 0.25' in example
    assert example[-3:] == [
        "    out, yours         out, right",
        "    -0.4781  -0.929    -0.5  -1",
        "     0.9562   4.858       1   5",
    ]


def test_numbers_are_shown_with_enough_digits_to_differ():
    right = reference("softmax")

    def softmax(x):
        return right(x) + 2e-5

    lines = find_smallest_example("softmax", softmax)
    assert lines[-3:] == [
        "    0.2689614  0.7310786    0.2689414  0.7310586",
        "    0.8808171  0.1192229    0.8807971  0.1192029",
        "      0.50002    0.50002          0.5        0.5",
    ]


@pytest.mark.parametrize("result", ["None", "'text'", "[[1.0], [2.0, 3.0]]", "x > 0", "np.ones(7)", "exit()", "x * 1j"])
def test_results_that_are_not_numbers_have_no_example_and_stop_nothing(result):
    namespace = {"np": np}
    exec(f"def softmax(x):\n    return {result}", namespace)
    lines, failed = report("softmax", namespace["softmax"])
    assert failed and not any("smallest" in line for line in lines if result != "x > 0")


def test_text_is_the_same_twice():
    for task, old, new in (
        ("batchnorm_backward", "dmu / N", "1.2 * dmu / N"),
        ("batchnorm_forward", "x.var(axis=0)", "1.2 * x.var(axis=0)"),
        ("softmax_loss", "dx[rows, y] -= 1", "dx[rows, y] -= 0.5"),
    ):
        assert lines_of(task, (old, new)) == lines_of(task, (old, new))


def test_an_explanation_is_given_once():
    lines = lines_of("batchnorm_backward_alt", ("- dbeta / N", "- 0.5 * dbeta / N"))
    assert sum("has not been taken away" in line for line in lines) == 1
    assert any(line.endswith("dx is off by a constant in every column, as above") for line in lines)
