"""Unpack an archive that nobody trusts.

Nothing is extracted by `tarfile`, so no path, link, owner or permission of the archive ever reaches the file
system, in any version of Python (3.11.0 to 3.11.3 have no extraction filters): the members' contents are copied
into files that are opened here, under names that the caller lists.
"""

import gzip
import shutil
import tarfile
import zlib
from collections.abc import Collection
from pathlib import Path
from typing import BinaryIO

MAX_MEMBER_BYTES = 40 * 2**20  # CIFAR-10's largest file has 31 MB
MAX_TOTAL_BYTES = 256 * 2**20  # and all of them 186 MB
CHUNK_BYTES = 64 * 1024


class UnpackError(Exception):
    """The archive is damaged, or it is not what it should be."""


class _SizeLimitedStream:
    """A stream that refuses to give more than so many bytes: a small .gz can hold terabytes of zeros."""

    def __init__(self, stream: BinaryIO, most: int):
        self.stream, self.left = stream, most

    def read(self, size: int) -> bytes:
        """Read as `BinaryIO.read` does."""
        content = self.stream.read(size)
        self.left -= len(content)
        if self.left < 0:
            raise UnpackError("holds more than it should (too large when unpacked)")
        return content


def unpack(archive: Path, folder: str, names: Collection[str], into: Path) -> None:
    """Copy the files that are named out of one folder of a .tar.gz.

    Arguments:
        archive: the .tar.gz.
        folder: the one folder that the archive may hold.
        names: the files wanted; the folder's other plain files are left in the archive.
        into: an existing folder, to which the files go.

    Raises:
        UnpackError: for a damaged archive, one that is too large, and one with anything but plain files in that
            folder: an absolute path, ``..``, a link, a device, a second file of the same name.
    """
    try:
        with gzip.open(archive) as stream:
            limited = _SizeLimitedStream(stream, MAX_TOTAL_BYTES)  # type: ignore[arg-type]
            with tarfile.open(fileobj=limited, mode="r|") as tar:  # type: ignore[call-overload]
                for member in tar:
                    name = _check_member(member, folder)
                    if name in names:
                        _copy(tar, member, into / name)
            while limited.read(CHUNK_BYTES):  # to the end, where gzip keeps its own checksum
                pass
    except UnpackError as error:
        raise UnpackError(f"{archive} {error}: delete it, and download it again") from None
    except (tarfile.TarError, gzip.BadGzipFile, zlib.error, EOFError) as error:
        raise UnpackError(f"{archive} is not a whole .tar.gz ({error}): delete it, and download it again") from None


def _check_member(member: tarfile.TarInfo, folder: str) -> str:
    """The name inside the folder of a harmless member; empty for the folder itself."""
    parent, _, name = member.name.partition("/")
    if parent == folder and not name and member.isdir():
        return ""
    if not member.isreg() or member.issparse():
        raise UnpackError(f"holds {member.name!r}, which is not a plain file")
    if parent != folder or name in ("", ".", "..") or "/" in name or "\\" in name:
        raise UnpackError(f"holds {member.name!r}, which is not a file in {folder}/")
    if not 0 <= member.size <= MAX_MEMBER_BYTES:
        raise UnpackError(f"holds {member.name!r} of {member.size} bytes, not what it should")
    return name


def _copy(tar: tarfile.TarFile, member: tarfile.TarInfo, path: Path) -> None:
    """Copy a member's content into a new file."""
    content = tar.extractfile(member)
    assert content is not None, "a plain file has content"
    try:
        with open(path, "xb") as file:
            shutil.copyfileobj(content, file)
    except FileExistsError:
        raise UnpackError(f"holds {member.name!r} twice") from None
