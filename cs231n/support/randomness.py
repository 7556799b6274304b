"""Random numbers that ``np.random.seed`` determines where no seed is given, as in CS231n's notebooks."""

import numpy as np


def make_generator(seed: int | None) -> np.random.Generator:
    """Make a generator with this seed. None draws the seed from NumPy's global generator.

    >>> np.random.seed(231)
    >>> first = make_generator(None).random()
    >>> np.random.seed(231)
    >>> make_generator(None).random() == first != make_generator(None).random()
    True
    """
    return np.random.default_rng(np.random.randint(2**32, size=4, dtype=np.uint64) if seed is None else seed)
