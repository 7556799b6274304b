"""Run the numerical tests and the solved notebooks as other processors would compute them.

    python -m tests.machines [--quick] [--jobs N]

Two processors do not give the same last bits: OpenBLAS has its own multiplication for each kind of processor, and
NumPy its own exp and log. No test, claim or stored output may depend on those bits. This command makes one row per
setting: OpenBLAS's kernels for older processors, 1 and 2 BLAS threads, and NumPy without its newest instructions.
Each row runs in processes of its own. The test suite leaves these settings as the machine has them.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from cs231n.grading.publishing.notebooks import read_notebooks, solve
from cs231n.grading.publishing.refresh import write_notebook
from cs231n.support.commands import at_least_one, run
from cs231n.support.threads import limited_to
from tests.helpers.nbval_run import run_nbval
from tests.helpers.paths import ROOT

# The tests that compute with floating-point numbers, as files or folders below tests/.
NUMERICAL_TESTS = (
    "library/test_batchnorm.py", "library/test_layernorm.py", "library/test_layers.py", "library/test_network.py",
    "library/test_network_gradients.py", "library/test_optim.py", "library/test_gradient_check.py",
    "library/test_unusual_arrays.py", "library/test_data.py", "library/test_vis_utils.py",
    "library/test_cs231n_api.py", "library/test_cs231n_networks.py", "library/test_solver.py",
    "library/test_experiments.py", "library/test_warm_up.py", "assignment", "grading/mistakes",
    "grading/publishing/test_points.py",
)  # fmt: skip
SLOW_TESTS = ("assignment", "grading/mistakes")
QUICK_NOTEBOOKS = ("01_softmax_gradient.ipynb", "02_batchnorm_backward.ipynb")

# OpenBLAS's names for kinds of processors, and the features that their kernels need, under NumPy's names.
CORES = {
    "Prescott": ("SSE3",), "Nehalem": ("SSE42",), "Sandybridge": ("AVX",), "Haswell": ("AVX2", "FMA3"),
    "Zen": ("AVX2", "FMA3"), "SkylakeX": ("AVX512_SKX",),
}  # fmt: skip
SAME_KERNELS = {"Katmai": "Prescott"}  # OpenBLAS reports the older name; both have the same kernels
# What float64 exp and log use: in NumPy 2.4, and before; NumPy 2.1 falls back to AVX512F first, with the same bits.
SIMD_EXP = ("X86_V4", "AVX512_SKX", "AVX512F AVX512_SKX")
HEADS = ("setting", "threads", "kernels", "bits", "tests passed", "failed", "cells passed", "failed", "seconds")
CORE_VARIABLE, FEATURE_VARIABLE = "OPENBLAS_CORETYPE", "NPY_DISABLE_CPU_FEATURES"

# A child process reports what is really in force: OpenBLAS answers by itself, and so does NumPy.
PROBE = """
import ctypes, hashlib, json, pathlib, platform
import numpy as np
from numpy._core import _multiarray_umath as umath

def loaded_libraries():
    maps = pathlib.Path("/proc/self/maps")  # Linux: also finds a system's OpenBLAS
    if maps.exists():
        yield from {line.split()[-1] for line in maps.read_text().splitlines() if "blas" in line}
    package = pathlib.Path(np.__file__).parent
    for folder in (package.parent / "numpy.libs", package / ".dylibs"):
        yield from map(str, folder.glob("*openblas*"))

def ask(function, type_of_answer):
    for path in loaded_libraries():
        for prefix, suffix in (("scipy_", "64_"), ("scipy_", ""), ("", "64_"), ("", "")):
            try:
                call = getattr(ctypes.CDLL(path), f"{prefix}openblas_{function}{suffix}")
            except (OSError, AttributeError):
                continue
            call.restype = type_of_answer
            answer = call()
            return answer.decode() if isinstance(answer, bytes) else answer
    return None

rng = np.random.default_rng(0)
x, blas = rng.standard_normal((300, 200)), hashlib.sha256()
for a in (x, x.astype(np.float32)):
    blas.update((a @ a[:200]).tobytes())
results = [f(a) for a in (x, x.astype(np.float32)) for f in (np.exp, np.tanh, np.sin, np.sum, np.var)]
numpy = hashlib.sha256(b"".join(r.tobytes() for r in (*results, np.log(np.abs(x)))))
print(json.dumps({
    "core": ask("get_corename", ctypes.c_char_p), "threads": ask("get_num_threads", ctypes.c_int),
    "version": np.__version__, "python": platform.python_version(),
    "blas": np.show_config(mode="dicts")["Build Dependencies"]["blas"],
    "features": [name for name, there in umath.__cpu_features__.items() if there],
    "dispatched": list(umath.__cpu_dispatch__),
    "blas_bits": blas.hexdigest()[:6], "numpy_bits": numpy.hexdigest()[:6],
}))
"""


@dataclass
class Row:
    """One setting: how it is called, its environment, and what came of it."""

    name: str
    threads: int
    environment: dict[str, str]
    probe: dict = field(default_factory=dict)
    tests: tuple[int, int] = (0, 0)  # passed, failed
    cells: tuple[int, int] = (0, 0)
    failures: list[str] = field(default_factory=list)
    seconds: float = 0.0


def setting(threads, core="", features=""):
    """The environment variables of a row, by name; an empty value is left to the machine."""
    chosen = {**limited_to(threads), CORE_VARIABLE: core, FEATURE_VARIABLE: features}
    return {name: value for name, value in chosen.items() if value}


def whole_environment(variables):
    """This process's environment with these variables, and without other choices of kernels and features."""
    return {k: v for k, v in os.environ.items() if k not in (CORE_VARIABLE, FEATURE_VARIABLE)} | variables


