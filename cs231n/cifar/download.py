"""Download CIFAR-10: the command ``python -m cs231n.data_utils cifar10``.

The module `fetch` fetches the archive, and `unpack` unpacks it. This module says which archive, and where to put it.
"""

import argparse
import errno
import os
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..support import commands, place
from ..support.session import say
from ..support.whole_files import check_writable, made_folder
from .cifar10 import BATCH_IMAGES, BROWSER, DATASETS, NUM_TRAINING_FILES, VERSIONS, Version, count_images
from .fetch import FetchError, fetch
from .unpack import UnpackError, unpack

NEEDED_BYTES = 360 * 2**20  # the archive has 170 MB, its files 186


@dataclass(frozen=True)
class Archive:
    """An archive that is published at https://www.cs.toronto.edu/~kriz/cifar.html."""

    url: str
    md5: str


ARCHIVES = {
    "binary": Archive(
        "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz", "c32a1d4ab5d03f1284b67883e8d87530"
    ),
    "python": Archive(
        "https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz", "c58f30108f718f92721af3b95e74349a"
    ),
}  # fmt: skip


def download_cifar10(format: str = "binary", url: str | None = None, folder: Path | str = DATASETS) -> Path:
    """Download and unpack CIFAR-10 (170 MB, 185 MB unpacked), unless it is there already. Print what is done.

    You can interrupt it at any point and run it again. If the archive is already in the folder, under its published
    name and with the right checksum, it is not downloaded.

    Arguments:
        format: ``"binary"`` or ``"python"``. The images are the same.
        url: another address of the same archive.
        folder: where to put the data. The folder ``cifar-10-batches-bin`` or ``cifar-10-batches-py`` is made in it.

    Returns:
        The folder of the images, for `load_CIFAR10`.

    Raises:
        FetchError, UnpackError: if fetching or unpacking fails. The message says what to do next.
        ValueError, FileNotFoundError: if the unpacked files are not CIFAR-10's.
        FileExistsError: if the target folder exists but is not usable.
        OSError: if a file cannot be written, or the disk has too little space. Then no empty folder is left.
    """
    archive, version, folder = ARCHIVES[format], VERSIONS[format], Path(os.path.abspath(folder))
    target = folder / version.folder
    if target.exists():
        try:
            say(f"already there: {_describe(target)}")
        except (FileNotFoundError, ValueError) as error:
            problem = (
                f"{target} is there, but its files are not whole: delete that folder and run the same command again"
            )
            raise FileExistsError(problem) from error
        return target
    if place.in_browser():
        raise FetchError(BROWSER)
    with made_folder(folder):
        path = folder / archive.url.rpartition("/")[2]
        url = archive.url if url is None else url
        if not path.exists():
            check_writable(path)
            _check_space(path)
            say(f"downloading {url} into {folder}")
        fetch(url, path, archive.md5)
        _unpack(path, version, target)
    say(f"ready: {_describe(target)}")
    return target


def _check_space(path: Path) -> None:
    """Raise OSError if the archive and its files will not fit on the disk: now, not after the download."""
    part = path.with_name(path.name + ".part")
    needed = NEEDED_BYTES - (part.stat().st_size if part.exists() else 0)
    free = shutil.disk_usage(path.parent).free
    if free < needed:
        what = f"{free // 2**20} MB are free, and {needed // 2**20} are needed; make room, or name another --folder"
        raise OSError(errno.ENOSPC, what, str(path.parent))


def _unpack(path: Path, version: Version, target: Path) -> None:
    """Unpack the archive into the target folder, whole or not at all. Then delete the archive."""
    work = target.with_name(target.name + ".part")
    shutil.rmtree(work, ignore_errors=True)  # an earlier run may have been killed
    work.mkdir()
    try:
        unpack(path, version.folder, {*version.batches, *version.texts}, work)
        missing = [name for name in version.batches if not (work / name).is_file()]
        if missing:
            raise UnpackError(f"{path} has no {missing[0]}: delete it, and download it again")
        count_images(work)  # raises an error unless these are CIFAR-10's files
        work.rename(target)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    path.unlink()


def _describe(folder: Path) -> str:
    """Describe a folder of CIFAR-10 in words: its path and how many images it holds."""
    train, test = count_images(folder)
    whole = (train, test) == (NUM_TRAINING_FILES * BATCH_IMAGES, BATCH_IMAGES)
    note = "" if whole else "; that is a sample: delete the folder and run this again to have all of CIFAR-10"
    return f"{folder} ({train} training and {test} test images{note})"


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command. Return its exit code: 0 for success, 1 for an error, 130 for Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python -m cs231n.data_utils", description="Download a data set.")
    parser.add_argument("dataset", choices=["cifar10"], help="which")
    formats = sorted(ARCHIVES)
    parser.add_argument("--format", choices=formats, default="binary", help="bytes or pickles (%(default)s)")
    parser.add_argument("--url", help="another address of the same archive, such as a mirror's")
    parser.add_argument("--folder", type=Path, default=DATASETS, metavar="DIR", help="where to (%(default)s)")
    arguments = parser.parse_args(argv)

    def download() -> int:
        try:
            download_cifar10(arguments.format, arguments.url, arguments.folder)
        except (FetchError, UnpackError, ValueError) as error:
            print(f"error: {error}", file=sys.stderr)
            return commands.FAILED
        return 0

    return commands.run(download, "stopped; run the same command again to go on")
