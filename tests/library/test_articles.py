"""The article before the name of a type: in one function, and in every message that names a type."""

import re

import pytest

from cs231n.support.articles import add_article
from tests.helpers.paths import ROOT


@pytest.mark.parametrize(
    "name, text",
    [("UnboundLocalError", "an UnboundLocalError"), ("ndarray", "an ndarray"), ("int", "an int"), ("str", "a str"),
     ("uint8", "a uint8"), ("KeyError", "a KeyError"), ("IndexError", "an IndexError"), ("float64", "a float64")],
)  # fmt: skip
def test_articles(name, text):
    assert add_article(name) == text


def test_no_message_writes_the_article_of_a_type_by_itself():
    by_hand = [
        f"{path.name}: {line.strip()}"
        for path in sorted((ROOT / "cs231n").rglob("*.py"))
        for line in path.read_text(encoding="utf-8").splitlines()
        if re.search(r"\ba \{type\(", line)
    ]
    assert by_hand == []
