"""Test the release command: what it writes, what it refuses, and that a release has no answers and no mistakes."""

import inspect
import json
import re
import subprocess
import sys
import zipfile
from importlib import import_module

import nbformat
import numpy as np
import pytest

from cs231n.assignment.actions import NOTEBOOKS, TASKS
from cs231n.grading import __main__ as command
from cs231n.grading.mistakes.catalogue import MISTAKES
from cs231n.grading.publishing.library_copy import TWINS
from cs231n.grading.publishing.notebooks import read_notebooks, reference_body
from cs231n.grading.publishing.points import points_by_task
from cs231n.grading.publishing.release import SUMS, release
from cs231n.grading.publishing.steps import read_solutions
from tests.helpers.paths import ROOT


@pytest.fixture(scope="module")
def released(tmp_path_factory):
    """The folder of a release, unpacked from its zip."""
    folder = tmp_path_factory.mktemp("release")
    archive = release(folder / "made" / "course")
    with zipfile.ZipFile(archive) as packed:
        packed.extractall(folder / "unpacked")
    return folder / "unpacked" / "course"


# --- what is in it --------------------------------------------------------------------------------


def test_it_holds_what_a_student_needs_and_nothing_of_the_instructors(released):
    assert sorted(path.name for path in released.iterdir()) == [
        "LICENSE", "README.md", "SHA256SUMS", "cs231n", "datasets", "notebooks", "requirements.txt",
    ]  # fmt: skip
    assert sorted(path.name for path in (released / "notebooks").iterdir()) == list(NOTEBOOKS)
    assert sorted(path.name for path in (released / "datasets").iterdir()) == [
        "README.md", "make_mnist_5k.py", "mnist_5k.npz",
    ]  # fmt: skip
    everything = {path.relative_to(released).as_posix() for path in released.rglob("*")}
    assert not [path for path in everything if re.search(r"grading|tests|\.ci|__pycache__|rubric|my_answers", path)]
    assert {"cs231n/assignment/cases/expected.npz", "cs231n/assignment/cases/mistakes.json"} <= everything
    for name in ("LICENSE", "requirements.txt", "cs231n/solver.py", "cs231n/assignment/cases/expected.npz"):
        assert (released / name).read_bytes() == (ROOT / name).read_bytes()
    for name, nb in read_notebooks().items():
        handed_out = nbformat.read(released / "notebooks" / name, as_version=4)
        assert [(cell.id, cell.source) for cell in handed_out.cells] == [(cell.id, cell.source) for cell in nb.cells]
        assert not any(cell.get("outputs") or cell.get("execution_count") for cell in handed_out.cells)


def test_its_readme_says_how_to_begin_and_what_to_hand_in(released):
    readme = (released / "README.md").read_text(encoding="utf-8")
    assert "-m pip install -q -r requirements.txt" in readme and "jupyter lab notebooks" in readme
    assert all(f"- `{name}`" in readme for name in NOTEBOOKS) and "`notebooks/my_answers/`" in readme
    assert "| 1.3 `softmax_loss` | 4 |" in readme and "| written-1 | 2 |" in readme
    assert f"| **together** | **{sum(points_by_task().values())}** |" in readme and "{" not in readme
    for target in re.findall(r"\]\(([^)#]+)\)", readme):
        assert target.startswith("http") or (released / target).exists(), target


def test_the_checksums_are_those_of_its_files_and_the_zip_is_the_same_every_time(released, tmp_path):
    names = [line.split("  ")[1] for line in (released / SUMS).read_text(encoding="utf-8").splitlines()]
    files = [path for path in released.rglob("*") if path.is_file()]
    assert sorted([*names, SUMS]) == sorted(path.relative_to(released).as_posix() for path in files)
    first = (released.parent.parent / "made" / "course.zip").read_bytes()
    assert release(tmp_path / "course").read_bytes() == first


# --- what is not in it ----------------------------------------------------------------------------

# These lines are part of an answer or of a known mistake, and a release may contain them all the same. The reasons why.
# Spaces do not count.
MAY_OCCUR = {
    "else:": "Python",
    "return{": "Python",
    "}": "Python",
    "pass": "Python",
    "return dx": "the last line of any backward pass, also of a hint in notebook 1",
    "config = {} if config is None else config": "every update rule begins like this, also sgd and sgd_momentum",
    'config.setdefault("learning_rate", 1e-2)': "the second line of rmsprop is also that of sgd and sgd_momentum",
    'mode = bn_param["mode"]': "the check of batch norm's cache reads the mode as well",
    "a, fc_cache = layers.affine_forward(x, w, b)": "affine_relu_forward, for the plain network, has it, too",
}
# Search for a line of at least this length (without spaces) inside longer lines, too.
MIN_INNER_LENGTH = 15


