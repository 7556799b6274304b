"""For the tests of the CIFAR-10 download: a small archive, a server for it, and the command."""

import hashlib
import io
import tarfile

import numpy as np
import pytest

from cs231n.cifar import cifar10, download
from cs231n.data_utils import load_CIFAR10
from tests.helpers.cifar_files import WRITERS, random_images, write_folder
from tests.helpers.unruly_server import serving

IMAGES, LABELS = random_images(60)  # 10 per file; the archive has about 180 kB
ARCHIVE = "cifar-10-binary.tar.gz"
HALF = 90_000  # bytes: about half of the archive


def archive_of(tmp_path_factory, version):
    """The archive of a version of CIFAR-10, in the published form but small."""
    folder = write_folder(tmp_path_factory.mktemp("source") / cifar10.VERSIONS[version].folder, version, IMAGES, LABELS)
    (folder / "readme.html").write_text("about")
    (folder / "not wanted.txt").write_text("left in the archive")
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as tar:
        tar.add(folder, folder.name)
    return content.getvalue()


@pytest.fixture(scope="module")
def archives(tmp_path_factory):
    """The small archives, by version."""
    return {version: archive_of(tmp_path_factory, version) for version in WRITERS}


@pytest.fixture
def server(archives, monkeypatch):
    """A server with the small binary archive. The command downloads from it instead of the published address."""
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with serving(archives["binary"]) as server:
        publish(monkeypatch, server, archives["binary"])
        yield server


def publish(monkeypatch, server, content, version="binary"):
    """Make the command expect this content at the server's address."""
    url = f"{server.url.rpartition('/')[0]}/cifar-10-{version}.tar.gz"
    monkeypatch.setitem(download.ARCHIVES, version, download.Archive(url, hashlib.md5(content).hexdigest()))


@pytest.fixture
def run(tmp_path, capsys):
    """A function that runs the command in an empty folder. It returns the exit code, stdout and stderr."""

    def run(*arguments):
        code = download.main(["cifar10", "--folder", str(tmp_path / "data"), *arguments])
        return code, *capsys.readouterr()

    run.folder = tmp_path / "data"
    run.part = run.folder / f"{ARCHIVE}.part"
    return run


def assert_ready(run, folder="cifar-10-batches-bin"):
    """Assert that the folder holds the right images, and no files that are not needed."""
    assert [path.name for path in run.folder.iterdir()] == [folder]
    Xtr, Ytr, Xte, Yte = load_CIFAR10(run.folder)
    assert np.array_equal(np.concatenate([Xtr, Xte]), IMAGES.transpose(0, 2, 3, 1))
    assert np.array_equal(np.concatenate([Ytr, Yte]), LABELS)
    assert not (run.folder / folder / "not wanted.txt").exists() and (run.folder / folder / "readme.html").exists()


def assert_error(result, *words):
    """Assert that the exit code is 1 and that stderr is one line with these words."""
    code, _, err = result
    assert code == 1 and err.startswith("error: ") and err.count("\n") == 1
    for word in words:
        assert word in err
