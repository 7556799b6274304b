"""Known mistakes in softmax, its Jacobian and its loss; ``misconceptions.py`` says how to read the table."""

SHIFT = "z = x - np.max(x, axis=1, keepdims=True)"
LOG_P = "log_p = z - np.log(np.sum(np.exp(z), axis=1, keepdims=True))"
LOG_OF_P = (LOG_P, "log_p = np.log(np.exp(z) / np.sum(np.exp(z), axis=1, keepdims=True))")
LOSS = "loss = -np.mean(log_p[rows, y])"
MINUS_ONE = "dx[rows, y] -= 1"
DX = "dx = np.exp(log_p)"
RETURN_LOSS = "return loss, dx / x.shape[0]"


def _patched_log(tiny):
    return ((LOSS, f"loss = -np.mean(np.log(np.exp(log_p[rows, y]) + {tiny}))"),)


E = "e = np.exp(x - np.max(x, axis=1, keepdims=True))"
P = "return e / np.sum(e, axis=1, keepdims=True)"

TABLE = {
    "softmax": [
        (
            "no-shift",
            "the exponentials are taken of the scores as they are. Above about 700 they overflow to inf, and inf / "
            "inf is nan. Softmax does not change when one number is taken from a whole row: look at the section on "
            "shift invariance.",
            ((E, "e = np.exp(x)"),),
        ),
        (
            "one-maximum-for-all-rows",
            "one maximum is taken from the whole batch, not each row's own from that row. A row far below the "
            "largest one then underflows to 0 / 0. The shift has to bring the largest score of every row to 0.",
            ((E, "e = np.exp(x - np.max(x))"),),
        ),
        (
            "over-the-batch",
            "the columns sum to 1, not the rows: the exponentials are divided by a sum over the examples. Each "
            "example has its own distribution over the classes.",
            ((P, "return e / np.sum(e, axis=0, keepdims=True)"),),
            (
                (E, "e = np.exp(x - np.max(x, axis=0, keepdims=True))"),
                (P, "return e / np.sum(e, axis=0, keepdims=True)"),
            ),
        ),
        (
            "one-sum-for-all",
            "the exponentials are divided by the sum over the whole batch, so all examples together have "
            "probability 1. Each row is to sum to 1 by itself.",
            ((P, "return e / np.sum(e)"),),
            ((E, "e = np.exp(x - np.max(x))"), (P, "return e / np.sum(e)")),
        ),
        (
            "not-normalised",
            "these are the exponentials of the shifted scores, before they are divided by their sum: the rows do "
            "not sum to 1.",
            ((P, "return e"),),
        ),
        (
            "shifts-x-in-place",
            "the probabilities are right, but the maximum is taken from x itself: the caller's scores are changed "
            "after the call. Put the shifted scores into an array of their own.",
            ((E, "x -= np.max(x, axis=1, keepdims=True)\n    e = np.exp(x)"),),
        ),
    ],
    "softmax_jacobian": [
        (
            "diagonal-only",
            "this is the derivative p (1 - p) on the diagonal and 0 elsewhere, as if softmax were elementwise. "
            "Every score is in every denominator, so each one moves all probabilities: the entries off the "
            "diagonal are not 0.",
            (("J = -p[:, :, None] * p[:, None, :]", "J = np.zeros((p.shape[0], C, C))"), ("+= p", "+= p * (1 - p)")),
        ),
        (
            "elementwise",
            "this is p (1 - p), one derivative per entry, as if softmax were elementwise. Every score is in every "
            "denominator of its row, so each example has a whole C x C matrix of derivatives.",
            (("return J", "return p * (1 - p)"),),
        ),
        (
            "diagonal-of-p",
            "this is p on the diagonal and 0 elsewhere: the term - p_i p_j is missing. It comes from the denominator, "
            "and belongs to every entry, those of the diagonal too.",
            (("J = -p[:, :, None] * p[:, None, :]", "J = np.zeros((p.shape[0], C, C))"),),
        ),
        (
            "diagonal-sign",
            "the p on the diagonal has the wrong sign: raising a score raises its own probability, so the diagonal "
            "is p (1 - p), and positive.",
            (("+= p", "-= p"),),
        ),
        (
            "no-diagonal",
            "this is - p_i p_j everywhere. On the diagonal, where i = j, the numerator depends on the score too, "
            "and one more term comes in: look at the derivation's first case.",
            (("J[:, np.arange(C), np.arange(C)] += p", "pass"),),
        ),
        (
            "sign",
            "every entry has the wrong sign: raising a score raises its own probability, so the diagonal is positive.",
            (("J = -p[", "J = p["), ("+= p", "-= p")),
        ),
        (
            "off-diagonal-sign",
            "the entries off the diagonal have the wrong sign. Raising one score takes probability away from all "
            "other classes: the rows of J sum to 0.",
            (("J = -p[:, :, None] * p[:, None, :]", "J = p[:, :, None] * p[:, None, :]"), ("+= p", "+= p - 2 * p**2")),
        ),
        (
            "diagonal-is-p",
            "the diagonal holds p, and should hold p (1 - p): the term - p_i p_j belongs to the diagonal as well.",
            (("+= p", "= p"),),
        ),
        (
            "summed-over-examples",
            "this is one C x C matrix, the sum over all examples. Each example has a Jacobian of its own: N matrices.",
            (("return J", "return J.sum(axis=0)"),),
        ),
    ],
    "softmax_loss": [
        (
            "no-shift",
            "the exponentials are taken of the scores as they are. Above about 700 they overflow to inf, and the "
            "loss becomes nan or inf. Take each row's maximum away first: the section on shift invariance says why "
            "nothing else changes.",
            ((SHIFT, "z = x"),),
            ((SHIFT, "z = x"), LOG_OF_P),
        ),
        (
            "one-maximum-for-all-rows",
            "one maximum is taken from the whole batch, not each row's own from that row. Rows far below the "
            "largest one underflow: every exponential in them is 0, and so is their sum.",
            ((SHIFT, "z = x - np.max(x)"),),
            ((SHIFT, "z = x - np.max(x)"), LOG_OF_P),
        ),
        (
            "log-of-a-probability",
            "the logarithm is taken of the finished probability. When the true class lies about 745 below the "
            "maximum, that probability underflows to 0 and the loss is inf, although the true loss is only about "
            "745. Log-sum-exp takes the logarithm of the quotient apart before anything can underflow.",
            (LOG_OF_P,),
        ),
        (
            "log-of-p-plus-a-bit",
            "a small number is added inside the logarithm. The loss stays finite, but it is wrong: it can never "
            "exceed the logarithm of one over that number, and it is no longer the loss whose gradient dx is. "
            "Log-sum-exp needs no patch.",
            *(
                _patched_log(tiny)
                for tiny in ("1e-6", "1e-7", "1e-8", "1e-9", "1e-10", "1e-12", "1e-15", "1e-16", "1e-20")
            ),
        ),
        (
            "shifts-x-in-place",
            "loss and dx are right, but the maximum is taken from x itself: the caller's scores are changed after "
            "the call. Put the shifted scores into an array of their own.",
            ((SHIFT, "x -= np.max(x, axis=1, keepdims=True)\n    z = x"),),
        ),
        (
            "loss-not-averaged",
            "dx is right, but the loss is the sum over the batch, and the mean is asked for: the loss's 1/N is "
            "missing.",
            ((LOSS, "loss = -np.sum(log_p[rows, y])"),),
        ),
        (
            "dx-not-averaged",
            "the loss is the mean over the batch, so its gradient has a factor 1/N as well, and dx lacks it.",
            ((RETURN_LOSS, "return loss, dx"),),
        ),
        (
            "nothing-averaged",
            "loss and dx are those of the sum over the batch. The mean is asked for: 1/N in both.",
            ((LOSS, "loss = -np.sum(log_p[rows, y])"), (RETURN_LOSS, "return loss, dx")),
        ),
        (
            "dx-averaged-twice",
            "dx is divided by N twice. The factor 1/N comes in once, with the mean in the loss.",
            ((RETURN_LOSS, "return loss, dx / x.shape[0] ** 2"),),
        ),
        (
            "loss-averaged-twice",
            "the loss is divided by N twice. The factor 1/N comes in once.",
            ((LOSS, "loss = -np.mean(log_p[rows, y]) / x.shape[0]"),),
        ),
        (
            "divided-before-minus-one",
            "dx is divided by N before 1 is taken from the true class, so that the 1 is not averaged: the 1/N "
            "belongs to the whole of p - onehot.",
            ((MINUS_ONE, "dx /= x.shape[0]\n    dx[rows, y] -= 1"), (RETURN_LOSS, "return loss, dx")),
        ),
        (
            "no-minus-one",
            "dx is p / N: the gradient of log-sum-exp alone. The true class's own score is missing from it, which "
            "is the onehot in p - onehot.",
            ((MINUS_ONE, "pass"),),
        ),
        (
            "minus-one-in-the-wrong-column",
            "1 is taken from one column per row, but not from the column of the true class.",
            ((MINUS_ONE, "dx[rows, y - 1] -= 1"),),
            ((MINUS_ONE, "dx[rows, 0] -= 1"),),
            ((MINUS_ONE, "dx[rows, -1] -= 1"),),
            ((MINUS_ONE, "dx[rows, np.argmax(x, axis=1)] -= 1"),),
        ),
        (
            "minus-one-in-every-row",
            "1 is taken from the labels' columns in every row. One entry per row is meant: each row index is "
            "paired with that row's own label.",
            ((MINUS_ONE, "dx[:, y] -= 1"),),
        ),
        (
            "exp-forgotten",
            "dx is built from log p, or from the scores: the exponential is forgotten. The probabilities themselves "
            "are asked for, in p - onehot.",
            ((DX, "dx = log_p.copy()"),),
            ((DX, "dx = z.copy()"),),
            ((DX, "dx = x.copy()"),),
        ),
        (
            "dx-not-normalised",
            "dx is built from the exponentials before they are divided by their row's sum. The probabilities are "
            "asked for, in p - onehot.",
            ((DX, "dx = np.exp(z)"),),
        ),
        (
            "p-of-the-true-class-everywhere",
            "every column of a row holds the probability of the true class. Column i of dx is built from p_i, its "
            "own class's probability.",
            ((DX, "dx = np.repeat(np.exp(log_p[rows, y])[:, None], x.shape[1], axis=1)"),),
        ),
        (
            "sum-over-all-classes",
            "the loss adds up - log p over all classes. The target is 1 at the true class and 0 elsewhere, so only "
            "one of these terms is left per example.",
            ((LOSS, "loss = -np.mean(np.sum(log_p, axis=1))"),),
        ),
        (
            "sign-of-the-loss",
            "dx is right, but the loss has the wrong sign: log p is never positive, so the loss, - log p, is never "
            "negative.",
            ((LOSS, "loss = np.mean(log_p[rows, y])"),),
        ),
        (
            "sign-of-dx",
            "dx is onehot - p: the direction in which the loss falls. The gradient points to where it rises.",
            ((RETURN_LOSS, "return loss, -dx / x.shape[0]"),),
        ),
        (
            "extra-derivative",
            "p - onehot is multiplied by p (1 - p). That f'(z) is already in it: the Jacobian of softmax cancelled "
            "the 1 / p_y that came from the logarithm. The section on where f'(z) went shows the cancellation.",
            ((RETURN_LOSS, "p = np.exp(log_p)\n    return loss, dx * p * (1 - p) / x.shape[0]"),),
        ),
        (
            "over-the-batch",
            "the probabilities are normalised over the examples, not over the classes: columns sum to 1 where rows "
            "should.",
            ((SHIFT, "z = x - np.max(x, axis=0, keepdims=True)"), (LOG_P, LOG_P.replace("axis=1", "axis=0"))),
            ((LOG_P, LOG_P.replace("axis=1", "axis=0")),),
        ),
    ],
}
