"""Known mistakes in adam. `catalogue` explains the table."""

from .mistake import Table

# Lines of the library's adam that the edits change, named after what they compute.
T = 'config["t"] += 1'
M = 'config["m"] = beta1 * config.get("m", np.zeros_like(w)) + (1 - beta1) * dw'
V = 'config["v"] = beta2 * config.get("v", np.zeros_like(w)) + (1 - beta2) * dw**2'
M_HAT = 'm_hat = config["m"] / (1 - beta1 ** config["t"])'
V_HAT = 'v_hat = config["v"] / (1 - beta2 ** config["t"])'
STEP = 'next_w = w - config["learning_rate"] * m_hat / (np.sqrt(v_hat) + config["epsilon"])'
EPSILON_INSIDE = 'next_w = w - config["learning_rate"] * m_hat / np.sqrt(v_hat + config["epsilon"])'
T_AFTER_THE_STEP = ("return next_w, config", 'config["t"] += 1\n    return next_w, config')

TABLE: Table = {
    "adam": [
        (
            "no-bias-correction",
            "m and v start at 0 and are too small during the first steps; the bias correction that makes up for it "
            "is missing.",
            ((M_HAT, 'm_hat = config["m"]'), (V_HAT, 'v_hat = config["v"]')),
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
            "t is never increased. In the first step it is then 0, the bias correction divides by 0, and the rest is "
            "nan.",
            ((T, "pass"),),
        ),
        (
            "beta-times-t",
            "in the bias correction beta is multiplied by t. It is to be raised to the power of t: what is left of the "
            "start after t steps, beta of it in each.",
            ((M_HAT, M_HAT.replace("**", "*")), (V_HAT, V_HAT.replace("**", "*"))),
            ((M_HAT, M_HAT.replace("**", "*")),),
            ((V_HAT, V_HAT.replace("**", "*")),),
        ),
        (
            "t-stands-still",
            "t is the same in every step: the bias correction never fades. It has to be stored in config after it "
            "is increased.",
            ((T, 'config["t"] = 1'),),
            (
                (T, 't = config["t"] + 1'),
                (M_HAT, 'm_hat = config["m"] / (1 - beta1**t)'),
                (V_HAT, 'v_hat = config["v"] / (1 - beta2**t)'),
            ),
        ),
        (
            "memory-not-stored",
            "each step starts from the same m and v: the new ones are not put back into config, or config is not "
            "returned.",
            (
                (M, 'm = beta1 * config.setdefault("m", np.zeros_like(w)) + (1 - beta1) * dw'),
                (V, 'v = beta2 * config.setdefault("v", np.zeros_like(w)) + (1 - beta2) * dw**2'),
                (M_HAT, 'm_hat = m / (1 - beta1 ** config["t"])'),
                (V_HAT, 'v_hat = v / (1 - beta2 ** config["t"])'),
            ),
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
            "v averages the gradient itself. It is to average its square.",
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
            "the step goes along this step's gradient alone. It is to go along m, the average of the past gradients.",
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
            "beta1 and beta2 have changed places: beta1 belongs to m, the mean, and beta2 to v, the mean square.",
            (('beta1, beta2 = config["beta1"], config["beta2"]', 'beta1, beta2 = config["beta2"], config["beta1"]'),),
        ),
        (
            "uphill",
            "the step goes up the gradient: the loss would grow.",
            ((STEP, STEP.replace("w - ", "w + ")),),
        ),
        (
            "writes-to-w",
            "the numbers are right, but w is updated in place: the caller's array is changed after the call. "
            "Return a new one.",
            ((STEP, 'w -= config["learning_rate"] * m_hat / (np.sqrt(v_hat) + config["epsilon"])\n    next_w = w'),),
        ),
    ],
}
