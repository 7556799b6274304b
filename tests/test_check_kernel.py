"""check() and saved answers in real kernels: what a person at a notebook sees, and what an automated run does."""

import os
from pathlib import Path

import pytest
from jupyter_client.manager import start_new_kernel

from cs231n.assignment import answers

ROOT = Path(__file__).resolve().parent.parent


class Kernel:
    """A real IPython kernel, run cell by cell."""

    def __init__(self, environment, folder):
        self.manager, self.client = start_new_kernel(env=environment, cwd=str(folder))

    def run(self, source):
        """The cell's text on stdout, and its error's traceback lines."""
        text, errors = [], []

        def collect(message):
            if message["msg_type"] == "stream" and message["content"]["name"] == "stdout":
                text.append(message["content"]["text"])
            if message["msg_type"] == "error":
                errors.extend(message["content"]["traceback"])

        self.client.execute_interactive(source, timeout=60, output_hook=collect)
        return "".join(text), errors

    def close(self):
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)


def kernel_with(folder, automated):
    machine = ("CS231N_AUTOMATED", "CI", "PYTEST_VERSION", "PYTEST_CURRENT_TEST")
    environment = {key: value for key, value in os.environ.items() if key not in machine}
    environment |= {"PYTHONPATH": str(ROOT), "CS231N_ANSWERS": str(folder / "my_answers.py")}
    environment |= {"IPYTHONDIR": str(folder / "ipython")}
    environment |= {"CS231N_AUTOMATED": "1"} if automated else {}
    kernel = Kernel(environment, folder)
    kernel.run("import numpy as np\nfrom cs231n import layers\nfrom cs231n.assignment import check, use_my_answers")
    return kernel


SOFTMAX = '''
def softmax(x):
    """Mine."""
    e = np.exp(x - x.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)
'''
RELU = "def relu_backward(dout, cache):\n    return np.where(cache > 0, dout, 0)\n"


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
    assert not errors and text.endswith("note  saved in my_answers.py; the library now runs on your softmax\nMine.\n")
    interactive.run("%%time\n" + RELU)
    text, errors = interactive.run("check(relu_backward)")
    assert not errors and "note  not saved: this function's source cannot be read" in text
    text, errors = interactive.run("use_my_answers()")
    assert not errors and text.startswith("softmax: yours\nsoftmax_jacobian: the reference's\n")


def test_automated_kernel_saves_and_loads_nothing(tmp_path):
    (tmp_path / "my_answers.py").write_text("# --- task 1.1: softmax ---\n" + SOFTMAX, encoding="utf-8")
    before = (tmp_path / "my_answers.py").read_bytes()
    kernel = kernel_with(tmp_path, automated=True)
    try:
        assert kernel.run("use_my_answers()") == (answers.NOTHING_SAVED + "\n", [])
        kernel.run(RELU)
        text, errors = kernel.run("check(relu_backward)\nprint(layers.softmax.__doc__[:8])")
        assert not errors and "note" not in text and text.endswith("Softmax \n")
    finally:
        kernel.close()
    assert (tmp_path / "my_answers.py").read_bytes() == before
