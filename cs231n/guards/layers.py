"""The checks of layers, one for each function of ``layers.py`` and ``layer_utils.py``.

Each check takes the arguments of its layer and returns them, with integers converted to float64.
Its docstring says what the arguments must be.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from ..support.articles import add_article
from .caches import WRAPPERS as WRAPPERS
from .conditions import (
    NUMBERS,
    SEQUENCES,
    as_parameter,
    as_real_array,
    as_real_matrix,
    as_whole_number,
    check_labels,
    want_entries,
    want_keys,
    want_mode,
    want_number,
    want_one_each,
    want_parts,
    want_shape,
)
from .mechanism import Checks

BN_KEYS = frozenset(("mode", "eps", "momentum", "running_mean", "running_var"))
DROPOUT_KEYS = frozenset(("mode", "p", "seed", "rng"))
BN_CACHE = ("x", "gamma", "beta", "var", "mu", "x_hat", "eps")


def check_affine_forward(x: Any, w: Any, b: Any) -> tuple:
    """Shapes must be (N, d_1, ..., d_k), (D, M), (M,), with D = d_1 * ... * d_k. b may also broadcast to (M,)."""
    return _check_affine_arguments(x, w, b)


def check_affine_backward(dout: Any, cache: Any) -> tuple:
    """dout must have the shape of the output, (N, M)."""
    dout = as_real_array("dout", dout)
    x, w, b = want_parts(cache, ("x", "w", "b"), "affine_forward")
    x, w, b = _check_affine_arguments(x, w, b, ("x in the cache", "w in the cache", "b in the cache"))
    if dout.shape != (len(x), w.shape[1]):
        want_shape("dout", dout, (len(x), w.shape[1]), f"the output's, since x has shape {x.shape} and w {w.shape}")
    return dout, (x, w, b)


def _check_affine_arguments(x: Any, w: Any, b: Any, names: tuple[str, str, str] = ("x", "w", "b")) -> tuple:
    """Check x, w and b; the error messages use these names. Return the three arrays."""
    x, w, b = as_real_array(names[0], x), as_real_array(names[1], w), as_parameter(names[2], b)
    if x.ndim < 2:
        raise ValueError(
            f"{names[0]} has shape {x.shape}; (N, d_1, ..., d_k) is wanted; x[None] is a batch of one example"
        )
    want_entries(names[0], x)
    features = x.size // len(x)
    if w.ndim != 2 or w.shape[0] != features:
        raise ValueError(
            f"{names[1]} has shape {w.shape}; ({features}, M) is wanted, since x has shape {x.shape}, "
            f"{features} numbers per example"
        )
    if np.shape(b) != w.shape[1:]:
        want_one_each(names[2], b, w.shape[1], f"since w has shape {w.shape}")
    return x, w, b


def check_relu_forward(x: Any) -> tuple:
    """x may have any shape."""
    return (as_real_array("x", x),)


def check_relu_backward(dout: Any, cache: Any) -> tuple:
    """The cache must be the input x, with dout's shape."""
    dout = as_real_array("dout", dout)
    if isinstance(cache, SEQUENCES):
        kind = add_article(type(cache).__name__)
        raise TypeError(
            f"cache is {kind} of {len(cache)}; the array x is wanted, relu_forward's second result. "
            "Is it the cache of another layer?"
        )
    x = as_real_array("cache", cache)
    if dout.shape != x.shape:
        want_shape("dout", dout, x.shape, "the shape of the cache, which is the input")
    return dout, x


def check_dropout_forward(x: Any, dropout_param: Any) -> tuple:
    """x may have any shape. ``p`` must be in (0, 1]."""
    x = as_real_array("x", x)
    want_keys("dropout_param", dropout_param, DROPOUT_KEYS, needed=("mode", "p"), only_warn=True)
    want_mode('dropout_param["mode"]', dropout_param["mode"])
    p, rng, seed = dropout_param["p"], dropout_param.get("rng"), dropout_param.get("seed")
    want_number('dropout_param["p"], the probability of keeping,', p, 0, 1)
    if p == 0:
        raise ValueError(
            'dropout_param["p"] is 0, the probability of keeping; at 0 nothing is kept. 0 < p <= 1 is wanted'
        )
    if rng is not None and not isinstance(rng, np.random.Generator):
        raise TypeError(f'dropout_param["rng"] is {rng!r}; a generator is wanted, such as np.random.default_rng(0)')
    as_whole_number('dropout_param["seed"]', seed, 0, none="for fresh masks")
    return x, dropout_param


