"""Tests of the command that downloads CIFAR-10, from good servers, and from servers that lie or fail."""

# ruff: noqa: F401, F811  (fixtures are imported by name)
import functools
import os
import subprocess
import sys

import pytest

from cs231n.cifar import cifar10, download, fetch
from cs231n.support.session import progress_bar
from tests.helpers.download_cases import ARCHIVE, HALF, archives, assert_error, assert_ready, publish, run, server
from tests.helpers.paths import ROOT

# --- a good server ----------------------------------------------------------------------------------


def test_download_and_again(server, run):
    code, out, err = run()
    assert (code, err) == (0, "") and "downloading http://127.0.0.1" in out and "ready: " in out
    assert "50 training and 10 test images" in out
    assert_ready(run)
    code, out, _ = run()
    assert code == 0 and "already there" in out and len(server.requests) == 1
    assert "Range" not in server.requests[0]


def test_the_python_version(server, run, archives, monkeypatch):
    server.content = archives["python"]
    publish(monkeypatch, server, archives["python"], "python")
    assert run("--format", "python")[0] == 0
    assert_ready(run, "cifar-10-batches-py")


def test_another_address_and_a_length_that_is_not_told(server, run, archives, monkeypatch):
    monkeypatch.setitem(download.ARCHIVES, "binary", download.Archive("http://127.0.0.1:9/" + ARCHIVE, "?"))
    server.claim = None
    assert_error(run("--url", server.url), "MD5", "not ?", "deleted")
    publish(monkeypatch, server, archives["binary"])
    assert run("--url", server.url)[0] == 0
    assert_ready(run)


def test_an_archive_that_was_put_there_by_hand_is_used(server, run):
    run.folder.mkdir()
    (run.folder / ARCHIVE).write_bytes(b"a browser's error page")
    assert_error(run(), "its MD5 is not", "delete it and run the same command again")
    assert (run.folder / ARCHIVE).exists(), "it is not ours to delete"
    (run.folder / ARCHIVE).write_bytes(server.content)
    assert run()[0] == 0 and server.requests == []
    assert_ready(run)


def test_a_person_sees_the_progress_in_bytes(server, run, monkeypatch):
    monkeypatch.setattr(fetch, "progress_bar", functools.partial(progress_bar, enabled=True))
    code, _, err = run()
    assert code == 0 and f"{ARCHIVE}:" in err and "B/s" in err


# --- lies and errors ------------------------------------------------------------------------------


def test_a_wrong_checksum_deletes_what_came_and_says_so(server, run):
    right = server.content
    server.content = right[:-1] + bytes([right[-1] ^ 1])
    assert_error(run(), "MD5", "has been deleted", "--url")
    assert not run.folder.exists()
    server.content = right
    assert run()[0] == 0
    assert_ready(run)


def test_a_length_that_is_too_short_is_found_by_the_checksum(server, run):
    server.claim = -100
    assert_error(run(), "MD5", "has been deleted")
    assert not run.folder.exists()


def test_a_length_that_is_too_long_is_a_broken_connection(server, run):
    server.claim = 100
    assert_error(run(), "the connection broke")
    assert run.part.stat().st_size == len(server.content)
    server.claim = 0
    assert run()[0] == 0  # the server says that nothing is missing
    assert_ready(run)


@pytest.mark.parametrize("claim", [2**40, None])
def test_a_file_that_is_too_large_is_refused(server, run, monkeypatch, claim):
    monkeypatch.setattr(fetch, "MAX_BYTES", HALF)
    server.claim, server.stall_after = claim, HALF + fetch.CHUNK_BYTES  # a client that reads more would have to wait
    monkeypatch.setattr(fetch, "STALL_SECONDS", 3.0)
    assert_error(run(), f"more than {HALF} bytes", "nothing is kept", "--url")
    assert not run.folder.exists()


@pytest.mark.parametrize("status", [404, 500, 503])
def test_an_http_error(server, run, status):
    server.status = status
    assert_error(run(), f"the server answers {status}", "--url")
    run.folder.mkdir()
    run.part.write_bytes(b"begun")
    assert_error(run(), str(status))
    assert run.part.read_bytes() == b"begun", "kept for a better day"


def test_a_redirection_into_this_machines_files_is_refused(server, run, tmp_path):
    (tmp_path / "secret").write_text("secret")
    server.location = (tmp_path / "secret").as_uri()
    assert_error(run(), "302")
    assert not run.folder.exists()


@pytest.mark.parametrize(
    "url, words",
    [
        ("http://127.0.0.1:9/a.tar.gz", "cannot reach"),
        ("http://127.0.0.1:port/a", "not a valid address"),
        ("http://127.0.0.1:99999/a", "http://127.0.0.1:99999/a"),
        ("http://127.0.0.1:9/a b", "not a valid address"),
        ("file:///etc/passwd", "does not begin with http"),
        ("cifar-10-binary.tar.gz", "does not begin with http"),
        ("", "does not begin with http"),
    ],
)
def test_an_address_that_leads_nowhere(server, run, url, words):
    assert_error(run("--url", url), words, "--url")
    assert not run.folder.exists()


def test_a_folder_that_cannot_be_used(server, run, tmp_path):
    (tmp_path / "data").write_text("a file")
    assert_error(run(), str(tmp_path / "data"))
    (tmp_path / "data").unlink()
    target = run.folder / "cifar-10-batches-bin"
    target.mkdir(parents=True)
    (target / "data_batch_1.bin").write_bytes(b"cut short")
    assert_error(run(), "not whole", "delete that folder")
    assert (target / "data_batch_1.bin").read_bytes() == b"cut short" and server.requests == []


@pytest.mark.parametrize("arguments", [[], ["mnist"], ["cifar10", "--format", "matlab"], ["cifar10", "--folder"]])
def test_a_command_line_that_means_nothing(arguments, capsys):
    with pytest.raises(SystemExit) as stop:
        download.main(arguments)
    assert stop.value.code == 2 and "usage: python -m cs231n.data_utils" in capsys.readouterr().err


def test_the_command_itself_refuses_what_is_not_published(server, tmp_path):
    """In a new process the published checksum is used. This archive does not have it."""
    command = [sys.executable, "-m", "cs231n.data_utils", "cifar10", "--url", server.url, "--folder", str(tmp_path)]
    environment = {**os.environ, "no_proxy": "127.0.0.1"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1 and "c32a1d4ab5d03f1284b67883e8d87530" in done.stderr
    assert done.stderr.count("\n") == 1 and "Traceback" not in done.stderr and "warn" not in done.stderr.lower()
    assert list(tmp_path.iterdir()) == []


def test_the_published_addresses_and_checksums():
    expected = {"binary": "c32a1d4ab5d03f1284b67883e8d87530", "python": "c58f30108f718f92721af3b95e74349a"}
    assert {version: archive.md5 for version, archive in download.ARCHIVES.items()} == expected
    for version, archive in download.ARCHIVES.items():
        assert archive.url == f"https://www.cs.toronto.edu/~kriz/cifar-10-{version}.tar.gz"
        readme = (cifar10.DATASETS / "README.md").read_text(encoding="utf-8")
        assert archive.md5 in readme
