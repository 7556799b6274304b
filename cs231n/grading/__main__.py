"""The instructor's and maintainer's commands; ``python -m cs231n.grading --help`` lists them."""

import argparse
import sys
from pathlib import Path

from ..assignment.actions import NOTEBOOKS
from .grade import grade
from .judging.box import UBUNTU_REMEDY, NoBox
from .publishing.nbgrader_source import ASSIGNMENT, write_source
from .publishing.notebooks import NOTEBOOK_FOLDER, read_notebooks, solve
from .publishing.points import read_points
from .publishing.refresh import refresh, write_notebook
from .publishing.release import SUMS, release
from .reporting.appeal import explain

GRADE = f"""Grade a folder of submissions: every notebook runs in a box, with tests drawn anew from a seed, under nbval.
A second run goes on where the first one ended. The box is bubblewrap's: sudo apt install bubblewrap.
{UBUNTU_REMEDY}
As root no limit on the number of processes binds; the system-call filter, which forbids them, does."""


def main(argv=None):
    parser = argparse.ArgumentParser(prog="python -m cs231n.grading", description=__doc__.split(";")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    parser_of_solve = commands.add_parser("solve", help="write the solved, unexecuted notebooks into a folder")
    parser_of_solve.add_argument("out_dir", type=Path, metavar="OUT_DIR")
    parser_of_refresh = commands.add_parser(
        "refresh", help="run the solved notebooks and store their outputs in notebooks/"
    )
    parser_of_refresh.add_argument("names", nargs="*", metavar="NOTEBOOK", help="file names; all by default")
    parser_of_release = commands.add_parser("release", help="write the folder and the zip that students get")
    parser_of_release.add_argument(
        "out_dir", type=Path, metavar="OUT_DIR", help="the folder; OUT_DIR.zip lies beside it"
    )
    parser_of_release.add_argument(
        "--points", type=Path, metavar="FILE", help='other points for some tasks: {"softmax": 5, "written-1": 3}'
    )
    parser_of_release.add_argument(
        "--nbgrader", action="store_true", help="write an nbgrader course folder with its source/ instead"
    )
    parser_of_grade = commands.add_parser(
        "grade", help="grade a folder of submissions", description=GRADE, formatter_class=argparse.RawTextHelpFormatter
    )
    parser_of_grade.add_argument(
        "submissions", type=Path, metavar="SUBMISSIONS", help="one folder, .zip or notebook each"
    )
    parser_of_grade.add_argument("--out", type=Path, metavar="GRADES", required=True, help="where the grades go")
    parser_of_grade.add_argument("--jobs", type=int, default=1, metavar="N", help="how many submissions at once")
    parser_of_grade.add_argument(
        "--seed", metavar="N", help="of the probes; that of the last run into GRADES, or a new one"
    )
    parser_of_grade.add_argument("--only", metavar="STUDENT", help="grade this one, again if need be")
    parser_of_grade.add_argument("--points", type=Path, metavar="FILE", help="the file that the release was made with")
    parser_of_explain = commands.add_parser("explain", help="show what a task's probes asked, got and expected")
    parser_of_explain.add_argument("student", metavar="STUDENT")
    parser_of_explain.add_argument("task", metavar="TASK")
    parser_of_explain.add_argument("--out", type=Path, metavar="GRADES", required=True, help="the folder of grades")
    for boxed in (parser_of_grade, parser_of_explain):
        boxed.add_argument("--unboxed", action="store_true", help="without a box: for people whom you trust")
    arguments = parser.parse_args(argv)
    commands_by_name = {"solve": run_solve, "refresh": run_refresh, "release": run_release}
    commands_by_name |= {"grade": run_grade, "explain": run_explain}
    return commands_by_name[arguments.command](arguments)


def run_solve(arguments):
    for name, nb in read_notebooks().items():
        write_into(arguments.out_dir, name, solve(nb))


def forget(out_dir, name):
    """Delete a notebook of an earlier run, never an unsolved one."""
    if out_dir.resolve() == NOTEBOOK_FOLDER:
        sys.exit("OUT_DIR is the folder of the unsolved notebooks: name another one, they would be overwritten")
    if out_dir.exists() and not out_dir.is_dir():
        sys.exit(f"{out_dir} is a file: name a folder")
    (out_dir / name).unlink(missing_ok=True)


def write_into(out_dir, name, nb):
    """Write a notebook into a folder, never into the folder of the unsolved ones."""
    forget(out_dir, name)
    out_dir.mkdir(parents=True, exist_ok=True)
    write_notebook(nb, out_dir / name)
    print(f"wrote {out_dir / name}")


def run_refresh(arguments):
    unknown = set(arguments.names) - set(NOTEBOOKS)
    if unknown:
        sys.exit(f"no such notebook: {', '.join(sorted(unknown))}; there are {', '.join(NOTEBOOKS)}")
    try:
        refresh(arguments.names or None)
    except ValueError as error:
        sys.exit(str(error))
    print("done: commit what has changed in notebooks/")


def run_release(arguments):
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


def run_grade(arguments):
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


def run_explain(arguments):
    try:
        explain(arguments.student, arguments.task, arguments.out, arguments.unboxed)
    except (ValueError, OSError, NoBox) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    sys.exit(main())
