"""Known mistakes in numerical_gradient, affine_backward and relu_backward. `catalogue` explains the table."""

from .mistake import Table

# Lines of numerical_gradient that the edits change.
WEIGHTS = "df = 1.0 if df is None else df"
X_COPY = "x = np.array(x, dtype=np.float64)"
STEPS = "x_plus, x_minus = x.copy(), x.copy()"
QUOTIENT = "dx[i] = np.sum((f(x_plus) - f(x_minus)) * df) / (2 * h)"

# Lines of affine_backward and relu_backward that the edits change.
AFFINE_DX = "dx = (dout @ w.T).reshape(x.shape)"
AFFINE_DW = "dw = x.reshape(x.shape[0], -1).T @ dout"
AFFINE_DB = "db = np.sum(dout, axis=0)"
RELU = "return dout * (x > 0)"

TABLE: Table = {
    "numerical_gradient": [
        (
            "one-sided",
            "the difference is taken on one side only, between x and a single step. Its error shrinks only like h; "
            "stepping to both sides makes it shrink like h squared.",
            ((QUOTIENT, "dx[i] = np.sum((f(x_plus) - f(x)) * df) / h"),),
            ((QUOTIENT, "dx[i] = np.sum((f(x) - f(x_minus)) * df) / h"),),
        ),
        (
            "all-entries-stepped-at-once",
            "all entries of x are stepped together, so every entry of dx is the same: the slope along the diagonal. A "
            "partial derivative moves one entry and leaves the others.",
            (("x_plus[i] += h", "x_plus += h"), ("x_minus[i] -= h", "x_minus -= h")),
        ),
        (
            "summed-before-the-weights",
            "f's changes are summed first, and then multiplied by the sum of df. Each change has a weight of its own: "
            "multiply entry by entry, then sum.",
            ((QUOTIENT, "dx[i] = np.sum(f(x_plus) - f(x_minus)) * np.sum(df) / (2 * h)"),),
        ),
        (
            "divided-by-h",
            "the two points are 2h apart, and the difference is divided by h only.",
            ((QUOTIENT, "dx[i] = np.sum((f(x_plus) - f(x_minus)) * df) / h"),),
        ),
        (
            "df-ignored",
            "the upstream gradient df is not used: every entry of f's output counts with weight 1.",
            ((QUOTIENT, "dx[i] = np.sum(f(x_plus) - f(x_minus)) / (2 * h)"),),
        ),
        (
            "weights-in-the-shape-of-x",
            "where df is left out, the weights are ones in the shape of x. There is one for every entry of f's output, "
            "not of x: where f returns one number, that number counts once per entry of x, and dx is so many times too "
            "large.",
            ((WEIGHTS, "df = np.ones(x.shape) if df is None else df"),),
        ),
        (
            "keeps-the-type-of-x",
            "the steps are made in the type of x. In an integer array a step of a millionth is rounded away, in "
            "float32 nearly so: work on a copy in float64.",
            ((X_COPY, "x = np.array(x)"),),
        ),
        (
            "same-array-twice",
            "both points are the same array, stepped up and then down. Where f returns its argument, or a view of it, "
            "the first value has changed by the time the second is there, and the difference is 0.",
            (
                (STEPS, "x_plus = x.copy()"),
                ("x_plus[i] += h", "plus = x_plus"),
                (
                    "x_minus[i] -= h",
                    "plus[i] += h\n        f_plus = f(plus)\n        plus[i] -= 2 * h\n        f_minus = f(plus)",
                ),
                (QUOTIENT, "dx[i] = np.sum((f_plus - f_minus) * df) / (2 * h)"),
            ),
        ),
        (
            "one-array-under-two-names",
            "dx is 0 everywhere, as when x plus a step and x minus a step are one array under two names: the steps "
            "up and down cancel, and both calls of f see the same point.",
            ((STEPS, "x_plus = x_minus = x.copy()"),),
            ((X_COPY, "pass"), (STEPS, "x_plus = x_minus = x.copy()")),
            ((X_COPY, "dx = np.zeros(x.shape)"), ("dx = np.zeros_like(x)", "pass"), (STEPS, "x_plus = x_minus = x")),
        ),
        (
            "h-ignored",
            "the argument h is not used: the step is a number of its own.",
            ((X_COPY, f"{X_COPY}\n    h = 1e-5"),),
        ),
        (
            "x-left-stepped",
            "the steps are made in x and not taken back: later entries are computed at another point, and the "
            "caller's x is changed.",
            (
                ("x = np.array(x, dtype=np.float64)", "pass"),
                (STEPS, "x_plus = x"),
                ("x_minus[i] -= h", "f_plus = f(x_plus)"),
                (QUOTIENT, "x[i] -= 2 * h\n        dx[i] = np.sum((f_plus - f(x)) * df) / (2 * h)"),
            ),
        ),
        (
            "copy-left-stepped",
            "a step is not taken back before the next entry: later entries are computed at another point.",
            (
                (STEPS, "x_plus = x"),
                ("x_minus[i] -= h", "f_plus = np.array(f(x_plus))"),
                (QUOTIENT, "x[i] -= 2 * h\n        dx[i] = np.sum((f_plus - f(x)) * df) / (2 * h)"),
            ),
            (
                (STEPS, "x_minus = x.copy()"),
                ("x_plus[i] += h", "x[i] += h"),
                (QUOTIENT, QUOTIENT.replace("x_plus", "x")),
            ),
        ),
        (
            "sign",
            "the difference is taken the wrong way round, f(x - h) - f(x + h).",
            ((QUOTIENT, "dx[i] = np.sum((f(x_minus) - f(x_plus)) * df) / (2 * h)"),),
        ),
    ],
    "affine_backward": [
        (
            "db-along-the-rows",
            "db is summed along each row, over the outputs: one number per example. The bias is shared by the "
            "examples, so the sum runs over the batch, and leaves one number per output.",
            ((AFFINE_DB, "db = np.sum(dout, axis=1)"),),
        ),
        (
            "dw-transposed",
            "dw is transposed: it has to have w's shape, (D, M), inputs by outputs.",
            ((AFFINE_DW, "dw = dout.T @ x.reshape(x.shape[0], -1)"),),
        ),
        (
            "w-not-transposed",
            "dout is multiplied by w as it stands, which fits only where D and M are equal, and is wrong there. The "
            "way back runs through the transposed matrix: from M outputs to D inputs.",
            ((AFFINE_DX, "dx = (dout @ w).reshape(x.shape)"),),
        ),
        (
            "db-mean",
            "db is the mean over the batch. One bias is added to every row, so the gradients of all rows arrive at "
            "it, and a broadcast runs backwards as a sum.",
            ((AFFINE_DB, "db = np.mean(dout, axis=0)"),),
        ),
        (
            "db-row",
            "db has shape (1, M): one axis too many. It has to have b's shape, (M,).",
            ((AFFINE_DB, "db = np.sum(dout, axis=0, keepdims=True)"),),
        ),
        (
            "db-not-summed",
            "db is dout itself, one row per example. One bias is added to every row: the gradients of the rows "
            "have to be summed.",
            ((AFFINE_DB, "db = dout"),),
        ),
        (
            "db-forgotten",
            "db is 0 everywhere: the bias is forgotten.",
            ((AFFINE_DB, "db = np.zeros_like(b)"),),
        ),
        (
            "dx-flat",
            "dx is right up to its shape: x had more than two axes, and dx is still flattened to (N, D).",
            ((AFFINE_DX, "dx = dout @ w.T"),),
        ),
        (
            "x-not-flattened",
            "it works only for x of shape (N, D). The forward pass flattens each example before it multiplies, and "
            "dw needs the same flattened x.",
            ((AFFINE_DW, "dw = x.T @ dout"),),
            ((AFFINE_DX, "dx = dout @ w.T"), (AFFINE_DW, "dw = x.T @ dout")),
        ),
        (
            "one-example-only",
            "dw, or db, or both hold what one example contributes, the first or the last. The gradients of all "
            "examples have to be added up: in a loop with +=, and not with =.",
            ((AFFINE_DW, "dw = np.outer(x[-1], dout[-1])"), (AFFINE_DB, "db = dout[-1]")),
            ((AFFINE_DW, "dw = np.outer(x[-1], dout[-1])"),),
            ((AFFINE_DB, "db = dout[-1]"),),
            ((AFFINE_DB, "db = dout[0]"),),
        ),
        (
            "dw-mean",
            "dw is divided by N. The loss's 1/N is already in dout: every later layer only passes it on.",
            ((AFFINE_DW, "dw = x.reshape(x.shape[0], -1).T @ dout / x.shape[0]"),),
            (
                (AFFINE_DW, "dw = x.reshape(x.shape[0], -1).T @ dout / x.shape[0]"),
                (AFFINE_DB, "db = np.mean(dout, axis=0)"),
            ),
        ),
    ],
    "relu_backward": [
        (
            "overwrites-dout",
            "the numbers are right, but dout, the caller's array, is written to: whoever needs dout again finds it "
            "changed. A second name for an array is not a copy of it. No gradient check sees this.",
            ((RELU, "dx = dout\n    dx[x <= 0] = 0\n    return dx"),),
            ((RELU, "dout[x <= 0] = 0\n    return dout.copy()"),),
        ),
        (
            "overwrites-the-cache",
            "the numbers are right, but the cache is written to: a second backward pass would start from something "
            "else.",
            ((RELU, "x[x <= 0] = 0\n    x[x > 0] = 1\n    return dout * x"),),
            ((RELU, "x[x <= 0] = 0\n    return dout * (x > 0)"),),
            ((RELU, "x[x > 0] = 1\n    x[x <= 0] = 0\n    return dout * x"),),
        ),
        (
            "overwrites-both",
            "the numbers are right, but both dout and the cache, arrays of the caller, are written to. Whoever needs "
            "one of them again finds it changed. Put dx into a new array.",
            ((RELU, "dx = dout\n    dx[x <= 0] = 0\n    x[x <= 0] = 0\n    return dx"),),
            ((RELU, "dout[x <= 0] = 0\n    x[x <= 0] = 0\n    return dout.copy()"),),
        ),
        (
            "x-where-it-is-negative",
            "where x is negative, dx holds x itself. The slope of ReLU is 0 there, so dx has to be 0.",
            ((RELU, "return np.where(x > 0, dout, x)"),),
            ((RELU, "x[x > 0] = dout[x > 0]\n    return x"),),
            ((RELU, "x[x > 0] = dout[x > 0]\n    return x.copy()"),),
        ),
        (
            "mask-from-dout",
            "dout is cut off where dout itself is negative. Which entries pass is decided by the forward pass: by "
            "the sign of x.",
            ((RELU, "return dout * (dout > 0)"),),
            ((RELU, "return np.maximum(dout, 0)"),),
        ),
        (
            "no-mask",
            "dx is dout, unchanged: the slope of ReLU is 0 where x is negative, so nothing passes there.",
            ((RELU, "return dout.copy()"),),
        ),
        (
            "leaky",
            "where x is negative, a small part of dout passes. ReLU is flat there: nothing passes.",
            ((RELU, "return np.where(x > 0, dout, 0.01 * dout)"),),
            ((RELU, "return np.where(x > 0, dout, 0.1 * dout)"),),
        ),
        (
            "mask-of-the-product",
            "the sign of dout times x decides what passes, or that product itself is returned. Which entries pass is "
            "decided by the sign of x alone, and what passes is dout.",
            ((RELU, "return np.maximum(0, dout * x)"),),
            ((RELU, "return dout * (dout * x > 0)"),),
        ),
        (
            "mask-without-dout",
            "this is the local slope, 0 or 1. The chain rule multiplies it by what comes from above, dout.",
            ((RELU, "return (x > 0).astype(float)"),),
        ),
        (
            "times-the-output",
            "dout is multiplied by ReLU's output, max(x, 0). Its slope is asked for: 1 where x is positive.",
            ((RELU, "return dout * np.maximum(x, 0)"),),
        ),
        (
            "sign-as-a-slope",
            "dout changes its sign where x is negative. ReLU is flat there: its slope is 0, not -1.",
            ((RELU, "return dout * np.sign(x)"),),
        ),
        (
            "forward-again",
            "this is ReLU's output, max(x, 0): the forward pass once more, and dout is not in it.",
            ((RELU, "return x * (x > 0)"),),
        ),
        (
            "mask-the-wrong-way-round",
            "dout passes where x is negative, and is stopped where x is positive: the other way round.",
            ((RELU, "return dout * (x < 0)"),),
        ),
    ],
}
