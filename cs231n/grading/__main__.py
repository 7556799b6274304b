"""The instructor's and maintainer's commands; ``python -m cs231n.grading --help`` lists them."""

import sys

from ..support import commands

if __name__ == "__main__":
    commands.stop_in_one_line()

import argparse
import io
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..assignment.actions import NOTEBOOKS
from ..support.commands import at_least_one
from ..support.whole_files import write_all
from .collecting.platforms import FORMATS
from .examples import EXPLAIN_EXAMPLES, GRADE_EXAMPLES
from .grade import grade
from .judging.boxes.box import UBUNTU_REMEDY, NoBox
from .publishing.autograder_zip import autograder_path, check_autograder, write_autograder
from .publishing.nbgrader_source import ASSIGNMENT, write_source
from .publishing.notebooks import NOTEBOOK_FOLDER, read_notebooks, solve
from .publishing.points import read_points
from .publishing.refresh import find_stale, refresh, text_of
from .publishing.release import SUMS, release
from .reporting.appeal import explain
from .reporting.class_settings import add_class_options, read_class_settings

GRADE_TEXT = f"""\
Grade a class: every notebook runs in a box, with tests drawn anew from a seed, under nbval.
DOWNLOAD is what the learning platform gave, packed or unpacked, or one folder, .zip or notebook per student.
A second run goes on where the first one ended. The box is bubblewrap's: sudo apt install bubblewrap.
{UBUNTU_REMEDY}
As root no limit on the number of processes binds; the system-call filter, which forbids them, does."""

