"""Skips the tests that need the grader's box if there is none. On Linux in CI they run in any case, and fail."""

import os
import shutil
import sys

import pytest

HAS_BOX = sys.platform == "linux" and shutil.which("bwrap") is not None
MUST_HAVE_BOX = sys.platform == "linux" and bool(os.environ.get("CI"))
BOX_MARKS = [
    pytest.mark.box,
    pytest.mark.slow,  # a grading run takes seconds
    pytest.mark.skipif(not HAS_BOX and not MUST_HAVE_BOX, reason="needs bubblewrap: apt install bubblewrap"),
]


def needs_box(test):
    """Mark a test that grades in the box. For a whole file: ``pytestmark = BOX_MARKS``."""
    for mark in BOX_MARKS:
        test = mark(test)
    return test
