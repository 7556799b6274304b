"""The mutations: small changes of a function's source. Each one replaces one node of the syntax tree.

`mutants` yields the changed functions. An operator is a generator function: it takes a node, and yields nodes that can
replace it.
"""

import ast
import copy
import itertools
import textwrap
from dataclasses import dataclass

ARITHMETIC = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Pow)
OTHER_COMPARISONS = {
    ast.Lt: (ast.LtE, ast.Gt, ast.GtE, ast.Eq, ast.NotEq),
    ast.LtE: (ast.Lt, ast.Gt, ast.GtE, ast.Eq, ast.NotEq),
    ast.Gt: (ast.GtE, ast.Lt, ast.LtE, ast.Eq, ast.NotEq),
    ast.GtE: (ast.Gt, ast.Lt, ast.LtE, ast.Eq, ast.NotEq),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
OTHER_FUNCTIONS = {
    "sum": ("mean", "max", "prod"), "mean": ("sum", "max"), "max": ("min", "mean", "sum"), "var": ("std", "mean"),
    "sqrt": ("square", "exp"), "exp": ("log", "expm1"), "log": ("exp", "log1p"), "zeros": ("ones",),
    "zeros_like": ("ones_like",), "ones_like": ("zeros_like",), "any": ("all",), "argmax": ("argmin",),
    "get": ("pop",), "setdefault": ("get",),
}  # fmt: skip


@dataclass(frozen=True)
class Mutant:
    """A changed function: the changed line before and after, and the whole source."""

    old: str
    new: str
    source: str


def mutants(source):
    """Yield every mutant of a function, in the order of the tree, and no source twice.

    Arguments:
        source: the function's source.
    """
    tree = NegativeNumbers().visit(ast.parse(textwrap.dedent(source)))
    function = tree.body[0]
    if isinstance(function.body[0], ast.Expr) and isinstance(function.body[0].value, ast.Constant):
        del function.body[0]  # the docstring
    original = ast.unparse(tree)
    variables = local_names(function)
    seen = {original}
    for path in paths(function.body, ("body",)):
        for replacement in replacements(node_at(function, path), path, function, variables):
            changed = copy.deepcopy(tree)
            put(changed.body[0], path, replacement)
            text = ast.unparse(ast.fix_missing_locations(changed))
            if text not in seen:
                seen.add(text)
                yield Mutant(*changed_lines(original, text), text)


class NegativeNumbers(ast.NodeTransformer):
    """Turns -1 into one constant, as a reader sees it. Python parses it as a minus before a 1."""

    def visit_UnaryOp(self, node):
        self.generic_visit(node)
        number = isinstance(node.op, ast.USub) and isinstance(node.operand, ast.Constant)
        return ast.Constant(-node.operand.value) if number else node


def local_names(function):
    """The function's arguments and variables, sorted."""
    stored = {n.id for n in ast.walk(function) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    return sorted(stored | {argument.arg for argument in function.args.args})


def paths(value, path):
    """Yield the path to every node below a node or list of nodes, outermost first: field names and list positions."""
    if isinstance(value, list):
        for position, item in enumerate(value):
            yield from paths(item, (*path, position))
    elif isinstance(value, ast.AST):
        yield path
        for field, below in ast.iter_fields(value):
            yield from paths(below, (*path, field))


def node_at(root, path):
    for step in path:
        root = root[step] if isinstance(step, int) else getattr(root, step)
    return root


def put(root, path, node):
    parent = node_at(root, path[:-1])
    if isinstance(path[-1], int):
        parent[path[-1]] = copy.deepcopy(node)
    else:
        setattr(parent, path[-1], copy.deepcopy(node))


def changed_lines(old, new):
    """The lines in which two sources differ, as one string each, without indentation."""
    old, new = old.splitlines(), new.splitlines()
    while old and new and old[0] == new[0]:
        del old[0], new[0]
    while old and new and old[-1] == new[-1]:
        del old[-1], new[-1]
    return tuple("; ".join(line.strip() for line in lines) for lines in (old, new))


def replacements(node, path, function, variables):
    """Yield all nodes that can replace a node."""
    for operator in OPERATORS:
        yield from operator(node)
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in variables:
        yield from (ast.Name(other, ast.Load()) for other in variables if other != node.id)
    if isinstance(node, (ast.Name, ast.BinOp, ast.Call, ast.Subscript)) and takes_a_minus(path, function):
        if isinstance(getattr(node, "ctx", ast.Load()), ast.Load):
            yield ast.UnaryOp(ast.USub(), node)


def takes_a_minus(path, function):
    """Whether a node is an operand, an argument, an element of a tuple or a dictionary, or a value on its own."""
    above = [step for step in path if not isinstance(step, int)][-1]
    if above == "elts":
        return True
    return above in ("left", "right", "args", "values", "comparators", "value") and not isinstance(
        node_at(function, path[:-1]), (ast.Attribute, ast.Subscript)
    )


def with_fields(node, **fields):
    """A copy of a node with some fields changed."""
    changed = copy.copy(node)
    for name, value in fields.items():
        setattr(changed, name, value)
    return changed


def without(sequence, position):
    return [*sequence[:position], *sequence[position + 1 :]]


def swapped(sequence):
    """Yield the sequence with two elements exchanged, for every pair of elements."""
    for i, j in itertools.combinations(range(len(sequence)), 2):
        changed = list(sequence)
        changed[i], changed[j] = sequence[j], sequence[i]
        yield changed


def arithmetic(node):
    """Another arithmetic operator, exchanged operands, one operand alone."""
    if not isinstance(node, (ast.BinOp, ast.AugAssign)):
        return
    if isinstance(node.op, ast.MatMult):
        yield with_fields(node, op=ast.Mult())
    else:
        yield from (with_fields(node, op=other()) for other in ARITHMETIC if not isinstance(node.op, other))
    if isinstance(node, ast.BinOp):
        if isinstance(node.op, ast.Mult):
            yield with_fields(node, op=ast.MatMult())
        elif not isinstance(node.op, ast.Add):
            yield with_fields(node, left=node.right, right=node.left)
        yield from (node.left, node.right)
    else:
        yield ast.Assign([node.target], node.value)


def minus(node):
    if isinstance(node, ast.UnaryOp):
        yield node.operand


def constants(node):
    """Another number or another string; 0 in place of None."""
    if not isinstance(node, ast.Constant):
        return
    value = node.value
    if isinstance(value, bool):
        others = [not value]
    elif isinstance(value, str):
        others = [value + "x"]
    elif value is None:
        others = [0]
    elif isinstance(value, int):
        others = [0, 1, 2, value + 1, -value] + [value - 1] * (value >= 0)
    else:
        others = [0.0, 1.0, -value, 2 * value, value / 2]
    yield from (ast.Constant(other) for other in others if other != value)


def comparisons(node):
    if isinstance(node, ast.Compare):
        yield from (with_fields(node, ops=[other()]) for other in OTHER_COMPARISONS[type(node.ops[0])])


def conditions(node):
    """A condition negated, always true, always false; `or` in place of `and`; one operand alone."""
    if isinstance(node, (ast.If, ast.IfExp)):
        for test in (ast.UnaryOp(ast.Not(), node.test), ast.Constant(True), ast.Constant(False)):
            yield with_fields(node, test=test)
    if isinstance(node, ast.BoolOp):
        yield with_fields(node, op=ast.Or() if isinstance(node.op, ast.And) else ast.And())
        yield from node.values


def statements(node):
    """A statement deleted; a loop that ends after its first pass."""
    if isinstance(node, (ast.Assign, ast.AugAssign, ast.Expr, ast.Return, ast.Raise)):
        yield ast.Pass()
    if isinstance(node, ast.For):
        yield with_fields(node, body=[*node.body, ast.Break()])


def calls(node):
    """Two arguments exchanged; a keyword dropped; the first argument, or the object, in place of the call."""
    if not isinstance(node, ast.Call):
        return
    yield from (with_fields(node, args=args) for args in swapped(node.args))
    yield from (with_fields(node, keywords=without(node.keywords, i)) for i in range(len(node.keywords)))
    yield from node.args[:1]
    if isinstance(node.func, ast.Attribute):
        yield node.func.value


def functions(node):
    """Another function of the same kind."""
    if isinstance(node, ast.Attribute):
        yield from (with_fields(node, attr=other) for other in OTHER_FUNCTIONS.get(node.attr, ()))


def attributes(node):
    """The array itself in place of its transpose."""
    if isinstance(node, ast.Attribute) and node.attr == "T":
        yield node.value


def indices(node):
    """An index dropped; a shorter or reversed slice; the array itself in place of one entry."""
    if isinstance(node, ast.Slice):
        yield ast.Slice(None, ast.Constant(1), None)
        yield ast.Slice(ast.Constant(1), None, None)
        yield ast.Slice(None, None, ast.Constant(-1))
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Tuple):
        for i in range(len(node.slice.elts)):
            yield with_fields(node, slice=with_fields(node.slice, elts=without(node.slice.elts, i)))
    if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load):
        yield node.value


def sequences(node):
    """Two elements of a tuple, or two values of a dictionary, exchanged; an entry of a dictionary dropped."""
    if isinstance(node, ast.Tuple):
        yield from (with_fields(node, elts=elts) for elts in swapped(node.elts))
    if isinstance(node, ast.Dict):
        yield from (with_fields(node, values=values) for values in swapped(node.values))
        for i in range(len(node.keys)):
            yield with_fields(node, keys=without(node.keys, i), values=without(node.values, i))


OPERATORS = (
    arithmetic, minus, constants, comparisons, conditions, statements, calls, functions, attributes, indices, sequences,
)  # fmt: skip
