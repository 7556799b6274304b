"""Real kernels in the grader's box, without a judge: started in both ways, used cell by cell."""

import contextlib
import os
import time
from dataclasses import replace

import pytest
from jupyter_client.manager import start_new_kernel

from cs231n.grading.judging.boxes.box import Limits, open_box
from cs231n.grading.judging.boxes.kernel_server import serve_kernels
from cs231n.grading.judging.boxes.provisioner import register, write_kernels
from cs231n.grading.publishing.library_copy import write_library

FORKED, NEW = "forked", "new"


class BoxedKernel:
    """A kernel in the box. It looks like nbval's `RunningKernel` to the watchdog."""

    def __init__(self, way, folder):
        self.km, self.kc = start_new_kernel(kernel_name=way, cwd=str(folder), stderr=open(os.devnull, "w"))
        self.process = self.km.provisioner.process
        self.folder = folder

    def run(self, source, timeout=30):
        """Run a cell. Returns what it printed, and the names of its errors."""
        text, errors = [], []

        def collect(message):
            if message["msg_type"] == "stream":
                text.append(message["content"]["text"])
            if message["msg_type"] == "error":
                errors.append(f"{message['content']['ename']}: {message['content']['evalue']}")

        self.kc.execute_interactive(source, timeout=timeout, output_hook=collect)
        return "".join(text).strip(), errors

    def seconds_to_end(self, source, at_most=20):
        """Run a cell that ends the kernel. Returns the seconds until the manager notices; None if it does not end."""
        began = time.monotonic()
        self.kc.execute(source)
        while time.monotonic() < began + at_most:
            if not self.is_alive():
                return time.monotonic() - began
            time.sleep(0.02)
        return None

    def is_alive(self):
        """Whether the kernel runs."""
        return self.km.is_alive()

    def stop(self):
        """End the kernel."""
        self.kc.stop_channels()
        self.km.shutdown_kernel(now=True)


@contextlib.contextmanager
def boxed_kernels(folder, limits=None, bwrap=None):
    """A context with kernels in both ways.

    Arguments:
        folder: an empty folder with a short name.
        limits: what a kernel may use; bwrap: another program instead of bubblewrap.

    Returns:
        start: a function that starts a `BoxedKernel`. It takes FORKED or NEW, and perhaps the folder of the notebook.
        box: the box of the forked kernels.
    """
    write_library(folder / "library", [])
    (folder / "library" / "cs231n" / "vis_utils.py").unlink()  # it would import matplotlib
    for name in ("servers", "notebooks"):
        (folder / name).mkdir()
    box = open_box(folder / "library", limits=limits or Limits())
    box = replace(box, bwrap=bwrap or box.bwrap)
    with pytest.MonkeyPatch.context() as patch, contextlib.ExitStack() as running:
        patch.setenv("JUPYTER_PATH", str(folder / "jupyter"))
        patch.setenv("CS231N_PRIVATE", str(folder))
        register()
        boxes = running.enter_context(serve_kernels({FORKED: box}, folder / "servers"))
        write_kernels(folder / "jupyter", boxes | {NEW: box})

        def start(way, notebooks=folder / "notebooks"):
            kernel = BoxedKernel(way, notebooks)
            running.callback(kernel.stop)
            return kernel

        yield start, boxes[FORKED]
