"""Build the site: ``python -m cs231n.site build OUT``, and then perhaps ``python -m cs231n.site lite OUT``."""

import argparse
import os
import sys
from pathlib import Path


def main(arguments: list[str] | None = None) -> int:
    """Run a command. Return 0, or 1 after an error that is said in one line."""
    parser = argparse.ArgumentParser(prog="python -m cs231n.site", description=__doc__.split(":")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    build = commands.add_parser("build", help="write the book, with the outputs that the notebooks hold")
    build.add_argument("out", type=Path, help="the folder to write: new, empty, or an earlier site")
    build.add_argument("--no-solutions", action="store_true", help="leave out the solutions of tasks and steps")
    lite = commands.add_parser("lite", help="add the browser edition (JupyterLite) to a site")
    lite.add_argument("out", type=Path, help="the folder of the site")
    options = parser.parse_args(arguments)
    try:
        if options.command == "build":
            from .book.build import build_book

            build_book(options.out, solutions=not options.no_solutions)
            print(f"The book is {options.out / 'index.html'}")
        else:
            from .lite.build import build_lite

            made = build_lite(options.out, os.environ.get("PYODIDE_DIR", ""))
            print(
                f"Edition {made.edition} is in {made.folder} ({made.megabytes:.0f} MB). Browsers open it from a server:"
            )
            print(f"python -m http.server -d {options.out}")
    except ModuleNotFoundError as error:
        print(f"{error.name} is missing: python -m pip install -r cs231n/site/requirements.txt", file=sys.stderr)
        return 1
    except (OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
