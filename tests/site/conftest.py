"""The book, with and without solutions."""

import os

import pytest

from tests.helpers.built_book import build_once, needs_katex


def pytest_collection_modifyitems(items):
    """Skip what needs a book where none can be built. Building takes seconds."""
    for item in items:
        if {"book", "book_without"} & set(getattr(item, "fixturenames", ())):
            item.add_marker(needs_katex)
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session")
def book(tmp_path_factory):
    """The folder of the book."""
    return _build(tmp_path_factory, "book", True)


@pytest.fixture(scope="session")
def book_without(tmp_path_factory):
    """The folder of the book without solutions."""
    return _build(tmp_path_factory, "book-without", False)


def _build(factory, name, solutions):
    base = factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / name
    build_once(folder, solutions)
    return folder
