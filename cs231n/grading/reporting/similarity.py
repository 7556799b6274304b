"""Find near-identical answers to a task. What they mean is a matter for a person: right answers are often alike.

Answers are compared statement by statement after names, layout, comments, docstrings and type hints are taken away. A
statement counts as evidence only if it is not the course's (notebooks, solutions, hints) and few students wrote it.
"""

import ast
import builtins
import functools
import keyword
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import combinations, islice

from ...assignment.actions import TASKS
from ..publishing.notebooks import read_notebooks, solve
from ..reading.sources import parse, remove_magics
from .records import Record

MIN_OWN = 3  # statements that two answers share and that are evidence
MIN_ALIKE = 0.8  # share of statements that are the same, in the same order
COMMON_SHARE = 0.05  # a statement that a larger share of the class wrote ...
COMMON_LEAST = 6  # ... is no evidence, unless the class is so small that these are no more than this many students
MAX_STATEMENTS = 150  # of one answer
KEPT_NAMES = {*dir(builtins), *keyword.kwlist, "np", "numpy"}
_WORD = re.compile(r"[^\W\d]\w*")
_HINT_CODE = re.compile(r"```python\n(.*?)```", re.DOTALL)

Form = tuple[str, ...]  # the statements of an answer without names


@dataclass(frozen=True)
class Answer:
    """A student's answer to one task, and its code as it was handed in."""

    student: str
    code: str


@dataclass(frozen=True)
class Pair:
    """Near-identical answers.

    Attributes:
        task: the task's name.
        one, other: two of the answers.
        alike: the share of statements that are the same, 0 to 1.
        same: the students who have the first form, and those who have the other; the same list twice if alike is 1.
        shared: how many of the statements in common are neither the course's nor common in this class.
    """

    task: str
    one: Answer
    other: Answer
    alike: float
    same: tuple[list[str], list[str]]
    shared: int

    @property
    def students(self) -> list[str]:
        """All students whose answers these are, each once."""
        return list(dict.fromkeys([*self.same[0], *self.same[1]]))


def find_pairs(records: Iterable[Record]) -> list[Pair]:
    """Find the near-identical answers of a class, those with the most evidence first.

    Students whose answers have the same form stand together in one pair.
    """
    answers: dict[str, dict[Form, list[Answer]]] = {task: defaultdict(list) for task in TASKS}
    students = 0
    for record in records:
        students += 1
        for task, report in record.tasks.items():
            if report.code.strip() and task in answers:
                answers[task][form_of(report.code)].append(Answer(record.student, report.code))
    most = max(COMMON_LEAST, int(COMMON_SHARE * students))
    pairs = [pair for task, forms in answers.items() for pair in _find_pairs_of(task, forms, most)]
    return sorted(pairs, key=lambda pair: (-pair.shared * pair.alike, pair.task, pair.students))


def _find_pairs_of(task: str, forms: dict[Form, list[Answer]], most: int) -> Iterator[Pair]:
    """Find the near-identical answers to one task.

    Arguments:
        forms: the answers, by their form.
        most: a statement that more students wrote is no evidence.
    """
    wrote: Counter[str] = Counter()
    for form, same in forms.items():
        wrote.update(dict.fromkeys(form, len(same)))
    own = {form: {text for text in form if wrote[text] <= most and not is_of_course(text, task)} for form in forms}
    holders: dict[str, list[Form]] = defaultdict(list)
    for form, statements in own.items():
        for statement in statements:
            holders[statement].append(form)
        same = forms[form]
        if len(same) > 1 and len(statements) >= MIN_OWN:
            names = [answer.student for answer in same]
            yield Pair(task, same[0], same[1], 1.0, (names, names), len(statements))
    shared: Counter[tuple[Form, Form]] = Counter()
    for found in holders.values():
        shared.update(combinations(found, 2))
    for (one, other), number in shared.items():
        alike = _compare(one, other) if number >= MIN_OWN else 0.0
        if alike >= MIN_ALIKE:
            names, others = ([answer.student for answer in forms[form]] for form in (one, other))
            yield Pair(task, forms[one][0], forms[other][0], alike, (names, others), number)


