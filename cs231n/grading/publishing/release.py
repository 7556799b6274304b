"""Write a release: the folder that students get, and a zip of it. It holds no answer, no test and no grader."""

import contextlib
import hashlib
import os
import shutil
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO

import nbformat

from ...assignment.actions import NOTEBOOKS, TASKS
from ...support.whole_files import made_folder, replaced_folder, written_whole
from .edition import course_edition
from .library_copy import release_notebooks, write_library
from .notebooks import ROOT, is_graded, name_of, put_points
from .refresh import write_notebook

STUDENT_README = Path(__file__).with_name("student_readme.md")
DATA_FILES = (
    "README.md",
    "make_mnist_5k.py",
    "mnist_5k.npz",
)  # named one by one, so that no downloaded data set goes into a release
SUMS = "SHA256SUMS"
CACHE_FOLDERS = {"__pycache__", ".ipynb_checkpoints"}
ZIP_DATE = (1980, 1, 1, 0, 0, 0)  # the earliest date of the format; a fixed date makes equal releases equal files


def release(out: Path, points: Mapping[str, float] | None = None) -> Path:
    """Write a release.

    Arguments:
        out: the folder to write. ``out.zip`` is written beside it.
        points: points that replace those of the table of actions, by the name of a task or written question.

    Returns:
        The zip's path.

    Raises:
        FileExistsError: if ``out`` is not an earlier release, untouched since, or the zip is not one of a release.
        ValueError: if the committed notebooks are solved.
    """
    out = Path(os.path.abspath(out))
    refuse_to_destroy(out)  # check both before writing, so that the zip never changes alone
    archive = out.with_name(out.name + ".zip")
    if archive.exists() and not _is_release_zip(archive):
        raise FileExistsError(f"{archive} is not the zip of an earlier release; move it away, or choose another name")
    notebooks = release_notebooks()
    for nb in notebooks.values():
        put_points(nb, points or {})

    def write(folder: Path) -> None:
        write_library(folder)
        (folder / "notebooks").mkdir()
        for name, nb in notebooks.items():
            write_notebook(nb, folder / "notebooks" / name)
        copy_data(folder / "datasets")
        for name in ("LICENSE", "requirements.txt"):
            shutil.copyfile(ROOT / name, folder / name)
        (folder / "README.md").write_text(_make_readme(notebooks), encoding="utf-8", newline="\n")

    write_whole_folder(out, write, archive)
    return archive


def write_whole_folder(out: Path, write: Callable[[Path], None], archive: Path | None = None) -> None:
    """Write a folder whole or not at all, with a file of its files' checksums. Replace the folder of an earlier run.

    Arguments:
        out: the folder.
        write: function that fills an empty folder.
        archive: None, or a zip of the folder to write beside it: both are written, or none.

    Raises:
        FileExistsError: if ``out`` holds somebody's work, which a replacement would destroy.
    """
    out = Path(os.path.abspath(out))
    refuse_to_destroy(out)
    with made_folder(out.parent), contextlib.ExitStack() as last:
        packed = None if archive is None else last.enter_context(written_whole(archive))  # replaced after the folder
        with replaced_folder(out) as folder:
            write(folder)
            sums = [f"{_hash_file(path)}  {path.relative_to(folder).as_posix()}\n" for path in _list_files(folder)]
            (folder / SUMS).write_text("".join(sums), encoding="utf-8", newline="\n")
            if packed is not None:
                _write_zip(folder, packed)


def refuse_to_destroy(out: Path) -> None:
    """Raise FileExistsError unless a folder is missing, empty, or exactly as `write_whole_folder` has left it."""
    advice = "move it away, or name another folder"
    if out.is_symlink() or (out.exists() and not out.is_dir()):
        raise FileExistsError(f"{out} is not a folder; {advice}")
    if not out.exists() or not any(out.iterdir()):
        return
    if not (out / SUMS).is_file():
        raise FileExistsError(f"{out} is not empty, and not an earlier release; {advice}")
    lines = (out / SUMS).read_text(encoding="utf-8", errors="replace").splitlines()
    recorded = {name: digest for digest, _, name in (line.partition("  ") for line in lines)}
    found = {path.relative_to(out).as_posix(): path for path in _list_files(out) if path.name != SUMS}
    touched = [name for name, path in found.items() if name not in recorded or recorded[name] != _hash_file(path)]
    if touched:
        more = f" and {len(touched) - 3} more" if len(touched) > 3 else ""
        raise FileExistsError(
            f"{out} is an earlier release, but somebody has worked in it: {', '.join(touched[:3])}{more}; {advice}"
        )


def copy_data(folder: Path) -> None:
    """Copy the committed data set, its README and the script that made it into a new folder."""
    folder.mkdir()
    for name in DATA_FILES:
        shutil.copyfile(ROOT / "datasets" / name, folder / name)


def _make_readme(notebooks: Mapping[str, nbformat.NotebookNode]) -> str:
    """Fill the names of the notebooks, the points and the edition into the README for students."""
    graded = {name_of(cell): cell for nb in notebooks.values() for cell in nb.cells if is_graded(cell)}
    rows = [
        f"| {f'{TASKS[name].number} `{name}`' if name in TASKS else name} | {cell.metadata.nbgrader.points:g} |"
        for name, cell in graded.items()
    ]
    rows.append(f"| **together** | **{sum(cell.metadata.nbgrader.points for cell in graded.values()):g}** |")
    text = STUDENT_README.read_text(encoding="utf-8")
    files = "\n".join(f"- `{name}`" for name in NOTEBOOKS)
    values = {"{files}": files, "{points}": "\n".join(rows), "{edition}": course_edition()}
    for name, value in values.items():
        text = text.replace(name, value)
    return text


def _list_files(folder: Path) -> list[Path]:
    """List all files below a folder, sorted by name, without the caches that Python and Jupyter leave."""
    below = sorted(folder.rglob("*"), key=lambda path: path.relative_to(folder).as_posix())
    return [path for path in below if not path.is_dir() and not CACHE_FOLDERS & set(path.relative_to(folder).parts)]


def _hash_file(path: Path) -> str:
    """Compute the SHA-256 checksum of a file, in hexadecimal digits."""
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "not a file"


def _write_zip(folder: Path, file: IO[bytes]) -> None:
    """Write a zip of a folder. The same files give the same bytes on every system."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as packed:
        for path in _list_files(folder):
            info = zipfile.ZipInfo(f"{folder.name}/{path.relative_to(folder).as_posix()}", ZIP_DATE)
            info.create_system, info.external_attr = 3, 0o644 << 16  # Unix and rw-r--r--, on every system
            info.compress_type = zipfile.ZIP_DEFLATED
            packed.writestr(info, path.read_bytes())


def _is_release_zip(archive: Path) -> bool:
    """Whether a file is the zip of a release: it holds a folder with a file of checksums."""
    try:
        with zipfile.ZipFile(archive) as packed:
            return any(name.count("/") == 1 and name.endswith(f"/{SUMS}") for name in packed.namelist())
    except (OSError, zipfile.BadZipFile):
        return False
