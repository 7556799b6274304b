"""Known mistakes in the backward passes of batch norm. `catalogue` explains the table.

The staged version, the formulas and the closed form share the names of mistakes and the sentences.
"""

from .batchnorm_backward_sentences import SENTENCES
from .mistake import Row, Table, Variant


def _make_rows(**variants_by_name: list[Variant]) -> list[Row]:
    """Make rows of the table with the shared sentences. A name has underscores here and hyphens in the table."""
    names = {name.replace("_", "-"): variants for name, variants in variants_by_name.items()}
    return [(name, SENTENCES[name], *variants) for name, variants in names.items()]


# S_...: lines of batchnorm_backward_staged that the edits change, named after what they compute.
S_DX = "dx = dx1 + dx2"
S_DXMU = "dxmu = dxmu1 + dxmu2"
S_DGAMMA = "dgamma = np.sum(dout * x_hat, axis=0)"
S_DBETA = "dbeta = np.sum(dout, axis=0)"
S_DX_HAT = "dx_hat = dout * gamma"
S_DINV_STD = "dinv_std = np.sum(dx_hat * xmu, axis=0)"
S_DXMU1 = "dxmu1 = dx_hat / std"
S_DSTD = "dstd = -dinv_std / std**2"
S_DVAR = "dvar = dstd / (2 * std)"
S_DSQ = "dsq = np.ones_like(dout) * dvar / N"
S_DXMU2 = "dxmu2 = 2 * xmu * dsq"
S_DMU = "dmu = -np.sum(dxmu, axis=0)"
S_DX2 = "dx2 = np.ones_like(dout) * dmu / N"
KEEPDIMS = ("axis=0)", "axis=0, keepdims=True)")

# All three functions compute dgamma and dbeta by the same two lines, so these variants are the same for all.
EXTRA_AXIS = [
    ((S_DGAMMA, S_DGAMMA.replace(*KEEPDIMS)), (S_DBETA, S_DBETA.replace(*KEEPDIMS))),
    ((S_DGAMMA, S_DGAMMA.replace(*KEEPDIMS)),),
    ((S_DBETA, S_DBETA.replace(*KEEPDIMS)),),
]
SUMS_ALONG_ROWS = [
    ((S_DGAMMA, S_DGAMMA.replace("=0", "=1")), (S_DBETA, S_DBETA.replace("=0", "=1"))),
    ((S_DGAMMA, S_DGAMMA.replace("=0", "=1")),),
    ((S_DBETA, S_DBETA.replace("=0", "=1")),),
]
MISSING_SUMS = [
    ((S_DGAMMA, "dgamma = dout * x_hat"), (S_DBETA, "dbeta = 1 * dout")),
    ((S_DGAMMA, "dgamma = dout * x_hat"),),
    ((S_DBETA, "dbeta = 1 * dout"),),
]
GAMMA_IN_SUMS = [
    ((S_DGAMMA, S_DGAMMA.replace("dout", "dout * gamma")), (S_DBETA, S_DBETA.replace("dout", "dout * gamma"))),
    ((S_DGAMMA, S_DGAMMA.replace("dout", "dout * gamma")),),
    ((S_DBETA, S_DBETA.replace("dout", "dout * gamma")),),
]
MEANS_FOR_SUMS: list[Variant] = [
    ((S_DGAMMA, "dgamma = np.mean(dout * x_hat, axis=0)"), (S_DBETA, "dbeta = np.mean(dout, axis=0)"))
]

