"""Read files out of a .zip that may be hostile.

Nothing is extracted to disk. The contents of the wanted members are read into memory, one after the other, so no path,
link, owner or permission of the archive reaches the file system.
"""

import io
import os
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterator
from datetime import datetime

MAX_ENTRIES = 10_000
MAX_READ_BYTES = 8 * 2**20  # by one call of read(); `zipfile` reads the whole list of members in one call
MAX_RATIO = 1032  # the best that deflate can do; if an archive claims more, its members overlap or it lies
CHUNK_BYTES = 2**20


class UnzipError(Exception):
    """The archive, or a member of it, cannot be read.

    Attributes:
        flag: the instructor's word for the reason. The message is the end of a sentence, such as "is damaged".
    """

    def __init__(self, message: str, flag: str = "unreadable-notebook") -> None:
        super().__init__(message)
        self.flag = flag


class _LimitedReader(io.BufferedReader):
    """A file that refuses to read more than MAX_READ_BYTES at once, such as a list of a million members."""

    def read(self, size: int | None = -1, /) -> bytes:
        """Read as a file does.

        Raises:
            UnzipError: if more than MAX_READ_BYTES are asked for.
        """
        if size is not None and size > MAX_READ_BYTES:
            raise UnzipError("lists far too many files", "zip-bomb")
        return super().read(size)


def list_members(file: io.FileIO, max_entries: int = MAX_ENTRIES) -> list[str]:
    """The names in a .zip, with ``/`` between the parts. A folder's name ends with ``/``.

    Raises:
        UnzipError: as `read_members` does.
    """
    try:
        with zipfile.ZipFile(_LimitedReader(file)) as archive:
            return [_name_of(entry) for entry in _list_entries(archive, file, max_entries)]
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError) as error:
        raise UnzipError(f"is not a whole .zip ({error})") from None


def read_members(
    file: io.FileIO, is_wanted: Callable[[str], bool], max_member_bytes: int, max_total_bytes: int,
    max_entries: int = MAX_ENTRIES,
) -> Iterator[tuple[str, bytes | UnzipError, float]]:  # fmt: skip
    """Read the wanted members of a .zip, in the order of their names.

    Arguments:
        file: the .zip, open for reading.
        is_wanted: function that says whether to read a member, given its name with ``/`` between the parts.
        max_member_bytes: limit for one member, unpacked.
        max_total_bytes: limit for all members that are read together, unpacked.
        max_entries: limit for the number of members that the archive lists.

    Yields:
        name, content, saved: the content is bytes, or an `UnzipError` if the member is a link, too large, or
            unreadable. The last is the time of the member's file in seconds, 0 if there is none.

    Raises:
        UnzipError: if the archive cannot be read, lists too many files, or is a zip bomb.
    """
    try:
        with zipfile.ZipFile(_LimitedReader(file)) as archive:
            for entry in _list_entries(archive, file, max_entries):
                name = _name_of(entry)
                if entry.is_dir() or not is_wanted(name):
                    continue
                content: bytes | UnzipError
                try:
                    content = _read_member(archive, entry, min(max_member_bytes, max_total_bytes))
                    max_total_bytes -= len(content)
                except UnzipError as error:
                    content = error
                yield name, content, _find_time(entry)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError) as error:
        raise UnzipError(f"is not a whole .zip ({error})") from None


def _list_entries(archive: zipfile.ZipFile, file: io.FileIO, max_entries: int) -> list[zipfile.ZipInfo]:
    """The entries of an archive, in the order of their names. Raises UnzipError if it is a zip bomb."""
    entries = archive.infolist()
    if len(entries) > max_entries:
        raise UnzipError(f"lists {len(entries):,} files, and {max_entries:,} is the limit", "zip-bomb")
    packed = os.fstat(file.fileno()).st_size
    if sum(entry.file_size for entry in entries) > packed * MAX_RATIO:
        raise UnzipError("would grow more than a thousandfold when unpacked", "zip-bomb")
    return sorted(entries, key=lambda entry: entry.filename)


def _name_of(entry: zipfile.ZipInfo) -> str:
    """A member's name with ``/`` between the parts. Some programs (macOS) write UTF-8 without the flag that says so."""
    name = entry.filename
    if not entry.flag_bits & 0x800:
        try:
            name = name.encode("cp437").decode("utf-8")
        except ValueError:
            pass
    return name.replace("\\", "/")


def _find_time(entry: zipfile.ZipInfo) -> float:
    """When a member's file was changed, in seconds; 0 if the archive does not say. Programs then write 1980."""
    try:
        when = datetime(*entry.date_time)
    except ValueError:
        return 0
    return when.timestamp() if when.year > 1980 else 0


def _read_member(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, limit: int) -> bytes:
    """Read a member of at most `limit` bytes, whatever size its header claims.

    Raises:
        UnzipError: if the member cannot be read, or is not a regular file, or is too large.
    """
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in (0, stat.S_IFREG):
        raise UnzipError("is a link or a device", "links")
    if entry.flag_bits & 1:
        raise UnzipError("has a password")
    if entry.compress_type not in (
        zipfile.ZIP_STORED,
        zipfile.ZIP_DEFLATED,
    ):  # the other methods cannot be read within a limit
        raise UnzipError("is packed in an unusual way")
    parts: list[bytes] = []
    try:
        with archive.open(entry) as file:
            while part := file.read(CHUNK_BYTES):
                limit -= len(part)
                if limit < 0:
                    raise UnzipError("is too large", "too-large")
                parts.append(part)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError, RuntimeError) as error:
        raise UnzipError(f"is damaged ({error})") from None
    return b"".join(parts)
