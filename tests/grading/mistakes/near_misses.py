"""Wrong answers that look like a known mistake, but of which its sentence would be false.

A near miss is a tuple of edits of the library's function, as in the tables of ``cs231n/grading/mistakes``.
"""

from cs231n.grading.mistakes import batchnorm_lines as bn
from cs231n.grading.mistakes import experiments, layer_utils, layers, optim_lines, softmax, softmax_loss
from cs231n.grading.mistakes.batchnorm_backward_closed_form import C_DX
from cs231n.grading.mistakes.batchnorm_backward_formulas import F_DMU, F_DVAR, F_DX, INV_STD
from cs231n.grading.mistakes.batchnorm_backward_rows import F_RETURN, S_DBETA, S_DGAMMA
from cs231n.grading.mistakes.batchnorm_backward_staged import S_DMU, S_DSQ, S_DVAR, S_DX, S_DX2, S_DX_HAT, S_DXMU1
from cs231n.grading.mistakes.mistake import Edit, Variant

ADAM_HATS = "m_hat, v_hat = config['m'] / (1 - beta1 ** {0}), config['v'] / (1 - beta2 ** {0})"


def use_t(expression: str) -> Variant:
    """Adam's bias correction with another exponent."""
    return ((optim_lines.M_HAT, ADAM_HATS.format(expression)), (optim_lines.V_HAT, "pass"))


def in_test_mode(divisor: str) -> tuple[Edit]:
    """Batch norm's forward pass with another divisor in test mode."""
    return ((bn.X_HAT, bn.BY_MODE.format(divisor)),)


def at_the_end(task: str, line: str) -> tuple[Edit]:
    """A line before the return of a backward pass."""
    ending = {"batchnorm_backward": F_RETURN, "batchnorm_backward_alt": F_RETURN}[task]
    return ((ending, f"{line}\n    {ending}"),)


NO_NEW_M = (
    (optim_lines.M, 'm = beta1 * config.setdefault("m", np.zeros_like(w)) + (1 - beta1) * dw'),
    (optim_lines.M_HAT, 'm_hat = m / (1 - beta1 ** config["t"])'),
)
ADAM: dict[str, list[Variant]] = {
    "t-starts-at-one": [
        (('"t": 0}', '"t": 2}'),),
        ((optim_lines.T, 'config["t"] += 2'),),
        use_t('(config["t"] + 1)'),
        (("config = {} if config is None else config", 'config = {"t": 1} if config is None else config'),),
        (optim_lines.T_DEFAULT, (optim_lines.T, 'config["t"] += 2')),
    ],
    "t-increased-after-the-step": [
        (optim_lines.T_LEFT_ALONE, *use_t('max(config["t"], 1)'), optim_lines.T_AFTER_THE_STEP),
        (optim_lines.T_DEFAULT, optim_lines.T_LEFT_ALONE, ("return next_w", 'config["t"] += 2\n    return next_w')),
        use_t('max(config["t"] - 1, 1)'),
    ],
    "t-stands-still": [
        use_t('min(config["t"], 2)'),
        use_t('((config["t"] + 1) // 2)'),
        (optim_lines.T_DEFAULT, (optim_lines.T, 'config["t"] += 0.5')),
    ],
    "correction-without-a-power": [
        ((optim_lines.M_HAT, 'm_hat = config["m"] / (1 - beta1) ** 2'),),
        use_t('min(config["t"], 2)'),
        (
            (optim_lines.M_HAT, 'm_hat = config["m"] / (1 - beta2)'),
            (optim_lines.V_HAT, 'v_hat = config["v"] / (1 - beta1)'),
        ),
    ],
    "correction-with-a-square": [use_t('(config["t"] * 2)'), use_t('config["t"] ** 2'), use_t('max(config["t"], 2)')],
    "power-of-one-minus-beta": [use_t('(1 - config["t"])'), use_t('(1 / config["t"])')],
    "memory-under-other-keys": [
        ((optim_lines.M, optim_lines.M.replace("beta1 *", "beta1 * 0.5 *")),),
        (*NO_NEW_M, (optim_lines.STEP, optim_lines.STEP.replace("m_hat", "2 * m_hat"))),
        ((optim_lines.M, optim_lines.M + '\n    config["m"] = 1.0 * config["m"] if config["t"] < 6 else 0 * w'),),
    ],
    "memory-not-stored": [
        ((optim_lines.M, optim_lines.M.replace("beta1 *", "beta1**2 *")),),
        ((optim_lines.V, optim_lines.V.replace("beta2 *", "beta2**2 *")),),
    ],
    "no-bias-correction": [use_t("20"), use_t('(config["t"] + 10)')],
    "epsilon-beside-the-uncorrected-root": [
        ((optim_lines.STEP, optim_lines.STEP.replace('config["epsilon"]', 'config["epsilon"] * np.sqrt(1 - beta2)')),),
        ((optim_lines.STEP, optim_lines.STEP.replace('config["epsilon"]', 'config["epsilon"] / 2')),),
    ],
    "settings-of-its-own": [
        ((optim_lines.STEP, optim_lines.STEP.replace('config["epsilon"]', 'config["epsilon"] * 2')),),
        (("beta1, beta2 = ", "beta2, beta1 = "),),
        ((optim_lines.STEP, optim_lines.STEP.replace('config["learning_rate"]', 'config["learning_rate"] * 0.5')),),
    ],
    "epsilon-inside-the-root": [((optim_lines.STEP, optim_lines.EPSILON_INSIDE.replace("config[", "2 * config[")),)],
    "no-epsilon": [((optim_lines.STEP, optim_lines.STEP.replace('config["epsilon"]', "1e-30")),)],
    "t-increased-too-late": [((optim_lines.STEP, optim_lines.STEP.replace("np.sqrt(v_hat)", "np.sqrt(-v_hat)")),)],
    "writes-to-w": [((optim_lines.STEP, f"{optim_lines.STEP}\n    dw *= 0"),)],
    "gradient-for-m": [((optim_lines.STEP, optim_lines.STEP.replace("m_hat", "np.sign(m_hat)")),)],
    "not-an-average": [((optim_lines.M, optim_lines.M.replace("(1 - beta1) * dw", "2 * (1 - beta1) * dw")),)],
    "uphill": [((optim_lines.STEP, optim_lines.STEP.replace("w - ", "w + 2 * ")),)],
}  # fmt: skip

