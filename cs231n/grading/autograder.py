"""Grade one submission on Gradescope, as root, with kernels that run as another user.

``run_autograder`` calls ``python -m cs231n.grading.autograder AUTOGRADER POINTS USER`` there. See
`publishing.autograder_zip` for the rest, and its README for what this can and cannot promise.
"""

import json
import secrets
import sys
import traceback
from pathlib import Path
from typing import Any

from ..support.whole_files import write_text
from .judging.boxes.box import describe_isolation
from .judging.judge import Judge
from .publishing.paths import ROOT
from .publishing.points import points_by_task
from .reading import read_in_child
from .reading.submissions import Submission
from .reporting.autograder_results import make_failure, make_results
from .reporting.records import Record
from .reporting.scores import score_record


def main(autograder: Path, points: Path, user: str) -> None:
    """Grade ``AUTOGRADER/submission`` and write ``AUTOGRADER/results/results.json``, whatever happens.

    Arguments:
        autograder: Gradescope's folder, ``/autograder``.
        points: the file with the points of every task and written question.
        user: the system user that runs the student's code.
    """
    try:
        results = grade_one(autograder, points, user)
    except Exception:
        results = make_failure(traceback.format_exc()[-3000:])
        traceback.print_exc()
    write_text(autograder / "results" / "results.json", json.dumps(results, indent=1) + "\n")


def grade_one(autograder: Path, points: Path, user: str) -> dict[str, Any]:
    """Grade the submission. Returns the results in Gradescope's form. What it prints, only instructors see.

    Raises:
        box.NoBox: if kernels cannot run as the user, or the user can read the course or the results.
        ValueError, OSError: if the points or the files cannot be read.
    """
    submission, results = autograder / "submission", autograder / "results"
    worth, seed = points_by_task(points), secrets.token_hex(8)
    print(f"seed {seed}")
    reading = read_in_child(Submission("submission", submission))
    record = Record("submission", seed=seed, path=str(submission))
    with Judge(seed, hidden=(ROOT, submission, results, Path(__file__)), user=user) as judge:
        for line in describe_isolation(next(iter(judge.boxes.values()))):
            print(line)
        score_record(record, reading, judge.judge(reading), judge.probes, worth)
    print(f"{record.total:g} of {record.possible:g} {' '.join(record.all_flags)}".rstrip())
    return make_results(record)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
