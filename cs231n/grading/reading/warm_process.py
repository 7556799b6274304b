"""The warm process of a `Reader`: it has imported everything, and forks a child for every submission.

It never opens a submission itself, and it reads nothing of what a child writes: the child has the pipe to the grader.
"""

import contextlib
import gc
import json
import os
import signal
import socket
from pathlib import Path

from ..publishing.edition import course_edition
from .child_process import read_under_limits
from .pristine import pristine_notebooks

MAX_REQUEST_BYTES = 2**20
SECONDS_BETWEEN_LOOKS = 5  # how often it looks whether the grader still lives
READY, FORKED = b"r", b"f"


def serve(number: int) -> None:
    """Answer requests until the grader closes its socket, or dies.

    A request is a line of JSON, ``[path, seconds, memory]``, and the file descriptor of a pipe. The child writes its
    reading there. The answer to a request is a byte: the child has been forked.

    Arguments:
        number: the file descriptor of the socket.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the grader's
    grader = os.getppid()
    pristine_notebooks()
    course_edition()
    gc.collect()
    gc.disable()  # children end soon, and collecting would copy the pages that they share with this process
    gc.freeze()
    with socket.socket(fileno=number) as requests:
        requests.settimeout(SECONDS_BETWEEN_LOOKS)
        requests.sendall(READY)
        while os.getppid() == grader:
            try:
                request, pipe = _receive(requests)
            except TimeoutError:
                _reap()
                continue
            if not request:
                return
            if os.fork() == 0:
                requests.close()
                _read(request, pipe)
            os.close(pipe)
            requests.sendall(FORKED)
            _reap()


def _reap() -> None:
    """Let go of the children that have ended."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _receive(requests: socket.socket) -> tuple[bytes, int]:
    """Receive a request and its pipe. The request is empty if the grader has closed its socket."""
    request, pipes, _, _ = socket.recv_fds(requests, MAX_REQUEST_BYTES, 1)
    while request and not request.endswith(b"\n") and len(request) < MAX_REQUEST_BYTES:
        more = requests.recv(MAX_REQUEST_BYTES)
        if not more:
            return b"", -1
        request += more
    return (request, pipes[0]) if pipes else (b"", -1)


def _read(request: bytes, pipe: int) -> None:
    """Read a submission in a child, write its reading into the pipe, and end the child."""
    status = 1
    try:
        path, seconds, memory = json.loads(request)
        output = read_under_limits(Path(path), seconds, memory).encode("ascii")
        with open(pipe, "wb") as stream:
            stream.write(output)
        status = 0
    finally:
        os._exit(status)
