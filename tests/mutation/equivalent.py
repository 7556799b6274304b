"""Mutants that are right, each with the reason. check() must not catch them.

A row is (reason, line, words): the line is the changed line of the mutant, with one of the words in place of ``{}``. A
line that ends with ``...`` stands for all lines that begin with it. A test proves that every row still occurs, and that
check() accepts all its mutants.
"""

ROWS_OF_THE_BATCH = "the other array has as many rows"
SAME_SHAPE = "only the array's shape counts, and the other one has the same"
LAST_AXIS = "of two axes, 1 is the last one"
CACHE = (
    "what the cache holds is the student's own affair: the checks of the backward pass run on that cache, "
    "and fail where it does not serve"
)
EXACT_ZERO = "minus 0 is 0"
UNUSED = "the closed form does not use x, beta and mu"
SUM = "var and eps are used as their sum only"
ANY_TYPE = "float64 zeros are zeros, too: no property asks for the type of a result"
BROADCAST_ZERO = "one zero is as good as an array of zeros"
REWRITTEN = "the entry is written back by the same line"
SAME_ARRAY = "the other name stands for the same array"

NODES = (
    "return {'dbeta': dbeta, 'dgamma': dgamma, 'dx_hat': dx_hat, 'dinv_std': dinv_std, 'dxmu1': dxmu1, 'dstd': dstd, "
    "'dvar': dvar, 'dsq': dsq, 'dxmu2': dxmu2, 'dxmu': %s, 'dmu': dmu, 'dx1': %s, 'dx2': dx2, 'dx': dx}"
)
RUNNING_MEAN = "running_mean = bn_param.get('running_mean', {})"
RUNNING_VAR = "running_var = bn_param.get('running_var', {})"
REFUSAL = 'raise ValueError(f\'bn_param["mode"] is {}; it must be "train" or "test"\')'
FIRST_M = "config['m'] = beta1 * config.get('m', np.zeros_like({})) + (1 - beta1) * dw"
FIRST_V = "config['v'] = beta2 * config.get('v', np.zeros_like({})) + (1 - beta2) * dw ** 2"
KEPT = ("a", "a_bn", "b", "beta", "bn_param", "gamma", "out", "w", "x")

