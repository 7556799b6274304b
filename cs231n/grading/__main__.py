"""The instructor's and maintainer's commands; ``python -m cs231n.grading --help`` lists them."""

import argparse
import sys
from pathlib import Path


def main(argv=None):
    parser = argparse.ArgumentParser(prog="python -m cs231n.grading", description=__doc__.split(";")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    solve = commands.add_parser("solve", help="write the solved, unexecuted notebooks into a folder")
    solve.add_argument("out_dir", type=Path, metavar="OUT_DIR")
    refresh = commands.add_parser(
        "refresh", help="run the solved notebooks and store their outputs in notebooks/"
    )
    refresh.add_argument("names", nargs="*", metavar="NOTEBOOK", help="file names; all by default")
    arguments = parser.parse_args(argv)
    return {"solve": run_solve, "refresh": run_refresh}[arguments.command](arguments)


def run_solve(arguments):
    from .notebooks import NOTEBOOK_FOLDER, read_notebooks, solve
    from .refresh import write_notebook

    if arguments.out_dir.resolve() == NOTEBOOK_FOLDER:
        sys.exit("OUT_DIR is the folder of the unsolved notebooks: name another one, they would be overwritten")
    arguments.out_dir.mkdir(parents=True, exist_ok=True)
    for name, nb in read_notebooks().items():
        write_notebook(solve(nb), arguments.out_dir / name)
        print(f"wrote {arguments.out_dir / name}")


def run_refresh(arguments):
    from ..assignment.tasks import NOTEBOOKS
    from .refresh import refresh

    unknown = set(arguments.names) - set(NOTEBOOKS)
    if unknown:
        sys.exit(f"no such notebook: {', '.join(sorted(unknown))}; there are {', '.join(NOTEBOOKS)}")
    refresh(arguments.names or None)


if __name__ == "__main__":
    sys.exit(main())
