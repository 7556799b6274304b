"""Known mistakes in batchnorm_backward_staged. `catalogue` explains the table."""

from .batchnorm_backward_rows import (
    AXIS_BY_SIZE,
    EPS_OF_ITS_OWN,
    EXTRA_AXIS,
    GAMMA_IN_SUMS,
    MEANS_FOR_SUMS,
    MISSING_SUMS,
    S_DGAMMA,
    SUMS_ALONG_ROWS,
    SUMS_BY_SIZE,
    SUMS_OF_EVERYTHING,
    WITHOUT_AXIS,
    make_rows,
)
from .mistake import Variant

# S_...: lines of batchnorm_backward_staged that the edits change, named after what they compute.
S_DX = "dx = dx1 + dx2"
S_DXMU = "dxmu = dxmu1 + dxmu2"
S_DX_HAT = "dx_hat = dout * gamma"
S_DINV_STD = "dinv_std = np.sum(dx_hat * xmu, axis=0)"
S_DXMU1 = "dxmu1 = dx_hat / std"
S_DSTD = "dstd = -dinv_std / std**2"
S_DVAR = "dvar = dstd / (2 * std)"
S_DSQ = "dsq = np.ones_like(dout) * dvar / N"
S_DXMU2 = "dxmu2 = 2 * xmu * dsq"
S_DMU = "dmu = -np.sum(dxmu, axis=0)"
S_DX2 = "dx2 = np.ones_like(dout) * dmu / N"


def _put_in_place_of_eps(*numbers: str) -> list[Variant]:
    """Make variants with other numbers in place of eps: everywhere, and in one of three nodes."""
    variants: list[Variant] = []
    for number in numbers:
        root = f"np.sqrt(var + {number})"
        nodes = ((S_DXMU1, f"dxmu1 = dx_hat / {root}"), (S_DSTD, S_DSTD.replace("std**2", f"(var + {number})")))
        dvar = (S_DVAR, S_DVAR.replace("std)", f"{root})"))
        variants += [(("np.sqrt(var + eps)", root),), (nodes[0],), (nodes[1],), (dvar,), (nodes[1], dvar)]
    return variants


STAGED = make_rows(
    elementwise=[((S_DX, "dx = dxmu1"),)],
    mean_constant=[((S_DX, "dx = dx1"),), ((S_DX2, "dx2 = np.zeros_like(dout)"),)],
    var_constant=[((S_DXMU, "dxmu = dxmu1"),), ((S_DXMU2, "dxmu2 = np.zeros_like(dout)"),)],
    rows=EXTRA_AXIS,
    means=MEANS_FOR_SUMS,
    gamma=[((S_DX_HAT, "dx_hat = 1 * dout"),)],
    eps_dropped=[
        ((S_DVAR, "dvar = dstd / (2 * np.sqrt(var))"),),
        ((S_DSTD, "dstd = -dinv_std / var"),),
        ((S_DXMU1, "dxmu1 = dx_hat / np.sqrt(var)"),),
    ],
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
    diagonal=[((S_DXMU, "dxmu = dxmu1"), (S_DX2, "dx2 = -dxmu / N"))],
    summed_over_everything=[
        ((S_DINV_STD, S_DINV_STD.replace(*WITHOUT_AXIS)),),
        ((S_DMU, S_DMU.replace(*WITHOUT_AXIS)),),
        ((S_DINV_STD, S_DINV_STD.replace(*WITHOUT_AXIS)), (S_DMU, S_DMU.replace(*WITHOUT_AXIS))),
        *SUMS_OF_EVERYTHING,
    ],
    axis_by_size=[
        *SUMS_BY_SIZE,
        ((S_DINV_STD, S_DINV_STD.replace(*AXIS_BY_SIZE)),),
        ((S_DMU, S_DMU.replace(*AXIS_BY_SIZE)),),
        ((S_DINV_STD, S_DINV_STD.replace(*AXIS_BY_SIZE)), (S_DMU, S_DMU.replace(*AXIS_BY_SIZE))),
        (*SUMS_BY_SIZE[0], (S_DINV_STD, S_DINV_STD.replace(*AXIS_BY_SIZE)), (S_DMU, S_DMU.replace(*AXIS_BY_SIZE))),
    ],
    eps_of_its_own=_put_in_place_of_eps(*EPS_OF_ITS_OWN[:2]),
    eps_subtracted=_put_in_place_of_eps("-eps"),
    eps_twice=_put_in_place_of_eps("2 * eps"),
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
