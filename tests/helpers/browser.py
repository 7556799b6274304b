"""A headless Chromium, driven over its DevTools protocol, to see a page as its scripts have built it."""

import json
import shutil
import subprocess
import time
import urllib.request

import websocket  # of websocket-client, which jupyter_server needs

CHROMIUM = shutil.which("chromium")


class Browser:
    """One page in a Chromium of its own. Use it as a context manager.

    Arguments:
        profile: a folder for Chromium's files; it must not exist yet or be empty.
        width, height: the size of the window, in CSS pixels.
    """

    def __init__(self, profile, width=1280, height=900):
        command = [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync"]
        command += ["--disable-background-networking", "--disable-component-update", f"--user-data-dir={profile}"]
        command += ["--remote-debugging-port=0", f"--window-size={width},{height}", "about:blank"]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.number = 0
        port_file = profile / "DevToolsActivePort"
        wait_until(lambda: port_file.exists() and len(port_file.read_text().splitlines()) == 2, 30)
        port = port_file.read_text().splitlines()[0]
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/json") as answer:
            page = next(target for target in json.load(answer) if target["type"] == "page")
        self.socket = websocket.create_connection(page["webSocketDebuggerUrl"], timeout=60, suppress_origin=True)

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
                assert "error" not in answer, answer
                return answer["result"]

    def run(self, script):
        """Run JavaScript in the page. Return its value."""
        result = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in result, result
        return result["result"].get("value")

    def open(self, url):
        """Open a page."""
        self.call("Page.navigate", url=url)

    def wait_for(self, script, seconds=60):
        """Wait until JavaScript gives a true value. Return it."""
        return wait_until(lambda: self.run(script), seconds)


def wait_until(question, seconds):
    """Wait until a function returns a true value. Return it."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if answer := question():
            return answer
        time.sleep(0.2)
    raise TimeoutError(f"not true after {seconds} seconds")
