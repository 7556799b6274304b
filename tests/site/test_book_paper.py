"""Tests of the book on paper: every page printed by a real browser on A4, and the text of every sheet."""

import re
import shutil
import subprocess

import pytest

from tests.helpers.browser import CHROMIUM

# The titles that must not stand alone at the foot of a sheet. What follows the title "The figure" is no text.
TITLES = """[...document.querySelectorAll("article :is(h1, h2, h3, summary)")]
    .map(title => title.textContent.replace(/#$/, "").trim()).filter(title => title !== "The figure")"""
NO_TEXT = re.compile(r"[\s\u200b]+")  # KaTeX writes \u200b into its formulas
pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed"),
    pytest.mark.skipif(shutil.which("pdftotext") is None, reason="pdftotext is not installed (poppler-utils)"),
]


@pytest.fixture(scope="module")
def printed(reader, book, tmp_path_factory):
    """For each page its titles, the lines of each of its sheets, and what is open in the browser afterwards."""
    folder = tmp_path_factory.mktemp("paper")
    reader.look(1280)
    printed = {}
    for name in sorted(path.name for path in book.glob("*.html") if path.name != "search.html"):
        reader.open(name)
        reader.browser.run("addEventListener('afterprint', () => window.printed = true)")
        reader.print(folder / "page.pdf")
        reader.browser.wait_for("window.printed", 10)
        command = ["pdftotext", "-layout", str(folder / "page.pdf"), "-"]
        text = subprocess.run(command, check=True, capture_output=True, encoding="utf-8").stdout
        sheets = [[" ".join(NO_TEXT.split(line)).strip() for line in sheet.splitlines()] for sheet in text.split("\f")]
        sheets = [[line for line in sheet if line] for sheet in sheets]
        assert sheets.pop() == []  # pdftotext ends every sheet with a form feed
        opened = reader.browser.run("document.querySelectorAll('details[open]').length")
        printed[name] = {"titles": set(reader.browser.run(TITLES)), "sheets": sheets, "open": opened}
    return printed


def test_paper_shows_what_is_folded(printed):
    """On paper a solution, an outcome and a hint can be read; on the screen they are closed afterwards."""
    text = " ".join(line for sheet in printed["02_batchnorm_backward.html"]["sheets"] for line in sheet)
    for words in (
        "variance = (3**2 + 0**2 + 3**2) / 3",
        "Each node uses only what stands in the brackets",
        "outcome: 4",
    ):
        assert words in text, words
    assert {name: about["open"] for name, about in printed.items() if about["open"]} == {}


def test_no_sheet_holds_what_is_only_for_the_screen(printed):
    """Nothing lies over the text. Chromium repeats on every sheet what is fixed in the window."""
    for name, about in printed.items():
        lines = [line for sheet in about["sheets"] for line in sheet]
        assert [line for line in lines if "Skip to content" in line or line == "On this page"] == [], name


def test_no_sheet_ends_with_a_title(printed):
    ends = {name: [sheet[-1] for sheet in about["sheets"]] for name, about in printed.items()}
    alone = {name: [line for line in lines if line in printed[name]["titles"]] for name, lines in ends.items()}
    assert {name: lines for name, lines in alone.items() if lines} == {}
    assert all(len(about["titles"]) >= 3 and about["sheets"] for about in printed.values())


def test_a_list_and_a_table_do_not_leave_sheets_half_empty(printed):
    assert len(printed["index.html"]["sheets"]) <= 2 and len(printed["glossary.html"]["sheets"]) <= 2


def test_an_address_can_be_read_on_paper(printed):
    text = "".join(line.replace(" ", "") for sheet in printed["01_softmax_gradient.html"]["sheets"] for line in sheet)
    assert "equation(84)(http://neuralnetworksanddeeplearning.com/chap3.html#eqtn84)" in text
