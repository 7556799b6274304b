"""A class whose records are made up: the command grade without a judge, for tests of what it writes."""

import copy
import csv

from cs231n.grading import __main__ as command
from cs231n.grading import grade as grading
from tests.grading.reporting.test_grade import NoJudge
from tests.helpers.reading_cases import ONE, notebook, write
from tests.helpers.sample_records import make_record


class StubClass:
    """A folder of submissions and one of grades.

    Arguments:
        folder: an empty folder.
        monkeypatch: pytest's.
        written: by student, the written answers.
        wrong: by student, what was wrong, see `make_record`.
    """

    def __init__(self, folder, monkeypatch, written, wrong=None):
        self.submissions, self.out, self.executed = folder / "in", folder / "out", []
        self.written, self.wrong = {student: dict(answers) for student, answers in written.items()}, wrong or {}
        for student in written:
            if not (self.submissions / student).exists():  # the folder may be a copy of another class
                write(self.submissions / student, {ONE: notebook()})
        monkeypatch.setattr(grading, "Judge", NoJudge)
        monkeypatch.setattr(grading, "grade_together", self._grade_together)

    def _grade_together(self, judge, reader, submissions, *rest):
        self.executed += [submission.student for submission in submissions]
        records = []
        for submission in submissions:
            student = submission.student
            record = make_record(student, wrong=self.wrong.get(student), written=copy.copy(self.written[student]))
            record.seed, record.path, record.error = judge.seed, str(submission.path), ""
            records.append(record)
        return records

    def hand_in_again(self, student, written):
        """Another submission of a student."""
        self.written[student] = written
        path = self.submissions / student / ONE
        path.write_bytes(path.read_bytes() + b"\n")

    def grade(self, *options):
        """Run the command. Return whom it executed."""
        self.executed = []
        command.main(["grade", str(self.submissions), "--out", str(self.out), *map(str, options)])
        return sorted(self.executed)

    def rows(self):
        """The rows of grades.csv by student; the maxima under ""."""
        with open(self.out / "grades.csv", encoding="utf-8-sig", newline="") as file:
            return {row["student"]: row for row in csv.DictReader(file)}

    def page(self, student):
        return (self.out / "feedback" / f"{student}.html").read_text(encoding="utf-8")
