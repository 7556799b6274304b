"""Known mistakes in the answers of notebook 3; `misconceptions` says how to read the table."""

BN = "a_bn, bn_cache = layers.batchnorm_forward(a, gamma, beta, bn_param)"
RELU = "out, relu_cache = layers.relu_forward(a_bn)"
AFFINE = "a, fc_cache = layers.affine_forward(x, w, b)"

DA_BN = "da_bn = layers.relu_backward(dout, relu_cache)"
DA = "da, dgamma, dbeta = layers.batchnorm_backward(da_bn, bn_cache)"
DX = "dx, dw, db = layers.affine_backward(da, fc_cache)"
GRADIENTS = "return dx, dw, db, dgamma, dbeta"

T = 'config["t"] += 1'
M = 'config["m"] = beta1 * config.get("m", np.zeros_like(w)) + (1 - beta1) * dw'
V = 'config["v"] = beta2 * config.get("v", np.zeros_like(w)) + (1 - beta2) * dw**2'
M_HAT = 'm_hat = config["m"] / (1 - beta1 ** config["t"])'
V_HAT = 'v_hat = config["v"] / (1 - beta2 ** config["t"])'
STEP = 'next_w = w - config["learning_rate"] * m_hat / (np.sqrt(v_hat) + config["epsilon"])'
INSIDE = 'next_w = w - config["learning_rate"] * m_hat / np.sqrt(v_hat + config["epsilon"])'
AFTERWARDS = ("return next_w, config", 'config["t"] += 1\n    return next_w, config')

REACHED = "reached = np.asarray(history) >= level"
FIRST = "return int(np.argmax(reached)) if np.any(reached) else None"

