"""The glossary of the flags: what each one means, and what an instructor does about it.

A flag is a short word in ``grades.csv`` and ``result.json``. One about a single task is followed by the task's name:
``check-and-probes-disagree:softmax``. A test compares this table with the flags in the source.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from .records import Record

LOOK, RUN, READING = "look", "run", "reading"


@dataclass(frozen=True)
class Flag:
    """One flag.

    Attributes:
        kind: LOOK if a person has to decide something; RUN if something stopped or failed while the answers ran;
            READING if the files were unusual, and the student's page says what was taken for what.
        meaning: what the grader found, in a sentence.
        advice: what to do, in a sentence.
    """

    kind: str
    meaning: str
    advice: str


_ON_PAGE = "Nothing, unless the student asks: the page says what was taken."
_AGAIN = "Ask the student for the notebook itself."

FLAGS = {
    # a person has to decide
    "check-and-probes-disagree": Flag(
        LOOK,
        "check(), which the student saw, and the grader's tests say different things about an answer.",
        "Read the answer, and run `explain STUDENT TASK`. The points are those of the tests.",
    ),
    "differentiates-by-steps": Flag(
        LOOK,
        "The answer changes the entries of its input one by one: it may measure the gradient instead of deriving it.",
        "Read the answer. If it is a numerical gradient, take the points away by hand.",
    ),
    "uses-demonstration": Flag(
        LOOK,
        "The answer calls something from a demonstration cell of the course. The cell was not run.",
        "Read the answer. Points are lost only if it does not work without that cell.",
    ),
    "nbval-comment": Flag(
        LOOK,
        "A cell holds a comment that would tell nbval not to compare it. It was disabled.",
        "Look whether the student meant to fool the grader.",
    ),
    "path-traversal": Flag(
        LOOK,
        "An archive names files outside of its folder. Nothing was written there.",
        "Look whether the student meant to fool the grader; odd programs make such archives, too.",
    ),
    "zip-bomb": Flag(LOOK, "An archive would unpack to far more than anybody writes. It was not read.", _AGAIN),
    "same-name": Flag(
        LOOK,
        "Two submissions have names that differ only in case, form or ending. Both are listed.",
        "Find out whether they are one student's, and which one counts.",
    ),
    "no-student-name": Flag(
        LOOK, "A notebook of the course lies loose among the submissions.", "Find out whose it is, and rename it."
    ),
    "written-not-found": Flag(
        LOOK,
        "The cells of some written questions are gone, and no answers were found elsewhere.",
        "Open the notebook, and look whether the answers stand somewhere else.",
    ),
    "guessed": Flag(
        LOOK,
        "A written answer was found outside of its cell.",
        "See on the student's page that the right text was taken.",
    ),
    "no-answers": Flag(
        LOOK,
        "There are notebooks of the course, but no task is answered.",
        "Ask the student whether these are the right files.",
    ),
    "group-submission": Flag(
        LOOK,
        "Several students handed this in together, as the platform says.",
        "See that all of them get the points.",
    ),
    "not-in-roster": Flag(
        LOOK,
        "Whoever handed this in was not found on the roster.",
        "Find out who it is, and add the missing ID, login or e-mail to the roster.",
    ),
    "ambiguous-in-roster": Flag(
        LOOK,
        "Several people on the roster may be meant, or several submissions may be one person's.",
        "Find out who it is, and give an ID, a login or an e-mail on the roster.",
    ),
    "no-submission-time": Flag(
        LOOK,
        "The download does not say when this was handed in. It counts as in time.",
        "Look up the time on the platform.",
    ),
    "late-for-the-platform": Flag(
        LOOK,
        "The platform calls this late, but it is not late by the deadline that was given, or has no time.",
        "Compare the deadline of the platform with that of `--deadline`.",
    ),
    "marked-before-change": Flag(
        LOOK,
        "A written answer is not the one that was marked: it was handed in anew.",
        "Read it again, and give the mark once more.",
    ),
    "mark-above-maximum": Flag(
        LOOK, "A written answer has more points than the question gives.", "Correct the mark, or `--points`."
    ),
    # while the answers ran
    "grader-failed": Flag(
        RUN,
        "The grader itself failed on this submission.",
        "Run the same command again. If it fails again, `result.json` has the traceback for the course's authors.",
    ),
    "unboxed": Flag(
        RUN,
        "Graded with --unboxed: the code ran with the rights of whoever graded.",
        "Trust these points as far as you trust the students.",
    ),
    "not-run": Flag(
        RUN,
        "A notebook could not be run at all, in two attempts.",
        "Grade it again with `--only STUDENT`, on a machine that is not busy.",
    ),
    "out-of-time": Flag(
        RUN,
        "The submission used up its time. What was left counts as wrong.",
        "Look for a loop without an end. On a busy machine, grade it again with `--only STUDENT`.",
    ),
    "kernel-stopped": Flag(
        RUN,
        "A cell ran too long, took too much memory or ended the kernel. Only the definitions in it count.",
        "Nothing, unless the student asks: the page names the cell.",
    ),
    "judged-alone": Flag(
        RUN,
        "A task did not run to its end with the others, so it was judged by itself.",
        "Nothing: no points are lost.",
    ),
    # while the files were read
    "reader-failed": Flag(READING, "The grader could not make sense of the files.", "Open them by hand."),
    "unreadable-notebook": Flag(READING, "A file is damaged, has a password or is no notebook.", _AGAIN),
    "unreadable-submission": Flag(READING, "The submission, or a folder in it, could not be opened.", _AGAIN),
    "unknown-notebook": Flag(READING, "A notebook has nothing of the course in it. It was left out.", _ON_PAGE),
    "special-file": Flag(READING, "A pipe, a socket or a device was handed in. It was not opened.", _AGAIN),
    "links": Flag(READING, "A link was handed in. Links are not followed.", _AGAIN),
    "hidden": Flag(READING, "The name of the submission begins with a dot.", "See whether a program made it."),
    "nested-zip": Flag(READING, "A .zip lies in another one. Only the outer one was read.", _AGAIN),
    "too-many-files": Flag(READING, "There are more files or folders than the grader looks at.", _AGAIN),
    "too-many-notebooks": Flag(READING, "There are more notebooks than the grader reads.", _AGAIN),
    "too-large": Flag(READING, "A file, a cell or a text is too large. It was cut or left out.", _ON_PAGE),
    "guessed-encoding": Flag(READING, "A file is not UTF-8. It was read as Latin-1.", _ON_PAGE),
    "newer-format": Flag(READING, "A notebook has a newer format than the grader knows.", _ON_PAGE),
    "merge-conflict": Flag(READING, "A file holds a merge conflict. Each side was read by itself.", _ON_PAGE),
    "damaged-cell": Flag(READING, "A cell is not stored as a cell should be. What could be read counts.", _ON_PAGE),
    "other-edition": Flag(
        READING, "A notebook is from another edition of the course.", "Hand out one edition. Answers count as they fit."
    ),
    "missing-notebook": Flag(
        READING, "A notebook of the course is not there: its tasks count as not written.", _ON_PAGE
    ),
    "duplicate-notebook": Flag(READING, "There are several versions of a notebook. One counts.", _ON_PAGE),
    "merged-notebooks": Flag(READING, "The answers of one notebook stand in another one. They count.", _ON_PAGE),
    "split-answers": Flag(READING, "Some answers stand in another version of the notebook. They count.", _ON_PAGE),
    "duplicate-answer": Flag(READING, "A function or an answer is there more than once. One counts.", _ON_PAGE),
    "missing-answer": Flag(READING, "Some tasks have no answer.", "Nothing: this is so while students are at work."),
    "no-function": Flag(READING, "An answer cell does not define the function that it should.", _ON_PAGE),
    "answer-in-markdown": Flag(READING, "An answer stands in a cell of text, so it never ran.", _ON_PAGE),
    "split-function": Flag(READING, "A function begins in one cell and seems to go on in the next.", _ON_PAGE),
    "not-python": Flag(READING, "A cell is not valid Python.", _ON_PAGE),
    "missing-module": Flag(READING, "A cell imports a module that grading does not have.", _ON_PAGE),
    "changed-locked-cell": Flag(READING, "A cell of the course was changed. The course's own version ran.", _ON_PAGE),
    "input": Flag(READING, "A cell calls input(). Nobody can type during grading, so the cell stops there.", _ON_PAGE),
}
KINDS = {LOOK: "a person decides", RUN: "while it ran", READING: "the files"}


@dataclass(frozen=True)
class Raised:
    """A flag that the class has: its word, its entry in the glossary, and by student the tasks that it is about."""

    word: str
    flag: Flag | None
    students: dict[str, list[str]]


def collect_flags(records: Iterable[Record]) -> list[Raised]:
    """Collect the flags of a class: those for a person first, then as in the glossary, then unknown ones."""
    found: dict[str, dict[str, list[str]]] = {}
    for record in records:
        for text in record.all_flags:
            word, _, task = text.partition(":")
            found.setdefault(word, {}).setdefault(record.student, []).extend([task] * bool(task))
    words = [*(word for word in FLAGS if word in found), *sorted(word for word in found if word not in FLAGS)]
    return [Raised(word, FLAGS.get(word), found[word]) for word in words]
