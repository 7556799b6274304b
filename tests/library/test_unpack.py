"""Tests of unpacking: a malicious archive writes nothing outside its folder, and leaves nothing behind."""

import gzip
import hashlib
import io
import pickle
import tarfile

import numpy as np
import pytest

from cs231n.cifar import cifar10, download, unpack
from tests.helpers.cifar_files import NAMES, random_images, write_folder

FOLDER = "cifar-10-batches-bin"
WANTED = f"{FOLDER}/data_batch_1.bin"
IMAGES, LABELS = random_images(6)


def member(name, content=b"x", **fields):
    """A member of a tar: header and content. ``fields`` replace fields of the header."""
    info = tarfile.TarInfo(name)
    info.size = len(content)
    for field, value in fields.items():
        setattr(info, field, value)
    return info, content


def tar_of(*members):
    """A .tar.gz of the six files and these members. The sizes in the headers may be false."""
    good = [member(f"{FOLDER}/{name}.bin", LABELS[:1].tobytes() + IMAGES[:1].tobytes()) for name in NAMES]
    content = b""
    for info, data in [*members, *good]:
        content += info.tobuf() + data + bytes(-len(data) % 512)
    content += bytes(1024)
    return gzip.compress(content + bytes(-len(content) % tarfile.RECORDSIZE), 1)


def link(name, kind, target):
    return member(name, b"", type=kind, linkname=target)


MALICIOUS = {
    "a parent": [member("../escaped")],
    "a parent inside": [member(f"{FOLDER}/../../escaped")],
    "the folder's parent": [member(f"{FOLDER}/..")],
    "an absolute path": [member("/tmp/escaped-cs231n")],
    "an absolute path inside": [member(f"{FOLDER}//tmp/escaped-cs231n")],
    "Windows' path": [member(f"{FOLDER}/..\\..\\escaped")],
    "another folder": [member("elsewhere/data_batch_1.bin")],
    "a subfolder": [member(f"{FOLDER}/deeper/data_batch_1.bin")],
    "no folder": [member("data_batch_1.bin")],
    "a symbolic link": [link(WANTED, tarfile.SYMTYPE, "/etc/passwd")],
    "a symbolic link as the folder": [link(FOLDER, tarfile.SYMTYPE, "..")],
    "a hard link": [link(WANTED, tarfile.LNKTYPE, "/etc/passwd")],
    "a character device": [link(WANTED, tarfile.CHRTYPE, "")],
    "a block device": [link(WANTED, tarfile.BLKTYPE, "")],
    "a fifo": [link(WANTED, tarfile.FIFOTYPE, "")],
    "a folder as a file": [link(WANTED, tarfile.DIRTYPE, "")],
    "a file twice": [member(WANTED)],
    "a huge file": [member(WANTED, size=2**40)],
    "a file of negative size": [member(WANTED, size=-1)],
}


@pytest.fixture
def run(tmp_path, capsys, monkeypatch):
    """A function that runs the command on an archive, as if it were the published one and already in the folder."""
    folder = tmp_path / "outer" / "data"
    folder.mkdir(parents=True)

    def run(content, format="binary"):
        archive = download.Archive(f"https://localhost/cifar-10-{format}.tar.gz", hashlib.md5(content).hexdigest())
        monkeypatch.setitem(download.ARCHIVES, format, archive)
        (folder / f"cifar-10-{format}.tar.gz").write_bytes(content)
        code = download.main(["cifar10", "--folder", str(folder), "--format", format])
        (folder / f"cifar-10-{format}.tar.gz").unlink(missing_ok=True)
        return code, capsys.readouterr().err, sorted(path.name for path in (tmp_path).rglob("*"))

    return run


def test_a_good_one_is_unpacked(run):
    code, err, files = run(tar_of(link(FOLDER, tarfile.DIRTYPE, ""), member(f"{FOLDER}/batches.meta.txt")))
    assert (code, err) == (0, "")
    assert files == sorted(["outer", "data", FOLDER, "batches.meta.txt", *(f"{name}.bin" for name in NAMES)])


