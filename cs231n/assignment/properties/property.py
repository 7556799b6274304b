"""What a property is, and the kinds of property that many tasks share.

A property is a sentence and a function that takes an `Answer` and raises `Differs` if the property does not hold.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..cases import stored
from ..cases.calls import run
from ..cases.differences import Differs, Results, close, require_array, require_same


@dataclass
class Answer:
    """A function under check: its task, itself, and the forward pass whose cache it takes (or None)."""

    task: str
    function: Callable
    forward: Callable | None = None

    def run(self, case, cast=None):
        return run(self.task, self.function, case, self.forward, cast)

    def results(self, case, cast=None):
        """The `Results` of a run: all outputs, and the right ones."""
        return Results(self.run(case, cast).outputs, stored.expected(self.task, case), stored.rows(case))


@dataclass
class Property:
    """One line of a report. After an *essential* property that fails, the ones below it are not tried."""

    text: str
    holds: Callable
    essential: bool = False


def shapes(text, case):
    """The right parts, with the right shapes and types. Essential."""

    def holds(answer):
        results = answer.results(case)
        for name, want in results.want.items():
            require_array(results.got[name], want, name, results)

    return Property(text, holds, essential=True)


def values(text, *cases, only=None, essential=False):
    """The right numbers on some cases; of all outputs, or of those named in ``only``."""

    def holds(answer):
        for case in cases:
            results = answer.results(case)
            for name, want in results.want.items():
                if only is None or name in only:
                    require_same(results.got[name], want, name, results=results)

    return Property(text, holds, essential)


def float32(text, case):
    """Inputs in float32 give finite results, right to float32's precision, of any floating-point type."""

    def holds(answer):
        results = answer.results(case, to_float32)
        for name, want in results.want.items():
            require_same(results.got[name], want, name, tolerance=1e-3, results=results)

    return Property(text, holds)


def to_float32(array):
    return array.astype(np.float32) if array.dtype == np.float64 and array.ndim else array


def unchanged(text, *cases):
    """No input is written to."""

    def holds(answer):
        for case in cases:
            changed = answer.run(case).changed
            if changed:
                raise Differs(
                    f"after the call {' and '.join(changed)} {'is' if len(changed) == 1 else 'are'} not what it was: "
                    "the function writes into an array of its caller's. Work on a copy, or on a new array"
                )

    return Property(text, holds)


def gradient(text, numerical, *cases):
    """Analytic gradients against numerical ones.

    Arguments:
        numerical: function (answer, inputs) to a dictionary of gradients by name.
    """

    def holds(answer):
        for case in cases:
            results = answer.results(case)
            for name, want in numerical(answer, stored.inputs(case)).items():
                require_same(results.got[name], want, name, tolerance=1e-3, results=results)

    return Property(text, holds)


def central_differences(f, x, h=0.01):
    """The gradient of a scalar function f at x by differences over four points, x - 2h to x + 2h, entry by entry.

    The large step is on purpose: its error is of the order of h**4, and an answer that works in float32 inside is
    still judged fairly. check() has its own differences, since ``cs231n.gradient_check`` may hold the student's.
    """
    gradient = np.zeros_like(x)
    for index in np.ndindex(x.shape):

        def at(step, index=index):
            point = x.copy()
            point[index] += step
            return f(point)

        gradient[index] = (8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h)
    return gradient


def require_zero(array, scale, sentence):
    """Raise `Differs` with the sentence unless the array is zero beside numbers of size ``scale``."""
    if not close(np.asarray(array) + scale, np.zeros(np.shape(array)) + scale, 1e-6):
        raise Differs(sentence)
