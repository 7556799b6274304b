"""Arrays that carry derivatives: they give the gradient of a forward pass to the last digit, from one evaluation.

A `Dual` is an array together with its derivatives with respect to K numbers. Each operation follows the chain rule
(forward mode automatic differentiation). It knows the operations that the forward passes in ``mistakes/`` use; any
other one raises an exception.
"""

import builtins
from collections.abc import Callable
from types import FunctionType, SimpleNamespace
from typing import Any

import numpy as np


class Dual:
    """An array with derivatives.

    Attributes:
        value: the array, any shape S.
        slopes: the derivatives of each entry, shape (K, *S).
    """

    __array_ufunc__ = None  # so that NumPy leaves `array + dual` to this class

    def __init__(self, value: np.ndarray, slopes: np.ndarray) -> None:
        self.value, self.slopes = value, slopes

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the array."""
        return self.value.shape

    @property
    def dtype(self) -> np.dtype:
        """The type of the entries."""
        return self.value.dtype

    def __len__(self) -> int:
        return len(self.value)

    def __neg__(self) -> "Dual":
        return Dual(-self.value, -self.slopes)

    def __add__(self, other: Any) -> "Dual":
        return _combine(self, other, _value(self) + _value(other), 1.0, 1.0)

    __radd__ = __add__

    def __sub__(self, other: Any) -> "Dual":
        return _combine(self, other, _value(self) - _value(other), 1.0, -1.0)

    def __rsub__(self, other: Any) -> "Dual":
        return -self + other

    def __mul__(self, other: Any) -> "Dual":
        return _combine(self, other, _value(self) * _value(other), _value(other), _value(self))

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> "Dual":
        over = _value(other)
        return _combine(self, other, _value(self) / over, 1 / over, -_value(self) / over**2)

    def __rtruediv__(self, other: Any) -> "Dual":
        return self**-1.0 * other

    def __pow__(self, power: float) -> "Dual":
        return Dual(self.value**power, self.slopes * (power * self.value ** (power - 1)))

    def __matmul__(self, other: Any) -> "Dual":
        parts = self.slopes @ _value(other)
        return Dual(self.value @ _value(other), parts + self.value @ other.slopes if _is_dual(other) else parts)

    def __rmatmul__(self, other: Any) -> "Dual":
        return Dual(other @ self.value, other @ self.slopes)

    def __gt__(self, other: Any) -> np.ndarray:
        return self.value > _value(other)

    def sum(self, axis: int | None = None, keepdims: bool = False) -> "Dual":
        """As of an array. The axis is not negative."""
        axes = tuple(range(1, self.slopes.ndim)) if axis is None else axis + 1
        return Dual(self.value.sum(axis=axis, keepdims=keepdims), self.slopes.sum(axis=axes, keepdims=keepdims))

    def mean(self, axis: int | None = None, keepdims: bool = False) -> "Dual":
        """As of an array."""
        return self.sum(axis, keepdims) / self._count(axis)

    def var(self, axis: int | None = None, ddof: int = 0, keepdims: bool = False) -> "Dual":
        """As of an array."""
        return ((self - self.mean(axis, keepdims=True)) ** 2).sum(axis, keepdims) / (self._count(axis) - ddof)

    def std(self, axis: int | None = None, ddof: int = 0, keepdims: bool = False) -> "Dual":
        """As of an array."""
        return self.var(axis, ddof, keepdims) ** 0.5

    def _count(self, axis: int | None) -> int:
        return self.value.size if axis is None else self.shape[axis]


def _is_dual(value: Any) -> bool:
    return isinstance(value, Dual)


def _value(value: Any) -> Any:
    return value.value if isinstance(value, Dual) else value


def _combine(a: Any, b: Any, value: Any, by_a: Any, by_b: Any) -> Dual:
    """The result of an operation on two values, of which one or both are dual.

    Arguments:
        a, b: the two values.
        value: the result's value.
        by_a, by_b: the derivatives of the result with respect to a and b, entry by entry.
    """
    value = np.asarray(value)
    parts = [_widen(one.slopes, value.ndim) * by for one, by in ((a, by_a), (b, by_b)) if _is_dual(one)]
    slopes = parts[0] if len(parts) == 1 else parts[0] + parts[1]
    return Dual(value, np.broadcast_to(slopes, (len(slopes), *value.shape)).astype(value.dtype, copy=False))


def _widen(slopes: np.ndarray, ndim: int) -> np.ndarray:
    """Slopes with more axes after the first, as broadcasting adds them to the value."""
    missing = ndim + 1 - slopes.ndim
    return slopes.reshape(len(slopes), *(1,) * missing, *slopes.shape[1:])


def seed(values: dict[str, np.ndarray]) -> dict[str, Dual]:
    """Duals for arrays by name, with the derivatives with respect to all entries of all of them, in this order."""
    total, start, seeded = sum(array.size for array in values.values()), 0, {}
    for name, array in values.items():
        slopes = np.zeros((total, array.size), dtype=array.dtype)
        slopes[start : start + array.size] = np.eye(array.size)
        seeded[name] = Dual(array, slopes.reshape(total, *array.shape))
        start += array.size
    return seeded


def split(gradient: np.ndarray, values: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Take the derivatives of one number with respect to seeded arrays apart: for each array one of its shape."""
    ends = np.cumsum([array.size for array in values.values()])[:-1]
    parts = zip(values.items(), np.split(gradient, ends))
    return {name: part.reshape(array.shape) for (name, array), part in parts}


def contract(out: Any, dout: np.ndarray, count: int) -> np.ndarray:
    """The derivatives of ``sum(out * dout)``, shape (count,). They are 0 if out does not depend on what was seeded."""
    if not _is_dual(out):
        return np.zeros(count)
    return np.sum(out.slopes * dout, axis=tuple(range(1, out.slopes.ndim)))


# What the code of a forward pass calls ``np`` and ``layers``: for arrays and for duals alike.
NUMPY = SimpleNamespace(
    sqrt=lambda value: value**0.5 if _is_dual(value) else np.sqrt(value),
    zeros=np.zeros,
    ones=np.ones,
    zeros_like=lambda value: np.zeros_like(_value(value)),
    full=lambda shape, value: value + np.zeros(shape, dtype=_value(value).dtype),
)


def bind(function: Callable, batchnorm_forward: Callable | None = None) -> Callable:
    """Make a forward pass of the course work on duals as well.

    Arguments:
        function: `batchnorm_forward` or `affine_bn_relu_forward`, or an edit of one of them.
        batchnorm_forward: for the latter: the batch norm that it calls, bound itself.
    """
    layers = SimpleNamespace(
        affine_forward=lambda x, w, b: (x @ w + b, None),
        relu_forward=lambda x: (x * (x > 0), None),
        batchnorm_forward=batchnorm_forward,
    )
    assert isinstance(function, FunctionType)
    names = {"np": NUMPY, "layers": layers, "__builtins__": builtins}
    return FunctionType(function.__code__, names, function.__name__)