def squeeze(text):
    """Remove all spaces and line ends from a text."""
    return re.sub(r"\s", "", text)


def code_lines(source):
    """Return the lines of a source without spaces and comments."""
    return [line for line in (squeeze(line.split("#")[0]) for line in source.splitlines()) if line]


def texts_of(folder):
    """Yield every text in a release as (where, text): notebooks cell by cell, and arrays and metadata, too."""
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        where = path.relative_to(folder).as_posix()
        if path.suffix == ".npz":
            with np.load(path, allow_pickle=False) as arrays:
                yield where, "\n".join(arrays[key].tobytes().decode("latin-1") for key in arrays)
        elif path.suffix == ".ipynb":
            nb = nbformat.read(path, as_version=4)
            yield where, json.dumps(nb.metadata)
            for cell in nb.cells:
                kind = "markdown" if cell.cell_type == "markdown" else "code"
                yield f"{where}, {kind} cell {cell.id}", cell.source
                for output in cell.get("outputs", []):
                    yield f"{where}, output of {cell.id}", str(output.get("text", "")) + json.dumps(output)
        else:
            yield where, path.read_text(encoding="utf-8")


def places(lines, texts):
    """Yield a pair (line, where) for every line that occurs in a text."""
    wanted = set(lines) - {squeeze(line) for line in MAY_OCCUR}
    for where, text in texts:
        whole, alone = squeeze(text), set(code_lines(text))
        for line in wanted:
            if line in alone or (len(line) >= MIN_INNER_LENGTH and line in whole):
                yield line, where


def test_the_search_finds_what_it_looks_for(tmp_path):
    """If the search never found anything, the tests below would pass for nothing."""
    library = [(path.name, path.read_text(encoding="utf-8")) for path in sorted((ROOT / "cs231n").glob("*.py"))]
    for name in TASKS:
        assert list(places(code_lines(reference_body(name)), library)), name
    dumped = json.dumps({"text": "mean  y = -np.mean(log_p[rows,  y]) and so on"})
    assert list(places(["-np.mean(log_p[rows,y])"], [("a", dumped)])) == [("-np.mean(log_p[rows,y])", "a")]


def test_no_line_of_an_answer_or_a_step_is_in_it(released):
    """Search everything but the notebooks' Markdown, which has derivations and hints. The next test does that."""
    lines = {line for name in [*TASKS, *TWINS] for line in code_lines(body_of(name))}
    steps = {line for solution in read_solutions().values() for line in code_lines(solution)}
    lines |= {line for line in steps if len(line) >= MIN_INNER_LENGTH}
    texts = [(where, text) for where, text in texts_of(released) if "markdown cell" not in where]
    assert len(texts) > 200
    found = sorted(places(lines, texts))
    assert not found, "\n".join(f"{line}  in {where}" for line, where in found)


def body_of(name):
    """Return the body of the function of a task or a twin."""
    if name in TASKS:
        return reference_body(name)
    names = ("layernorm", "batchnorm", "layer_utils", "optim", "layers")
    modules = [import_module(f"cs231n.{module}") for module in names]
    source = inspect.getsource(next(getattr(module, name) for module in modules if hasattr(module, name)))
    return source.split('"""')[2]


def test_the_hints_and_derivations_together_do_not_hold_a_whole_answer(released):
    texts = [(where, text) for where, text in texts_of(released) if "markdown cell" in where]
    for name in TASKS:
        lines = set(code_lines(reference_body(name))) - {squeeze(line) for line in MAY_OCCUR}
        missing = lines - {line for line, _ in places(lines, texts)}
        assert missing, f"the whole body of {name} can be put together from the notebooks' text"


