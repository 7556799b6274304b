"""One run of nbval: several notebooks in one process, and what its plugin wrote about their cells."""

import errno
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from ..publishing.paths import ROOT
from .boxes.box import RECORDS, WALL, Limits
from .plan import Plan
from .recorded.records_file import MAX_BYTES

PLUGIN = "cs231n.grading.judging.nbval_plugin"
MIN_FREE = 2**16  # bytes; with less, a disk counts as full
GRACE_SECONDS = 30  # of nbval's process, beyond those of the notebooks


class Stopped(Exception):
    """The grading was stopped, so the submission that was running has no result."""


@dataclass
class Outcome:
    """What a run brought of the notebooks in one folder.

    Attributes:
        rows: what the plugin wrote about the cells, by notebook. A notebook that was not reached has no rows.
        records: the lines that the tasks' cells wrote.
    """

    rows: dict[str, list[dict]] = field(default_factory=dict)
    records: bytes = b""

    def is_finished(self, plan: Plan) -> bool:
        """Whether every cell of a notebook has a row. The cells that follow a fault are skipped, and have one."""
        return len(self.rows.get(plan.file, [])) == len(plan.cells_to_run)


class NbvalRunner:
    """Runs notebooks under nbval. Several threads may share it.

    Arguments:
        folder: the grader's temporary folder. It holds ``jupyter``, the specifications of the kernels.
        limits: what a kernel may use.
    """

    def __init__(self, folder: Path, limits: Limits) -> None:
        self.folder, self.limits = folder, limits
        self.stopped = False
        self.running: set[subprocess.Popen] = set()

    def stop(self) -> None:
        """Stop all runs. `run` raises `Stopped` in each of their threads."""
        self.stopped = True
        for process in list(self.running):
            process.kill()

    def run(self, plans: Mapping[str, list[Plan]], seconds: Mapping[str, float]) -> dict[str, Outcome]:
        """Run plans, each submission's in a folder of its own.

        Arguments:
            plans: the plans, by the name of the submission's folder.
            seconds: how long the plans of each folder may run, see `Limits.seconds`.

        Returns:
            What the run brought, by the name of the folder.

        Raises:
            Stopped: if `stop` was called.
            OSError: if the disk is full.
        """
        folder = Path(tempfile.mkdtemp(dir=self.folder))
        results = folder / "results.jsonl"
        try:
            for name, listed in plans.items():
                (folder / name).mkdir()
                for plan in listed:
                    (folder / name / plan.file).write_text(plan.to_json(), encoding="utf-8")
            (folder / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
            files = [f"{name}/{plan.file}" for name, listed in plans.items() for plan in listed]
            self._run_process(files, folder, self._environment(results, seconds), sum(seconds.values()))
            if self.stopped:
                raise Stopped
            if shutil.disk_usage(folder).free < MIN_FREE:  # the rows may be cut off: nobody's cells are to blame
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self.folder))
            rows = _read_rows(results)
            return {name: Outcome(rows.get(name, {}), _read_records(folder / name / RECORDS)) for name in plans}
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _run_process(self, files: list[str], folder: Path, environment: dict[str, str], seconds: float) -> None:
        """Run nbval in a folder. Kill it after some seconds, or when `stop` is called."""
        command = [sys.executable, "-m", "pytest", "-p", PLUGIN, "-p", "nbval.plugin", "-p", "no:cacheprovider"]
        command += ["--nbval", "-c", "pytest.ini", "--rootdir", ".", "-q", "--tb=no", *files]
        with open(folder / "log.txt", "wb") as log:
            process = subprocess.Popen(
                command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
            self.running.add(process)
            try:
                if self.stopped:
                    process.kill()
                process.wait(timeout=WALL * seconds + GRACE_SECONDS)
            except subprocess.TimeoutExpired:
                pass
            finally:
                process.kill()
                process.wait()
                self.running.discard(process)

    def _environment(self, results: Path, seconds: Mapping[str, float]) -> dict[str, str]:
        """The environment variables of nbval's process."""
        replaced = ("PYTEST", "CS231N", "JUPYTER")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(replaced)}
        return kept | {
            "PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "CS231N_RESULTS": str(results),
            "CS231N_LIMITS": json.dumps(asdict(self.limits)), "CS231N_SECONDS": json.dumps(dict(seconds)),
            "JUPYTER_PATH": str(self.folder / "jupyter"), "JUPYTER_CONFIG_DIR": str(self.folder / "no-config"),
            "CS231N_GRADER": str(os.getpid()), "CS231N_PRIVATE": str(self.folder),
        }  # fmt: skip


def _read_rows(results: Path) -> dict[str, dict[str, list[dict]]]:
    """The plugin's rows, by folder and notebook.

    The last line is left out if nbval's process was killed while it wrote it.
    """
    rows: dict[str, dict[str, list[dict]]] = {}
    lines = results.read_text(encoding="utf-8").split("\n")[:-1] if results.exists() else []
    for line in lines:
        row = json.loads(line)
        rows.setdefault(row["folder"], {}).setdefault(row["notebook"], []).append(row)
    return rows


def _read_records(path: Path) -> bytes:
    """The lines of a file of records. A kernel may have filled it, so only its beginning is read."""
    try:
        with open(path, "rb") as file:
            return file.read(MAX_BYTES)
    except OSError:
        return b""
