"""An HTTP server on this machine that serves one file, correctly or with faults, for tests."""

import contextlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class UnrulyServer(ThreadingHTTPServer):
    """Serves ``content`` at every path. Its attributes set what it does wrong."""

    daemon_threads = True

    def __init__(self, content):
        super().__init__(("127.0.0.1", 0), Handler)
        self.content = content
        self.etag = '"first"'
        self.date = "Mon, 23 Nov 2026 10:00:00 GMT"
        self.status = 200  # with any other status it sends an error page
        self.ranges = True  # whether it understands the header Range
        self.range_shift = 0  # is added to the first byte that it names in Content-Range
        self.claim = 0  # is added to the length that it names in Content-Length; None to name none
        self.send = None  # close the connection after this many bytes of the body
        self.stall_after = None  # send nothing more after this many bytes of the body
        self.location = None  # redirect to this address
        self.awake = threading.Event()  # ends a stall
        self.requests = []  # the headers of the requests so far

    @property
    def url(self):
        """The address of the file."""
        return f"http://127.0.0.1:{self.server_port}/cifar.tar.gz"


class Handler(BaseHTTPRequestHandler):
    """Answers one request."""

    def do_GET(self):
        """Answer with the file, the rest of it, a redirection or an error, as the server's attributes say."""
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
        """The first byte to send: 0, unless the client asks for the rest of the same version of the file."""
        wanted = self.headers.get("Range")
        if not wanted or not self.server.ranges:
            return 0
        if self.headers.get("If-Range") not in (None, self.server.etag, self.server.date):
            return 0
        return int(wanted.removeprefix("bytes=").removesuffix("-"))

    def log_message(self, *arguments):
        """Print nothing on stderr."""


@contextlib.contextmanager
def serving(content):
    """A context with a running `UnrulyServer`. At the end the server is stopped."""
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
