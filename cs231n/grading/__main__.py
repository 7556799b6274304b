"""The instructor's and maintainer's commands; ``python -m cs231n.grading --help`` lists them."""

import argparse
import sys
from pathlib import Path

import nbformat

from ..assignment.tasks import NOTEBOOKS
from .nbgrader_source import ASSIGNMENT, write_source
from .notebooks import NOTEBOOK_FOLDER, graft, read_notebooks, solve
from .points import read_points
from .refresh import refresh, write_notebook
from .release import release


def main(argv=None):
    parser = argparse.ArgumentParser(prog="python -m cs231n.grading", description=__doc__.split(";")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    parser_of_solve = commands.add_parser("solve", help="write the solved, unexecuted notebooks into a folder")
    parser_of_solve.add_argument("out_dir", type=Path, metavar="OUT_DIR")
    parser_of_graft = commands.add_parser(
        "graft", help="write the pristine notebooks with one student's answer cells into a folder"
    )
    parser_of_graft.add_argument("submission", type=Path, help="folder with the student's notebooks")
    parser_of_graft.add_argument("out_dir", type=Path, metavar="OUT_DIR")
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
    arguments = parser.parse_args(argv)
    commands_by_name = {"solve": run_solve, "graft": run_graft, "refresh": run_refresh, "release": run_release}
    return commands_by_name[arguments.command](arguments)


def run_solve(arguments):
    for name, nb in read_notebooks().items():
        write_into(arguments.out_dir, name, solve(nb))


def run_graft(arguments):
    if not arguments.submission.is_dir():
        sys.exit(f"{arguments.submission} is not a folder: name the folder that holds the student's notebooks")
    if arguments.submission.resolve() == arguments.out_dir.resolve():
        sys.exit("SUBMISSION and OUT_DIR are one folder: name another one, the submission would be overwritten")
    problems = []
    for name, nb in read_notebooks().items():
        path = arguments.submission / name
        forget(arguments.out_dir, name)  # another student's, from an earlier run
        if not path.is_file():
            problems.append(f"{path} is missing: {name} is not written")
            continue
        try:
            grafted, doubts = graft(nb, nbformat.read(path, as_version=4))
        except Exception as error:  # a student's file may be broken in any way; the others go on
            problems.append(f"{path} cannot be read as a notebook ({type(error).__name__}): {name} is not written")
            continue
        problems += [f"{path}: {doubt}" for doubt in doubts]
        write_into(arguments.out_dir, name, grafted)
    print(*problems, sep="\n", end="\n" if problems else "")
    return 1 if problems else 0


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


if __name__ == "__main__":
    sys.exit(main())
