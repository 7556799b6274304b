"""Known mistakes in the backward passes of batch norm; ``misconceptions.py`` says how to read the table.

The sentences are shared by the staged version, the formulas and the closed form.
"""

SAY = {
    "elementwise": (
        "this takes batch norm as if it acted on every entry alone. The mean and the variance depend on all rows, "
        "so x reaches the loss by three paths, and the two by way of mu and var are missing: the Jacobian is not "
        "diagonal."
    ),
    "mean-constant": (
        "the path by way of mu is missing: the mean is taken as a constant, but it moves with every x. With it, "
        "the sum of dx over the batch is 0."
    ),
    "var-constant": (
        "the path by way of var is missing: the variance is taken as a constant, but it moves with every x."
    ),
    "rows": (
        "the numbers are right, but dgamma and dbeta have shape (1, D): one axis too many. They are to have the "
        "shape of gamma and beta, (D,), or the optimizer's update would change theirs."
    ),
    "means": (
        "dgamma and dbeta are means over the batch. gamma and beta are shared by all rows, so what arrives from "
        "the rows is summed: a broadcast forward is a sum backward. The loss's 1/N is in dout already."
    ),
    "gamma": (
        "gamma is missing on the way from out to x_hat: out = gamma * x_hat + beta, so dx_hat has gamma as a factor."
    ),
    "eps-dropped": (
        "eps is missing in one factor of the variance's path. The forward pass has var + eps under the root, so "
        "every power of it in the backward pass has it too. At eps = 1e-5 nobody notices."
    ),
    "eps-nowhere": (
        "eps is missing everywhere: a feature that is constant over the batch then divides by 0. It stands beside "
        "var, under the root, in every factor."
    ),
    "eps-outside": (
        "eps is added to the root, not to the variance under it: the forward pass that this belongs to is another one."
    ),
    "sign-var": (
        "the variance's path has the wrong sign: a larger variance makes x_hat smaller, so a minus comes from the "
        "derivative of the inverse root."
    ),
    "sign-mean": "the mean's path has the wrong sign: x - mu falls when mu rises.",
    "half": (
        "the variance's path is off by a factor of 2: the 2 from the derivative of the square and the 1/2 from "
        "that of the root both come in, and cancel in the end."
    ),
    "n-var": "the variance is a mean over the batch, so its path has a factor 1/N, and here it is missing.",
    "n-mean": "the mean's path lacks its factor 1/N: mu is a mean over the batch.",
    "n-both": "the 1/N of the mean and the 1/N of the variance are both missing.",
    "power": (
        "the power of the standard deviation is wrong in the variance's path: the derivative of var + eps to the "
        "power -1/2 has the power -3/2."
    ),
    "x-for-x-hat": (
        "dgamma is computed with x, or x - mu, in place of x_hat. gamma multiplies x_hat in the forward pass, so "
        "x_hat is its local derivative."
    ),
    "writes-dout": (
        "dout is overwritten: a second name for an array is not a copy, and the caller's dout is changed after the "
        "call."
    ),
    "writes-cache": "the cache is written to: x_hat, or another array of the forward pass, is changed after the call.",
    "swapped": "dgamma and dbeta are right, but in each other's place.",
    "not-summed": (
        "a sum over the batch is missing: mu and var are one number per feature, shared by all rows, so their "
        "gradients sum over the rows."
    ),
}


def _rows(**variants):
    """Rows of the table with shared sentences: names in Python's spelling to lists of variants."""
    return [(name.replace("_", "-"), SAY[name.replace("_", "-")], *edits) for name, edits in variants.items()]


S_DX = "dx = dx1 + dx2"
S_DXMU = "dxmu = dxmu1 + dxmu2"
S_DGAMMA = "dgamma = np.sum(dout * x_hat, axis=0)"
S_DBETA = "dbeta = np.sum(dout, axis=0)"
S_DX_HAT = "dx_hat = dout * gamma"
S_DSTD = "dstd = -dinv_std / std**2"
S_DVAR = "dvar = dstd / (2 * std)"
S_DSQ = "dsq = np.ones_like(dout) * dvar / N"
S_DXMU2 = "dxmu2 = 2 * xmu * dsq"
S_DMU = "dmu = -np.sum(dxmu, axis=0)"
S_DX2 = "dx2 = np.ones_like(dout) * dmu / N"
KEEP = ("axis=0)", "axis=0, keepdims=True)")