EQUIVALENT = {
    "softmax": [
        (LAST_AXIS, "e = np.exp(x - np.max(x, axis=-1, keepdims=True))"),
        (LAST_AXIS, "return e / np.sum(e, axis=-1, keepdims=True)"),
        ("the sign of e cancels in the quotient", "e = -np.exp(x - np.max(x, axis=1, keepdims=True))"),
    ],
    "softmax_jacobian": [
        (LAST_AXIS, "C = p.shape[-1]"),
        ("a matrix product of a column and a row is their outer product", "J = -p[:, :, None] @ p[:, None, :]"),
        ("an axis that is not mentioned is taken whole", "J = -p[:, :, None] * p[:, None]"),
    ],
    "softmax_loss": [
        (ROWS_OF_THE_BATCH, "rows = np.arange(y.shape[0])"),
        (LAST_AXIS, "z = x - np.max(x, axis=-1, keepdims=True)"),
        (LAST_AXIS, "log_p = z - np.log(np.sum(np.exp(z), axis=-1, keepdims=True))"),
        (ROWS_OF_THE_BATCH, "return (loss, dx / {}.shape[0])", "dx", "log_p", "rows", "y", "z"),
    ],
    "numerical_gradient": [
        ("every entry of dx is written later", "dx = {}", "-np.zeros_like(x)", "np.ones_like(x)"),
        (SAME_SHAPE, "dx = np.zeros_like(-x)"),
        (SAME_SHAPE, "for i in np.ndindex(dx.shape):"),
        ("two copies of one array", "x_minus, x_plus = (x.copy(), x.copy())"),
    ],
    "affine_backward": [
        (ROWS_OF_THE_BATCH, "dw = x.reshape({}.shape[0], -1).T @ dout", "dout", "dx"),
    ],
    "relu_backward": [
        ("the slope at exactly 0 is a convention: both are accepted", "return dout * (x >= 0)"),
        (SAME_ARRAY, "return dout * (cache > 0)"),
    ],
    "batchnorm_forward": [
        (
            ANY_TYPE, RUNNING_MEAN, "np.zeros(x.shape[1])",
            *(f"np.zeros(x.shape[1], dtype={a}.dtype)" for a in ("beta", "gamma")),
        ),
        (
            ANY_TYPE, RUNNING_VAR, "np.zeros(x.shape[1])",
            *(f"np.zeros(x.shape[1], dtype={a}.dtype)" for a in ("beta", "gamma", "running_mean")),
        ),
        (EXACT_ZERO, RUNNING_MEAN, "-np.zeros(x.shape[1], dtype=x.dtype)"),
        (EXACT_ZERO, RUNNING_VAR, "-np.zeros(x.shape[1], dtype=x.dtype)"),
        (LAST_AXIS, RUNNING_MEAN, "np.zeros(x.shape[-1], dtype=x.dtype)"),
        (LAST_AXIS, RUNNING_VAR, "np.zeros(x.shape[-1], dtype=x.dtype)"),
        (
            "the ValueError's words are free", REFUSAL, "x{mode!r}",
            "{beta!r}", "{bn_param!r}", "{eps!r}", "{gamma!r}", "{momentum!r}", "{running_mean!r}", "{running_var!r}",
            "{x!r}",
        ),
        ("the ValueError's words are free", REFUSAL.replace("\"')", "\"x')"), "{mode!r}"),
        (CACHE, "return (gamma * x_hat + beta, (..."),
    ],
    "batchnorm_backward_staged": [
        (SUM, "x, gamma, beta, eps, mu, x_hat, var = cache"),
        (ROWS_OF_THE_BATCH, "N, xmu, std = ({}.shape[0], x - mu, np.sqrt(var + eps))", "dout", "x_hat"),
        ("the sign goes with the square", "dstd = -dinv_std / (-std) ** 2"),
        (SAME_SHAPE, "dsq = np.ones_like({}) * dvar / N", "dx_hat", "dxmu1", "x", "x_hat", "xmu", "-dout"),
        ("the term that is left out is zero: the sum of dxmu2 is", "dmu = -np.sum(dxmu1, axis=0)"),
        (
            SAME_SHAPE, "dx2 = np.ones_like({}) * dmu / N",
            "dsq", "dx1", "dx_hat", "dxmu", "dxmu1", "dxmu2", "x", "x_hat", "xmu", "-dout",
        ),
        (SAME_ARRAY, "dx = dxmu + dx2"),
        (SAME_ARRAY, NODES % ("dx1", "dxmu")),
        (SAME_ARRAY, NODES % ("dx1", "dx1")),
        (SAME_ARRAY, NODES % ("dxmu", "dxmu")),
    ],
    "batchnorm_backward": [
        (SUM, "x, gamma, beta, eps, mu, x_hat, var = cache"),
        (ROWS_OF_THE_BATCH, "N, xmu, inv_std = ({}.shape[0], x - mu, 1 / np.sqrt(var + eps))", "dout", "x_hat"),
        (
            "x - mu is in dvar, and once more in dx: its sign cancels",
            "N, xmu, inv_std = (x.shape[0], {}, 1 / np.sqrt(var + eps))", "mu - x", "-(x - mu)",
        ),
    ],
    "batchnorm_backward_alt": [
        (UNUSED, "beta, gamma, x, var, mu, x_hat, eps = cache"),
        (UNUSED, "mu, gamma, beta, var, x, x_hat, eps = cache"),
        (UNUSED, "x, gamma, mu, var, beta, x_hat, eps = cache"),
        (SUM, "x, gamma, beta, eps, mu, x_hat, var = cache"),
        (ROWS_OF_THE_BATCH, "N = {}.shape[0]", "x", "x_hat"),
    ],
    "affine_bn_relu_forward": [
        (CACHE, "return (out, ({}, bn_cache, relu_cache))", *KEPT, "bn_cache", "relu_cache"),
        (CACHE, "return (out, (fc_cache, {}, relu_cache))", *KEPT, "fc_cache", "relu_cache"),
        (CACHE, "return (out, (fc_cache, bn_cache, {}))", *KEPT, "fc_cache", "bn_cache", "-relu_cache"),
        (
            CACHE, "return (out, ({}))",
            "bn_cache, fc_cache, relu_cache", "relu_cache, bn_cache, fc_cache", "fc_cache, relu_cache, bn_cache",
        ),
    ],
    "affine_bn_relu_backward": [
        ("db is 0, up to rounding: a bias in front of batch norm has no effect", "return (dx, dw, -db, dgamma, dbeta)"),
    ],
    "adam": [
        ("the value is not used", "-config.setdefault(key, value)"),
        (REWRITTEN, FIRST_M.replace("get", "pop"), "w"),
        (REWRITTEN, FIRST_V.replace("get", "pop"), "w"),
        (EXACT_ZERO, FIRST_M.replace("np.zeros", "-np.zeros"), "w"),
        (EXACT_ZERO, FIRST_V.replace("np.zeros", "-np.zeros"), "w"),
        (BROADCAST_ZERO, FIRST_M, "beta1", "beta2", "config", "defaults", "value"),
        (BROADCAST_ZERO, FIRST_V, "beta1", "beta2", "config", "defaults", "value"),
        (SAME_SHAPE, FIRST_M, "dw", "-w"),
        (SAME_SHAPE, FIRST_V, "dw", "-w"),
        ("the sign goes with the square", FIRST_V.replace("* dw", "* (-dw)"), "w"),
    ],
    "steps_to_reach": [
        (
            "a NumPy integer is an int for whoever counts with it",
            "return np.argmax(reached) if np.any(reached) else None",
        ),
    ],
}  # fmt: skip


def equivalent_lines(task):
    """The changed lines that are right: ``{line: reason}``."""
    rows = [(reason, line, words or ["{}"]) for reason, line, *words in EQUIVALENT.get(task, [])]
    return {line.replace("{}", word): reason for reason, line, words in rows for word in words}


def reason_for(task, mutant):
    """The reason why a mutant is right, or None if it is wrong."""
    for line, reason in equivalent_lines(task).items():
        if mutant.new == line or line.endswith("...") and mutant.new.startswith(line[:-3]):
            return reason
    return None
