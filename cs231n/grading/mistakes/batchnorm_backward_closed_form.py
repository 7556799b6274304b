"""Known mistakes in batchnorm_backward_alt, the closed form. `catalogue` explains the table."""

from .batchnorm_backward_rows import (
    EPS_OF_ITS_OWN,
    EXTRA_AXIS,
    F_RETURN,
    GAMMA_IN_SUMS,
    MEANS_FOR_SUMS,
    MISSING_SUMS,
    S_DGAMMA,
    SUMS_ALONG_ROWS,
    SUMS_BY_SIZE,
    SUMS_OF_EVERYTHING,
    make_rows,
)

# C_...: the line of batchnorm_backward_alt, the closed form, that the edits change.
C_DX = "dx = gamma / np.sqrt(var + eps) * (dout - dbeta / N - x_hat * (dgamma / N))"

CLOSED_FORM = make_rows(
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
    diagonal=[((C_DX, "dx = gamma / np.sqrt(var + eps) * dout * (1 - 1 / N)"),)],
    summed_over_everything=[
        ((C_DX, C_DX.replace("dbeta", "np.sum(dout)").replace("dgamma", "np.sum(dout * x_hat)")),),
        ((C_DX, C_DX.replace("dbeta / N", "np.mean(dout)").replace("dgamma / N", "np.mean(dout * x_hat)")),),
        (
            (
                C_DX,
                "dx = (dout - np.mean(dout * gamma) / gamma - x_hat * np.mean(dout * x_hat * gamma) / gamma) "
                "* gamma / np.sqrt(var + eps)",
            ),
        ),
        ((C_DX, C_DX.replace("dgamma", "np.sum(dout * x_hat)")),),
        ((C_DX, C_DX.replace("dbeta", "np.sum(dout)")),),
        *SUMS_OF_EVERYTHING,
    ],
    axis_by_size=SUMS_BY_SIZE,
    eps_of_its_own=[((C_DX, C_DX.replace("eps", number)),) for number in EPS_OF_ITS_OWN],
    eps_subtracted=[((C_DX, C_DX.replace("+ eps", "- eps")),)],
    eps_twice=[((C_DX, C_DX.replace("eps", "2 * eps")),)],
)
