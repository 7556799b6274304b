"""Tests of the stamps: what makes a grade out of date, and what does not. No file may stop them."""

import os

import pytest

from cs231n.grading.reading import notebook_files
from cs231n.grading.reading.submissions import Submission
from cs231n.grading.reporting import stamps
from tests.helpers.reading_cases import ONE, TWO, make_zip, write


def stamp(path, seed="seed"):
    return stamps.stamp_of(Submission("alice", path), seed)


def set_times(path, *times):
    """Set the times of change of the files in a folder, in the order of their names."""
    for file, time in zip(sorted(path.iterdir()), times, strict=True):
        os.utime(file, ns=(time, time))


@pytest.mark.parametrize("kind", ["folder", "zip", "notebook"])
def test_the_content_counts_not_the_time_and_size(tmp_path, kind):
    def hand_in(content):
        if kind == "zip":
            return make_zip(tmp_path / "a.zip", {ONE: content}, 0)
        write(tmp_path / "a", {ONE: content})
        return tmp_path / "a" if kind == "folder" else tmp_path / "a" / ONE

    path = hand_in("return 1")
    file = path / ONE if kind == "folder" else path
    os.utime(file, ns=(10**18, 10**18))
    first, size = stamp(path), file.stat().st_size
    os.utime(file, ns=(2 * 10**18, 2 * 10**18))
    assert stamp(path) == first, "unpacked again"
    hand_in("return 2")
    os.utime(file, ns=(10**18, 10**18))
    assert file.stat().st_size == size and stamp(path) != first


def test_which_of_two_files_is_newer_counts_since_the_latest_attempt_does(tmp_path):
    write(tmp_path, {"a.ipynb": "1", "b.ipynb": "2"})
    set_times(tmp_path, 1, 2)
    first = stamp(tmp_path)
    set_times(tmp_path, 10, 20)
    assert stamp(tmp_path) == first
    set_times(tmp_path, 20, 10)
    assert stamp(tmp_path) != first


def test_names_and_seed_count(tmp_path):
    write(tmp_path, {ONE: "1"})
    first = stamp(tmp_path)
    assert first == stamp(tmp_path) and first != stamp(tmp_path, "other")
    (tmp_path / ONE).rename(tmp_path / TWO)
    assert stamp(tmp_path) != first


def test_of_a_large_file_that_is_not_a_notebook_the_content_is_not_read(tmp_path, monkeypatch):
    write(tmp_path, {ONE: "1", "cifar-10.tar.gz": "x" * 1000})
    opened = []
    monkeypatch.setattr(stamps, "open_plain", lambda path: opened.append(path.name) or notebook_files.open_plain(path))
    stamp(tmp_path)
    assert opened == [ONE]


@pytest.mark.parametrize("error", [PermissionError(13, "denied"), FileNotFoundError(2, "gone"), OSError(5, "broken")])
def test_a_file_that_cannot_be_read_or_vanishes_does_not_stop_the_class(tmp_path, monkeypatch, error):
    write(tmp_path, {ONE: "1", TWO: "2"})
    readable = stamp(tmp_path)

    def fail(path):
        raise error

    monkeypatch.setattr(stamps, "open_plain", fail)
    assert stamp(tmp_path) == stamp(tmp_path) != readable
    monkeypatch.setattr(stamps, "walk", lambda *arguments: iter([tmp_path / "vanished.ipynb"]))
    assert stamp(tmp_path)
    assert stamp(tmp_path / "never there") and stamp(tmp_path / ("x" * 300)) and stamp(tmp_path / ("x/" * 3000))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_pipes_links_and_loops_are_not_opened(tmp_path):
    os.mkfifo(tmp_path / ONE)
    (tmp_path / "loop.ipynb").symlink_to("loop.ipynb")
    (tmp_path / "folder.ipynb").mkdir()
    assert stamp(tmp_path) and stamp(tmp_path / ONE) and stamp(tmp_path / "loop.ipynb")
