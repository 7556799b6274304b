"""Known mistakes in the averages m and v of adam. `catalogue` explains the rows."""

from .mistake import Row, Variant
from .optim_lines import M_HAT, V_HAT, M, V


def _average_in(m: str, v: str) -> Variant:
    """Make the edits that keep the two averages in config under other keys than "m" and "v"."""
    return (
        (M, M.replace('"m"', f'"{m}"')),
        (V, V.replace('"v"', f'"{v}"')),
        (M_HAT, M_HAT.replace('"m"', f'"{m}"')),
        (V_HAT, V_HAT.replace('"v"', f'"{v}"')),
    )


M_SWAPPED = 'config["m"] = (1 - beta1) * config.get("m", np.zeros_like(w)) + beta1 * dw'
V_SWAPPED = 'config["v"] = (1 - beta2) * config.get("v", np.zeros_like(w)) + beta2 * dw**2'

AVERAGE_ROWS: list[Row] = [
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
        "a bias-corrected m or v, or both, are put back into config, so that the next step corrects it once more. m "
        "and v are kept as they are; the correction is made on the way to the step only.",
        (
            (M_HAT, 'm_hat = config["m"] = config["m"] / (1 - beta1 ** config["t"])'),
            (V_HAT, 'v_hat = config["v"] = config["v"] / (1 - beta2 ** config["t"])'),
        ),
        ((M_HAT, 'm_hat = config["m"] = config["m"] / (1 - beta1 ** config["t"])'),),
        ((V_HAT, 'v_hat = config["v"] = config["v"] / (1 - beta2 ** config["t"])'),),
    ),
    (
        "weights-the-wrong-way-round",
        "m, or v, or both give the weight 1 - beta to the old value and beta to the new one. It is the other way "
        "round: an average keeps beta of the old.",
        ((M, M_SWAPPED), (V, V_SWAPPED)),
        ((M, M_SWAPPED),),
        ((V, V_SWAPPED),),
    ),
    (
        "averages-start-anew",
        "m and v start from 0 in every step, so nothing of the past gradients is left in them. They go on from "
        "config's m and v.",
        (
            (M, 'config["m"] = (1 - beta1) * dw'),
            (V, 'config["v"] = (1 - beta2) * dw**2'),
        ),
    ),
    (
        "step-with-the-old-averages",
        "the step is taken with m and v as they were before this gradient came in, so the first step does not move w. "
        "Average first, then take the step with the new m and v.",
        (
            (M, f'm, v = config.get("m", np.zeros_like(w)), config.get("v", np.zeros_like(w))\n    {M}'),
            (M_HAT, M_HAT.replace('config["m"]', "m")),
            (V_HAT, V_HAT.replace('config["v"]', "v")),
        ),
    ),
    (
        "square-of-the-mean",
        "v averages the square of m. It has to average the square of the gradient.",
        ((V, V.replace("dw**2", 'config["m"] ** 2')),),
    ),
    (
        "sum-of-the-squares",
        "v averages one number, the sum of all squares of the gradient, or their mean. Every entry has a v of its own: "
        "dw squared, entry by entry.",
        ((V, V.replace("dw**2", "np.sum(dw**2)")),),
        ((V, V.replace("dw**2", "np.mean(dw**2)")),),
    ),
    (
        "one-array-for-both",
        "m and v start as one array under two names, so what is added in place to one of them is added to the other. "
        "Give each of them zeros of its own.",
        (
            (
                M,
                "both = np.zeros_like(w)\n    m, v = config.setdefault('m', both), config.setdefault('v', both)\n"
                "    m *= beta1\n    m += (1 - beta1) * dw",
            ),
            (V, "v *= beta2\n    v += (1 - beta2) * dw**2"),
        ),
    ),
    (
        "not-an-average",
        "m, or v, or both grow without bound: the old value and the new one are added with weights that do not sum to "
        "1. They are averages, beta of the old and 1 - beta of the new.",
        ((M, M.replace("(1 - beta1) * dw", "dw")), (V, V.replace("(1 - beta2) * dw", "dw"))),
        ((M, M.replace("(1 - beta1) * dw", "dw")),),
        ((V, V.replace("(1 - beta2) * dw", "dw")),),
    ),
    (
        "no-square",
        "v averages the gradient itself. It has to average its square.",
        ((V, V.replace("dw**2", "dw")),),
    ),
    (
        "one-beta-for-both",
        "m and v are averaged with the same beta: beta1 belongs to m, the mean, and beta2 to v, the mean square.",
        (('beta1, beta2 = config["beta1"], config["beta2"]', 'beta1 = beta2 = config["beta1"]'),),
        (('beta1, beta2 = config["beta1"], config["beta2"]', 'beta1 = beta2 = config["beta2"]'),),
    ),
    (
        "betas-swapped",
        "beta1 and beta2 are in each other's place: beta1 belongs to m, the mean, and beta2 to v, the mean square.",
        (('beta1, beta2 = config["beta1"], config["beta2"]', 'beta1, beta2 = config["beta2"], config["beta1"]'),),
    ),
]
