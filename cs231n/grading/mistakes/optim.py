"""Known mistakes in adam. `catalogue` explains the table."""

from ...assignment.diagnosis.rules import SHARED_COUNTER
from .mistake import Row, Table, Variant

# Lines of the library's adam that the edits change, named after what they compute.
T = 'config["t"] += 1'
M = 'config["m"] = beta1 * config.get("m", np.zeros_like(w)) + (1 - beta1) * dw'
V = 'config["v"] = beta2 * config.get("v", np.zeros_like(w)) + (1 - beta2) * dw**2'
M_HAT = 'm_hat = config["m"] / (1 - beta1 ** config["t"])'
V_HAT = 'v_hat = config["v"] / (1 - beta2 ** config["t"])'
STEP = 'next_w = w - config["learning_rate"] * m_hat / (np.sqrt(v_hat) + config["epsilon"])'
EPSILON_INSIDE = 'next_w = w - config["learning_rate"] * m_hat / np.sqrt(v_hat + config["epsilon"])'
T_AFTER_THE_STEP = ("return next_w, config", 'config["t"] += 1\n    return next_w, config')
T_DEFAULT = ('"t": 0}', '"t": 1}')
T_LEFT_ALONE = (T, "pass")
STEP_OF_THE_PAPER = (
    "root, rate = np.sqrt(1 - beta2 ** config['t']), config['learning_rate'] / (1 - beta1 ** config['t'])\n"
    "    next_w = w - rate * root * config['m'] / (np.sqrt(config['v']) + config['epsilon'])"
)


def _correct_by(of_m: str, of_v: str | None = None) -> Variant:
    """Make the edits that divide m and v by something else. In `of_m`, "b" stands for beta1 and beta2."""
    of_v = of_m if of_v is None else of_v
    return ((M_HAT, f'm_hat = config["m"] / ({of_m.replace("b", "beta1")})'),
            (V_HAT, f'v_hat = config["v"] / ({of_v.replace("b", "beta2")})'))  # fmt: skip


def _average_in(m: str, v: str) -> Variant:
    """Make the edits that keep the two averages in config under other keys than "m" and "v"."""
    return (
        (M, M.replace('"m"', f'"{m}"')),
        (V, V.replace('"v"', f'"{v}"')),
        (M_HAT, M_HAT.replace('"m"', f'"{m}"')),
        (V_HAT, V_HAT.replace('"v"', f'"{v}"')),
    )


FIXED_SETTINGS: list[Variant] = [
    *(((STEP, STEP.replace('config["epsilon"]', number)),) for number in ("1e-8", "1e-7", "1e-6", "1e-5")),
    ((STEP, STEP.replace('config["learning_rate"]', "1e-3")),),
    *(
        (('config["beta1"], config["beta2"]', betas),)
        for betas in ("0.9, 0.999", '0.9, config["beta2"]', 'config["beta1"], 0.999')
    ),
]

