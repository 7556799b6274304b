"""Show every value that a library computes on its way: each expression inside its functions is reported.

A rule that simulates an answer and returns only True or False holds the answer all the same: whoever pastes the rule
needs only another ``return``. So the modules of one folder are imported with a call of ``__seen__`` around every
expression inside a function. Line numbers stay as they are.
"""

import ast
import builtins
import contextlib
import sys
from collections.abc import Iterable
from importlib.machinery import FileFinder, SourceFileLoader
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

RECORDED = (ast.BinOp, ast.UnaryOp, ast.Call, ast.Subscript, ast.Attribute, ast.Name, ast.IfExp)
MOST_VALUES = 6000  # that one call may compute; more are taken for an endless loop
NOT_ENTERED = (ast.JoinedStr, ast.MatchValue)  # texts hold no answer


class _Wrapper(ast.NodeTransformer):
    """Put ``__seen__(value, place)`` around the expressions inside functions. The place is ``module:line``."""

    def __init__(self, module: str) -> None:
        self.module, self.depth = module, 0

    def visit(self, node: ast.AST) -> Any:
        if isinstance(node, NOT_ENTERED):
            return node
        inside = isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
        if inside:
            return self._visit_function(node)
        if isinstance(node, ast.AnnAssign):
            node.value = self.visit(node.value) if node.value else None
            return node
        if isinstance(node, ast.Call):  # the function that is called is no value of interest
            if isinstance(node.func, ast.Attribute):
                node.func.value = self.visit(node.func.value)
            elif not isinstance(node.func, ast.Name):
                node.func = self.visit(node.func)
            node.args = [self.visit(argument) for argument in node.args]
            node.keywords = [self.visit(keyword) for keyword in node.keywords]
        else:
            self.generic_visit(node)
        loaded = isinstance(getattr(node, "ctx", None) or ast.Load(), ast.Load)
        return self._wrap(node) if self.depth and loaded and isinstance(node, RECORDED) else node

    def _visit_function(self, node: Any) -> Any:
        self.depth += 1
        if isinstance(node, ast.Lambda):
            node.body = self.visit(node.body)
        else:
            node.body = [self.visit(statement) for statement in node.body]
        self.depth -= 1
        return node

    def _wrap(self, node: Any) -> ast.Call:
        place = ast.Constant(f"{self.module}:{node.lineno}:{node.col_offset}-{node.end_col_offset}")
        return ast.copy_location(ast.Call(ast.Name("__seen__", ast.Load()), [node, place], []), node)


def instrument(source: str | bytes, module: str) -> ast.Module:
    """Parse a source, with every expression inside its functions reported."""
    tree = _Wrapper(module).visit(ast.parse(source))
    return ast.fix_missing_locations(tree)


def record_imports(folder: Path) -> None:
    """Import the modules below a folder in this way from now on. They must not be imported yet."""

    class Loader(SourceFileLoader):
        def source_to_code(self, data: Any, path: Any, **settings: Any) -> Any:
            name = Path(path).relative_to(folder).with_suffix("").as_posix().removeprefix("cs231n/")
            return compile(instrument(data, name), path, "exec", dont_inherit=True)

    def find(path: str) -> FileFinder:
        if not Path(path).is_relative_to(folder):
            raise ImportError
        return FileFinder(path, (Loader, [".py"]))

    sys.dont_write_bytecode = True
    sys.path_hooks.insert(0, find)
    sys.path_importer_cache.clear()
    builtins.__seen__ = lambda value, place: value  # type: ignore[attr-defined]


class TooLong(BaseException):
    """A function computes more values than any answer needs. It may be an endless loop."""


class Form(NamedTuple):
    """An array to compare with many others: its first number shows nearly always that they differ.

    Attributes:
        name: what it is called.
        array: the array, with at least one number.
        first: its first number.
        most: how far another array may be from it, four digits of its largest number.
    """

    name: str
    array: np.ndarray
    first: float
    most: float

    def is_same(self, other: Any) -> bool:
        """Whether an array or number of the same shape agrees in four digits, as in a probe."""
        if isinstance(other, np.ndarray):
            if other.dtype.kind not in "fiu" or not abs(other.item(0) - self.first) <= self.most:
                return False
            return other.size == 1 or bool(np.abs(other - self.array).max() <= self.most)
        return isinstance(other, (int, float, np.integer, np.floating)) and abs(other - self.first) <= self.most


def sort_by_shape(arrays: Iterable[tuple[str, np.ndarray]]) -> dict[tuple[int, ...], list[Form]]:
    """Named arrays by shape, ready to be compared. Empty ones are left out: nothing is like them."""
    forms: dict[tuple[int, ...], list[Form]] = {}
    for name, array in arrays:
        if array.size:
            form = Form(name, array, array.item(0), 2e-4 * float(np.abs(array).max()))
            forms.setdefault(array.shape, []).append(form)
    return forms


