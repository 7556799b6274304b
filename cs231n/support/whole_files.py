"""Write files and folders whole or not at all. A crash or a full disk leaves no half of one, and no reader sees it."""

import contextlib
import errno
import os
import shutil
import tempfile
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO


@contextlib.contextmanager
def written_whole(path: str | os.PathLike) -> Iterator[IO[bytes]]:
    """Open a file for writing bytes. When the block ends, the new file replaces the old one of that name.

    If the block raises an error, the old file stays. The bytes first go into a file beside it, called
    ``NAME.PROCESS.THREAD.part``. A process that is killed in between may leave that file behind. The new file gets the
    permissions of the old one.

    Arguments:
        path: the file. If it is a symbolic link, the file that the link leads to is replaced.

    Raises:
        OSError: if the file cannot be written, or there is something else than a regular file in its place, such as a
            folder or a device.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with written_whole(folder + "/a.txt") as file:
    ...         _ = file.write(b"whole")
    ...     os.listdir(folder)
    ['a.txt']
    """
    path = _find_target(path)
    temporary = path.with_name(f"{path.name}.{os.getpid()}.{threading.get_ident()}.part")
    try:
        with open(temporary, "wb") as file:
            if path.exists():
                shutil.copymode(path, temporary)
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except OSError as error:
        _name_path(error, path)
        raise
    finally:
        temporary.unlink(missing_ok=True)
    _sync_folder(path.parent)


def check_writable(path: str | os.PathLike) -> None:
    """Find out now, not after minutes of work, whether `written_whole` can write a file. Nothing is left behind.

    Raises:
        OSError: as `written_whole` does. A disk that fills up later is not foreseen.
    """
    path = _find_target(path)
    probe = path.with_name(f"{path.name}.{os.getpid()}.{threading.get_ident()}.probe")
    with open(probe, "xb"):
        pass
    probe.unlink()


def write_text(path: str | os.PathLike, text: str) -> None:
    """Write a text whole or not at all, as UTF-8. The line ends are not changed."""
    with written_whole(path) as file:
        file.write(text.encode("utf-8"))


@contextlib.contextmanager
def made_folder(path: str | os.PathLike) -> Iterator[Path]:
    """Make a folder, and those above it, for the block. If the block raises an error, remove those that are empty.

    Only folders that were not there before are removed.

    Raises:
        OSError: if the folder cannot be made.
    """
    path = Path(path)
    new = [folder for folder in (path, *path.parents) if not os.path.lexists(folder)]
    try:
        path.mkdir(parents=True, exist_ok=True)
        yield path
    except BaseException as error:
        for folder in new:
            with contextlib.suppress(OSError):
                folder.rmdir()
        if isinstance(error, OSError):
            _name_path(error, path)
        raise


@contextlib.contextmanager
def replaced_folder(path: str | os.PathLike) -> Iterator[Path]:
    """Give an empty folder to fill. When the block ends, it replaces the folder of that name, if there is one.

    If the block raises an error, the old folder stays. A process that is killed in between may leave ``.NAME-...``
    beside it.

    Arguments:
        path: the folder. What is in it is removed: whether that may be is for the caller to ask first.

    Raises:
        OSError: if the folder cannot be written.
    """
    path = Path(os.path.abspath(path))
    with made_folder(path.parent), tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.name}-") as beside:
        new = Path(beside).resolve() / path.name
        new.mkdir()
        yield new
        old = new.with_name("old")
        if path.exists():
            os.replace(path, old)
        try:
            os.replace(new, path)
        except OSError:
            if old.exists():
                os.replace(old, path)
            raise


def write_all(folder: str | os.PathLike, texts: Mapping[str, str]) -> None:
    """Write several texts into a folder, as UTF-8: all of them or none. The folder is made if it is missing.

    Arguments:
        folder: the folder. After an error it is as it was before.
        texts: the texts by file name.

    Raises:
        OSError: if a file cannot be written.
    """
    with made_folder(folder) as place, contextlib.ExitStack() as stack:
        files = [(stack.enter_context(written_whole(place / name)), text) for name, text in texts.items()]
        for file, text in files:
            file.write(text.encode("utf-8"))
            file.flush()
            os.fsync(file.fileno())  # a full disk shows here, before the first file is replaced


def _name_path(error: OSError, path: Path) -> None:
    """Add the path to an error of the system that does not name one, as that of a full disk."""
    if error.errno is not None and error.filename is None:
        error.filename = str(path)


def _find_target(path: str | os.PathLike) -> Path:
    """The file that a path leads to; OSError if something else than a regular file is there."""
    target = Path(os.path.realpath(path))
    if target.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if target.exists() and not target.is_file():
        raise OSError(errno.EINVAL, "Not a regular file", str(path))
    return target


def _sync_folder(folder: Path) -> None:
    """Make the new name durable, too. Where a folder cannot be opened (Windows), leave that to the system."""
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
