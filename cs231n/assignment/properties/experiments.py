"""The properties of steps_to_reach."""

import operator
from typing import Any

import numpy as np

from ..cases import stored
from ..cases.differences import Differs, name_type
from ..cases.recorded import Odd, Parts
from ..cases.variants import HISTORIES
from .property import Answer, Property, unchanged

MAX_SHOWN = 3  # entries of an array in a message


def _steps_in_list(answer: Answer) -> None:
    for number, (history, level, want) in enumerate(HISTORIES):
        got = answer.call(f"steps_list/{number}").returned
        if (
            isinstance(got, (bool, Odd, Parts))
            or (got is None) != (want is None)
            or not np.array_equal(got, np.asarray(want))
        ):
            raise Differs(f"steps_to_reach({history}, {level}) is {_describe(got)}, but should be {want}")


def _describe(got: Any) -> str:
    if isinstance(got, np.ndarray) and got.size > MAX_SHOWN:
        return f"an array of shape {got.shape}"
    return name_type(got) if isinstance(got, (Odd, Parts)) else str(got)


def _steps_type(answer: Answer) -> None:
    got = answer.call("steps_middle").returned
    try:
        operator.index(got)
    except TypeError:
        raise Differs(f"returns {name_type(got)}, but should return an int, or None") from None


def _steps(text: str, *cases: str) -> Property:
    """The index is right on some histories. The data file stores None as nan."""

    def verify(answer: Answer) -> None:
        for case in cases:
            inputs, want = stored.inputs(case), stored.expected(answer.task, case)["steps"]
            got = answer.call(case).returned
            wanted = None if np.isnan(want) else int(want)
            strange = isinstance(got, (Odd, Parts)) or (got is None) != (wanted is None)
            if strange or not np.array_equal(got, np.asarray(wanted)):
                call = f"steps_to_reach({inputs['history'].tolist()}, {float(inputs['level'])})"
                raise Differs(f"{call} is {_describe(got)}, but should be {wanted}")

    return Property(text, verify)


PROPERTIES: dict[str, list[Property]] = {
    "steps_to_reach": [
        _steps("the first entry that reaches the level", "steps_middle"),
        _steps("a level that is reached at once", "steps_first"),
        _steps("an entry that equals the level reaches it", "steps_equal"),
        _steps("a curve that falls below the level again", "steps_dip"),
        _steps("None where the level is never reached", "steps_never"),
        _steps("entries that are nan reach nothing", "steps_nan"),
        Property("a list as well as an array", _steps_in_list),
        Property("an int, not an array", _steps_type),
        unchanged("the history is left as it was", "steps_middle"),
    ],
}
