"""How many threads linear algebra uses. NumPy reads it when it is first imported, so nothing is imported here."""

VARIABLES = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


def limited_to(threads: int) -> dict[str, str]:
    """The environment variables, by name, of a process that is to use so many threads.

    >>> limited_to(2)["OMP_NUM_THREADS"]
    '2'
    """
    return dict.fromkeys(VARIABLES, str(threads))
