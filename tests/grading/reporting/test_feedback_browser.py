"""Tests of the feedback page in a real browser: no script runs, it fits a phone, and its text can be read."""

import pytest

from cs231n.grading.reporting.feedback import make_page
from tests.helpers import sample_records
from tests.helpers.browser import CHROMIUM, Browser
from tests.helpers.page_looks import CONTRASTS, TOO_WIDE, show

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM, reason="needs chromium: apt install chromium"),
]
ALL = ("right_record", "mistaken_record", "empty_record", "hostile_record")
SCRIPT = "<script>document.title = 'ran'</script><p style='color: rgb(1, 2, 3)' onclick='1' id='leak'>leak</p>"


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """The files of the pages, by the name of the sample."""
    folder = tmp_path_factory.mktemp("pages")
    files = {name: folder / f"{name}.html" for name in ALL}
    for name, file in files.items():
        file.write_text(make_page(getattr(sample_records, name)()), encoding="utf-8")
    return files


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    with Browser(tmp_path_factory.mktemp("browser") / "profile") as browser:
        yield browser


@pytest.mark.parametrize("name", ALL)
def test_nothing_reaches_beyond_a_phone(name, pages, browser):
    show(browser, pages[name], width=375)
    assert browser.run("innerWidth") == 375
    assert browser.run("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    assert browser.run(TOO_WIDE) == []


def test_wide_things_scroll_inside_themselves(pages, browser):
    show(browser, pages["hostile_record"], width=375)
    assert browser.run("document.querySelector('.array').offsetWidth > 375")
    browser.run("document.querySelectorAll('details').forEach(fold => fold.open = true)")
    assert browser.run("document.querySelector('pre.code').scrollWidth > 375")
    assert browser.run("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("name", ALL)
def test_all_text_has_contrast(name, dark, pages, browser):
    show(browser, pages[name], dark=dark)
    found = browser.run(CONTRASTS)
    assert len(found) > 5 and not [text for text in found if text["ratio"] < 4.5]


def test_the_style_counts_in_light_and_dark_and_a_drawing_has_its_colours(pages, browser):
    backgrounds = []
    for dark in (False, True):
        show(browser, pages["mistaken_record"], dark=dark)
        backgrounds.append(browser.run("getComputedStyle(document.body).backgroundColor"))
        assert browser.run("getComputedStyle(document.querySelector('.plus-8')).backgroundColor") == "rgb(230, 159, 0)"
    assert backgrounds == ["rgb(255, 255, 255)", "rgb(22, 24, 29)"]


def test_folded_code_is_printed_on_white(pages, browser):
    show(browser, pages["mistaken_record"], dark=True)
    assert browser.run("document.querySelector('details pre').checkVisibility({contentVisibilityAuto: true})") is False
    show(browser, pages["mistaken_record"], dark=True, media="print")
    assert browser.run("document.querySelector('details pre').getBoundingClientRect().height > 300")
    assert browser.run("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


def test_a_screen_reader_meets_headings_captions_and_numbers(pages, browser):
    show(browser, pages["mistaken_record"])
    nodes = [node for node in browser.call("Accessibility.getFullAXTree")["nodes"] if not node.get("ignored")]
    names = {
        role: [node.get("name", {}).get("value", "") for node in nodes if node.get("role", {}).get("value") == role]
        for role in ("heading", "table", "link", "cell", "gridcell")
    }
    assert "1.1 softmax: 1 of 2 points" in names["heading"]
    assert {"p, yours", "p, right", "difference"} <= set(names["table"])
    assert "partly right (softmax)" in names["link"]
    assert {"nan", "0.2689", "1"} <= set(names["cell"] + names["gridcell"])


def test_no_script_runs_even_if_our_escaping_misses_one(pages, browser):
    """A control: the same script runs in a page without the policy."""
    html = pages["hostile_record"].read_text(encoding="utf-8")
    leaky = pages["hostile_record"].with_name("leaky.html")
    leaky.write_text(html.replace("<h1>", f"{SCRIPT}<h1>", 1), encoding="utf-8")
    for file in (pages["hostile_record"], leaky):
        show(browser, file)
        assert browser.run("document.title").startswith("Feedback for </pre><script>")
        assert browser.run("[...document.scripts].length") == (file == leaky)
    assert browser.run("getComputedStyle(document.querySelector('#leak')).color") != "rgb(1, 2, 3)"
    control = leaky.with_name("control.html")
    control.write_text(f"<title>x</title>{SCRIPT}", encoding="utf-8")
    show(browser, control)
    assert browser.run("document.title") == "ran"
    assert browser.run("getComputedStyle(document.querySelector('#leak')).color") == "rgb(1, 2, 3)"
