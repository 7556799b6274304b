"""Finds in the grader's source every flag that it can give."""

import ast
import re

from tests.helpers.paths import ROOT

GRADING = ROOT / "cs231n" / "grading"
FLAG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def find_flags_in_source():
    """Find the flags by the places where one is given. Return a dictionary from each flag to a file that gives it."""
    found = {}
    for path in sorted(GRADING.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        constants = {
            node.targets[0].id: node.value
            for node in tree.body
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
        }
        for place in find_places(tree):
            named = [
                constants[node.id] for node in ast.walk(place) if isinstance(node, ast.Name) and node.id in constants
            ]
            for node in [place, *named]:
                found |= dict.fromkeys(find_texts(node), str(path.relative_to(GRADING)))
    return found


def find_places(tree):
    """Yield the expressions in which flags stand.

    These are: the second argument of ``say`` and of ``UnzipError``, the values of anything called "flag" or "flags",
    what is appended to it, and everything in a function with "flag" in its name.
    """
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            if name.endswith((".say", "UnzipError")):
                yield from node.args[1:2]
            if name.endswith(("flags.append", "flags.extend", "flags.insert")):
                yield from node.args
            yield from (keyword.value for keyword in node.keywords if keyword.arg in ("flag", "flags"))
        elif isinstance(node, ast.Assign | ast.AugAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if any(re.search(r"(^|[._])(flags?|doubts)$", ast.unparse(target)) for target in targets):
                yield node.value
        elif isinstance(node, ast.FunctionDef):
            yield from (default for default in node.args.defaults if any("flag" in a.arg for a in node.args.args))
            if "flag" in node.name:
                yield from node.body


def find_texts(node):
    """Yield the texts in an expression that may be flags."""
    for inner in ast.walk(node):
        if (
            isinstance(inner, ast.Constant)
            and isinstance(inner.value, str)
            and FLAG.fullmatch(inner.value)
            and inner.value != "flags"
        ):
            yield inner.value
