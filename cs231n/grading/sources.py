"""What a cell's source defines, and what is taken out of it before it runs in grading. Nothing here runs it."""

import ast
import re
import warnings

# Cell magics under which the cell's Python still is this kernel's Python.
PYTHON_MAGICS = ("time", "timeit", "capture", "prun", "debug", "python", "python3", "pypy")
_CELL_MAGIC = re.compile(r"\A(?:[ \t]*\n)*[ \t]*%%[ \t]*(\w*)[^\n]*(?:\n|\Z)")
_MAGIC_LINE = re.compile(r"^([ \t]*)((?:[%!]|[\w, ]+=[ \t]*[%!](?![=\s])|\?{1,2}[\w.]+).*|[%\w.]+\?{1,2}[ \t]*)$")
_DEF = re.compile(r"^(?:async[ \t]+)?def[ \t]+(\w+)[ \t]*\(", re.MULTILINE)
_OBEYED = re.compile("NBVAL_|PYTEST_VALIDATE_")


def parse(source: str) -> ast.Module | None:
    """The syntax tree of a source, None if it is not Python."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def cell_magic(source: str) -> str | None:
    """The name of the ``%%magic`` that a cell begins with, or None."""
    match = _CELL_MAGIC.match(source)
    return match[1] if match else None


def plain_python(source: str) -> tuple[str, list[str]]:
    """A cell's source without magics and shell lines, where it is no Python with them.

    Returns:
        source: unchanged if it is Python, or if leaving such lines out does not make it Python.
        left_out: these lines.
    """
    if parse(source) is not None:
        return source, []
    left_out = []
    match = _CELL_MAGIC.match(source)
    python = source
    if match:
        if match[1] not in PYTHON_MAGICS:
            return source, []
        left_out.append(match[0].strip())
        python = source[match.end() :]
        if parse(python) is not None:
            return python, left_out
    lines = []
    for line in python.split("\n"):
        magic = _MAGIC_LINE.match(line)
        if magic:
            left_out.append(line.strip())
            line = f"{magic[1]}pass" if magic[1] else ""
        lines.append(line)
    python = "\n".join(lines)
    return (python, left_out) if parse(python) is not None else (source, [])


def defined(source: str, tree: ast.Module | None) -> list[str]:
    """The functions that a source defines at its top level, in order; by their ``def`` alone if it has no tree.

    ``f = g`` and ``f = lambda ...`` define f, too.
    """
    if tree is None:
        return _DEF.findall(source)
    names = []
    for node in _top_level(tree.body):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            names.append(node.name)
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Name | ast.Lambda | ast.Attribute):
            names += [target.id for target in node.targets if isinstance(target, ast.Name)]
    return names


def _top_level(body):
    """Statements whose names end up in the module: also those under if, try, with and for."""
    for node in body:
        yield node
        if isinstance(node, ast.If | ast.Try | ast.With | ast.For | ast.While):
            for field in ("body", "orelse", "finalbody"):
                yield from _top_level(getattr(node, field, []))


def is_stub(source: str, tree: ast.Module | None, name: str) -> bool:
    """Whether a source is nothing but the function that students get: a docstring and ``raise NotImplementedError``."""
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)] if tree else []
    if not functions or len(functions) != len(tree.body) or functions[0].name != name:
        return False
    body = functions[0].body
    if isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
        body = body[1:]
    return len(functions) == 1 and len(body) == 1 and ast.unparse(body[0]).startswith("raise NotImplementedError")


def without_checks(source: str, tree: ast.Module, tasks) -> tuple[str, list[str]]:
    """A source without its ``check(task)`` statements: a failing one would stop the cell.

    Returns:
        source, tasks: the tasks whose check was left out.
    """
    calls = [node for node in tree.body if isinstance(node, ast.Expr) and _checked(node.value) in tasks]
    lines = source.encode().split(b"\n")
    for node in reversed(calls):
        first, last = node.lineno - 1, (node.end_lineno or node.lineno) - 1
        before, after = lines[first][: node.col_offset], lines[last][node.end_col_offset :]
        lines[first : last + 1] = [before + b"None" + after] if before.strip() or b";" in after else [after.lstrip()]
    return b"\n".join(lines).decode(), [_checked(node.value) for node in calls]


def _checked(node: ast.expr) -> str | None:
    """The function that a ``check(...)`` call is about."""
    is_check = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "check"
    arguments = [argument for argument in node.args if isinstance(argument, ast.Name)] if is_check else []
    return arguments[0].id if arguments else None


def split_at(source: str, tree: ast.Module, names) -> list[str]:
    """A source in pieces, each of which defines at most one of the names, cut above their definitions."""
    lines, cuts, seen = source.split("\n"), [], set()
    previous_end = 0
    for node in tree.body:
        found = [name for name in defined("", ast.Module([node], [])) if name in names]
        first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))])
        if found and seen - set(found) and first > previous_end:
            while first - 1 > previous_end and lines[first - 2].lstrip().startswith("#"):
                first -= 1
            cuts.append(first - 1)
        seen |= set(found)
        previous_end = node.end_lineno or node.lineno
    return ["\n".join(lines[start:end]) for start, end in zip([0, *cuts], [*cuts, len(lines)], strict=True)]


def additions(tree: ast.Module, pristine: ast.Module, always=()) -> tuple[str, list[str]]:
    """What a student has added to one of the course's cells that the answers may need.

    Functions, classes, imports and names for plain values that the pristine cell does not have.

    Returns:
        source, names: the names that it defines.
    """
    known = {name for node in pristine.body for name in _names(node)} - set(always)
    kept, names = [], []
    for node in tree.body:
        new = [name for name in _names(node) if name not in known]
        if new:
            kept.append(ast.unparse(node))
            names += new
    return "\n".join(kept), names


def _names(node: ast.stmt) -> list[str]:
    """The names that a definition, an import or an assignment of a plain value defines."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return [node.name]
    if isinstance(node, ast.Import | ast.ImportFrom):
        return [(alias.asname or alias.name).split(".")[0] if isinstance(node, ast.Import) else
                alias.asname or alias.name for alias in node.names]
    if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant | ast.Lambda | ast.Name):
        return [target.id for target in node.targets if isinstance(target, ast.Name)]
    return []


def asks_for_input(source: str, tree: ast.Module | None) -> bool:
    """Whether a source calls ``input``."""
    if tree is None:
        return re.search(r"(?<![\w.])input[ \t]*\(", source) is not None
    return any(
        isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "input"
        for node in ast.walk(tree)
    )


def disobeyed(source: str) -> str:
    """A source whose ``NBVAL_...`` comments mean nothing to nbval: it obeys them, and a student may not tell it to."""
    return _OBEYED.sub(lambda match: match[0] + "_", source)


def normal(source: str, tree: ast.Module | None) -> str:
    """A source's normal form: the same for sources that differ in layout, quotes and comments only."""
    try:
        return ast.unparse(tree) if tree else "\n".join(line.strip() for line in source.split("\n") if line.strip())
    except (RecursionError, ValueError):
        return source
