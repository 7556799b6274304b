"""What a property is, and the kinds of property that many tasks share.

A property is a sentence, and a function that takes an `Answer` and raises `Differs` if the property does not hold.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..cases import stored
from ..cases.closeness import is_close, relative_error
from ..cases.differences import Differs, Results, require_array, require_same
from ..cases.outputs import name_outputs
from ..cases.recorded import NOT_RUN, Call, CallRaised, Calls, Points, to_array
from ..cases.stored import Arrays
from ..cases.tables import FAR_CASES, INTEGER_CASES
from ..cases.variants import FLOAT32_CASES, compute_slopes

NUMERICAL_TOLERANCE = 1e-3  # relative error of a numerical gradient
FLOAT32_TOLERANCE = 1e-3  # relative error of a computation in float32
FLOAT64_ERROR = 1e-9  # a larger relative error on ordinary inputs means that the answer computes in float32


@dataclass
class Answer:
    """The recorded calls of an answer.

    Attributes:
        task: the task's name.
        calls: the recorded calls, by case, or by case and variant.
        points: losses for numerical gradients: the answer's own, or those of the forward pass that made the cache.
        spoilt: cases in which the forward pass that made the cache is wrong itself.
    """

    task: str
    calls: Calls
    points: Points = field(default_factory=dict)
    spoilt: tuple[str, ...] = ()

    def call(self, key: str) -> Call:
        """The recorded call of a case or variant.

        Raises:
            CallRaised: if it ended in an exception, or was never made.
        """
        call = self.calls.get(key) or Call(raised=NOT_RUN)
        if call.raised:
            raise CallRaised(call.raised)
        return call

    def outputs(self, key: str) -> dict[str, Any]:
        """The results of a case or variant, by name.

        Raises:
            CallRaised: as `call`.
            Differs: if the function did not return the parts that its docstring names.
        """
        return name_outputs(self.task, key.split("/")[0], self.call(key))

    def results(self, key: str) -> Results:
        """The results of a case or variant, together with the right ones."""
        case = key.split("/")[0]
        return Results(self.outputs(key), stored.expected(self.task, case), stored.rows(case), self.call(key).shared)

    def array(self, key: str, name: str) -> np.ndarray:
        """One result of a case or variant, as a float64 array.

        Raises:
            CallRaised: as `call`.
            Differs: if it is not an array of the right shape.
        """
        results = self.results(key)
        require_array(results.got[name], results.want[name], name, results)
        return np.asarray(results.got[name], dtype=np.float64)

    def slopes(self, case: str) -> Arrays:
        """The numerical gradients of a case, by name, such as ``"dx"``.

        Raises:
            CallRaised: if the losses for it were never computed.
        """
        if case not in self.points:
            raise CallRaised(NOT_RUN)
        return {f"d{name}": compute_slopes(points) for name, points in self.points[case].items()}

    def works_in_float32(self) -> bool:
        """Whether the answer computes in float32 although its inputs are float64. That is accepted."""
        try:
            results = self.results(FLOAT32_CASES[self.task])
        except (CallRaised, Differs):
            return False
        for name, want in results.want.items():
            got = to_array(results.got[name])
            narrow = getattr(results.got[name], "dtype", None) in (np.float16, np.float32)
            if got is None or got.shape != want.shape or not is_close(got, want):
                return False
            if narrow or relative_error(got, want) > FLOAT64_ERROR:
                return True
        return False


@dataclass
class Property:
    """One line of a report.

    Attributes:
        text: the property in words.
        verify: function that takes an `Answer` and raises `Differs` if the property does not hold.
        essential: if this property fails, the properties after it are not tried.
        applies: function that takes an `Answer` and says whether the property is asked for.
    """

    text: str
    verify: Callable[[Answer], None]
    essential: bool = False
    applies: Callable[[Answer], bool] = lambda answer: True


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


def far_from_zero(text: str, task: str) -> Property:
    """The numbers are right for features, or scores, far from zero. Not asked of an answer that computes in float32."""
    prop = values(text, FAR_CASES[task])
    prop.applies = lambda answer: not answer.works_in_float32() and FAR_CASES[task] not in answer.spoilt
    return prop


def integers(text: str, task: str, in_own_type: bool = False) -> Property:
    """Integers among the inputs give right numbers, or an error: never silently rounded ones.

    Like `far_from_zero`, this is not asked of an answer that computes in float32.

    Arguments:
        text: the property in words.
        task: the task's name.
        in_own_type: whether to accept an answer that computes in the type of its input from end to end, so that all its
            results are integers.
    """
    case = INTEGER_CASES[task]
    prop = values(f"{text} (right, or an error)", case)
    verify = prop.verify

    def verify_unless_refused(answer: Answer) -> None:
        if case in answer.calls and answer.calls[case].raised:
            return
        outputs = answer.outputs(case).values()
        if not (in_own_type and all(getattr(value, "dtype", None) == np.int64 for value in outputs)):
            verify(answer)

    prop.verify = verify_unless_refused
    prop.applies = lambda answer: not answer.works_in_float32() and case not in answer.spoilt
    return prop


def float32(text: str, task: str) -> Property:
    """Inputs in float32 give right results, to float32's precision. Any floating-point type is accepted."""

    def verify(answer: Answer) -> None:
        results = answer.results(f"{FLOAT32_CASES[task]}/float32")
        for name, want in results.want.items():
            require_same(results.got[name], want, name, tolerance=FLOAT32_TOLERANCE, results=results)

    return Property(text, verify)


def unchanged(text: str, *cases: str) -> Property:
    """The function does not write to its inputs."""

    def verify(answer: Answer) -> None:
        for case in cases:
            changed = answer.call(case).changed
            if changed:
                raise Differs(
                    f"the function writes to {' and to '.join(changed)}, which belongs to its caller. Work on a copy, "
                    "or make a new array"
                )

    return Property(text, verify)


def gradient(text: str, numerical: Callable[[Answer, str], Arrays], *cases: str) -> Property:
    """The gradients agree with numerical gradients.

    Arguments:
        text: the property in words.
        numerical: function (answer, case) that returns a dictionary of gradients by name.
        cases: the cases to try.
    """

    def verify(answer: Answer) -> None:
        for case in cases:
            results = answer.results(case)
            for name, want in numerical(answer, case).items():
                require_same(results.got[name], want, name, tolerance=NUMERICAL_TOLERANCE, results=results)

    return Property(text, verify)


def require_zero(array: np.ndarray, scale: float, sentence: str) -> None:
    """Raise `Differs` with the sentence unless the array is zero, compared with numbers of size ``scale``."""
    if not is_close(np.asarray(array) + scale, np.zeros(np.shape(array)) + scale, 1e-6):
        raise Differs(sentence)
