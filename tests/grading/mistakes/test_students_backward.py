"""Test that check() names students' mistakes in batch norm's backward pass: whole functions, as students write them."""

import pytest

from cs231n.assignment.check import report
from tests.helpers.naming import function_of, named_mistakes, sentences_of

# Batch norm's backward pass. A name in braces is one of the pieces below.
KRATZERT = """
    def {task}(dout, cache):
        x, gamma, beta, var, mu, xhat, eps = cache
        N, D = dout.shape
        xmu, sqrtvar = x - mu, {root}
        ivar = 1. / sqrtvar
        dbeta = np.sum(dout, axis=0)
        dgamma = np.sum(dout * xhat, axis=0)
        dxhat = dout * gamma
        divar = {divar}
        dxmu1 = dxhat * ivar
        dsqrtvar = -1. / (sqrtvar**2) * divar
        dvar = 0.5 * 1. / {root_in_dvar} * dsqrtvar
        dsq = 1. / N * np.ones((N, D)) * dvar
        dxmu2 = 2 * xmu * dsq
        dx1 = dxmu1 + dxmu2
        dmu = {dmu}
        dx2 = 1. / N * np.ones((N, D)) * dmu
        return dx1 + dx2, dgamma, dbeta
"""
RIGHT_KRATZERT = {
    "root": "np.sqrt(var + eps)", "root_in_dvar": "np.sqrt(var + eps)", "divar": "np.sum(dxhat * xmu, axis=0)",
    "dmu": "-1 * np.sum(dxmu1 + dxmu2, axis=0)",
}  # fmt: skip
PAPER = """
    def {task}(dout, cache):
        x, gamma, beta, sample_var, sample_mean, x_norm, eps = cache
        m = x.shape[0]
        dx_norm = dout * gamma
        dsample_var = {dvar}
        dsample_mean = {dmean}
        dx = {dx}
        dgamma = {dgamma}
        dbeta = {dbeta}
        return dx, dgamma, dbeta
"""
RIGHT_PAPER = {
    "dvar": "np.sum(dx_norm * (x - sample_mean) * -0.5 * (sample_var + eps)**-1.5, axis=0)",
    "dmean": "np.sum(-dx_norm / np.sqrt(sample_var + eps), axis=0) + dsample_var * "
    "np.mean(-2 * (x - sample_mean), axis=0)",
    "dx": "dx_norm / np.sqrt(sample_var + eps) + dsample_var * 2.0 * (x - sample_mean) / m + dsample_mean / m",
    "dgamma": "np.sum(dout * x_norm, axis=0)", "dbeta": "np.sum(dout, axis=0)",
}  # fmt: skip
SHORT = """
    def {task}(dout, cache):
        x, gamma, beta, var, mu, z, eps = cache
        m, istd = len(dout), 1 / np.sqrt(var + eps)
        dgamma, dbeta = np.einsum("nd,nd->d", dout, z), dout.sum(0)
        dz = gamma * dout
        dx = {dx}
        return dx, dgamma, dbeta
"""


def kratzert(**parts):
    return KRATZERT.format(task="{task}", **{**RIGHT_KRATZERT, **parts})


def paper(**parts):
    return PAPER.format(task="{task}", **{**RIGHT_PAPER, **parts})


def short(dx):
    return SHORT.format(task="{task}", dx=dx)


BY_SIZE = "axis=1 if gamma.shape[0] == m else 0"
BACKWARD = [
    ("eps-of-its-own", paper(dvar=RIGHT_PAPER["dvar"].replace("eps", "1e-5"))),
    ("eps-of-its-own", kratzert(root_in_dvar="np.sqrt(var + 1e-5)")),
    ("eps-of-its-own", kratzert(root="np.sqrt(var + 1e-8)", root_in_dvar="sqrtvar")),
    ("eps-of-its-own", short("(dz - dz.mean(0) - z * (dz * z).mean(0)) / np.sqrt(var + 1e-5)")),
    ("eps-dropped", paper(dvar=RIGHT_PAPER["dvar"].replace(" + eps", ""))),
    ("summed-over-everything", paper(dvar=RIGHT_PAPER["dvar"].replace(", axis=0", ""))),
    ("summed-over-everything", kratzert(divar="np.sum(dxhat * xmu)")),
    ("summed-over-everything", kratzert(dmu="-np.sum(dxmu1 + dxmu2)")),
    ("summed-over-everything", short("gamma * istd * (dout - dout.mean() - z * (dout * z).mean())")),
    (
        "eps-of-its-own",
        paper(**{name: RIGHT_PAPER[name].replace("eps", "1e-5") for name in ("dvar", "dmean")}),
    ),
    ("diagonal", short("dout * gamma * istd * (1 - 1 / m)")),
    ("diagonal", short("(m - 1) / m * dz * istd")),
    ("diagonal", paper(dx="dx_norm * (1 - 1.0 / m) / np.sqrt(sample_var + eps)")),
    ("not-summed", short("dz * istd * (1 - 1 / m - z**2 / m)")),
    ("not-summed", short("dz * istd * (1 - 1 / m) - z * istd * (dz * z).mean(0)")),
    ("not-summed", kratzert(divar="dxhat * xmu", dmu="-(dxmu1 + dxmu2)")),
    ("not-summed", paper(dvar="dx_norm * (x - sample_mean) * -0.5 * (sample_var + eps)**-1.5")),
    ("not-summed", paper(dmean=RIGHT_PAPER["dmean"].replace(""
    "np.mean(-2 * (x - sample_mean), axis=0)",
                                                            "-2 * (x - sample_mean) / m"))),
    ("eps-subtracted", kratzert(root="np.sqrt(var - eps)", root_in_dvar="sqrtvar")),
    ("eps-subtracted", paper(dvar=RIGHT_PAPER["dvar"].replace("+ eps", "- eps"))),
    ("eps-twice", short("(dz - dz.mean(0) - z * (dz * z).mean(0)) / np.sqrt(var + eps + eps)")),
    ("axis-by-size", paper(dgamma=f"np.sum(dout * x_norm, {BY_SIZE})", dbeta=f"np.sum(dout, {BY_SIZE})")),
    ("axis-by-size", paper(**{name: text.replace("axis=0)", BY_SIZE + ")", 1) for name, text in RIGHT_PAPER.items()})),
]  # fmt: skip

TASKS = ("batchnorm_backward", "batchnorm_backward_alt")
CASES = [(task, name, source.replace("{task}", task)) for name, source in BACKWARD for task in TASKS]


@pytest.mark.parametrize("task, name, source", CASES, ids=[f"{task}-{name}" for task, name, _ in CASES])
def test_mistake_in_a_students_function_is_named(task, name, source):
    assert named_mistakes(task, source) == [sentences_of(task)[name]]


@pytest.mark.parametrize(
    "task, source", [(task, source.replace("{task}", task)) for task in TASKS for source in (kratzert(), paper())]
)
def test_without_the_mistake_these_functions_are_right(task, source):
    assert report(task, function_of(task, source))[1] is None
