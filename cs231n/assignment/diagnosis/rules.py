"""Rules: predicates on what an answer returned, for families of mistakes that no list of patterns can cover.

A missing shift, for instance, has as many patterns of nan as there are ways to write the gradient. A rule asks where
the results are wrong, and how, instead of comparing them with a known mistake. A rule that is not certain says nothing.
"""

from collections.abc import Callable
from functools import partial

import numpy as np

from ..actions import TASKS
from ..cases import stored
from ..cases.stored import Arrays
from .batchnorm_rules import find_lost_variance
from .evidence import Observed, add_heading
from .softmax_rules import LOSS_RULES, SOFTMAX_RULES

SHARED_COUNTER = (
    "t goes on from one run to the next, although every run starts from a config of its own: t is kept outside config, "
    "so all parameters share one counter. Each parameter's config is to hold its own t."
)
MAX_COUNTER = 500


def find_rule_sentence(task: str, observed: Observed) -> str | None:
    """Find the rule that explains a wrong answer.

    Arguments:
        task: the task's name.
        observed: for each case, what the function returned by name, whatever it is; None if it raised an exception.

    Returns:
        What a tutor would say, with the section of the notebook to look at. None if the evidence does not decide.
    """
    with np.errstate(all="ignore"):
        for rule in RULES.get(task, ()):
            sentence = rule(observed)
            if sentence:
                return sentence
    return None


def _counter_is_shared(observed: Observed) -> str | None:
    """Every run begins at another t, and each one begins where the others have already made their steps."""
    begins = []
    for case, outputs in observed.items():
        if case == "adam_two":  # its steps are those of two parameters in turn
            continue
        try:
            next_w = np.asarray((outputs or {})["next_w"], dtype=np.float64)
        except Exception:  # a missing result, or an object of the student's own class
            return None
        inputs = stored.inputs(case)
        if next_w.shape != inputs["dw"].shape:
            return None
        fits = [t for t in range(MAX_COUNTER) if _is_adam_from(t, inputs, next_w)]
        if not fits:
            return None
        if "t" in inputs and int(inputs["t"]) in fits:  # a t that is given may be used as it should be
            continue
        begins.append((min(fits), max(fits), len(next_w)))
    begins.sort()
    follows = all(t + steps <= other for (_, t, steps), (other, _, _) in zip(begins, begins[1:]))
    return add_heading(SHARED_COUNTER, TASKS["adam"].heading) if len(begins) > 1 and follows else None


def _is_adam_from(t: int, inputs: Arrays, next_w: np.ndarray) -> bool:
    """Whether the steps are those of Adam whose counter was t before the first one."""
    defaults = {"learning_rate": 1e-3, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8}
    rate, beta1, beta2, epsilon = (float(inputs.get(key, value)) for key, value in defaults.items())
    w, m, v = inputs["w"], inputs.get("m", 0.0), inputs.get("v", 0.0)
    for dw, got in zip(inputs["dw"], next_w):
        t += 1
        m, v = beta1 * m + (1 - beta1) * dw, beta2 * v + (1 - beta2) * dw**2
        step = rate * (m / (1 - beta1**t)) / (np.sqrt(v / (1 - beta2**t)) + epsilon)
        if not np.allclose(w - got, step, rtol=1e-4, atol=1e-4 * np.max(np.abs(step))):
            return False
        w = got
    return True


RULES: dict[str, tuple[Callable[[Observed], str | None], ...]] = {
    "softmax": SOFTMAX_RULES,
    "softmax_loss": LOSS_RULES,
    **{task: (partial(find_lost_variance, task),) for task in TASKS if task.startswith("batchnorm")},
    "adam": (_counter_is_shared,),
}
