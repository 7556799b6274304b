"""The house keeps its order: the direction of imports, formatting, the size of files, and declared packages."""

import ast
import re
import shutil
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest

from tests.helpers.paths import ROOT

TRACKED = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
SOURCES = [name for name in TRACKED if name.endswith(".py")]
MAX_LINES = 300
REQUIREMENTS = {
    name: (ROOT / name).read_text(encoding="utf-8")
    for name in TRACKED
    if re.search(r"requirements(-dask)?\.txt$", name)
}
# Files that a boxed kernel imports by their names alone.
IN_THE_BOX = {Path(name).stem for name in SOURCES if "/judging/boxes/inside/" in name}
# Where the name of a package differs from the name of its module.
PACKAGES = {
    "zmq": "pyzmq", "IPython": "ipython", "PIL": "pillow", "websocket": "websocket-client", "yaml": "pyyaml",
    "markdown_it": "markdown-it-py", "myst_nb": "myst-nb", "mdit_py_plugins": "mdit-py-plugins",
}  # fmt: skip


@pytest.mark.parametrize("arguments", [("check", "."), ("format", "--check", ".")], ids=["check", "format"])
def test_ruff_finds_nothing(arguments):
    run = subprocess.run([sys.executable, "-m", "ruff", *arguments], cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr


def test_imports_point_one_way(tmp_path):
    command = Path(sys.executable).with_name("lint-imports")
    found = shutil.which(command) or shutil.which("lint-imports")
    assert found, "import-linter is in tests/requirements.txt"
    run = subprocess.run([found, "--no-cache"], cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 0 and "0 broken" in run.stdout, run.stdout + run.stderr


def test_an_import_against_the_direction_is_found(tmp_path):
    """The contracts are not empty: one line in the wrong place breaks each of them."""
    wrong = {
        "layers.py": ("import cs231n.assignment.actions  # noqa\n", "the subject knows nothing of the assignment"),
        "assignment/cases/stored.py": ("import cs231n.assignment.saving.stubs  # noqa\n", "the assignment's rooms"),
        "grading/mistakes/mistake.py": ("import cs231n.grading.reading.remarks  # noqa\n", "the grader's rooms"),
        "batchnorm.py": ("import cs231n.layers  # noqa\n", "no circles"),
    }
    shutil.copytree(ROOT / "cs231n", tmp_path / "cs231n", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for name, (line, _) in wrong.items():
        path = tmp_path / "cs231n" / name
        path.write_text(path.read_text(encoding="utf-8") + line, encoding="utf-8")
    command = [
        sys.executable,
        "-c",
        "import sys; from importlinter.cli import lint_imports_command as c; sys.exit(c())",
    ]
    run = subprocess.run([*command, "--no-cache"], cwd=tmp_path, capture_output=True, text=True)
    text = " ".join(run.stdout.split())
    assert run.returncode == 1, run.stdout + run.stderr
    for _, contract in wrong.values():
        assert re.search(rf"{contract}[\w,' ]* BROKEN", text), (contract, run.stdout)


@pytest.mark.parametrize("name", SOURCES)
def test_no_file_is_too_long(name):
    assert len((ROOT / name).read_text(encoding="utf-8").splitlines()) <= MAX_LINES


def imported_packages(names):
    """The packages that are not Python's own and not ours which some files import: by name, the files."""
    found = defaultdict(list)
    for name in names:
        for node in ast.walk(ast.parse((ROOT / name).read_text(encoding="utf-8"))):
            modules = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.level == 0:
                modules = [node.module]
            for module in modules:
                top = module.split(".")[0]
                if top not in sys.stdlib_module_names and top not in ("cs231n", "tests", *IN_THE_BOX):
                    found[PACKAGES.get(top, top)].append(name)
    return found


def declared_packages(*names):
    """The packages that requirements files name, without their versions."""
    lines = [line.partition("#")[0].strip() for name in names for line in REQUIREMENTS[name].splitlines()]
    return {re.match(r"[\w-]+", line).group().lower() for line in lines if line and not line.startswith("-r")}


def test_what_is_imported_is_declared():
    student, grader = "requirements.txt", "cs231n/grading/requirements.txt"
    cluster = "cs231n/grading/requirements-dask.txt"
    tests, peers = "tests/requirements.txt", "tests/benchmarks/requirements.txt"
    library = [name for name in SOURCES if name.startswith("cs231n/")]
    grading = [name for name in library if name.startswith("cs231n/grading/")]
    on_the_web = [name for name in library if name.startswith("cs231n/site/")]
    subject = set(library) - set(grading) - set(on_the_web)
    assert set(map(str.lower, imported_packages(subject))) <= declared_packages(student) | {"ipython"}, "with ipykernel"
    assert set(map(str.lower, imported_packages(grading))) <= declared_packages(student, grader, cluster)
    site = "cs231n/site/requirements.txt"
    assert set(map(str.lower, imported_packages(on_the_web))) <= declared_packages(student, grader, site)
    in_tests = [name for name in SOURCES if name.startswith("tests/")]
    assert set(map(str.lower, imported_packages(in_tests))) <= declared_packages(student, grader, cluster, tests, peers)


@pytest.mark.parametrize("name", REQUIREMENTS)
def test_every_requirement_has_an_upper_bound(name):
    lines = [line.partition("#")[0].strip() for line in REQUIREMENTS[name].splitlines()]
    wanted = [line for line in lines if line and not line.startswith("-r")]
    assert wanted and all(re.search(r"<\d|==\d+\.\d+\.(\*|\d+)", line) for line in wanted), wanted


def test_nbval_is_held_where_its_private_methods_are_patched():
    for name in ("requirements.txt", "cs231n/grading/requirements.txt"):
        assert re.search(r"^nbval==0\.11\.\*", REQUIREMENTS[name], re.MULTILINE), name
