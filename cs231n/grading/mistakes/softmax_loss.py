"""Known mistakes in softmax_loss. `catalogue` explains the table."""

from ...assignment.diagnosis.softmax_rules import (
    CLASSES_FROM_LABELS,
    LOG_OF_EVERY_P,
    LOG_OF_P,
    LOSS_WITHOUT_SHIFT,
    ONE_MAXIMUM,
    PATCHED_LOGARITHM,
)
from .mistake import Table, Variant

# Lines of the library's function that the edits change. PLAIN_LOG is an edit that several mistakes share.
SHIFT = "z = x - np.max(x, axis=1, keepdims=True)"
LOG_P = "log_p = z - np.log(np.sum(np.exp(z), axis=1, keepdims=True))"
PLAIN_LOG = (LOG_P, "log_p = np.log(np.exp(z) / np.sum(np.exp(z), axis=1, keepdims=True))")
LOSS = "loss = -np.mean(log_p[rows, y])"
MINUS_ONE = "dx[rows, y] -= 1"
DX = "dx = np.exp(log_p)"
THROUGH_P_OF_THE_TRUE_CLASS = (
    "p_y, onehot = np.exp(log_p)[rows, y][:, None], np.eye(x.shape[1])[y]\n"
    "    dx = onehot - 1 / p_y * (p_y * (onehot - np.exp(log_p)))"
)
RETURN_LOSS = "return loss, dx / x.shape[0]"


def _add_to_logarithm(number: str) -> Variant:
    """Make the variant that adds a small number inside the logarithm."""
    return ((LOSS, f"loss = -np.mean(np.log(np.exp(log_p[rows, y]) + {number}))"),)


