"""Rules: predicates on what an answer returned, for families of mistakes that no list of patterns can cover.

A missing shift, for instance, has as many patterns of nan as there are ways to write the gradient. A rule asks where
the results are wrong, and how, instead of comparing them with a known mistake. A rule that is not certain says nothing.
"""

from collections.abc import Callable
from functools import partial

import numpy as np

from ..actions import TASKS
from .adam_rules import ADAM_RULES
from .batchnorm_rules import find_lost_variance
from .evidence import Known, Observed
from .softmax_rules import LOSS_RULES, SOFTMAX_RULES


def find_by_rule(task: str, observed: Observed) -> Known | None:
    """Find the known mistake behind a wrong answer by a rule.

    Arguments:
        task: the task's name.
        observed: for each case, what the function returned by name, whatever it is; None if it raised an exception.

    Returns:
        The mistake. None if the evidence does not decide.
    """
    with np.errstate(all="ignore"):
        for rule in RULES.get(task, ()):
            known = rule(observed)
            if known:
                return known
    return None


RULES: dict[str, tuple[Callable[[Observed], Known | None], ...]] = {
    "softmax": SOFTMAX_RULES,
    "softmax_loss": LOSS_RULES,
    **{task: (partial(find_lost_variance, task),) for task in TASKS if task.startswith("batchnorm")},
    "adam": ADAM_RULES,
}
