"""What a rule looks at: the results of an answer, case by case."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..cases import stored
from ..cases.stored import Arrays

Observed = Mapping[str, Mapping[str, Any] | None]  # for each case, the results by name; None after an exception
Results = dict[str, Arrays]  # for each case, the results as float64 arrays


@dataclass(frozen=True)
class Known:
    """A known mistake that was found in an answer.

    Attributes:
        id: its name, as in the tables of ``stored.sentences()``. A few mistakes that only a rule knows stand in no
            table, or in that of another task.
        sentence: what a tutor says about it, with the section of the notebook to look at.
    """

    id: str
    sentence: str


def read_results(task: str, observed: Observed) -> Results | None:
    """All results as float64 arrays of the right shapes. None if one of them is missing or is something else."""
    read: Results = {}
    for case, outputs in observed.items():
        want = stored.expected(task, case)
        try:
            read[case] = {name: np.asarray((outputs or {})[name], dtype=np.float64) for name in want}
        except Exception:  # a missing result, or an object of the student's own class
            return None
        if any(read[case][name].shape != value.shape for name, value in want.items()):
            return None
    return read


def name_mistake(name: str, sentence: str, heading: str) -> Known:
    """Name a known mistake, and send the student to a section of the notebook.

    Arguments:
        name: the mistake's id.
        sentence: what a tutor says about it.
        heading: the section's heading.
    """
    return Known(name, f'{sentence} Look at "{heading}".')