TABLE: Table = {
    "softmax_loss": [
        (
            "no-shift",
            LOSS_WITHOUT_SHIFT,
            ((SHIFT, "z = x"),),
            ((SHIFT, "z = x"), PLAIN_LOG),
        ),
        (
            "one-maximum-for-all-rows",
            ONE_MAXIMUM,
            ((SHIFT, "z = x - np.max(x)"),),
            ((SHIFT, "z = x - np.max(x)"), PLAIN_LOG),
        ),
        (
            "log-of-a-probability",
            LOG_OF_P,
            (PLAIN_LOG,),
            (PLAIN_LOG, (DX, THROUGH_P_OF_THE_TRUE_CLASS)),
        ),
        (
            "log-of-every-probability",
            LOG_OF_EVERY_P,
            (PLAIN_LOG, (LOSS, "loss = -np.sum(np.eye(x.shape[1])[y] * log_p) / x.shape[0]")),
        ),
        (
            "log-of-p-plus-a-bit",
            PATCHED_LOGARITHM,
            *(
                _add_to_logarithm(number)
                for number in ("1e-6", "1e-7", "1e-8", "1e-9", "1e-10", "1e-12", "1e-15", "1e-16", "1e-20")
            ),
        ),
        (
            "shifts-x-in-place",
            "loss and dx are right, but x itself is written to: the caller's scores are changed after the call. Put "
            "the shifted scores into an array of their own.",
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
            "loss-of-one-example",
            "the loss is that of one example only, the first or the last. Add up the losses of all examples: in a "
            "loop, with += before the return, and not with =.",
            ((LOSS, "loss = -log_p[-1, y[-1]]"),),
            ((LOSS, "loss = -log_p[-1, y[-1]] / x.shape[0]"),),
            ((LOSS, "loss = -log_p[0, y[0]]"),),
            ((LOSS, "loss = -log_p[0, y[0]] / x.shape[0]"),),
        ),
        (
            "loss-after-minus-one",
            "the loss is nan, since it takes the logarithm of a negative number, as when 1 was already taken away "
            "from the probabilities of the true classes: a second name for an array is not a copy of it.",
            ((LOSS, "loss = -np.mean(np.log(np.exp(log_p[rows, y]) - 1))"),),
        ),
        (
            "only-the-first-example",
            "loss and dx hold what the first example contributes, and nothing of the others, as when the return stands "
            "inside the loop: the function then ends in the loop's first round.",
            ((LOSS, "loss = -log_p[0, y[0]] / x.shape[0]"), (MINUS_ONE, f"{MINUS_ONE}\n    dx[1:] = 0")),
            ((LOSS, "loss = -log_p[0, y[0]]"), (MINUS_ONE, f"{MINUS_ONE}\n    dx[1:] = 0")),
        ),
        (
            "minus-one-before-the-division",
            "1 is taken from the exponential of the true class before the division by the row's sum. It has to be "
            "taken from the finished probability: p - onehot.",
            ((DX, "dx = np.exp(z)"), (MINUS_ONE, f"{MINUS_ONE}\n    dx /= np.sum(np.exp(z), axis=1, keepdims=True)")),
        ),
        (
            "label-subtracted",
            "the label itself, a number from 0 to C - 1, is taken from every column. It says in which column to "
            "subtract 1: p - onehot.",
            ((MINUS_ONE, "dx -= y[:, None]"),),
        ),
        (
            "binary-cross-entropy",
            "the loss also adds up - log(1 - p) of the other classes. For one true class among many it is - log p of "
            "that class alone.",
            (
                (
                    LOSS,
                    "p, t = np.exp(log_p), np.eye(x.shape[1])[y]\n"
                    "    loss = -np.sum(t * np.log(p) + (1 - t) * np.log(1 - p)) / x.shape[0]",
                ),
            ),
        ),
        (
            "loss-averaged-twice",
            "the loss is divided by N twice. The factor 1/N comes in once.",
            ((LOSS, "loss = -np.mean(log_p[rows, y]) / x.shape[0]"),),
        ),
        (
            "divided-before-minus-one",
            "dx is p / N - onehot, so the 1 of the true class is not averaged. The factor 1/N belongs to the whole of "
            "p - onehot.",
            ((MINUS_ONE, "dx /= x.shape[0]\n    dx[rows, y] -= 1"), (RETURN_LOSS, "return loss, dx")),
        ),
        (
            "no-minus-one",
            "dx is p / N: the gradient of log-sum-exp alone. The true class's own score is missing from it, which is "
            "the onehot in p - onehot.",
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
            "1 is taken from the labels' columns in every row. It has to be taken from one entry per row: each row "
            "has its own label.",
            ((MINUS_ONE, "dx[:, y] -= 1"),),
        ),
        (
            "classes-counted-in-the-labels",
            CLASSES_FROM_LABELS,
            ((MINUS_ONE, "dx = dx - np.eye(len(np.bincount(y)))[y]"),),
        ),
        (
            "class-counts-in-every-row",
            "from every row of dx the numbers of examples of all classes are taken away. Each row has one label: 1 is "
            "taken away there, and nothing elsewhere.",
            ((MINUS_ONE, "dx -= np.bincount(y, minlength=x.shape[1])"),),
            ((MINUS_ONE, "dx -= np.bincount(y)"),),
            ((MINUS_ONE, "dx -= np.bincount(y, minlength=x.shape[1]) / len(y)"),),
            ((MINUS_ONE, "dx -= np.bincount(y) / len(y)"),),
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
            "the 1 / p_y that came from the logarithm.",
            ((RETURN_LOSS, "p = np.exp(log_p)\n    return loss, dx * p * (1 - p) / x.shape[0]"),),
        ),
        (
            "over-the-batch",
            "the probabilities are normalised over the examples, not over the classes: columns sum to 1 where rows "
            "should.",
            ((SHIFT, "z = x - np.max(x, axis=0, keepdims=True)"), (LOG_P, LOG_P.replace("axis=1", "axis=0"))),
            ((LOG_P, LOG_P.replace("axis=1", "axis=0")),),
        ),
        (
            "loss-per-example",
            "the loss is one number per example. The mean over the batch is asked for: a single number.",
            ((LOSS, "loss = -log_p[rows, y]"),),
        ),
        (
            "averaged-over-all-entries",
            "the division is by N times C, the number of all scores. The mean is over the N examples: each of them "
            "has one loss, however many classes there are.",
            ((RETURN_LOSS, "return loss, dx / x.size"),),
            ((LOSS, "loss = -np.sum(log_p[rows, y]) / x.size"),),
            ((LOSS, "loss = -np.sum(log_p[rows, y]) / x.size"), (RETURN_LOSS, "return loss, dx / x.size")),
        ),
        (
            "divided-by-the-number-of-classes",
            "the division is by C, the number of classes. The mean is over the batch: 1/N.",
            ((RETURN_LOSS, "return loss, dx / x.shape[1]"),),
            ((LOSS, "loss = -np.sum(log_p[rows, y]) / x.shape[1]"),),
            ((LOSS, "loss = -np.sum(log_p[rows, y]) / x.shape[1]"), (RETURN_LOSS, "return loss, dx / x.shape[1]")),
        ),
        (
            "plus-one",
            "1 is added at the true class, and has to be taken away: p - onehot. There p is too small as long as it "
            "is below 1, so the gradient is negative, and a step down raises that score.",
            ((MINUS_ONE, "dx[rows, y] += 1"),),
        ),
        (
            "only-the-true-class",
            "dx holds the true classes' entries only. Every score is in the denominator, so every one has a gradient: "
            "p_i for the other classes.",
            ((DX, "dx = np.zeros_like(x)"), (MINUS_ONE, "dx[rows, y] = np.exp(log_p[rows, y]) - 1")),
        ),
        (
            "squared-error",
            "the loss is the squared distance of p from the one-hot target. Cross-entropy is asked for, - log p of "
            "the true class: that is the loss whose gradient is p - onehot.",
            ((LOSS, "loss = np.mean(np.sum((np.exp(log_p) - np.eye(x.shape[1])[y]) ** 2, axis=1))"),),
            ((LOSS, "loss = np.mean(np.sum((np.exp(log_p) - np.eye(x.shape[1])[y]) ** 2, axis=1)) / 2"),),
        ),
        (
            "probability-without-logarithm",
            "the loss is built from the true class's probability itself. Its negative logarithm is asked for.",
            ((LOSS, "loss = -np.mean(np.exp(log_p[rows, y]))"),),
            ((LOSS, "loss = 1 - np.mean(np.exp(log_p[rows, y]))"),),
        ),
        (
            "logarithm-to-another-base",
            "the logarithm has another base than e, so the loss is not in nats and dx is not its gradient.",
            ((LOSS, LOSS + " / np.log(2)"),),
            ((LOSS, LOSS + " / np.log(10)"),),
        ),
    ],
}
