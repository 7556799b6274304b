"""A kernel provisioner that starts Jupyter kernels in the box. (Provisioners are Jupyter's plugins for this purpose.)

nbval asks jupyter_client for a kernel by the name in the notebook. The kernel's specification names this provisioner
and the box; `write_kernels` writes it. A box has no network, so the kernel's sockets are files in its private folder.
The kernel cannot write there. So the sockets are opened here, and the kernel inherits them.
"""

import contextlib
import json
import os
import shutil
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

from .box import SCRATCH_FOLDERS, Box

NAME = "cs231n-box"


class BoxProvisioner(LocalProvisioner):
    """Starts a kernel in a `Box`. The kernel's specification holds the box as JSON, in the option ``box``."""

    box = Unicode(config=True)
    private: Path | None = None  # the kernel's private folder
    listening: tuple[socket.socket, ...] = ()  # the sockets that the kernel is about to inherit
    scratch: tuple[int, ...] = ()  # descriptors of the box's temporary file systems

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        """Make the kernel's private folder and sockets, and the command that starts it in the box."""
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
        sockets = self._listen() if os.name != "nt" else {}
        kwargs["cmd"] = box.command(self.private, manager.connection_file, sockets)
        kwargs["env"] = box.environment(self.private)
        kwargs |= {"cwd": str(self.private), "stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL}
        return kwargs | ({"pass_fds": tuple(sockets.values())} if sockets else {})

    def _listen(self) -> dict[str, int]:
        """Open the kernel's sockets. Returns the file descriptor of each address."""
        info: Any = self.connection_info
        opened: dict[str, socket.socket] = {}
        for channel in ("shell", "iopub", "stdin", "control", "hb"):
            path = f"{info['ip']}-{info[f'{channel}_port']}"
            opened[f"ipc://{path}"] = listening = socket.socket(socket.AF_UNIX)
            self.listening += (listening,)
            listening.bind(path)
            listening.listen(16)
        return {address: listening.fileno() for address, listening in opened.items()}

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:
        """Start the kernel, then close our copies of its sockets."""
        try:
            return await super().launch_kernel(cmd, **kwargs)
        finally:
            for listening in self.listening:
                listening.close()

    def find_scratch(self) -> tuple[int, ...]:
        """The box's temporary file systems, as descriptors. None without a box, or before it is made.

        They are opened while the course's own cells run. A submission cannot hide them later.
        """
        process = getattr(self, "process", None)
        if self.scratch or process is None or Box.from_json(self.box).bwrap is None:
            return self.scratch
        outside = {os.stat(folder).st_dev for folder in ("/", *SCRATCH_FOLDERS)}
        with contextlib.suppress(psutil.Error):
            for member in psutil.Process(process.pid).children(recursive=True):
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
        self.scratch = ()
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