FORWARD: dict[str, list[Variant]] = {
    "test-mode-eps-outside-the-root": [
        in_test_mode("(np.sqrt(var) + np.sqrt(eps))"),
        in_test_mode("(np.sqrt(var) + 2 * eps)"),
        ((bn.X_HAT, "x_hat = (x - mu) / (np.sqrt(var) + eps)"),),
    ],
    "test-mode-without-eps": [in_test_mode("np.sqrt(var + 1e-3)"), in_test_mode("np.sqrt(var + 2 * eps)")],
    "test-mode-without-the-root": [in_test_mode("(var + eps) ** 2"), in_test_mode("(var + eps) ** 0.9")],
    "test-mode-with-n-over-n-minus-one": [
        in_test_mode("np.sqrt(var * (len(x) + 1) / len(x) + eps)"),
        in_test_mode("np.sqrt(var * (len(x) - 1) / len(x) + eps)"),
    ],
    "test-mode-with-batch-statistics": [
        ((bn.TEST, "mu, var = x.mean(axis=0), running_var"),),
        ((bn.TEST, "mu, var = running_mean, x.var(axis=0)"),),
        ((bn.TEST, "mu, var = x.mean(), x.var()"),),
    ],
    "test-mode-updates-the-running-statistics": [
        ((bn.TEST, f"{bn.TEST}\n        bn_param['running_mean'] = 0 * mu"),),
        ((bn.TEST, f"{bn.TEST}\n        gamma *= 1.5"),),
    ],
    "test-mode-without-gamma-and-beta": [((bn.OUT, bn.TWO_RETURNS.format("x_hat + beta")),)],
    "eps-averaged-into-the-running-variance": [
        ((bn.RUNNING_VAR, bn.RUNNING_VAR.replace("* var", "* (var + 2 * eps)")),),
        ((bn.RUNNING_VAR, bn.RUNNING_VAR + " + eps"),),
    ],
    "running-statistics-not-stored": [
        ((bn.RUNNING_VAR, 'bn_param["running_var"] = 2 * running_var'),),
        ((bn.RUNNING_MEAN, 'bn_param["running_mean"] = 0 * mu'), (bn.RUNNING_VAR, 'bn_param["running_var"] = 0 * mu')),
    ],
    "running-statistics-not-averaged": [
        (
            (bn.RUNNING_MEAN, 'bn_param["running_mean"] = (1 - momentum) * mu'),
            (bn.RUNNING_VAR, 'bn_param["running_var"] = (1 - momentum) * var'),
        )
    ],
    "rows-of-statistics": [
        ((bn.TRAIN, "mu, var = x.mean(axis=0, keepdims=True) + 1, x.var(axis=0)"),),
        ((bn.TRAIN, "mu, var = x.mean(axis=0), 2 * x.var(axis=0, keepdims=True)"),),
    ],
    "unbiased-variance": [
        ((bn.TRAIN, bn.TRAIN.replace("axis=0)", "axis=0, ddof=2)").replace("mean(axis=0, ddof=2)", "mean(axis=0)")),),
        ((bn.TRAIN, bn.TRAIN.replace("x.var(axis=0)", "x.var(axis=0) * len(x) / (len(x) + 1)")),),
    ],
    "whole-array": [
        ((bn.TRAIN, "mu, var = np.full(x.shape[1], x.mean()), x.var(axis=0)"),),
        ((bn.TRAIN, "mu, var = x.mean(axis=0), np.full(x.shape[1], x.var())"),),
    ],
    "momentum-of-its-own": [(('bn_param.get("momentum", 0.9)', 'bn_param.get("momentum", 0.9) ** 2'),)],
    "eps-of-its-own": [(('bn_param.get("eps", 1e-5)', 'bn_param.get("eps", 1e-5) / 2'),)],
    "eps-nowhere": [((bn.X_HAT, bn.X_HAT.replace("var + eps", "var + 1e-12")),)],
    "writes-to-x": [((bn.X_HAT, f"{bn.X_HAT}\n    gamma += 0.5"),), ((bn.X_HAT, f"x *= 2\n    {bn.X_HAT}"),)],
    "momentum-the-wrong-way-round": [(('bn_param.get("momentum", 0.9)', "0.1"),)],
}

