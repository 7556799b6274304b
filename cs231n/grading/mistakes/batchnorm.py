"""Known mistakes in batchnorm_forward. `catalogue` explains the table."""

from .mistake import Table

# Lines of the library's function that the edits change.
TRAIN = "mu, var = x.mean(axis=0), x.var(axis=0)"
TEST = "mu, var = running_mean, running_var"
X_HAT = "x_hat = (x - mu) / np.sqrt(var + eps)"
OUT = "return gamma * x_hat + beta, (x, gamma, beta, var, mu, x_hat, eps)"
RUNNING_MEAN = 'bn_param["running_mean"] = momentum * running_mean + (1 - momentum) * mu'
RUNNING_VAR = 'bn_param["running_var"] = momentum * running_var + (1 - momentum) * var'
VAR_DEFAULT = 'bn_param.get("running_var", np.zeros'
# New lines that differ between the modes. What test mode computes is filled in.
BY_MODE = 'x_hat = (x - mu) / (np.sqrt(var + eps) if mode == "train" else {})'
TWO_RETURNS = 'return (gamma * x_hat + beta if mode == "train" else {}), (x, gamma, beta, var, mu, x_hat, eps)'


def _swap_weights(line: str) -> str:
    """Swap the two weights, momentum and 1 - momentum, in a line that averages."""
    return line.replace("(1 - momentum)", "new").replace("momentum *", "(1 - momentum) *").replace("new", "momentum")


