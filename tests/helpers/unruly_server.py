"""An HTTP server on this machine that serves one file, well or badly, for tests."""

import contextlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class UnrulyServer(ThreadingHTTPServer):
    """Serves ``content`` at every path; what it does wrong is set by its attributes."""

    daemon_threads = True

    def __init__(self, content):
        super().__init__(("127.0.0.1", 0), Handler)
        self.content = content
        self.etag = '"first"'
        self.date = "Mon, 23 Nov 2026 10:00:00 GMT"
        self.status = 200  # anything else: an error page
        self.ranges = True  # whether it understands Range
        self.range_shift = 0  # added to where it says that its range begins
        self.claim = 0  # added to the length that it claims
        self.send = None  # close the connection after so many bytes of the body
        self.stall_after = None  # fall silent after so many bytes of the body
        self.location = None  # redirect
        self.awake = threading.Event()  # ends a stall
        self.requests = []  # the headers of the requests so far

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}/cifar.tar.gz"


class Handler(BaseHTTPRequestHandler):
    """One request."""

    def do_GET(self):
        server = self.server
        server.requests.append(dict(self.headers))
        if server.location:
            self.send_response(302)
            self.send_header("Location", server.location)
            self.end_headers()
            return
        if server.status != 200:
            self.send_error(server.status)
            return
        start = self.first_byte()
        body = server.content[start:]
        if start and not body:
            self.send_response(416)
            self.send_header("Content-Range", f"bytes */{len(server.content)}")
            self.end_headers()
            return
        self.send_response(206 if start else 200)
        if start:
            first = start + server.range_shift
            self.send_header("Content-Range", f"bytes {first}-{len(server.content) - 1}/{len(server.content)}")
        for name, value in (("ETag", server.etag), ("Last-Modified", server.date)):
            if value:
                self.send_header(name, value)
        if server.claim is not None:
            self.send_header("Content-Length", str(len(body) + server.claim))
        self.end_headers()
        with contextlib.suppress(ConnectionError):
            self.wfile.write(body[: server.send][: server.stall_after])
            if server.stall_after is not None:
                server.awake.wait(10)

    def first_byte(self):
        """Where the answer begins: at 0, unless the client may have, and asks for, the rest."""
        wanted = self.headers.get("Range")
        if not wanted or not self.server.ranges:
            return 0
        if self.headers.get("If-Range") not in (None, self.server.etag, self.server.date):
            return 0
        return int(wanted.removeprefix("bytes=").removesuffix("-"))

    def log_message(self, *arguments):
        """Say nothing on stderr."""


@contextlib.contextmanager
def serving(content):
    """A running `UnrulyServer`, stopped at the end."""
    server = UnrulyServer(content)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.awake.set()
        server.shutdown()
        server.server_close()
        thread.join()
