"""A pytest plugin for grading: boxed kernels for nbval, an end to what never ends, and results that nothing can forge.

nbval stays the judge: it runs each cell and compares the outputs. The plugin (1) starts its kernels in the box,
(2) lets it compare nothing but the probes' own output, so that a warning or a stray print costs no point, (3) gives
up on a notebook whose kernel hangs, dies or floods, and (4) writes down how each cell ended, by the cell's id, in a
file that no kernel can reach. It is set up by environment variables: ``CS231N_RESULTS``, the file, and
``CS231N_LIMITS``, the `Limits` as JSON.
"""

import ctypes
import json
import os
import signal
import sys
import threading
import time
from queue import Empty

import nbval.kernel
import nbval.plugin
import pytest

from .box import Limits
from .inside.probe import MIME
from .provisioner import register

LIMITS = Limits(**json.loads(os.environ.get("CS231N_LIMITS", "{}")))
TEXT_KEPT = 20_000  # characters of a cell's text output
_faults = {}  # notebook file: why it was given up
_cell = {"since": 0.0, "bytes": 0}  # the cell that is running: when it began (0: none is), its messages so far


class GivenUp(Exception):
    """The kernel hangs, is dead, or floods."""


class _OnlyTheProbes:
    """What nbval is to leave out when it compares: every key of an output but the probes' own."""

    def __contains__(self, key):
        return key not in ("data", MIME)


def pytest_configure(config):
    die_with_parent()
    register()
    nbval.kernel.RunningKernel.get_message = get_message


def pytest_collection_modifyitems(items):
    for item in items:
        item.parent.skip_compare = _OnlyTheProbes()


def get_message(kernel, stream, timeout=None):
    """nbval's `RunningKernel.get_message`, but it sees a dead kernel at once, and counts time and bytes of a cell."""
    receive = kernel.kc.get_iopub_msg if stream == "iopub" else kernel.kc.get_shell_msg
    deadline = time.monotonic() + (timeout or LIMITS.cell_seconds)
    while True:
        try:
            message = receive(timeout=0.25)
        except Empty:
            message = None
        now = time.monotonic()
        if _cell["since"] and now > _cell["since"] + LIMITS.cell_seconds:
            raise GivenUp(f"it took longer than {LIMITS.cell_seconds:g} seconds")
        if message is None and not kernel.is_alive():
            raise GivenUp("the kernel died")
        if message is None and now > deadline and not _cell["since"]:
            raise Empty
        if message is not None:
            _cell["bytes"] += _size(message)
            if _cell["since"] and _cell["bytes"] > LIMITS.output:
                raise GivenUp("too much output")
            return message


def _size(message):
    """About how many bytes a message has."""
    return len(str(message.get("content"))) + 200


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item):
    if item.path in _faults:
        pytest.skip("the notebook was given up")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_call(item):
    _cell.update(since=time.monotonic(), bytes=0)
    outcome = yield
    _cell["since"] = 0.0
    error = outcome.excinfo[1] if outcome.excinfo else None
    if isinstance(error, GivenUp) or (error is not None and not isinstance(error, nbval.plugin.NbCellError)):
        _faults[item.path] = str(error) if isinstance(error, GivenUp) else f"{type(error).__name__}"
        _kill(item.parent.kernel)


def _kill(kernel):
    """End a kernel at once; nbval's own ways would ask it to stop."""
    provisioner = getattr(getattr(kernel, "km", None), "provisioner", None)
    if provisioner is not None and provisioner.process is not None:
        try:
            os.killpg(provisioner.process.pid, signal.SIGKILL)
        except (OSError, AttributeError):
            provisioner.process.kill()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    if call.when == "call" or report.outcome != "passed" and call.when == "setup":
        _write(item, report)


def _write(item, report):
    fault = _faults.get(item.path)
    if call_failed_to_start := report.when == "setup" and report.failed:
        last = str(report.longrepr).strip().splitlines()[-1:]
        fault = _faults[item.path] = " ".join(["the kernel did not start:", *last])[:300]
    skipped = report.skipped and not call_failed_to_start
    texts, probe = _texts(getattr(item, "test_outputs", None) or [])
    row = {
        "notebook": item.path.name, "cell": item.cell.id, "passed": report.passed, "skipped": bool(skipped),
        "fault": None if skipped else fault, "text": texts, "probe": probe,
    }  # fmt: skip
    with open(os.environ["CS231N_RESULTS"], "a", encoding="utf-8") as file:
        file.write(json.dumps(row) + "\n")


def _texts(outputs):
    """The text that a cell printed, with the end of its error, and what its probe showed; both cut to size."""
    texts, probe = [], None
    for output in outputs:
        if output.output_type == "stream" and output.get("name") == "stdout":
            texts.append(str(output.text))
        elif output.output_type == "error":
            texts.append("\n".join(map(str, output.get("traceback", [])))[-2000:])
        elif MIME in output.get("data", {}):
            probe = str(output["data"][MIME])[:TEXT_KEPT]
    return "".join(texts)[:TEXT_KEPT], probe


def die_with_parent():
    """End this process when the grader ends, however it does, and with it the kernels (``--die-with-parent``)."""
    parent = os.getppid()
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG

    def watch():
        while os.getppid() == parent:
            time.sleep(1)
        os._exit(1)

    if os.name != "nt":
        threading.Thread(target=watch, daemon=True).start()
