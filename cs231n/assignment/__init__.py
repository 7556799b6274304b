"""The functions that a notebook calls: check an answer, judge a step, reveal an outcome, load the saved answers."""

from .actions import PREDICTIONS
from .check import CheckFailed, check
from .progress import progress
from .saving.saved_answers import use_my_answers
from .steps.graph import Graph
from .steps.judge import judge
from .steps.nudge import nudge
from .steps.reveal import reveal
from .steps.updates import try_update
from .steps.waiting import not_yet

__all__ = [
    "PREDICTIONS",
    "CheckFailed",
    "Graph",
    "check",
    "judge",
    "not_yet",
    "nudge",
    "progress",
    "reveal",
    "try_update",
    "use_my_answers",
]
