"""Known mistakes in adam. `catalogue` explains the table."""

from ...assignment.diagnosis.adam_rules import SHARED_COUNTER
from .mistake import Row, Table, Variant
from .optim_averages import AVERAGE_ROWS
from .optim_lines import (
    EPSILON_INSIDE,
    M_HAT,
    STEP,
    STEP_OF_THE_PAPER,
    T_AFTER_THE_STEP,
    T_DEFAULT,
    T_LEFT_ALONE,
    V_HAT,
    T,
)


def _correct_by(of_m: str, of_v: str | None = None) -> Variant:
    """Make the edits that divide m and v by something else. In `of_m`, "b" stands for beta1 and beta2."""
    of_v = of_m if of_v is None else of_v
    return ((M_HAT, f'm_hat = config["m"] / ({of_m.replace("b", "beta1")})'),
            (V_HAT, f'v_hat = config["v"] / ({of_v.replace("b", "beta2")})'))  # fmt: skip


FIXED_SETTINGS: list[Variant] = [
    *(((STEP, STEP.replace('config["epsilon"]', number)),) for number in ("1e-8", "1e-7", "1e-6", "1e-5")),
    ((STEP, STEP.replace('config["learning_rate"]', "1e-3")),),
    *(
        (('config["beta1"], config["beta2"]', betas),)
        for betas in ("0.9, 0.999", '0.9, config["beta2"]', 'config["beta1"], 0.999')
    ),
]

ROWS: list[Row] = [
    *AVERAGE_ROWS,
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
        "multiplied-by-the-correction",
        "m, or v, or both are multiplied by the bias correction. They start at 0 and are too small, so they have to be "
        "divided by it: by 1 minus beta to the power of t.",
        ((M_HAT, M_HAT.replace("/", "*")), (V_HAT, V_HAT.replace("/", "*"))),
        ((M_HAT, M_HAT.replace("/", "*")),),
        ((V_HAT, V_HAT.replace("/", "*")),),
    ),
    (
        "one-beta-in-both-corrections",
        "m and v are corrected with the same beta. beta1 belongs to m and beta2 to v, in the bias correction too.",
        ((M_HAT, M_HAT.replace("beta1", "beta2")),),
        ((V_HAT, V_HAT.replace("beta2", "beta1")),),
    ),
    (
        "epsilon-outside-the-denominator",
        "epsilon is not in the denominator: it is added to the quotient, or to the step. It has to be added to the "
        "root before the division: put parentheses around the root plus epsilon.",
        ((STEP, 'next_w = w - config["learning_rate"] * (m_hat / np.sqrt(v_hat) + config["epsilon"])'),),
        ((STEP, 'next_w = w - (config["learning_rate"] * m_hat / np.sqrt(v_hat) + config["epsilon"])'),),
        ((STEP, 'next_w = w - config["learning_rate"] * m_hat / np.sqrt(v_hat) + config["epsilon"]'),),
    ),
    (
        "t-increased-twice",
        "t grows by 2 in every step. It counts the steps: add 1 in each step, and only once.",
        ((T, 'config["t"] += 2'),),
        (T_AFTER_THE_STEP,),
    ),
    (
        "power-one-too-large",
        "the bias correction uses a t that is one too large, also where config holds a t. config's t is increased by 1 "
        "for this step; then that t is the power.",
        (
            (M_HAT, M_HAT.replace('config["t"]', '(config["t"] + 1)')),
            (V_HAT, V_HAT.replace('config["t"]', '(config["t"] + 1)')),
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
        "no-root",
        "the step is divided by v, not by its square root, so it does not have the size of the learning rate.",
        ((STEP, 'next_w = w - config["learning_rate"] * m_hat / (v_hat + config["epsilon"])'),),
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
