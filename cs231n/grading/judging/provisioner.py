"""Starts Jupyter kernels in the box: a kernel provisioner, which is how Jupyter lets others start its kernels.

nbval asks jupyter_client for a kernel by the name in the notebook; the kernel's specification, which `write_kernels`
writes, names this provisioner and the box. A box has no network: sockets are files in the kernel's private folder,
which is read-only for it. So they are opened here, and the kernel inherits them.
"""

import json
import os
import shutil
import socket
import subprocess
import tempfile
from importlib.metadata import EntryPoint
from pathlib import Path

import zmq
from jupyter_client.provisioning import KernelProvisionerFactory, LocalProvisioner
from traitlets import Unicode

from .box import Box

NAME = "cs231n-box"


class BoxProvisioner(LocalProvisioner):
    """Starts a kernel in a `Box` (its JSON is the option ``box`` of the kernel's specification)."""

    box = Unicode(config=True)
    private = None
    listening: tuple = ()  # the sockets that the kernel is about to inherit

    async def pre_launch(self, **kwargs):
        manager, box = self.parent, Box.from_json(self.box)
        # In the grader's folder, which goes when the grader does. Short: the path of a socket has 103 bytes at most.
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

    def _listen(self):
        """Open the kernel's sockets; the numbers of the open files by address."""
        info, opened = self.connection_info, {}
        for channel in ("shell", "iopub", "stdin", "control", "hb"):
            path = f"{info['ip']}-{info[f'{channel}_port']}"
            opened[f"ipc://{path}"] = listening = socket.socket(socket.AF_UNIX)
            self.listening += (listening,)
            listening.bind(path)
            listening.listen(16)
        return {address: listening.fileno() for address, listening in opened.items()}

    async def launch_kernel(self, cmd, **kwargs):
        try:
            return await super().launch_kernel(cmd, **kwargs)
        finally:
            for listening in self.listening:
                listening.close()

    async def cleanup(self, restart=False):
        await super().cleanup(restart)
        if self.private is not None and not restart:
            shutil.rmtree(self.private, ignore_errors=True)


def register():
    """Make the provisioner known to jupyter_client in this process."""
    entry = EntryPoint(NAME, f"{__name__}:BoxProvisioner", KernelProvisionerFactory.GROUP_NAME)
    KernelProvisionerFactory.instance().provisioners[NAME] = entry


def write_kernels(folder, boxes):
    """Write kernel specifications for Jupyter; the folder goes into the environment variable ``JUPYTER_PATH``.

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
