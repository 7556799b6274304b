"""How many threads NumPy's linear algebra uses. NumPy reads this when it is imported, so do not import it here."""

import os

VARIABLES = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


def limited_to(threads: int) -> dict[str, str]:
    """The environment variables that limit a process to this many threads, as a dictionary by name.

    >>> limited_to(2)["OMP_NUM_THREADS"]
    '2'
    """
    return dict.fromkeys(VARIABLES, str(threads))


def usable_processors() -> int:
    """How many processors this process may use, at least 1."""
    if hasattr(os, "sched_getaffinity"):  # on Linux, a process may be limited to some of the processors
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
