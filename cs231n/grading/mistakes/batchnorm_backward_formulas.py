"""Known mistakes in batchnorm_backward, the formulas of the paper. `catalogue` explains the table."""

from .batchnorm_backward_rows import (
    AXIS_BY_SIZE,
    EPS_OF_ITS_OWN,
    EXTRA_AXIS,
    F_RETURN,
    GAMMA_IN_SUMS,
    MEANS_FOR_SUMS,
    MISSING_SUMS,
    S_DBETA,
    S_DGAMMA,
    SUMS_ALONG_ROWS,
    SUMS_BY_SIZE,
    SUMS_OF_EVERYTHING,
    WITHOUT_AXIS,
    make_rows,
)
from .batchnorm_backward_staged import S_DX_HAT
from .mistake import Variant

# F_...: lines of batchnorm_backward, the formulas of the paper, that the edits change.
F_DVAR = "dvar = np.sum(dx_hat * xmu, axis=0) * -0.5 * inv_std**3"
F_DMU = "dmu = -np.sum(dx_hat, axis=0) * inv_std  # the paper's second term is identically zero"
F_DX = "dx = dx_hat * inv_std + dvar * 2 * xmu / N + dmu / N"
INV_STD = "1 / np.sqrt(var + eps)"
F_DVAR_INSIDE, F_DMU_INSIDE = (  # the same, with all factors inside the sum
    "dvar = np.sum(dx_hat * xmu * -0.5 * inv_std**3, axis=0)",
    "dmu = np.sum(-dx_hat * inv_std, axis=0)",
)
F_PAPERS_DMU = "dmu = np.sum(-dx_hat * inv_std, axis=0) + dvar * np.sum(-2 * xmu, axis=0) / N"


def _put_in_place_of_eps(*numbers: str) -> list[Variant]:
    """Make variants with other numbers in place of eps: everywhere, in one of three places, and in two of them."""
    variants: list[Variant] = []
    for number in numbers:
        root = f"np.sqrt(var + {number})"
        dvar = (F_DVAR, F_DVAR.replace("inv_std", f"(1 / {root})"))
        straight = (F_DX, F_DX.replace("* inv_std", f"/ {root}"))
        dmu = (F_DMU, F_DMU.replace("* inv_std ", f"/ {root} "))
        variants += [
            ((INV_STD, f"1 / {root}"),),
            (dvar,),
            (straight, dmu),
            (straight,),
            (dmu,),
            (dvar, dmu),
            (dvar, straight),
        ]
    return variants


FORMULAS = make_rows(
    elementwise=[((F_DX, "dx = dx_hat * inv_std"),)],
    mean_constant=[((F_DX, "dx = dx_hat * inv_std + dvar * 2 * xmu / N"),)],
    var_constant=[((F_DX, "dx = dx_hat * inv_std + dmu / N"),)],
    rows=EXTRA_AXIS,
    means=MEANS_FOR_SUMS,
    gamma=[((S_DX_HAT, "dx_hat = 1 * dout"),)],
    eps_dropped=[
        ((F_DVAR, F_DVAR.replace("inv_std**3", "var**-1.5")),),
        ((F_DVAR, F_DVAR.replace("inv_std**3", "inv_std / var")),),
        ((F_DX, F_DX.replace("* inv_std", "/ np.sqrt(var)")),),
        ((F_DMU, F_DMU.replace("* inv_std ", "/ np.sqrt(var) ")),),
        ((F_DX, F_DX.replace("* inv_std", "/ np.sqrt(var)")), (F_DMU, F_DMU.replace("* inv_std ", "/ np.sqrt(var) "))),
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
        (
            (F_DMU, F_DMU.replace("inv_std  #", "inv_std - dvar * 2 * xmu / N  #")),
        ),  # the paper's second term, not summed
    ],
    diagonal=[((F_DX, "dx = dx_hat * inv_std * (1 - 1 / N)"),)],
    summed_over_everything=[
        ((F_DVAR, F_DVAR.replace(*WITHOUT_AXIS)),),
        ((F_DVAR, F_DVAR_INSIDE.replace(*WITHOUT_AXIS)),),
        ((F_DMU, F_DMU.replace(*WITHOUT_AXIS)),),
        ((F_DMU, F_DMU_INSIDE.replace(*WITHOUT_AXIS)),),
        ((F_DVAR, F_DVAR.replace(*WITHOUT_AXIS)), (F_DMU, F_DMU.replace(*WITHOUT_AXIS))),
        ((F_DVAR, F_DVAR_INSIDE.replace(*WITHOUT_AXIS)), (F_DMU, F_DMU_INSIDE.replace(*WITHOUT_AXIS))),
        ((F_DVAR, F_DVAR_INSIDE.replace(*WITHOUT_AXIS)), (F_DMU, F_PAPERS_DMU.replace(*WITHOUT_AXIS))),
        *SUMS_OF_EVERYTHING,
    ],
    axis_by_size=[
        *SUMS_BY_SIZE,
        ((F_DVAR, F_DVAR.replace(*AXIS_BY_SIZE)),),
        ((F_DMU, F_DMU.replace(*AXIS_BY_SIZE)),),
        ((F_DVAR, F_DVAR.replace(*AXIS_BY_SIZE)), (F_DMU, F_DMU.replace(*AXIS_BY_SIZE))),
        ((F_DVAR, F_DVAR_INSIDE.replace(*AXIS_BY_SIZE)), (F_DMU, F_DMU_INSIDE.replace(*AXIS_BY_SIZE))),
        (
            *SUMS_BY_SIZE[0],
            (F_DVAR, F_DVAR_INSIDE.replace(*AXIS_BY_SIZE)),
            (F_DMU, F_DMU_INSIDE.replace(*AXIS_BY_SIZE)),
        ),
        (
            *SUMS_BY_SIZE[0],
            (F_DVAR, F_DVAR.replace(*AXIS_BY_SIZE)),
            (F_DMU, F_DMU.replace(*AXIS_BY_SIZE)),
        ),
    ],
    eps_of_its_own=_put_in_place_of_eps(*EPS_OF_ITS_OWN),
    eps_subtracted=_put_in_place_of_eps("-eps"),
    eps_twice=_put_in_place_of_eps("2 * eps"),
)
