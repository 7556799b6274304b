"""Find the names that a source reads and binds. Nothing here runs the source."""

import ast
import dis
import sys
from collections.abc import Iterator
from types import CodeType

from .sources import Definition, names_of, top_level

# A star import from these modules binds no name of a task.
HARMLESS_STARS = {*sys.stdlib_module_names, "numpy", "matplotlib"}


def find_names_read(tree: ast.AST) -> set[str]:
    """Find all names that a tree reads."""
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}


def find_globals_read(statement: ast.stmt) -> set[str]:
    """Find the global names that a statement reads, now or when the function that it defines is called."""
    try:
        code = compile(ast.Module([statement], []), "<cell>", "exec", dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return set()
    return {
        instruction.argval
        for part in _code_in(code)
        for instruction in dis.get_instructions(part)
        if instruction.opname.startswith("LOAD") and instruction.opname.endswith(("_NAME", "_GLOBAL", "_GLOBALS"))
    }


def _code_in(code: CodeType) -> Iterator[CodeType]:
    """Yield a code object and those of the functions and classes in it."""
    waiting = [code]
    while waiting:
        part = waiting.pop()
        yield part
        waiting += [constant for constant in part.co_consts if isinstance(constant, CodeType)]


def find_names_bound(tree: ast.Module) -> set[str]:
    """Find the names that a tree's top level binds. ``"*"`` stands for a star import that may bind any name."""
    return {name for statement in top_level(tree.body) for name in find_names_bound_by(statement)}


def find_names_bound_by(statement: ast.stmt) -> set[str]:
    """Find the names that one statement binds, see `find_names_bound`."""
    bound = set(names_of(statement))
    if isinstance(statement, ast.ImportFrom) and (statement.module or "").partition(".")[0] in HARMLESS_STARS:
        bound.discard("*")
    if not isinstance(statement, Definition):
        nodes = [node for node in ast.walk(statement) if isinstance(node, ast.Name)]
        bound |= {node.id for node in nodes if isinstance(node.ctx, ast.Store)}
    return bound
