"""The rules name a whole family of mistakes, however it is written, and say nothing of answers that only look alike."""

import json
import re
import textwrap

import numpy as np
import pytest

from cs231n.assignment.actions import TASKS
from cs231n.assignment.cases.tables import CASES
from cs231n.assignment.diagnosis import adam_rules, softmax_rules
from cs231n.assignment.diagnosis.rules import find_by_rule
from cs231n.grading.mistakes.catalogue import MISTAKES
from tests.helpers.naming import observe
from tests.helpers.paths import ROOT


def sentence_about(task, source):
    namespace = {"np": np}
    exec(textwrap.dedent(source), namespace)
    known = find_by_rule(task, observe(task, namespace[task]))
    return known and known.sentence


def softmax_with(shift, body="e / e.sum(axis=1, keepdims=True)"):
    return f"def softmax(x):\n    e = np.exp({shift})\n    return {body}"


NO_SHIFT_IN_SOFTMAX = [
    softmax_with("x"),
    softmax_with("x", "np.nan_to_num(e / e.sum(axis=1, keepdims=True), posinf=0)"),
    "def softmax(x):\n    return np.array([np.exp(r) / np.sum(np.exp(r)) for r in x])",
]


@pytest.mark.parametrize("source", NO_SHIFT_IN_SOFTMAX)
def test_softmax_without_a_shift(source):
    assert sentence_about("softmax", source).startswith(softmax_rules.SOFTMAX_WITHOUT_SHIFT)


def test_softmax_with_one_maximum():
    for shift in ("x - x.max()", "x - np.amax(np.amax(x, axis=1))"):
        assert sentence_about("softmax", softmax_with(shift)).startswith(softmax_rules.ONE_MAXIMUM)


@pytest.mark.parametrize(
    "shift",
    [
        "x - x.max(axis=1, keepdims=True)",  # right
        "x - x.mean(axis=1, keepdims=True)",
        "x - x.min(axis=1, keepdims=True)",
        "x - x.max(axis=0, keepdims=True)",
        "x + x.max(axis=1, keepdims=True)",
        "np.clip(x, -700, 700)",
        "x.astype(np.float32)",
        "1.5 * x",
        "x - np.where(x.max(axis=1, keepdims=True) > 0, x.max(axis=1, keepdims=True), 0)",  # fails far below 0 only
        "x - np.where(x.max(axis=1, keepdims=True) < 0, x.max(axis=1, keepdims=True), 0)",  # fails far above 0 only
    ],
)
def test_softmax_that_only_looks_alike(shift):
    assert sentence_about("softmax", softmax_with(shift)) is None


LOSS = """
    def softmax_loss(x, y):
        N = x.shape[0]
        rows = np.arange(N)
        z = {shift}
        p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
        py = p[rows, y][:, None]
        onehot = np.eye(x.shape[1])[y]
        loss = {loss}
        dx = {dx}
        return loss, dx
"""
RIGHT = {"shift": "x - x.max(axis=1, keepdims=True)", "dx": "(p - onehot) / N"}
MEAN_LOG = "-np.mean(np.log(p[rows, y]))"
LOG_SUM_EXP = "np.mean(np.log(np.exp(z).sum(axis=1)) - z[rows, y])"
GRADIENTS = [  # other ways to write dx. Each has its own pattern of nan
    "(p - onehot) / N",
    "-1 / py * (py * (onehot - p)) / N",
    "-(1 / py) * np.where(onehot == 1, py * (1 - py), -py * p) / N",
    "np.where(onehot == 1, p - 1, p) / N",
    "(np.exp(z) / np.exp(z).sum(axis=1)[:, None] - onehot) / N",
    "np.nan_to_num(p - onehot) / N",
    "np.array([p[i] - onehot[i] for i in range(N)]) * (1 / N)",
]


def loss_with(**parts):
    return LOSS.format(**{**RIGHT, "loss": LOG_SUM_EXP, **parts})


@pytest.mark.parametrize("dx", GRADIENTS)
@pytest.mark.parametrize("loss", [MEAN_LOG, LOG_SUM_EXP, "np.mean(np.log(np.exp(z).sum(1) / np.exp(z[rows, y])))"])
def test_loss_without_a_shift_whatever_its_pattern_of_nan(loss, dx):
    said = sentence_about("softmax_loss", loss_with(shift="x", loss=loss, dx=dx))
    assert said == f'{softmax_rules.LOSS_WITHOUT_SHIFT} Look at "{TASKS["softmax"].heading}".'


@pytest.mark.parametrize("dx", GRADIENTS)
@pytest.mark.parametrize("loss", [MEAN_LOG, LOG_SUM_EXP])
def test_loss_with_one_maximum(loss, dx):
    said = sentence_about("softmax_loss", loss_with(shift="x - np.max(x)", loss=loss, dx=dx))
    assert said.startswith(softmax_rules.ONE_MAXIMUM)


