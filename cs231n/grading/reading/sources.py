"""What a cell's source defines, and what is taken out of it before it runs in grading. Nothing here runs it."""

import ast
import re
import warnings
from collections.abc import Collection, Iterator

# Cell magics under which the cell's Python still is this kernel's Python.
PYTHON_MAGICS = ("time", "timeit", "capture", "prun", "debug")
_CELL_MAGIC = re.compile(r"\A(?:[ \t]*\n)*[ \t]*%%[ \t]*([\w!]*)[^\n]*(?:\n|\Z)")
_MAGIC_LINE = re.compile(r"^([ \t]*)((?:[%!]|[\w, ]+=[ \t]*[%!](?![=\s])|\?{1,2}[\w.]+).*|[%\w.]+\?{1,2}[ \t]*)$")
_DEF = re.compile(r"^(?:async[ \t]+)?def[ \t]+(\w+)[ \t]*\(", re.MULTILINE)
_OBEYED = re.compile("NBVAL_|PYTEST_VALIDATE_")
Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


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
            line = f"{magic[1]}pass" if magic[1] else ""  # an indented one may be all there is in its block
        lines.append(line)
    python = "\n".join(lines)
    return (python, left_out) if parse(python) is not None else (source, [])


def defined(source: str, tree: ast.Module | None) -> list[str]:
    """The functions that a source defines at its top level, in order; by their ``def`` alone if it has no tree.

    ``f = g`` and ``f = lambda ...`` define f, too.
    """
    if tree is None:
        return _DEF.findall(source)
    return [name for node in _top_level(tree.body) for name in _functions(node)]


def _functions(node: ast.stmt) -> list[str]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return [node.name]
    if isinstance(node, ast.Assign) and isinstance(node.value, ast.Name | ast.Lambda | ast.Attribute):
        return [target.id for target in node.targets if isinstance(target, ast.Name)]
    return []


def _top_level(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Statements whose names end up in the module: also those under if, try, with and for."""
    waiting = body[::-1]
    while waiting:
        node = waiting.pop()
        yield node
        if isinstance(node, ast.If | ast.Try | ast.With | ast.For | ast.While):
            for field in ("finalbody", "orelse", "body"):
                waiting += getattr(node, field, [])[::-1]


def stub_of(tree: ast.Module | None, name: str) -> ast.FunctionDef | None:
    """The untouched function of that name: a docstring and ``raise NotImplementedError``; None if there is none.

    Written twice, the function is no stub unless both are.
    """
    functions = [node for node in _top_level(tree.body) if name in _functions(node)] if tree else []
    if functions and all(isinstance(node, ast.FunctionDef) and _is_stub(node) for node in functions):
        return functions[0]  # type: ignore[return-value]
    return None


def _is_stub(function: ast.FunctionDef) -> bool:
    body = function.body
    if isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
        body = body[1:]
    return len(body) == 1 and is_not_implemented(body[0])


def is_unfinished(tree: ast.Module | None, name: str) -> bool:
    """Whether a function of that name still ends in the stub's ``raise NotImplementedError``, with code before it."""
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


def without(source: str, nodes: list[ast.stmt]) -> str:
    """A source without some statements of its tree."""
    lines = source.encode().split(b"\n")
    for node in sorted(nodes, key=lambda node: (node.lineno, node.col_offset), reverse=True):
        first, last = _first_line(node) - 1, (node.end_lineno or node.lineno) - 1
        before, after = lines[first][: node.col_offset], lines[last][node.end_col_offset :]
        alone = not before.strip() and not after.lstrip().startswith(b";")
        lines[first : last + 1] = [after.strip()] if alone and not before else [before + b"None" + after]
    return b"\n".join(lines).decode()


def _first_line(node: ast.stmt) -> int:
    return min([node.lineno, *(decorator.lineno for decorator in getattr(node, "decorator_list", []))])


def checks(tree: ast.Module, tasks: Collection[str]) -> list[tuple[ast.stmt, str]]:
    """The ``check(task)`` statements of a tree, with their tasks."""
    found = []
    for node in tree.body:
        call = node.value if isinstance(node, ast.Expr) else None
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "check" and call.args:
            argument = call.args[0]
            if isinstance(argument, ast.Name) and argument.id in tasks:
                found.append((node, argument.id))
    return found


def split(source: str, tree: ast.Module, names: Collection[str]) -> list[str]:
    """A source in pieces that do the same one after the other: imports at its top, then at most one of the names each.

    Apart from the rest, an import that fails where a submission is graded takes no answer with it.
    """
    lines, cuts = source.split("\n"), []
    seen: set[str] = set()
    previous: ast.stmt | None = None
    for node in tree.body:
        found = {name for name in names if name in defined("", ast.Module([node], []))}
        after_imports = isinstance(previous, ast.Import | ast.ImportFrom) and not seen and not _is_import(node)
        first, end = _first_line(node), previous.end_lineno or 0 if previous else 0
        if first > end and previous and (after_imports or found and seen - found):
            while first - 1 > end and lines[first - 2].lstrip().startswith("#"):
                first -= 1
            cuts.append(first - 1)
        seen |= found
        previous = node
    return ["\n".join(lines[start:end]) for start, end in zip([0, *cuts], [*cuts, len(lines)])]


def _is_import(node: ast.stmt) -> bool:
    return isinstance(node, ast.Import | ast.ImportFrom)


def additions(tree: ast.Module, pristine: ast.Module, changed: bool) -> dict[str, str]:
    """What a student has added to one of the course's cells that the answers may need, from name to source.

    Functions, classes, imports and names for plain values that the pristine cell does not have.

    Arguments:
        changed: whether what the pristine cell has under that name, but otherwise, counts as added, too.
    """
    try:
        has = {name: ast.unparse(node) for node in pristine.body for name in names_of(node)}
        found = {name: ast.unparse(node) for node in tree.body for name in names_of(node)}
    except RecursionError:
        return {}
    return {name: source for name, source in found.items() if name not in has or (changed and source != has[name])}


def definitions(tree: ast.Module) -> dict[str, str]:
    """The functions, classes and imports of one of the course's cells, from name to source."""
    kinds = (ast.FunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom)
    return {name: ast.unparse(node) for node in tree.body if isinstance(node, kinds) for name in names_of(node)}


def names_of(node: ast.stmt) -> list[str]:
    """The names that a definition, an import or an assignment of a plain value defines."""
    if isinstance(node, Definition):
        return [node.name]
    if isinstance(node, ast.Import):
        return [alias.asname or alias.name.partition(".")[0] for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        return [alias.asname or alias.name for alias in node.names]
    if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant | ast.Lambda | ast.Name):
        return [target.id for target in node.targets if isinstance(target, ast.Name)]
    return []


def used(tree: ast.AST) -> set[str]:
    """The names that a tree reads anywhere."""
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}


def bound_at_top(tree: ast.Module) -> set[str]:
    """The names that a tree's top level binds; ``"*"`` for a star import."""
    bound = set()
    for statement in _top_level(tree.body):
        bound |= set(names_of(statement))
        if not isinstance(statement, Definition):
            nodes = [node for node in ast.walk(statement) if isinstance(node, ast.Name)]
            bound |= {node.id for node in nodes if isinstance(node.ctx, ast.Store)}
    return bound


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
