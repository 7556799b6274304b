"""For the tests of bad arguments: good arguments to start from, and what an error must say."""

import numpy as np
import pytest

from cs231n import layers

N, D, M = 5, 4, 3


def normal(*shape, seed=0, dtype=np.float64):
    return np.random.default_rng(seed).standard_normal(shape).astype(dtype)


X, W, B, DOUT, Y = normal(N, D), normal(D, M, seed=1), normal(M, seed=2), normal(N, M, seed=3), np.arange(N) % M
GAMMA, BETA = normal(D, seed=4), normal(D, seed=5)
NAN, INF = np.nan, np.inf


def bn(x=X, gamma=GAMMA, beta=BETA, **param):
    return layers.batchnorm_forward(x, gamma, beta, {"mode": "train", **param})


def refused(match, f, *args, error=ValueError, **kwargs):
    """Assert that the call raises an error that names the function, matches a pattern and says where to find help."""
    with pytest.raises(error, match=match) as caught:
        f(*args, **kwargs)
    text = str(caught.value)
    assert text.startswith(f"{f.__name__}: ") and text.endswith(f".{f.__name__})") and "See help(cs231n." in text
    assert len(text) < 400, "no array in full"
