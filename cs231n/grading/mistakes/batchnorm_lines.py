"""The lines of batchnorm_forward that known mistakes change."""

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


def swap_weights(line: str) -> str:
    """Swap the two weights, momentum and 1 - momentum, in a line that averages."""
    return line.replace("(1 - momentum)", "new").replace("momentum *", "(1 - momentum) *").replace("new", "momentum")
