"""The processor time of grading one submission: ours, nbgrader, Otter. `graders` says what each of them does.

All grade the same submissions, in turns. The others are slow, so they grade only some of them (`Class.theirs`). One
round takes ten minutes of processor time; each turn's result is printed to stderr as it comes.
"""

import sys
import tempfile
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from . import processor_time
from .graders import GRADERS
from .submissions import bare, choose_mistakes, mistaken, right
from .timing import cell, table

NAME = "student-{:02}"
QUICK = "right and one mistake, notebook 1"
START = "bare, alone"  # the class with which we measure what a command takes to start


@dataclass(frozen=True)
class Class:
    """Submissions that are graded in one command.

    Attributes:
        name: what they are.
        ours: list of submissions, in the order of the students.
        theirs: how many of them the others grade. They are chosen evenly.
    """

    name: str
    ours: list
    theirs: int

    def submissions(self, grader):
        """The submissions for a grader, by student."""
        number = len(self.ours) if grader == "ours" else self.theirs
        chosen = [(2 * k + 1) * len(self.ours) // (2 * number) for k in range(number)]  # the middles of equal parts
        return {NAME.format(i): self.ours[i] for i in chosen}


def make_classes(turn, quick):
    """The classes of one round.

    Arguments:
        turn: number of the round, from 0. Each round has other mistakes.
        quick: True for two small submissions, the first of them right, and one with a mistake.
    """
    if quick:
        (mistake, *_) = choose_mistakes(1, numbers=(1,))
        return [Class(QUICK, [right("right", (1,)), mistaken("mistaken", mistake, (1,))], 2)]
    number, mistakes = 12, choose_mistakes(12, turn)
    return [
        Class(START, [bare("alone")], 1),
        Class("bare", [bare(NAME.format(i)) for i in range(number)], 2),
        Class("right, notebooks 1 and 2", [right(NAME.format(i), (1, 2)) for i in range(number)], 2),
        Class("right, all three", [right(NAME.format(i)) for i in range(number)], 1),
        Class("one mistake, all three", [mistaken(NAME.format(i), mistake) for i, mistake in enumerate(mistakes)], 2),
    ]


def grade_in_turns(contestants, rounds, quick):
    """Let all contestants grade all classes. Print to stderr what each took, and the points of each submission.

    Arguments:
        contestants: the graders by name.
        rounds: how often. In each round another one begins.
        quick: see `make_classes`.

    Returns:
        Dictionary from (class, grader) to a list of (seconds, shares) per round. ``shares`` are the points of each
        submission, from 0 to 1.
    """
    results, names = defaultdict(list), list(contestants)
    for turn in range(rounds):
        first = turn % len(names)
        for submissions in make_classes(turn, quick):
            for name in names[first:] + names[:first]:
                with tempfile.TemporaryDirectory() as folder:
                    seconds, shares = contestants[name].grade(submissions.submissions(name), Path(folder))
                results[submissions.name, name].append((seconds, list(shares.values())))
                points = ", ".join(f"{100 * share:.1f}%" for share in shares.values())
                took = f"{name} took {seconds:.1f} s for {len(shares)}, points {points}"
                print(f"  {submissions.name}: {took}", file=sys.stderr)
    return dict(results)


def mean_of(values):
    """The mean of some numbers."""
    return float(np.mean(list(values)))


def starting_seconds(results, grader):
    """What a grader's command takes by itself: the seconds for one bare submission, less those of each further one."""
    if (START, grader) not in results:
        return 0.0
    alone = np.median([seconds for seconds, _ in results[START, grader]])
    several = np.median([seconds for seconds, _ in results["bare", grader]])
    number = len(results["bare", grader][0][1])
    return max(0.0, float((number * alone - several) / (number - 1)))


def seconds_per_submission(results, name, grader):
    """A grader's seconds for each submission of a class, without the start of its command: the median of all rounds."""
    start = starting_seconds(results, grader)
    return float(np.median([(seconds - start) / len(shares) for seconds, shares in results[name, grader]]))


def make_rows(results):
    """The rows of the table, one per class and grader."""
    rows = []
    for name, grader in results:
        if name == START:
            continue
        seconds, shares = seconds_per_submission(results, name, grader), [s for _, s in results[name, grader]]
        nan = float("nan")
        ours = seconds_per_submission(results, name, "ours") if (name, "ours") in results else nan
        comparable = ("bare", grader) in results and name.endswith("all three")  # a bare one has three notebooks
        bare_seconds = seconds_per_submission(results, "bare", grader) if comparable else nan
        rows.append([
            f"{name}: {grader}", str(sum(map(len, shares))), cell(seconds), cell(seconds / ours, 1),
            cell(100 * bare_seconds / seconds, 0), cell(3600 / seconds, 0),
            cell(100 * mean_of(share for some in shares for share in some), 1),
        ])  # fmt: skip
    return rows


def run(arguments):
    """Print the table."""
    rounds = 1 if arguments.quick else arguments.rounds or 1
    lacking = {name: kind.missing() for name, kind in GRADERS.items() if kind.missing()}
    with tempfile.TemporaryDirectory() as folder:
        contestants = {name: kind(Path(folder)) for name, kind in GRADERS.items() if name not in lacking}
        results = grade_in_turns(contestants, rounds, arguments.quick) if contestants else {}
    exact = processor_time.is_exact()
    notes = [
        f"Processor time of all processes, user and system, {rounds} round(s). Theirs / ours: above 1, ours is faster.",
        "Measured in a control group: nothing is missed." if exact
        else "No control group could be made, so we took samples: every number is a lower bound.",
        *(f"{name}'s command itself takes {starting_seconds(results, name):.1f} s to start. It is not in the table."
          for name in contestants if (START, name) in results),
        "bare %: the share that a bare submission takes too (set-up cells, and answers that return None).",
        "points %: earned of the tasks, on average. Each grader graded as many submissions as the table says.",
        "Only ours has a box. nbgrader and Otter run all cells, also notebook 3's training; ours runs what is graded.",
        *(f"not installed: {what}" for what in lacking.values()),
    ]  # fmt: skip
    header = ["", "graded", "s each", "/ ours", "bare %", "an hour", "points %"]
    table("Grading a submission, on one core", header, make_rows(results), notes)