@pytest.mark.parametrize("dx", GRADIENTS)
def test_log_of_a_probability_that_underflows(dx):
    assert sentence_about("softmax_loss", loss_with(loss=MEAN_LOG, dx=dx)).startswith(softmax_rules.LOG_OF_P)
    every = "-np.sum(onehot * np.log(p)) / N"
    assert sentence_about("softmax_loss", loss_with(loss=every, dx=dx)).startswith(softmax_rules.LOG_OF_EVERY_P)


def test_second_mistake_of_scale_is_said_too():
    not_averaged = {"loss": "-np.sum(np.log(p[rows, y]))", "dx": "p - onehot"}
    both = "loss and dx are without the factor 1/N. Besides, "
    said = sentence_about("softmax_loss", loss_with(shift="x", **not_averaged))
    assert said.startswith(both + softmax_rules.LOSS_WITHOUT_SHIFT)
    assert sentence_about("softmax_loss", loss_with(**not_averaged)).startswith(both + softmax_rules.LOG_OF_P)
    said = sentence_about("softmax_loss", loss_with(shift="x", dx="p - onehot"))
    assert said.startswith("dx is without the factor 1/N. Besides, no maximum is taken away")
    said = sentence_about("softmax_loss", loss_with(shift="x", loss=LOG_SUM_EXP + " / N"))
    assert said.startswith("the loss is divided by N twice. Besides, no maximum is taken away")
    said = sentence_about("softmax_loss", loss_with(shift="x", loss=LOG_SUM_EXP + " * N", dx="(p - onehot) / N**2"))
    assert said.startswith("the loss is without the factor 1/N, and dx is divided by N twice. Besides, no maximum")


def test_sentences_contain_those_of_the_table():
    """The grader finds the name of a mistake by its sentence in the table."""
    for task, source, name in (
        ("softmax_loss", loss_with(shift="x", dx="p - onehot"), "no-shift"),
        ("softmax_loss", loss_with(loss=PATCHED[0].format("1e-8")), "log-of-p-plus-a-bit"),
        (
            "softmax_loss",
            loss_with().replace("np.eye(x.shape[1])", "np.eye(max(y) + 1)"),
            "classes-counted-in-the-labels",
        ),
        ("adam", adam_with(*SHARED[0]), "one-counter-for-all-parameters"),
    ):
        (sentence,) = [mistake.sentence for mistake in MISTAKES if (mistake.task, mistake.id) == (task, name)]
        assert sentence_about(task, source).endswith(sentence)


PATCHED = ["-np.mean(np.log(p[rows, y] + {}))", "-np.mean(np.log(np.maximum(p[rows, y], {})))",
           "-np.log(np.clip(p[rows, y], {}, 1)).mean()",
           "-np.mean(np.log(np.where(p[rows, y] == 0, {}, p[rows, y])))"]  # fmt: skip


@pytest.mark.parametrize("patch", PATCHED)
@pytest.mark.parametrize(
    "number, text, limit",
    [
        ("1e-18", "1e-18", "41.4"), ("1e-60", "1e-60", "138"), ("1e-10", "1e-10", "23"), ("1e-8", "1e-08", "18.4"),
        ("5e-7", "5e-07", "14.5"), ("1e-5", "1e-05", "11.5"), ("1e-150", "1e-150", "345"), ("1e-300", "1e-300", "691"),
        ("np.finfo(float).eps", "2.22e-16", "36"), ("np.finfo(float).tiny", "2.23e-308", "708"),
    ],
)  # fmt: skip
def test_number_that_patches_the_logarithm_is_found(patch, number, text, limit):
    said = sentence_about("softmax_loss", loss_with(loss=patch.format(number)))
    assert said.startswith(
        f"the logarithm of 0 is replaced by that of about {text}, so such a row has the loss {limit}: a "
    )


def test_patch_is_found_in_a_loss_that_is_not_averaged():
    said = sentence_about("softmax_loss", loss_with(loss="-np.sum(np.log(p[rows, y] + 1e-12))"))
    assert (
        "the loss is without the factor 1/N. Besides, the logarithm of 0 is replaced by that of about 1e-12, so" in said
    )


@pytest.mark.parametrize(
    "parts",
    [
        {},  # right
        {"loss": "np.minimum(np.log(np.exp(z).sum(1)) - z[rows, y], 50).mean()", "dx": "(p - onehot) / N * 1.5"},
        {"loss": "-np.mean(np.maximum(np.log(p[rows, y] + 1e-10), -3))"},  # wrong on ordinary scores too
        {"loss": LOG_SUM_EXP + " + 1e-3 * np.sum(x**2)"},
        {"loss": "np.nan_to_num(-np.mean(np.log(p[rows, y])))"},  # the largest number, and no number inside the log
        {"loss": MEAN_LOG, "dx": "(p + onehot) / N"},
        {"shift": "np.clip(x, -700, 700)"},
        {"shift": "x - x.mean(axis=1, keepdims=True)"},
        {"shift": "x - x.max(axis=0)"},
        {"shift": "x", "dx": "p * (onehot - p) / N"},
        {"loss": MEAN_LOG + " if np.all(p[rows, y] > 0) else 100.0 * N"},
    ],
)
def test_loss_that_only_looks_alike(parts):
    assert sentence_about("softmax_loss", loss_with(**parts)) is None


