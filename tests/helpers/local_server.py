"""A server for the files of a site, and a proxy that notes and refuses every request to another host."""

import contextlib
import functools
import http.server
import threading

# What a Chromium asks for itself, whatever page it shows.
OF_CHROMIUM = (
    "www.google.com",
    "accounts.google.com",
    "clients2.google.com",
    "android.clients.google.com",
    "update.googleapis.com",
    "optimizationguide-pa.googleapis.com",
    "content-autofill.googleapis.com",
    "android.clients.google.com",
)


class _Files(http.server.SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        """Print nothing."""


@contextlib.contextmanager
def serve(folder):
    """Serve the files of a folder. Yield the address, which ends in ``/``."""
    with _running(functools.partial(_Files, directory=folder)) as server:
        yield f"http://127.0.0.1:{server.server_port}/"


@contextlib.contextmanager
def refuse_others():
    """Run a proxy for a browser, which asks this computer directly and everybody else through the proxy.

    Yields:
        The proxy's address, and the list of what was asked of other hosts. The list grows.
    """
    asked = []

    class Refuse(http.server.BaseHTTPRequestHandler):
        def log_message(self, *arguments):
            """Print nothing."""

        def _refuse(self):
            if not any(host in self.path for host in OF_CHROMIUM):
                asked.append(f"{self.command} {self.path}")
            self.send_error(403)

        do_GET = do_HEAD = do_POST = do_CONNECT = _refuse

    with _running(Refuse) as server:
        yield f"127.0.0.1:{server.server_port}", asked


@contextlib.contextmanager
def _running(handler):
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()