TABLE = {
    "affine_bn_relu_forward": [
        (
            "no-relu",
            "out is what batch norm returns: the ReLU is missing.",
            ((RELU, "out, relu_cache = a_bn, a_bn"),),
        ),
        (
            "no-batch-norm",
            "out is affine and ReLU only: batch norm between them is missing, so this net is a plain one.",
            ((BN, "a_bn, bn_cache = a, None\n    layers.batchnorm_forward(a, gamma, beta, bn_param)"),),
            ((BN, "a_bn, bn_cache = a, None"),),
        ),
        (
            "relu-before-batch-norm",
            "the order is affine, ReLU, batch norm. Here batch norm comes before the ReLU.",
            (
                (BN, "a_relu, relu_cache = layers.relu_forward(a)"),
                (RELU, "out, bn_cache = layers.batchnorm_forward(a_relu, gamma, beta, bn_param)"),
            ),
        ),
        (
            "running-statistics-lost",
            "out is right in training mode, but the running statistics end up in a copy of bn_param that is thrown "
            "away: in test mode the net will know nothing about the data. Hand on the caller's dictionary itself.",
            ((BN, BN.replace("bn_param", "dict(bn_param)")),),
            ((BN, BN.replace("bn_param", 'dict(mode="train")')),),
            ((BN, BN.replace("bn_param", '{"mode": bn_param["mode"]}')),),
        ),
        (
            "bias-left-out",
            "the affine layer's bias is left out. In training mode nobody sees it in out, since batch norm takes it "
            "away again, but the running mean and test mode lack it.",
            ((AFFINE, AFFINE.replace("x, w, b", "x, w, np.zeros_like(b)")),),
        ),
        (
            "always-training-mode",
            "test mode gives what training mode would: the batch's own statistics are used, and the mode in "
            "bn_param is ignored.",
            ((BN, 'bn_param["mode"] = "train"\n    ' + BN),),
        ),
        (
            "gamma-and-beta-swapped",
            "gamma and beta are handed on in the wrong order.",
            ((BN, BN.replace("gamma, beta", "beta, gamma")),),
        ),
    ],
    "affine_bn_relu_backward": [
        (
            "results-in-another-order",
            "the gradients are right, but in another order: first those of the affine layer, dx, dw and db, then "
            "dgamma and dbeta, as the arguments of the forward pass stand.",
            ((GRADIENTS, "return dx, dgamma, dbeta, dw, db"),),
            ((GRADIENTS, "return dgamma, dbeta, dx, dw, db"),),
        ),
        (
            "relu-twice",
            "ReLU's backward pass is applied twice, before batch norm's and after it. There is one ReLU, after batch "
            "norm: what comes back from batch norm goes on to the affine layer as it is.",
            ((DX, f"da = layers.relu_backward(da, relu_cache)\n    {DX}"),),
        ),
        (
            "relu-forgotten",
            "the ReLU's backward pass is missing: dout goes to batch norm as it is, also where the ReLU was off.",
            ((DA_BN, "da_bn = dout"),),
        ),
        (
            "batch-norm-forgotten",
            "dx, dw and db are computed as if batch norm were not there: what its backward pass returns has to go "
            "on to the affine layer.",
            ((DX, DX.replace("(da,", "(da_bn,")),),
        ),
        (
            "relu-last",
            "batch norm's backward pass comes before ReLU's. Backwards, the last layer is the first.",
            (
                (DA_BN, "da, dgamma, dbeta = layers.batchnorm_backward(dout, bn_cache)"),
                (DA, "da = layers.relu_backward(da, relu_cache)"),
            ),
        ),
        (
            "gamma-and-beta-swapped",
            "dgamma and dbeta are right, but in each other's place.",
            ((GRADIENTS, "return dx, dw, db, dbeta, dgamma"),),
        ),
        (
            "test-mode-gradient",
            "dx and dw are computed as if mean and variance were constants. In training mode they depend on the "
            "whole batch: use batch norm's training-mode backward pass.",
            (
                (
                    DA,
                    "x_bn, gamma, beta, var, mu, x_hat, eps = bn_cache\n    da = da_bn * gamma / np.sqrt(var + eps)"
                    "\n    dgamma, dbeta = np.sum(da_bn * x_hat, axis=0), np.sum(da_bn, axis=0)",
                ),
            ),
        ),
    ],
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
            ((T, "pass"), AFTERWARDS),
            ((T, "pass"), AFTERWARDS, (STEP, INSIDE)),
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
            ((STEP, INSIDE),),
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
    "steps_to_reach": [
        (
            "strictly-above",
            "an entry that equals the level is passed over: to reach a level is to be at least at it.",
            ((REACHED, REACHED.replace(">=", ">")),),
        ),
        (
            "never-becomes-zero",
            "where the level is never reached the answer is 0, as if it were reached at once. The index of the "
            "largest entry of an array that is False everywhere is 0: ask first whether there is any.",
            ((FIRST, "return int(np.argmax(reached))"),),
        ),
        (
            "never-becomes-a-number",
            "where the level is never reached a number comes back. A number would be taken for a result: None is "
            "asked for.",
            ((FIRST, FIRST.replace("None", "len(history)")),),
            ((FIRST, FIRST.replace("None", "-1")),),
        ),
        (
            "counted-from-one",
            "the answer is one too large: entry 0 is the state before training, so an index is a number of steps "
            "already.",
            ((FIRST, "return int(np.argmax(reached)) + 1 if np.any(reached) else None"),),
        ),
        (
            "the-last-one",
            "this is the last entry that is at the level, and the first is asked for.",
            ((FIRST, "return int(np.flatnonzero(reached)[-1]) if np.any(reached) else None"),),
        ),
        (
            "counts-the-entries-below",
            "this counts all entries below the level, also those after it was reached once.",
            ((FIRST, "return int(np.sum(np.asarray(history) < level)) if np.any(reached) else None"),),
        ),
        (
            "the-closest-one",
            "this is the entry closest to the level, from above or below. The first that is at least the level is "
            "asked for.",
            ((FIRST, "return int(np.nanargmin(np.abs(np.asarray(history) - level))) if np.any(reached) else None"),),
        ),
        (
            "the-entry-itself",
            "this is the entry that reaches the level. Its index is asked for: how long it took.",
            ((FIRST, "return history[int(np.argmax(reached))] if np.any(reached) else None"),),
        ),
        (
            "the-best-one",
            "this is the index of the largest entry; the first that is at least the level is asked for.",
            ((FIRST, "return int(np.nanargmax(history)) if np.any(reached) else None"),),
        ),
    ],
}
