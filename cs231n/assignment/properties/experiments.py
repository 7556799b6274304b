"""The properties of steps_to_reach."""

import operator

import numpy as np

from ..cases import stored
from ..cases.differences import Differs, name_type
from .property import Answer, Property, unchanged


def _steps_in_list(answer: Answer) -> None:
    for history, level, want in (([0.1, 0.6, 0.7], 0.5, 1), ([0.1, 0.2], 0.5, None), ([0, 1, 2, 3], 2, 2)):
        got = answer.function(list(history), level)
        if got != want or isinstance(got, bool):
            raise Differs(f"steps_to_reach({history}, {level}) is {got}; asked for is {want}")


def _steps_type(answer: Answer) -> None:
    got = answer.function(np.array([0.1, 0.6]), 0.5)
    try:
        operator.index(got)
    except TypeError:
        raise Differs(f"returns {name_type(got)} where an int, or None, is asked for") from None


def _steps(text: str, *cases: str) -> Property:
    """The index is right on some histories. The data file stores None as nan."""

    def verify(answer: Answer) -> None:
        for case in cases:
            inputs, want = stored.inputs(case), stored.expected(answer.task, case)["steps"]
            got = answer.function(inputs["history"], float(inputs["level"]))
            wanted = None if np.isnan(want) else int(want)
            if (got is None) != (wanted is None) or not np.array_equal(got, np.asarray(wanted)):
                call = f"steps_to_reach({inputs['history'].tolist()}, {float(inputs['level'])})"
                raise Differs(f"{call} is {got}; asked for is {wanted}")

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
