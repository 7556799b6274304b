"""The command that runs the tests as other processors would compute: do its rows say what really ran?"""

import os
import platform
import subprocess
import sys

import pytest

from tests import machines
from tests.helpers.paths import ROOT

pytestmark = pytest.mark.slow

HERE = machines.probe({})
x86 = pytest.mark.skipif(
    platform.machine() not in ("x86_64", "AMD64") or HERE["core"] is None, reason="OpenBLAS on x86 alone has these"
)


def run(*arguments, **variables):
    return subprocess.run(
        [sys.executable, "-m", "tests.machines", "--no-notebooks", *arguments],
        cwd=ROOT, env={**os.environ, **variables}, capture_output=True, text=True,
    )  # fmt: skip


@pytest.fixture
def one_test(tmp_path):
    """Writes a test file with this one assertion and returns its path."""

    def write(assertion):
        path = tmp_path / "test_one.py"
        path.write_text(f"import os\n\ndef test_one():\n    assert {assertion}\n", encoding="utf-8")
        return str(path)

    return write


def test_every_numerical_test_is_there():
    for name in machines.NUMERICAL_TESTS:
        assert (ROOT / "tests" / name).exists(), name
    assert set(machines.SLOW_TESTS) <= set(machines.NUMERICAL_TESTS)
    assert set(machines.QUICK_NOTEBOOKS) <= set(machines.read_notebooks())


@x86
@pytest.mark.parametrize("core", machines.CORES)
def test_the_kernels_in_force_are_those_of_the_row(core):
    reason = machines.why_not(core, HERE)
    if reason:
        pytest.skip(reason)
    found = machines.probe(machines.setting(1, core))
    assert machines.SAME_KERNELS.get(found["core"], found["core"]) == core and found["threads"] == 1


@x86
def test_other_kernels_give_other_bits():
    bits = {machines.probe(machines.setting(1, core))["blas_bits"] for core in ("Prescott", "Nehalem")}
    assert len(bits) == 2


@x86
def test_a_core_type_that_cannot_run_is_said_and_has_no_row():
    old = {**HERE, "features": ["SSE3", "SSE42"]}
    rows, impossible = machines.plan(old, ["Prescott", "Haswell", "SkylakeX"], [1], [])
    assert "Prescott" in {row.name for row in rows} and not {"Haswell", "SkylakeX"} & {row.name for row in rows}
    assert impossible == [
        "Haswell: this processor has no AVX2 and no FMA3", "SkylakeX: this processor has no AVX-512"
    ]  # fmt: skip
    assert machines.lowered({**old, "dispatched": []}) == ([], ["NumPy without X86_V4: this processor has no AVX-512"])


def test_without_openblas_the_threads_are_what_is_left():
    apple = {**HERE, "core": None, "blas": {"name": "accelerate"}}
    rows, impossible = machines.plan(apple, ["Prescott"], [1], [])
    assert [(row.name, row.threads) for row in rows] == [("as it is", 1)]
    assert impossible == ["Prescott: NumPy computes with accelerate here, not with OpenBLAS"]


@pytest.mark.parametrize("name", ["NONSENSE", "AVX512_SKX" if "X86_V4" in HERE["dispatched"] else "X86_V4"])
def test_a_feature_that_changes_nothing_is_refused(name, one_test):
    result = run("--cores", "--disable", name, "--tests", one_test("True"))
    assert result.returncode == 2 and f"--disable {name}: changes nothing" in result.stderr.splitlines()[-1]


def test_a_lowered_row_has_other_features():
    features, impossible = machines.lowered(HERE)
    for names in features:
        found = machines.probe(machines.setting(1, features=names))
        assert not set(names.split()) & set(found["features"])
        assert found["numpy_bits"] != HERE["numpy_bits"]
    assert features or impossible


@x86
def test_a_row_that_fails_gives_exit_code_1_and_is_named(one_test):
    only_one_thread = one_test('os.environ["OPENBLAS_NUM_THREADS"] == "1"')
    arguments = ["--cores", "Prescott", "--disable", "", "--tests", only_one_thread]
    # A choice of the machine's own does not get into a row.
    failing = run(*arguments, "--threads", "1", "2", OPENBLAS_CORETYPE="Nehalem")
    if "Prescott, threads: 2: OpenBLAS here starts 1" in failing.stdout:
        pytest.skip("one processor")
    assert failing.returncode == 1, failing.stdout + failing.stderr
    assert "FAILED  Prescott, threads: 2: " in failing.stdout and "test_one" in failing.stdout
    assert "FAILED  Prescott, threads: 1: " not in failing.stdout, failing.stdout
    passing = run(*arguments, "--threads", "1")
    assert passing.returncode == 0 and "FAILED" not in passing.stdout, passing.stdout + passing.stderr


def test_tests_that_cannot_run_count_as_a_failure(tmp_path):
    row = machines.Row("", 1, machines.setting(1))
    machines.run_tests(row, [str(tmp_path / "test_missing.py")], tmp_path)
    assert row.tests == (0, 1) and "pytest ended with code 4" in row.failures[0]