HALVED = S_DGAMMA.replace("np.sum", "0.5 * np.sum")
BACKWARD: dict[str, list[Variant]] = {
    "elementwise": [((F_DX, "dx = 0.9 * dx_hat * inv_std"),), ((F_DX, "dx = dx_hat * inv_std - 0.1"),)],
    "mean-constant": [((F_DX, F_DX.replace("dmu / N", "dmu / N / 2")),)],
    "var-constant": [((F_DX, F_DX.replace("dvar * 2", "dvar * 0.1")),)],
    "rows": [((S_DGAMMA, HALVED.replace("axis=0", "axis=0, keepdims=True")),)],
    "eps-of-its-own": [((INV_STD, "1 / np.sqrt(var + eps / 2)"),), ((INV_STD, "1 / np.sqrt(var + eps**2)"),)],
    "eps-dropped": [((F_DVAR, F_DVAR.replace("inv_std**3", "(var + eps / 2) ** -1.5")),)],
    "eps-nowhere": [((INV_STD, "1 / np.sqrt(var + 1e-12)"),)],
    "eps-outside": [((INV_STD, "1 / (np.sqrt(var) + 2 * eps)"),)],
    "eps-subtracted": [((INV_STD, "1 / np.sqrt(var - 2 * eps)"),)],
    "eps-twice": [((INV_STD, "1 / np.sqrt(var + 3 * eps)"),)],
    "diagonal": [
        ((F_DX, "dx = dx_hat * inv_std * (1 - 2 / N)"),),
        ((F_DX, "dx = dx_hat * inv_std * (1 - 1 / (N - 1))"),),
        ((F_DX, "dx = dx_hat * inv_std * 0.875"),),
    ],
    "not-summed": [((F_DX, F_DX.replace("dmu / N", "dmu / N**2")),), ((F_DMU, "dmu = -dx_hat * inv_std * 2"),)],
    "summed-over-everything": [
        ((F_DVAR, F_DVAR.replace("np.sum(dx_hat * xmu, axis=0)", "np.sum(dx_hat * xmu) / 3")),),
        ((F_DMU, F_DMU.replace("np.sum(dx_hat, axis=0)", "np.max(dx_hat)")),),
    ],
    "axis-by-size": [
        at_the_end("batchnorm_backward", "dgamma = dgamma * (2 if len(gamma) == N else 1)"),
        at_the_end("batchnorm_backward", "dgamma = dgamma[::-1] if len(gamma) == N else dgamma"),
    ],
    "times-std": [((F_DX, F_DX.replace("dx_hat * inv_std", "dx_hat / inv_std**2")),)],
    "n-minus-one": [((F_DX, F_DX.replace("N", "(N - 2)")),), ((F_DX, F_DX.replace("N", "(N + 1)")),)],
    "n-features": [(("N, xmu, inv_std = x.shape[0]", "N, xmu, inv_std = 3"),)],
    "n-twice": [((F_DX, F_DX.replace("dmu / N", "dmu / N / 10")),)],
    "half": [((F_DVAR, F_DVAR.replace("-0.5", "-0.75")),)],
    "means": [((S_DGAMMA, "dgamma = np.sum(dout * x_hat, axis=0) / (N - 1)"),)],
    "power": [((F_DVAR, F_DVAR.replace("**3", "**2.5")),)],
    "gamma": [((S_DX_HAT, "dx_hat = dout * gamma**2"),), ((S_DX_HAT, "dx_hat = dout * gamma.mean()"),)],
    "writes-dout": [at_the_end("batchnorm_backward", "gamma *= 2")],
    "writes-cache": [at_the_end("batchnorm_backward", "dout *= 2")],
    "swapped": [((F_RETURN, "return dx, 2 * dbeta, 2 * dgamma"),)],
    "sign": [((F_RETURN, "return -2 * dx, dgamma, dbeta"),)],
    "along-the-rows": [((S_DBETA, "dbeta = np.max(dout, axis=1)"),)],
}  # fmt: skip

