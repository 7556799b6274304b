"""progress(): which tasks are done, and which one is next."""

from .actions import TASKS
from .saving import saved_answers
from .saving.installed import misfits

_passed: set[str] = set()
SAVED, HERE, OPEN, BROKEN = "done, saved", "done in this session", "open", "saved, but not usable"
WRITTEN = "What is left are the written questions at the end of notebook 3: nobody but you can check those."
MISFIT = "saved, but your backward passes cannot read its cache"


def note_pass(name):
    """Remember that a task's check passed in this session: it may not have been saved."""
    _passed.add(name)


def progress():
    """Print the table of all tasks of the three notebooks: where each is, and whether it is done.

    A task is done when its check has passed: its answer is then saved, or was right in this session at least. An
    automated session (refresh, tests, grading) saves nothing and is asked by nobody: there the table has no states.
    """
    if not saved_answers.is_interactive():
        _print_table(dict.fromkeys(TASKS, ""))
        print("\nIn your own notebook one more column says what is done. This is an automated run: it keeps nothing.")
        return
    problems = {}
    saved = saved_answers.load(problems)
    states = {name: _state(name, saved, problems) for name in TASKS}
    states |= dict.fromkeys(misfits(saved), MISFIT)
    _print_table(states)
    left = [task for name, task in TASKS.items() if states[name] in (OPEN, BROKEN, MISFIT)]
    print(f"\n{len(TASKS) - len(left)} of {len(TASKS)} tasks are done.", end=" ")
    print(f"Next: task {left[0].number}, {left[0].name}, in {left[0].place}." if left else WRITTEN)
    if "" in problems:
        print(f"{problems['']}: what is saved there is not counted.")


def _state(name, saved, problems):
    if name in saved:
        return SAVED
    if name in _passed:
        return HERE
    return BROKEN if name in problems else OPEN


def _print_table(states):
    rows = [(task.number, name, task.place, states[name]) for name, task in TASKS.items()]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    for row in rows:
        print("   ".join(text.ljust(width) for text, width in zip(row, widths)).rstrip())
