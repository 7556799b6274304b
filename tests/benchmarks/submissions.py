"""Submissions for the benchmark of graders: right ones, ones with one known mistake, and bare ones.

Every submission has its own comment in each answer, so that no grader sees the same text twice.
"""

import inspect

from cs231n.assignment.actions import NOTEBOOKS, TASKS
from cs231n.grading.mistakes.catalogue import MISTAKES
from cs231n.grading.mistakes.fingerprints import reference
from cs231n.grading.publishing.notebooks import answer_cells, read_notebooks, replace_body, solve


def right(student, numbers=(1, 2, 3)):
    """A right submission, as the solved notebooks.

    Arguments:
        student: the student's name, for the comments.
        numbers: the notebooks to hand in.

    Returns:
        The notebooks by file name.
    """
    names = [NOTEBOOKS[number - 1] for number in numbers]
    solved = {name: solve(nb) for name, nb in read_notebooks().items() if name in names}
    for nb in solved.values():
        for cell in answer_cells(nb).values():
            cell.source += f"\n# {student}"
    return solved


def mistaken(student, mistake, numbers=(1, 2, 3)):
    """A submission that is right except for one known mistake, in its first variant."""
    source = inspect.getsource(reference(mistake.task))
    for old, new in mistake.variants[0]:
        assert source.count(old) == 1, (mistake.task, mistake.id)
        source = source.replace(old, new)
    submission = right(student, numbers)
    for nb in submission.values():
        if mistake.task in answer_cells(nb):
            answer_cells(nb)[mistake.task].source = f"{source}\n# {student}"
    return submission


def bare(student):
    """A submission of only set-up cells, checks, and answers that return None: what it takes is starting up."""
    submission = right(student)
    for nb in submission.values():
        for task, cell in answer_cells(nb).items():
            cell.source = replace_body(cell.source, f"    return None  # {student}, {task}")
        nb.cells = [cell for cell in nb.cells if cell.cell_type == "code" and "nbgrader" in cell.metadata]
    return submission


def choose_mistakes(number, turn=0, numbers=(1, 2, 3)):
    """Choose known mistakes, evenly from all tasks. Other turns choose others, until all have had their turn.

    Arguments:
        number: about how many.
        turn: number of the round, from 0.
        numbers: the notebooks whose tasks count.
    """
    names = [NOTEBOOKS[number - 1] for number in numbers]
    possible = [mistake for mistake in MISTAKES if mistake.variants and TASKS[mistake.task].notebook in names]
    every = max(1, len(possible) // number)
    return possible[turn % every :: every]
