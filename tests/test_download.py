"""The command that downloads CIFAR-10, against servers that break off, stall and lie."""

import functools
import hashlib
import io
import os
import subprocess
import sys
import tarfile
import time
from pathlib import Path

import numpy as np
import pytest
from cifar_files import WRITERS, random_images, write_folder
from unruly_server import serving

from cs231n.cifar import cifar10, download, fetch
from cs231n.data_utils import load_CIFAR10
from cs231n.session import progress_bar

IMAGES, LABELS = random_images(60)  # 10 a file: the archive has some 180 kB
ROOT = Path(__file__).resolve().parent.parent
ARCHIVE = "cifar-10-binary.tar.gz"
HALF = 90_000


def archive_of(tmp_path_factory, version):
    """A version's archive, as published but small."""
    folder = write_folder(tmp_path_factory.mktemp("source") / cifar10.VERSIONS[version].folder, version, IMAGES, LABELS)
    (folder / "readme.html").write_text("about")
    (folder / "not wanted.txt").write_text("left in the archive")
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as tar:
        tar.add(folder, folder.name)
    return content.getvalue()


@pytest.fixture(scope="module")
def archives(tmp_path_factory):
    return {version: archive_of(tmp_path_factory, version) for version in WRITERS}


@pytest.fixture
def server(archives, monkeypatch):
    """A server of the binary archive, which the command takes for the published one."""
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with serving(archives["binary"]) as server:
        publish(monkeypatch, server, archives["binary"])
        yield server


def publish(monkeypatch, server, content, version="binary"):
    """Let the command expect this content at the server."""
    url = f"{server.url.rpartition('/')[0]}/cifar-10-{version}.tar.gz"
    monkeypatch.setitem(download.ARCHIVES, version, download.Archive(url, hashlib.md5(content).hexdigest()))


@pytest.fixture
def run(tmp_path, capsys):
    """Runs the command in an empty folder; returns its exit code, stdout and stderr."""

    def run(*arguments):
        code = download.main(["cifar10", "--folder", str(tmp_path / "data"), *arguments])
        return code, *capsys.readouterr()

    run.folder = tmp_path / "data"
    run.part = run.folder / f"{ARCHIVE}.part"
    return run


def assert_ready(run, folder="cifar-10-batches-bin"):
    """The images are there, and nothing else."""
    assert [path.name for path in run.folder.iterdir()] == [folder]
    Xtr, Ytr, Xte, Yte = load_CIFAR10(run.folder)
    assert np.array_equal(np.concatenate([Xtr, Xte]), IMAGES.transpose(0, 2, 3, 1))
    assert np.array_equal(np.concatenate([Ytr, Yte]), LABELS)
    assert not (run.folder / folder / "not wanted.txt").exists() and (run.folder / folder / "readme.html").exists()


def assert_error(result, *words):
    """Exit code 1, and one line that has these words."""
    code, _, err = result
    assert code == 1 and err.startswith("error: ") and err.count("\n") == 1
    for word in words:
        assert word in err


# --- a server that does what it should --------------------------------------------------------------


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


# --- broken off, and resumed ----------------------------------------------------------------------


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
    assert time.monotonic() - start < 5
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
    (run.folder / "cifar-10-batches-bin.part").mkdir()  # as a kill during unpacking leaves it
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


# --- lies and errors ------------------------------------------------------------------------------


def test_a_wrong_checksum_deletes_what_came_and_says_so(server, run):
    right = server.content
    server.content = right[:-1] + bytes([right[-1] ^ 1])
    assert_error(run(), "MD5", "has been deleted", "--url")
    assert list(run.folder.iterdir()) == []
    server.content = right
    assert run()[0] == 0
    assert_ready(run)


def test_a_length_that_is_too_short_is_found_by_the_checksum(server, run):
    server.claim = -100
    assert_error(run(), "MD5", "has been deleted")
    assert list(run.folder.iterdir()) == []


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
    server.claim, server.stall_after = claim, HALF + fetch.CHUNK_BYTES  # a client that wants more would wait
    monkeypatch.setattr(fetch, "STALL_SECONDS", 3.0)
    assert_error(run(), f"more than {HALF} bytes", "nothing is kept", "--url")
    assert list(run.folder.iterdir()) == []


@pytest.mark.parametrize("status", [404, 500, 503])
def test_an_http_error(server, run, status):
    server.status = status
    assert_error(run(), f"the server answers {status}", "--url")
    run.part.write_bytes(b"begun")
    assert_error(run(), str(status))
    assert run.part.read_bytes() == b"begun", "kept for a better day"


def test_a_redirection_into_this_machines_files_is_refused(server, run, tmp_path):
    (tmp_path / "secret").write_text("secret")
    server.location = (tmp_path / "secret").as_uri()
    assert_error(run(), "302")
    assert list(run.folder.iterdir()) == []


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
    assert list(run.folder.iterdir()) == []


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
    """A process of its own, with the published checksum, which this archive does not have."""
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
