"""The assessment names known mistakes by their ids. They are never found again in the text."""

import pytest

from cs231n.assignment.actions import TASKS
from cs231n.assignment.assess import assess
from cs231n.assignment.cases import stored
from cs231n.assignment.record import record
from cs231n.grading.mistakes.catalogue import MISTAKES
from cs231n.grading.mistakes.fingerprints import mistaken
from tests.helpers.edited_answers import copy_of, edit_answer
from tests.helpers.naming import function_of

SOFTMAX = "def softmax(x):\n    {}\n    e = np.exp({})\n    return e / e.sum(axis=1, keepdims=True)"
LOSS = """
    def softmax_loss(x, y):
        rows = np.arange(len(x))
        z = {z}
        p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
        loss = {loss}
        safe = np.exp(x - x.max(axis=1, keepdims=True))
        dx = safe / safe.sum(axis=1, keepdims=True)
        dx[rows, y] -= 1
        return loss, dx{scale}
"""
SHIFTED, MEAN_LOG = "x - x.max(axis=1, keepdims=True)", "-np.mean(np.log(p[rows, y]))"


def mistakes_in(task, source):
    judged = assess(record(task, function_of(task, source)))
    assert judged.failed
    return judged.mistakes


@pytest.mark.parametrize("task", TASKS)
def test_right_answer_has_no_mistake(task):
    assert assess(record(task, copy_of(task))).mistakes == []


@pytest.mark.parametrize(
    "names, source",
    [
        (["no-shift"], SOFTMAX.format("", "x")),
        (["one-maximum-for-all-rows"], SOFTMAX.format("", "x - x.max()")),
        (["no-shift"], SOFTMAX.format("print('no maximum')", "x")),
        ([], SOFTMAX.format("raise ValueError('no maximum is taken away from the scores')", "x")),
        ([], SOFTMAX.format("", "0.5 * x")),
    ],
)
def test_softmax(names, source):
    assert mistakes_in("softmax", source) == names


@pytest.mark.parametrize(
    "name, z, loss, scale",
    [
        ("no-shift", "x", "np.mean(np.log(np.exp(z).sum(axis=1)) - z[rows, y])", " / len(x)"),  # for the loss only
        ("log-of-a-probability", SHIFTED, MEAN_LOG, " / len(x)"),
        ("log-of-a-probability", SHIFTED, MEAN_LOG, ""),  # besides, dx is not averaged
        ("log-of-p-plus-a-bit", SHIFTED, "-np.mean(np.log(p[rows, y] + 1e-17))", " / len(x)"),
        ("classes-counted-in-the-labels", SHIFTED, "np.mean(np.log(np.exp(z).sum(axis=1)) - z[rows, y])",
         " / len(x) if y.max() + 1 == x.shape[1] else 1 / 0"),
    ],
)  # fmt: skip
def test_rule_about_the_loss_whatever_it_says_besides(name, z, loss, scale):
    assert mistakes_in("softmax_loss", LOSS.format(z=z, loss=loss, scale=scale)) == [name]


def test_two_mistakes_in_two_parts():
    """Each explains one part of the answer. Nothing else is named."""
    task = "affine_backward"
    edits = {mistake.id: mistake.variants[0] for mistake in MISTAKES if mistake.task == task}
    function = edit_answer(task, *edits["dw-mean"], *edits["db-row"])
    assert function and sorted(assess(record(task, function)).mistakes) == ["db-row", "dw-mean"]


def test_mistake_of_the_other_table():
    """eps-dropped is a mistake of batchnorm_backward. An answer to batchnorm_backward_alt may have it, too."""
    assert "eps-dropped" not in stored.sentences()["batchnorm_backward_alt"]
    mistake = next(one for one in MISTAKES if (one.task, one.id) == ("batchnorm_backward", "eps-dropped"))
    judged = assess(record("batchnorm_backward_alt", mistaken(mistake, mistake.variants[0])))
    assert judged.mistakes == ["eps-dropped"] and judged.lines[-1] == f"This looks like: {mistake.sentence}"


def test_counter_beside_data_from_outside():
    """A shared counter is named although its answer keeps data outside its arguments."""
    source = """
        count = 0

        def adam(w, dw, config=None):
            global count
            config = config or {}
            learning_rate, epsilon = config.setdefault("learning_rate", 1e-3), config.setdefault("epsilon", 1e-8)
            beta1, beta2 = config.setdefault("beta1", 0.9), config.setdefault("beta2", 0.999)
            count += 1
            config["t"] = count
            config["m"] = beta1 * config.get("m", np.zeros_like(w)) + (1 - beta1) * dw
            config["v"] = beta2 * config.get("v", np.zeros_like(w)) + (1 - beta2) * dw**2
            m, v = config["m"] / (1 - beta1**count), config["v"] / (1 - beta2**count)
            return w - learning_rate * m / (np.sqrt(v) + epsilon), config
    """
    assert mistakes_in("adam", source) == ["one-counter-for-all-parameters"]
