"""Known mistakes in softmax and its Jacobian. `catalogue` explains the table."""

from ...assignment.diagnosis.softmax_rules import ONE_MAXIMUM, SOFTMAX_WITHOUT_SHIFT
from .mistake import Table

# Lines of the library's softmax that the edits change: the exponentials and the probabilities.
E = "e = np.exp(x - np.max(x, axis=1, keepdims=True))"
P = "return e / np.sum(e, axis=1, keepdims=True)"

TABLE: Table = {
    "softmax": [
        (
            "no-shift",
            SOFTMAX_WITHOUT_SHIFT,
            ((E, "e = np.exp(x)"),),
        ),
        (
            "one-maximum-for-all-rows",
            ONE_MAXIMUM,
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
            "the exponentials are divided by the sum over the whole batch, so all examples together have probability "
            "1. Each row has to sum to 1 by itself.",
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
            "the probabilities are right, but x itself is written to: the caller's scores are changed after the call. "
            "Put the shifted scores into an array of their own.",
            ((E, "x -= np.max(x, axis=1, keepdims=True)\n    e = np.exp(x)"),),
        ),
        (
            "shifted-by-the-mean",
            "what is taken away from each row is not its maximum, but something smaller, such as its mean. The "
            "largest score stays positive, and its exponential can still overflow: the shift has to bring the largest "
            "score of every row to 0.",
            ((E, E.replace("np.max", "np.mean")),),
        ),
        (
            "maximum-added",
            "the maximum is added to the scores, and so they grow. It has to be taken away, so that none is above 0.",
            ((E, E.replace("x - ", "x + ")),),
        ),
        (
            "lost-the-column",
            "the maxima or the sums, one per row, have become a flat array of N numbers. Beside an array of shape (N, "
            "C) it counts as a row, one number per class, so it fits only where N and C are equal, and is wrong "
            "there. It has to stay a column, (N, 1).",
            ((E, E.replace(", keepdims=True", "")),),
            ((P, P.replace(", keepdims=True", "")),),
            ((E, E.replace(", keepdims=True", "")), (P, P.replace(", keepdims=True", ""))),
        ),
        (
            "log-softmax",
            "these are the logarithms of the probabilities. The probabilities themselves are asked for: they are "
            "positive and every row sums to 1.",
            ((P, "return np.log(e / np.sum(e, axis=1, keepdims=True))"),),
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
            "and one more term comes in: the derivation's first case.",
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
            "product-added",
            "the product p_i p_j is added, and has to be taken away: raising a score takes probability away from all "
            "other classes, and less than p is left on the diagonal. The rows of J sum to 0.",
            (("J = -p[", "J = p["),),
        ),
        (
            "only-the-first",
            "only the first example, row or entry is filled in, and the rest is 0, as when the return stands inside "
            "the loop: the function then ends in the loop's first round.",
            (("return J", "J[1:] = 0\n    return J"),),
            (("return J", "J[:, 1:] = 0\n    return J"),),
            (("return J", "J[1:] = J[:, 1:] = 0\n    return J"),),
            (("return J", "first = J[0, 0, 0]\n    J[:] = 0\n    J[0, 0, 0] = first\n    return J"),),
        ),
        (
            "product-with-itself",
            "the product is entry by entry, of p with itself, so that column j holds - p_j squared. A flat array is "
            "its own transpose: the outer product has to be asked for, p_i down the rows and p_j along the columns.",
            (("-p[:, :, None] * p[:, None, :]", "np.repeat(-(p**2)[:, None, :], C, axis=1)"),),
        ),
        (
            "product-is-one-number",
            "what is taken away is one number for the whole example, the sum of all p_i squared. The matrix product of "
            "two flat arrays is one number, and a flat array is its own transpose. Needed is their outer product, the "
            "table of all p_i p_j.",
            (("-p[:, :, None] * p[:, None, :]", "np.zeros((len(p), C, C)) - np.sum(p**2, axis=1)[:, None, None]"),),
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
        (
            "one-score-for-all",
            "J[n, i, j] is p_i (1 - p_i) in every column j, as if all scores counted alike. Off the diagonal two "
            "classes meet: p_i and p_j.",
            (("return J", "return np.repeat((p * (1 - p))[:, :, None], C, axis=2)"),),
        ),
    ],
}
