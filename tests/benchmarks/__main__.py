"""How fast is it, and beside what?

    python -m tests.benchmarks [NAME ...] [--threads N] [--rounds N] [--plot FILE.png] [--quick]

NAME is one or more of: step, gradients, compare, course, growth, grading. The default is all of them. Libraries that
are not installed are named and left out: ``pip install -r tests/benchmarks/requirements.txt`` installs them. Every
figure is a median over rounds. In each round all contestants take turns, so that other load on the machine affects all
alike.
"""

import argparse
import os
import sys
from importlib import import_module
from pathlib import Path

from cs231n.support.commands import at_least_one, run
from cs231n.support.threads import limited_to

NAMES = {  # module by name, in the order of the tables
    "step": "training_step", "gradients": "gradient_checks", "compare": "comparison", "course": "course",
    "growth": "growth", "grading": "grading",
}  # fmt: skip


def main(argv=None):
    """Run the command. Return its exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__.split("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"what to measure: {', '.join(NAMES)} (all)")
    parser.add_argument("--threads", type=at_least_one, default=1, help="for every contestant (%(default)s)")
    parser.add_argument("--rounds", type=at_least_one, help="how often each has its turn (depends on the table)")
    parser.add_argument("--plot", type=Path, default=Path("growth.png"), help="growth's figure (%(default)s)")
    parser.add_argument("--quick", action="store_true", help="everything once, and small: does it run?")
    arguments = parser.parse_args(argv)
    unknown = set(arguments.names) - set(NAMES)
    if unknown:
        parser.error(f"unknown: {', '.join(sorted(unknown))}")
    limit_threads(arguments.threads)
    from tests.benchmarks.timing import environment

    print(environment(arguments.threads))
    for name in NAMES:
        if name in (arguments.names or NAMES):
            import_module(f".{NAMES[name]}", __package__).run(arguments)
    return 0


def limit_threads(threads):
    """The same number of threads for NumPy, PyTorch and JAX; before any of them is imported."""
    os.environ.update(limited_to(threads))
    if threads == 1:
        os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false"
    os.environ["NPROC"] = str(threads)  # XLA's pool
    os.environ["JAX_PLATFORMS"] = "cpu"


if __name__ == "__main__":
    sys.exit(run(main))
