"""What a tutor would say about mistakes in batch norm's backward passes: staged, formulas and closed form."""

SENTENCES = {
    "elementwise": (
        "this takes batch norm as if it acted on every entry alone. The mean and the variance depend on all rows, "
        "so x reaches the loss directly, by way of mu and by way of var, and the last two are missing: the Jacobian "
        "is not diagonal."
    ),
    "mean-constant": (
        "the path by way of mu is missing: the mean is taken as a constant, but it moves with every x. With it, "
        "the sum of dx over the batch is 0."
    ),
    "var-constant": (
        "the path by way of var is missing, or it brings the same to every row, and the mean's path takes that away "
        "again: the variance is taken as a constant, but it moves with every x."
    ),
    "rows": (
        "dgamma or dbeta has shape (1, D): one axis too many. They have to have the shape of gamma and beta, (D,), or "
        "the optimizer's update would change that shape."
    ),
    "means": (
        "dgamma or dbeta is a mean over the batch. gamma and beta are shared by all rows, so what arrives from "
        "the rows is summed: a broadcast forward is a sum backward. The loss's 1/N is in dout already."
    ),
    "gamma": (
        "gamma is missing on the way from out to x_hat: out = gamma * x_hat + beta, so dx_hat has gamma as a factor."
    ),
    "eps-dropped": (
        "eps is missing in one place, but not everywhere. The forward pass has var + eps under the root, so every "
        "power of it in the backward pass has it too. At eps = 1e-5 nobody notices."
    ),
    "eps-nowhere": (
        "eps is missing everywhere: a feature that is constant over the batch then divides by 0. It stands beside "
        "var, under the root, in every factor."
    ),
    "eps-outside": (
        "eps is added to the root, not to the variance under it: the forward pass that this belongs to is another one."
    ),
    "sign-var": (
        "the variance's path has the wrong sign: a larger variance makes x_hat smaller, so a minus comes from the "
        "derivative of the inverse root."
    ),
    "sign-mean": "the mean's path has the wrong sign: x - mu falls when mu rises.",
    "half": (
        "the variance's path is off by a factor of 2: the 2 from the derivative of the square and the 1/2 from "
        "that of the root both come in, and cancel in the end."
    ),
    "n-var": "the variance is a mean over the batch, so its path has a factor 1/N, and here it is missing.",
    "n-mean": "the mean's path lacks its factor 1/N: mu is a mean over the batch.",
    "n-features": (
        "N is the number of features here, the columns. The means run over the batch, so N is the number of rows."
    ),
    "n-both": "the 1/N of the mean and the 1/N of the variance are both missing.",
    "power": (
        "a power of the standard deviation is wrong. The straight path has one of it in the denominator, from x_hat; "
        "the variance's path has the derivative of var + eps to the power -1/2, and that has the power -3/2."
    ),
    "x-for-x-hat": (
        "dgamma is computed with x, or x - mu, in place of x_hat. gamma multiplies x_hat in the forward pass, so "
        "x_hat is its local derivative."
    ),
    "writes-dout": (
        "dout is overwritten: a second name for an array is not a copy, and the caller's dout is changed after the "
        "call."
    ),
    "writes-cache": "the cache is written to: x_hat, or another array of the forward pass, is changed after the call.",
    "gamma-one-path": (
        "gamma is missing in one of the paths from out to x. It comes in on the way from out to x_hat, before the "
        "paths part, so every one of them has it."
    ),
    "gamma-in-dgamma": (
        "dgamma or dbeta has gamma as a factor, as if it came from dx_hat. In out = gamma * x_hat + beta the local "
        "derivatives of gamma and beta are x_hat and 1, and what arrives from above is dout."
    ),
    "along-the-rows": (
        "dgamma or dbeta is summed along each row, over the features. gamma and beta are shared by the rows, so the "
        "sum runs over the batch and leaves one number per feature."
    ),
    "dgamma-not-summed": (
        "dgamma or dbeta has a row for every example. gamma and beta are shared by all rows, so what arrives from the "
        "rows is summed: a broadcast forward is a sum backward."
    ),
    "sign": "dx has the wrong sign, in all of its paths.",
    "x-for-xmu": (
        "x stands where x - mu belongs in the variance's path: the variance is the mean of x - mu squared, and x_hat "
        "is built from x - mu as well."
    ),
    "n-twice": ("there is a factor 1/N too many, such as where a mean over the rows stands for a sum."),
    "n-minus-one": (
        "the division is by N - 1. The forward pass's mean and (biased) variance divide by N, and so do their "
        "gradients."
    ),
    "times-std": (
        "what comes straight from out to x is multiplied by the standard deviation, and has to be divided by it. "
        "Either the formula says so, or a name holds the inverse of what it should hold."
    ),
    "xmu-lost": (
        "the variance's path brings the same to every row. The local derivative of the square is missing, 2 (x - mu): "
        "a row far from the mean gets more than the others."
    ),
    "swapped": "dgamma stands where dbeta belongs, or dbeta where dgamma belongs: check the order of what is returned.",
    "not-summed": (
        "a sum over the batch is missing. mu and var are shared by all rows, so by way of each of them an entry of x "
        "gets something back from every row. Here one of the two paths, or both, bring back its own row's part only."
    ),
    "diagonal": (
        "this counts only what an entry of x does to its own row: directly, and by way of mu with the factor 1 - 1/N. "
        "By way of mu it moves all other rows too, and by way of var as well: the Jacobian is not diagonal."
    ),
    "summed-over-everything": (
        "a sum or a mean runs over the whole array and leaves a single number. It has to run over the batch only: mu, "
        "var, gamma and beta have one number for each feature."
    ),
    "axis-by-size": (
        "a sum runs along the rows, over the features, but only where the batch has as many rows as features. Sums "
        "run over the batch, whatever the sizes are: a comparison of sizes cannot tell the two axes apart there."
    ),
    "eps-of-its-own": (
        "a number of its own stands where eps belongs, in one place or in all of them. The eps to use is the one that "
        "the forward pass used: it is in the cache."
    ),
    "eps-subtracted": (
        "eps is taken away from the variance, in one place or in all of them. The forward pass adds it: var + eps."
    ),
    "eps-twice": "eps is added to the variance twice, in one place or in all of them. The forward pass adds it once.",
}
