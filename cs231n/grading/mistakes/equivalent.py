"""Edits of the library's functions that look like mistakes, or like another algorithm, but change no result.

For each task there is a list of pairs: why the results stay the same, and the edits. Tests prove that check() passes
each one.
"""

from .batchnorm_backward_closed_form import C_DX
from .batchnorm_backward_formulas import F_DMU, F_DVAR, F_DX
from .batchnorm_backward_rows import S_DGAMMA
from .batchnorm_backward_staged import S_DMU, S_DSQ, S_DX, S_DX2, S_DX_HAT
from .batchnorm_lines import TRAIN, X_HAT
from .experiments import FIRST
from .layer_utils import DA, GRADIENTS
from .layers import AFFINE_DB, RELU, STEPS
from .mistake import Variant
from .optim_lines import STEP, V
from .softmax import E, P
from .softmax_loss import LOSS, MINUS_ONE

# The paper's second term of dmu, which is zero, with a sign to fill in.
PAPERS_TERM = F_DMU.replace("inv_std  #", "inv_std {} dvar * np.mean(2 * xmu, axis=0)  #")

EQUIVALENT: dict[str, list[tuple[str, Variant]]] = {
    "softmax": [
        ("softmax does not change when one number is taken from a whole row", ((E, E.replace("x - ", "x - 3 - ")),)),
        ("the logarithm of the quotient, taken apart", ((P, "return np.exp(np.log(e) - np.log(e.sum(1))[:, None])"),)),
    ],
    "softmax_jacobian": [
        (
            "the product of the two p is symmetric",
            (("-p[:, :, None] * p[:, None, :]", "-p[:, None, :] * p[:, :, None]"),),
        ),
    ],
    "softmax_loss": [
        ("a sum divided by N is a mean", ((LOSS, "loss = -np.sum(log_p[rows, y]) / len(x)"),)),
        ("the target as a matrix of zeros and ones", ((MINUS_ONE, "dx = dx - np.eye(x.shape[1])[y]"),)),
    ],
    "numerical_gradient": [
        ("two copies, whichever is which", ((STEPS, "x_minus, x_plus = x.copy(), x.copy()"),)),
    ],
    "affine_backward": [
        ("the bias is a weight of an input that is always 1", ((AFFINE_DB, "db = np.ones(len(x)) @ dout"),)),
    ],
    "relu_backward": [
        ("the slope at exactly 0 is a convention", ((RELU, "return dout * (x >= 0)"),)),
        (
            "a copy is written to, not the caller's array",
            ((RELU, "dx = dout.copy()\n    dx[x <= 0] = 0\n    return dx"),),
        ),
    ],
    "batchnorm_forward": [
        ("the variance, written out", ((TRAIN, "mu, var = x.mean(axis=0), ((x - x.mean(axis=0)) ** 2).mean(axis=0)"),)),
        ("a multiplication by the inverse root", ((X_HAT, "x_hat = (x - mu) * (var + eps) ** -0.5"),)),
    ],
    "batchnorm_backward_staged": [
        ("the sum of dxmu2 is zero: dvar/dmu is", ((S_DMU, "dmu = -np.sum(dxmu1, axis=0)"),)),
        ("a copy has the same numbers", (("dx1 = dxmu", "dx1 = dxmu.copy()"),)),
        ("the mean's 1/N, one line earlier", ((S_DSQ, "dsq = np.ones_like(dout) * (dvar / N)"),)),
        ("one row for all, repeated", ((S_DX2, "dx2 = np.repeat(dmu[None] / N, N, axis=0)"),)),
        ("x_hat, made again", ((S_DGAMMA, "dgamma = np.sum(dout * xmu / std, axis=0)"),)),
        ("both paths in one sum", ((S_DX, "dx = dxmu1 + dxmu2 + dx2"),)),
    ],
    "batchnorm_backward": [
        ("the paper's second term of dmu is zero, with its sign", ((F_DMU, PAPERS_TERM.format("-")),)),
        ("and without it", ((F_DMU, PAPERS_TERM.format("+")),)),
        ("the order of the factors is free", ((S_DX_HAT, "dx_hat = gamma * dout"),)),
        (
            "x_hat is x - mu times the inverse root",
            ((F_DVAR, "dvar = -0.5 * inv_std**2 * np.sum(dx_hat * x_hat, axis=0)"),),
        ),
        ("1/N for both at once", ((F_DX, "dx = dx_hat * inv_std + (dvar * 2 * xmu + dmu) / N"),)),
    ],
    "batchnorm_backward_alt": [
        ("a sum divided by N is a mean", ((C_DX, C_DX.replace("dbeta / N", "dout.mean(axis=0)")),)),
        (
            "everything multiplied by N, and divided by it",
            ((C_DX, "dx = gamma / (N * np.sqrt(var + eps)) * (N * dout - dbeta - x_hat * dgamma)"),),
        ),
    ],
    "affine_bn_relu_forward": [
        ("a cache in another order", (("(fc_cache, bn_cache, relu_cache)", "(relu_cache, bn_cache, fc_cache)"),)),
    ],
    "affine_bn_relu_backward": [
        ("the other backward pass of batch norm", ((DA, DA.replace("backward(", "backward_alt(")),)),
        ("db is zero, and so is its negative", ((GRADIENTS, GRADIENTS.replace("db,", "-db,", 1)),)),
    ],
    "adam": [
        (
            "the order of the factors is free",
            ((STEP, STEP.replace('config["learning_rate"] * m_hat', 'm_hat * config["learning_rate"]')),),
        ),
        ("a square is a product", ((V, V.replace("dw**2", "dw * dw")),)),
    ],
    "steps_to_reach": [
        (
            "the first of the places where it is true",
            ((FIRST, "return next(iter(np.flatnonzero(reached).tolist()), None)"),),
        ),
    ],
}
