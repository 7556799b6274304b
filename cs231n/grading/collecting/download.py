"""Take a download as it comes, file or folder: find out which platform made it, say so, and find the submissions."""

import stat
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from ...assignment.actions import NOTEBOOKS
from ..reading.notebook_files import walk
from ..reading.remarks import Notes, listed, shown
from ..reading.submissions import NOTEBOOK_ENDINGS, Submission, find_submissions, list_submissions, tell_apart
from . import nbgrader
from .entries import Entry, Work, read_entries
from .gathered import gather
from .platforms import PLAIN, PLAIN_TITLE, PLATFORMS, find_names, find_others, guess, holds_class
from .unpacked import HANDED_IN, list_archive, unpack

MAX_WRAPPERS = 4  # folders or archives around the one that holds the class
Say = Callable[[str], None]


def collect(download: Path, out: Path, layout: str | None, say: Say) -> list[Submission]:
    """Find the submissions in a download, sorted by student. Two students are never taken for one.

    Arguments:
        download: the folder or .zip that the learning platform gave.
        out: the folder of grades. What must be unpacked or put together goes into its folder ``handed-in``.
        layout: the platform, one of `platforms.FORMATS`. None to find it out.
        say: a function that is called with every line of text for the instructor.

    Returns:
        submissions: with the students' identities, as far as the platform gives them.

    Raises:
        ValueError: if there is no such download, or nothing tells whose the files are. The message says what to do.
        OSError: if a file cannot be read or written.
    """
    if download.resolve().is_relative_to((out / HANDED_IN).resolve()):
        raise ValueError(f"{download} is the grader's own copy: name the download itself, or copy that elsewhere")
    told = layout is not None
    folder, entries, layout = _find_class(download, out, layout, say)
    names: set[str] = set()
    strays: list[str] = []
    if layout == PLAIN:
        found, title = _collect_plain(folder), PLAIN_TITLE
    else:
        names, title = find_names(layout, entries, told), PLATFORMS[layout].TITLE
        found, strays = _collect_platform(layout, names, entries, out)
    students = "1 student" if len(found) == 1 else f"{len(found)} students"
    say(f"{shown(str(download), 300)}: taken for {title}; {students}")
    if strays:
        say(f"not named by this platform, so each is taken for a student of its own: {listed(strays)}")
    left_out = [entry.name for entry in entries if not entry.is_work and entry.name not in names]
    if left_out:
        say(f"left out, since they are no folders, archives or notebooks: {listed(left_out)}")
    return found


def _find_class(download: Path, out: Path, layout: str | None, say: Say) -> tuple[Path, list[Entry], str]:
    """Find the folder that holds the class: inside a .zip, or inside a folder or .zip that is alone in its folder."""
    folder = _open(download, out, say)
    was_zip = folder != download
    for _ in range(MAX_WRAPPERS):
        entries = read_entries(folder)
        best = guess(entries)
        if layout in PLATFORMS and find_names(layout, entries, told=True):
            return folder, entries, layout
        if layout is None and best != PLAIN:
            return folder, entries, best
        inner = _find_inner(entries, layout, was_zip)
        if inner is None or inner.path is None:
            break
        folder = _open(inner.path, out, say)
    if layout in PLATFORMS:
        raise ValueError(
            f"{download} is no download of {layout}: no name in it is as that platform writes it. Leave --format out, "
            "or name another one"
        )
    if layout is None:
        _refuse_classes_inside(download, entries, was_zip)
    return folder, entries, PLAIN


def _open(download: Path, out: Path, say: Say) -> Path:
    """The folder with what is in a download. Raises ValueError if it is no folder and no .zip."""
    if download.is_dir():
        return download
    if download.is_file() and download.name.lower().endswith(".zip"):
        return unpack(download, out, say)
    raise ValueError(
        f"{download} is not a folder or a .zip: name what the learning platform gave, or the folder that holds one "
        "folder (or .zip) per student"
    )


def _find_inner(entries: list[Entry], layout: str | None, was_zip: bool) -> Entry | None:
    """The only entry of a folder, if it holds the whole class; or the folder ``submitted`` of an nbgrader course."""
    if layout == PLAIN:
        return None
    works = [entry for entry in entries if entry.is_work]
    submitted = [entry for entry in works if entry.name == nbgrader.SUBMITTED and entry.is_folder]
    if submitted and nbgrader.COURSE & {entry.name for entry in entries}:
        return submitted[0]
    if len(works) != 1:
        return None
    inside = _look_inside(works[0])
    if layout in PLATFORMS and find_names(layout, inside, told=True) or layout is None and holds_class(inside):
        return works[0]
    wraps = layout is None and was_zip and works[0].is_folder and _holds_several(_list_notebooks(works[0]))
    return works[0] if wraps else None


