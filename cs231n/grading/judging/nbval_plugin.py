"""A pytest plugin for grading. It changes how nbval starts kernels, compares outputs and gives up.

nbval remains the judge: it runs each cell and compares the outputs. The plugin does four things:

1. It starts nbval's kernels in the box.
2. It asks nbval to compare the digits of each probe by itself, and no other output. So a warning or a stray print costs
   no point, and an answer can be right in part.
3. It gives up on a notebook if its kernel hangs, dies or sends too much (see `watchdog`), or if the submission has used
   up its time.
4. It writes down how each cell ended, under the cell's id, in a file that no kernel can reach.

Three environment variables set it up: ``CS231N_RESULTS`` is that file; ``CS231N_LIMITS`` holds the `Limits` as JSON;
``CS231N_SECONDS`` holds the seconds that each submission may use, by the name of its folder.
"""

import json
import os
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbval.kernel
import nbval.plugin
import pytest
from nbformat import NotebookNode, from_dict

from . import watchdog
from .boxes.inside.mime import MIME
from .boxes.provisioner import register

MAX_DIGITS = 2000  # characters of a probe's digits that are kept
SECONDS: dict[str, float] = json.loads(os.environ.get("CS231N_SECONDS", "{}"))

_faults: dict[Path, str] = {}  # notebook file to the reason why we gave it up
_seconds: dict[str, float] = {}  # cell's node id to the seconds that it used
_spent: dict[str, float] = {}  # name of a submission's folder to the seconds that it has used


class _AllBut:
    """The keys of outputs that nbval does not compare: all except one probe's own."""

    def __init__(self, mime: str) -> None:
        self.mime = mime

    def __contains__(self, key: object) -> bool:
        return key not in ("data", self.mime)


def pytest_configure(config: pytest.Config) -> None:
    """Prepare this process, and replace the parts of nbval that a hostile kernel could abuse."""
    watchdog.die_with_grader()
    watchdog.limit_memory()
    register()
    nbval.kernel.RunningKernel.get_message = watchdog.get_message
    nbval.plugin.nbformat = types.SimpleNamespace(read=read_notebook)
    # nbval explains a mismatch with pytest's comparison of texts. Its time grows with the cube of their length, and
    # nobody reads the explanation here.
    nbval.plugin.IPyNbCell.format_output_compare = lambda *arguments: None


def read_notebook(path: str, as_version: int) -> NotebookNode:
    """Read a notebook that the grader wrote, without a check of its form, which takes longer than reading it."""
    return from_dict(json.loads(Path(path).read_text(encoding="utf-8")))


def pytest_collection_modifyitems(items: list[Any]) -> None:
    """Ignore the orders to nbval in a cell's comments and tags. It skips no cell, and compares when it is asked to."""
    for item in items:
        item.options.clear()
        item.options.update(check=False, check_exception=True)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: Any) -> None:
    """Skip the cells of a notebook after we gave it up, or when the submission's time is over."""
    folder = item.path.parent.name
    if _spent.get(folder, 0.0) > SECONDS.get(folder, 1e9):
        _faults.setdefault(item.path, "there was no time left")
    if item.path in _faults:
        pytest.skip("the notebook was given up")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_call(item: Any) -> Iterator[None]:
    """Run a cell under the watchdog. Give up its notebook if the kernel misbehaves."""
    with watchdog.watch_cell(item.parent.kernel):
        outcome: Any = yield
        _seconds[item.nodeid] = watchdog.count_seconds(item.parent.kernel)
    error = outcome.excinfo[1] if outcome.excinfo else None
    if isinstance(error, MemoryError):
        watchdog.give_up_process()
    error = watchdog.find_late_fault(item.parent.kernel) or error
    if error is not None and not isinstance(error, nbval.plugin.NbCellError):
        fault = str(error) if isinstance(error, watchdog.GivenUp) else "it sent what no notebook can hold"
        _faults[item.path] = fault[:300]
        item.test_outputs = [*(item.test_outputs or []), *watchdog.read_displays(item.parent.kernel)]
        watchdog.kill_kernel(item.parent.kernel)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: Any, call: pytest.CallInfo) -> Iterator[None]:
    """Write a row when a cell was run, was skipped, or could not be started."""
    outcome: Any = yield
    report = outcome.get_result()
    if call.when == "call" or report.outcome != "passed" and call.when == "setup":
        _write_row(item, report)
    if call.when == "call":  # a cell can fill much memory, which the next submissions would lack
        item.test_outputs = report.longrepr = None


def _write_row(item: Any, report: pytest.TestReport) -> None:
    """Write down how a cell ended, as one line of JSON."""
    did_not_start = report.when == "setup" and report.failed
    if did_not_start:
        last = str(report.longrepr).strip().splitlines()[-1:]
        _faults[item.path] = " ".join(["the kernel did not start:", *last])[:300]
    skipped = bool(report.skipped and not did_not_start)
    shown, right = ({}, []) if skipped else judge_digits(item)
    folder, seconds = item.path.parent.name, _seconds.pop(item.nodeid, 0.0)
    _spent[folder] = _spent.get(folder, 0.0) + seconds
    row = {
        "folder": folder, "notebook": item.path.name, "cell": item.cell.id, "skipped": skipped, "seconds": seconds,
        "fault": None if skipped else _faults.get(item.path), "shown": shown, "right": right,
    }  # fmt: skip
    with open(os.environ["CS231N_RESULTS"], "a", encoding="utf-8") as file:
        file.write(json.dumps(row) + "\n")


def judge_digits(item: Any) -> tuple[dict[str, str], list[str]]:
    """Let nbval compare the digits of each probe in a task's cell.

    A kernel can send any JSON, so every field of an output may have any type. What has no data is left out.

    Returns:
        shown: what each probe showed, at most `MAX_DIGITS` characters, by the probe's id.
        right: the ids of the probes for which nbval finds the expected output.
    """
    outputs = [output for output in item.test_outputs or [] if isinstance(output.get("data"), dict)]
    shown: dict[str, str] = {}
    right = []
    for mime in [mime for reference in item.cell.outputs for mime in reference.data]:
        name = mime.removeprefix(MIME)
        for output in outputs:
            if mime in output.data:
                shown.setdefault(name, str(output.data[mime])[:MAX_DIGITS])
        if item.compare_outputs(outputs, item.cell.outputs, skip_compare=_AllBut(mime)):
            right.append(name)
    return shown, right
