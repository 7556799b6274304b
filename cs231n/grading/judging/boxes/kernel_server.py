"""Kernels that are forked from a warm process, for a fifth of the processor time of a new one.

`serve_kernels` starts one such process per box, the *zygote* (see `inside/zygote.py`), and tries it. A zygote listens
at a socket in the grader's folder, where no kernel can reach it. `ForkedKernel` asks it for a kernel.

Where kernels cannot be forked, the box says why, and every kernel gets a new box. That is so on other systems than
Linux, without bubblewrap, and where Linux allows no second namespace inside the box. The environment variable
``CS231N_NO_FORKED_KERNELS`` asks for new boxes, too, for example to test them.
"""

import contextlib
import json
import os
import select
import socket
import struct
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from .box import Box, has_system_call_filter

START_SECONDS = 60  # a zygote imports everything in a second, or in many on a busy machine
CREDENTIALS = struct.Struct("3i")  # process, user, group
NAMESPACES = ("cgroup", "ipc", "mnt", "net", "pid", "user", "uts")


class NoKernel(Exception):
    """No kernel could be forked. The message says why."""


class ForkedKernel:
    """A kernel that a zygote forked. It has the methods of `subprocess.Popen` that Jupyter needs.

    Arguments:
        server: path of the zygote's socket.
        request: what the kernel is to be, see `fork_kernel` in `inside/zygote.py`.
        descriptors: its listening sockets, in the order of the request's addresses, and perhaps its records file.

    Attributes:
        pid: number of the kernel's process, as seen from here.
        returncode: exit status, negative for a signal; None while it runs.

    Raises:
        NoKernel: if the zygote has ended, or the kernel cannot be made.
    """

    stdin = stdout = stderr = None

    def __init__(self, server: str, request: dict, descriptors: list[int]) -> None:
        self.returncode: int | None = None
        self.connection = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
            self.connection.settimeout(START_SECONDS)
            self.connection.connect(server)
            socket.send_fds(self.connection, [json.dumps(request).encode()], descriptors)
            answer, self.pid = self._receive_with_sender()
        except OSError as error:
            self.connection.close()
            raise NoKernel(f"no answer from the process that forks kernels: {error}") from None
        if answer != "started":
            self.connection.close()
            raise NoKernel(answer.removeprefix("failed: ") or "the process that forks kernels has ended")
        self.connection.setblocking(False)

    def _receive_with_sender(self) -> tuple[str, int]:
        """The next message, and the number of the process that sent it, as Linux sees it from here."""
        text, notes, _, _ = self.connection.recvmsg(2000, socket.CMSG_SPACE(CREDENTIALS.size))
        sender = next((data for _, kind, data in notes if kind == socket.SCM_CREDENTIALS), None)
        return text.decode(errors="replace"), CREDENTIALS.unpack(sender)[0] if sender else 0

    def poll(self) -> int | None:
        """The exit status; None while the kernel runs."""
        if self.returncode is None:
            with contextlib.suppress(BlockingIOError):
                try:
                    answer = self.connection.recv(100)
                except ConnectionError:
                    answer = b""
                self.returncode = int(answer.split()[1]) if answer else -9  # the whole box was killed
                self.connection.close()
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the kernel's end. Returns the exit status, or raises subprocess.TimeoutExpired."""
        if self.poll() is None:
            watched = select.poll()
            watched.register(self.connection, select.POLLIN)
            watched.poll(None if timeout is None else timeout * 1000)
        status = self.poll()
        if status is None:
            raise subprocess.TimeoutExpired("kernel", timeout or 0)
        return status

    def send_signal(self, number: int) -> None:
        """Send a signal to the kernel, if it still runs."""
        if self.poll() is None:
            with contextlib.suppress(OSError):  # it has just ended
                self.connection.send(str(int(number)).encode())

    def terminate(self) -> None:
        """Ask the kernel to end. The first process of a namespace may ignore that, as the kernel does: so kill it."""
        self.kill()

    def kill(self) -> None:
        """End the kernel at once."""
        self.send_signal(9)


