"""Rules about adam: a counter that all parameters share, and a default setting of its own.

They compare with committed data, and compute no step themselves: a release must not contain Adam.
"""

import numpy as np

from ..actions import TASKS
from ..cases import stored
from ..cases.stored import Arrays
from .evidence import Known, Observed, name_mistake, read_results

SHARED_COUNTER = (
    "t goes on from one run to the next, although every run starts from a config of its own: t is kept outside config, "
    "so all parameters share one counter. Each parameter's config is to hold its own t."
)
MAX_COUNTER = 500
DEFAULTS = {"learning_rate": 1e-3, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8}
OTHER_DEFAULTS = {  # numbers that people write
    "learning_rate": (1e-1, 5e-2, 1e-2, 5e-3, 2e-3, 5e-4, 1e-4, 1e-5),
    "beta1": (0.5, 0.8, 0.85, 0.95, 0.98, 0.99, 0.999),
    "beta2": (0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.9999),
    "epsilon": (1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-9, 1e-10, 1e-12, 0.0),
}


def _counter_is_shared(observed: Observed) -> Known | None:
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
        fits = _find_counters(case, inputs, next_w)
        if not fits:
            return None
        if "t" in inputs and int(inputs["t"]) in fits:  # a t that is given may be used as it should be
            continue
        begins.append((min(fits), max(fits), len(next_w)))
    begins.sort()
    follows = all(t + steps <= other for (_, t, steps), (other, _, _) in zip(begins, begins[1:]))
    if len(begins) < 2 or not follows:
        return None
    return name_mistake("one-counter-for-all-parameters", SHARED_COUNTER, TASKS["adam"].heading)


def _find_counters(case: str, inputs: Arrays, next_w: np.ndarray) -> list[int]:
    """List every t before the first step, below MAX_COUNTER, with which the steps of a case fit its moments."""
    rate, beta1, beta2, epsilon = (float(inputs.get(key, value)) for key, value in DEFAULTS.items())
    steps = -np.diff(next_w, axis=0, prepend=inputs["w"][None]).reshape(len(next_w), -1)
    m, v = (stored.moments(case)[name].reshape(steps.shape) for name in ("m", "v"))
    before = np.arange(MAX_COUNTER)
    t = before[:, None, None] + np.arange(1, len(steps) + 1)[:, None]  # shape (MAX_COUNTER, number of steps, 1)
    factor = (1 - beta1**t) * (epsilon + np.sqrt(v) / np.sqrt(1 - beta2**t))
    error = np.abs(factor * steps - rate * m)
    largest = np.max(np.abs(steps), axis=1, keepdims=True)
    fits = np.all(error <= 1e-4 * (np.abs(rate * m) + factor * largest), axis=(1, 2))
    return before[fits].tolist()


def _default_is_another(observed: Observed) -> Known | None:
    """All is right where config holds the settings. Where it is None, one other default explains the steps."""
    got = read_results("adam", observed)
    if not got:
        return None
    wrong = {case for case, results in got.items() if not _is_right(case, results)}
    if wrong != {"adam_default"}:
        return None
    found = [
        (name, number)
        for name, numbers in OTHER_DEFAULTS.items()
        for number in numbers
        if _explains(name, number, got["adam_default"]["next_w"])
    ]
    if len(found) != 1:
        return None
    name, number = found[0]
    sentence = f"where config has no {name}, {number:g} is used. The default of {name} is {DEFAULTS[name]:g}."
    return name_mistake("another-default", sentence, TASKS["adam"].heading)


def _is_right(case: str, results: Arrays) -> bool:
    want = stored.expected("adam", case)
    return all(np.allclose(results[name], value, rtol=1e-5, atol=1e-9) for name, value in want.items())


def _explains(name: str, number: float, next_w: np.ndarray) -> bool:
    """Whether the steps of the case "adam_default" are those of Adam with another default, by the committed data."""
    rate = (DEFAULTS | {name: number})["learning_rate"]
    return np.allclose(next_w, stored.other_default(name, number), rtol=0, atol=1e-4 * rate)


ADAM_RULES = (_counter_is_shared, _default_is_another)
