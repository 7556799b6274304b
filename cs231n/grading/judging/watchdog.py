"""Watches a kernel from nbval's process: time, bytes, threads and files of every cell. Ends it if it exceeds a limit.

Everything that a kernel sends may be hostile: any number of messages, of any size, with any content, for any cell.
"""

import contextlib
import ctypes
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from queue import Empty
from typing import Any

import psutil
from jupyter_client.session import Session

from .box import Limits

LIMITS = Limits(**json.loads(os.environ.get("CS231N_LIMITS", "{}")))
MAX_TEXT = 20_000  # characters of a cell's text output that are kept
INTERVAL = (
    0.05  # seconds between two looks at a kernel's files; its threads are counted at every fifth, which costs more
)
GRACE_SECONDS = 10  # this long after the limit of a cell, this process ends, even if nbval is busy with the output
# The cell that is running: when it began (0 if none is running), and the bytes and characters of text that it sent.
_running = {"since": 0.0, "bytes": 0, "text": 0}
_ended: dict[int | None, str] = {}  # the number of a kernel's process to the reason why we ended it


class GivenUp(Exception):
    """The kernel hangs, is dead, or sends too much or no valid message. The text says which."""


def _count_bytes(feed_identities: Callable) -> Callable:
    """A replacement of ``Session.feed_identities`` that counts the bytes of each message."""

    def feed_and_count(session: Session, parts: list, *arguments: Any, **options: Any) -> Any:
        _running["bytes"] += sum(map(len, parts)) + 100 * len(parts)
        return feed_identities(session, parts, *arguments, **options)

    return feed_and_count


# Every message passes through this method unchanged, just as it arrived.
Session.feed_identities = _count_bytes(Session.feed_identities)  # type: ignore[method-assign]


@contextlib.contextmanager
def watch_cell(kernel: Any) -> Iterator[None]:
    """A context in which a cell runs: counts what the cell sends, and watches the kernel's processes.

    Arguments:
        kernel: nbval's `RunningKernel`.
    """
    _running.update(since=time.monotonic(), bytes=0, text=0)
    ended = threading.Event()
    threading.Thread(target=_watch_kernel, args=(kernel, ended), daemon=True).start()
    try:
        yield
    finally:
        ended.set()
        _running["since"] = 0.0


def get_message(kernel: Any, stream: str, timeout: float | None = None) -> dict:
    """Replaces nbval's `RunningKernel.get_message`. It notices a dead kernel at once, and enforces a cell's limits.

    Raises:
        GivenUp: if the kernel is dead, takes too long, sends too much, or sends something that is not a message.
        queue.Empty: if no cell is running and no message came within ``timeout`` seconds.
    """
    receive = kernel.kc.get_iopub_msg if stream == "iopub" else kernel.kc.get_shell_msg
    deadline = time.monotonic() + (timeout or LIMITS.cell_seconds)
    while True:
        try:
            message = receive(timeout=0.25)
        except Empty:
            message = None
        except Exception as error:  # a wrong signature, not UTF-8, not JSON, ...
            raise GivenUp(f"it sent what is no message: {type(error).__name__}") from None
        now, since = time.monotonic(), _running["since"]
        if since and now > since + LIMITS.cell_seconds:
            raise GivenUp(f"it took longer than {LIMITS.cell_seconds:g} seconds")
        if since and _running["bytes"] > LIMITS.output:
            raise GivenUp("too much output")
        if message is not None:
            if _asks_to_exit(message):  # the kernel ends a moment later, when the next cell would get the blame
                raise GivenUp("it called exit() or quit(), which ends the kernel")
            return _cut_text(message)
        if not kernel.is_alive():
            raise GivenUp(_ended.get(getattr(_process_of(kernel), "pid", None), "the kernel died"))
        if now > deadline and not since:
            raise Empty