def _look_inside(entry: Entry) -> list[Entry]:
    """The entries at the top of a folder or of a .zip, which is not unpacked. Empty if it cannot be read."""
    if entry.path is None:
        return []
    if entry.is_folder:
        try:
            return read_entries(entry.path)
        except OSError:
            return []
    if not stat.S_ISREG(entry.mode) or not entry.name.lower().endswith(".zip"):
        return []
    tops: dict[str, bool] = {}
    for name in list_archive(entry.path):
        top, _, rest = name.lstrip("/").partition("/")
        tops[top] = tops.get(top, False) or bool(rest) or name.endswith("/")
    return [Entry(top, stat.S_IFDIR if is_folder else stat.S_IFREG) for top, is_folder in tops.items() if top]


def _refuse_classes_inside(download: Path, entries: list[Entry], was_zip: bool) -> None:
    """Raise ValueError if an entry that would be one student's holds a class, or may hold one."""
    works = [entry for entry in entries if entry.is_work]
    for entry in works:
        if holds_class(_look_inside(entry)):
            raise ValueError(
                f"{shown(entry.name)} is itself the download of a class, not one student's: give grade one download "
                "at a time; or, if it is a student's, say --format plain"
            )
    inside = _list_notebooks(works[0]) if len(works) == 1 else {}
    renamed = [path for path in inside if path.endswith(NOTEBOOK_ENDINGS) and path not in NOTEBOOKS]
    if _holds_several(inside) or was_zip and len(renamed) > 1:
        raise ValueError(
            f"{download} holds only {shown(works[0].name)}, which may be a class or one student with several files: if "
            f"it is a class, {'unpack it and name the' if was_zip else 'name that'} folder (or .zip) itself; if it is "
            "one student's, say --format plain"
        )


def _list_notebooks(entry: Entry) -> dict[str, list[str]]:
    """The notebooks and archives below a folder or in a .zip: their names, by what they lie in at its top."""
    if entry.path is None:
        return {}
    if entry.is_folder:
        paths = [path.relative_to(entry.path).as_posix() for path in walk(entry.path, Notes())]
    else:
        paths = list_archive(entry.path) if stat.S_ISREG(entry.mode) else []
    tops: dict[str, list[str]] = {}
    for path in paths:
        if path.lower().endswith((".zip", *NOTEBOOK_ENDINGS)):
            top, _, rest = path.lstrip("/").partition("/")
            tops.setdefault(top, []).append(rest.rpartition("/")[2])
    return tops


def _holds_several(tops: dict[str, list[str]]) -> bool:
    """Whether notebooks may be several students': several archives, or several folders that are no student's parts.

    One student's parts are folders with different notebooks, which have the course's names.
    """
    archives = [top for top, names in tops.items() if names == [""] and top.lower().endswith(".zip")]
    folders = [names for names in tops.values() if names != [""]]
    names = [name for inside in folders for name in set(inside)]
    are_parts = set(names) <= set(NOTEBOOKS) and len(set(names)) == len(names)
    return len(archives) > 1 or len(folders) > 1 and not are_parts


def _collect_plain(folder: Path) -> list[Submission]:
    found = find_submissions(folder)
    if not found:
        raise ValueError(
            f"there is nothing in {folder}: it should be what the learning platform gave, or hold one folder, .zip "
            "or notebook per student"
        )
    return found


def _collect_platform(
    layout: str, names: set[str], entries: list[Entry], out: Path
) -> tuple[list[Submission], list[str]]:
    """The submissions of a platform's download, and the names of entries that the platform did not make.

    Arguments:
        names: the names of the entries that it made.
    """
    works: list[Work] = PLATFORMS[layout].collect([entry for entry in entries if entry.name in names])
    others = find_others(entries, names)
    folders = {entry.path.parent for entry in others if entry.path}
    single = {one.path: one for folder in folders for one in list_submissions(folder)}
    rest = [single[entry.path] for entry in others if entry.path in single]
    found = [Submission(work.student, _first_path(work), work.flags, work.identity) for work in works]
    found = tell_apart([*found, *rest])
    for place, work in enumerate(works):
        path, flags = gather(work.entries, found[place].student, out)
        found[place] = replace(found[place], path=path, flags=(*found[place].flags, *flags))
    return sorted(found, key=lambda submission: submission.student), [entry.name for entry in others]


def _first_path(work: Work) -> Path:
    return work.entries[0].path or Path(work.entries[0].name)
