"""Find what a cell's source defines, and remove from it what must not run in grading. Nothing here runs the source."""

import ast
import re
import warnings
from collections.abc import Collection, Iterator
from functools import lru_cache

# Cell magics that run the rest of the cell as Python in the same kernel.
PYTHON_MAGICS = ("time", "timeit", "capture", "prun", "debug")
_CELL_MAGIC = re.compile(r"\A(?:[ \t]*\n)*[ \t]*%%[ \t]*([\w!]*)[^\n]*(?:\n|\Z)")
_MAGIC_LINE = re.compile(r"^([ \t]*)((?:[%!]|[\w, ]+=[ \t]*[%!](?![=\s])|\?{1,2}[\w.]+).*|[%\w.]+\?{1,2}[ \t]*)$")
_DEF = re.compile(r"^(?:async[ \t]+)?def[ \t]+(\w+)[ \t]*\(", re.MULTILINE)
_NBVAL_COMMENT = re.compile("NBVAL_|PYTEST_VALIDATE_")
Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@lru_cache(maxsize=4096)
def parse(source: str) -> ast.Module | None:
    """Parse a source. Return its syntax tree, which nobody changes, or None if it is not Python.

    Most cells of a submission are the course's own, so the tree is often there already.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def is_prose(source: str) -> bool:
    """Whether a code cell holds words instead of code: it is not Python, or it has only texts and comments."""
    tree = parse(source)
    if tree is None:
        words = re.findall(r"[^\W\d_]{2,}", source)
        return find_cell_magic(source) is None and not _DEF.search(source) and len(words) > 4
    texts = [isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) for node in tree.body]
    return all(texts) and bool(texts or source.strip())


def find_cell_magic(source: str) -> str | None:
    """Find the name of the ``%%magic`` at the beginning of a cell, or None."""
    match = _CELL_MAGIC.match(source)
    return match[1] if match else None


def remove_magics(source: str) -> tuple[str, list[str]]:
    """Remove magics and shell commands from a cell's source if it is not Python with them.

    Returns:
        source: without these lines. It is unchanged if it is Python already, or still is not without them.
        left_out: the lines that were removed.
    """
    if parse(source) is not None:
        return source, []
    match = _CELL_MAGIC.match(source)
    left_out, python = [], source
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
            line = f"{magic[1]}pass" if magic[1] else ""  # it may be the only statement of its block
        lines.append(line)
    python = "\n".join(lines)
    return (python, left_out) if parse(python) is not None else (source, [])


def find_functions(source: str, tree: ast.Module | None) -> list[str]:
    """Find the functions that a source defines at its top level, in order.

    ``f = g`` and ``f = lambda ...`` define f, too. If the source is not Python and has no tree, look for ``def`` only.
    """
    if tree is None:
        return _DEF.findall(source)
    return [name for node in top_level(tree.body) for name in _functions_of(node)]


def _functions_of(node: ast.stmt) -> list[str]:
    """Find the functions that one statement defines."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return [node.name]
    if isinstance(node, ast.Assign) and isinstance(node.value, ast.Name | ast.Lambda | ast.Attribute):
        return [target.id for target in node.targets if isinstance(target, ast.Name)]
    return []


