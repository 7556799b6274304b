"""Tests of what a browser cannot do (threads, downloads), and of progress where stderr is no terminal."""

import os
import subprocess
import sys
import threading

import numpy as np
import pytest

from cs231n import compare, experiments
from cs231n.cifar import cifar10, download
from cs231n.data_utils import get_CIFAR10_data
from cs231n.support import place, plain_progress
from cs231n.support.session import progress_bar
from cs231n.support.threads import run_side_by_side, usable_processors
from tests.helpers.paths import ROOT


@pytest.fixture
def browser(monkeypatch):
    """A browser: in_browser says so, and no thread can start."""
    monkeypatch.setattr(place, "in_browser", lambda: True)

    def start(self):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", start)


@pytest.mark.parametrize(
    "platform, expected", [("emscripten", True), ("wasi", True), ("linux", False), ("win32", False)]
)
def test_a_browser_is_known_by_the_platform(platform, expected, monkeypatch):
    monkeypatch.setattr(sys, "platform", platform)
    assert place.in_browser() == expected


# --- threads ---------------------------------------------------------------------------------------


def test_several_jobs_run_in_the_only_thread(browser):
    seen = []
    run_side_by_side(
        [lambda stopped, i=i: seen.append((i, stopped(), threading.get_ident())) for i in range(3)], jobs=4
    )
    assert seen == [(i, False, threading.get_ident()) for i in range(3)]
    with pytest.raises(ZeroDivisionError):
        run_side_by_side([lambda stopped: 1 // 0], jobs=2)
    assert usable_processors() == 1


def test_the_comparison_with_several_jobs_gives_the_same_numbers(monkeypatch):
    rng = np.random.default_rng(0)
    data = {f"X_{part}": rng.standard_normal((60, 8)).astype(np.float32) for part in ("train", "val")}
    data |= {f"y_{part}": np.arange(60) % 10 for part in ("train", "val")}

    def run():
        return experiments.compare_nets(data, [0, 1, 2], 2, batch_size=20, fast=True, jobs=2, progress=False)

    right = run()
    monkeypatch.setattr(place, "in_browser", lambda: True)
    monkeypatch.setattr(threading.Thread, "start", lambda self: pytest.fail("a thread"))
    assert run() == right


def test_the_command_takes_jobs(browser, monkeypatch):
    assert compare.parse_arguments(["--jobs", "3"]).jobs == 3


def test_a_bar_starts_no_thread_and_takes_no_semaphore(tmp_path):
    code = (
        "import sys, threading; from cs231n.support import place; place.in_browser = lambda: True\n"
        "from cs231n.support.session import progress_bar\n"
        "bar = progress_bar(3, 'training', enabled=True); bar.update()\n"
        "print(threading.active_count(), 'multiprocessing.synchronize' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout == "1 False\n", done.stderr


# --- the download ----------------------------------------------------------------------------------


def test_the_download_says_that_it_cannot_be_done_there(browser, monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(download, "fetch", lambda *_: pytest.fail("a connection"))
    assert download.main(["cifar10", "--folder", str(tmp_path / "data")]) == 1
    err = capsys.readouterr().err
    assert err.startswith("error: CIFAR-10 cannot be downloaded in a browser") and "get_mnist_data()" in err
    assert not (tmp_path / "data").exists()
    with pytest.raises(FileNotFoundError, match="cannot be downloaded in a browser.*your own computer") as missing:
        get_CIFAR10_data(ROOT=tmp_path)
    assert cifar10.COMMAND not in str(missing.value), "which would not run there"


# --- progress without a terminal --------------------------------------------------------------------


@pytest.fixture
def clock(monkeypatch):
    """A clock that the test moves, and a stderr that is no terminal."""
    now = [100.0]
    monkeypatch.setattr(plain_progress.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(sys.stderr, "isatty", lambda: False, raising=False)
    return now


def test_a_line_every_thirty_seconds(clock, capsys):
    lines = []
    with progress_bar(100, "training in pairs") as bar:
        for _ in range(100):
            clock[0] += 2  # 200 seconds in all
            bar.update()
            lines += capsys.readouterr().err.splitlines()
    assert len(lines) == 6
    assert lines[0] == "training in pairs: 15 of 100 in 0:30, about 2:50 left"
    assert lines[5] == "training in pairs: 90 of 100 in 3:00, about 0:20 left"


def test_a_short_run_prints_nothing(clock, capsys):
    with progress_bar(3, "training") as bar:
        for _ in range(3):
            clock[0] += 9
            bar.update()
    assert capsys.readouterr() == ("", "")


def test_a_download_counts_megabytes(clock, capsys):
    bar = progress_bar(170 * 2**20, "cifar-10-binary.tar.gz")
    bar.unit, bar.unit_scale, bar.initial, bar.n = "B", True, 10 * 2**20, 10 * 2**20
    bar.refresh()
    clock[0] += 40
    bar.update(20 * 2**20)
    bar.close()
    assert capsys.readouterr().err == "cifar-10-binary.tar.gz: 30 of 170 MB in 0:40, about 4:40 left\n"
    bar = progress_bar(0, "of unknown length")
    bar.unit = "B"
    clock[0] += 40
    bar.update(2**20)
    assert capsys.readouterr().err == "of unknown length: 1 MB in 0:40\n"


@pytest.mark.parametrize("enabled", [True, False])
def test_lines_come_only_where_nothing_else_was_asked_for(clock, enabled, capsys):
    bar = progress_bar(3, "training", enabled)
    clock[0] += 100
    bar.update()
    bar.close()
    assert "1 of 3" not in capsys.readouterr().err


@pytest.mark.slow
def test_the_command_shows_lines_in_a_pipe(tmp_path):
    code = (
        "from cs231n.support import plain_progress; plain_progress.SECONDS = 0.2\n"
        "from cs231n import compare; compare.main(['--seeds', '1', '--epochs', '8', '--out', 'a.png'])"
    )
    environment = {"PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
    )
    assert "training in pairs: " in done.stderr and " of 16 in 0:0" in done.stderr, done.stderr
