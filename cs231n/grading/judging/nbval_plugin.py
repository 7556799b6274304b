"""A pytest plugin for grading. It changes how nbval starts kernels, compares outputs and gives up.

nbval remains the judge: it runs each cell and compares the outputs. The plugin does four things:

1. It starts nbval's kernels in the box.
2. It makes nbval compare the output of the probes only. So a warning or a stray print costs no point.
3. It gives up on a notebook if its kernel hangs, dies or sends too much (see `watchdog`).
4. It writes down how each cell ended, under the cell's id, in a file that no kernel can reach.

Two environment variables set it up: ``CS231N_RESULTS`` is that file, ``CS231N_LIMITS`` holds the `Limits` as JSON.
"""

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

# Pretend that rfc3987_syntax is not installed. nbformat reads notebooks with jsonschema, which would use the module to
# build a grammar of web addresses. That takes a second, and our notebooks contain no fields that need it.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]

import nbval.kernel  # noqa: E402
import nbval.plugin  # noqa: E402
import pytest  # noqa: E402

from . import watchdog  # noqa: E402
from .inside.probe import MIME  # noqa: E402
from .provisioner import register  # noqa: E402

MAX_TEXT = watchdog.MAX_TEXT
_faults: dict[Path, str] = {}  # notebook file to the reason why we gave it up


class _AllButProbes:
    """The keys of outputs that nbval does not compare: all except the probes' own."""

    def __contains__(self, key: object) -> bool:
        return key not in ("data", MIME)


def pytest_configure(config: pytest.Config) -> None:
    """Prepare this process, and replace the parts of nbval that a hostile kernel could abuse."""
    watchdog.die_with_grader()
    watchdog.limit_memory()
    register()
    nbval.kernel.RunningKernel.get_message = watchdog.get_message
    # nbval explains a mismatch with pytest's comparison of texts. Its time grows with the cube of their length, and
    # nobody reads the explanation here.
    nbval.plugin.IPyNbCell.format_output_compare = lambda *arguments: None


def pytest_collection_modifyitems(items: list[Any]) -> None:
    """Ignore the orders to nbval in a cell's comments and tags: compare the probes, skip no cell, never stop."""
    for item in items:
        item.parent.skip_compare = _AllButProbes()
        item.options.clear()
        item.options.update(check=item.cell.id.startswith("probe-"), check_exception=True)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: Any) -> None:
    """Skip the cells of a notebook after we gave it up."""
    if item.path in _faults:
        pytest.skip("the notebook was given up")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_call(item: Any) -> Iterator[None]:
    """Run a cell under the watchdog. Give up its notebook if the kernel misbehaves."""
    with watchdog.watch_cell(item.parent.kernel):
        outcome: Any = yield
    error = outcome.excinfo[1] if outcome.excinfo else None
    if error is not None and not isinstance(error, nbval.plugin.NbCellError):
        fault = str(error) if isinstance(error, watchdog.GivenUp) else f"it sent what no notebook can hold: {error!r}"
        _faults[item.path] = fault[:300]
        watchdog.kill_kernel(item.parent.kernel)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: Any, call: pytest.CallInfo) -> Iterator[None]:
    """Write a row when a cell was run, was skipped, or could not be started."""
    outcome: Any = yield
    report = outcome.get_result()
    if call.when == "call" or report.outcome != "passed" and call.when == "setup":
        _write_row(item, report)


def _write_row(item: Any, report: pytest.TestReport) -> None:
    """Write down how a cell ended, as one line of JSON."""
    did_not_start = report.when == "setup" and report.failed
    if did_not_start:
        last = str(report.longrepr).strip().splitlines()[-1:]
        _faults[item.path] = " ".join(["the kernel did not start:", *last])[:300]
    skipped = report.skipped and not did_not_start
    text, probe = read_outputs(getattr(item, "test_outputs", None) or [])
    row = {
        "notebook": item.path.name, "cell": item.cell.id, "passed": report.passed, "skipped": bool(skipped),
        "fault": None if skipped else _faults.get(item.path), "text": text, "probe": probe,
    }  # fmt: skip
    with open(os.environ["CS231N_RESULTS"], "a", encoding="utf-8") as file:
        file.write(json.dumps(row) + "\n")


def read_outputs(outputs: list[Any]) -> tuple[str, str | None]:
    """The text of a cell's outputs. A kernel can send any JSON, so every field may have any type.

    Returns:
        text: what the cell printed, and the end of its error, together at most `MAX_TEXT` characters.
        probe: what its probe showed, at most `MAX_TEXT` characters; None if there was none.
    """
    texts: list[str] = []
    probe = None
    for output in outputs:
        data, traceback = output.get("data"), output.get("traceback")
        if output.output_type == "stream" and output.get("name") == "stdout":
            texts.append(str(output.get("text")))
        elif output.output_type == "error" and isinstance(traceback, list):
            texts.append("\n".join(map(str, traceback))[-2000:])
        elif isinstance(data, dict) and MIME in data:
            probe = str(data[MIME])[:MAX_TEXT]
    return "".join(texts)[:MAX_TEXT], probe
