"""Known mistakes in the test mode of batchnorm_forward. `catalogue` explains the rows."""

from .batchnorm_lines import BY_MODE, OUT, RUNNING_MEAN, RUNNING_VAR, TEST, TRAIN, TWO_RETURNS, X_HAT
from .mistake import Row

TEST_MODE_ROWS: list[Row] = [
    (
        "test-mode-eps-outside-the-root",
        "in test mode eps is added to the root, in training mode under it. The two modes have to use the same "
        "formula, with other statistics. At eps = 1e-5 the difference is too small to see.",
        ((X_HAT, BY_MODE.format("(np.sqrt(var) + eps)")),),
    ),
    (
        "test-mode-without-eps",
        "test mode does not use the eps in bn_param: eps is left out, or a tiny fixed number stands in its place. It "
        "has to be added under the root in both modes.",
        ((X_HAT, BY_MODE.format("np.sqrt(var)")),),
    ),
    (
        "test-mode-without-gamma-and-beta",
        "test mode returns x_hat: it does not scale by gamma and shift by beta. What was learnt has to be used in "
        "test mode too.",
        ((OUT, TWO_RETURNS.format("x_hat")),),
    ),
    (
        "test-mode-without-beta",
        "test mode does not shift by beta.",
        ((OUT, TWO_RETURNS.format("gamma * x_hat")),),
    ),
    (
        "test-mode-without-gamma",
        "test mode does not scale by gamma.",
        ((OUT, TWO_RETURNS.format("x_hat + beta")),),
    ),
    (
        "test-mode-eps-subtracted",
        "test mode subtracts eps under the root. It has to be added, as in training mode.",
        ((X_HAT, BY_MODE.format("np.sqrt(var - eps)")),),
    ),
    (
        "test-mode-half-from-the-batch",
        "test mode takes one of the two statistics from the batch, its mean or its variance. Both have to be the "
        "running ones: an example's output must not depend on which others are beside it.",
        ((TEST, "mu, var = x.mean(axis=0), running_var"),),
        ((TEST, "mu, var = running_mean, x.var(axis=0)"),),
    ),
    (
        "test-mode-without-normalisation",
        "test mode scales x by gamma and shifts it by beta, or returns x as it is. It has to be normalised first, by "
        "the running mean and variance.",
        ((OUT, TWO_RETURNS.format("gamma * x + beta")),),
        ((OUT, TWO_RETURNS.format("x")),),
    ),
    (
        "test-mode-without-eps-gamma-and-beta",
        "test mode uses neither the eps in bn_param nor gamma and beta. The two modes have to use the same formula, "
        "with other statistics.",
        ((X_HAT, BY_MODE.format("np.sqrt(var)")), (OUT, TWO_RETURNS.format("x_hat"))),
    ),
    (
        "test-mode-with-another-divisor-and-without-gamma-and-beta",
        "test mode has two mistakes: x - mu is not divided by the root of running_var + eps, and gamma and beta are "
        "left out. The two modes have to use the same formula, with other statistics.",
        ((X_HAT, BY_MODE.format("(np.sqrt(var) + eps)")), (OUT, TWO_RETURNS.format("x_hat"))),
        ((X_HAT, BY_MODE.format("(var + eps)")), (OUT, TWO_RETURNS.format("x_hat"))),
        ((X_HAT, BY_MODE.format("var")), (OUT, TWO_RETURNS.format("x_hat"))),
    ),
    (
        "test-mode-with-batch-statistics",
        "test mode normalises by the batch's own mean and variance. It has to use the running ones: an example's "
        "output must not depend on which others are beside it, and a batch of one has the variance 0.",
        ((TEST, TRAIN),),
    ),
    (
        "test-mode-updates-the-running-statistics",
        "out is right, but test mode updates the running statistics: test data would leak into the model.",
        (
            (
                TEST,
                f"mu, var = running_mean, running_var\n        {RUNNING_MEAN.replace('* mu', '* x.mean(axis=0)')}"
                f"\n        {RUNNING_VAR.replace('* var', '* x.var(axis=0)')}",
            ),
        ),
    ),
    (
        "test-mode-without-the-root",
        "test mode divides by the running variance itself, and not by its root. The two modes have to use the same "
        "formula, with other statistics.",
        ((X_HAT, BY_MODE.format("(var + eps)")),),
        ((X_HAT, BY_MODE.format("var")),),
    ),
    (
        "test-mode-with-n-over-n-minus-one",
        "test mode multiplies the running variance by N / (N - 1), where N is the size of the test batch. An example's "
        "output must not depend on how many others are beside it, and a batch of one would divide by 0: the running "
        "variance is used as it is.",
        ((X_HAT, BY_MODE.format("np.sqrt(var * len(x) / (len(x) - 1) + eps)")),),
        ((X_HAT, BY_MODE.format("np.sqrt(var * (len(x) / (len(x) - 1)) + eps)")),),
        ((X_HAT, BY_MODE.format("np.sqrt(var * len(x) / np.float64(len(x) - 1))")),),
    ),
]
