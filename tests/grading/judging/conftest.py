"""The judge that the tests of this folder share."""

import pytest

from tests.helpers.hostile_run import make_judge


@pytest.fixture(scope="session")
def judge():
    """A judge with short limits. There is one in each process of the tests, since it takes seconds to make."""
    with make_judge() as judge:
        yield judge
