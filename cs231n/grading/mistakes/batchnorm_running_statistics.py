"""Known mistakes in the running statistics of batchnorm_forward. `catalogue` explains the rows."""

from .batchnorm_lines import BY_MODE, RUNNING_MEAN, RUNNING_VAR, TRAIN, VAR_DEFAULT, X_HAT, swap_weights
from .mistake import Row

RUNNING_ROWS: list[Row] = [
    (
        "eps-averaged-into-the-running-variance",
        "running_var averages the variance plus eps. It has to hold the variance alone: eps is added where the "
        "variance is used.",
        (
            (TRAIN, "mu, var = x.mean(axis=0), x.var(axis=0) + eps"),
            (X_HAT, BY_MODE.replace("(var + eps)", "(var)").format("np.sqrt(var + eps)")),
        ),
        ((TRAIN, "mu, var = x.mean(axis=0), x.var(axis=0) + eps"), (X_HAT, "x_hat = (x - mu) / np.sqrt(var)")),
        ((RUNNING_VAR, RUNNING_VAR.replace("* var", "* (var + eps)")),),
    ),
    (
        "running-variance-holds-the-standard-deviation",
        "the running variance averages the standard deviation. It has to average the variance: the root is taken "
        "where the variance is used.",
        ((RUNNING_VAR, RUNNING_VAR.replace("* var", "* np.sqrt(var)")),),
        ((RUNNING_VAR, RUNNING_VAR.replace("* var", "* np.sqrt(var + eps)")),),
        ((RUNNING_VAR, RUNNING_VAR.replace("* var", "* np.sqrt(var + eps)")), (X_HAT, BY_MODE.format("var"))),
        (
            (RUNNING_VAR, RUNNING_VAR.replace("* var", "* np.sqrt(var + eps)")),
            (X_HAT, BY_MODE.format("(var + eps)")),
        ),
    ),
    (
        "rows-of-statistics",
        "the running mean, or the running variance, or both have shape (1, D): one axis too many. The shape (D,) is "
        "asked for.",
        ((TRAIN, "mu, var = x.mean(axis=0, keepdims=True), x.var(axis=0, keepdims=True)"),),
        ((TRAIN, "mu, var = x.mean(axis=0, keepdims=True), x.var(axis=0)"),),
        ((TRAIN, "mu, var = x.mean(axis=0), x.var(axis=0, keepdims=True)"),),
    ),
    (
        "momentum-the-wrong-way-round",
        "momentum and 1 - momentum are in each other's place, in one or both of the running statistics. Here momentum "
        "says how much of the old value is kept. PyTorch uses the word for the opposite.",
        ((RUNNING_MEAN, swap_weights(RUNNING_MEAN)), (RUNNING_VAR, swap_weights(RUNNING_VAR))),
        ((RUNNING_MEAN, swap_weights(RUNNING_MEAN)),),
        ((RUNNING_VAR, swap_weights(RUNNING_VAR)),),
    ),
    (
        "running-weights-do-not-sum-to-one",
        "the old statistics and those of the batch are added with weights that do not sum to 1, so the running "
        "statistics become too large. They are averages: momentum of the old, 1 - momentum of the new.",
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
        "running-statistics-not-averaged",
        "after a call the running statistics are those of the last batch: nothing of the old ones is kept. They are "
        "averages of the old and the new.",
        ((RUNNING_MEAN, 'bn_param["running_mean"] = mu'), (RUNNING_VAR, 'bn_param["running_var"] = var')),
    ),
    (
        "running-statistics-not-stored",
        "after a call in training mode bn_param still holds the old running mean, or the old running variance, or "
        "both. The new ones have to be in bn_param when the function returns: test mode uses them.",
        (
            (RUNNING_MEAN, "running_mean = momentum * running_mean + (1 - momentum) * mu"),
            (RUNNING_VAR, "running_var = momentum * running_var + (1 - momentum) * var"),
        ),
        (
            (RUNNING_MEAN, 'bn_param.setdefault("running_mean", running_mean)'),
            (RUNNING_VAR, 'bn_param.setdefault("running_var", running_var)'),
        ),
        ((RUNNING_MEAN, 'bn_param.setdefault("running_mean", running_mean)'),),
        ((RUNNING_VAR, 'bn_param.setdefault("running_var", running_var)'),),
    ),
    (
        "momentum-of-its-own",
        "the momentum in bn_param has no effect: a fixed number is used instead.",
        *((('bn_param.get("momentum", 0.9)', number),) for number in ("0.9", "0.99", "0.5")),
    ),
    (
        "another-default-momentum",
        "where bn_param has no momentum, another number than 0.9 is used.",
        *(
            (('bn_param.get("momentum", 0.9)', f'bn_param.get("momentum", {n})'),)
            for n in (0.1, 0.01, 0.5, 0.8, 0.95, 0.99, 0.999)
        ),
    ),
    (
        "running-variance-starts-at-one",
        "where bn_param has no running variance, it starts at 1, as in PyTorch. Here it starts at 0, like the mean.",
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
