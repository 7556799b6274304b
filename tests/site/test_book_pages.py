"""Tests of every page of the book in a real browser: wide and narrow, light and dark, by keyboard, in print colours.

Each page is opened once, and everything is asked of it then; the tests look at the answers.
"""

import re

import pytest

from cs231n.assignment.actions import NOTEBOOKS
from cs231n.site.book.katex import KATEX
from tests.helpers.book_reader import A4
from tests.helpers.browser import CHROMIUM
from tests.helpers.page_looks import CONTRASTS

AXE = KATEX.parents[1] / "axe-core" / "axe.min.js"
CODE_AT_1366 = 102  # letters: the longest line of code that must fit beside the two columns
RAW_TEX = re.compile(r"\$|\\[a-zA-Z]+")
PAGES_OF_NOTEBOOKS = {name.replace(".ipynb", ".html") for name in NOTEBOOKS}
pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed"),
    pytest.mark.skipif(not AXE.is_file(), reason="axe-core is missing: npm ci --prefix cs231n/site"),
]


@pytest.fixture(scope="module")
def answers(reader, book):
    """What every page answers, by its name."""
    answers = {}
    for page in sorted(path.name for path in book.glob("*.html")):
        reader.look(1280)
        reader.browser.errors.clear()
        reader.open(page)
        about = {"open at first": reader.browser.run("document.querySelectorAll('details[open]').length")}
        about["disclosures"] = reader.browser.run("document.querySelectorAll('details').length")
        about["keys"] = reader.press_all_disclosures()
        reader.ask("open_all")
        about |= {name: reader.ask(name) for name in ("prose", "images", "headings")}
        about["contrasts"] = reader.browser.run(CONTRASTS)
        reader.look(1280, dark=True)
        about["contrasts in the dark"] = reader.browser.run(CONTRASTS)
        reader.look(A4, media="print", dark=True)
        about["wide on paper"] = reader.ask("too_wide") + reader.ask("scrolling") + reader.ask("broken_code", 120)
        about["only for the screen"] = reader.ask("only_for_the_screen")
        about["dark on paper"] = reader.ask("dark_on_paper")
        for width in (1366, 1024, 800, 390):
            reader.look(width)
            about[f"wide at {width}"] = reader.ask("too_wide") + reader.ask("cut_off")
            about[f"wide at {width}"] += reader.ask("scrolling_code", CODE_AT_1366) if width == 1366 else []
        reader.browser.run(AXE.read_text("utf-8"))
        reader.ask("thin_out")
        about["axe, narrow"] = reader.ask("violations", {"runOnly": ["target-size", "scrollable-region-focusable"]})
        reader.look(1280)
        about["axe"] = reader.ask("violations", {"rules": {"color-contrast": {"enabled": False}}})
        about["errors"] = list(reader.browser.errors)
        answers[page] = about
    return answers


def found(answers, name):
    """What is wrong on the pages, by page; empty if nothing is."""
    return {page: about[name] for page, about in answers.items() if about[name]}


def test_every_page_of_the_book_is_read(answers):
    assert PAGES_OF_NOTEBOOKS | {"index.html", "glossary.html", "search.html"} <= set(answers)


def test_nothing_fails_and_no_other_host_is_asked(answers, reader):
    assert found(answers, "errors") == {}
    assert reader.asked == []


def test_no_formula_is_left_as_tex(answers):
    raw = {page: [text for text in about["prose"] if RAW_TEX.search(text)] for page, about in answers.items()}
    assert {page: texts for page, texts in raw.items() if texts} == {}
    assert all(len(answers[page]["prose"]) > 300 for page in PAGES_OF_NOTEBOOKS)


def test_every_picture_is_there_and_has_a_text(answers):
    for page, about in answers.items():
        for image in about["images"]:
            assert image["width"] > 0 and len(image["alt"].split()) > 5, (page, image)
    assert all(answers[page]["images"] for page in PAGES_OF_NOTEBOOKS | {"index.html"})


def test_disclosures_are_closed_at_first_and_work_by_keyboard(answers):
    assert found(answers, "open at first") == {}
    keys = {(page, name): about["keys"][name] for page, about in answers.items() for name in about["keys"]}
    assert {key: elements for key, elements in keys.items() if elements} == {}
    assert all(answers[page]["disclosures"] > 50 for page in PAGES_OF_NOTEBOOKS)


