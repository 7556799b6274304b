"""A reader of many submissions: one warm process, and a child of it for every submission."""

import contextlib
import json
import os
import selectors
import socket
import subprocess
import sys
import threading
import time

from ...support import threads
from ..publishing.paths import ROOT
from .child_process import MAX_MEMORY, MAX_SECONDS, finish_reading, read_in_child
from .reader import Reading
from .submissions import Submission
from .warm_process import READY

MAX_OUTPUT_BYTES = 2**27
SECONDS_TO_START = 60.0  # a busy machine takes long to import everything
SECONDS_TO_END = 1.0  # it ends by itself when its socket is closed
SECONDS_TO_SPARE = 5.0  # a child ends itself in time; we give up on it a little later
CAN_FORK = hasattr(os, "fork") and hasattr(socket, "send_fds")


class _Gone(Exception):
    """The warm process does not answer."""


class Reader:
    """Reads submissions, each in a process of its own with limits. Several threads may share it.

    Use it as a context manager: it keeps a warm process, which has imported everything and forks a child per
    submission. A child that hangs or crashes costs its own submission only. If the warm process dies, the next
    submission starts another one. Where processes cannot be forked (Windows), it is `read_in_child`.

    Arguments:
        seconds, memory: the limits for one submission, see `read_in_child`.
    """

    def __init__(self, seconds: float = MAX_SECONDS, memory: int = MAX_MEMORY) -> None:
        self.seconds, self.memory = seconds, memory
        self._lock = threading.Lock()  # held while a request is sent, not while a child reads
        self._process: subprocess.Popen | None = None
        self._socket: socket.socket | None = None

    def __enter__(self) -> "Reader":
        if CAN_FORK:
            with self._lock:
                self._start()
        return self

    def __exit__(self, *exception: object) -> None:
        with self._lock:
            self._stop()

    def read(self, submission: Submission) -> Reading:
        """Read a submission, see `read_in_child`."""
        for _ in range(2 if CAN_FORK else 0):
            try:
                pipe = self._ask(submission)
            except _Gone:
                continue
            return finish_reading(self._receive(pipe), submission, self.seconds)
        return read_in_child(submission, self.seconds, self.memory)

    def _ask(self, submission: Submission) -> int:
        """Let the warm process fork a child that reads a submission. Return the pipe that brings the reading.

        Raises:
            _Gone: if the warm process does not answer. It is ended.
        """
        request = json.dumps([os.path.abspath(submission.path), self.seconds, self.memory]).encode("ascii") + b"\n"
        ours, theirs = os.pipe()
        try:
            with self._lock:
                try:
                    connection = self._socket or self._start()
                    sent = socket.send_fds(connection, [request], [theirs])
                    connection.sendall(request[sent:])
                    if not self._get_byte(connection):
                        raise _Gone
                except (OSError, _Gone):
                    self._stop()
                    raise _Gone from None
        except BaseException:
            os.close(ours)
            raise
        finally:
            os.close(theirs)
        return ours

    def _get_byte(self, connection: socket.socket) -> bytes:
        """Get the answer to a request. The byte that says that the warm process has started comes before the first."""
        answer = connection.recv(1)
        return connection.recv(1) if answer == READY else answer

    def _receive(self, pipe: int) -> bytes | None:
        """Read what a child writes. Return None if it did not end in time, and nothing if that is far too much."""
        start, parts, size = time.monotonic(), [], 0
        with contextlib.closing(selectors.DefaultSelector()) as selector, open(pipe, "rb", buffering=0) as stream:
            selector.register(stream, selectors.EVENT_READ)
            while size <= MAX_OUTPUT_BYTES:
                left = start + self.seconds + SECONDS_TO_SPARE - time.monotonic()
                if left <= 0 or not selector.select(left):
                    return None
                part = stream.read(2**20)
                if not part:
                    break
                parts.append(part)
                size += len(part)
        if not parts and time.monotonic() - start >= self.seconds:
            return None
        return b"".join(parts) if size <= MAX_OUTPUT_BYTES else b""

    def _start(self) -> socket.socket:
        """Start the warm process. Return the socket for requests."""
        self._socket, theirs = socket.socketpair()
        self._socket.settimeout(SECONDS_TO_START)
        with theirs:
            command = [sys.executable, "-m", "cs231n.grading.reading", "--serve", str(theirs.fileno())]
            self._process = subprocess.Popen(
                command, cwd=ROOT, env={**os.environ, **threads.limited_to(1)}, pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )  # fmt: skip
        return self._socket

    def _stop(self) -> None:
        """End the warm process. Its children go on reading."""
        if self._socket:
            self._socket.close()  # the warm process ends then
        if self._process:
            try:
                self._process.wait(SECONDS_TO_END)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._socket = self._process = None