STAGED = _make_rows(
    elementwise=[((S_DX, "dx = dxmu1"),)],
    mean_constant=[((S_DX, "dx = dx1"),), ((S_DX2, "dx2 = np.zeros_like(dout)"),)],
    var_constant=[((S_DXMU, "dxmu = dxmu1"),), ((S_DXMU2, "dxmu2 = np.zeros_like(dout)"),)],
    rows=EXTRA_AXIS,
    means=MEANS_FOR_SUMS,
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
    power=[
        ((S_DSTD, "dstd = -dinv_std / std"),),
        ((S_DSTD, "dstd = -dinv_std / std**3"),),
        ((S_DSTD, "dstd = -dinv_std * std**2"),),
        ((S_DVAR, "dvar = dstd * std / 2"),),
    ],
    x_for_x_hat=[
        ((S_DGAMMA, "dgamma = np.sum(dout * x, axis=0)"),),
        ((S_DGAMMA, "dgamma = np.sum(dout * xmu, axis=0)"),),
    ],
    writes_dout=[((S_DX_HAT, "dx_hat = dout\n    dx_hat *= gamma"),)],
    writes_cache=[((S_DX, "dx = dx1 + dx2\n    x_hat *= 0"),)],
    swapped=[(('"dbeta": dbeta, "dgamma": dgamma', '"dbeta": dgamma, "dgamma": dbeta'),)],
    not_summed=[
        ((S_DINV_STD, "dinv_std = dx_hat * xmu"),),
        ((S_DMU, "dmu = -dxmu"),),
        ((S_DINV_STD, "dinv_std = dx_hat * xmu"), (S_DMU, "dmu = -dxmu")),
    ],
    dgamma_not_summed=MISSING_SUMS,
    along_the_rows=SUMS_ALONG_ROWS,
    gamma_in_dgamma=GAMMA_IN_SUMS,
    gamma_one_path=[((S_DINV_STD, S_DINV_STD.replace("dx_hat", "dout")),), ((S_DXMU1, "dxmu1 = dout / std"),)],
    sign=[((S_DX, "dx = -(dx1 + dx2)"),)],
    x_for_xmu=[
        ((S_DINV_STD, S_DINV_STD.replace("xmu", "x")),),
        ((S_DXMU2, "dxmu2 = 2 * x * dsq"),),
        ((S_DINV_STD, S_DINV_STD.replace("xmu", "x")), (S_DXMU2, "dxmu2 = 2 * x * dsq")),
    ],
    n_twice=[
        ((S_DINV_STD, S_DINV_STD.replace("sum", "mean")), (S_DMU, S_DMU.replace("sum", "mean"))),
        ((S_DINV_STD, S_DINV_STD.replace("sum", "mean")),),
        ((S_DMU, S_DMU.replace("sum", "mean")),),
    ],
    n_minus_one=[((S_DSQ, S_DSQ.replace("N", "(N - 1)")),), ((S_DX2, S_DX2.replace("N", "(N - 1)")),)],
    n_features=[(("N, xmu, std = x.shape[0]", "N, xmu, std = x.shape[1]"),)],
    times_std=[((S_DXMU1, "dxmu1 = dx_hat * std"),)],
    xmu_lost=[((S_DXMU2, "dxmu2 = 2 * dsq"),), ((S_DXMU2, "dxmu2 = dsq"),)],
)

# A student may compute as in the staged version but return only dx, dgamma and dbeta. Then some mistakes of the staged
# version have the effect of another mistake, or none (None). The keys are a mistake's name and a variant's number.
# With xmu-lost, dxmu2 is the same in every row. The path through the mean subtracts it again, so nothing of the path
# through the variance is left. With x-for-xmu, the error in dxmu2 is the same in every row, so it vanishes.
IN_ONE_PIECE = {
    ("xmu-lost", 0): "var-constant",
    ("xmu-lost", 1): "var-constant",
    ("x-for-xmu", 1): None,
}

# F_...: lines of batchnorm_backward, the formulas of the paper, that the edits change.
F_DVAR = "dvar = np.sum(dx_hat * xmu, axis=0) * -0.5 * inv_std**3"
F_DMU = "dmu = -np.sum(dx_hat, axis=0) * inv_std  # the paper's second term is identically zero"
F_DX = "dx = dx_hat * inv_std + dvar * 2 * xmu / N + dmu / N"
F_RETURN = "return dx, dgamma, dbeta"
INV_STD = "1 / np.sqrt(var + eps)"