def test_headings_are_in_order(answers):
    for page, about in answers.items():
        levels = about["headings"]
        assert levels[0] == 1 and levels.count(1) == 1, (page, levels)
        assert all(after <= before + 1 for before, after in zip(levels, levels[1:])), (page, levels)


@pytest.mark.parametrize("name", ["contrasts", "contrasts in the dark"])
def test_every_text_has_contrast(answers, name):
    """Code and formulas, too. The WCAG asks for 4.5."""
    pale = {page: [text for text in about[name] if text["ratio"] < 4.5] for page, about in answers.items()}
    assert {page: texts for page, texts in pale.items() if texts} == {}
    assert all(len(answers[page][name]) > 2000 for page in PAGES_OF_NOTEBOOKS)


@pytest.mark.parametrize("name", ["wide at 1366", "wide at 1024", "wide at 800", "wide at 390", "wide on paper"])
def test_nothing_is_cut_off_at_the_right(answers, name):
    assert found(answers, name) == {}


@pytest.mark.parametrize("name", ["only for the screen", "dark on paper"])
def test_paper_is_white_and_without_what_is_only_for_the_screen(answers, name):
    assert found(answers, name) == {}


@pytest.mark.parametrize("name", ["axe", "axe, narrow"])
def test_axe_finds_nothing(answers, name):
    """Colours aside: see `test_every_text_has_contrast`."""
    assert found(answers, name) == {}


def test_the_keyboard_begins_with_a_way_past_the_sidebar(reader):
    reader.look(1280)
    reader.open("02_batchnorm_backward.html")
    assert reader.browser.run("document.documentElement.lang") == "en"
    reader.browser.press("Tab")
    assert reader.browser.run("document.activeElement.textContent.trim()") == "Skip to content"
    reader.browser.wait_for("document.activeElement.getBoundingClientRect().top >= 0", 5)
    reader.browser.press("Enter")
    reader.browser.press("Tab")
    assert reader.browser.run("document.activeElement.closest('article') !== null")


@pytest.mark.parametrize("query, first", [("x_hat", "Glossary"), ("running mean", "Glossary")])
def test_search_finds(reader, query, first):
    reader.browser.errors.clear()
    reader.open("index.html")
    reader.browser.run("document.querySelector('input[name=q]').focus()")
    for letter in query:
        reader.browser.press(letter)
    reader.browser.press("Enter")
    ended = "(document.querySelector('#search-results p.search-summary') || {}).textContent"
    reader.browser.wait_for(f"/Search finished|did not match/.test({ended})", 30)
    names = "[...document.querySelectorAll('#search-results li > a')].map(link => link.textContent)"
    reader.browser.wait_for(f"{names}.length > 1", 10)
    results = reader.browser.run(names)
    assert any(first in result for result in results[:3]) and any("Notebook 2" in result for result in results), results
    assert reader.browser.errors == []


def test_without_javascript_the_page_is_there_and_disclosures_work(reader):
    reader.look(390)
    reader.browser.call("Emulation.setScriptExecutionDisabled", value=True)
    try:
        reader.browser.open(reader.url + "01_softmax_gradient.html")
        reader.browser.wait_for("document.readyState == 'complete' && location.href.includes('01_')")
        assert reader.browser.run("document.documentElement.className") == "no-js"
        assert "derivative" in reader.browser.run("document.querySelector('article').innerText")
        assert reader.browser.run("document.querySelector('article .katex-html').getBoundingClientRect().width > 0")
        reader.browser.run("document.querySelector('details.solution > summary').focus()")
        reader.browser.press("Enter")
        reader.browser.wait_for("document.querySelector('details.solution pre').getBoundingClientRect().height > 0", 5)
        hidden = "[...document.querySelectorAll('article pre')].filter(pre => !pre.checkVisibility()).length"
        assert reader.browser.run(hidden) > 50
        reader.browser.call("Emulation.setEmulatedMedia", media="print")
        assert reader.browser.run(hidden) == 0
    finally:
        reader.browser.call("Emulation.setScriptExecutionDisabled", value=False)
