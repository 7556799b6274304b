"""Rules about adam: a counter that all parameters share, and a default setting of its own."""

import numpy as np

from ..actions import TASKS
from ..cases import stored
from ..cases.stored import Arrays
from .evidence import Observed, add_heading, read_results

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
    rate, beta1, beta2, epsilon = (float(inputs.get(key, value)) for key, value in DEFAULTS.items())
    w, m, v = inputs["w"], inputs.get("m", 0.0), inputs.get("v", 0.0)
    for dw, got in zip(inputs["dw"], next_w):
        t += 1
        m, v = beta1 * m + (1 - beta1) * dw, beta2 * v + (1 - beta2) * dw**2
        step = rate * (m / (1 - beta1**t)) / (np.sqrt(v / (1 - beta2**t)) + epsilon)
        if not np.allclose(w - got, step, rtol=1e-4, atol=1e-4 * np.max(np.abs(step))):
            return False
        w = got
    return True


def _default_is_another(observed: Observed) -> str | None:
    """All is right where config holds the settings. Where it is None, one other default explains the steps."""
    got = read_results("adam", observed)
    if not got:
        return None
    wrong = {case for case, results in got.items() if not _is_right(case, results)}
    inputs = stored.inputs("adam_default")
    if wrong != {"adam_default"}:
        return None
    found = [
        (name, number)
        for name, numbers in OTHER_DEFAULTS.items()
        for number in numbers
        if _explains(inputs, name, number, got["adam_default"]["next_w"])
    ]
    if len(found) != 1:
        return None
    name, number = found[0]
    sentence = f"where config has no {name}, {number:g} is used. The default of {name} is {DEFAULTS[name]:g}."
    return add_heading(sentence, TASKS["adam"].heading)


def _is_right(case: str, results: Arrays) -> bool:
    want = stored.expected("adam", case)
    return all(np.allclose(results[name], value, rtol=1e-5, atol=1e-9) for name, value in want.items())


def _explains(inputs: Arrays, name: str, number: float, next_w: np.ndarray) -> bool:
    """Whether the steps of a case are those of Adam with another default."""
    rate, beta1, beta2, epsilon = (DEFAULTS | {name: number}).values()
    w, m, v = inputs["w"], 0.0, 0.0
    for t, (dw, got) in enumerate(zip(inputs["dw"], next_w), 1):
        m, v = beta1 * m + (1 - beta1) * dw, beta2 * v + (1 - beta2) * dw**2
        w = w - rate * (m / (1 - beta1**t)) / (np.sqrt(v / (1 - beta2**t)) + epsilon)
        if not np.allclose(got, w, rtol=0, atol=1e-4 * rate):
            return False
    return True


ADAM_RULES = (_counter_is_shared, _default_is_another)
