"""The judge: it runs submissions in boxed kernels under nbval, and finds out what each answer earned.

Points come from the probes only. What check() recorded is for the feedback page. `trial.Trial` says which cells run,
and which run again after a fault.
"""

import contextlib
import shutil
from collections.abc import Sequence
from pathlib import Path

from ...assignment.actions import NOTEBOOKS, TASKS
from ..publishing.notebooks import ROOT, read_notebooks
from ..reading import Cell, Reading
from .boxes.box import Box, Limits, NoBox, open_box
from .boxes.kernel_server import serve_kernels
from .boxes.provisioner import write_kernels
from .boxes.scratch import scratch_folder
from .boxes.sealed_library import write_sealed_library
from .nbval_run import NbvalRunner, Stopped
from .plan import find_setup, kernel_of
from .probing.probes import make_probes
from .recorded.records_file import read_records
from .trial import Trial
from .verdict import Verdict

__all__ = ["Judge", "Stopped"]


class Judge:
    """Judges submissions. It holds what they have in common: the box, the libraries in it, the probes of one seed.

    Use it as a context manager, because it keeps a temporary folder. Several threads may share it.

    Arguments:
        seed: the grading seed. The same seed gives the same probes.
        unboxed, limits, hidden, user: see `box.open_box`.

    Raises:
        box.NoBox: if there is no working box on this machine. The message says what to do.
    """

    def __init__(
        self, seed: str, unboxed: bool = False, limits: Limits | None = None, hidden: tuple[Path, ...] = (),
        user: str | None = None,
    ) -> None:  # fmt: skip
        self.seed, self.limits, self.user = seed, limits or Limits(), user
        self.closing = contextlib.ExitStack()
        self.folder = self.closing.enter_context(scratch_folder())
        try:
            if user:
                self.folder.chmod(0o711)  # the libraries in it can be reached; what else is in it has modes of its own
            self.setup = {name: find_setup(nb) for name, nb in read_notebooks().items()}
            self.probes = make_probes(seed)
            self.boxes = {name: self._open_box_for(name, unboxed, (ROOT, *hidden)) for name in NOTEBOOKS}
            (self.folder / "servers").mkdir()
            self.boxes = self.closing.enter_context(serve_kernels(self.boxes, self.folder / "servers"))
            write_kernels(self.folder / "jupyter", {kernel_of(name): box for name, box in self.boxes.items()})
            self.runner = NbvalRunner(self.folder, self.limits)
            self._try_grading()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> "Judge":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def stop(self) -> None:
        """Stop judging in all threads. `judge_all` raises `Stopped` in each of them."""
        self.runner.stop()

    def close(self) -> None:
        """Delete the temporary folder."""
        self.closing.close()

    def _open_box_for(self, notebook: str, unboxed: bool, hidden: tuple[Path, ...]) -> Box:
        """The box for a notebook's kernel, with a copy of the library.

        In the copy, the answers of earlier notebooks are the reference's. The other answers are stubs.
        """
        library = self.folder / f"library-{kernel_of(notebook)}"
        stubs = [name for name, task in TASKS.items() if NOTEBOOKS.index(task.notebook) >= NOTEBOOKS.index(notebook)]
        write_sealed_library(library, stubs)
        (library / "datasets").mkdir()
        shutil.copy(ROOT / "datasets" / "mnist_5k.npz", library / "datasets")
        return open_box(library, unboxed, self.limits, hidden, self.user)

    def _try_grading(self) -> None:
        """Grade a wrong answer. Raises NoBox if it earns points or nothing is recorded of it."""
        cells = [Cell("def softmax(x):\n    return x", "softmax")]
        verdict = self.judge(Reading({NOTEBOOKS[0]: cells}, {"softmax"}))
        run = verdict.runs.get("softmax")
        if verdict.earned or run is None or not run.is_complete:
            said = "; ".join(verdict.remarks) or "no cell gave an answer"
            raise NoBox(f"a trial submission was not graded as it should be: {said}")

    def judge(self, reading: Reading) -> Verdict:
        """Run one submission and return what it earned. Raises `Stopped` if `stop` was called."""
        return self.judge_all([reading])[0]

    def judge_all(self, readings: Sequence[Reading]) -> list[Verdict]:
        """Run submissions, in one process of nbval where possible, and return what each earned.

        Raises:
            Stopped: if `stop` was called.
        """
        trials = [Trial(reading, self.setup, self.probes, self.limits.seconds) for reading in readings]
        self._run_to_end(trials)
        for trial in trials:
            trial.look_again(self.seed)
        self._run_to_end(trials)
        return [trial.finish() for trial in trials]

    def _run_to_end(self, trials: Sequence[Trial]) -> None:
        """Run what waits in the trials, again and again, until nothing does."""
        while active := [trial for trial in trials if trial.waiting]:
            together = [trial for trial in active if not trial.by_itself]
            groups = [[trial] for trial in active if trial.by_itself]
            for group in [together, *groups] if together else groups:
                self._run_once(group)

    def _run_once(self, trials: Sequence[Trial]) -> None:
        """Run everything that waits in some trials, in one process of nbval.

        If that process ends before its end, every submission that it had not finished runs again by itself. A
        submission that is by itself already has ended it: the cell that ran then is to blame.
        """
        waiting = {str(number): trial.waiting for number, trial in enumerate(trials)}
        seconds = {str(number): max(trial.seconds, 1.0) for number, trial in enumerate(trials)}
        outcomes = self.runner.run(waiting, seconds)
        blamed = False
        for trial, (name, plans) in zip(trials, waiting.items()):
            trial.waiting, left, outcome = [], [], outcomes[name]
            records = read_records(outcome.records)
            for plan in plans:
                cut_off = not outcome.is_finished(plan)
                if cut_off and (len(trials) > 1 or blamed):
                    left.append(plan)
                    continue
                blamed = blamed or cut_off
                trial.take(plan, outcome.rows.get(plan.file, []), records, cut_off)
            trial.waiting, trial.by_itself = left + trial.waiting, trial.by_itself or bool(left)