def _compare(one: Form, other: Form) -> float:
    """The share of statements that two answers have in common, in the same order. 0 if it cannot be MIN_ALIKE."""
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    if min(matcher.real_quick_ratio(), matcher.quick_ratio()) < MIN_ALIKE:
        return 0.0
    return matcher.ratio()


def form_of(source: str) -> Form:
    """An answer's statements, without names, layout, comments, docstrings and type hints.

    What is not Python is taken line by line.

    >>> form_of("def f(a):\\n    '''Text.'''\\n    total = np.sum( a )  # all\\n    return total")
    ('def _(_)', '_ = np.sum(_)', 'return _')
    """
    source, _ = remove_magics(source)
    tree = parse.__wrapped__(source)  # a tree of our own, because we change it
    try:
        if tree is None:
            return tuple(islice(_lines_of(source), MAX_STATEMENTS))
        _hide_names(tree)
        return tuple(islice(_statements_of(tree.body), MAX_STATEMENTS))
    except (RecursionError, ValueError):
        return ()


def _lines_of(source: str) -> Iterator[str]:
    """The lines of a text that is not Python, without names. A line that is a statement by itself is taken as one."""
    for line in source.split("\n"):
        tree = parse.__wrapped__(line.strip())
        if tree is not None:
            _hide_names(tree)
            yield from _statements_of(tree.body)
        else:
            yield _WORD.sub(lambda word: word[0] if word[0] in KEPT_NAMES else "_", " ".join(line.split()))


def _hide_names(tree: ast.AST) -> None:
    """Put ``_`` for every name that is neither Python's nor NumPy's. Attributes, keywords of calls and texts stay."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id not in KEPT_NAMES:
            node.id = "_"
        elif isinstance(node, ast.arg):
            node.arg, node.annotation = "_", None


def _statements_of(body: Iterable[ast.AST]) -> Iterator[str]:
    """The statements of a body and of the blocks in it, as texts. Docstrings and type hints are left out."""
    for node in body:
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            continue
        if isinstance(node, ast.AnnAssign):
            yield from [f"_ = {ast.unparse(node.value)}"] if node.value else []
        elif isinstance(node, ast.FunctionDef):
            yield f"def _({ast.unparse(node.args)})"
        elif not hasattr(node, "body"):
            yield ast.unparse(node)
        else:
            heads = [value for _, value in ast.iter_fields(node) if isinstance(value, ast.expr)]
            yield " ".join([type(node).__name__, *map(ast.unparse, heads)])
        for name in ("body", "handlers", "orelse", "finalbody"):
            yield from _statements_of(getattr(node, name, ()))


@functools.cache
def is_of_course(statement: str, task: str) -> bool:
    """Whether the course itself shows or solves a statement, or a hint for the task gives it, perhaps with gaps."""
    if statement in _course_statements():
        return True
    return any(statement == hint or _fits(statement, hint.split("...")) for hint in _hinted_statements(task))


@functools.cache
def _course_statements() -> frozenset[str]:
    """The statements in the notebooks' code cells, and in their solutions."""
    cells = [cell for nb in read_notebooks().values() for each in (nb, solve(nb)) for cell in each.cells]
    return frozenset(text for cell in cells if cell.cell_type == "code" for text in form_of(cell.source))


@functools.cache
def _hinted_statements(task: str) -> list[str]:
    """The statements in a task's hints. One without a word, such as ``_ = ...``, is left out."""
    codes = [code for hint in TASKS[task].hints for code in _HINT_CODE.findall(hint.text)]
    return [text for code in codes for text in form_of(code) if any(map(str.isalpha, text))]


def _fits(statement: str, pieces: list[str]) -> bool:
    """Whether a statement is these pieces, in order, with something in every gap."""
    first, *middle, last = pieces if len(pieces) > 1 else (pieces[0], pieces[0])
    if not statement.startswith(first) or not statement.endswith(last):
        return False
    place, end = len(first), len(statement) - len(last)
    for piece in middle:
        found = statement.find(piece, place + 1, end)
        if found < 0:
            return False
        place = found + len(piece)
    return place < end
