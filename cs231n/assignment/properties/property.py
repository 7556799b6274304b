"""What a property is, and the kinds of property that many tasks share.

A property is a sentence, and a function that takes an `Answer` and raises `Differs` if the property does not hold.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..cases import stored
from ..cases.calls import Run, run
from ..cases.closeness import is_close
from ..cases.differences import Differs, Results, require_array, require_same
from ..cases.stored import Arrays

NUMERICAL_TOLERANCE = 1e-3  # relative error of a numerical gradient
FLOAT32_TOLERANCE = 1e-3  # relative error of a computation in float32

Cast = Callable[[np.ndarray], np.ndarray]


@dataclass
class Answer:
    """An answer that is being checked.

    Attributes:
        task: the task's name.
        function: the student's function.
        forward: for a backward pass, the forward pass whose cache it takes; None for the documented cache.
    """

    task: str
    function: Callable
    forward: Callable | None = None

    def run(self, case: str, cast: Cast | None = None) -> Run:
        """Call the function on a case. See `calls.run`."""
        return run(self.task, self.function, case, self.forward, cast)

    def results(self, case: str, cast: Cast | None = None) -> Results:
        """Call the function on a case, and return its outputs together with the right ones."""
        return Results(self.run(case, cast).outputs, stored.expected(self.task, case), stored.rows(case))


@dataclass
class Property:
    """One line of a report.

    Attributes:
        text: the property in words.
        verify: function that takes an `Answer` and raises `Differs` if the property does not hold.
        essential: if this property fails, the properties after it are not tried.
    """

    text: str
    verify: Callable[[Answer], None]
    essential: bool = False


def shapes(text: str, case: str) -> Property:
    """All results are there, with the right shapes and types. Essential."""

    def verify(answer: Answer) -> None:
        results = answer.results(case)
        for name, want in results.want.items():
            require_array(results.got[name], want, name, results)

    return Property(text, verify, essential=True)


def values(text: str, *cases: str, only: tuple[str, ...] | None = None, essential: bool = False) -> Property:
    """The numbers are right on some cases: those of all results, or of the results named in ``only``."""

    def verify(answer: Answer) -> None:
        for case in cases:
            results = answer.results(case)
            for name, want in results.want.items():
                if only is None or name in only:
                    require_same(results.got[name], want, name, results=results)

    return Property(text, verify, essential)


def float32(text: str, case: str) -> Property:
    """Inputs in float32 give right results, to float32's precision. Any floating-point type is accepted."""

    def verify(answer: Answer) -> None:
        results = answer.results(case, cast_to_float32)
        for name, want in results.want.items():
            require_same(results.got[name], want, name, tolerance=FLOAT32_TOLERANCE, results=results)

    return Property(text, verify)


def cast_to_float32(array: np.ndarray) -> np.ndarray:
    """Cast a float64 array to float32. Numbers and other types stay as they are."""
    return array.astype(np.float32) if array.dtype == np.float64 and array.ndim else array


def unchanged(text: str, *cases: str) -> Property:
    """The function does not write to its inputs."""

    def verify(answer: Answer) -> None:
        for case in cases:
            changed = answer.run(case).changed
            if changed:
                raise Differs(
                    f"after the call {' and '.join(changed)} {'is' if len(changed) == 1 else 'are'} not what it was: "
                    "the function writes into an array of its caller's. Work on a copy, or on a new array"
                )

    return Property(text, verify)


def gradient(text: str, numerical: Callable[[Answer, Arrays], Arrays], *cases: str) -> Property:
    """The gradients agree with numerical gradients.

    Arguments:
        text: the property in words.
        numerical: function (answer, inputs) that returns a dictionary of gradients by name.
        cases: the cases to try.
    """

    def verify(answer: Answer) -> None:
        for case in cases:
            results = answer.results(case)
            for name, want in numerical(answer, stored.inputs(case)).items():
                require_same(results.got[name], want, name, tolerance=NUMERICAL_TOLERANCE, results=results)

    return Property(text, verify)


def central_differences(f: Callable[[np.ndarray], float], x: np.ndarray, h: float = 0.01) -> np.ndarray:
    """The numerical gradient of a scalar function f at x, entry by entry, from four points: x - 2h to x + 2h.

    The step is large on purpose: the error is of order h**4, and an answer that computes in float32 is still judged
    fairly. check() does not use ``cs231n.gradient_check``, since that module may hold the student's own answer.
    """
    gradient = np.zeros_like(x)
    for index in np.ndindex(x.shape):

        def at(step: float, index: tuple[int, ...] = index) -> float:
            point = x.copy()
            point[index] += step
            return f(point)

        gradient[index] = (8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h)
    return gradient


def require_zero(array: np.ndarray, scale: float, sentence: str) -> None:
    """Raise `Differs` with the sentence unless the array is zero, compared with numbers of size ``scale``."""
    if not is_close(np.asarray(array) + scale, np.zeros(np.shape(array)) + scale, 1e-6):
        raise Differs(sentence)