def listen(info: Mapping[str, Any]) -> dict[str, socket.socket]:
    """Open the sockets that a kernel inherits. Returns them by address.

    Arguments:
        info: the content of Jupyter's connection file, for the transport ``ipc``.
    """
    opened: dict[str, socket.socket] = {}
    for channel in ("shell", "iopub", "stdin", "control", "hb"):
        path = f"{info['ip']}-{info[f'{channel}_port']}"
        opened[f"ipc://{path}"] = listening = socket.socket(socket.AF_UNIX)
        listening.bind(path)
        listening.listen(16)
    return opened


@contextlib.contextmanager
def serve_kernels(boxes: Mapping[str, Box], folder: Path) -> Iterator[dict[str, Box]]:
    """A context in which kernels are forked where this is possible.

    The zygotes end with the thread that enters the context, too.

    Arguments:
        boxes: the boxes, by name.
        folder: an empty folder for the zygotes' sockets and logs. Nobody else may enter it.

    Returns:
        The same boxes with `Box.server`, or with `Box.why_no_server`.
    """
    started: dict[str, subprocess.Popen] = {}
    try:
        why_not = {name: _why_impossible(box) for name, box in boxes.items()}
        for number, (name, box) in enumerate(boxes.items()):
            if not why_not[name]:  # start all of them before waiting for the first
                started[name] = _start_zygote(box, folder / f"zygote{number}")
        served = {}
        for number, (name, box) in enumerate(boxes.items()):
            path = folder / f"zygote{number}"
            reason = why_not[name] or _try_zygote(box, path, started[name])
            served[name] = replace(box, server=None if reason else str(path), why_no_server=reason)
        yield served
    finally:
        for process in started.values():
            process.kill()
            process.wait()


def _why_impossible(box: Box) -> str:
    """Why no zygote can be started for a box; empty if one can be tried."""
    if box.bwrap is None:
        return "there is no bubblewrap"
    if os.environ.get("CS231N_NO_FORKED_KERNELS"):
        return "CS231N_NO_FORKED_KERNELS is set"
    return ""


def _start_zygote(box: Box, path: Path) -> subprocess.Popen:
    """Start a zygote that listens at a path. Its log is beside it."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listening, open(f"{path}.log", "wb") as log:
        listening.bind(str(path))
        listening.listen(64)
        return subprocess.Popen(
            box.server_command(listening.fileno()), env=box.environment(path), stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=log, pass_fds=[listening.fileno()], start_new_session=True,
        )  # fmt: skip


def _try_zygote(box: Box, path: Path, process: subprocess.Popen) -> str:
    """Fork a kernel to see whether that works. Returns why it does not; empty if it does."""
    info = {"ip": f"{path}.s", "transport": "ipc", "key": "0"} | {
        f"{channel}_port": number for number, channel in enumerate(("shell", "iopub", "stdin", "control", "hb"), 1)
    }
    sockets = listen(info)
    request = {"connection": json.dumps(info), "addresses": list(sockets), "environment": box.environment(path)}
    try:
        kernel = ForkedKernel(str(path), request, [listening.fileno() for listening in sockets.values()])
        open_walls = _find_open_walls(kernel.pid)
        kernel.kill()
        kernel.wait(START_SECONDS)
        return f"a forked kernel shares {', '.join(open_walls)}" if open_walls else ""
    except (NoKernel, OSError, subprocess.TimeoutExpired) as error:
        process.kill()
        process.wait()
        said = Path(f"{path}.log").read_text(encoding="utf-8", errors="replace").strip().splitlines()[-1:]
        return ": ".join([str(error), *said])
    finally:
        for listening in sockets.values():
            listening.close()


def _find_open_walls(pid: int) -> list[str]:
    """What a forked kernel shares with this process, or may do, that it must not. It is seen from here."""
    found = [f"the namespace {kind}" for kind in NAMESPACES if _same_namespace(pid, kind)]
    lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    status = dict(line.split(":", 1) for line in lines)
    asked = {"CapEff": "0", "CapPrm": "0", "CapBnd": "0", "NoNewPrivs": "1"}
    asked |= {"Seccomp": "2"} if has_system_call_filter() else {}
    return found + [name for name, value in asked.items() if int(status[name], 16) != int(value)]


def _same_namespace(pid: int, kind: str) -> bool:
    return os.readlink(f"/proc/{pid}/ns/{kind}") == os.readlink(f"/proc/self/ns/{kind}")