def probe(environment):
    """Start Python with these variables and return what PROBE says of it; RuntimeError if it does not start."""
    command = [sys.executable, "-W", "ignore", "-c", PROBE]
    run = subprocess.run(command, env=whole_environment(environment), capture_output=True, text=True)
    if run.returncode:
        raise RuntimeError(f"exit code {run.returncode}: {(run.stderr.strip().splitlines() or ['no message'])[-1]}")
    return json.loads(run.stdout.splitlines()[-1])


def changes_something(names, machine):
    """Whether NumPy can do without each of these features, separated by spaces, and then gives other bits."""
    if not names or not set(names.split()) <= set(machine["dispatched"]) & set(machine["features"]):
        return False
    return probe(setting(1, features=names))["numpy_bits"] != machine["numpy_bits"]


def why_not(core, machine):
    """Why this machine cannot run a core type, in one sentence; "" if it can."""
    if machine["core"] is None:
        return f"NumPy computes with {machine['blas'].get('name', 'another library')} here, not with OpenBLAS"
    missing = [name for name in CORES[core] if name not in machine["features"]]
    if missing:
        return f"this processor has no {'AVX-512' if 'AVX512_SKX' in missing else ' and no '.join(missing)}"
    try:
        found = probe(setting(1, core))["core"]
    except RuntimeError as error:
        return f"Python does not start: {error}"
    found = SAME_KERNELS.get(found, found)
    return "" if found == core else f"this OpenBLAS has no kernels of its own for it, and takes those of {found}"


def plan(machine, cores, threads, features):
    """The rows that can run here, and a sentence for each that cannot."""
    reasons = {core: why_not(core, machine) for core in cores}
    impossible = [f"{core}: {reason}" for core, reason in reasons.items() if reason]
    possible = [core for core in cores if not reasons[core]]
    if SAME_KERNELS.get(machine["core"], machine["core"]) not in CORES:  # an ARM, Apple's Accelerate, a new processor
        possible.insert(0, "")
    rows = [Row(core or "as it is", n, setting(n, core)) for core in possible for n in threads]
    rows += [Row(f"NumPy without {name}", 1, setting(1, features=name)) for name in features]
    for row in rows:
        row.probe = probe(row.environment)
        if row.probe["threads"] not in (None, row.threads):
            impossible.append(f"{row.name}, threads: {row.threads}: OpenBLAS here starts {row.probe['threads']}")
    return [row for row in rows if row.probe["threads"] in (None, row.threads)], impossible


def lowered(machine):
    """Two values for NPY_DISABLE_CPU_FEATURES (the feature of exp and log; all), and what cannot be lowered."""
    usable = [name for name in machine["dispatched"] if name in machine["features"]]
    of_exp = [names for names in SIMD_EXP if changes_something(names, machine)][:1]
    impossible = [] if of_exp else [f"NumPy without {SIMD_EXP[0]}: this processor has no AVX-512"]
    return [*of_exp, *(names for names in [" ".join(usable)] if changes_something(names, machine))], impossible


def run_tests(row, tests, folder):
    """Run pytest on test files under a row's setting; counts and names of failures go into the row."""
    report = folder / "tests.xml"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-n", "0", "--junitxml", report, *tests]
    run = subprocess.run(command, cwd=ROOT, env=whole_environment(row.environment), capture_output=True, text=True)
    if run.returncode not in (0, 1) or not report.exists():
        last = ((run.stdout + run.stderr).strip().splitlines() or ["no output"])[-1]
        row.tests = (0, 1)
        row.failures.append(f"pytest ended with code {run.returncode}: {last}")
        return
    passed = 0
    for case in ElementTree.parse(report).iter("testcase"):
        problem = next((case.find(kind) for kind in ("failure", "error") if case.find(kind) is not None), None)
        if problem is not None:
            first = (problem.get("message") or "").strip().splitlines() or [""]
            row.failures.append(f"{case.get('classname')}::{case.get('name')}: {first[0][:150]}")
        elif case.find("skipped") is None:
            passed += 1
    row.tests = (passed, len(row.failures))


