"""Hashes of the course's own files. They tell whether stored outputs, or grades, were made from these files."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

from .paths import NOTEBOOK_FOLDER, ROOT

LIBRARY_SUFFIXES = (".py", ".toml", ".json", ".npz", ".html", ".css")
BINARY_SUFFIXES = (".npz", ".png")


def notebook_hash(name: str) -> str:
    """Hash a committed notebook (cells, outputs and pictures), or the README's figure."""
    return hash_of([NOTEBOOK_FOLDER / name])


def library_hash() -> str:
    """Hash everything that a notebook's outputs can depend on: the library without the grader, and the data."""
    sources = [path for path in library_sources() if "grading" not in path.relative_to(ROOT).parts]
    return hash_of([*sources, ROOT / "datasets" / "mnist_5k.npz"])


def library_sources() -> list[Path]:
    """List the files of the library, with the grader's: sources and data. Not those that make the site."""
    files = [path for path in (ROOT / "cs231n").rglob("*") if path.suffix in LIBRARY_SUFFIXES]
    return sorted(path for path in files if path.relative_to(ROOT).parts[1] != "site")


def hash_of(paths: Iterable[Path]) -> str:
    """Hash the names and contents of files of the checkout. Windows line ends give the same hash."""
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + read_content(path) + b"\0")
    return digest.hexdigest()


def read_content(path: Path) -> bytes:
    """Read a file, with Unix line ends if it is text."""
    content = path.read_bytes()
    return content if path.suffix in BINARY_SUFFIXES else content.replace(b"\r\n", b"\n")
