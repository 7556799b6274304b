"""Hashes of the course's own files. They tell whether stored outputs, or grades, were made from these files."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

from .paths import NOTEBOOK_FOLDER, ROOT

LIBRARY_SUFFIXES = (".py", ".toml", ".json", ".npz")
BINARY_SUFFIXES = (".npz", ".png")


def notebook_hash(name: str) -> str:
    """Hash a committed notebook (cells, outputs and pictures), or the README's figure."""
    return hash_of([NOTEBOOK_FOLDER / name])


def library_hash() -> str:
    """Hash everything that a notebook's outputs can depend on: the library without the grader, and the data."""
    sources = [path for path in library_sources() if "grading" not in path.relative_to(ROOT).parts]
    return hash_of([*sources, ROOT / "datasets" / "mnist_5k.npz"])


def library_sources() -> list[Path]:
    """List the files of the library, with the grader's: sources and data."""
    return sorted(path for path in (ROOT / "cs231n").rglob("*") if path.suffix in LIBRARY_SUFFIXES)


def hash_of(paths: Iterable[Path]) -> str:
    """Hash the names and contents of files of the checkout. Windows line ends give the same hash."""
    digest = hashlib.sha256()
    for path in paths:
        content = path.read_bytes()
        if path.suffix not in BINARY_SUFFIXES:
            content = content.replace(b"\r\n", b"\n")
        digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + content + b"\0")
    return digest.hexdigest()