class Wanted:
    """The arrays that would earn a point, ready to be compared with many others.

    Arguments:
        outputs: the wanted arrays by name.
        own: the arrays that are given. A value that equals one of them was not computed.
        scales: factors that an adapter may still multiply dx with.
    """

    def __init__(
        self, outputs: dict[str, np.ndarray], own: list[np.ndarray], scales: Iterable[np.ndarray] = ()
    ) -> None:
        self.own = own
        self.own_by_shape = sort_by_shape(("", form) for array in own for form in turns(array))
        wanted = []
        for name, array in outputs.items():
            fitting = [scale for scale in scales if name == "dx" and scale.shape in ((), array.shape[-1:])]
            scaled = [array / scale for scale in fitting]
            forms = [form for one in (array, *scaled) for form in turns(one)]
            wanted += [(name, form) for form in forms if not self.is_own(form)]
        self.by_shape = sort_by_shape(wanted)
        self.sums = [name for name, array in outputs.items() if any(is_same(one, array) for one in self._list_sums())]
        self.simple = {name for name, array in outputs.items() if name in self.sums or self._is_simple(array)}

    def is_own(self, value: Any) -> bool:
        """Whether a value was given, and not computed."""
        return any(given.is_same(value) for given in self.own_by_shape.get(np.shape(value), ()))

    def _list_sums(self) -> list[np.ndarray]:
        return [reduce(array, axis=0) for array in self.own if array.ndim for reduce in (np.sum, np.mean)]

    def _is_simple(self, array: np.ndarray) -> bool:
        """Whether one product of two given arrays, the sum of one, or one matrix product is this array."""
        for one in self.own:
            for other in self.own:
                with contextlib.suppress(ValueError):  # their shapes do not fit together
                    product = one * other
                    if is_same(product, array) or product.ndim == 2 and is_same(product.sum(axis=0), array):
                        return True
                with contextlib.suppress(ValueError):
                    if any(is_same(one @ other, turned) for turned in turns(array)):
                        return True
        return False


class Watch:
    """Compare everything that a function computes with the wanted arrays.

    What one product or one sum gives is computed all over the library, such as by ``np.sum(got * want)``. So it counts
    on the way only if the arguments have the names of what they get. A single number counts only as a result.

    Arguments:
        wanted: the wanted arrays.
        named: whether the function's arguments have the names of what they get.

    Attributes:
        found: pairs (name, place) of what was computed or returned somewhere.
        ended: whether the call came to its end in time.
    """

    def __init__(self, wanted: Wanted, named: bool) -> None:
        self.wanted, self.named, self.left, self.ended = wanted, named, MOST_VALUES, True
        self.found: set[tuple[str, str]] = set()

    def __enter__(self) -> "Watch":
        builtins.__seen__ = self.see  # type: ignore[attr-defined]
        return self

    def __exit__(self, *error: object) -> None:
        builtins.__seen__ = lambda value, place: value  # type: ignore[attr-defined]

    def see(self, value: Any, place: str) -> Any:
        """Look at one value on the way, and return it."""
        self.left -= 1
        if self.left < 0:
            raise TooLong
        if isinstance(value, (np.ndarray, np.floating, float)):
            for want in self.wanted.by_shape.get(getattr(value, "shape", ()), ()):
                if want.is_same(value) and (self.named or want.name not in self.wanted.simple) and want.name != "steps":
                    self.found.add((want.name, place))
        return value

    def compare(self, value: Any, place: str) -> None:
        """Look at a part of the result, or at what was made of it."""
        for want in self.wanted.by_shape.get(np.shape(value), ()):
            if want.is_same(value) and not (place.startswith("the ") and want.name in self.wanted.sums):
                self.found.add((want.name, place))


def is_same(got: np.ndarray, want: np.ndarray) -> bool:
    """Whether two arrays agree in shape and in four digits."""
    return any(form.is_same(got) for form in sort_by_shape([("", want)]).get(np.shape(got), ()))


def turns(array: np.ndarray) -> list[np.ndarray]:
    """An array as it is, and the forms from which a thin adapter makes it: transposed, flattened, with an axis more."""
    same = [array]
    if array.ndim == 2 and min(array.shape) > 1:
        same.append(array.T)
    if array.ndim and array.shape[0] > 1:
        same.append(array[None])
    if array.ndim == 1:
        same.append(array[:, None])
    if array.ndim == 3:
        same.append(array.reshape(len(array), -1))
    return same
