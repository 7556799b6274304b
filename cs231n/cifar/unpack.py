"""Unpack an archive that is not trusted.

This module never lets `tarfile` extract anything. It opens files itself, under names that the caller lists, and copies
the members' contents into them. So no path, link, owner or permission from the archive reaches the file system, in any
version of Python. (Python 3.11.0 to 3.11.3 have no extraction filters.)
"""

import gzip
import shutil
import tarfile
import zlib
from collections.abc import Collection
from pathlib import Path
from typing import BinaryIO

MAX_MEMBER_BYTES = 40 * 2**20  # CIFAR-10's largest file has 31 MB
MAX_TOTAL_BYTES = 256 * 2**20  # all of its files together have 186 MB
CHUNK_BYTES = 64 * 1024


class UnpackError(Exception):
    """The archive is damaged, or it is not the expected one."""


class _SizeLimitedStream:
    """A stream that raises an error after a number of bytes, since a small .gz can hold terabytes of zeros."""

    def __init__(self, stream: BinaryIO, max_bytes: int) -> None:
        self.stream, self.left = stream, max_bytes

    def read(self, size: int) -> bytes:
        """Read up to ``size`` bytes, as `BinaryIO.read` does."""
        content = self.stream.read(size)
        self.left -= len(content)
        if self.left < 0:
            raise UnpackError("holds more than it should (too large when unpacked)")
        return content


def unpack(archive: Path, folder: str, names: Collection[str], into: Path) -> None:
    """Copy files with these names from the folder in a .tar.gz.

    Arguments:
        archive: the .tar.gz.
        folder: the only folder that the archive may hold.
        names: the files to copy. Other plain files are not unpacked.
        into: an existing folder, where the files go.

    Raises:
        UnpackError: if the archive is damaged or too large, or holds anything but plain files in that folder, such as
            an absolute path, ``..``, a link, a device, or two files of the same name.
    """
    try:
        with gzip.open(archive) as stream:
            limited = _SizeLimitedStream(stream, MAX_TOTAL_BYTES)  # type: ignore[arg-type]
            with tarfile.open(fileobj=limited, mode="r|") as tar:  # type: ignore[call-overload]
                for member in tar:
                    name = _check_member(member, folder)
                    if name in names:
                        _copy(tar, member, into / name)
            while limited.read(CHUNK_BYTES):  # read to the end, so that gzip compares its checksum
                pass
    except UnpackError as error:
        raise UnpackError(f"{archive} {error}: delete it, and download it again") from None
    except (tarfile.TarError, gzip.BadGzipFile, zlib.error, EOFError) as error:
        raise UnpackError(f"{archive} is not a whole .tar.gz ({error}): delete it, and download it again") from None


def _check_member(member: tarfile.TarInfo, folder: str) -> str:
    """Return a member's name inside the folder, "" for the folder itself. Raise UnpackError if it is not harmless."""
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