# The staged version and the formulas compute dgamma and dbeta by the same two lines, which go wrong alike.
ROWS = [
    ((S_DGAMMA, S_DGAMMA.replace(*KEEP)), (S_DBETA, S_DBETA.replace(*KEEP))),
    ((S_DGAMMA, S_DGAMMA.replace(*KEEP)),),
    ((S_DBETA, S_DBETA.replace(*KEEP)),),
]
MEANS = [((S_DGAMMA, "dgamma = np.mean(dout * x_hat, axis=0)"), (S_DBETA, "dbeta = np.mean(dout, axis=0)"))]

STAGED = _rows(
    elementwise=[((S_DX, "dx = dxmu1"),)],
    mean_constant=[((S_DX, "dx = dx1"),), ((S_DX2, "dx2 = np.zeros_like(dout)"),)],
    var_constant=[((S_DXMU, "dxmu = dxmu1"),), ((S_DXMU2, "dxmu2 = np.zeros_like(dout)"),)],
    rows=ROWS,
    means=MEANS,
    gamma=[((S_DX_HAT, "dx_hat = 1 * dout"),)],
    eps_dropped=[((S_DVAR, "dvar = dstd / (2 * np.sqrt(var))"),), ((S_DSTD, "dstd = -dinv_std / var"),)],
    eps_nowhere=[(("np.sqrt(var + eps)", "np.sqrt(var)"),)],
    eps_outside=[(("np.sqrt(var + eps)", "np.sqrt(var) + eps"),)],
    sign_var=[((S_DSTD, "dstd = dinv_std / std**2"),)],
    sign_mean=[((S_DMU, "dmu = np.sum(dxmu, axis=0)"),)],
    half=[((S_DVAR, "dvar = dstd / std"),), ((S_DXMU2, "dxmu2 = xmu * dsq"),)],
    n_var=[((S_DSQ, "dsq = np.ones_like(dout) * dvar"),)],
    n_mean=[((S_DX2, "dx2 = np.ones_like(dout) * dmu"),)],
    n_both=[((S_DSQ, "dsq = np.ones_like(dout) * dvar"), (S_DX2, "dx2 = np.ones_like(dout) * dmu"))],
    power=[((S_DSTD, "dstd = -dinv_std / std"),)],
    x_for_x_hat=[
        ((S_DGAMMA, "dgamma = np.sum(dout * x, axis=0)"),),
        ((S_DGAMMA, "dgamma = np.sum(dout * xmu, axis=0)"),),
    ],
    writes_dout=[((S_DX_HAT, "dx_hat = dout\n    dx_hat *= gamma"),)],
    writes_cache=[((S_DX, "dx = dx1 + dx2\n    x_hat *= 0"),)],
)

F_DVAR = "dvar = np.sum(dx_hat * xmu, axis=0) * -0.5 * inv_std**3"
F_DMU = "dmu = -np.sum(dx_hat, axis=0) * inv_std  # the paper's second term is identically zero"
F_DX = "dx = dx_hat * inv_std + dvar * 2 * xmu / N + dmu / N"
F_RETURN = "return dx, dgamma, dbeta"
INV_STD = "1 / np.sqrt(var + eps)"

