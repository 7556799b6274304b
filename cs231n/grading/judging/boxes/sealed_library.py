"""The library that a boxed kernel sees: a release's library for one notebook, compiled, without its source."""

import functools
import importlib.util
import marshal
from collections.abc import Iterable
from pathlib import Path

from ...publishing.library_copy import write_library

VIS_UTILS_WITHOUT_FIGURES = '''"""Figures are never drawn in grading; the real module takes half a second to import."""


def __getattr__(name):
    return lambda *arguments, **settings: None
'''


def write_sealed_library(folder: Path, stubs: Iterable[str]) -> None:
    """Write ``folder/cs231n/`` with compiled modules only.

    The answers of earlier notebooks are the reference's. A student's code may call them, and cannot read them.

    Arguments:
        folder: where to write.
        stubs: names of the tasks whose functions become stubs.

    Raises:
        OSError: if a file cannot be written.
    """
    write_library(folder, stubs)
    library = folder / "cs231n"
    (library / "vis_utils.py").write_text(VIS_UTILS_WITHOUT_FIGURES, encoding="utf-8")
    for source in sorted(library.rglob("*.py")):
        compiled = _compile(source.relative_to(folder).as_posix(), source.read_text(encoding="utf-8"))
        source.with_suffix(".pyc").write_bytes(compiled)
        source.unlink()


@functools.cache  # most modules are the same for all notebooks
def _compile(name: str, source: str) -> bytes:
    """A module as the content of a .pyc file, see https://docs.python.org/3/library/py_compile.html."""
    header = importlib.util.MAGIC_NUMBER + bytes(12)  # no flags, no time and no size of the source
    return header + marshal.dumps(compile(source, name, "exec", dont_inherit=True))
