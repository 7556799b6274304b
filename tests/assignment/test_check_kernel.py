"""check() and saved answers in real kernels: for a person at a notebook, and in an automated run."""

import pytest

from cs231n.assignment import hints
from cs231n.assignment.actions import TASKS
from cs231n.assignment.saving import saved_answers
from tests.helpers.kernels import RELU, SOFTMAX, kernel_with

pytestmark = pytest.mark.kernel


@pytest.fixture(scope="module")
def interactive(tmp_path_factory):
    kernel = kernel_with(tmp_path_factory.mktemp("interactive"), automated=False)
    yield kernel
    kernel.close()


def test_kernel_shows_no_traceback(interactive):
    interactive.run("def softmax(x):\n    raise NotImplementedError")
    assert interactive.run("check(softmax)") == (
        "",
        ["CheckFailed: task 1.1, softmax: not written yet. Write it in the cell above, run that cell, then this one."],
    )
    interactive.run("def softmax(x):\n    return np.exp(x) / oops")
    text, errors = interactive.run("check(softmax)")
    assert "NameError: name 'oops' is not defined, in your line `return np.exp(x) / oops`" in " ".join(text.split())
    assert errors == ["CheckFailed: softmax: 1 property does not hold (p has the shape of x, (N, C))"]


def test_kernel_saves_installs_and_loads(interactive, tmp_path_factory):
    interactive.run(SOFTMAX)
    text, errors = interactive.run("check(softmax)\nprint(layers.softmax.__doc__)")
    assert not errors and text.endswith(
        "note  saved in my_answers/softmax.py; the library now runs on your softmax\nMine.\n"
    )
    interactive.run("%%time\n" + RELU)
    text, errors = interactive.run("check(relu_backward)")
    assert not errors and "note  not saved: this function's source cannot be read" in text
    text, errors = interactive.run("use_my_answers()")
    assert not errors and text.startswith("softmax: yours\nsoftmax_jacobian: the reference's\n")


@pytest.mark.parametrize(
    "later, why",
    [
        (SOFTMAX.replace("(x):", "(x)"), "it has a SyntaxError"),
        (SOFTMAX.replace("softmax", "Softmax"), "it defines Softmax"),
        (SOFTMAX.replace("softmax", "soft_max"), "it defines soft_max"),
        ("1 / 0\n" + SOFTMAX, "it stopped before that line"),
    ],
)
def test_older_version_of_a_function_is_named_and_not_saved(tmp_path, later, why):
    kernel = kernel_with(tmp_path, automated=False)
    try:
        wrong = "def softmax(x):\n    return x"
        kernel.run(wrong)
        kernel.run(later)
        texts = [" ".join(kernel.run("check(softmax)")[0].split()) for _ in range(5)]
        note = f"note the cell that you ran last for softmax, In[3], did not define it: {why}. What is checked here "
        assert all(text.startswith(note + "is the version of In[2] ok") and "FAIL" in text for text in texts)
        assert not any("Hint" in text for text in texts)
        kernel.run(SOFTMAX)
        kernel.run(later)
        text, errors = kernel.run("check(softmax)")
        assert not errors and text.startswith("note  the cell") and "In[10], did not define it" in text
        assert text.splitlines()[-1].startswith("note  not saved, since it is not what you wrote last")
        assert not (tmp_path / "my_answers").exists()
        kernel.run(SOFTMAX)
        text, errors = kernel.run("check(softmax)")
        assert not errors and "the cell that you ran" not in text and "saved in my_answers/softmax.py" in text
        kernel.run("def softmax_of_two(x):\n    return softmax(x)\ndel In")
        assert kernel.run("check(softmax)")[0] == text
    finally:
        kernel.close()


def test_automated_kernel_saves_and_loads_nothing(tmp_path):
    (tmp_path / "my_answers").mkdir()
    (tmp_path / "my_answers" / "softmax.py").write_text(SOFTMAX, encoding="utf-8")
    kernel = kernel_with(tmp_path, automated=True)
    try:
        assert kernel.run("use_my_answers()") == (saved_answers.NOTHING_SAVED + "\n", [])
        kernel.run(RELU)
        text, errors = kernel.run("check(relu_backward)\nprint(layers.softmax.__doc__[:8])")
        assert not errors and "note" not in text and text.endswith("Softmax \n")
    finally:
        kernel.close()
    assert [file.name for file in (tmp_path / "my_answers").iterdir()] == ["softmax.py"]
    assert (tmp_path / "my_answers" / "softmax.py").read_text(encoding="utf-8") == SOFTMAX


