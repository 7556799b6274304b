"""Settings for all tests: figures are drawn off screen, hypothesis tries the same examples on every machine.

NumPy's linear algebra uses one thread in each process: for matrices as small as the course's, a second one only waits,
and takes a processor from another test (measured on two cores: 14 against 41 s of processor time for test_fast.py).
"""

import os
import shutil
import signal
from pathlib import Path

import pytest
from hypothesis import settings

os.environ["MPLBACKEND"] = "Agg"
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before NumPy is imported; processes of pytest-xdist inherit it
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # started in the background: child processes would ignore it, too
    signal.signal(signal.SIGINT, signal.default_int_handler)

settings.register_profile("course", deadline=None, derandomize=True, database=None, max_examples=60)
settings.load_profile("course")


def pytest_xdist_auto_num_workers(config):
    """One process more than processors: many tests wait for kernels, browsers and limits."""
    return (os.cpu_count() or 1) + 1


def pytest_addoption(parser):
    parser.addoption("--exhaustive", action="store_true", help="try more cases, and what takes long")


@pytest.fixture(scope="session")
def exhaustive(request):
    """Whether more cases are tried than in a run for every change: the option --exhaustive."""
    return request.config.getoption("--exhaustive")


@pytest.fixture
def library_copy(tmp_path):
    """A folder with a copy of the library, to be edited."""
    original = Path(__file__).resolve().parent.parent / "cs231n"
    shutil.copytree(original, tmp_path / "cs231n", ignore=shutil.ignore_patterns("grading", "__pycache__"))
    return tmp_path
