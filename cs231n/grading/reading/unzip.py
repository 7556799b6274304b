"""Read files out of a .zip that nobody trusts.

Nothing is extracted: the wanted members' contents are read into memory, one after the other. So no path, link,
owner or permission of the archive ever reaches the file system, and a name is only a name.
"""

import io
import os
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterator

MAX_ENTRIES = 10_000
MAX_READ_BYTES = 8 * 2**20  # at once; `zipfile` reads the whole list of members at once
MAX_RATIO = 1032  # deflate cannot do better: the members of an archive that claims more overlap, or it lies
CHUNK_BYTES = 2**20


class UnzipError(Exception):
    """The archive, or a member of it, cannot be read.

    The message is the end of a sentence, such as "is damaged"; `flag` is the instructor's word for it.
    """

    def __init__(self, message: str, flag: str = "unreadable-notebook"):
        super().__init__(message)
        self.flag = flag


class _Careful(io.BufferedReader):
    """A file that gives no more than so many bytes at once, and so no list of a million members."""

    def read(self, size: int | None = -1, /) -> bytes:
        """Read as a file does.

        Raises:
            UnzipError: when more is asked for at once than is sensible.
        """
        if size is not None and size > MAX_READ_BYTES:
            raise UnzipError("lists far too many files", "zip-bomb")
        return super().read(size)


def members(
    file: io.FileIO, wanted: Callable[[str], bool], most: int, in_all: int
) -> Iterator[tuple[str, bytes | UnzipError]]:
    """The wanted files of a .zip, in the order of their names.

    Arguments:
        file: the .zip, open for reading.
        wanted: says of a member's name, with ``/`` between its parts, whether the member is to be read.
        most: bytes that one member may have, unpacked.
        in_all: bytes that all that is read may have, unpacked.

    Yields:
        name, content: the content is an `UnzipError` where a member cannot be read, is a link, or is too large.

    Raises:
        UnzipError: when the archive as a whole cannot be read, holds too much, or is a zip bomb.
    """
    try:
        with zipfile.ZipFile(_Careful(file)) as archive:
            entries = archive.infolist()
            if len(entries) > MAX_ENTRIES:
                raise UnzipError(f"lists {len(entries):,} files, and {MAX_ENTRIES:,} is the limit", "zip-bomb")
            packed = os.fstat(file.fileno()).st_size
            if sum(entry.file_size for entry in entries) > packed * MAX_RATIO:
                raise UnzipError("would grow more than a thousandfold when unpacked", "zip-bomb")
            for entry in sorted(entries, key=lambda entry: entry.filename):
                name = entry.filename.replace("\\", "/")
                if entry.is_dir() or not wanted(name):
                    continue
                content: bytes | UnzipError
                try:
                    content = _read(archive, entry, min(most, in_all))
                    in_all -= len(content)
                except UnzipError as error:
                    content = error
                yield name, content
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError) as error:
        raise UnzipError(f"is not a whole .zip ({error})") from None


def _read(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, most: int) -> bytes:
    """A member's content, whatever size its header gives."""
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in (0, stat.S_IFREG):
        raise UnzipError("is a link or a device", "links")
    if entry.flag_bits & 1:
        raise UnzipError("has a password")
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):  # the others know no bounded reading
        raise UnzipError("is packed in an unusual way")
    parts: list[bytes] = []
    try:
        with archive.open(entry) as file:
            while part := file.read(CHUNK_BYTES):
                most -= len(part)
                if most < 0:
                    raise UnzipError("is too large", "too-large")
                parts.append(part)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError, RuntimeError) as error:
        raise UnzipError(f"is damaged ({error})") from None
    return b"".join(parts)
