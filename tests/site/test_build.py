"""Tests of the command that builds the book: what it replaces, what it refuses, and what it says."""

import errno
import re
import subprocess
import sys

import pytest

from cs231n.site.__main__ import main
from cs231n.site.book import katex
from cs231n.site.book.build import build_book
from cs231n.site.lite.placeholder import is_placeholder
from tests.helpers.built_book import cut_notebooks, needs_katex
from tests.helpers.paths import ROOT


def test_a_folder_with_something_else_is_left_alone(tmp_path, capsys):
    (tmp_path / "thesis.txt").write_text("mine")
    assert main(["build", str(tmp_path)]) == 1
    assert re.search("not empty, and not an earlier site; move it away", capsys.readouterr().err)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_file_in_place_of_the_folder_is_left_alone(tmp_path, capsys):
    (tmp_path / "out").write_text("mine")
    assert main(["build", str(tmp_path / "out")]) == 1
    assert "move it away" in capsys.readouterr().err and (tmp_path / "out").read_text() == "mine"


def test_an_earlier_site_is_replaced_whole_or_not_at_all(tmp_path, monkeypatch):
    def run_sphinx(source, static, out):
        for name in ("index.html", ".buildinfo", "objects.inv"):
            (out / name).touch()

    def disk_is_full(folder):
        raise OSError(errno.ENOSPC, "No space left on device", str(folder))

    monkeypatch.setattr("cs231n.site.book.build.run_sphinx", run_sphinx)
    monkeypatch.setattr("cs231n.site.book.build.copy_katex", lambda *folders: None)
    out = tmp_path / "site"
    assert main(["build", str(out), "--no-solutions"]) == 0
    (out / "index.html").rename(out / "old.html")
    assert main(["build", str(out), "--no-solutions"]) == 0
    assert not (out / "old.html").exists() and (out / "index.html").exists()
    assert is_placeholder(out / "lite") and (out / ".nojekyll").is_file()
    assert [path.name for path in tmp_path.iterdir()] == ["site"], "nothing is left beside it"
    monkeypatch.setattr("cs231n.site.book.build.write_placeholder", disk_is_full)
    assert main(["build", str(out), "--no-solutions"]) == 1
    assert (out / "index.html").exists(), "the earlier site stays"
    assert [path.name for path in tmp_path.iterdir()] == ["site"]


def test_a_site_of_somebody_elses_is_left_alone(tmp_path, capsys):
    for name in (".nojekyll", "index.html"):
        (tmp_path / name).touch()
    assert main(["build", str(tmp_path)]) == 1
    assert "not an earlier site" in capsys.readouterr().err and (tmp_path / "index.html").exists()


@pytest.mark.parametrize("missing", ["node", "katex"])
def test_what_is_missing_is_said(missing, tmp_path, capsys, monkeypatch):
    if missing == "node":
        monkeypatch.setattr(katex.shutil, "which", lambda name: None)
    else:
        monkeypatch.setattr(katex, "KATEX", tmp_path / "nowhere")
    assert main(["build", str(tmp_path / "out")]) == 1
    error = capsys.readouterr().err
    assert ("Node.js" if missing == "node" else "KaTeX") in error and "npm ci --prefix cs231n/site" in error
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
@needs_katex
def test_mistakes_in_pages_stop_the_build(tmp_path, monkeypatch):
    notebooks = cut_notebooks(monkeypatch)
    first, second, third = (nb.cells[0] for nb in notebooks.values())
    first.source += "\n\n" + r"The formula $\frac{1}$."
    second.source += "\n\n[there](#no-such-place)"
    third.source += "\n\n#### A heading of the fourth level"
    with pytest.raises(ValueError) as caught:
        build_book(tmp_path / "out")
    for name, said in zip(notebooks, ("KaTeX parse error", "'no-such-place'", "header")):
        assert re.search(rf"{name}:\d+: WARNING: .*{said}", str(caught.value)), str(caught.value)
    assert not (tmp_path / "out").exists()


def test_a_package_that_is_missing_is_named(tmp_path):
    code = (
        "import sys; sys.modules['sphinx'] = None; from cs231n.site.__main__ import main; sys.exit(main(sys.argv[1:]))"
    )
    run = subprocess.run([sys.executable, "-c", code, "build", "x"], cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 1 and "pip install -r cs231n/site/requirements.txt" in run.stderr, run.stderr
