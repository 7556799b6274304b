"""Two notebooks that save answers at the same time lose none, and neither does a process that is killed."""

import contextlib
import json
import subprocess
import sys
import threading

import pytest

from cs231n.assignment import check
from cs231n.assignment.actions import TASKS
from cs231n.assignment.saving import answer_files
from tests.helpers.answers import function_from
from tests.helpers.kernels import RELU, SOFTMAX, kernel_with
from tests.helpers.paths import ROOT
from tests.helpers.saving_child import code_of

ROUNDS = 30
SAVE = [sys.executable, "-m", "tests.helpers.saving_child"]


@contextlib.contextmanager
def two_processes():
    """Two processes that save answers when they are told to."""
    children = [
        subprocess.Popen(SAVE, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(2)
    ]
    try:
        yield children
    finally:
        for child in children:
            child.kill()
            child.communicate()


def tell(child, *order):
    child.stdin.write(json.dumps(order) + "\n")
    child.stdin.flush()


def test_two_processes_that_save_different_answers_lose_none(saved, tmp_path, monkeypatch):
    names = list(TASKS)
    with two_processes() as children:
        for number in range(ROUNDS):
            folder = tmp_path / str(number)
            for child, its_own in zip(children, (names[::2], names[1::2])):
                tell(child, str(folder), its_own, "word")
            assert [child.stdout.readline() for child in children] == ["saved\n"] * 2
            monkeypatch.setenv("CS231N_ANSWERS", str(folder))
            problems = {}
            assert list(answer_files.read(problems)) == names and not problems
            assert sorted(path.name for path in folder.iterdir()) == sorted(f"{name}.py" for name in names)


def test_two_processes_that_save_the_same_answer_leave_one_whole_file(saved):
    texts = {answer_files.compose("softmax", code_of("softmax", word)).text for word in ("one", "two")}
    with two_processes() as children:
        for child, word in zip(children, ("one", "two")):
            tell(child, str(saved), ["softmax"] * ROUNDS, word)
        seen = set()
        waiting = threading.Thread(target=lambda: [child.stdout.readline() for child in children])
        waiting.start()
        while waiting.is_alive():  # a reader in between meets a whole file, too
            seen |= {source.text for source in answer_files.read().values()}
        waiting.join()
    assert seen and seen <= texts and answer_files.read()["softmax"].text in texts
    assert [path.name for path in saved.iterdir()] == ["softmax.py"]


@pytest.mark.kernel
def test_two_kernels_that_check_at_the_same_time_save_both_answers(tmp_path):
    kernels = [kernel_with(tmp_path, automated=False) for _ in range(2)]
    texts = []

    def work(kernel, name, source):
        kernel.run(source)
        again = f"import os, time\nfor _ in range(5):\n    check({name})\n    os.unlink('my_answers/{name}.py')\n"
        texts.append(kernel.run(f"{again}check({name})"))

    try:
        answers = (("softmax", SOFTMAX), ("relu_backward", RELU))
        threads = [threading.Thread(target=work, args=(kernel, *answer)) for kernel, answer in zip(kernels, answers)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        for kernel in kernels:
            kernel.close()
    assert not any(errors for _, errors in texts) and [text.count("note  saved in") for text, _ in texts] == [6, 6]
    assert sorted(path.name for path in (tmp_path / "my_answers").iterdir()) == ["relu_backward.py", "softmax.py"]


KILLED = """
import os, sys, time
from cs231n.assignment.saving import answer_files

def wait(*arguments):
    print("in the middle", flush=True)
    time.sleep(60)

setattr(os, sys.argv[1], wait)
answer_files.write(sys.argv[2], answer_files.compose(sys.argv[2], f"def {sys.argv[2]}(*arguments):\\n    return 1\\n"))
"""


@pytest.mark.parametrize("name", ["softmax", "relu_backward"])
@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_process_that_is_killed_in_the_middle_of_a_write_loses_nothing(saved, tmp_path, call, name):
    check(function_from(SOFTMAX, "softmax", tmp_path))
    before = (saved / "softmax.py").read_bytes()
    child = subprocess.Popen([sys.executable, "-c", KILLED, call, name], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert child.stdout.readline() == "in the middle\n"
    child.kill()
    child.wait()
    child.stdout.close()
    assert (saved / "softmax.py").read_bytes() == before
    assert len(list(saved.glob(f"{name}.py.*.part"))) == 1  # the unfinished file is left beside it
    assert answer_files.read().keys() == {"softmax"}
    check(function_from(RELU, "relu_backward", tmp_path))
    assert answer_files.read().keys() == {"softmax", "relu_backward"}
