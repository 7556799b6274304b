"""A pytest plugin for grading: boxed kernels for nbval, an end to what never ends, and results that nothing can forge.

nbval stays the judge: it runs each cell and compares the outputs. The plugin (1) starts its kernels in the box,
(2) lets it compare nothing but the probes' own output, so that a warning or a stray print costs no point, (3) gives
up on a notebook whose kernel hangs, dies or floods (see `watch`), and (4) writes down how each cell ended, by the
cell's id, in a file that no kernel can reach. It is set up by environment variables: ``CS231N_RESULTS``, the file, and
``CS231N_LIMITS``, the `Limits` as JSON.
"""

import json
import os
import sys
from pathlib import Path

# jsonschema, which nbformat reads notebooks with, would build a grammar of addresses here, for a second; no notebook of
# ours has any. It does without where the module is missing.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]

import nbval.kernel  # noqa: E402
import nbval.plugin  # noqa: E402
import pytest  # noqa: E402

from . import watchdog  # noqa: E402
from .inside.probe import MIME  # noqa: E402
from .provisioner import register  # noqa: E402

TEXT_KEPT = watchdog.TEXT_KEPT
_faults: dict[Path, str] = {}  # notebook file: why it was given up


class _OnlyTheProbes:
    """What nbval is to leave out when it compares: every key of an output but the probes' own."""

    def __contains__(self, key):
        return key not in ("data", MIME)


def pytest_configure(config):
    watchdog.die_with_grader()
    watchdog.limit_memory()
    register()
    nbval.kernel.RunningKernel.get_message = watchdog.get_message
    # nbval explains a mismatch by pytest's comparison of texts, whose time grows with the cube of their length; nobody
    # reads it here.
    nbval.plugin.IPyNbCell.format_output_compare = lambda *arguments: None


def pytest_collection_modifyitems(items):
    for item in items:
        item.parent.skip_compare = _OnlyTheProbes()
        # What a cell's comments and tags tell nbval counts for nothing: it is the probes that it compares, and no
        # cell is skipped or stops the run.
        item.options.clear()
        item.options.update(check=item.cell.id.startswith("probe-"), check_exception=True)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item):
    if item.path in _faults:
        pytest.skip("the notebook was given up")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_call(item):
    with watchdog.cell(item.parent.kernel):
        outcome = yield
    error = outcome.excinfo[1] if outcome.excinfo else None
    if error is not None and not isinstance(error, nbval.plugin.NbCellError):
        fault = str(error) if isinstance(error, watchdog.GivenUp) else f"it sent what no notebook can hold: {error!r}"
        _faults[item.path] = fault[:300]
        watchdog.kill(item.parent.kernel)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    if call.when == "call" or report.outcome != "passed" and call.when == "setup":
        _write(item, report)


def _write(item, report):
    """Write down how a cell ended: one line of JSON."""
    did_not_start = report.when == "setup" and report.failed
    if did_not_start:
        last = str(report.longrepr).strip().splitlines()[-1:]
        _faults[item.path] = " ".join(["the kernel did not start:", *last])[:300]
    skipped = report.skipped and not did_not_start
    text, probe = _texts(getattr(item, "test_outputs", None) or [])
    row = {
        "notebook": item.path.name, "cell": item.cell.id, "passed": report.passed, "skipped": bool(skipped),
        "fault": None if skipped else _faults.get(item.path), "text": text, "probe": probe,
    }  # fmt: skip
    with open(os.environ["CS231N_RESULTS"], "a", encoding="utf-8") as file:
        file.write(json.dumps(row) + "\n")


def _texts(outputs):
    """The text that a cell printed, with the end of its error, and what its probe showed; both cut to size.

    Nothing is taken for granted: a kernel can send any JSON.
    """
    texts, probe = [], None
    for output in outputs:
        data, traceback = output.get("data"), output.get("traceback")
        if output.output_type == "stream" and output.get("name") == "stdout":
            texts.append(str(output.get("text")))
        elif output.output_type == "error" and isinstance(traceback, list):
            texts.append("\n".join(map(str, traceback))[-2000:])
        elif isinstance(data, dict) and MIME in data:
            probe = str(data[MIME])[:TEXT_KEPT]
    return "".join(texts)[:TEXT_KEPT], probe
