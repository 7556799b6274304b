"""Test that check() never takes two mistakes in one answer for a third one, or for a right answer."""

import itertools

import pytest

from cs231n.assignment.actions import TASKS
from cs231n.assignment.cases import stored
from cs231n.assignment.cases.calls import quietly
from cs231n.assignment.diagnosis.fingerprints import SAME_RESULTS, same
from cs231n.grading.mistakes import optim
from cs231n.grading.mistakes.catalogue import MISTAKES
from cs231n.grading.mistakes.fingerprints import compute_signature, mistaken, reference
from cs231n.grading.mistakes.mistake import Mistake

pytestmark = pytest.mark.slow

TRY_EVERY = 3  # try every third pair, to save time
SAME_AS_PAIR = {  # these pairs have the effect of another mistake, because they are that mistake
    ("softmax_loss", "loss-not-averaged", "dx-not-averaged"): {"nothing-averaged"},
    ("batchnorm_backward_staged", "n-var", "n-mean"): {"n-both"},
    **{
        (task, name, "n-twice"): {"none"}  # a mean without a division after it is right
        for task in ("batchnorm_backward_staged", "batchnorm_backward")
        for name in ("n-mean", "n-var", "n-both")
    },
    ("batchnorm_backward_staged", "n-both", "n-twice"): {"none", "n-var", "n-mean"},  # one of the two 1/N is back
    ("batchnorm_backward", "n-both", "n-twice"): {"none", "n-var", "n-mean"},
    ("batchnorm_backward", "var-constant", "not-summed"): {"diagonal"},
    ("batchnorm_backward_alt", "n-features", "axis-by-size"): {"along-the-rows"},
    **{
        ("batchnorm_forward", *names): {"test-mode-with-another-divisor-and-without-gamma-and-beta"}
        for names in (
            ("test-mode-eps-outside-the-root", "test-mode-without-gamma-and-beta"),
            ("test-mode-without-gamma-and-beta", "test-mode-without-the-root"),
        )
    },
    ("batchnorm_forward", "test-mode-without-eps", "test-mode-without-gamma-and-beta"): {
        "test-mode-without-eps-gamma-and-beta"
    },
    **{
        ("adam", wrong_t, name): {f"{name}-and-{wrong_t}"}
        for wrong_t, names in (
            ("t-starts-at-one", optim.WITH_LARGE_T),
            ("t-increased-after-the-step", optim.WITH_SMALL_T),
        )
        for name in names
    },
    ("adam", "t-starts-at-one", "t-increased-too-late"): {
        "t-increased-after-the-step",
        "epsilon-inside-the-root-and-t-increased-after-the-step",
    },
    ("adam", "t-starts-at-one", "t-never-increased"): {"t-stands-still"},
    ("adam", "t-stands-still", "t-increased-twice"): {"t-starts-at-one"},  # it starts at 1, and grows by 1 after all
    ("affine_bn_relu_backward", "relu-twice", "relu-forgotten"): {"relu-last"},
}


def pairs(task):
    """Yield pairs of mistakes in different lines of one function: the two names and the edits of both."""
    single = [mistake for mistake in MISTAKES if mistake.task == task and "-and-t-" not in mistake.id]
    variants = [(mistake.id, edits) for mistake in single for edits in mistake.variants]
    for (name_a, edits_a), (name_b, edits_b) in itertools.combinations(variants, 2):
        if name_a != name_b and not {old for old, _ in edits_a} & {old for old, _ in edits_b}:
            yield name_a, name_b, (*edits_a, *edits_b)


@pytest.mark.parametrize("task", [task for task in TASKS if task != "relu_backward"])  # one line: no pairs
def test_two_mistakes_are_not_taken_for_a_third(task):
    known = {
        f"{table}/{key}": vector
        for table in SAME_RESULTS.get(task, (task,))
        for key, vector in stored.fingerprints(table).items()
    }
    tried = 0
    with quietly():
        known[f"{task}/none"] = compute_signature(task, reference(task))
        for name_a, name_b, edits in itertools.islice(pairs(task), 0, None, TRY_EVERY):
            try:
                function = mistaken(Mistake(task, "pair", "", []), edits)
            except (ValueError, SyntaxError):  # the first mistake removed what the second one changes
                continue
            observed = compute_signature(task, function)
            names = {key.split("/")[1] for key, vector in known.items() if same(observed, vector)}
            assert names <= {name_a, name_b} | SAME_AS_PAIR.get((task, name_a, name_b), set()) | SAME_AS_PAIR.get(
                (task, name_b, name_a), set()
            )
            tried += 1
    assert tried >= 3
