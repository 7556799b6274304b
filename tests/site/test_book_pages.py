"""Tests of every page of the book in a real browser: wide and narrow, light and dark, by keyboard, on paper.

Each page is opened once, and everything is asked of it then; the tests look at the answers.
"""

import base64
import json
import re
import shutil
import subprocess

import pytest

from cs231n.assignment.actions import NOTEBOOKS
from cs231n.site.book.katex import KATEX
from tests.helpers.browser import CHROMIUM, Browser
from tests.helpers.local_server import refuse_others, serve
from tests.helpers.page_looks import CONTRASTS
from tests.helpers.paths import ROOT

AXE = KATEX.parents[1] / "axe-core" / "axe.min.js"
FACTS = ROOT / "tests" / "helpers" / "page_facts.js"
FEW = 12
LOW = 120
RAW_TEX = re.compile(r"\$|\\[a-zA-Z]+")
NEXT_FRAME = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
PAGES_OF_NOTEBOOKS = {name.replace(".ipynb", ".html") for name in NOTEBOOKS}
pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed"),
    pytest.mark.skipif(not AXE.is_file(), reason="axe-core is missing: npm ci --prefix cs231n/site"),
]


class Reader:
    """Somebody with a browser in front of the book."""

    def __init__(self, browser, url, asked):
        self.browser, self.url, self.asked = browser, url, asked

    def look(self, width, dark=False, media="screen"):
        """Change the window and the colours. The window is low, since painting what is in it takes time."""
        size = {"width": width, "height": LOW, "deviceScaleFactor": 1, "mobile": width < 500}
        self.browser.call("Emulation.setDeviceMetricsOverride", **size)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.browser.call("Emulation.setEmulatedMedia", media=media, features=[scheme])
        self.browser.run(NEXT_FRAME)

    def open(self, page):
        """Open a page, with the functions of page_facts.js in it."""
        self.browser.open(self.url + page)
        self.browser.wait_for(f"document.readyState == 'complete' && location.href == '{self.url + page}'")
        self.browser.run(FACTS.read_text("utf-8"))

    def ask(self, function, *arguments):
        """Call a function of page_facts.js."""
        return self.browser.run(f"facts.{function}({', '.join(map(json.dumps, arguments))})")

    def press_all_disclosures(self):
        """Open every disclosure by keyboard, and close the last of them, which takes as long."""
        self.ask("watch_keys")
        self.ask("lay_out", False)
        count = self.browser.run("document.querySelectorAll('summary').length")
        last = range(count - 1, max(count - FEW, 0) - 1, -1)  # an inner one is there only while the outer one is open
        for number in [*range(count), *last]:
            self.browser.run(f"document.querySelectorAll('summary')[{number}].focus()")
            self.browser.press("Enter")
        self.ask("lay_out", True)
        return self.ask("keys_noted", FEW)


@pytest.fixture(scope="module")
def reader(book, tmp_path_factory):
    profile = tmp_path_factory.mktemp("chromium")
    with serve(book) as url, refuse_others() as (proxy, asked), Browser(profile, proxy=proxy) as browser:
        yield Reader(browser, url, asked)


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
        reader.look(700, media="print")
        about["wide on paper"] = reader.ask("too_wide") + reader.ask("scrolling")
        for width in (1366, 390):
            reader.look(width)
            about[f"wide at {width}"] = reader.ask("too_wide") + reader.ask("cut_off")
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


@pytest.mark.parametrize("name", ["wide at 1366", "wide at 390", "wide on paper"])
def test_nothing_is_cut_off_at_the_right(answers, name):
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


def test_paper_shows_what_is_folded(reader, tmp_path):
    """On paper a solution, an outcome and a hint can be read; on the screen they are closed afterwards."""
    reader.look(1280)
    reader.open("02_batchnorm_backward.html")
    reader.browser.run("addEventListener('afterprint', () => window.printed = true)")
    paper = tmp_path / "page.pdf"
    printed = reader.browser.call("Page.printToPDF", printBackground=False)
    paper.write_bytes(base64.b64decode(printed["data"]))
    reader.browser.wait_for("window.printed", 10)
    assert reader.browser.run("document.querySelectorAll('details[open]').length") == 0
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext is not installed (poppler-utils)")
    text = subprocess.run(["pdftotext", str(paper), "-"], check=True, capture_output=True, encoding="utf-8").stdout
    text = " ".join(text.split())
    for words in (
        "variance = (3**2 + 0**2 + 3**2) / 3",
        "Each node uses only what stands in the brackets",
        "outcome: 4",
    ):
        assert words in text, words


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
    finally:
        reader.browser.call("Emulation.setScriptExecutionDisabled", value=False)