TABLE: Table = {
    "batchnorm_forward": [
        (
            "test-mode-eps-outside-the-root",
            "in test mode eps is added to the root, in training mode under it. The two modes have to be the same "
            "formula, with other statistics. At eps = 1e-5 the difference is too small to see.",
            ((X_HAT, BY_MODE.format("(np.sqrt(var) + eps)")),),
        ),
        (
            "test-mode-without-eps",
            "test mode forgets eps: it stands under the root in both modes.",
            ((X_HAT, BY_MODE.format("np.sqrt(var)")),),
        ),
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
            "eps-averaged-into-the-running-variance",
            "var and eps are added up first, and that sum is averaged into running_var. The running variance is to "
            "hold the variance alone; eps comes in when it is used.",
            (
                (TRAIN, "mu, var = x.mean(axis=0), x.var(axis=0) + eps"),
                (X_HAT, BY_MODE.replace("(var + eps)", "(var)").format("np.sqrt(var + eps)")),
            ),
            ((TRAIN, "mu, var = x.mean(axis=0), x.var(axis=0) + eps"), (X_HAT, "x_hat = (x - mu) / np.sqrt(var)")),
            ((RUNNING_VAR, RUNNING_VAR.replace("* var", "* (var + eps)")),),
        ),
        (
            "eps-twice",
            "eps is added twice. It stands under the root once, beside the variance.",
            ((X_HAT, X_HAT.replace("var + eps", "var + eps + eps")),),
        ),
        (
            "test-mode-without-gamma-and-beta",
            "test mode returns x_hat: it never scales by gamma and shifts by beta. What was learnt is to be used "
            "in test mode too.",
            ((OUT, TWO_RETURNS.format("x_hat")),),
        ),
        (
            "test-mode-without-beta",
            "test mode never shifts by beta.",
            ((OUT, TWO_RETURNS.format("gamma * x_hat")),),
        ),
        (
            "test-mode-without-eps-gamma-and-beta",
            "test mode only takes the mean away and divides by the root of the variance: eps under that root is "
            "missing, and so are gamma and beta. The two modes have to be the same formula, with other statistics.",
            ((X_HAT, BY_MODE.format("np.sqrt(var)")), (OUT, TWO_RETURNS.format("x_hat"))),
        ),
        (
            "test-mode-with-batch-statistics",
            "test mode normalises by the batch's own mean and variance. It is to use the running ones: an "
            "example's output must not depend on which others are beside it, and a batch of one has no variance.",
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
            "running-variance-holds-the-standard-deviation",
            "the running variance averages the standard deviation. It is to average the variance, and the root "
            "comes when it is used.",
            ((RUNNING_VAR, RUNNING_VAR.replace("* var", "* np.sqrt(var)")),),
            ((RUNNING_VAR, RUNNING_VAR.replace("* var", "* np.sqrt(var + eps)")),),
            ((RUNNING_VAR, RUNNING_VAR.replace("* var", "* np.sqrt(var + eps)")), (X_HAT, BY_MODE.format("var"))),
            (
                (RUNNING_VAR, RUNNING_VAR.replace("* var", "* np.sqrt(var + eps)")),
                (X_HAT, BY_MODE.format("(var + eps)")),
            ),
        ),
        (
            "divided-by-the-variance",
            "x - mu is divided by the variance. It is to be divided by its root.",
            ((X_HAT, "x_hat = (x - mu) / (var + eps)"),),
        ),
        (
            "whole-array",
            "one mean and one variance are taken over the whole array. Every feature has its own: they run over "
            "the batch, axis 0.",
            ((TRAIN, "mu, var = np.full(x.shape[1], x.mean()), np.full(x.shape[1], x.var())"),),
            ((TRAIN, "mu, var = x.mean(), x.var()"),),
        ),
        (
            "over-the-features",
            "the mean and the variance are taken along each row, over the features: that is layer normalization. "
            "Batch norm takes them over the batch, axis 0, for every feature.",
            ((TRAIN, "mu, var = x.mean(axis=1, keepdims=True), x.var(axis=1, keepdims=True)"),),
        ),
        (
            "rows-of-statistics",
            "the numbers are right, but the running statistics have shape (1, D): one axis too many. (D,) is asked "
            "for.",
            ((TRAIN, "mu, var = x.mean(axis=0, keepdims=True), x.var(axis=0, keepdims=True)"),),
        ),
        (
            "momentum-the-wrong-way-round",
            "momentum and 1 - momentum have changed places. Here momentum says how much of the old value is kept; "
            "PyTorch's word means the opposite.",
            ((RUNNING_MEAN, _swap_weights(RUNNING_MEAN)), (RUNNING_VAR, _swap_weights(RUNNING_VAR))),
            ((RUNNING_MEAN, _swap_weights(RUNNING_MEAN)),),
            ((RUNNING_VAR, _swap_weights(RUNNING_VAR)),),
        ),
        (
            "running-weights-do-not-sum-to-one",
            "the old statistics and the batch's are added with weights that do not sum to 1, so the running statistics "
            "grow past what they are to follow. They are averages: momentum of the old, the rest of the new.",
            (
                (RUNNING_MEAN, RUNNING_MEAN.replace("(1 - momentum) * ", "")),
                (RUNNING_VAR, RUNNING_VAR.replace("(1 - momentum) * ", "")),
            ),
            (
                (RUNNING_MEAN, RUNNING_MEAN.replace("momentum * running_mean", "running_mean")),
                (RUNNING_VAR, RUNNING_VAR.replace("momentum * running_var", "running_var")),
            ),
        ),
        (
            "unbiased-variance",
            "the variance is divided by N - 1. The biased one, divided by N, is asked for.",
            ((TRAIN, TRAIN.replace("x.var(axis=0)", "x.var(axis=0, ddof=1)")),),
            ((RUNNING_VAR, RUNNING_VAR.replace("* var", "* x.var(axis=0, ddof=1)")),),
        ),
        (
            "running-statistics-not-averaged",
            "the running statistics are those of the last batch: the old ones are not kept in part.",
            ((RUNNING_MEAN, 'bn_param["running_mean"] = mu'), (RUNNING_VAR, 'bn_param["running_var"] = var')),
        ),
        (
            "running-statistics-not-stored",
            "the new running statistics are never put into bn_param, so test mode will know nothing of the training.",
            (
                (RUNNING_MEAN, "running_mean = momentum * running_mean + (1 - momentum) * mu"),
                (RUNNING_VAR, "running_var = momentum * running_var + (1 - momentum) * var"),
            ),
            (
                (RUNNING_MEAN, 'bn_param.setdefault("running_mean", running_mean)'),
                (RUNNING_VAR, 'bn_param.setdefault("running_var", running_var)'),
            ),
        ),
        (
            "training-with-running-statistics",
            "training mode normalises by the running statistics. It is to use the batch's own; the running ones "
            "are for test mode.",
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
            "name-error-in-test-mode",
            "training mode is right, but in test mode a name is used that exists in training mode only. The lines "
            "of that branch had never been run before.",
            ((TEST, "mu, var = running_mean, batch_var"),),
        ),
        (
            "writes-to-x",
            "the numbers are right, but the mean is taken from x itself: the caller's array is changed after the call.",
            ((X_HAT, "x -= mu\n    x_hat = x / np.sqrt(var + eps)"),),
        ),
        (
            "mean-not-taken-away",
            "x is divided by the standard deviation, but the mean is not taken away first: the columns of x_hat are "
            "to have mean 0.",
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
            "this is the mean of x squared. The variance is the mean of (x - mu) squared: the mean is taken away "
            "first.",
            ((TRAIN, TRAIN.replace("x.var(axis=0)", "(x**2).mean(axis=0)")),),
        ),
        (
            "no-gamma-and-beta",
            "out is x_hat: it is never scaled by gamma and shifted by beta.",
            ((OUT, OUT.replace("gamma * x_hat + beta", "x_hat")),),
        ),
        (
            "gamma-and-beta-swapped",
            "gamma and beta have changed places: gamma scales, beta shifts.",
            ((OUT, OUT.replace("gamma * x_hat + beta", "beta * x_hat + gamma")),),
        ),
        (
            "beta-scaled",
            "beta is added before gamma is multiplied, so that gamma scales it, too. The order is: scale, then shift.",
            ((OUT, OUT.replace("gamma * x_hat + beta", "gamma * (x_hat + beta)")),),
        ),
        (
            "eps-of-its-own",
            "the eps in bn_param is not used: the function has a number of its own.",
            *((('bn_param.get("eps", 1e-5)', number),) for number in ("1e-5", "1e-8", "1e-4", "1e-3")),
        ),
        (
            "momentum-of-its-own",
            "the momentum in bn_param is not used: the function has a number of its own.",
            *((('bn_param.get("momentum", 0.9)', number),) for number in ("0.9", "0.99", "0.5")),
        ),
        (
            "another-default-momentum",
            "the default of momentum is not 0.9, which is used where bn_param has none.",
            *((('bn_param.get("momentum", 0.9)', f'bn_param.get("momentum", {n})'),) for n in (0.1, 0.99, 0.999, 0.5)),
        ),
        (
            "running-variance-starts-at-one",
            "where bn_param has no running variance, it starts at 1, as in PyTorch. Here it starts at 0, like the "
            "mean.",
            ((VAR_DEFAULT, VAR_DEFAULT.replace("zeros", "ones")),),
        ),
        (
            "running-statistics-swapped",
            "the running mean averages the variance, and the running variance the mean.",
            (
                (RUNNING_MEAN, RUNNING_MEAN.replace("* mu", "* var")),
                (RUNNING_VAR, RUNNING_VAR.replace("* var", "* mu")),
            ),
        ),
    ]
}