STAGED: dict[str, list[Variant]] = {
    "elementwise": [((S_DX, "dx = 0.9 * dxmu1"),)],
    "eps-of-its-own": [((S_DVAR, S_DVAR.replace("std)", "np.sqrt(var + eps / 2))")),)],
    "n-var": [((S_DSQ, S_DSQ.replace("/ N", "/ 7")),)],
    "n-mean": [((S_DX2, S_DX2.replace("/ N", "/ 7")),)],
    "not-summed": [((S_DMU, "dmu = -0.5 * dxmu"),)],
    "times-std": [((S_DXMU1, "dxmu1 = dx_hat * std**2"),)],
}

LOSS: dict[str, list[Variant]] = {
    "dx-averaged-twice": [((softmax_loss.RETURN_LOSS, "return loss, dx / x.shape[0] / 5"),)],
    "no-minus-one": [((softmax_loss.MINUS_ONE, "dx[rows, y] -= 0.5"),)],
    "p-of-the-true-class-everywhere": [
        ((softmax_loss.DX, "dx = np.repeat(np.exp(log_p).max(axis=1)[:, None], x.shape[1], axis=1)"),)
    ],
    "sum-over-all-classes": [((softmax_loss.LOSS, "loss = -np.mean(np.sum(log_p, axis=1)) / x.shape[1]"),)],
    "class-counts-in-every-row": [((softmax_loss.MINUS_ONE, "dx -= 1 / x.shape[1]"),)],
    "minus-one-in-the-wrong-column": [((softmax_loss.MINUS_ONE, "dx[rows, y] -= 1\n    dx[rows, 0] -= 1"),)],
    "extra-derivative": [((softmax_loss.RETURN_LOSS, "return loss, dx * np.exp(log_p) / x.shape[0]"),)],
    "squared-error": [((softmax_loss.LOSS, "loss = np.mean((np.exp(log_p) - np.eye(x.shape[1])[y]) ** 2)"),)],
    "loss-not-averaged": [((softmax_loss.LOSS, "loss = -np.sum(log_p[rows, y]) / 2"),)],
    "nothing-averaged": [
        ((softmax_loss.LOSS, "loss = -np.sum(log_p[rows, y])"), (softmax_loss.RETURN_LOSS, "return loss, 2 * dx"))
    ],
    "log-of-a-probability": [
        ((softmax_loss.LOSS, softmax_loss.LOSS + "\n    loss = loss if loss < 300 else 0 * loss"),),
    ],
    "log-of-p-plus-a-bit": [
        ((softmax_loss.LOSS, "loss = min(50, -np.mean(log_p[rows, y]))"),),
        ((softmax_loss.LOSS, "loss = -np.mean(np.log(0.9 * np.exp(log_p[rows, y]) + 1e-8))"),),
    ],
    "logarithm-to-another-base": [((softmax_loss.LOSS, softmax_loss.LOSS + " / 2"),)],
    "shifts-x-in-place": [((softmax_loss.MINUS_ONE, "dx[rows, y] -= 1\n    y *= 0"),)],
    "dx-not-normalised": [((softmax_loss.DX, "dx = 2 * np.exp(z)"),)],
}  # fmt: skip

