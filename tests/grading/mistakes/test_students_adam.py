"""Test that check() names real students' mistakes in adam: whole functions, written as students do."""

import pytest

from cs231n.assignment.check import report
from tests.helpers.naming import function_of, named_mistakes, sentences_of

ADAM_OF_2016 = """
    def adam(x, dx, config=None):
        if config is None: config = {{}}
        config.setdefault('learning_rate', 1e-3)
        config.setdefault('beta1', 0.9)
        config.setdefault('beta2', 0.999)
        config.setdefault('epsilon', 1e-8)
        config.setdefault('m', np.zeros_like(x))
        config.setdefault('v', np.zeros_like(x))
        config.setdefault('t', {t})
        {before}
        config['m'] = config['beta1'] * config['m'] + (1 - config['beta1']) * dx
        config['v'] = config['beta2'] * config['v'] + (1 - config['beta2']) * (dx**2)
        mb = {mb}
        vb = {vb}
        next_x = {step}
        {after}
        return next_x, config
"""
RIGHT_ADAM = {
    "t": 0, "before": "config['t'] += 1", "after": "pass",
    "mb": "config['m'] / (1 - config['beta1']**config['t'])", "vb": "config['v'] / (1 - config['beta2']**config['t'])",
    "step": "x - config['learning_rate'] * mb / (np.sqrt(vb) + config['epsilon'])",
}  # fmt: skip
ADAM_IN_LOCALS = """
    def adam(w, dw, config=None):
        config = {{}} if config is None else config
        lr, eps = config.get("learning_rate", 1e-3), config.get("epsilon", 1e-8)
        b1, b2 = config.get("beta1", 0.9), config.get("beta2", 0.999)
        m, v, t = config.get("m", 0), config.get("v", 0), config.get("t", {t})
        {before}
        m = m * b1 + dw * (1 - b1)
        v += (1 - b2) * (np.square(dw) - v)
        m_unbiased, v_unbiased = m / ({m}), v / ({v})
        w = w - {step}
        {after}
        return w, dict(config, m=m, v=v, t=t, learning_rate=lr, epsilon=eps, beta1=b1, beta2=b2)
"""
RIGHT_LOCALS = {
    "t": 0, "before": "t = t + 1", "after": "pass", "m": "1 - b1**t", "v": "1 - np.power(b2, t)",
    "step": "lr * m_unbiased / (v_unbiased**0.5 + eps)",
}  # fmt: skip


def adam_of_2016(**parts):
    return ADAM_OF_2016.format(**{**RIGHT_ADAM, **parts})


def adam_in_locals(**parts):
    return ADAM_IN_LOCALS.format(**{**RIGHT_LOCALS, **parts}).replace("v +=", "v = v +")


NO_POWER = {"mb": "config['m'] / (1 - config['beta1'])", "vb": "config['v'] / (1 - config['beta2'])"}
SQUARED = {"mb": "config['m'] / (1 - config['beta1']**2)", "vb": "config['v'] / (1 - config['beta2']**2)"}
ONE_MINUS = {
    "mb": "config['m'] / (1 - (1 - config['beta1'])**config['t'])",
    "vb": "config['v'] / (1 - (1 - config['beta2'])**config['t'])",
}
PAPERS_STEP = (
    "x - config['learning_rate'] * np.sqrt(1 - config['beta2']**config['t']) / (1 - config['beta1']**config['t']) "
    "* config['m'] / (np.sqrt(config['v']) + config['epsilon'])"
)
PAPERS_STEP_IN_LOCALS = "lr * (1 - b2**t) ** 0.5 / (1 - b1**t) * m / (v**0.5 + eps)"
TWO_KEYS = [
    adam_of_2016().replace("'v'", "'a'").replace("'m'", "'v'"),
    adam_of_2016().replace("'v'", "'second_moment'").replace("'m'", "'first_moment'"),
    adam_of_2016().replace("'v'", "'cache'"),
    adam_in_locals().replace('"v"', '"r"').replace("v=v", "r=v"),
]
ADAM = [
    ("t-starts-at-one", adam_of_2016(t=1)),
    ("t-starts-at-one", adam_in_locals(t=1)),
    ("t-starts-at-one", adam_in_locals(t=1, before="iteration = t + 1; t = iteration", m="1 - b1**iteration")),
    ("t-increased-after-the-step", adam_of_2016(t=1, before="pass", after="config['t'] += 1")),
    ("t-increased-after-the-step", adam_in_locals(t=1, before="", after="t += 1")),
    ("t-stands-still", adam_of_2016(t=1, before="pass")),
    ("t-stands-still", adam_in_locals(t=1, before="")),
    ("correction-without-a-power", adam_of_2016(**NO_POWER)),
    ("correction-without-a-power", adam_of_2016(**NO_POWER, t=1)),
    ("correction-without-a-power", adam_of_2016(**NO_POWER, before="pass", t=1)),
    ("correction-without-a-power", adam_in_locals(m="1 - b1", v="1 - b2")),
    ("correction-with-a-square", adam_of_2016(**SQUARED)),
    ("correction-with-a-square", adam_in_locals(m="1 - b1", v="1 - b2**2", before="")),
    ("power-of-one-minus-beta", adam_of_2016(**ONE_MINUS)),
    ("power-of-one-minus-beta", adam_in_locals(m="(1 - b1) ** t", v="(1 - b2) ** t")),
    ("epsilon-beside-the-uncorrected-root", adam_of_2016(step=PAPERS_STEP)),
    ("epsilon-beside-the-uncorrected-root", adam_in_locals(step=PAPERS_STEP_IN_LOCALS)),
    ("epsilon-beside-the-uncorrected-root-and-t-starts-at-one", adam_of_2016(step=PAPERS_STEP, t=1)),
    (
        "epsilon-beside-the-uncorrected-root-and-t-increased-after-the-step",
        adam_of_2016(step=PAPERS_STEP, t=1, before="pass", after="config['t'] += 1"),
    ),
    ("half-a-bias-correction-and-t-starts-at-one", adam_of_2016(t=1, vb="config['v']")),
    ("memory-under-other-keys-and-t-starts-at-one", adam_of_2016(t=1).replace("'v'", "'cache'")),
    ("t-stands-still", adam_of_2016(t=1, before="t = config['t'] + 1").replace("**config['t']", "**t")),
    ("no-bias-correction", adam_of_2016(mb="config['m']", vb="config['v']", before="pass")),
    *(("memory-under-other-keys", source) for source in TWO_KEYS),
]

CASES = [("adam", name, source) for name, source in ADAM]


@pytest.mark.parametrize("task, name, source", CASES, ids=[f"{task}-{name}" for task, name, _ in CASES])
def test_mistake_in_a_students_function_is_named(task, name, source):
    assert named_mistakes(task, source) == [sentences_of(task)[name]]


@pytest.mark.parametrize("task, source", [("adam", adam_of_2016()), ("adam", adam_in_locals())])
def test_without_the_mistake_these_functions_are_right(task, source):
    assert report(task, function_of(task, source))[1] is None