@pytest.mark.parametrize("kind", MALICIOUS)
def test_a_malicious_one_is_refused_whole(run, kind):
    code, err, files = run(tar_of(*MALICIOUS[kind]))
    assert code == 1 and err.startswith("error: ") and err.count("\n") == 1 and ".tar.gz" in err
    assert files == ["data", "outer"], "nothing is left, and nothing is outside"


def test_a_forged_owner_and_mode_mean_nothing(run, tmp_path):
    code, _, _ = run(tar_of(member(f"{FOLDER}/readme.html", mode=0o6777, uid=12345, gid=12345)))
    status = (tmp_path / "outer" / "data" / FOLDER / "readme.html").stat()
    assert code == 0 and status.st_mode & 0o7111 == 0 and status.st_uid != 12345


@pytest.mark.parametrize("kind", ["files", "a file", "a header"])
def test_an_archive_that_unpacks_to_too_much_is_refused(run, monkeypatch, kind):
    monkeypatch.setattr(unpack, "MAX_TOTAL_BYTES", 10**6)
    if kind == "a file":
        monkeypatch.setattr(unpack, "MAX_MEMBER_BYTES", 10**5)
        bomb = [member(WANTED, bytes(10**5 + 1))]
    elif kind == "files":
        bomb = [member(f"{FOLDER}/{i}", bytes(10**5)) for i in range(20)]
    else:  # tarfile reads a whole extended header into memory
        bomb = [member("pax", bytes(2 * 10**6), type=tarfile.XHDTYPE)]
    code, err, files = run(tar_of(*bomb))
    assert code == 1 and ("more than it should" in err or "100001 bytes" in err) and files == ["data", "outer"]


@pytest.mark.parametrize("damage", ["not gzip", "cut", "changed", "checksum", "not tar", "empty"])
def test_a_damaged_one_is_refused(run, damage):
    good = tar_of()
    content = {
        "not gzip": b"<html>404</html>",
        "cut": good[: len(good) // 2],
        "changed": good[:2000] + bytes(5) + good[2005:],
        "checksum": good[:-8] + bytes(4) + good[-4:],
        "not tar": gzip.compress(b"no tar" * 500),
        "empty": b"",
    }[damage]
    code, err, files = run(content)
    assert code == 1 and err.count("\n") == 1 and "Traceback" not in err and files == ["data", "outer"]


def test_one_without_all_files_is_refused(run):
    content = gzip.compress(member(f"{FOLDER}/readme.html")[0].tobuf() + bytes(512 + 1024))
    code, err, files = run(content)
    assert code == 1 and "cifar-10-binary.tar.gz has no data_batch_1.bin" in err and files == ["data", "outer"]


def test_a_malicious_pickle_in_a_good_archive_is_refused_before_it_gets_its_name(run, tmp_path):
    class Touch:
        def __reduce__(self):
            return open, (str(tmp_path / "ran"), "w")

    source = write_folder(tmp_path / "source", "python", IMAGES, LABELS)
    (source / "data_batch_4").write_bytes(pickle.dumps({"data": Touch(), "labels": [1]}, 2))
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as tar:
        for name in NAMES:
            tar.add(source / name, f"{cifar10.VERSIONS['python'].folder}/{name}")
    code, err, files = run(content.getvalue(), "python")
    assert code == 1 and "open, which CIFAR-10's files never do" in err
    assert "ran" not in files and cifar10.VERSIONS["python"].folder not in files
    assert not any(name.endswith(".part") for name in files)


def test_a_link_where_the_folder_should_be_made_is_not_followed(run, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (tmp_path / "outer" / "data" / f"{FOLDER}.part").symlink_to(elsewhere)
    code, err, _ = run(tar_of())
    assert code == 1 and ".part" in err and list(elsewhere.iterdir()) == []


def test_the_images_come_out_as_they_went_in(run, tmp_path):
    assert run(tar_of())[0] == 0
    X, y, _, _ = cifar10.load_CIFAR10(tmp_path / "outer" / "data")
    assert np.array_equal(X[0], IMAGES[0].transpose(1, 2, 0)) and np.all(y == LABELS[0])
