"""A headless Chromium, driven over its DevTools protocol, to see a page as its scripts have built it."""

import base64
import json
import shutil
import subprocess
import time
import urllib.request

import websocket  # of websocket-client, which jupyter_server needs

CHROMIUM = shutil.which("chromium")
KEYS = {"Tab": 9, "Enter": 13, "Escape": 27, " ": 32, "PageUp": 33, "PageDown": 34, "End": 35, "Home": 36,
        "ArrowLeft": 37, "ArrowUp": 38, "ArrowRight": 39, "ArrowDown": 40}  # fmt: skip
TYPED = {"Enter": "\r", " ": " "}  # what these keys write; without it, they do not press a button


LEFT = ("navigated or closed", "context was destroyed", "Cannot find context")  # what Chromium says then


class PageLeft(AssertionError):
    """The page was left for another one while a script ran in it."""


class Browser:
    """One page in a Chromium of its own. Use it as a context manager.

    Arguments:
        profile: a folder for Chromium's files; it must not exist yet or be empty.
        width, height: the size of the window, in CSS pixels.
        proxy: address of a proxy for requests to other computers, see `local_server.refuse_others`; None for none.

    Attributes:
        errors: what the page has written to the console as an error, and exceptions that nothing caught.
    """

    def __init__(self, profile, width=1280, height=900, proxy=None):
        command = [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync"]
        command += ["--disable-background-networking", "--disable-component-update", f"--user-data-dir={profile}"]
        command += [f"--proxy-server={proxy}"] if proxy else []
        command += ["--remote-debugging-port=0", f"--window-size={width},{height}", "about:blank"]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.number, self.errors = 0, []
        port_file = profile / "DevToolsActivePort"
        wait_until(lambda: port_file.exists() and len(port_file.read_text().splitlines()) == 2, 30)
        port = port_file.read_text().splitlines()[0]
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/json") as answer:
            page = next(target for target in json.load(answer) if target["type"] == "page")
        self.socket = websocket.create_connection(
            page["webSocketDebuggerUrl"], timeout=180, suppress_origin=True,
            skip_utf8_validation=True,  # Chromium's texts are UTF-8, and this package looks at every byte in Python
        )  # fmt: skip
        for domain in ("Runtime", "Log"):
            self.call(f"{domain}.enable")

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.socket.close()
        self.process.kill()
        self.process.wait()

    def call(self, method, **parameters):
        """Call a method of the protocol. Return its result."""
        self.number += 1
        self.socket.send(json.dumps({"id": self.number, "method": method, "params": parameters}))
        while True:
            answer = json.loads(self.socket.recv())
            if answer.get("id") == self.number:
                if any(words in answer.get("error", {}).get("message", "") for words in LEFT):
                    raise PageLeft(answer)
                assert "error" not in answer, answer
                return answer["result"]
            self._note(answer.get("method"), answer.get("params", {}))

    def _note(self, event, about):
        """Note an error that the page reports."""
        if event == "Runtime.exceptionThrown":
            self.errors.append(json.dumps(about["exceptionDetails"]))
        elif event == "Runtime.consoleAPICalled" and about["type"] in ("error", "assert"):
            self.errors.append(" ".join(str(value.get("value", value)) for value in about["args"]))
        elif event == "Log.entryAdded" and about["entry"]["level"] == "error":
            self.errors.append(f"{about['entry']['text']} {about['entry'].get('url', '')}")

    def run(self, script):
        """Run JavaScript in the page. Return its value."""
        result = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in result, result
        return result["result"].get("value")

    def open(self, url):
        """Open a page. When this returns, the page before it is gone, also if it had the same address."""
        self.run("window.isLeft = true")
        opened = self.call("Page.navigate", url=url)
        if "loaderId" in opened:  # else the address differs after its # only, and the page stays
            self.wait_for("!window.isLeft")

    def wait_for(self, script, seconds=60):
        """Wait until JavaScript gives a true value, in this page or in the one that is loading. Return it."""

        def ask():
            try:
                return self.run(script)
            except PageLeft:
                return None

        return wait_until(ask, seconds)

    def press(self, key, shift=False):
        """Press and release a key: one of KEYS, or a character."""
        what = {"key": key, "modifiers": 8 if shift else 0, "windowsVirtualKeyCode": KEYS.get(key) or ord(key.upper())}
        text = TYPED.get(key, key if key not in KEYS else None)
        self.call("Input.dispatchKeyEvent", type="keyDown", **what, **({"text": text} if text else {}))
        self.call("Input.dispatchKeyEvent", type="keyUp", **what)

    def drag(self, start, end):
        """Press the mouse at a point (x, y) of the window, move it to another one, and release it."""
        button = {"button": "left", "buttons": 1, "clickCount": 1}
        half = {"x": (start[0] + end[0]) / 2, "y": (start[1] + end[1]) / 2}
        self.call("Input.dispatchMouseEvent", type="mousePressed", x=start[0], y=start[1], **button)
        self.call("Input.dispatchMouseEvent", type="mouseMoved", **half, **button)
        self.call("Input.dispatchMouseEvent", type="mouseMoved", x=end[0], y=end[1], **button)
        self.call("Input.dispatchMouseEvent", type="mouseReleased", x=end[0], y=end[1], **button)

    def click(self, x, y):
        """Click at a point of the window."""
        self.drag((x, y), (x, y))

    def picture(self, path, whole=False):
        """Save a picture of the window, or of the whole page, as PNG."""
        taken = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=whole, **self._whole(whole))
        path.write_bytes(base64.b64decode(taken["data"]))

    def _whole(self, whole):
        if not whole:
            return {}
        size = self.call("Page.getLayoutMetrics")["cssContentSize"]
        return {"clip": {"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1}}

    def keep_downloads(self, folder):
        """Save downloads in a folder, without asking."""
        self.call("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(folder))


def wait_until(question, seconds):
    """Wait until a function returns a true value. Return it."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if answer := question():
            return answer
        time.sleep(0.2)
    raise TimeoutError(f"not true after {seconds} seconds")