OTHERS: dict[str, dict[str, list[Variant]]] = {
    "softmax": {
        "shifted-by-the-mean": [((softmax.E, softmax.E.replace("np.max", "1.5 * np.max")),)],
        "one-sum-for-all": [((softmax.P, "return e / np.sum(e) * len(e)"),)],
        "lost-the-column": [
            ((softmax.E, f'assert x.shape[0] == x.shape[1], "square only"\n    {softmax.E}'),),
            ((softmax.E, f"if x.shape[0] != x.shape[1]: raise ValueError\n    {softmax.E}"),),
        ],
        "shifts-x-in-place": [((softmax.E, f"{softmax.E}\n    x *= 2\n    e[0] *= 3; e[0] += 1"),)],
    },
    "softmax_jacobian": {
        "product-is-one-number": [
            (("-p[:, :, None] * p[:, None, :]", "np.zeros((len(p), C, C)) - np.sum(p, axis=1)[:, None, None]"),),
            (("-p[:, :, None] * p[:, None, :]", "np.zeros((len(p), C, C)) - np.max(p, axis=1)[:, None, None] ** 2"),),
        ],
    },
    "relu_backward": {
        "overwrites-dout": [((layers.RELU, "x *= 1.5\n    return dout * (x > 0)"),)],
        "overwrites-the-cache": [((layers.RELU, "dx = dout * (x > 0)\n    dout += 1\n    return dx"),)],
        "overwrites-both": [((layers.RELU, "dout[x <= 0] = 0\n    return dout"),)],
        "x-where-it-is-negative": [
            ((layers.RELU, "return np.where(x > 0, dout, -x)"),),
            ((layers.RELU, "return np.where(x > 0, dout, 0.01 * x)"),),
            ((layers.RELU, "return np.where(x > 0, dout, dout * x)"),),
        ],
        "no-mask": [((layers.RELU, "return dout * np.where(x > 0, 1, 0.5)"),)],
        "mask-from-dout": [((layers.RELU, "return dout * (dout > 0) * (x > 0)"),)],
    },
    "affine_backward": {
        "db-mean": [((layers.AFFINE_DB, "db = np.sum(dout, axis=0) / 7"),)],
        "db-forgotten": [((layers.AFFINE_DB, "db = 0.5 * np.sum(dout, axis=0)"),)],
        "db-row": [((layers.AFFINE_DB, "db = 2 * np.sum(dout, axis=0, keepdims=True)"),)],
        "dw-mean": [((layers.AFFINE_DW, layers.AFFINE_DW + " / 7"),)],
    },
    "numerical_gradient": {
        "divided-by-h": [(("x_plus[i] += h", "x_plus[i] += 2 * h"), ("x_minus[i] -= h", "x_minus[i] -= 2 * h"))],
        "h-ignored": [((layers.X_COPY, f"{layers.X_COPY}\n    h = 2 * h"),)],
        "one-sided": [(("x_minus[i] -= h", "x_minus[i] -= h / 2"), ("/ (2 * h)", "/ (1.5 * h)"))],
        "df-ignored": [((layers.QUOTIENT, layers.QUOTIENT.replace("* df", "* np.sign(df)")),)],
        "one-array-under-two-names": [((layers.QUOTIENT, "dx[i] = 1e-3"),)],
    },
    "affine_bn_relu_backward": {
        "results-in-another-order": [((layer_utils.GRADIENTS, "return dx, dw, db + 1, 2 * dgamma, dbeta"),)],
        "relu-forgotten": [((layer_utils.DA_BN, "da_bn = 0.5 * dout"),)],
        "affine-first": [
            (
                (layer_utils.DA_BN, "dx, dw, db = layers.affine_backward(dout, fc_cache)"),
                (layer_utils.DA, "da, dgamma, dbeta = layers.batchnorm_backward(dx, bn_cache)"),
                (layer_utils.DX, "dx = da"),
            )
        ],
    },
    "affine_bn_relu_forward": {
        "always-training-mode": [((layer_utils.BN, f"{layer_utils.BN}\n    a_bn = a_bn + 1"),)],
        "no-relu": [((layer_utils.RELU, "out, relu_cache = np.abs(a_bn), a_bn"),)],
    },
    "steps_to_reach": {
        "counted-from-one": [((experiments.FIRST, "return int(np.argmax(reached)) * 2 if np.any(reached) else None"),)],
        "never-becomes-zero": [((experiments.FIRST, "return int(np.argmax(reached)) if len(reached) > 4 else 0"),)],
        "the-last-one": [((experiments.FIRST, "return len(reached) - 1 if np.any(reached) else None"),)],
        "the-best-one": [((experiments.FIRST, "return 2 if np.any(reached) else None"),)],
    },
}

NEAR_MISSES: dict[str, dict[str, list[Variant]]] = {
    "adam": ADAM,
    "batchnorm_forward": FORWARD,
    "batchnorm_backward": BACKWARD,
    "batchnorm_backward_alt": {"diagonal": [((C_DX, C_DX.replace("dbeta / N", "dbeta / N**2")),)]},
    "batchnorm_backward_staged": STAGED,
    "softmax_loss": LOSS,
    **OTHERS,
}
