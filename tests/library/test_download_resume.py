"""Tests of a download of CIFAR-10 that breaks off: the next run continues it, or starts again if it must."""

# ruff: noqa: F401, F811  (fixtures are imported by name)
import subprocess
import sys
import time

import pytest

from cs231n.cifar import download, fetch
from cs231n.support.session import progress_bar
from tests.helpers.download_cases import ARCHIVE, HALF, archives, assert_error, assert_ready, publish, run, server
from tests.helpers.paths import ROOT


def test_a_connection_that_breaks_is_resumed_where_it_broke(server, run):
    server.send = HALF
    assert_error(run(), "the connection broke", f"kept in {ARCHIVE}.part", "run the same command again")
    assert run.part.read_bytes() == server.content[:HALF] and not list(run.folder.glob("cifar-10-batches*"))
    server.send = 1000
    assert_error(run(), "the connection broke")
    assert run.part.read_bytes() == server.content[: HALF + 1000]
    server.send = None
    assert run()[0] == 0
    assert_ready(run)
    assert [request.get("Range") for request in server.requests] == [None, f"bytes={HALF}-", f"bytes={HALF + 1000}-"]
    assert [request.get("If-Range") for request in server.requests] == [None, '"first"', '"first"']


@pytest.mark.parametrize(
    "etag, date, expected",
    [("W/'weak'", "Mon, 23 Nov 2026 10:00:00 GMT", "Mon, 23 Nov 2026 10:00:00 GMT"), (None, None, None)],
)
def test_what_if_range_may_carry(server, run, etag, date, expected):
    server.etag, server.date, server.send = etag, date, HALF
    run()
    server.send = None
    assert run()[0] == 0 and server.requests[1].get("If-Range") == expected
    assert_ready(run)


def test_a_stall_ends_in_an_error_and_is_resumed(server, run, monkeypatch):
    monkeypatch.setattr(fetch, "STALL_SECONDS", 0.3)
    server.stall_after = HALF
    start = time.monotonic()
    assert_error(run(), "nothing has come for 0.3 s", "kept")
    assert time.monotonic() - start < 20, "it would be 30 with the usual limit"
    assert run.part.stat().st_size == HALF
    server.stall_after = None
    monkeypatch.setattr(fetch, "STALL_SECONDS", 30.0)
    assert run()[0] == 0 and server.requests[1]["Range"] == f"bytes={HALF}-"
    assert_ready(run)


def test_a_server_that_ignores_ranges_starts_again(server, run):
    server.send, server.ranges = HALF, False
    run()
    server.send = None
    assert run()[0] == 0 and "Range" in server.requests[1]
    assert_ready(run)


def test_a_file_that_changed_meanwhile_starts_again(server, run, archives, monkeypatch):
    server.content, server.send = bytes(HALF) + archives["binary"], HALF
    run()
    server.content, server.send, server.etag, server.date = archives["binary"], None, '"second"', None
    assert run()[0] == 0
    assert_ready(run)


@pytest.mark.parametrize("begun", ["longer", "another range"])
def test_a_range_that_cannot_be_had_starts_again(server, run, begun):
    run.folder.mkdir()
    run.part.write_bytes(bytes(len(server.content) + 5) if begun == "longer" else server.content[:HALF])
    server.range_shift = 0 if begun == "longer" else 7
    assert run()[0] == 0 and [("Range" in request) for request in server.requests] == [True, False]
    assert_ready(run)


def test_a_partial_file_that_is_whole_is_only_checked(server, run):
    run.folder.mkdir()
    run.part.write_bytes(server.content)
    assert run()[0] == 0 and len(server.requests) == 1
    assert_ready(run)


def test_a_killed_download_goes_on(server, run):
    server.stall_after = HALF
    script = (
        "from cs231n.cifar import download, fetch; fetch.STALL_SECONDS = 60\n"
        f"download.ARCHIVES['binary'] = {download.ARCHIVES['binary']!r}\n"
        f"download.main(['cifar10', '--folder', {str(run.folder)!r}])"
    ).replace("Archive(", "download.Archive(")
    process = subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 30
    while not (run.part.exists() and run.part.stat().st_size) and time.monotonic() < deadline:
        time.sleep(0.01)
    process.kill()
    process.wait()
    server.stall_after = None
    (run.folder / "cifar-10-batches-bin.part").mkdir()  # a process that was killed during unpacking leaves this
    (run.folder / "cifar-10-batches-bin.part" / "data_batch_1.bin").write_bytes(b"half")
    assert run()[0] == 0 and "Range" in server.requests[-1]
    assert_ready(run)


def test_ctrl_c_keeps_what_has_arrived(server, run, monkeypatch):
    def bar(*arguments):
        bar = progress_bar(*arguments)
        bar.update = lambda n: (_ for _ in ()).throw(KeyboardInterrupt)
        return bar

    monkeypatch.setattr(fetch, "progress_bar", bar)
    code, _, err = run()
    assert code == 130 and err == "stopped; run the same command again to go on\n"
    assert server.content.startswith(run.part.read_bytes()) and run.part.stat().st_size > 0