def _asks_to_exit(message: dict) -> bool:
    """Whether a message is the reply to a cell that called ``exit()`` or ``quit()``."""
    content = message.get("content")
    payload = content.get("payload") if isinstance(content, dict) else None
    return isinstance(payload, list) and any(
        isinstance(part, dict) and part.get("source") == "ask_exit" and not part.get("keepkernel") for part in payload
    )


def _cut_text(message: dict) -> dict:
    """Cut the text of a message to the first `MAX_TEXT` characters of the cell. nbval is very slow with long text."""
    content = message.get("content")
    if not isinstance(content, dict) or not isinstance(message.get("parent_header"), dict):
        raise GivenUp("it sent what is no message")
    if message.get("msg_type") == "stream":
        text = str(content.get("text"))
        content["text"] = text[: max(0, MAX_TEXT - int(_running["text"]))]
        _running["text"] += len(text)
    return message


def _watch_kernel(kernel: Any, ended: threading.Event) -> None:
    """End a kernel with too many threads or files. End this process if nbval hangs in the output of a cell."""
    since, looks = time.monotonic(), 0
    while not ended.wait(INTERVAL):
        looks += 1
        if _count_scratch_files(kernel) > LIMITS.scratch_files:
            _end_kernel(kernel, "too many files")
        elif looks % 5 == 0 and _count_threads(kernel) > LIMITS.threads:
            _end_kernel(kernel, "too many threads")
        if time.monotonic() > since + LIMITS.cell_seconds + GRACE_SECONDS:
            kill_kernel(kernel)
            os._exit(1)  # the grader sees which cell has no row


def _end_kernel(kernel: Any, reason: str) -> None:
    _ended[getattr(_process_of(kernel), "pid", None)] = reason
    kill_kernel(kernel)


def _count_scratch_files(kernel: Any) -> int:
    """The number of files and folders in the fuller of the box's temporary file systems; 0 if there is no box."""
    provisioner = _provisioner_of(kernel)
    scratch = provisioner.find_scratch() if hasattr(provisioner, "find_scratch") else ()
    counts = [0]
    for descriptor in scratch:
        with contextlib.suppress(OSError):
            info = os.fstatvfs(descriptor)
            counts.append(info.f_files - info.f_ffree)
    return max(counts)


def _count_threads(kernel: Any) -> int:
    """The number of threads of all the kernel's processes."""
    process = _process_of(kernel)
    try:
        family = psutil.Process(process.pid).children(recursive=True) if process else []
    except psutil.Error:
        return 0
    count = 0
    for member in family:
        with contextlib.suppress(psutil.Error):
            count += member.num_threads()
    return count


def _process_of(kernel: Any) -> Any:
    """The process that runs the kernel; None if there is none."""
    return getattr(_provisioner_of(kernel), "process", None)


def _provisioner_of(kernel: Any) -> Any:
    return getattr(getattr(kernel, "km", None), "provisioner", None)


def kill_kernel(kernel: Any) -> None:
    """End a kernel at once. nbval would only ask it to stop."""
    process = _process_of(kernel)
    if process is not None:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except (OSError, AttributeError):  # it has ended already, or this is Windows
            process.kill()


def limit_memory() -> None:
    """Limit the memory of this process, if the system can (Linux can). A kernel could fill it with half a message."""
    try:
        import resource
    except ImportError:  # Windows
        return
    with contextlib.suppress(OSError, ValueError):
        hard = resource.getrlimit(resource.RLIMIT_AS)[1]
        resource.setrlimit(resource.RLIMIT_AS, (LIMITS.judge_memory, hard))


def die_with_grader() -> None:
    """End this process when the grader ends for any reason. Its kernels end with it (``--die-with-parent``).

    The environment variable ``CS231N_GRADER`` holds the number of the grader's process.
    """
    parent = int(os.environ["CS231N_GRADER"])
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG

    def watch_parent() -> None:
        while os.getppid() == parent:
            time.sleep(1)
        os._exit(1)

    if os.name != "nt":
        threading.Thread(target=watch_parent, daemon=True).start()
