"""Tests of the report of a class in a real browser: on a phone, in the dark, on paper, and without any error."""

import pytest

from cs231n.grading.reporting.report import make_report
from tests.helpers.browser import CHROMIUM, Browser
from tests.helpers.page_looks import CONTRASTS, TOO_WIDE, show
from tests.helpers.sample_class import make_class
from tests.helpers.sample_records import hostile_record

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM, reason="needs chromium: apt install chromium"),
]
OPEN = "document.querySelectorAll('details').forEach(fold => fold.open = true)"
PICTURES = "[...document.images].map(image => [image.naturalWidth, image.clientWidth, document.body.clientWidth])"


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    file = tmp_path_factory.mktemp("report") / "report.html"
    records = [*make_class(), hostile_record(), hostile_record()]
    records[-1].student += "2"
    file.write_text(make_report(records, {"Student 0": "../feedback/x.html"}), encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    with Browser(tmp_path_factory.mktemp("browser") / "profile") as browser:
        yield browser


def test_nothing_reaches_beyond_a_phone(file, browser):
    show(browser, file, width=375)
    browser.run(OPEN)
    assert browser.run("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    assert browser.run(TOO_WIDE) == []
    assert all(0 < width < body for _, width, body in browser.run(PICTURES))


@pytest.mark.parametrize("dark", [False, True])
def test_all_text_has_contrast(dark, file, browser):
    show(browser, file, dark=dark)
    browser.run(OPEN)
    found = browser.run(CONTRASTS)
    assert len(found) > 100 and not [text for text in found if text["ratio"] < 4.5]


def test_the_policy_lets_the_pictures_in_and_two_answers_stand_side_by_side(file, browser):
    show(browser, file, width=1000)
    assert [natural > 500 for natural, _, _ in browser.run(PICTURES)] == [True, True]
    browser.run(OPEN)
    assert browser.run("new Set([...document.querySelectorAll('.sides')[0].children].map(e => e.offsetTop)).size") == 1
    show(browser, file, width=375)
    browser.run(OPEN)
    assert browser.run("new Set([...document.querySelectorAll('.sides')[0].children].map(e => e.offsetTop)).size") == 2


def test_what_is_folded_is_printed(file, browser):
    show(browser, file, dark=True, media="print")
    assert browser.run("document.querySelector('.pair pre').getBoundingClientRect().height > 50")
    assert browser.run("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