def check_dropout_backward(dout: Any, cache: Any) -> tuple:
    """dout must have the shape of the mask. In test mode there is no mask."""
    dout = as_real_array("dout", dout)
    _, mask = want_parts(cache, ("dropout_param", "mask"), "dropout_forward")
    if mask is not None:
        want_shape("dout", dout, np.shape(mask), "the shape of the mask in the cache")
    return dout, cache


def check_softmax(x: Any) -> tuple:
    """x must be scores, shape (N, C)."""
    return (as_real_matrix("x", x, "(N, C)"),)


def check_softmax_jacobian(p: Any) -> tuple:
    """p must be probabilities, shape (N, C). Scores are refused, since the formula is wrong for them."""
    p = as_real_matrix("p", p, "(N, C)")
    sums = p.sum(axis=1)
    if np.any(np.abs(sums - 1) > 1e-2) or np.any(p < 0):  # both comparisons are False for NaN, so NaN passes
        raise ValueError(
            f"p has negative entries or rows that do not sum to 1 (the first sums to {sums[0]:.4g}); "
            "probabilities are wanted, such as softmax(x), not scores"
        )
    return (p,)


def check_scores_and_labels(x: Any, y: Any) -> tuple:
    """x must be scores, shape (N, C), and y must be N labels."""
    x = as_real_matrix("x", x, "(N, C)")
    return x, check_labels(y, *x.shape)


def _as_scale_and_shift(gamma: Any, beta: Any, shape: tuple[int, ...]) -> tuple:
    """Return gamma and beta. Raise an error unless they have one entry per feature of an x of this shape, or one."""
    gamma, beta = as_parameter("gamma", gamma), as_parameter("beta", beta)
    for name, array in (("gamma", gamma), ("beta", beta)):
        if np.shape(array) != shape[1:]:
            want_one_each(name, array, shape[1], f"one per feature, since x has shape {shape}")
    return gamma, beta


def check_batchnorm_forward(x: Any, gamma: Any, beta: Any, bn_param: Any) -> tuple:
    """Shapes must be (N, D), (D,), (D,); gamma and beta may also broadcast to (D,). ``bn_param`` is checked, too.

    A batch of one example is allowed in training mode: the variance is 0 and the output is beta. But
    `FullyConnectedNet.loss` refuses it, since nothing can be learned from it.
    """
    x = as_real_matrix("x", x)
    gamma, beta = _as_scale_and_shift(gamma, beta, x.shape)
    want_keys("bn_param", bn_param, BN_KEYS, needed=("mode",), only_warn=True)
    want_mode('bn_param["mode"]', bn_param["mode"])
    if "eps" in bn_param:
        want_number('bn_param["eps"]', bn_param["eps"], 0)
    if "momentum" in bn_param:
        want_number('bn_param["momentum"]', bn_param["momentum"], 0, 1)
    for key in ("running_mean", "running_var"):
        statistic = bn_param.get(key, 0.0)
        if not (isinstance(statistic, np.ndarray) and statistic.dtype.kind == "f" and statistic.shape == x.shape[1:]):
            as_parameter(f'bn_param["{key}"]', statistic)
            want_one_each(f'bn_param["{key}"]', statistic, x.shape[1], f"one per feature, as x has shape {x.shape}")
    if bn_param["mode"] == "test":
        _check_running_statistics(bn_param)
    return x, gamma, beta, bn_param


def _check_running_statistics(bn_param: dict[str, Any]) -> None:
    """Raise ValueError if only one of the running statistics is there, or a variance is negative."""
    if ("running_mean" in bn_param) != ("running_var" in bn_param):
        raise ValueError(f"bn_param has only one of running_mean and running_var; its keys are {sorted(bn_param)}")
    if np.any(bn_param.get("running_var", 0.0) < 0):
        raise ValueError('bn_param["running_var"] has negative entries; a variance is at least 0')