COUNTS = ["len(np.bincount(y))", "np.max(y) + 1", "len(set(y.tolist()))"]


@pytest.mark.parametrize("count", COUNTS[:2])
def test_number_of_classes_taken_from_the_labels(count):
    source = loss_with().replace("np.eye(x.shape[1])", f"np.eye({count})")
    assert sentence_about("softmax_loss", source).startswith(softmax_rules.CLASSES_FROM_LABELS)


def test_other_exceptions_are_not_taken_for_a_number_of_classes():
    assert sentence_about("softmax_loss", loss_with().replace("np.eye(x.shape[1])", f"np.eye({COUNTS[2]})")) is None
    assert sentence_about("softmax_loss", loss_with(shift="undefined")) is None
    assert sentence_about("softmax_loss", loss_with() + "        if len(x) == 1: raise ValueError") is None
    wrong_too = loss_with(dx="(p + onehot) / N").replace("np.eye(x.shape[1])", "np.eye(np.max(y) + 1)")
    assert sentence_about("softmax_loss", wrong_too) is None


ADAM = """
    {before}
    def adam(w, dw, config=None{argument}):
        c = {{}} if config is None else config
        for key, value in dict(learning_rate=1e-3, beta1=0.9, beta2=0.999, epsilon=1e-8, m=0 * w, v=0 * w, t=0).items():
            c.setdefault(key, value)
        {count}
        c["m"] = c["beta1"] * c["m"] + (1 - c["beta1"]) * dw
        c["v"] = c["beta2"] * c["v"] + (1 - c["beta2"]) * dw**2
        m, v = c["m"] / (1 - c["beta1"] ** t), c["v"] / (1 - c["beta2"] ** t)
        return w - c["learning_rate"] * m / (np.sqrt(v) + c["epsilon"]), c
"""
SHARED = [
    ("t = 0", "", "global t; t += 1"),
    ("", ", counter=[0]", "counter[0] += 1; t = counter[0]"),
    ("", "", 'adam.t = getattr(adam, "t", 0) + 1; t = c["t"] = adam.t'),
    ("steps = {}", "", 'steps["t"] = steps.get("t", 0) + 1; t = steps["t"]; c["t"] = t'),
    ("made = [0]", "", 'made[0] += 1; c["t"] += 1; t = c["t"] if c["t"] == 6 else made[0]'),  # a given t is used
]


def adam_with(before, argument, count):
    return ADAM.format(before=before, argument=argument, count=count)


@pytest.mark.parametrize("parts", SHARED)
def test_counter_that_all_parameters_share(parts):
    said = sentence_about("adam", adam_with(*parts))
    assert said == f'{adam_rules.SHARED_COUNTER} Look at "{TASKS["adam"].heading}".'


@pytest.mark.parametrize(
    "count",
    [
        'c["t"] += 1; t = c["t"]',  # right
        'c["t"] += 1; t = c["t"] + 1',
        't = c["t"] = 1',
        't = max(c["t"], 1); c["t"] = t + 1',
        'c["t"] += 1; t = c["t"] + 3 * (config is not None and "beta1" not in config)',
        'c["t"] += 2; t = c["t"]',
    ],
)
def test_counter_that_is_only_wrong(count):
    assert sentence_about("adam", adam_with("", "", count)) is None


def test_results_of_any_kind_are_no_evidence():
    for task in ("softmax", "softmax_loss", "adam"):
        for value in (None, "text", [[1.0], [2.0, 3.0]], {}, object(), np.zeros(3), 1j):
            outputs = dict.fromkeys(("p", "loss", "dx", "next_w"), value)
            assert find_by_rule(task, dict.fromkeys(CASES[task], outputs)) is None
        assert find_by_rule(task, dict.fromkeys(CASES[task])) is None
    assert find_by_rule("relu_backward", {}) is None


def test_headings_are_in_the_notebook():
    """Every sentence ends with a section that the notebook of its task has."""
    spoken = [
        ("softmax", NO_SHIFT_IN_SOFTMAX[0]),
        ("softmax", softmax_with("x - x.max()")),
        ("softmax_loss", loss_with(shift="x")),
        ("softmax_loss", loss_with(shift="x - x.max()")),
        ("softmax_loss", loss_with(loss=MEAN_LOG)),
        ("softmax_loss", loss_with(loss=PATCHED[0].format("1e-8"))),
        ("softmax_loss", loss_with().replace("np.eye(x.shape[1])", "np.eye(np.max(y) + 1)")),
        ("adam", adam_with(*SHARED[0])),
    ]
    for task, source in spoken:
        where = re.search(r'Look at "(.+)"\.$', sentence_about(task, source))
        cells = json.loads((ROOT / "notebooks" / TASKS[task].notebook).read_text(encoding="utf-8"))["cells"]
        text = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
        headings = [re.sub(r"[`$]", "", line.lstrip("#").strip()) for line in text.split("\n") if line.startswith("#")]
        assert where and where[1] in headings