def top_level(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield the statements at the top level of a module, and those under its if, try, with, for and while."""
    waiting = body[::-1]
    while waiting:
        node = waiting.pop()
        yield node
        if isinstance(node, ast.If | ast.Try | ast.With | ast.For | ast.While):
            for field in ("finalbody", "orelse", "body"):
                waiting += getattr(node, field, [])[::-1]


def find_stub(tree: ast.Module | None, name: str) -> ast.FunctionDef | None:
    """Find the function of that name if it is a stub: a docstring and ``raise NotImplementedError``.

    Return None if there is no such stub, or if the source also defines the function in another way.
    """
    functions = [node for node in top_level(tree.body) if name in _functions_of(node)] if tree else []
    if functions and all(isinstance(node, ast.FunctionDef) and _is_stub(node) for node in functions):
        return functions[0]  # type: ignore[return-value]
    return None


def _is_stub(function: ast.FunctionDef) -> bool:
    body = function.body
    if isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
        body = body[1:]
    return len(body) == 1 and is_not_implemented(body[0])


def is_unfinished(tree: ast.Module | None, name: str) -> bool:
    """Whether a function of that name ends in ``raise NotImplementedError`` and has no return at its top level."""
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == name] if tree else []
    return any(
        is_not_implemented(function.body[-1]) and not any(isinstance(node, ast.Return) for node in function.body)
        for function in functions
    )


def is_not_implemented(node: ast.stmt) -> bool:
    """Whether a statement is ``raise NotImplementedError``, with or without a message."""
    if not isinstance(node, ast.Raise):
        return False
    raised = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
    return isinstance(raised, ast.Name) and raised.id == "NotImplementedError"


def remove_statements(source: str, nodes: list[ast.stmt]) -> str:
    """Remove statements from a source. `nodes` are statements of its syntax tree. The lines keep their numbers."""
    lines = source.encode().split(b"\n")
    for node in sorted(nodes, key=lambda node: (node.lineno, node.col_offset), reverse=True):
        first, last = _first_line(node) - 1, (node.end_lineno or node.lineno) - 1
        before, after = lines[first][: node.col_offset], lines[last][node.end_col_offset :]
        alone = not before.strip() and not after.lstrip().startswith(b";")
        left = after.strip() if alone and not before else before + b"None" + after
        lines[first : last + 1] = [left, *[b""] * (last - first)]
    return b"\n".join(lines).decode()


def _first_line(node: ast.stmt) -> int:
    return min([node.lineno, *(decorator.lineno for decorator in getattr(node, "decorator_list", []))])


def split_answers(
    source: str, tree: ast.Module, names: Collection[str], below: Collection[int] = ()
) -> list[tuple[str, int]]:
    """Split a source into parts that, run one after the other, do the same as the whole.

    The imports at the top become a part of their own. An import may fail where submissions are graded, and then the
    answers below it still run. Every other part defines at most one of the names.

    Arguments:
        source: the source.
        tree: its syntax tree.
        names: names of functions.
        below: numbers of lines, from 1. Below each of them a new part begins, if a statement begins there.

    Returns:
        List of pairs: the source of a part, and the number of its last line.
    """
    lines, cuts = source.split("\n"), []
    seen: set[str] = set()
    previous: ast.stmt | None = None
    for node in tree.body:
        found = {name for name in names if name in find_functions("", ast.Module([node], []))}
        after_imports = isinstance(previous, ast.Import | ast.ImportFrom) and not seen and not _is_import(node)
        first, end = _first_line(node), previous.end_lineno or 0 if previous else 0
        asked = any(end <= line < first for line in below)
        if first > end and (asked or previous and (after_imports or found and seen - found)):
            while first - 1 > end and lines[first - 2].lstrip().startswith("#"):
                first -= 1
            cuts.append(first - 1)
        seen |= found
        previous = node
    ends = [*cuts, len(lines)]
    return [("\n".join(lines[start:end]), end) for start, end in zip([0, *cuts], ends)]


def _is_import(node: ast.stmt) -> bool:
    return isinstance(node, ast.Import | ast.ImportFrom)


def find_additions(tree: ast.Module, pristine: ast.Module, changed: bool) -> dict[str, str]:
    """Find what a student has added to one of the course's cells and the answers may need.

    That is: functions, classes, imports and names for plain values that the pristine cell does not have.

    Arguments:
        tree: the student's version of the cell.
        pristine: the course's version.
        changed: whether a definition counts, too, that the pristine cell has in another form.

    Returns:
        Dictionary from a name to the source that defines it.
    """
    try:
        has = {name: ast.unparse(node) for node in pristine.body for name in names_of(node)}
        found = {name: ast.unparse(node) for node in tree.body for name in names_of(node)}
    except RecursionError:
        return {}
    return {name: source for name, source in found.items() if name not in has or (changed and source != has[name])}


def find_definitions(tree: ast.Module) -> dict[str, str]:
    """Find the functions, classes and imports of a cell. Return a dictionary from a name to its source."""
    kinds = (ast.FunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom)
    nodes = [node for node in tree.body if isinstance(node, kinds) or isinstance(getattr(node, "value", 0), ast.Lambda)]
    try:
        return {name: ast.unparse(node) for node in nodes for name in names_of(node)}
    except RecursionError:
        return {}


def keep_definitions(tree: ast.Module) -> str:
    """Write a cell's functions, classes, imports and plain values again, without what it does."""
    try:
        return "\n".join(ast.unparse(node) for node in tree.body if names_of(node))
    except RecursionError:
        return ""


def names_of(node: ast.stmt) -> list[str]:
    """Find the names that a definition, an import or an assignment of a plain value defines."""
    if isinstance(node, Definition):
        return [node.name]
    if isinstance(node, ast.Import):
        return [alias.asname or alias.name.partition(".")[0] for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        return [alias.asname or alias.name for alias in node.names]
    if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant | ast.Lambda | ast.Name):
        return [target.id for target in node.targets if isinstance(target, ast.Name)]
    return []


def calls_input(source: str, tree: ast.Module | None) -> bool:
    """Whether a source calls Python's ``input``, and not something of its own with that name."""
    if tree is None:
        return re.search(r"(?<![\w.])input[ \t]*\(", source) is not None
    if "input" not in source or re.search(
        r"\bdef input\b|\binput *=(?!=)|\b(?:def|lambda)\b[^:\n]{0,300}\binput\b", source
    ):
        return False
    return any(
        isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "input"
        for node in ast.walk(tree)
    )


def disable_nbval_comments(source: str) -> str:
    """Change every ``NBVAL_...`` comment of a source, so that nbval ignores it.

    Otherwise a student could tell nbval to skip the comparison of a cell.
    """
    return _NBVAL_COMMENT.sub(lambda match: match[0] + "_", source)


@lru_cache(maxsize=4096)
def normalize(source: str) -> str:
    """Write a source in a normal form. Sources that differ only in layout, quotes and comments become the same text."""
    tree = parse(source)
    try:
        return ast.unparse(tree) if tree else "\n".join(line.strip() for line in source.split("\n") if line.strip())
    except (RecursionError, ValueError):
        return source
