"""Known mistakes in batchnorm_forward. `catalogue` explains the table."""

from ...assignment.diagnosis.batchnorm_rules import VARIANCE_LOST
from .batchnorm_lines import OUT, RUNNING_VAR, TRAIN, X_HAT
from .batchnorm_running_statistics import RUNNING_ROWS
from .batchnorm_test_mode import TEST_MODE_ROWS
from .mistake import Row, Table

FORMULA_ROWS: list[Row] = [
    (
        "eps-outside-the-root",
        "eps is added to the standard deviation. It belongs under the root, to the variance: sqrt(var + eps).",
        ((X_HAT, "x_hat = (x - mu) / (np.sqrt(var) + eps)"),),
    ),
    (
        "eps-nowhere",
        "eps is missing. A feature that is constant over the batch has variance 0, and 0 / 0 is nan.",
        ((X_HAT, "x_hat = (x - mu) / np.sqrt(var)"),),
    ),
    (
        "eps-twice",
        "eps is added twice. It stands under the root once, beside the variance.",
        ((X_HAT, X_HAT.replace("var + eps", "var + eps + eps")),),
    ),
    (
        "eps-subtracted",
        "eps is subtracted under the root. It has to be added: a variance that is smaller than eps gives nan.",
        ((X_HAT, X_HAT.replace("var + eps", "var - eps")),),
        ((X_HAT, 'x_hat = (x - mu) / np.sqrt(var - eps if mode == "train" else var + eps)'),),
    ),
    (
        "another-default-eps",
        "where bn_param has no eps, another number than 1e-5 is used.",
        *(
            (('bn_param.get("eps", 1e-5)', f'bn_param.get("eps", {n})'),)
            for n in ("1e-8", "1e-6", "1e-4", "1e-3", "1e-2")
        ),
    ),
    (
        "sums-for-means",
        "the batch's mean, or its variance, or both are sums: the division by N is missing.",
        ((TRAIN, "mu, var = x.sum(axis=0), x.var(axis=0)"),),
        ((TRAIN, "mu, var = x.mean(axis=0), x.var(axis=0) * x.shape[0]"),),
        ((TRAIN, "mu, var = x.sum(axis=0), ((x - x.sum(axis=0)) ** 2).sum(axis=0)"),),
        ((TRAIN, "mu, var = x.sum(axis=0), ((x - x.sum(axis=0)) ** 2).mean(axis=0)"),),
    ),
    (
        "divided-by-the-variance",
        "x - mu is divided by the variance. It has to be divided by the root of it.",
        ((X_HAT, "x_hat = (x - mu) / (var + eps)"),),
    ),
    (
        "whole-array",
        "one mean and one variance are taken over the whole array. Every feature has its own: they are taken over the "
        "batch.",
        ((TRAIN, "mu, var = np.full(x.shape[1], x.mean()), np.full(x.shape[1], x.var())"),),
        ((TRAIN, "mu, var = x.mean(), x.var()"),),
    ),
    (
        "over-the-features",
        "the mean and the variance are taken along each row, over the features: that is layer normalization. Batch "
        "norm takes them over the batch, once for every feature.",
        ((TRAIN, "mu, var = x.mean(axis=1, keepdims=True), x.var(axis=1, keepdims=True)"),),
    ),
    (
        "unbiased-variance",
        "the batch's variance, or only the running variance, is divided by N - 1. The biased variance is asked for: "
        "it is divided by N.",
        ((TRAIN, TRAIN.replace("x.var(axis=0)", "x.var(axis=0, ddof=1)")),),
        ((RUNNING_VAR, RUNNING_VAR.replace("* var", "* x.var(axis=0, ddof=1)")),),
    ),
    (
        "training-with-running-statistics",
        "training mode normalises by the running statistics. It has to use the batch's own: the running ones are for "
        "test mode.",
        (
            (
                X_HAT,
                'x_hat = (x - bn_param.get("running_mean", running_mean)) / '
                'np.sqrt(bn_param.get("running_var", running_var) + eps)',
            ),
        ),
        ((X_HAT, "x_hat = (x - running_mean) / np.sqrt(running_var + eps)"),),
    ),
    (
        "writes-to-x",
        "the numbers are right, but x, the caller's array, is written to. Put the results into an array of your own.",
        ((X_HAT, "x -= mu\n    x_hat = x / np.sqrt(var + eps)"),),
    ),
    (
        "mean-not-taken-away",
        "x is divided by the standard deviation, but the mean is not taken away first: the columns of x_hat have to "
        "have mean 0.",
        ((X_HAT, "x_hat = x / np.sqrt(var + eps)"),),
    ),
    (
        "sign-of-x-hat",
        "the difference is mu - x, and x - mu is asked for: large inputs become large outputs.",
        ((X_HAT, X_HAT.replace("x - mu", "mu - x")),),
    ),
    (
        "standard-deviation-for-variance",
        "the standard deviation is used where the variance belongs, and its root is taken once more.",
        ((TRAIN, TRAIN.replace("x.var", "x.std")),),
    ),
    (
        "variance-around-zero",
        "this is the mean of x squared. The variance is the mean of (x - mu) squared: the mean is taken away first.",
        ((TRAIN, TRAIN.replace("x.var(axis=0)", "(x**2).mean(axis=0)")),),
    ),
    ("mean-square-minus-squared-mean", VARIANCE_LOST),  # it has no pattern: a rule recognises it
    (
        "no-gamma-and-beta",
        "out is x_hat: it is not scaled by gamma and shifted by beta.",
        ((OUT, OUT.replace("gamma * x_hat + beta", "x_hat")),),
    ),
    (
        "gamma-and-beta-swapped",
        "gamma and beta are in each other's place: gamma scales, beta shifts.",
        ((OUT, OUT.replace("gamma * x_hat + beta", "beta * x_hat + gamma")),),
    ),
    (
        "beta-scaled",
        "beta is added before the multiplication by gamma, so gamma scales it too. The order is: scale, then shift.",
        ((OUT, OUT.replace("gamma * x_hat + beta", "gamma * (x_hat + beta)")),),
    ),
    (
        "eps-of-its-own",
        "the eps in bn_param has no effect: a fixed number is used instead.",
        *((('bn_param.get("eps", 1e-5)', number),) for number in ("1e-5", "1e-8", "1e-4", "1e-3")),
    ),
]

TABLE: Table = {"batchnorm_forward": [*TEST_MODE_ROWS, *RUNNING_ROWS, *FORMULA_ROWS]}
