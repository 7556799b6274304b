"""Test of the page for marking in a real browser, as a file: type, reload, mark, regenerate, download, merge."""

import json

import pytest

from cs231n.grading.reporting.marks import load_marks
from tests.grading.reporting.test_feedback_browser import CONTRASTS, show
from tests.helpers.browser import CHROMIUM, Browser, wait_until
from tests.helpers.stub_class import StubClass

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM, reason="needs chromium: apt install chromium"),
]
WRITTEN = {
    "__proto__": {"written-1": "$\\frac{1}{2}$ <script>document.title = 'owned'</script>"},
    "ana \"'><b>": {"written-1": "One.", "written-2": "Two."},
    "zoe": {"written-1": "Three."},
}
ANA = "ana \"'><b>"


def press(browser, key, **settings):
    """Press a key of the keyboard."""
    codes = {"Tab": 9, "Enter": 13}
    for kind in ("keyDown", "keyUp"):
        text = {"text": "\r"} if key == "Enter" and kind == "keyDown" else {}
        browser.call(
            "Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=codes[key], **text, **settings
        )


def type_text(browser, text):
    browser.call("Input.insertText", text=text)


def focused(browser):
    """The student and the class of the field that has the focus."""
    return browser.run(
        "[document.activeElement.closest('.marks')?.dataset.student, document.activeElement.className,"
        " document.activeElement.value]"
    )


def status(browser):
    return browser.run("document.getElementById('status').textContent")


def test_marks_are_typed_kept_over_a_regeneration_downloaded_and_merged(tmp_path, monkeypatch):
    stub = StubClass(tmp_path, monkeypatch, WRITTEN)
    stub.grade()
    page, downloads = stub.out / "private" / "written.html", tmp_path / "downloads"
    with Browser(tmp_path / "profile") as browser:
        browser.call("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(downloads))
        show(browser, page)
        assert browser.run("document.title") == "Written answers" and browser.run("document.scripts.length") == 1
        assert browser.run("document.querySelectorAll('article math mfrac').length") == 1
        assert status(browser) == "0 marks are only in this browser. 4 of 4 answers have no points."
        for dark in (True, False):
            show(browser, page, dark=dark)
            assert not [text for text in browser.run(CONTRASTS) if text["ratio"] < 4.5]

        browser.run("document.getElementById('next').click()")  # by the keyboard from here on
        assert focused(browser) == ["__proto__", "points", ""]
        type_text(browser, "1,5")
        press(browser, "Tab")
        type_text(browser, "Say why <b>.")
        press(browser, "Tab")
        while focused(browser)[:2] != [ANA, "points"]:
            press(browser, "Tab")
        type_text(browser, "2")
        press(browser, "Enter")
        assert focused(browser) == ["zoe", "points", ""]
        type_text(browser, "7")
        assert browser.run("document.activeElement.getAttribute('aria-invalid')") == "true"
        assert browser.run("[...document.querySelector('datalist').options].map(o => o.value)") == ["Say why <b>."]
        browser.run("document.getElementById('download').click()")
        assert status(browser).startswith("Nothing was downloaded") and focused(browser)[0] == "zoe"

        stub.hand_in_again("zoe", {"written-1": "Three, and more."})
        assert stub.grade() == ["zoe"], "the page is made anew"
        show(browser, page, width=375)
        assert browser.run("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
        values = "[...document.querySelectorAll('.marks input')].map(input => input.value)"
        assert browser.run(values) == ["1,5", "Say why <b>.", "2", "", "7", "", "", ""]
        assert "earlier answer" in browser.run("document.querySelectorAll('.note')[2].textContent")
        browser.run("document.querySelectorAll('.points')[2].focus(); document.activeElement.select()")
        type_text(browser, "0.5")
        assert status(browser) == "3 marks are only in this browser. 1 of 4 answers have no points."
        browser.run("document.getElementById('download').click()")
        file = downloads / "marks.json"
        wait_until(file.exists, 20)
        wait_until(lambda: file.read_text().endswith("}"), 20)
        found = json.loads(file.read_text(encoding="utf-8"))["marks"]
        assert [(m["student"], m["points"]) for m in found] == [("__proto__", 1.5), (ANA, 2), ("zoe", 0.5)]

        assert stub.grade("--merge", file) == []
        show(browser, page)
        assert status(browser) == "0 marks are only in this browser. 1 of 4 answers have no points."
        assert browser.run("Object.values(localStorage).every(text => text === '[]')")
        assert browser.run(values) == ["1.5", "Say why <b>.", "2", "", "0.5", "", "", ""]
    assert load_marks(stub.out).find("__proto__", "written-1").comment == "Say why <b>."
    assert stub.rows()["zoe"]["written-1"] == "0.5" and stub.rows()["zoe"]["flags"] == ""
    assert "Say why &lt;b&gt;." in stub.page("__proto__")
