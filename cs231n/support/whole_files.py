"""Files that are written whole or not at all: a crash, a full disk or a reader in between never meets half of one."""

import contextlib
import os
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import IO


@contextlib.contextmanager
def written_whole(path: str | os.PathLike) -> Iterator[IO[bytes]]:
    """A file to write bytes to; when the block ends well it takes the place of the file of that name.

    Until then the old one stays as it is, and it stays if the block raises. What is written first is a file beside it,
    ``NAME.PROCESS.THREAD.part``, which a process that is killed in between may leave behind. The new file has the old
    one's permissions.

    Arguments:
        path: the file; where that is a symbolic link, the file that it leads to.

    Raises:
        OSError: where it can not be written.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with written_whole(folder + "/a.txt") as file:
    ...         _ = file.write(b"whole")
    ...     os.listdir(folder)
    ['a.txt']
    """
    path = Path(os.path.realpath(path))
    temporary = path.with_name(f"{path.name}.{os.getpid()}.{threading.get_ident()}.part")
    try:
        with open(temporary, "wb") as file:
            if path.exists():
                shutil.copymode(path, temporary)
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
    _sync_folder(path.parent)


def write_text(path: str | os.PathLike, text: str) -> None:
    """Write a text, as UTF-8 with its line ends as they are, whole or not at all."""
    with written_whole(path) as file:
        file.write(text.encode("utf-8"))


def _sync_folder(folder: Path) -> None:
    """Make the new name durable as well; where a folder can not be opened (Windows) that is the system's business."""
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(descriptor)
    except OSError:
        pass
    finally:
        os.close(descriptor)
