"""A kernel provisioner that starts Jupyter kernels in the box. (Provisioners are Jupyter's plugins for this purpose.)

nbval asks jupyter_client for a kernel by the name in the notebook. The kernel's specification names this provisioner
and the box; `write_kernels` writes it. A box has no network, so the kernel's sockets are files in its private folder.
The kernel cannot write there. So the sockets are opened here, and the kernel inherits them.
"""

import asyncio
import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Mapping
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import psutil
import zmq
from jupyter_client.provisioning import KernelProvisionerFactory, LocalProvisioner
from traitlets import Unicode

from . import other_user
from .box import RECORDS, SCRATCH_FOLDERS, Box
from .kernel_server import ForkedKernel, NoKernel, listen

NAME = "cs231n-box"


class BoxProvisioner(LocalProvisioner):
    """Starts a kernel in a `Box`. The kernel's specification holds the box as JSON, in the option ``box``.

    The kernel is forked if the box has a server, see `kernel_server`. If that fails, it gets a new box.
    """

    box = Unicode(config=True)
    process: Any = None  # a `subprocess.Popen` or a `ForkedKernel`
    private: Path | None = None  # the kernel's private folder
    sockets: Mapping[str, socket.socket] = {}  # the sockets that the kernel is about to inherit, by address
    records: int | None = None  # descriptor of the records file
    scratch: tuple[int, ...] = ()  # descriptors of the box's temporary file systems
    family: tuple[psutil.Process, ...] = ()  # the kernel's processes

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        """Make the kernel's private folder, sockets and records file, and the command that starts it in the box."""
        manager: Any = self.parent
        box = Box.from_json(self.box)
        # In the grader's folder, which the grader deletes at its end. The name is short: a socket's path has at most
        # 103 bytes.
        self.private = Path(tempfile.mkdtemp(prefix="k", dir=os.environ.get("CS231N_PRIVATE")))
        manager.connection_file = str(self.private / "connection.json")
        if os.name != "nt":
            manager.transport, manager.ip = "ipc", str(self.private / "socket")
        manager.context.setsockopt(zmq.MAXMSGSIZE, box.limits.message)
        kwargs = await super().pre_launch(**kwargs)
        info: Any = self.connection_info
        self.sockets = listen(info) if os.name != "nt" else {}
        sockets = {address: listening.fileno() for address, listening in self.sockets.items()}
        kwargs["cmd"] = box.command(self.private, manager.connection_file, sockets)
        kwargs["env"] = box.environment(self.private) | self._open_records(kwargs.get("cwd"))
        kwargs |= {"cwd": str(self.private), "stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL}
        if box.user:
            kwargs |= other_user.hand_over(self.private, box.user)
        return kwargs | ({"pass_fds": self._inherited()} if os.name != "nt" else {})

    def _open_records(self, folder: str | None) -> dict[str, str]:
        """Open the records file in the notebook's folder. Returns the environment variable that names it."""
        if folder is None:
            return {}
        path = Path(folder) / RECORDS
        if os.name == "nt":
            return {"CS231N_RECORDS": str(path.resolve())}
        self.records = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        return {"CS231N_RECORDS": str(self.records)}

    def _inherited(self) -> tuple[int, ...]:
        """The descriptors that the kernel inherits: its sockets, then its records file."""
        records = () if self.records is None else (self.records,)
        return (*(listening.fileno() for listening in self.sockets.values()), *records)

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:
        """Start the kernel, then close our copies of what it inherits."""
        try:
            return self._fork_kernel(kwargs["env"]) or await super().launch_kernel(cmd, **kwargs)
        finally:
            for listening in self.sockets.values():
                listening.close()
            if self.records is not None:
                os.close(self.records)
            self.sockets, self.records = {}, None

    def _fork_kernel(self, environment: dict[str, str]) -> Any:
        """Ask the box's server for a kernel. Returns how to connect to it; None if there is no server, or it failed."""
        server, manager = Box.from_json(self.box).server, self.parent
        if server is None or manager is None:
            return None
        connection = Path(manager.connection_file).read_text(encoding="utf-8")
        request = {"connection": connection, "addresses": list(self.sockets), "environment": environment}
        try:
            kernel = ForkedKernel(server, request, list(self._inherited()))
        except NoKernel:
            return None
        self.process, self.pid, self.pgid = kernel, kernel.pid, None
        return self.connection_info

    async def send_signal(self, signum: int) -> None:
        """Send a signal to the kernel. An interrupt goes to the kernel itself, because it would end bubblewrap."""
        family = self.find_family()
        if signum != signal.SIGINT or len(family) < 2:
            return await super().send_signal(signum)
        with contextlib.suppress(psutil.Error):  # it has ended
            family[-1].send_signal(signum)

    async def wait(self) -> int | None:
        """Wait for the kernel's end. Jupyter's own method looks at every tenth of a second only."""
        while await self.poll() is None:
            await asyncio.sleep(0.005)
        return await super().wait()

    def find_family(self) -> tuple[psutil.Process, ...]:
        """The kernel's processes, as they were when somebody first asked: a kernel can start no others.

        Without a box, that is one process. A new box has two processes of bubblewrap as well.
        """
        if not self.family and self.process is not None:
            with contextlib.suppress(psutil.Error):
                first = psutil.Process(self.process.pid)
                self.family = (first, *first.children(recursive=True))
        return self.family

    def find_scratch(self) -> tuple[int, ...]:
        """The box's temporary file systems, as descriptors. None without a box, or before it is made.

        They are opened while the course's own cells run. A submission cannot hide them later.
        """
        if self.scratch or Box.from_json(self.box).bwrap is None:
            return self.scratch
        outside = {os.stat(folder).st_dev for folder in ("/", *SCRATCH_FOLDERS)}
        for member in reversed(self.find_family()):
            opened = [_open_folder(f"/proc/{member.pid}/root{folder}", outside) for folder in SCRATCH_FOLDERS]
            self.scratch = tuple(descriptor for descriptor in opened if descriptor is not None)
            if self.scratch:
                break
        return self.scratch

    async def cleanup(self, restart: bool = False) -> None:
        """Delete the kernel's private folder when the kernel has ended."""
        await super().cleanup(restart)
        for descriptor in self.scratch:
            os.close(descriptor)
        self.scratch, self.family = (), ()
        if self.private is not None and not restart:
            shutil.rmtree(self.private, ignore_errors=True)


def _open_folder(path: str, outside: set[int]) -> int | None:
    """Open a folder of a box to look at its file system. None if it cannot be opened or lies outside of the box."""
    try:
        descriptor = os.open(path, os.O_PATH | os.O_DIRECTORY)
    except OSError:
        return None
    if os.fstat(descriptor).st_dev not in outside:
        return descriptor
    os.close(descriptor)
    return None


def register() -> None:
    """Tell jupyter_client about the provisioner, in this process only."""
    entry = EntryPoint(NAME, f"{__name__}:BoxProvisioner", KernelProvisionerFactory.GROUP_NAME)
    KernelProvisionerFactory.instance().provisioners[NAME] = entry


def write_kernels(folder: Path, boxes: Mapping[str, Box]) -> None:
    """Write kernel specifications for Jupyter. Put the folder into the environment variable ``JUPYTER_PATH``.

    Arguments:
        folder: where to write.
        boxes: dictionary from a kernel's name to its `Box`.
    """
    for name, box in boxes.items():
        spec = {
            "argv": ["python"], "display_name": name, "language": "python", "interrupt_mode": "signal",
            "metadata": {"kernel_provisioner": {"provisioner_name": NAME, "config": {"box": box.to_json()}}},
        }  # fmt: skip
        path = Path(folder) / "kernels" / name / "kernel.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(spec), encoding="utf-8")
