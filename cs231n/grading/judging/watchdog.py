"""Watches a kernel from nbval's process: time, bytes, threads and files of every cell. Ends it if it exceeds a limit.

A cell has a limit of processor time, so that a right answer on a busy machine is not given up. A cell that sleeps uses
none, so there is a limit of wall time, too, which is `WALL` times as long.

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
from typing import Any, NoReturn

import psutil
from jupyter_client.session import Session
from nbformat import NotebookNode

from .boxes.box import WALL, Limits

LIMITS = Limits(**json.loads(os.environ.get("CS231N_LIMITS", "{}")))
MAX_TEXT = 20_000  # characters of a cell's text output that are kept
# Seconds between two looks at a kernel's files. Its threads are counted at every fifth, which costs more.
INTERVAL = 0.05
# This long after a cell's limit of wall time, this process ends, even if nbval is busy with the output.
GRACE_SECONDS = 10
DISPLAY_SECONDS = 1  # for reading what a kernel displayed before it was given up
MAX_DISPLAYS = 200
# The cell that is running: its kernel, when it began (0 if none is running), the kernel's processor time until then,
# and the bytes and characters of text that it sent.
_running: dict[str, Any] = {"kernel": None, "since": 0.0, "processor": 0.0, "bytes": 0, "text": 0}
_watching: list[threading.Thread] = []  # the one thread that watches all kernels, after the first cell has begun


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
    if not _watching:
        _watching.append(threading.Thread(target=_watch_kernels, daemon=True))
        _watching[0].start()
    _running.update(kernel=kernel, bytes=0, text=0, processor=_processor_seconds(kernel), since=time.monotonic())
    try:
        yield
    finally:
        _running.update(since=0.0, kernel=None)


def find_late_fault(kernel: Any) -> GivenUp | None:
    """Look at a kernel's files once more after a cell, so that no later cell gets the blame. End it if it has too many.

    Returns:
        Why the kernel is ended; None if nothing is wrong.
    """
    if _count_scratch_files(kernel) <= LIMITS.scratch_files:
        return None
    _end_kernel(kernel, "too many files")
    return GivenUp("too many files")


def get_message(kernel: Any, stream: str, timeout: float | None = None) -> dict:
    """Replaces nbval's `RunningKernel.get_message`. It notices a dead kernel soon, and enforces a cell's limits.

    Raises:
        GivenUp: if the kernel is dead, takes too long, sends too much, or sends something that is not a message.
        queue.Empty: if no cell is running and no message came within ``timeout`` seconds.
    """
    receive = kernel.kc.get_iopub_msg if stream == "iopub" else kernel.kc.get_shell_msg
    deadline = time.monotonic() + (timeout or LIMITS.cell_seconds)
    is_dead = False
    while True:
        try:
            message = receive(timeout=0.25)
        except Empty:
            message = None
        except MemoryError:
            give_up_process()
        except Exception as error:  # a wrong signature, not UTF-8, not JSON, ...
            raise GivenUp(f"it sent what is no message: {type(error).__name__}") from None
        now, since = time.monotonic(), _running["since"]
        if since and now > since + LIMITS.cell_seconds:
            _check_time(kernel, now - since)
        if since and _running["bytes"] > LIMITS.output:
            raise GivenUp("too much output")
        if message is not None:
            if _asks_to_exit(message):  # the kernel ends a moment later, when the next cell would get the blame
                raise GivenUp("it called exit() or quit(), which ends the kernel")
            return _cut_text(message)
        if is_dead:
            raise GivenUp(getattr(kernel, "why_ended", "the kernel died"))
        is_dead = not kernel.is_alive()  # then look once more: its last message may have come since the look above
        if now > deadline and not since:
            raise Empty


def give_up_process() -> NoReturn:
    """End this process, which has no memory left: perhaps an earlier submission filled it.

    The grader then runs each submission by itself that is not finished.
    """
    os._exit(1)


def read_displays(kernel: Any) -> list[NotebookNode]:
    """The displays that a kernel sent before we gave it up. nbval reads them only after a cell has come to its end."""
    found: list[NotebookNode] = []
    deadline = time.monotonic() + DISPLAY_SECONDS
    while len(found) < MAX_DISPLAYS and time.monotonic() < deadline:
        try:
            message = kernel.kc.get_iopub_msg(timeout=0.25)
            if message["msg_type"] == "display_data":
                found.append(NotebookNode(output_type="display_data", metadata={}, data=message["content"]["data"]))
        except Exception:  # there is no more, or it is no message
            break
    return found


def count_seconds(kernel: Any) -> float:
    """What the cell that is running has used of its submission's time: processor time, or a part of its wall time."""
    processor = _processor_seconds(kernel) - _running["processor"]
    return max(processor, (time.monotonic() - _running["since"]) / WALL)


def _check_time(kernel: Any, seconds: float) -> None:
    """Raise GivenUp if a cell, which began ``seconds`` ago, has used up its processor time or its wall time."""
    if _processor_seconds(kernel) - _running["processor"] > LIMITS.cell_seconds:
        raise GivenUp(f"it used more than {LIMITS.cell_seconds:g} seconds of processor time")
    if seconds > WALL * LIMITS.cell_seconds:
        raise GivenUp(f"it took longer than {WALL * LIMITS.cell_seconds:g} seconds")


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


def _watch_kernels() -> None:
    """End a kernel with too many threads or files. End this process if nbval hangs in the output of a cell."""
    looks = 0
    while True:
        time.sleep(INTERVAL)
        kernel, since = _running["kernel"], _running["since"]
        if kernel is None or not since:
            continue
        looks += 1
        if _count_scratch_files(kernel) > LIMITS.scratch_files:
            _end_kernel(kernel, "too many files")
        elif looks % 5 == 0 and _count_threads(kernel) > LIMITS.threads:
            _end_kernel(kernel, "too many threads")
        if time.monotonic() > since + WALL * LIMITS.cell_seconds + GRACE_SECONDS:
            kill_kernel(kernel)
            os._exit(1)  # the grader sees which cell has no row


def _end_kernel(kernel: Any, reason: str) -> None:
    kernel.why_ended = reason
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
    return int(_sum_over_processes(kernel, lambda process: process.num_threads()))


def _processor_seconds(kernel: Any) -> float:
    """The processor time that the kernel's processes have used."""
    return _sum_over_processes(kernel, lambda process: sum(process.cpu_times()[:2]))


def _sum_over_processes(kernel: Any, measure: Callable[[psutil.Process], float]) -> float:
    provisioner, total = _provisioner_of(kernel), 0.0
    for process in provisioner.find_family() if hasattr(provisioner, "find_family") else ():
        with contextlib.suppress(psutil.Error):  # it has ended
            total += measure(process)
    return total


def _process_of(kernel: Any) -> Any:
    """The process that runs the kernel; None if there is none."""
    return getattr(_provisioner_of(kernel), "process", None)


def _provisioner_of(kernel: Any) -> Any:
    return getattr(getattr(kernel, "km", None), "provisioner", None)


def kill_kernel(kernel: Any) -> None:
    """End a kernel at once. nbval would only ask it to stop."""
    process, group = _process_of(kernel), getattr(_provisioner_of(kernel), "pgid", None)
    if group is not None:
        with contextlib.suppress(OSError):  # it has ended already
            os.killpg(group, signal.SIGKILL)
    elif process is not None:  # it was forked, or this is Windows
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
