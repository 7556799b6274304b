"""check() at work for a person, in real kernels: endless loops, the Stop button, renamed answers, drawings, hints."""

import pytest

from tests.helpers.kernels import SOFTMAX, kernel_with

pytestmark = pytest.mark.kernel

WRONG = "def softmax(x):\n    return x\n"
ENDLESS = "def softmax(x):\n    n = 0\n    while n >= 0:\n        n += 1\n    return x\n"


@pytest.fixture(scope="module")
def kernel(tmp_path_factory):
    kernel = kernel_with(tmp_path_factory.mktemp("session"), automated=False)
    yield kernel
    kernel.close()


@pytest.mark.parametrize("helper", [False, True])
def test_endless_loop_is_said_with_its_line_and_stop_ends_it_in_one_line(kernel, helper):
    kernel.run("import cs231n.assignment.watched\ncs231n.assignment.watched.PATIENCE = 1.0")
    if helper:
        kernel.run(ENDLESS.replace("softmax", "count"))
        kernel.run("def softmax(x):\n    return count(x)\n")
    else:
        kernel.run(ENDLESS)
    text, errors = kernel.run("check(softmax)", interrupt_after="The Stop button ends it")
    said = text.strip()
    assert said.startswith("note  softmax is still running after 1 s. It is at your line `")
    assert said.count("\n") == 0 and any(f"`{line}`" in said for line in ("while n >= 0:", "n += 1"))
    assert len(errors) == 1 and errors[0].startswith("CheckFailed: softmax: stopped at your line `")
    kernel.run(SOFTMAX)
    text, errors = kernel.run("check(softmax)")
    assert not errors and "still running" not in text


@pytest.mark.parametrize(
    "given, sentence",
    [
        ('"softmax"', "check() takes the function itself, such as check(softmax); the tasks are softmax, "),
        ("soft_max", "no task asks for a function named soft_max; the tasks are softmax, "),
        ("functools.partial(soft_max)", "no task's name stands for this object in the notebook; the tasks are softmax"),
    ],
)
def test_an_argument_that_is_no_answer_is_refused_in_one_line(kernel, given, sentence):
    kernel.run("import functools\ndef soft_max(x):\n    return x\n")
    text, (error,) = kernel.run(f"check({given})")
    assert text == "" and error.startswith(f"CheckFailed: {sentence}") and "\n" not in error


def test_in_a_browser_the_line_is_left_out(kernel):
    kernel.run("cs231n.assignment.watched.in_browser = lambda: True")
    kernel.run("import time\ndef softmax(x):\n    time.sleep(0.1)\n    return x")
    text, errors = kernel.run("cs231n.assignment.watched.PATIENCE = 0.01\ncheck(softmax)")
    assert errors and "FAIL" in text and "still running" not in text
    kernel.run("del cs231n.assignment.watched.in_browser\nfrom cs231n.support.place import in_browser")
    kernel.run("cs231n.assignment.watched.in_browser = in_browser\ncs231n.assignment.watched.PATIENCE = 1.0")


def test_function_that_takes_long_in_the_library_is_said_without_a_line(kernel):
    kernel.run("import time\nsoftmax = lambda x: time.sleep(60)")
    text, errors = kernel.run("check(softmax)", interrupt_after="The Stop button ends it")
    assert "softmax is still running after 1 s" in text and len(errors) == 1


DOCSTRING = SOFTMAX.replace("Mine.", "Softmax along the rows, without overflow.")


@pytest.mark.parametrize("renamed", [DOCSTRING.replace("softmax", "my_softmax"), DOCSTRING.replace("softmax", "soft")])
def test_renamed_function_is_not_judged_by_its_predecessor(kernel, renamed):
    kernel.run(DOCSTRING)
    kernel.run(renamed)
    text, errors = kernel.run("check(softmax)")
    name = renamed.split("(")[0].split()[-1]
    assert f"did not define it: it defines {name}. What is checked here" in " ".join(text.split())
    assert "note  not saved, since it is not what you wrote last" in text and not errors


def test_another_function_that_uses_the_answer_is_not_taken_for_it(kernel):
    kernel.run(DOCSTRING)
    kernel.run("def softmax_with_temperature(x, T):\n    return softmax(x / T)")
    text, errors = kernel.run("check(softmax)")
    assert not errors and "did not define it" not in text


def test_hints_come_for_wrong_numbers_and_not_for_errors_of_python(kernel):
    for source in (
        "def softmax(x):\n    return np.expp(x)",
        "def softmax(x):\n    return exp(x)",
        "def softmax(x): pass",
    ):
        kernel.run(source)
        texts = [kernel.run("check(softmax)")[0] for _ in range(8)]
        assert not any("Hint" in text for text in texts)
    kernel.run(WRONG)
    texts = [kernel.run("check(softmax)")[0] for _ in range(3)]
    assert ["Hint 1 of" in text for text in texts] == [False, False, True]


def test_wrong_array_is_drawn_beside_the_text(kernel):
    kernel.run(WRONG)
    text, errors = kernel.run("check(softmax)")
    (html,) = kernel.html
    assert errors and "The smallest example that shows it:" in text
    assert html.count("<table") == 3 and all(word in html for word in ("p, yours", "p, right", "difference"))
    assert "<script" not in html and "0.2689" in html
    kernel.run(SOFTMAX)
    kernel.run("check(softmax)")
    assert kernel.html == []


def test_array_of_a_named_mistake_is_drawn_with_the_inputs(kernel):
    kernel.run("def softmax(x):\n    return np.exp(x) / np.exp(x).sum(axis=1, keepdims=True)")
    text, errors = kernel.run("check(softmax)")
    (html,) = kernel.html
    assert errors and "This looks like" in text and "The smallest example" not in text
    assert "<pre>x = [[1000, 0], [-1000, -999]]</pre>" in html and "nan" in html


def test_nothing_is_drawn_and_no_time_is_said_in_an_automated_run(tmp_path):
    kernel = kernel_with(tmp_path, automated=True)
    try:
        kernel.run("import time, cs231n.assignment.watched\ncs231n.assignment.watched.PATIENCE = 0.01")
        kernel.run("def softmax(x):\n    time.sleep(0.02)\n    return x")
        text, errors = kernel.run("check(softmax)")
        assert errors and kernel.html == [] and "still running" not in text
    finally:
        kernel.close()