FORMULAS = _make_rows(
    elementwise=[((F_DX, "dx = dx_hat * inv_std"),)],
    mean_constant=[((F_DX, "dx = dx_hat * inv_std + dvar * 2 * xmu / N"),)],
    var_constant=[((F_DX, "dx = dx_hat * inv_std + dmu / N"),)],
    rows=EXTRA_AXIS,
    means=MEANS_FOR_SUMS,
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
    dgamma_not_summed=MISSING_SUMS,
    along_the_rows=SUMS_ALONG_ROWS,
    gamma_in_dgamma=GAMMA_IN_SUMS,
    gamma_one_path=[
        ((F_DVAR, F_DVAR.replace("dx_hat", "dout")),),
        ((F_DMU, F_DMU.replace("dx_hat", "dout")),),
        ((F_DX, F_DX.replace("dx_hat", "dout")),),
    ],
    sign=[((F_RETURN, "return -dx, dgamma, dbeta"),)],
    x_for_xmu=[
        ((F_DVAR, F_DVAR.replace("xmu", "x")),),
        ((F_DX, F_DX.replace("xmu", "x")),),
        ((F_DVAR, F_DVAR.replace("xmu", "x")), (F_DX, F_DX.replace("xmu", "x"))),
    ],
    n_twice=[
        ((F_DVAR, F_DVAR.replace("np.sum", "np.mean")), (F_DMU, F_DMU.replace("np.sum", "np.mean"))),
        ((F_DVAR, F_DVAR.replace("np.sum", "np.mean")),),
        ((F_DMU, F_DMU.replace("np.sum", "np.mean")),),
    ],
    n_minus_one=[
        ((F_DX, F_DX.replace("N", "(N - 1)")),),
        ((F_DX, F_DX.replace("xmu / N", "xmu / (N - 1)")),),
        ((F_DX, F_DX.replace("dmu / N", "dmu / (N - 1)")),),
    ],
    n_features=[(("N, xmu, inv_std = x.shape[0]", "N, xmu, inv_std = x.shape[1]"),)],
    times_std=[((F_DX, F_DX.replace("dx_hat * inv_std", "dx_hat / inv_std")),)],
    xmu_lost=[((F_DX, F_DX.replace(" * xmu", "")),), ((F_DX, F_DX.replace(" * 2 * xmu", "")),)],
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

# C_...: the line of batchnorm_backward_alt, the closed form, that the edits change.
C_DX = "dx = gamma / np.sqrt(var + eps) * (dout - dbeta / N - x_hat * (dgamma / N))"

CLOSED_FORM = _make_rows(
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
    rows=EXTRA_AXIS,
    means=MEANS_FOR_SUMS,
    swapped=[((F_RETURN, "return dx, dbeta, dgamma"),)],
    not_summed=[
        ((C_DX, C_DX.replace("dgamma", "(dout * x_hat)")),),
        ((C_DX, C_DX.replace("dbeta", "dout")),),
        ((C_DX, C_DX.replace("dgamma", "(dout * x_hat)").replace("dbeta", "dout")),),
    ],
    dgamma_not_summed=MISSING_SUMS,
    along_the_rows=SUMS_ALONG_ROWS,
    gamma_in_dgamma=GAMMA_IN_SUMS,
    gamma_one_path=[
        ((C_DX, C_DX.replace("gamma / np", "1 / np").replace("(dout -", "(gamma * dout -")),),
        ((C_DX, C_DX.replace("dbeta", "dbeta / gamma")),),
        ((C_DX, C_DX.replace("* (dgamma", "/ gamma * (dgamma")),),
    ],
    sign=[((F_RETURN, "return -dx, dgamma, dbeta"),)],
    x_for_xmu=[((C_DX, C_DX.replace("- x_hat *", "- x / np.sqrt(var + eps) *")),)],
    n_twice=[
        ((C_DX, C_DX.replace(" / N", " / N**2")),),
        ((C_DX, C_DX.replace("dgamma / N", "dgamma / N**2")),),
        ((C_DX, C_DX.replace("dbeta / N", "dbeta / N**2")),),
    ],
    n_minus_one=[
        ((C_DX, C_DX.replace("/ N", "/ (N - 1)")),),
        ((C_DX, C_DX.replace("dgamma / N", "dgamma / (N - 1)")),),
        ((C_DX, C_DX.replace("dbeta / N", "dbeta / (N - 1)")),),
    ],
    n_features=[(("N = dout.shape[0]", "N = dout.shape[1]"),)],
    times_std=[((C_DX, C_DX.replace("gamma / np.sqrt", "gamma * np.sqrt")),)],
    xmu_lost=[((C_DX, C_DX.replace("x_hat * (dgamma / N)", "dgamma / N")),)],
    power=[
        ((C_DX, C_DX.replace("x_hat *", "(x - mu) *")),),
        ((C_DX, C_DX.replace("np.sqrt(var + eps)", "(var + eps)")),),
    ],
    writes_dout=[
        ((C_DX, "dout -= dbeta / N\n    dout -= x_hat * (dgamma / N)\n    dx = gamma / np.sqrt(var + eps) * dout"),)
    ],
    writes_cache=[((C_DX, "x_hat *= dgamma / N\n    dx = gamma / np.sqrt(var + eps) * (dout - dbeta / N - x_hat)"),)],
)

TABLE: Table = {
    "batchnorm_backward_staged": STAGED,
    "batchnorm_backward": FORMULAS,
    "batchnorm_backward_alt": CLOSED_FORM,
}