def run_notebooks(row, folder, names):
    """Run nbval on the solved notebooks under a row's setting."""
    solved = folder / "solved"
    solved.mkdir()
    for name, nb in read_notebooks().items():
        if name in names:
            write_notebook(solve(nb), solved / name)
    try:
        outcomes = run_nbval(solved, folder, whole_environment(row.environment))
    except AssertionError as error:
        row.cells = (0, 1)
        row.failures.append(f"nbval did not run: {(str(error).strip().splitlines() or ['no output'])[-1]}")
        return
    failed = {cell: text for cell, text in outcomes.items() if text is not None}
    row.cells = (len(outcomes) - len(failed), len(failed))
    for (name, cell), text in failed.items():
        row.failures.append(f"{name}, cell {cell}: {' '.join(text.split())[:300]}")


def run_row(row, tests, notebooks):
    """Run one row in a temporary folder of its own."""
    begin = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="machines-") as name:
        if tests:
            run_tests(row, tests, Path(name))
        if notebooks:
            run_notebooks(row, Path(name), notebooks)
    row.seconds = time.monotonic() - begin
    print(table([row], heads=()), file=sys.stderr, flush=True)  # a run that is stopped has shown something
    return row


def processor():
    """The processor's name, as far as the system says it."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.machine())


def table(rows, heads=HEADS):
    """The rows as lines of text."""
    cells = [
        [row.name, row.threads, row.probe["core"] or "-", f"{row.probe['blas_bits']} {row.probe['numpy_bits']}",
         *row.tests, *row.cells, round(row.seconds)]
        for row in rows
    ]  # fmt: skip
    lines = [heads, *cells] if heads else cells
    widths = [max(len(str(value)) for value in column) for column in zip(*lines)]
    return "\n".join("  ".join(f"{value!s:{w}}" for value, w in zip(line, widths)).rstrip() for line in lines)


def parse_arguments(arguments):
    """The parser, and the command line as a namespace."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.machines",
        description="\n".join(__doc__.split("\n\n")[::2]),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--quick", action="store_true", help="one thread, without the slow tests and notebook 3")
    parser.add_argument("--jobs", type=at_least_one, default=1, metavar="N", help="rows at a time (%(default)s)")
    cores = f"core types of OpenBLAS, any of {', '.join(CORES)} (all)"
    parser.add_argument("--cores", nargs="*", choices=CORES, default=list(CORES), metavar="CORE", help=cores)
    parser.add_argument("--threads", nargs="+", type=at_least_one, metavar="N", help="BLAS threads (1 2)")
    without = "a row in which NumPy does without these CPU features, names as in NPY_DISABLE_CPU_FEATURES; repeatable, "
    without += "and '' for no such row (two rows: the feature of exp and log; all that NumPy can do without)"
    parser.add_argument("--disable", action="append", metavar="NAMES", help=without)
    parser.add_argument("--tests", nargs="*", metavar="FILE", help="tests instead of the numerical ones")
    parser.add_argument("--no-notebooks", action="store_true", help="only the tests")
    return parser, parser.parse_args(arguments)


def main(arguments=None):
    """Run the rows and print the table; returns 1 if anything failed."""
    parser, options = parse_arguments(arguments)
    machine = probe({})
    named = options.disable is not None
    features, impossible = ([names for names in options.disable if names], []) if named else lowered(machine)
    for names in features:
        if not changes_something(names, machine):
            can = " ".join(name for name in machine["dispatched"] if name in machine["features"]) or "nothing"
            parser.error(f"--disable {names}: changes nothing; NumPy {machine['version']} can do without {can} here")
    rows, more = plan(machine, options.cores, options.threads or ([1] if options.quick else [1, 2]), features)
    left_out = SLOW_TESTS if options.quick else ()
    numerical = [Path(__file__).parent / name for name in NUMERICAL_TESTS if name not in left_out]
    tests = numerical if options.tests is None else options.tests
    notebooks = () if options.no_notebooks else QUICK_NOTEBOOKS if options.quick else tuple(read_notebooks())

    print(f"Python {machine['python']}, NumPy {machine['version']}, {platform.system()} on {processor()}")
    blas = " ".join(str(machine["blas"].get(key)) for key in ("name", "version"))
    print(f"BLAS: {blas}; kernels where nothing is set: {machine['core']}")
    print(f"{len(rows)} rows, {len(tests)} test files, {len(notebooks)} notebooks", flush=True)
    with ThreadPoolExecutor(max(1, options.jobs)) as pool:
        rows = list(pool.map(lambda row: run_row(row, tests, notebooks), rows))
    print(table(rows))
    print("bits: a hash of products by BLAS, and one of NumPy's exp, log, tanh, sin, sums")
    failures = [f"{row.name}, threads: {row.threads}: {failure}" for row in rows for failure in row.failures]
    print(*(f"not run: {sentence}" for sentence in (*impossible, *more)), *(f"FAILED  {f}" for f in failures), sep="\n")
    return int(bool(failures) or not rows)


if __name__ == "__main__":
    sys.exit(run(main))
