"""How much a student reads and writes: words and lines of code between the actions of each notebook.

``python -m tests.helpers.pacing`` prints the table; test_pacing.py holds the limits.

Counted as reading: the words of visible Markdown, and of the comments, docstrings and other strings of visible code,
apart from a task's own stub. A word is anything between blanks that has a letter or a digit, formulas included. What is
folded (``<details>``, hints, the tag ``hide-input``) and the sections called "Further" are counted apart. So are the
texts that reveal() prints below an outcome.
"""

import io
import re
import tokenize
from dataclasses import dataclass, field

from cs231n.assignment.actions import PREDICTIONS, STEPS, TASKS, WRITTEN
from cs231n.grading.publishing.notebooks import read_notebooks, reference_body, task_of
from cs231n.grading.publishing.steps import find_blanks, prediction_of, read_solutions, step_of

DETAILS = re.compile(r"<details.*?</details>", re.DOTALL)
STRINGS = {
    tokenize.STRING,
    tokenize.COMMENT,
    *([tokenize.FSTRING_MIDDLE] if hasattr(tokenize, "FSTRING_MIDDLE") else []),
}
KINDS = ("task", "step", "prediction", "written")


@dataclass
class Pace:
    """The pace of one notebook.

    Attributes:
        actions: the name and the kind of every action, in order.
        first: words above the first action.
        stretches: for each action and for the end: its name, and the words and lines since the action before.
        words, lines: on the main path.
        folded: words that are folded, or under "Further".
    """

    actions: list[tuple[str, str]] = field(default_factory=list)
    stretches: list[tuple[str, int, int]] = field(default_factory=list)
    words: int = 0
    lines: int = 0
    folded: int = 0

    @property
    def first(self) -> int:
        return self.stretches[0][1]


def count_words(text):
    """Count what stands between blanks and has a letter or a digit."""
    return sum(any(c.isalnum() for c in piece) for piece in text.split())


def code_words(source):
    """Count the words in the comments, docstrings and other strings of a cell. Code inside f-strings does not count."""
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return sum(count_words(_text_of(token)) for token in tokens if token.type in STRINGS)


def _text_of(token):
    """Return the text of a string or comment, without its marks."""
    text = re.sub(r"^(#+|[A-Za-z]{0,2}[\"']+)|[\"']+$", "", token.string)
    is_formatted = token.type == tokenize.STRING and re.match(r"[rR]?[fF]", token.string)  # Python 3.11
    return re.sub(r"\{[^}]*\}", "", text) if is_formatted else text


def code_lines(source):
    """Count the lines of a cell that are not empty."""
    return sum(bool(line.strip()) for line in source.splitlines())


def action_of(cell):
    """Return an action's name and kind, if the student writes in this cell."""
    if task_of(cell):
        return task_of(cell), "task"
    if step_of(cell):
        return step_of(cell), "step"
    if prediction_of(cell):
        return prediction_of(cell), "prediction"
    name = cell.metadata.get("nbgrader", {}).get("grade_id")
    return (name, "written") if name in WRITTEN and cell.metadata.nbgrader.solution else None


def pace_of(nb):
    """Count a notebook's words, lines and actions."""
    pace, further, words, lines = Pace(), False, 0, 0
    for cell in nb.cells:
        if cell.cell_type == "markdown":
            if re.match(r"##? .*\bFurther\b", cell.source):
                further = True
            visible = DETAILS.sub("", cell.source)
            seen, folded, seen_lines = count_words(visible), count_words(cell.source) - count_words(visible), 0
        else:
            seen, folded, seen_lines = code_words(cell.source), 0, code_lines(cell.source)
            if "hide-input" in cell.metadata.get("tags", []):
                seen, folded, seen_lines = 0, seen, 0
            name = re.search(r'reveal\(\s*"(\w+)"', cell.source)
            if name and name[1] in PREDICTIONS:
                folded += count_words(PREDICTIONS[name[1]].why)
        if further:
            pace.folded += seen + folded
            continue
        pace.folded += folded
        action = action_of(cell)
        if action and action[1] == "task":
            seen, seen_lines = 0, 0  # the stub
        if action:
            blanks = len(find_blanks(cell.source)) if action[1] in ("step", "prediction") else 0
            pace.stretches.append((action[0], words, lines))
            pace.actions.append(action)
            words, lines, seen_lines = 0, 0, max(seen_lines - blanks, 0)
        words, lines = words + seen, lines + seen_lines
        pace.words, pace.lines = pace.words + seen, pace.lines + seen_lines
    pace.stretches.append(("the end", words, lines))
    return pace


def lines_written():
    """Return the distinct lines of the reference solution: bodies of tasks and lines of steps, without comments."""
    sources = [reference_body(name) for name in TASKS] + list(read_solutions().values())
    lines = {re.sub(r"\s+#.*$", "", line).strip() for source in sources for line in source.splitlines()}
    return {line for line in lines if line and not line.startswith("#") and re.search(r"\w", line)}


def print_table():
    """Print the table of all three notebooks."""
    heads = ["notebook", "words to first", "longest words", "longest lines", "words", "lines", "folded", *KINDS]
    print("  ".join(heads))
    for name, nb in read_notebooks().items():
        pace = pace_of(nb)
        by_words = max(pace.stretches, key=lambda s: s[1])
        by_lines = max(pace.stretches, key=lambda s: s[2])
        kinds = [sum(kind == wanted for _, kind in pace.actions) for wanted in KINDS]
        cells = [name[:2], pace.first, f"{by_words[1]} ({by_words[0]})", f"{by_lines[2]} ({by_lines[0]})"]
        cells += [pace.words, pace.lines, pace.folded, *kinds]
        print("  ".join(str(cell).ljust(len(head)) for cell, head in zip(cells, heads)))
    print(
        f"{len(TASKS)} tasks, {len(STEPS)} steps, {len(PREDICTIONS)} predictions, {len(WRITTEN)} written answers;",
        end=" ",
    )
    print(f"{len(lines_written())} distinct lines to write")


if __name__ == "__main__":
    print_table()
