"""What the tables of the three backward passes of batch norm share: their rows, and the lines that all three have."""

from .batchnorm_backward_sentences import SENTENCES
from .mistake import Row, Variant

EPS_OF_ITS_OWN = ("1e-5", "1e-8", "1e-7", "1e-4")  # numbers that students write in place of eps


def make_rows(**variants_by_name: list[Variant]) -> list[Row]:
    """Make rows of the table with the shared sentences. A name has underscores here and hyphens in the table."""
    names = {name.replace("_", "-"): variants for name, variants in variants_by_name.items()}
    return [(name, SENTENCES[name], *variants) for name, variants in names.items()]


# The lines of dgamma and dbeta. All three functions have them, so these variants are the same for all.
S_DGAMMA = "dgamma = np.sum(dout * x_hat, axis=0)"
S_DBETA = "dbeta = np.sum(dout, axis=0)"
F_RETURN = "return dx, dgamma, dbeta"  # not in the staged one
UNPACK = "x, gamma, beta, var, mu, x_hat, eps = cache"
KEEPDIMS = ("axis=0)", "axis=0, keepdims=True)")
AXIS_BY_SIZE = ("axis=0", "axis=1 if len(gamma) == N else 0")
WITHOUT_AXIS = (", axis=0", "")


def edit_both(old: str, new: str) -> list[Variant]:
    """Make three variants: the same replacement in the lines of dgamma and dbeta, and in either one."""
    gamma, beta = (S_DGAMMA, S_DGAMMA.replace(old, new)), (S_DBETA, S_DBETA.replace(old, new))
    return [(gamma, beta), (gamma,), (beta,)]


EXTRA_AXIS = edit_both(*KEEPDIMS)
SUMS_ALONG_ROWS = edit_both("=0", "=1")
SUMS_OF_EVERYTHING = edit_both(*WITHOUT_AXIS)
SUMS_BY_SIZE = edit_both(*AXIS_BY_SIZE)
GAMMA_IN_SUMS = edit_both("dout", "dout * gamma")
MEANS_FOR_SUMS = edit_both("np.sum", "np.mean")
MISSING_SUMS: list[Variant] = [
    ((S_DGAMMA, "dgamma = dout * x_hat"), (S_DBETA, "dbeta = 1 * dout")),
    ((S_DGAMMA, "dgamma = dout * x_hat"),),
    ((S_DBETA, "dbeta = 1 * dout"),),
]
