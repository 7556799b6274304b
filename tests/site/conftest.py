"""The book, with and without solutions, and somebody who reads it."""

import os

import pytest

from tests.helpers.book_reader import Reader
from tests.helpers.browser import Browser
from tests.helpers.built_book import build_once, needs_katex
from tests.helpers.local_server import refuse_others, serve


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


@pytest.fixture(scope="module")
def reader(book, tmp_path_factory):
    """Somebody with a browser in front of the book."""
    profile = tmp_path_factory.mktemp("chromium")
    with serve(book) as url, refuse_others() as (proxy, asked), Browser(profile, proxy=proxy) as browser:
        yield Reader(browser, url, asked)


def _build(factory, name, solutions):
    base = factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / name
    build_once(folder, solutions)
    return folder
