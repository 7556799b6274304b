"""progress(): which tasks and steps are done, which task is next, and how the predictions came out."""

import textwrap
from collections.abc import Callable, Mapping

from .actions import NOTEBOOKS, PREDICTIONS, STEPS, TASKS, Prediction, Step
from .saving import saved_answers
from .saving.installed import find_misfits
from .steps import tally
from .steps.judge import LINE_WIDTH

_passed: set[str] = set()
MAX_NAMED_STEPS = 6  # if more steps of a notebook are open, only their sections are named
SAVED, HERE, OPEN, BROKEN = "done, saved", "done in this session", "open", "saved, but not usable"
ONLY_QUESTIONS_LEFT = (
    "Next: the written questions at the end of notebook 3.\n"
    "check() cannot judge these; your instructor marks them. On your own, compare with sections 10 and 11 there."
)
MISFIT = "saved, but your backward passes cannot read its cache"


def note_pass(name: str) -> None:
    """Remember that a task's check passed in this session. The answer may not have been saved."""
    _passed.add(name)


def progress() -> None:
    """Print a table of the tasks of all three notebooks: where each one is, and whether it is done.

    Below it are the steps that are done or open, and the predictions made, in each notebook. A task is done if its
    answer is saved, or if its check passed in this session. An automated session (refresh, tests, grading) saves
    nothing, so its table has no column for this.
    """
    if not saved_answers.is_interactive():
        _print_table(dict.fromkeys(TASKS, ""))
        print("\nIn your own notebook one more column says what is done. This is an automated run: it keeps nothing.")
        return
    problems: dict[str, str] = {}
    saved = saved_answers.load(problems)
    states = {name: _find_state(name, saved, problems) for name in TASKS}
    states |= dict.fromkeys(find_misfits(saved), MISFIT)
    _print_table(states)
    left = [task for name, task in TASKS.items() if states[name] in (OPEN, BROKEN, MISFIT)]
    print(f"\n{len(TASKS) - len(left)} of {len(TASKS)} tasks are done.", end=" ")
    print(f"Next: task {left[0].number}, {left[0].name}, in {left[0].place}." if left else ONLY_QUESTIONS_LEFT)
    print(_count_steps())
    for line in _list_open_steps():
        print(textwrap.fill(line, LINE_WIDTH, subsequent_indent="  "))
    print(_count_guesses())
    for key, problem in problems.items():
        if key not in TASKS:
            print(f"{problem}: nothing in it is counted.")


def _count_steps() -> str:
    """Say how many steps of each notebook are done."""
    done = tally.steps_done()
    counts = [f"{len(done & names)} of {len(names)} in notebook {number}" for number, names in _list_by_notebook(STEPS)]
    return f"Steps: {', '.join(counts)}."


def _list_open_steps() -> list[str]:
    """Say which steps are open in each notebook that has been begun. Where there are many, only their sections."""
    done, lines = tally.steps_done(), []
    for number, names in _list_by_notebook(STEPS):
        still_open = [step for name, step in STEPS.items() if name in names - done]
        if not still_open or not names & done:
            continue
        by_section: dict[int, list[str]] = {}
        for step in still_open:
            by_section.setdefault(step.section, []).append(step.name)
        if len(still_open) > MAX_NAMED_STEPS:
            places = f"section{'s' * (len(by_section) > 1)} {', '.join(map(str, by_section))}"
        else:
            places = "; ".join(f"{', '.join(named)} (section {section})" for section, named in by_section.items())
        lines.append(f"Open steps in notebook {number}: {places}.")
    return lines


def _count_guesses() -> str:
    """Say how many predictions of each notebook were made, how many were right, and how many were surprises."""
    guesses = tally.guesses_so_far()
    counts = [
        f"{len(set(guesses) & names)} of {len(names)} in notebook {number}"
        for number, names in _list_by_notebook(PREDICTIONS)
    ]
    hits = sum(guesses.values())
    surprises = len(guesses) - hits
    words = f"{hits} right, {surprises} {'surprise' if surprises == 1 else 'surprises'}"
    return f"Predictions: {', '.join(counts)}; {words}. (A surprise is where you learned most.)"


def _list_by_notebook(actions: Mapping[str, Step | Prediction]) -> list[tuple[int, set[str]]]:
    """List each notebook's number with the names of its steps, or of its predictions."""
    return [
        (number, {name for name, action in actions.items() if action.notebook == notebook})
        for number, notebook in enumerate(NOTEBOOKS, start=1)
    ]


def _find_state(name: str, saved: dict[str, Callable], problems: dict[str, str]) -> str:
    """Find the state of a task: one of SAVED, HERE, OPEN, BROKEN."""
    if name in saved:
        return SAVED
    if name in _passed:
        return HERE
    return BROKEN if name in problems else OPEN


def _print_table(states: dict[str, str]) -> None:
    rows = [(task.number, name, task.place, states[name]) for name, task in TASKS.items()]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    for row in rows:
        print("   ".join(text.ljust(width) for text, width in zip(row, widths)).rstrip())