def _check_batchnorm_cache(dout: Any, cache: Any, mode: str, instead: str) -> tuple:
    """Check dout and the cache of a backward pass in this mode. ``instead`` is the function for the other mode."""
    dout = as_real_matrix("dout", dout)
    x, gamma, _, var, mu, x_hat, eps = want_parts(cache, BN_CACHE, "batchnorm_forward")
    if getattr(cache, "mode", mode) != mode:
        raise ValueError(
            f'cache is of a forward pass in mode "{cache.mode}"; one in mode "{mode}" is wanted, or {instead} instead'
        )
    for name, part in (("x", x), ("x_hat", x_hat)):
        if getattr(part, "shape", None) != dout.shape:
            want_shape("dout", dout, np.shape(part), f"the shape of {name} in the cache")
    for name, part in (("gamma", gamma), ("var", var), ("mu", mu)):  # beta is not needed
        if getattr(part, "shape", None) != dout.shape[1:]:
            if not isinstance(part, (np.ndarray, *NUMBERS)):
                raise TypeError(f"{name} in the cache is {add_article(type(part).__name__)}; a NumPy array is wanted")
            want_one_each(f"{name} in the cache", part, dout.shape[1], "one per feature")
    if isinstance(eps, np.ndarray):
        raise TypeError(f"eps in the cache is an array of shape {eps.shape}; a number is wanted")
    return dout, cache


def check_batchnorm_backward(dout: Any, cache: Any) -> tuple:
    """dout must have the shape of x. The cache must be from training mode."""
    return _check_batchnorm_cache(dout, cache, "train", "batchnorm_backward_test")


def check_batchnorm_backward_test(dout: Any, cache: Any) -> tuple:
    """dout must have the shape of x. The cache must be from test mode."""
    return _check_batchnorm_cache(dout, cache, "test", "batchnorm_backward")


def check_layernorm_forward(x: Any, gamma: Any, beta: Any, ln_param: Any) -> tuple:
    """Shapes must be (N, D), (D,), (D,), as in batch norm. ``ln_param`` may have its keys; only ``eps`` is used."""
    x = as_real_matrix("x", x)
    gamma, beta = _as_scale_and_shift(gamma, beta, x.shape)
    want_keys("ln_param", ln_param, BN_KEYS, only_warn=True)
    if "eps" in ln_param:
        want_number('ln_param["eps"]', ln_param["eps"], 0)
    return x, gamma, beta, ln_param


def check_layernorm_backward(dout: Any, cache: Any) -> tuple:
    """dout must have the shape of x."""
    dout = as_real_matrix("dout", dout)
    gamma, x_hat, std = want_parts(cache, ("gamma", "x_hat", "std"), "layernorm_forward")
    want_shape("dout", dout, np.shape(x_hat), "the shape of x_hat in the cache")
    want_one_each("gamma in the cache", gamma, dout.shape[1], "one per feature")
    want_shape("std in the cache", std, (len(dout), 1), "one per example")
    return dout, cache


def make_sandwich_check(forward: str, *parts: str) -> Callable[..., tuple]:
    """Make the check of a backward pass through several layers. It counts the caches. Each layer checks its own."""

    def check(dout: Any, cache: Any) -> tuple:
        return as_real_array("dout", dout), want_parts(cache, parts, forward)

    return check


LAYERS: Checks = {
    "affine_forward": check_affine_forward,
    "affine_backward": check_affine_backward,
    "relu_forward": check_relu_forward,
    "relu_backward": check_relu_backward,
    "dropout_forward": check_dropout_forward,
    "dropout_backward": check_dropout_backward,
    "softmax": check_softmax,
    "softmax_jacobian": check_softmax_jacobian,
    "softmax_loss": check_scores_and_labels,
    "svm_loss": check_scores_and_labels,
    "batchnorm_forward": check_batchnorm_forward,
    "batchnorm_backward": check_batchnorm_backward,
    "batchnorm_backward_alt": check_batchnorm_backward,
    "batchnorm_backward_staged": check_batchnorm_backward,
    "batchnorm_backward_test": check_batchnorm_backward_test,
    "layernorm_forward": check_layernorm_forward,
    "layernorm_backward": check_layernorm_backward,
}
SANDWICHES: Checks = {
    "affine_relu_backward": make_sandwich_check("affine_relu_forward", "fc_cache", "relu_cache"),
    "affine_bn_relu_backward": make_sandwich_check("affine_bn_relu_forward", "fc_cache", "bn_cache", "relu_cache"),
    "affine_ln_relu_backward": make_sandwich_check("affine_ln_relu_forward", "fc_cache", "ln_cache", "relu_cache"),
}
