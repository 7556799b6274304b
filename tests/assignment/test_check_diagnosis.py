"""Tests of check() on wrong answers with two mistakes: it names each known mistake, and never a third one."""

import itertools
import random
import re

import pytest

from cs231n.assignment.actions import TASKS
from cs231n.assignment.cases import stored
from cs231n.assignment.check import report
from cs231n.assignment.diagnosis.explanation import find_where_wrong
from cs231n.assignment.diagnosis.fingerprints import Effects, list_known_effects, recognise_parts, signature
from cs231n.assignment.diagnosis.smallest_example import find_smallest_example
from cs231n.grading.mistakes.catalogue import MISTAKES
from cs231n.grading.mistakes.fingerprints import reference
from cs231n.grading.mistakes.openings import OPENINGS, remove_opening
from tests.helpers.edited_answers import edit_answer, record_cases, report_on_edits

PAIRS_PER_TASK = 20


def pairs_of(task):
    """A sample of functions with two known mistakes in different results. It is the same on every machine."""
    effects = Effects(task)

    def parts(edits):
        observed = signature(task, record_cases(task, edit_answer(task, *edits)))
        return set(effects.wrong(effects.split(observed)))

    known = [(mistake, edits) for mistake in MISTAKES if mistake.task == task for edits in mistake.variants]
    variants = [(mistake, edits, parts(edits)) for mistake, edits in known]
    pairs = []
    for (one, its_edits, its_parts), (other, other_edits, other_parts) in itertools.combinations(variants, 2):
        function = (
            None if one.id == other.id or its_parts & other_parts else edit_answer(task, *its_edits, *other_edits)
        )
        if function:
            pairs.append((one, other, function))
    return random.Random(task).sample(pairs, min(PAIRS_PER_TASK, len(pairs)))


@pytest.mark.slow
@pytest.mark.parametrize("task", [t for t in TASKS if len(stored.expected(t, next(iter(Effects(t).labels)))) > 1])
def test_two_mistakes_are_not_taken_for_a_third_one(task):
    pairs = pairs_of(task)
    named = 0
    for one, other, function in pairs:
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
    lines = report_on_edits(
        "batchnorm_backward",
        ("dgamma = np.sum(dout * x_hat, axis=0)", "dgamma = np.sum(dout * x, axis=0)"),
        ("dmu / N", "0 * dmu"),
    )
    known = stored.sentences()["batchnorm_backward"]
    assert f"As for dgamma, this looks like: {known['x-for-x-hat']}" in lines
    assert f"As for dx, this looks like: {known['mean-constant']}" in lines
    assert not any(line.startswith(("This looks like", "The smallest")) for line in lines)


def test_beside_an_unknown_mistake_the_known_one_is_named_and_the_other_one_is_shown():
    lines = report_on_edits(
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
    lines = report_on_edits(
        "batchnorm_backward_staged",
        ("dx_hat = dout * gamma", "dx_hat = dout"),
        ("dx2 = np.ones_like(dout) * dmu / N", "dx2 = 3.0 * np.ones_like(dout) * dmu / N"),
    )
    sentence = stored.sentences()["batchnorm_backward_staged"]["gamma"]
    assert lines[-1] == f"As for node dx_hat, this looks like: {sentence}"


def test_effect_that_two_known_mistakes_may_have_is_not_named():
    """The loss is a sum, and dx has another mistake. Did the student forget the mean in both, or in the loss only?"""
    lines = report_on_edits(
        "softmax_loss", ("loss = -np.mean", "loss = -np.sum"), ("dx[rows, y] -= 1", "dx[rows, y] -= 0.5")
    )
    assert not any("looks like" in line for line in lines)
    assert any("loss is 8 times what it should be" in line for line in lines)


def test_exception_is_not_evidence_for_a_part():
    lines = report_on_edits(
        "batchnorm_forward",
        ("mu, var = running_mean, running_var", "mu, var = running_mean, typo"),
        ("(1 - momentum) * var", "(1 - momentum) * 1.5 * var"),
    )
    assert not any("looks like" in line for line in lines)


def test_praise_is_left_out_if_another_mistake_spoils_the_praised_result():
    lines = report_on_edits(
        "softmax_loss", ("loss = -np.mean", "loss = -np.sum"), ("dx[rows, y] -= 1", "dx[rows, y] += 1")
    )
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
    assert swapped.startswith("dgamma stands where dbeta belongs")
    assert stored.sentence_beside_others("batchnorm_backward", "swapped") == swapped


def test_opening_that_a_sentence_does_not_have_is_refused():
    with pytest.raises(ValueError, match="softmax_loss/sign-of-the-loss does not begin with 'dx is right, but '"):
        remove_opening("softmax_loss", "sign-of-the-loss", "the loss has the wrong sign.")


@pytest.mark.parametrize("task", TASKS)
def test_right_answer_has_no_wrong_part_and_no_example(task):
    calls = record_cases(task, reference(task))
    effects, observed = Effects(task), signature(task, calls)
    assert effects.wrong(effects.split(observed)) == []
    assert recognise_parts(task, observed) == {}
    assert find_smallest_example(task, calls) is None and find_where_wrong(task, calls) == []
