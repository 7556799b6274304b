"""Hashes of the course's own files: are the stored outputs, or the grades, still those of these files?"""

import hashlib
from collections.abc import Iterable
from pathlib import Path

from .paths import NOTEBOOK_FOLDER, ROOT

KINDS = (".py", ".toml", ".json", ".npz")
BINARY = (".npz", ".png")


def notebook_hash(name: str) -> str:
    """Hash of a committed notebook (cells, outputs and pictures), or of the README's figure."""
    return hash_of([NOTEBOOK_FOLDER / name])


def library_hash() -> str:
    """Hash of everything that a notebook's outputs can depend on: the library without the grader, and the data."""
    sources = [path for path in library_sources() if "grading" not in path.relative_to(ROOT).parts]
    return hash_of([*sources, ROOT / "datasets" / "mnist_5k.npz"])


def library_sources() -> list[Path]:
    """The library's files, the grader's among them: sources and data."""
    return sorted(path for path in (ROOT / "cs231n").rglob("*") if path.suffix in KINDS)


def hash_of(paths: Iterable[Path]) -> str:
    """Hash of files of the checkout, names and contents, the same whatever the system's line ends."""
    digest = hashlib.sha256()
    for path in paths:
        content = path.read_bytes()
        if path.suffix not in BINARY:
            content = content.replace(b"\r\n", b"\n")
        digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + content + b"\0")
    return digest.hexdigest()
