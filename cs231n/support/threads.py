"""How many threads linear algebra uses. NumPy reads it when it is first imported, so NumPy is not imported here."""

import os

VARIABLES = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


def limited_to(threads: int) -> dict[str, str]:
    """The environment variables, by name, of a process that is to use so many threads.

    >>> limited_to(2)["OMP_NUM_THREADS"]
    '2'
    """
    return dict.fromkeys(VARIABLES, str(threads))


def usable_processors() -> int:
    """How many processors this process may use, at least 1."""
    if hasattr(os, "sched_getaffinity"):  # Linux: fewer than there are, perhaps
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
