"""Train the five-hidden-layer network with and without batch norm, in pairs, and compare.

    python -m cs231n.compare [--data mnist_5k|cifar10] [--seeds N] [--epochs N]
                             [--weight-scale S | --he] [--out FILE.png] [--json FILE] [--jobs N]

The command prints a table of means and paired differences with 95% intervals, and writes a figure. It trains the
networks of several seeds side by side (``training/fast.py``), with one thread per processor. The results are the same
as with the functions in ``layers.py``, for any number of threads. A release does not have ``training/fast.py``; there
the command trains on the student's own layers.
"""

import sys

from .support import commands

if __name__ == "__main__":
    commands.stop_in_one_line()

import argparse
import importlib.util
import json
import math
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

# One thread per matrix product: these matrices are so small that more threads only slow each other down.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

from .data_utils import get_data
from .experiments import LABELS, MEASURES, Results, compare_nets, curves, differences, paired_interval
from .support.commands import at_least_one, file_to_write
from .support.threads import usable_processors
from .support.whole_files import write_text, written_whole

CLASSIC_SCALE = 2e-2
TABLE_ROWS = (  # (the row's name, the measure, after which epoch, number format)
    ("validation accuracy, 1 epoch", "val_acc", 1, ".3f"),
    ("validation accuracy, end", "val_acc", -1, ".3f"),
    ("training accuracy, end", "train_acc", -1, ".3f"),
    ("training loss, end", "train_loss", -1, ".3f"),
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command. Return its exit code."""
    return commands.run(lambda: compare(parse_arguments(argv)), "stopped: nothing was written")


def compare(arguments: argparse.Namespace) -> None:
    """Train the networks, print the table, write the figure."""
    import matplotlib

    matplotlib.use("Agg")
    from .figures.comparison import comparison_curves
    from .figures.style import make_png

    try:
        data = get_data(arguments.data)
    except (FileNotFoundError, ValueError) as error:
        sys.exit(f"error: {error}")
    start = "He initialisation" if arguments.he else f"weight scale {arguments.weight_scale:g}"
    title = f"{arguments.data}, {start}, Adam 1e-3, batch 100"
    print(f"{title}; five hidden layers of 100 units; epochs: {arguments.epochs}, seeds: {arguments.seeds}")
    images = len(data["X_train"])
    print(f"every network: {images} training images, {images // 100 * arguments.epochs} updates")
    scale: float | Literal["he"] = "he" if arguments.he else arguments.weight_scale
    fast = importlib.util.find_spec(f"{__package__}.training.fast") is not None
    if not fast:
        use_students_layers()
    jobs = arguments.jobs or usable_processors()
    try:
        results = compare_nets(data, range(arguments.seeds), arguments.epochs, scale, fast=fast, jobs=jobs)
    except NotImplementedError as error:  # a function that is still a stub, in a release
        sys.exit(f"error: {str(error).split('; then')[0]}.")
    print(table(results))
    try:
        with written_whole(arguments.out) as file:
            file.write(make_png(comparison_curves(results, title)))
        print(f"figure:    {arguments.out.resolve()}")
        if arguments.json:
            settings = {"data": arguments.data, "epochs": arguments.epochs, "weight_scale": scale}
            text = json.dumps({"settings": settings, **replace_nonfinite(results)}, indent=1, allow_nan=False)
            write_text(arguments.json, text + "\n")
            print(f"numbers:   {arguments.json.resolve()}")
    except OSError as error:  # such as a full disk; an older file is still whole
        sys.exit(f"error: cannot write the results: {commands.describe(error)}")
    launcher = r".venv\Scripts\jupyter" if os.name == "nt" else ".venv/bin/jupyter"
    print(f"notebooks: {launcher} lab notebooks")


def use_students_layers() -> None:
    """Install the student's saved answers, and say so. In a release the layers themselves are stubs."""
    from .assignment import use_my_answers

    print("training on your own layers (this copy of the course has no cs231n/training/fast.py):")
    use_my_answers(asked=True)


def table(results: Results) -> str:
    """Write the results of `experiments.compare_nets` as a table of text."""
    n = len(results["bn"])
    lines = [f"{'':30}{LABELS['bn']:>15}{LABELS['plain']:>9}{'difference':>12}   95% interval"]
    for name, measure, epoch, digits in TABLE_ROWS:
        bn, plain = (np.mean(curves(results, net, measure)[:, epoch]) for net in LABELS)
        line = f"{name:30}{bn:15{digits}}{plain:9{digits}}{bn - plain:+z12{digits}}"
        if n > 1:
            _, low, high = paired_interval(differences(results, measure, epoch))
            line += f"   {low:+z{digits}} to {high:+z{digits}}"
        lines.append(line)
    if n == 1:
        return "\n".join([*lines, "One seed gives no interval, and proves nothing: try --seeds 6."])
    return "\n".join([
        *lines,
        f"Means over {n} seeds, paired: the same initial weights and batches. All seeds share one validation set:",
        "the interval covers the luck of weights and batches, not that of the images. Another machine rounds",
        "differently, and training amplifies it: there the last digits differ.",
    ])  # fmt: skip


def replace_nonfinite(results: Results) -> dict[str, list[dict[str, Any]]]:
    """Replace nan and infinity by None in a copy of the results, since JSON has no such numbers."""
    return {
        net: [
            {"seed": run["seed"], **{m: [v if math.isfinite(v) else None for v in run[m]] for m in MEASURES}}
            for run in runs
        ]
        for net, runs in results.items()
    }


def parse_arguments(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Parse the command line. If something is wrong with it, print what, and exit with code 2."""
    parser = argparse.ArgumentParser(prog="python -m cs231n.compare", description=__doc__.split("\n")[0])
    data_sets = ("mnist_5k", "cifar10")
    parser.add_argument("--data", choices=data_sets, default="mnist_5k", help="which images (%(default)s)")
    parser.add_argument("--seeds", type=at_least_one, default=6, metavar="N", help="how many pairs (%(default)s)")
    parser.add_argument("--epochs", type=at_least_one, default=10, metavar="N", help="(%(default)s)")
    start = parser.add_mutually_exclusive_group()
    start.add_argument(
        "--weight-scale", type=positive, default=CLASSIC_SCALE, metavar="S",
        help="standard deviation of the initial weights (%(default)s)",
    )  # fmt: skip
    start.add_argument("--he", action="store_true", help="He initialisation instead: sqrt(2 / fan-in)")
    parser.add_argument(
        "--out", type=file_to_write, default=Path("comparison.png"), metavar="FILE.png", help="the figure (%(default)s)"
    )
    parser.add_argument(
        "--jobs", type=at_least_one, metavar="N",
        help=f"how many threads train at a time (one per processor: {usable_processors()})",
    )  # fmt: skip
    parser.add_argument("--json", type=file_to_write, metavar="FILE", help="write every epoch's numbers, too")
    arguments = parser.parse_args(argv)
    if arguments.out.suffix.lower() != ".png":
        parser.error(f"--out {arguments.out}: the figure is a PNG, so let the name end in .png")
    if arguments.json and arguments.json.resolve() == arguments.out.resolve():
        parser.error(f"--json {arguments.json}: that is the figure's file, too")
    return arguments


def positive(text: str) -> float:
    """Read a finite number above 0 from the command line."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 < value < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is not a positive number")
    return value


if __name__ == "__main__":
    sys.exit(main())
