"""The instructor's and maintainer's commands; ``python -m cs231n.grading --help`` lists them."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from ..assignment.actions import NOTEBOOKS
from .grade import grade
from .judging.box import UBUNTU_REMEDY, NoBox
from .publishing.nbgrader_source import ASSIGNMENT, write_source
from .publishing.notebooks import NOTEBOOK_FOLDER, read_notebooks, solve
from .publishing.points import read_points
from .publishing.refresh import find_stale, refresh, write_notebook
from .publishing.release import SUMS, release
from .reporting.appeal import explain

GRADE_TEXT = f"""\
Grade a folder of submissions: every notebook runs in a box, with tests drawn anew from a seed, under nbval.
A second run goes on where the first one ended. The box is bubblewrap's: sudo apt install bubblewrap.
{UBUNTU_REMEDY}
As root no limit on the number of processes binds; the system-call filter, which forbids them, does."""


def main(argv: Sequence[str] | None = None) -> int | None:
    """Run a command.

    Arguments:
        argv: the command line; None for that of this process.

    Returns:
        The exit code; None stands for 0.

    Raises:
        SystemExit: with a message, if the command cannot be done.
    """
    parser = argparse.ArgumentParser(prog="python -m cs231n.grading", description=__doc__.split(";")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    for add_command in (add_solve, add_refresh, add_release, add_grade, add_explain):
        add_command(commands)
    arguments = parser.parse_args(argv)
    return arguments.run(arguments)


def add_solve(commands: Any) -> None:
    """Add the command ``solve`` to the parser's commands. (The other functions ``add_...`` do the same.)"""
    parser = commands.add_parser("solve", help="write the solved, unexecuted notebooks into a folder")
    parser.set_defaults(run=run_solve)
    parser.add_argument("out_dir", type=Path, metavar="OUT_DIR")


def run_solve(arguments: argparse.Namespace) -> None:
    """Write the solved notebooks into a folder."""
    for name, nb in read_notebooks().items():
        write_into_folder(arguments.out_dir, name, solve(nb))


def write_into_folder(out_dir: Path, name: str, nb: NotebookNode) -> None:
    """Write a notebook into a folder, but never into the folder of the unsolved notebooks."""
    delete_earlier(out_dir, name)
    out_dir.mkdir(parents=True, exist_ok=True)
    write_notebook(nb, out_dir / name)
    print(f"wrote {out_dir / name}")


def delete_earlier(out_dir: Path, name: str) -> None:
    """Delete a notebook of an earlier run, but never an unsolved notebook."""
    if out_dir.resolve() == NOTEBOOK_FOLDER:
        sys.exit("OUT_DIR is the folder of the unsolved notebooks: name another one, they would be overwritten")
    if out_dir.exists() and not out_dir.is_dir():
        sys.exit(f"{out_dir} is a file: name a folder")
    (out_dir / name).unlink(missing_ok=True)


def add_refresh(commands: Any) -> None:
    parser = commands.add_parser("refresh", help="run the solved notebooks and store their outputs in notebooks/")
    parser.set_defaults(run=run_refresh)
    parser.add_argument("names", nargs="*", metavar="NOTEBOOK", help="file names; all by default")


def run_refresh(arguments: argparse.Namespace) -> None:
    """Run the solved notebooks and store their outputs in notebooks/."""
    unknown = set(arguments.names) - set(NOTEBOOKS)
    if unknown:
        sys.exit(f"no such notebook: {', '.join(sorted(unknown))}; there are {', '.join(NOTEBOOKS)}")
    try:
        refresh(arguments.names or None)
    except ValueError as error:
        sys.exit(str(error))
    stale = find_stale()
    if stale:
        print(f"not fresh yet: {', '.join(stale)}. Refresh without a name before you commit")
    else:
        print("done: commit what has changed in notebooks/")


def add_release(commands: Any) -> None:
    parser = commands.add_parser("release", help="write the folder and the zip that students get")
    parser.set_defaults(run=run_release)
    parser.add_argument("out_dir", type=Path, metavar="OUT_DIR", help="the folder; OUT_DIR.zip lies beside it")
    parser.add_argument(
        "--points", type=Path, metavar="FILE", help='other points for some tasks: {"softmax": 5, "written-1": 3}'
    )
    parser.add_argument(
        "--nbgrader", action="store_true", help="write an nbgrader course folder with its source/ instead"
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
            print(f"wrote {arguments.out_dir}: there, run nbgrader generate_assignment {ASSIGNMENT}")
        else:
            archive = release(arguments.out_dir, points)
            print(f"wrote {arguments.out_dir} and {archive}: hand out the zip")
    except (OSError, ValueError) as error:
        sys.exit(str(error))


def add_grade(commands: Any) -> None:
    parser = commands.add_parser(
        "grade",
        help="grade a folder of submissions",
        description=GRADE_TEXT,
        formatter_class=argparse.RawTextHelpFormatter,
    )
    parser.set_defaults(run=run_grade)
    parser.add_argument("submissions", type=Path, metavar="SUBMISSIONS", help="one folder, .zip or notebook each")
    parser.add_argument("--out", type=Path, metavar="GRADES", required=True, help="where the grades go")
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="how many submissions at once")
    parser.add_argument("--seed", metavar="N", help="of the probes; that of the last run into GRADES, or a new one")
    parser.add_argument("--only", metavar="STUDENT", help="grade this one, again if need be")
    parser.add_argument("--points", type=Path, metavar="FILE", help="the file that the release was made with")
    add_unboxed(parser)


def run_grade(arguments: argparse.Namespace) -> int:
    """Grade a folder of submissions. Returns 1 if the grader failed on one of them."""
    if arguments.jobs < 1:
        sys.exit("--jobs is a number of at least 1")
    settings = {name: getattr(arguments, name) for name in ("jobs", "seed", "only", "unboxed", "points")}
    try:
        records = grade(arguments.submissions, arguments.out, **settings)
    except (ValueError, OSError, NoBox) as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit("stopped; what is graded is kept, and the same command goes on")
    return 1 if any(record.status == "failed" for record in records) else 0


def add_explain(commands: Any) -> None:
    parser = commands.add_parser("explain", help="show what a task's probes asked, got and expected")
    parser.set_defaults(run=run_explain)
    parser.add_argument("student", metavar="STUDENT")
    parser.add_argument("task", metavar="TASK")
    parser.add_argument("--out", type=Path, metavar="GRADES", required=True, help="the folder of grades")
    add_unboxed(parser)


def run_explain(arguments: argparse.Namespace) -> None:
    """Show what a task's probes asked, got and expected."""
    try:
        explain(arguments.student, arguments.task, arguments.out, arguments.unboxed)
    except (ValueError, OSError, NoBox) as error:
        sys.exit(str(error))


def add_unboxed(parser: argparse.ArgumentParser) -> None:
    """Add the option ``--unboxed``."""
    parser.add_argument("--unboxed", action="store_true", help="without a box: for people whom you trust")


if __name__ == "__main__":
    sys.exit(main())
