"""The mutation tester's command: ``python -m tests.mutation [TASK ...] [--sample N] [--record]``."""

import argparse
import datetime
import os
import signal
import sys
import warnings
from multiprocessing import get_context
from pathlib import Path

from cs231n.assignment.actions import TASKS
from cs231n.support import commands
from cs231n.support.whole_files import write_text
from tests.mutation.equivalent import reason_for
from tests.mutation.judge import mutants_of, passes

README = Path(__file__).resolve().parent.parent / "README.md"
BEGIN, END = "<!-- mutation: begin -->\n", "<!-- mutation: end -->"


def main(arguments=None):
    """Try the mutants and print the counts. Return 1 if the result is not what the table in `equivalent` says."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=sys.modules[__name__].__doc__)
    parser.add_argument("tasks", nargs="*", metavar="TASK", help="the tasks to try; all of them where none is named")
    parser.add_argument("--sample", type=commands.at_least_one, default=1, metavar="N", help="every N-th mutant only")
    parser.add_argument("--record", action="store_true", help="write the result of a full run into tests/README.md")
    options = parser.parse_args(arguments)
    unknown = set(options.tasks) - set(TASKS)
    if unknown:
        parser.error(f"no task is named {', '.join(sorted(unknown))}; the tasks are {', '.join(TASKS)}")
    if options.record and (options.tasks or options.sample != 1):
        parser.error("--record goes with all tasks and all mutants")
    odd_python = ("ignore", SyntaxWarning)  # some mutants are odd Python
    warnings.simplefilter(*odd_python)
    counts, wrong = {}, []
    context = get_context("spawn")  # forking a process that has threads is unsafe
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)  # the workers inherit this: Ctrl-C is for us, and we end them
    with context.Pool(os.cpu_count(), warnings.simplefilter, odd_python) as pool:
        signal.signal(signal.SIGINT, before)
        for task in options.tasks or TASKS:
            mutants = mutants_of(task)[:: options.sample]
            survives = pool.starmap(passes, [(task, mutant) for mutant in mutants], chunksize=16)
            reasons = [reason_for(task, mutant) for mutant in mutants]
            counts[task] = len(mutants), sum(reason is not None for reason in reasons)
            found = zip([task] * len(mutants), mutants, survives, reasons)
            wrong += [row for row in found if row[2] != (row[3] is not None)]
            caught = len(mutants) - sum(survives)
            print(f"{task}: {len(mutants)} mutants, {caught} caught, {sum(survives)} pass", flush=True)
    for task, mutant, survives, reason in wrong:
        text = "passes, and is not listed as right" if survives else f"is caught, but listed as right ({reason})"
        print(f"\n{task}: a mutant {text}\n    {mutant.old}\n    {mutant.new}")
    if options.record and not wrong:
        record(counts)
    return 1 if wrong else 0


def table(counts):
    """Write the result as a Markdown table, without the date.

    Arguments:
        counts: for each task, the number of its mutants, and the number of those that are right. The others are caught.
    """
    rows = [(task, total, total - right, right) for task, (total, right) in counts.items()]
    rows.append(("all", *(sum(column) for column in list(zip(*rows))[1:])))
    lines = ["| answer | mutants | caught | right, with a reason |", "|---|--:|--:|--:|"]
    return "\n".join(lines + [f"| {' | '.join(map(str, row))} |" for row in rows]) + "\n"


def record(counts):
    """Write the result of a full run into tests/README.md, between its two marks."""
    text = README.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    _, after = rest.split(END)
    date = f"Last full run: {datetime.date.today().isoformat()}.\n\n"
    write_text(README, f"{before}{BEGIN}{date}{table(counts)}{END}{after}")


if __name__ == "__main__":
    sys.exit(commands.run(main, "stopped: nothing was recorded"))