def test_no_known_mistake_is_in_it(released):
    """Search for the source lines of known mistakes. A release does have their effects (numbers) and sentences."""
    texts = [(where, text) for where, text in texts_of(released) if "markdown cell" not in where]
    wrong = set()
    for mistake in MISTAKES:
        source = inspect.getsource(getattr(import_module(TASKS[mistake.task].module), mistake.task))
        for variant in mistake.variants:
            edited = source
            for old, new in variant:
                edited = edited.replace(old, new)
            wrong |= set(code_lines(edited)) - set(code_lines(source))
    wrong -= {squeeze("x_minus = x.copy()")}  # a hint has it: it is right where a copy of x is wanted
    assert len(wrong) > 150
    found = sorted(places(wrong, texts))
    assert not found, "\n".join(f"{line}  in {where}" for line, where in found)


def test_every_line_that_may_occur_does(released):
    """The list MAY_OCCUR holds no line without need."""
    texts = [(where, set(code_lines(text)), squeeze(text)) for where, text in texts_of(released)]
    for line in map(squeeze, MAY_OCCUR):
        assert any(line in alone or (len(line) >= MIN_INNER_LENGTH and line in whole) for _, alone, whole in texts), (
            line
        )


# --- what it refuses ------------------------------------------------------------------------------


def test_it_replaces_an_untouched_release_and_nothing_else(tmp_path):
    out = tmp_path / "course"
    out.mkdir()
    release(out, {"softmax": 7})
    (out / "cs231n" / "__pycache__").mkdir()
    (out / "cs231n" / "__pycache__" / "layers.pyc").write_bytes(b"a cache is no work")
    release(out)
    assert "| 1.1 `softmax` | 2 |" in (out / "README.md").read_text(encoding="utf-8")
    assert not (out / "cs231n" / "__pycache__").exists()

    saved = out / "notebooks" / "my_answers" / "softmax.py"
    saved.parent.mkdir()
    saved.write_text("somebody's work")
    (out / "README.md").write_text("somebody's notes")
    before = (tmp_path / "course.zip").read_bytes()
    with pytest.raises(FileExistsError, match="in it: README.md, notebooks/my_answers/softmax.py; move it away"):
        release(out, {"softmax": 7})
    assert saved.read_text() == "somebody's work"
    assert (tmp_path / "course.zip").read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["course", "course.zip"]


@pytest.mark.parametrize("arguments", [[], ["--nbgrader"]])
def test_it_never_writes_into_somebody_elses_folder_or_over_their_file(tmp_path, arguments):
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter1.tex").write_text("years of work")
    (tmp_path / "file").write_text("")
    with pytest.raises(SystemExit, match="thesis is not empty, and not an earlier release; move it away, or name"):
        command.main(["release", str(tmp_path / "thesis"), *arguments])
    with pytest.raises(SystemExit, match="file is not a folder"):
        command.main(["release", str(tmp_path / "file"), *arguments])
    with pytest.raises(SystemExit, match="is not empty"):
        command.main(["release", str(ROOT / "notebooks"), *arguments])
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["chapter1.tex", "file", "thesis"]


def test_it_does_not_replace_a_zip_that_is_not_a_release(tmp_path):
    (tmp_path / "course.zip").write_text("not a zip at all")
    with pytest.raises(FileExistsError, match="course.zip is not the zip of an earlier release"):
        release(tmp_path / "course")
    assert [path.name for path in tmp_path.iterdir()] == ["course.zip"]


def test_an_error_in_the_middle_leaves_the_old_release_whole(tmp_path, monkeypatch):
    from cs231n.grading.publishing import release as module

    release(tmp_path / "course")
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    monkeypatch.setattr(module, "DATA_FILES", ("no_such_file.npz",))
    with pytest.raises(FileNotFoundError):
        release(tmp_path / "course")
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


@pytest.mark.slow
def test_the_command_is_in_the_help():
    run = subprocess.run(
        [sys.executable, "-m", "cs231n.grading", "release", "--help"], cwd=ROOT, capture_output=True, text=True
    )
    assert run.returncode == 0 and "--points FILE" in run.stdout and "--nbgrader" in run.stdout


def test_a_release_and_an_nbgrader_folder_never_replace_each_other(tmp_path):
    for kind, other in (([], ["--nbgrader"]), (["--nbgrader"], [])):
        folder = tmp_path / f"made{len(kind)}"
        command.main(["release", str(folder), *kind])
        before = sorted(path for path in folder.rglob("*"))
        with pytest.raises(SystemExit, match="of the other kind"):
            command.main(["release", str(folder), *other])
        assert sorted(path for path in folder.rglob("*")) == before
