"""Watching a kernel from nbval's process: time, bytes and threads of every cell, and an end to all that goes too far.

What a kernel sends is hostile: any number of messages, of any size, with any content, for any cell.
"""

import contextlib
import ctypes
import json
import os
import signal
import sys
import threading
import time
from queue import Empty

import psutil
from jupyter_client.session import Session

from .box import Limits

LIMITS = Limits(**json.loads(os.environ.get("CS231N_LIMITS", "{}")))
TEXT_KEPT = 20_000  # characters of a cell's text output
GRACE = 10  # seconds after which a cell is ended even if nbval is busy with its output
_cell = {"since": 0.0, "bytes": 0, "text": 0}  # the cell that runs: when it began (0: none runs), what it sent so far


class GivenUp(Exception):
    """The kernel hangs, is dead, or floods; the text says which."""


def _count(feed_identities):
    def counted(session, parts, *arguments, **options):
        _cell["bytes"] += sum(map(len, parts)) + 100 * len(parts)
        return feed_identities(session, parts, *arguments, **options)

    return counted


# Every message goes through it, as it arrived.
Session.feed_identities = _count(Session.feed_identities)  # type: ignore[method-assign]


@contextlib.contextmanager
def cell(kernel):
    """While a cell runs: count what it sends, and watch the kernel's processes.

    Arguments:
        kernel: nbval's `RunningKernel`.
    """
    _cell.update(since=time.monotonic(), bytes=0, text=0)
    ended = threading.Event()
    threading.Thread(target=_watch, args=(kernel, ended), daemon=True).start()
    try:
        yield
    finally:
        ended.set()
        _cell["since"] = 0.0


def get_message(kernel, stream, timeout=None):
    """nbval's `RunningKernel.get_message`, but it sees a dead kernel at once, and counts time and bytes of a cell.

    Raises:
        GivenUp: when the kernel hangs, is dead, floods, or sends what is no message.
        queue.Empty: while no cell runs, after ``timeout`` seconds without a message.
    """
    receive = kernel.kc.get_iopub_msg if stream == "iopub" else kernel.kc.get_shell_msg
    deadline = time.monotonic() + (timeout or LIMITS.cell_seconds)
    while True:
        try:
            message = receive(timeout=0.25)
        except Empty:
            message = None
        except Exception as error:  # wrong signature, no UTF-8, no JSON, ...
            raise GivenUp(f"it sent what is no message: {type(error).__name__}") from None
        now, running = time.monotonic(), _cell["since"]
        if running and now > running + LIMITS.cell_seconds:
            raise GivenUp(f"it took longer than {LIMITS.cell_seconds:g} seconds")
        if running and _cell["bytes"] > LIMITS.output:
            raise GivenUp("too much output")
        if message is not None:
            return _cut(message)
        if not kernel.is_alive():
            raise GivenUp("the kernel died")
        if now > deadline and not running:
            raise Empty


def _cut(message):
    """A message whose text is cut to what is kept: nbval joins and searches it in ways that take long for long ones."""
    content = message.get("content")
    if not isinstance(content, dict) or not isinstance(message.get("parent_header"), dict):
        raise GivenUp("it sent what is no message")
    if message.get("msg_type") == "stream":
        text = str(content.get("text"))
        content["text"] = text[: max(0, TEXT_KEPT - _cell["text"])]
        _cell["text"] += len(text)
    return message


def _watch(kernel, ended):
    """End a kernel with too many threads or processes; end this process if nbval does not come back to us."""
    since = time.monotonic()
    while not ended.wait(0.25):
        if _threads(kernel) > LIMITS.threads:
            kill(kernel)
        if time.monotonic() > since + LIMITS.cell_seconds + GRACE:
            kill(kernel)
            os._exit(1)  # the grader sees which cell has no row


def _threads(kernel):
    process = _process(kernel)
    try:
        family = psutil.Process(process.pid).children(recursive=True) if process else []
    except psutil.Error:
        return 0
    count = 0
    for member in family:
        with contextlib.suppress(psutil.Error):
            count += member.num_threads()
    return count


def _process(kernel):
    provisioner = getattr(getattr(kernel, "km", None), "provisioner", None)
    return getattr(provisioner, "process", None)


def kill(kernel):
    """End a kernel at once; nbval's own ways would ask it to stop."""
    process = _process(kernel)
    if process is not None:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except (OSError, AttributeError):  # gone, or Windows
            process.kill()


def limit_memory():
    """Bound this process's memory, where the system can (Linux): a kernel could fill it with half a message."""
    try:
        import resource
    except ImportError:  # Windows
        return
    with contextlib.suppress(OSError, ValueError):
        hard = resource.getrlimit(resource.RLIMIT_AS)[1]
        resource.setrlimit(resource.RLIMIT_AS, (LIMITS.judge_memory, hard))


def die_with_grader():
    """End this process when the grader ends, however it does, and with it the kernels (``--die-with-parent``).

    The environment variable ``CS231N_GRADER`` is the grader's process.
    """
    parent = int(os.environ["CS231N_GRADER"])
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG

    def watch():
        while os.getppid() == parent:
            time.sleep(1)
        os._exit(1)

    if os.name != "nt":
        threading.Thread(target=watch, daemon=True).start()
