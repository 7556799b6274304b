"""Somebody with a browser in front of the book."""

import base64
import json

from tests.helpers.paths import ROOT

FACTS = ROOT / "tests" / "helpers" / "page_facts.js"
A4 = 703 + 15  # the width of A4 between the margins of print.css, in CSS pixels, and a scroll bar
FEW = 12
LOW = 120
NEXT_FRAME = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"


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

    def print(self, path):
        """Print the page that is open on A4, into a PDF file."""
        self.browser.call("Emulation.setEmulatedMedia", media="")  # else the sheets look like the screen
        inches = {"paperWidth": 8.27, "paperHeight": 11.69}
        printed = self.browser.call("Page.printToPDF", preferCSSPageSize=True, printBackground=True, **inches)
        path.write_bytes(base64.b64decode(printed["data"]))
