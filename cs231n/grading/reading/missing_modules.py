"""Find the imports of a cell that fail where submissions are graded, and what fails with them."""

import ast
import importlib.util
import sys
from collections.abc import Collection
from functools import cache
from importlib.machinery import ModuleSpec, PathFinder

from .hidden_modules import HIDDEN_MODULES

NOT_IN_THE_BOX = ("cs231n.grading", "cs231n.site")  # parts of the course that a kernel does not see


def find_missing(tree: ast.Module, written: Collection[str] = ()) -> tuple[list[ast.stmt], list[str]]:
    """Find the imports at the top level of a cell that must fail, and the statements that use what they bind.

    A function that uses such a name stays: it fails only if it is called. So does a ``try`` or an ``if``, which the
    student wrote for this case.

    Arguments:
        tree: the cell.
        written: the modules that cells of the same notebook write, with ``%%writefile``.

    Returns:
        nodes: the statements, which can be left out.
        modules: the names of the modules.
    """
    nodes: list[ast.stmt] = []
    modules: list[str] = []
    dead: set[str] = set()
    for node in tree.body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            asked = [node.module] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names]
            missing = [name for name in asked if name and not getattr(node, "level", 0) and name not in written]
            missing = [name for name in missing if not is_there(name)]
            modules += missing
            if missing:  # of "import a, b" both go: a statement is left out as a whole
                nodes.append(node)
                dead |= {alias.asname or alias.name.partition(".")[0] for alias in node.names}
            else:
                dead -= {alias.asname or alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.Expr | ast.Assign | ast.AnnAssign | ast.AugAssign):
            names = [part for part in ast.walk(node) if isinstance(part, ast.Name)]
            lambdas = [part for part in ast.walk(node) if isinstance(part, ast.Lambda)]
            bound = {name.id for name in names if isinstance(name.ctx, ast.Store)}
            if not lambdas and dead & {name.id for name in names if isinstance(name.ctx, ast.Load)}:
                nodes.append(node)
                dead |= bound
            else:
                dead -= bound
    return nodes, list(dict.fromkeys(modules))


@cache
def is_there(module: str) -> bool:
    """Whether a module can be imported where submissions are graded. Nothing is imported to find out."""
    top, *below = module.split(".")
    if module.startswith(NOT_IN_THE_BOX) or top in HIDDEN_MODULES:
        return False
    try:
        spec: ModuleSpec | None = importlib.util.find_spec(top)
        name = top
        for part in below:
            if spec is None or spec.submodule_search_locations is None:
                return _is_attribute(module)
            name = f"{name}.{part}"
            spec = PathFinder.find_spec(name, spec.submodule_search_locations)
    except (ImportError, ValueError, AttributeError):
        return False
    return spec is not None or _is_attribute(module)


def _is_attribute(module: str) -> bool:
    """Whether a module is one that another makes when it is imported, such as ``os.path``."""
    return module in sys.modules


def has_doubtful_import(tree: ast.Module) -> bool:
    """Whether an import at the top of a cell may fail although its module is there: it may lack the name."""
    imports = [node for node in tree.body if isinstance(node, ast.ImportFrom)]
    return any((node.module or "").partition(".")[0] not in sys.stdlib_module_names for node in imports)