FORMULAS = _rows(
    elementwise=[((F_DX, "dx = dx_hat * inv_std"),)],
    mean_constant=[((F_DX, "dx = dx_hat * inv_std + dvar * 2 * xmu / N"),)],
    var_constant=[((F_DX, "dx = dx_hat * inv_std + dmu / N"),)],
    rows=ROWS,
    means=MEANS,
    gamma=[((S_DX_HAT, "dx_hat = 1 * dout"),)],
    eps_dropped=[
        ((F_DVAR, F_DVAR.replace("inv_std**3", "var**-1.5")),),
        ((F_DVAR, F_DVAR.replace("inv_std**3", "inv_std / var")),),
    ],
    eps_nowhere=[((INV_STD, "1 / np.sqrt(var)"),)],
    eps_outside=[((INV_STD, "1 / (np.sqrt(var) + eps)"),)],
    sign_var=[((F_DVAR, F_DVAR.replace("-0.5", "0.5")),)],
    sign_mean=[((F_DMU, F_DMU.replace("-np.sum", "np.sum")),)],
    half=[((F_DVAR, F_DVAR.replace("* -0.5", "* -1")),), ((F_DX, F_DX.replace("dvar * 2", "dvar")),)],
    n_var=[((F_DX, F_DX.replace("xmu / N", "xmu")),)],
    n_mean=[((F_DX, F_DX.replace("dmu / N", "dmu")),)],
    n_both=[((F_DX, F_DX.replace(" / N", "")),)],
    power=[((F_DVAR, F_DVAR.replace("**3", "**2")),), ((F_DVAR, F_DVAR.replace("**3", "")),)],
    x_for_x_hat=[
        ((S_DGAMMA, "dgamma = np.sum(dout * x, axis=0)"),),
        ((S_DGAMMA, "dgamma = np.sum(dout * xmu, axis=0)"),),
    ],
    writes_dout=[
        ((S_DX_HAT, "dx_hat = dout\n    dx_hat *= gamma"),),
        (
            (S_DGAMMA, "pass"),
            (S_DBETA, "pass"),
            (S_DX_HAT, f"{S_DGAMMA}\n    {S_DBETA}\n    dx_hat = dout\n    dx_hat *= gamma"),
        ),
    ],
    writes_cache=[((F_RETURN, "x_hat *= 0\n    return dx, dgamma, dbeta"),)],
    swapped=[((F_RETURN, "return dx, dbeta, dgamma"),)],
    not_summed=[
        ((F_DVAR, F_DVAR.replace("np.sum(dx_hat * xmu, axis=0)", "dx_hat * xmu")),),
        ((F_DMU, F_DMU.replace("np.sum(dx_hat, axis=0)", "dx_hat")),),
        (
            (F_DVAR, F_DVAR.replace("np.sum(dx_hat * xmu, axis=0)", "dx_hat * xmu")),
            (F_DMU, F_DMU.replace("np.sum(dx_hat, axis=0)", "dx_hat")),
        ),
    ],
)

C_DX = "dx = gamma / np.sqrt(var + eps) * (dout - dbeta / N - x_hat * (dgamma / N))"

CLOSED_FORM = _rows(
    elementwise=[((C_DX, "dx = gamma / np.sqrt(var + eps) * dout"),)],
    mean_constant=[((C_DX, C_DX.replace(" - dbeta / N", "")),)],
    var_constant=[((C_DX, C_DX.replace(" - x_hat * (dgamma / N)", "")),)],
    gamma=[((C_DX, C_DX.replace("gamma / np.sqrt", "1 / np.sqrt")),)],
    eps_nowhere=[((C_DX, C_DX.replace("var + eps", "var")),)],
    eps_outside=[((C_DX, C_DX.replace("np.sqrt(var + eps)", "(np.sqrt(var) + eps)")),)],
    sign_var=[((C_DX, C_DX.replace("- x_hat", "+ x_hat")),)],
    sign_mean=[((C_DX, C_DX.replace("- dbeta", "+ dbeta")),)],
    half=[((C_DX, C_DX.replace("- x_hat", "- 2 * x_hat")),), ((C_DX, C_DX.replace("- x_hat", "- 0.5 * x_hat")),)],
    n_var=[((C_DX, C_DX.replace("dgamma / N", "dgamma")),)],
    n_mean=[((C_DX, C_DX.replace("dbeta / N", "dbeta")),)],
    n_both=[((C_DX, C_DX.replace(" / N", "")),)],
    x_for_x_hat=[
        ((S_DGAMMA, "dgamma = np.sum(dout * x, axis=0)"),),
        ((S_DGAMMA, "dgamma = np.sum(dout * (x - mu), axis=0)"),),
    ],
    power=[
        ((C_DX, C_DX.replace("x_hat *", "(x - mu) *")),),
        ((C_DX, C_DX.replace("np.sqrt(var + eps)", "(var + eps)")),),
    ],
    writes_dout=[
        ((C_DX, "dout -= dbeta / N\n    dout -= x_hat * (dgamma / N)\n    dx = gamma / np.sqrt(var + eps) * dout"),)
    ],
    writes_cache=[((C_DX, "x_hat *= dgamma / N\n    dx = gamma / np.sqrt(var + eps) * (dout - dbeta / N - x_hat)"),)],
)

TABLE = {
    "batchnorm_backward_staged": STAGED,
    "batchnorm_backward": FORMULAS,
    "batchnorm_backward_alt": CLOSED_FORM,
}
