"""Walk through the browser edition in a real Chromium: open, wrong, right, download, reload, the next notebook.

The walk is done once, by a fixture, since Python needs its time to start in a browser. The tests look at what it saw.
It needs a folder with Pyodide: `tests/helpers/pyodide_folder.py` makes one, and PYODIDE_DIR names it.
"""

import json
import os
import re
import zipfile

import pytest

from cs231n.grading.publishing.notebooks import reference_body, replace_body
from cs231n.grading.reading import read_submission
from cs231n.site.lite.banner import BANNER_ID
from cs231n.site.lite.build import build_lite
from cs231n.site.lite.landing import ABOUT, STORAGE
from tests.helpers.browser import CHROMIUM, Browser, wait_until
from tests.helpers.lite_page import LitePage
from tests.helpers.local_server import refuse_others, serve
from tests.helpers.reading_cases import ONE, TWO

PYODIDE_DIR = os.environ.get("PYODIDE_DIR")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM, reason="needs Chromium"),
    pytest.mark.skipif(not PYODIDE_DIR, reason="needs PYODIDE_DIR; python3 -m tests.helpers.pyodide_folder makes one"),
]
EARLIER = "0123abcd"  # an edition that is no longer on the site
FIRST_STEP = "return np.exp(x - x.max()) / np.exp(x - x.max()).sum()"
# Leave a notebook in the browser, as an earlier edition of the course would have.
LEAVE_EARLIER = """
new Promise((resolve, reject) => {
  const request = indexedDB.open(NAME, 1);
  request.onerror = () => reject(request.error);
  request.onupgradeneeded = () => request.result.createObjectStore("files").put(
    {path: "notebooks/old.ipynb", type: "notebook", format: "json", last_modified: "2026-01-02T03:04:05Z",
     content: {cells: []}}, "notebooks/old.ipynb");
  request.onsuccess = () => { request.result.close(); resolve(true); };
})
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The built site: a folder with ``lite/`` in it."""
    out = tmp_path_factory.mktemp("site")
    build_lite(out, PYODIDE_DIR)
    return out


@pytest.fixture(scope="module")
def seen(site, tmp_path_factory):
    """What a student sees on the walk."""
    folder, seen = tmp_path_factory.mktemp("walk"), {}
    edition = json.loads((site / "lite" / ABOUT).read_text())["edition"]
    profile, downloads = folder / "profile", folder / "downloads"
    profile.mkdir()
    downloads.mkdir()
    with (
        serve(site) as address,
        refuse_others() as (proxy, asked),
        Browser(profile, proxy=proxy) as browser,
    ):
        browser.keep_downloads(downloads)
        page = LitePage(browser, f"{address}lite/{edition}/")
        page.open(ONE, seconds=300)
        seen["banner"] = page.read(BANNER_ID)
        for cell in ("setup", "use-my-answers", "network"):
            seen[cell] = page.execute(cell)
        page.write("first-probabilities", page.read("first-probabilities").replace("return ...", FIRST_STEP))
        seen["step"] = page.execute("first-probabilities")
        stub = page.read("softmax")
        wrong, right = "    return np.exp(x) / np.exp(x).sum()", reference_body("softmax")
        for name, body in (("wrong", wrong), ("right", right)):
            page.write("softmax", replace_body(stub, body))
            page.execute("softmax")
            seen[name] = page.execute("check-softmax")
        page.click_link("#download-my-work")
        seen["zip"] = take_zip(downloads, folder / "first.zip")
        page.open(TWO, seconds=300)
        seen["reloaded"] = page.read_stored(ONE, "softmax")
        seen["setup of 2"], seen["whose"] = page.execute("setup"), page.execute("use-my-answers")
        page.write("guess-dout-again", "progress()")
        seen["progress"] = page.execute("guess-dout-again")
        browser.run(LEAVE_EARLIER.replace("NAME", json.dumps(STORAGE + EARLIER)))
        page.save()
        browser.open(f"{address}lite/index.html#download")
        seen["whole zip"] = take_zip(downloads, folder / "second.zip")
        browser.call("Emulation.setDeviceMetricsOverride", width=390, height=844, deviceScaleFactor=1, mobile=True)
        seen["width on a phone"] = browser.run("document.documentElement.scrollWidth")
        seen["landing"] = browser.run("document.querySelector('main').innerText")
        seen["errors"], seen["asked"] = list(browser.errors), list(asked)
    return seen


def take_zip(folder, path):
    """Wait until a download is complete. Move it to a path, so that the next one is found."""
    return wait_until(lambda: next(folder.glob("*.zip"), None), 60).rename(path)


def test_the_notebook_opens_with_the_banner_and_runs(seen):
    assert "kept in this browser" in seen["banner"] and "#download-my-work" in seen["banner"]
    assert seen["setup"] == seen["network"] == ""
    assert "softmax: not written yet" in seen["use-my-answers"]


def test_a_wrong_answer_is_named_and_a_right_one_is_saved(seen):
    assert "FAIL" in seen["wrong"] and "CheckFailed" in seen["wrong"] and "row" in seen["wrong"]
    assert "FAIL" not in seen["right"] and "saved in my_answers/softmax.py" in seen["right"]
    assert "the library now runs on your softmax" in seen["right"]


def test_a_reload_keeps_the_notebook_and_the_next_one_runs_on_the_saved_answer(seen):
    assert reference_body("softmax").strip() in seen["reloaded"]
    assert seen["setup of 2"] == "" and "softmax: yours" in seen["whose"]
    line = next(line for line in seen["progress"].splitlines() if line.startswith("1.1"))
    assert line.endswith("done, saved") and "1 of 14 tasks are done" in seen["progress"]
    assert "Steps: 1 of" in seen["progress"]


def test_the_downloaded_zip_is_read_like_any_submission(seen):
    reading = read_submission(seen["zip"])
    assert reading.answered == {"softmax"} and list(reading.notebooks) == [ONE]
    with zipfile.ZipFile(seen["zip"]) as packed:
        assert packed.testzip() is None
        saved = ["my_answers/softmax.py", "my_answers/steps/first-probabilities.json"]
        assert sorted(packed.namelist()) == [f"batchnorm/notebooks/{name}" for name in (ONE, *saved)]
        assert reference_body("softmax") in packed.read("batchnorm/notebooks/my_answers/softmax.py").decode()


def test_the_landing_page_gives_out_earlier_editions_too(seen):
    with zipfile.ZipFile(seen["whole zip"]) as packed:
        assert packed.testzip() is None
        names = packed.namelist()
        assert json.loads(packed.read(f"batchnorm/edition-{EARLIER}/notebooks/old.ipynb")) == {"cells": []}
    assert {f"batchnorm/notebooks/{ONE}", f"batchnorm/notebooks/{TWO}"} < set(names)
    assert f"An earlier edition ({EARLIER}): notebooks: 1" in seen["landing"]
    assert (
        "This edition: notebooks: 2, saved answers: 1" in seen["landing"]
        and "Done: look for the zip" in seen["landing"]
    )


def test_the_landing_page_says_the_size_and_fits_a_phone(seen, site):
    size = sum(path.stat().st_size for path in (site / "lite").rglob("*") if path.is_file()) / 1e6
    said = int(re.search(r"downloads up to (\d+) MB", seen["landing"])[1])
    assert size - 0.1 < said < size + 1.1 and "On a phone" in seen["landing"]
    assert seen["width on a phone"] == 390


def test_nothing_is_asked_of_another_host_and_the_console_shows_no_error(seen):
    assert seen["asked"] == []
    assert seen["errors"] == []
