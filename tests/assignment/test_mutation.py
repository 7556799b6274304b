"""check() catches the mutants of every right answer. Here is a sample; ``python -m tests.mutation`` tries all.

With ``--exhaustive`` the sample is larger.
"""

import functools
import subprocess
import sys
import time

import pytest

from cs231n.assignment.actions import TASKS
from tests.helpers.paths import ROOT
from tests.mutation import __main__ as command
from tests.mutation import judge
from tests.mutation.equivalent import EQUIVALENT, equivalent_lines, reason_for
from tests.mutation.operators import Mutant, mutants

SAMPLE_STEP, EXHAUSTIVE_STEP = 8, 2  # every eighth mutant is tried, or every second
pytestmark = pytest.mark.filterwarnings("ignore::SyntaxWarning")  # some mutants are odd Python


@functools.cache
def mutants_of(task):
    return judge.mutants_of(task)


@pytest.mark.slow
@pytest.mark.parametrize("task", TASKS)
def test_mutants_are_caught(task, exhaustive):
    step = EXHAUSTIVE_STEP if exhaustive else SAMPLE_STEP
    wrong = [mutant for mutant in mutants_of(task)[::step] if reason_for(task, mutant) is None]
    assert wrong
    survivors = [f"{mutant.old}  ->  {mutant.new}" for mutant in wrong if judge.passes(task, mutant)]
    assert not survivors


@pytest.mark.slow
@pytest.mark.parametrize("task", TASKS)
def test_mutants_that_are_listed_as_right_occur_and_pass(task):
    right = [mutant for mutant in mutants_of(task) if reason_for(task, mutant)]
    caught = [f"{mutant.old}  ->  {mutant.new}" for mutant in right if not judge.passes(task, mutant)]
    assert not caught
    for line in equivalent_lines(task):
        assert any(mutant.new.startswith(line.removesuffix("...")) for mutant in right), f"no mutant is {line}"


def test_recorded_result_is_that_of_these_mutants():
    assert set(EQUIVALENT) == set(TASKS)
    counts = {
        task: (len(mutants_of(task)), sum(reason_for(task, mutant) is not None for mutant in mutants_of(task)))
        for task in TASKS
    }
    assert command.table(counts) in command.README.read_text(encoding="utf-8"), "run python -m tests.mutation --record"


@pytest.mark.slow
def test_command_counts_mutants_and_lists_the_ones_that_pass(monkeypatch, capsys):
    run = subprocess.run(  # as a program, since its child processes import the module anew
        [sys.executable, "-m", "tests.mutation", "relu_backward"], cwd=ROOT, capture_output=True, text=True, timeout=300
    )
    assert (run.returncode, run.stdout) == (0, "relu_backward: 28 mutants, 26 caught, 2 pass\n"), run.stderr
    monkeypatch.setattr(command, "reason_for", lambda task, mutant: None)
    assert command.main(["relu_backward", "--sample", "1"]) == 1
    out = capsys.readouterr().out
    assert out.count("relu_backward: a mutant passes, and is not listed as right") == 2 and "(x >= 0)" in out
    with pytest.raises(SystemExit):
        command.main(["relu_forward"])
    assert "no task is named relu_forward; the tasks are softmax," in capsys.readouterr().err
    with pytest.raises(SystemExit):
        command.main(["relu_backward", "--record"])
    assert "--record goes with all tasks and all mutants" in capsys.readouterr().err


SOURCE = '''
def f(x, y, flag=None):
    """A docstring is not mutated."""
    total = np.sum(x[:, None] * -y, axis=1, keepdims=True)
    total[0] += 0.5
    for i in range(3):
        total = total.copy()
    return (total if flag is not None and i > -1 else y), {"a": x, "b": y}
'''


@pytest.mark.parametrize(
    "new",
    [
        "total = np.sum(x[:, None] / -y, axis=1, keepdims=True)",
        "total = np.sum(x[:, None], axis=1, keepdims=True)",
        "total = np.sum(-y, axis=1, keepdims=True)",
        "total = np.sum(x[:, None] * y, axis=1, keepdims=True)",
        "total = np.sum(x[:, None] * -y, axis=0, keepdims=True)",
        "total = np.sum(x[:, None] * -y, axis=1, keepdims=False)",
        "total = np.sum(x[:, None] * -y, axis=1)",
        "total = np.sum(x[:1, None] * -y, axis=1, keepdims=True)",
        "total = np.sum(x[:,] * -y, axis=1, keepdims=True)",
        "total = np.mean(x[:, None] * -y, axis=1, keepdims=True)",
        "total = np.sum(y[:, None] * -y, axis=1, keepdims=True)",
        "total = -np.sum(x[:, None] * -y, axis=1, keepdims=True)",
        "total[1] += 0.5",
        "total[0] -= 0.5",
        "total[0] = 0.5",
        "total[0] += 0.25",
        "pass",
        "total = total",
        "break",
        "for i in range(2):",
        "return (total if flag is None and i > -1 else y, {'a': x, 'b': y})",
        "return (total if flag is not None or i > -1 else y, {'a': x, 'b': y})",
        "return (total if flag is not None and i >= -1 else y, {'a': x, 'b': y})",
        "return (total if not (flag is not None and i > -1) else y, {'a': x, 'b': y})",
        "return (total if flag is not None and i > -1 else y, {'a': y, 'b': x})",
        "return (total if flag is not None and i > -1 else y, {'a': x})",
        "return ({'a': x, 'b': y}, total if flag is not None and i > -1 else y)",
    ],
)
def test_operators_make_this_mutant(new):
    assert new in {mutant.new for mutant in mutants(SOURCE)}


def test_mutants_are_different_programs():
    sources = [mutant.source for mutant in mutants(SOURCE)]
    assert len(set(sources)) == len(sources) > 100
    assert not any("docstring" in source for source in sources)
    for source in sources:
        compile(source, "<mutant>", "exec")


@pytest.mark.skipif(not hasattr(judge.signal, "setitimer"), reason="this system has no alarm clock")
def test_mutant_that_never_ends_counts_as_caught(monkeypatch):
    monkeypatch.setattr(judge, "SECONDS", 0.3)
    begin = time.monotonic()
    assert not judge.passes("softmax", Mutant("", "", "def softmax(x):\n    while True: pass\n"))
    assert time.monotonic() - begin < 10
