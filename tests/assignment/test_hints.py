"""The hints: stored once, shown in the notebooks, quoted after failures. The first two contain no code."""

import ast
import re
from collections import Counter

import pytest

from cs231n.assignment import hints
from cs231n.assignment.actions import TASKS
from cs231n.grading.publishing.notebooks import put_hints, read_notebooks, reference_body

BODIES = {name: reference_body(name) for name in TASKS}
MAX_TRIVIAL_LENGTH = 12  # shorter lines may be in a hint: "return dx", "x = cache", "else:"
ALL = [(name, level, hint.text) for name, task in TASKS.items() for level, hint in enumerate(task.hints, start=1)]


def lines_of(body):
    """The lines of an answer's body, without comments and trivial lines."""
    lines = (line.partition("  # ")[0].strip() for line in body.splitlines())
    return [line for line in lines if len(line) > MAX_TRIVIAL_LENGTH]


def inline_code(text):
    return re.findall(r"`([^`]+)`", text)


def test_notebooks_show_the_hints_of_the_table():
    """If this fails, run: python -m cs231n.grading refresh"""
    shown = {cell.id: cell.source for nb in read_notebooks().values() for cell in nb.cells if "hints-" in cell.id}
    assert shown == {hints.cell_id(name): hints.cell(name) for name in TASKS}


def test_refresh_puts_the_hints_back():
    for nb in read_notebooks().values():
        right = {cell.id: cell.source for cell in nb.cells}
        for cell in nb.cells:
            cell.source = "edited" if cell.id.startswith("hints-") else cell.source
        put_hints(nb)
        assert {cell.id: cell.source for cell in nb.cells} == right


def test_no_hint_contains_a_line_of_an_answer():
    assert all(lines_of(body) for body in BODIES.values())
    for name, level, text in ALL:
        for task, body in BODIES.items():
            found = [line for line in lines_of(body) if line in text]
            assert not found, f"hint {level} of {name} holds a line of {task}: {found}"


@pytest.mark.parametrize("name", TASKS)
@pytest.mark.parametrize("level", [1, 2])
def test_first_two_hints_contain_no_code_of_the_answer(name, level):
    text = TASKS[name].hints[level - 1].text
    assert "```" not in text
    body = ast.parse("def answer():\n" + BODIES[name])
    calls = {ast.unparse(node) for node in ast.walk(body) if isinstance(node, ast.Call)}
    assert not [call for call in calls if call in text]
    for code in inline_code(text):
        try:
            tree = ast.parse(code)
        except SyntaxError:
            continue
        statements = [node for node in tree.body if not isinstance(node, ast.Expr)]
        assert not statements or re.fullmatch(r"(axis|keepdims)=\w+", code), f"{code} is a statement"
        assert not [n for n in ast.walk(tree) if isinstance(n, ast.BinOp | ast.Subscript | ast.Call)], code


def test_third_hint_is_nearly_the_code():
    for name, level, text in ALL:
        if level == 3:
            assert text.count("```") == 2 and "..." in text, name


def test_hints_read_well_as_plain_text():
    for name, level, text in ALL:
        assert not re.search(r"\$|\\|<|>\s*\w+\s*<", text), (name, level)
        assert all(len(line) <= 100 for line in hints.quote(name, level)), (name, level)


def test_hint_is_quoted_word_for_word():
    assert hints.quote("relu_backward", 3) == [
        "Hint 3 of 3, almost the code (they all stand under the answer cell):",
        "    x = ...",
        "    return dout * (...)  # a new array; neither dout nor x is written to",
    ]
    lines = hints.quote("softmax", 1)
    assert lines[0] == "Hint 1 of 3, where to look (they all stand under the answer cell):"
    assert " ".join(line.strip() for line in lines[1:]) == TASKS["softmax"].hints[0].text


def test_hints_come_after_the_third_fifth_and_seventh_failure(monkeypatch):
    monkeypatch.setattr(hints, "_failures", Counter())
    quoted = {n: hints.after_failure("softmax") for n in range(1, 12)}
    assert {n for n, lines in quoted.items() if lines} == {3, 5, 7}
    assert [quoted[n] for n in (3, 5, 7)] == [hints.quote("softmax", level) for level in (1, 2, 3)]
    assert [bool(hints.after_failure("adam")) for _ in range(3)] == [False, False, True]
    hints.after_pass("softmax")
    assert [bool(hints.after_failure("softmax")) for _ in range(3)] == [False, False, True]