STOPPED = {  # what Ctrl-C brings
    "solve": "stopped: nothing was written",
    "refresh": "stopped: what was refreshed is kept, but the notebooks are not fresh yet; run the same command again",
    "release": "stopped: nothing was written",
    "grade": "stopped; what is graded is kept, and the same command goes on",
    "explain": "stopped",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command.

    Arguments:
        argv: the command line; None for that of this process.

    Returns:
        The exit code.

    Raises:
        SystemExit: with a message, if the command cannot be done.
    """
    parser = argparse.ArgumentParser(prog="python -m cs231n.grading", description=__doc__.split(";")[0])
    subparsers = parser.add_subparsers(dest="command", required=True)
    for add_command in (add_solve, add_refresh, add_release, add_grade, add_explain):
        add_command(subparsers)
    arguments = parser.parse_args(argv)
    print_any_letter()
    return commands.run(lambda: arguments.run(arguments), STOPPED[arguments.command])


def add_solve(subparsers: Any) -> None:
    """Add the command ``solve`` to the parser's subcommands. (The other functions ``add_...`` do the same.)"""
    parser = subparsers.add_parser("solve", help="write the solved, unexecuted notebooks into a folder")
    parser.set_defaults(run=run_solve)
    parser.add_argument("out_dir", type=Path, metavar="OUT_DIR")


def run_solve(arguments: argparse.Namespace) -> None:
    """Write the solved notebooks into a folder: all of them or none, and never over the unsolved notebooks."""
    out_dir = arguments.out_dir
    if out_dir.exists() and not out_dir.is_dir():
        sys.exit(f"{out_dir} is a file: name a folder")
    if any((out_dir / name).resolve().parent == NOTEBOOK_FOLDER for name in NOTEBOOKS):
        sys.exit("OUT_DIR is the folder of the unsolved notebooks: name another one, they would be overwritten")
    write_all(out_dir, {name: text_of(solve(nb)) for name, nb in read_notebooks().items()})
    for name in NOTEBOOKS:
        print(f"wrote {out_dir / name}")


def add_refresh(subparsers: Any) -> None:
    parser = subparsers.add_parser("refresh", help="run the solved notebooks and store their outputs in notebooks/")
    parser.set_defaults(run=run_refresh)
    parser.add_argument("names", nargs="*", metavar="NOTEBOOK", help="file names; all by default")


def run_refresh(arguments: argparse.Namespace) -> None:
    """Run the solved notebooks and store their outputs in notebooks/."""
    unknown = set(arguments.names) - set(NOTEBOOKS)
    if unknown:
        sys.exit(f"no such notebook: {', '.join(sorted(unknown))}; there are {', '.join(NOTEBOOKS)}")
    try:
        refresh(arguments.names or None)
    except (ValueError, RuntimeError) as error:  # RuntimeError: a cell or the figure's command failed, and says why
        sys.exit(str(error))
    stale = find_stale()
    if stale:
        print(f"not fresh yet: {', '.join(stale)}. Refresh without a name before you commit")
    else:
        print("done: commit what has changed in notebooks/")


def add_release(subparsers: Any) -> None:
    parser = subparsers.add_parser("release", help="write the folder and the zip that students get")
    parser.set_defaults(run=run_release)
    parser.add_argument("out_dir", type=Path, metavar="OUT_DIR", help="the folder; OUT_DIR.zip lies beside it")
    parser.add_argument(
        "--points", type=Path, metavar="FILE", help='other points for some tasks: {"softmax": 5, "written-1": 3}'
    )
    kinds = parser.add_mutually_exclusive_group()
    kinds.add_argument(
        "--nbgrader", action="store_true", help="write an nbgrader course folder with its source/ instead"
    )
    kinds.add_argument(
        "--gradescope",
        action="store_true",
        help="also write OUT_DIR-gradescope.zip, Gradescope's autograder. It holds the answers: hand it to nobody",
    )


def run_release(arguments: argparse.Namespace) -> None:
    """Write a release for students, or an nbgrader course folder."""
    folder, other = arguments.out_dir, "README.md" if arguments.nbgrader else "nbgrader_config.py"
    if (folder / SUMS).exists() and (folder / other).exists():
        sys.exit(f"{folder} is a release of the other kind, with and without --nbgrader: name another folder")
    try:
        points = read_points(arguments.points) if arguments.points else {}
        if arguments.nbgrader:
            write_source(arguments.out_dir, points)
            print(f"wrote {arguments.out_dir}: there, run nbgrader generate_assignment {ASSIGNMENT}, and hand out")
            print(f"release/{ASSIGNMENT}; grade here, with grade {arguments.out_dir / 'submitted'} --out GRADES")
            return
        autograder = autograder_path(Path(os.path.abspath(arguments.out_dir)))
        if arguments.gradescope:
            check_autograder(autograder)
        archive = release(arguments.out_dir, points)
        print(f"wrote {arguments.out_dir} and {archive}: hand out the zip")
        if arguments.gradescope:
            write_autograder(autograder, points)
            print(f"wrote {autograder}: for Gradescope only, because it holds the answers. Its README.md says how")
    except (OSError, ValueError) as error:
        sys.exit(commands.describe(error) if isinstance(error, OSError) else str(error))


def add_grade(subparsers: Any) -> None:
    parser = subparsers.add_parser(
        "grade",
        help="grade the submissions of a class",
        description=GRADE_TEXT,
        epilog=GRADE_EXAMPLES,
        formatter_class=argparse.RawTextHelpFormatter,
    )
    parser.set_defaults(run=run_grade)
    parser.add_argument("submissions", type=Path, metavar="DOWNLOAD", help="a platform's folder or .zip, as it comes")
    parser.add_argument("--out", type=Path, metavar="GRADES", required=True, help="where the grades go")
    parser.add_argument(
        "--jobs",
        type=at_least_one,
        default=1,
        metavar="N",
        help="how many submissions at once; with --dask, how many to read",
    )
    parser.add_argument("--seed", metavar="N", help="of the probes; that of the last run into GRADES, or a new one")
    parser.add_argument("--only", metavar="STUDENT", help="grade this one, again if need be")
    parser.add_argument("--points", type=Path, metavar="FILE", help="the file that the release was made with")
    parser.add_argument(
        "--dask", metavar="ADDRESS", help="grade on a Dask cluster: the scheduler, such as tcp://10.0.0.1:8786"
    )
    parser.add_argument(
        "--merge", type=Path, action="append", default=[], metavar="FILE",
        help="marks of written answers: what GRADES/private/written.html gave, or an edited written.csv",
    )  # fmt: skip
    parser.add_argument(
        "--format", dest="layout", choices=FORMATS, metavar="NAME", help=f"what DOWNLOAD is: {', '.join(FORMATS)}"
    )
    add_class_options(parser)
    add_unboxed(parser)


def run_grade(arguments: argparse.Namespace) -> int:
    """Grade a class. Returns 1 if the grader failed on one of them."""
    names = ("jobs", "seed", "only", "unboxed", "points", "layout", "merge", "dask")
    settings = {name: getattr(arguments, name) for name in names}
    try:
        about = read_class_settings(arguments)
        records = grade(arguments.submissions, arguments.out, about=about, **settings)
    except (ValueError, OSError, NoBox) as error:
        sys.exit(say_reason(error))
    return 1 if any(record.status == "failed" for record in records) else 0


def add_explain(subparsers: Any) -> None:
    parser = subparsers.add_parser(
        "explain",
        help="show a student's code beside what a task's probes asked, got and expected",
        epilog=EXPLAIN_EXAMPLES,
        formatter_class=argparse.RawTextHelpFormatter,
    )
    parser.set_defaults(run=run_explain)
    parser.add_argument("student", metavar="STUDENT", help="as in grades.csv")
    parser.add_argument("task", metavar="TASK", help="such as 1.3, softmax_loss, or written-1 (answer and rubric)")
    parser.add_argument("--out", type=Path, metavar="GRADES", required=True, help="the folder of grades")
    add_unboxed(parser)


def run_explain(arguments: argparse.Namespace) -> None:
    """Show what a student's points for a task or a written question come from."""
    try:
        explain(arguments.student, arguments.task, arguments.out, arguments.unboxed)
    except (ValueError, OSError, NoBox) as error:
        sys.exit(say_reason(error))


def say_reason(error: Exception) -> str:
    """The message of an error. That of the system, such as a full disk, gets the path that it is about."""
    if isinstance(error, OSError):
        if error.errno and error.filename is None:  # what lies in the folder of grades has its path in the error
            error.filename = tempfile.gettempdir()
        return commands.describe(error)
    return str(error)


def print_any_letter() -> None:
    """Let a name that the terminal cannot show be printed as an escape, instead of ending the command."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def add_unboxed(parser: argparse.ArgumentParser) -> None:
    """Add the option ``--unboxed``."""
    parser.add_argument("--unboxed", action="store_true", help="without a box: for people whom you trust")


if __name__ == "__main__":
    sys.exit(main())
