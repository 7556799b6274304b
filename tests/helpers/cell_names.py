"""Which cells of a notebook can be reached by what one of them assigns, judged by the names in their sources."""

import ast
import symtable


class Names:
    """The names of the notebook that a cell uses. Modules do not count.

    Attributes:
        bound: names that it binds anew.
        changed: names that it binds, of which it writes to a part, or of which it calls a method.
        used: names that it reads, also inside its functions.
    """

    def __init__(self, source, modules):
        tree, table = ast.parse(source), symtable.symtable(source, "<cell>", "exec")
        symbols = table.get_symbols()
        self.bound = {one.get_name() for one in symbols if one.is_assigned()} - modules
        parts = [node for node in ast.walk(tree) if isinstance(node, (ast.Attribute, ast.Subscript))]
        called = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
        written = [node for node in parts if isinstance(node.ctx, ast.Store) or node in called]
        self.changed = self.bound | {_find_root(node) for node in written} - modules
        self.used = set(_list_used(table)) - modules


def find_reached(sources, first, always=()):
    """Find the cells that use what a cell changes, directly or through others, and the cells that those need.

    Arguments:
        sources: the sources of all cells, in order.
        first: the number of the cell that comes first.
        always: numbers of cells that do more than their names show. They and what they need are run in any case.

    Returns:
        The numbers of the cells to run from there on, in order, with that cell.
    """
    modules = {name for source in sources for name in _list_imported(ast.parse(source))}
    cells = [Names(source, modules) for source in sources]
    reached, changed = {first}, set(cells[first].changed)
    for number in range(first + 1, len(cells)):
        if cells[number].used & changed:
            reached.add(number)
            changed |= cells[number].changed
        else:
            changed -= cells[number].bound
    needed, run = set(), []
    for number in reversed(range(first, len(cells))):
        if number in reached or number in always or cells[number].changed & needed:
            run.append(number)
            needed |= cells[number].used
    return run[::-1]


def _list_imported(tree):
    aliases = [
        alias for node in ast.walk(tree) if isinstance(node, (ast.Import, ast.ImportFrom)) for alias in node.names
    ]
    return [(alias.asname or alias.name).split(".")[0] for alias in aliases]


def _list_used(table):
    """The names that a scope, or one inside it, reads from the notebook."""
    is_top = table.get_type() == "module"
    yield from (one.get_name() for one in table.get_symbols() if one.is_referenced() and (is_top or one.is_global()))
    for inner in table.get_children():
        yield from _list_used(inner)


def _find_root(node):
    """The name at the beginning of ``name.part[0].part``, or None."""
    while isinstance(node, (ast.Attribute, ast.Subscript)):
        node = node.value
    return node.id if isinstance(node, ast.Name) else None