ROWS: list[Row] = [
    (
        "t-starts-at-one",
        "where config has no t yet, t is one too large: the first step counts as step 2. t has to start at 0 if it "
        "is increased before it is used. Where a t is given, the step is right.",
        (T_DEFAULT,),
    ),
    (
        "t-increased-after-the-step",
        "a step from nothing is right, but where config holds a t, the step uses that t as it is, and is one too "
        "small. config's t counts the steps that were made: add 1 for this step, then use it.",
        (T_DEFAULT, T_LEFT_ALONE, T_AFTER_THE_STEP),
    ),
    ("one-counter-for-all-parameters", SHARED_COUNTER),  # it has no pattern: a rule recognises it
    (
        "correction-without-a-power",
        "in every step m, or v, or both are divided by 1 - beta. That is right in the first step only: beta has "
        "to be raised to the power of t, so that the correction fades.",
        _correct_by("1 - b"),
        (*_correct_by("1 - b"), T_LEFT_ALONE),
        _correct_by("1 - b", "1 - b ** config['t']"),
        _correct_by("1 - b ** config['t']", "1 - b"),
    ),
    (
        "correction-with-a-square",
        "in the bias correction beta is squared in every step. It has to be raised to the power of t, so that the "
        "correction is that of step t, and fades.",
        _correct_by("1 - b**2"),
        (*_correct_by("1 - b**2"), T_LEFT_ALONE),
        _correct_by("1 - b", "1 - b**2"),
        (*_correct_by("1 - b", "1 - b**2"), T_LEFT_ALONE),
        _correct_by("1 - b ** config['t']", "1 - b**2"),
    ),
    (
        "power-of-one-minus-beta",
        "the power t is taken of 1 - beta. It has to be taken of beta: beta to the power of t is what is left of "
        "the start after t steps, and the correction is 1 minus that.",
        _correct_by("1 - (1 - b) ** config['t']"),
        _correct_by("(1 - b) ** config['t']"),
    ),
    (
        "epsilon-beside-the-uncorrected-root",
        "epsilon is added to the root of v before the bias correction, as at the end of the paper's section 2, "
        "where the corrections are put into the learning rate. Algorithm 1 is asked for: epsilon is added to the "
        "root of the corrected v. In the first steps this makes a difference where gradients are small.",
        ((STEP, STEP_OF_THE_PAPER),),
    ),
    (
        "no-bias-correction",
        "m and v start at 0 and are too small during the first steps; the bias correction that makes up for it "
        "is missing.",
        ((M_HAT, 'm_hat = config["m"]'), (V_HAT, 'v_hat = config["v"]')),
        ((M_HAT, 'm_hat = config["m"]'), (V_HAT, 'v_hat = config["v"]'), T_LEFT_ALONE),
    ),
    (
        "half-a-bias-correction",
        "the bias correction is made for one of m and v only. Both start at 0, so both need it.",
        ((M_HAT, 'm_hat = config["m"]'),),
        ((V_HAT, 'v_hat = config["v"]'),),
    ),
    (
        "t-increased-too-late",
        "t is used before it is increased. In the first step it is then 0, the bias correction divides by 0, "
        "and the rest is nan.",
        ((T, "pass"), T_AFTER_THE_STEP),
        ((T, "pass"), T_AFTER_THE_STEP, (STEP, EPSILON_INSIDE)),
    ),
    (
        "t-never-increased",
        "t is never increased. In the first step it is then 0, the bias correction divides by 0, and the rest is nan.",
        ((T, "pass"),),
    ),
    (
        "beta-times-t",
        "in the bias correction beta is multiplied by t. It has to be raised to the power of t: that is what is "
        "left of the start after t steps, since each step keeps beta of it.",
        ((M_HAT, M_HAT.replace("**", "*")), (V_HAT, V_HAT.replace("**", "*"))),
        ((M_HAT, M_HAT.replace("**", "*")),),
        ((V_HAT, V_HAT.replace("**", "*")),),
    ),
    (
        "t-stands-still",
        "t is the same in every step, so the bias correction never fades. t has to be increased by 1 in every "
        "step, and config has to hold the new t.",
        ((T, 'config["t"] = 1'),),
        (T_DEFAULT, T_LEFT_ALONE),
        (
            T_DEFAULT,
            (T, 't = config["t"] + 1'),
            (M_HAT, 'm_hat = config["m"] / (1 - beta1**t)'),
            (V_HAT, 'v_hat = config["v"] / (1 - beta2**t)'),
        ),
        (
            (T, 't = config["t"] + 1'),
            (M_HAT, 'm_hat = config["m"] / (1 - beta1**t)'),
            (V_HAT, 'v_hat = config["v"] / (1 - beta2**t)'),
        ),
    ),
    (
        "memory-not-stored",
        "after a step config's m, or its v, or both are not the new ones. Put the new ones there, under these two "
        "keys: the next step starts from them.",
        (
            (M, 'm = beta1 * config.setdefault("m", np.zeros_like(w)) + (1 - beta1) * dw'),
            (V, 'v = beta2 * config.setdefault("v", np.zeros_like(w)) + (1 - beta2) * dw**2'),
            (M_HAT, 'm_hat = m / (1 - beta1 ** config["t"])'),
            (V_HAT, 'v_hat = v / (1 - beta2 ** config["t"])'),
        ),
        (
            (M, 'm = beta1 * config.setdefault("m", np.zeros_like(w)) + (1 - beta1) * dw'),
            (M_HAT, 'm_hat = m / (1 - beta1 ** config["t"])'),
        ),
        (
            (V, 'v = beta2 * config.setdefault("v", np.zeros_like(w)) + (1 - beta2) * dw**2'),
            (V_HAT, 'v_hat = v / (1 - beta2 ** config["t"])'),
        ),
    ),
    (
        "memory-under-other-keys",
        "one or both of the running averages are not kept in config's m and v, but elsewhere, such as under "
        "another key. config's m is the average of the gradients, and v that of their squares: a step that goes "
        "on from given m and v needs them.",
        _average_in("first", "second"),
        _average_in("m", "second"),
        _average_in("first", "v"),
        _average_in("v", "second"),
        _average_in("first", "m"),
        _average_in("v", "m"),
    ),
    (
        "corrected-values-stored",
        "the bias-corrected values are put back into config, so that the next step corrects them once more. m "
        "and v are kept as they are; the correction is made on the way to the step only.",
        (
            (M_HAT, 'm_hat = config["m"] = config["m"] / (1 - beta1 ** config["t"])'),
            (V_HAT, 'v_hat = config["v"] = config["v"] / (1 - beta2 ** config["t"])'),
        ),
    ),
    (
        "settings-of-its-own",
        "one or more settings in config have no effect: in place of its learning_rate, beta1, beta2 or epsilon, "
        "fixed numbers are used.",
        *FIXED_SETTINGS,
    ),
    (
        "epsilon-inside-the-root",
        "epsilon is added under the square root. In Adam it is added to the root, unlike in batch norm.",
        ((STEP, EPSILON_INSIDE),),
    ),
    (
        "no-epsilon",
        "epsilon is missing from the denominator: an entry whose gradient has been 0 so far gives 0 / 0.",
        ((STEP, 'next_w = w - config["learning_rate"] * m_hat / np.sqrt(v_hat)'),),
    ),
    (
        "no-square",
        "v averages the gradient itself. It has to average its square.",
        ((V, V.replace("dw**2", "dw")),),
    ),
    (
        "no-root",
        "the step is divided by v, not by its square root, so it does not have the size of the learning rate.",
        ((STEP, 'next_w = w - config["learning_rate"] * m_hat / (v_hat + config["epsilon"])'),),
    ),
    (
        "one-beta-for-both",
        "m and v are averaged with the same beta: beta1 belongs to m, the mean, and beta2 to v, the mean square.",
        (('beta1, beta2 = config["beta1"], config["beta2"]', 'beta1 = beta2 = config["beta1"]'),),
        (('beta1, beta2 = config["beta1"], config["beta2"]', 'beta1 = beta2 = config["beta2"]'),),
    ),
    (
        "learning-rate-left-out",
        "the step is not multiplied by the learning rate.",
        ((STEP, 'next_w = w - m_hat / (np.sqrt(v_hat) + config["epsilon"])'),),
    ),
    (
        "gradient-for-m",
        "the step goes along this step's gradient alone. It has to go along m, the average of the past gradients.",
        ((STEP, STEP.replace("m_hat", "dw")),),
    ),
    (
        "not-an-average",
        "m and v grow without bound: the old value and the new one are added with weights that do not sum to 1. "
        "They are averages, beta of the old and 1 - beta of the new.",
        ((M, M.replace("(1 - beta1) * dw", "dw")), (V, V.replace("(1 - beta2) * dw", "dw"))),
        ((M, M.replace("(1 - beta1) * dw", "dw")),),
        ((V, V.replace("(1 - beta2) * dw", "dw")),),
    ),
    (
        "betas-swapped",
        "beta1 and beta2 are in each other's place: beta1 belongs to m, the mean, and beta2 to v, the mean square.",
        (('beta1, beta2 = config["beta1"], config["beta2"]', 'beta1, beta2 = config["beta2"], config["beta1"]'),),
    ),
    (
        "uphill",
        "the step goes up the gradient: the loss would grow.",
        ((STEP, STEP.replace("w - ", "w + ")),),
    ),
    (
        "writes-to-w",
        "the numbers are right, but w, the caller's array, is written to. Return a new array.",
        ((STEP, 'w -= config["learning_rate"] * m_hat / (np.sqrt(v_hat) + config["epsilon"])\n    next_w = w'),),
    ),
]