WRONG = "def adam(w, dw, config=None):\n    return w - 1.7e-3 * dw, {}\n"
ADAM = """
def adam(w, dw, config=None):
    c = {"learning_rate": 1e-3, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "m": 0, "v": 0, "t": 0, **(config or {})}
    c["t"] += 1
    c["m"] = c["beta1"] * c["m"] + (1 - c["beta1"]) * dw
    c["v"] = c["beta2"] * c["v"] + (1 - c["beta2"]) * dw**2
    m, v = c["m"] / (1 - c["beta1"] ** c["t"]), c["v"] / (1 - c["beta2"] ** c["t"])
    return w - c["learning_rate"] * m / (np.sqrt(v) + c["epsilon"]), c
"""


def hint_of(text):
    """The hint at the end of a check's text, or an empty string."""
    return text[text.find("Hint ") :] if "Hint " in text else ""


def test_hints_are_quoted_after_the_third_fifth_and_seventh_failure(interactive):
    interactive.run("def adam(w, dw, config=None):\n    raise NotImplementedError")
    for _ in range(3):  # a stub does not count as a failure
        assert interactive.run("check(adam)")[0] == ""
    interactive.run(WRONG)
    texts = [interactive.run("check(adam)")[0] for _ in range(9)]
    quoted = {number: hint_of(text) for number, text in enumerate(texts, 1) if hint_of(text)}
    assert quoted == {n: "\n".join(hints.quote("adam", level)) + "\n" for n, level in ((3, 1), (5, 2), (7, 3))}
    assert len({text.removesuffix(hint_of(text)) for text in texts}) == 1
    interactive.run(ADAM)
    assert not interactive.run("check(adam)")[1]
    interactive.run(WRONG)
    assert [bool(hint_of(interactive.run("check(adam)")[0])) for _ in range(3)] == [False, False, True]


def test_automated_kernel_prints_the_same_at_every_failure_and_never_a_hint(tmp_path):
    runs = []
    for number in (1, 2):
        folder = tmp_path / str(number)
        folder.mkdir()
        kernel = kernel_with(folder, automated=True)
        try:
            kernel.run(WRONG)
            kernel.run("def Adam(w, dw, config=None)")  # an automated run must not mention older versions
            runs += [kernel.run("check(adam)") for _ in range(8)]
        finally:
            kernel.close()
    assert all(run == runs[0] for run in runs)
    text, errors = runs[0]
    assert errors and "smallest example" in text and "you ran last" not in text and "Hint" not in text


def test_progress_in_a_kernel(tmp_path):
    kernel = kernel_with(tmp_path, automated=False)
    try:
        kernel.run("from cs231n.assignment import progress")
        lines = kernel.run("progress()")[0].splitlines()
        assert [line.split()[1] for line in lines[: len(TASKS)]] == list(TASKS)
        assert all(line.endswith("   open") for line in lines[: len(TASKS)])
        assert lines[-3] == (
            "0 of 14 tasks are done. Next: task 1.1, softmax, in 01_softmax_gradient.ipynb, section 2."
        )
        kernel.run(SOFTMAX)
        kernel.run("check(softmax)")
        kernel.run("%%time\n" + RELU)  # a cell with %%time has no source, so the answer is not saved
        kernel.run("check(relu_backward)")
        lines = kernel.run("progress()")[0].splitlines()
        assert lines[0].endswith("  done, saved") and lines[5].endswith("done in this session")
        assert lines[-3].startswith("2 of 14 tasks are done. Next: task 1.2, softmax_jacobian, in 01_softmax_gradient")
    finally:
        kernel.close()
    another = kernel_with(tmp_path, automated=False)
    try:
        text, errors = another.run("from cs231n.assignment import progress\nprogress()")
        assert not errors and text.count("done, saved") == 1 and "in this session" not in text
        assert text.splitlines()[-3].startswith("1 of 14 tasks are done.")
    finally:
        another.close()


def test_progress_in_an_automated_kernel_keeps_nothing(tmp_path):
    (tmp_path / "my_answers").mkdir()
    (tmp_path / "my_answers" / "softmax.py").write_text(SOFTMAX, encoding="utf-8")
    kernel = kernel_with(tmp_path, automated=True)
    try:
        kernel.run("from cs231n.assignment import progress")
        before = kernel.run("progress()")
        kernel.run(RELU)
        kernel.run("check(relu_backward)")
        assert kernel.run("progress()") == before
        assert not before[1] and "open" not in before[0] and "This is an automated run: it keeps nothing" in before[0]
    finally:
        kernel.close()