# In CS231n's template of 2016 t started at 1, so these mistakes often come together with a t that is one too large, or
# one too small.
WITH_SMALL_T = (
    "epsilon-beside-the-uncorrected-root", "epsilon-inside-the-root", "half-a-bias-correction", "no-epsilon",
)  # fmt: skip
WITH_LARGE_T = (
    *WITH_SMALL_T, "settings-of-its-own", "memory-under-other-keys", "learning-rate-left-out",
    "power-of-one-minus-beta",
)  # fmt: skip


def _add_wrong_t(names: tuple[str, ...], suffix: str, sentence: str, edits: Variant) -> list[Row]:
    """Make rows of two mistakes: those with the given names, each together with a wrong t."""
    chosen = [row for row in ROWS if row[0] in names]
    text = "there are two mistakes. First, {} Second, " + sentence
    return [
        (f"{name}-and-{suffix}", text.format(first), *((*variant, *edits) for variant in variants))
        for name, first, *variants in chosen
    ]


TABLE: Table = {
    "adam": [
        *ROWS,
        *_add_wrong_t(
            WITH_LARGE_T,
            "t-starts-at-one",
            "where config has no t yet, t is one too large: the first step counts as step 2.",
            (T_DEFAULT,),
        ),
        *_add_wrong_t(
            WITH_SMALL_T,
            "t-increased-after-the-step",
            "where config holds a t, the step uses that t as it is, and is one too small.",
            (T_DEFAULT, T_LEFT_ALONE, T_AFTER_THE_STEP),
        ),
    ]
}
