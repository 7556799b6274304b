"""A judge without kernels, for tests of what happens around it. As a worker's preload it replaces the real one there.

Nobody earns anything, and every submission takes a moment.
"""

import contextlib
import os
import time

from cs231n.assignment.actions import TASKS
from cs231n.grading import cluster_worker
from cs231n.grading.judging.boxes.box import Box, NoBox
from cs231n.grading.judging.boxes.scratch import scratch_folder
from cs231n.grading.judging.judge import Stopped
from cs231n.grading.judging.probing.probes import TaskProbes
from cs231n.grading.judging.verdict import Verdict

PROBES = {task: TaskProbes(task, {}, {}, {}) for task in TASKS}  # none


class StandInJudge:
    """Takes the place of `Judge`. Like that, it keeps a temporary folder until it is closed.

    The environment variables ``STAND_IN_PAUSE`` (seconds for each submission) and ``STAND_IN_NO_BOX`` (the reason why
    it cannot be made) change it.
    """

    def __init__(self, seed, unboxed=False, limits=None, hidden=()):
        if os.environ.get("STAND_IN_NO_BOX"):
            raise NoBox(os.environ["STAND_IN_NO_BOX"])
        self.seed, self.probes, self.boxes, self.stopped = seed, PROBES, {"": Box("", None)}, False
        self.closing = contextlib.ExitStack()
        self.closing.enter_context(scratch_folder())

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.close()

    def close(self):
        self.closing.close()

    def stop(self):
        self.stopped = True

    def judge_all(self, readings):
        for _ in readings:
            if self.stopped:
                raise Stopped
            time.sleep(float(os.environ.get("STAND_IN_PAUSE", 0)))
        return [Verdict() for _ in readings]


def dask_setup(worker):
    """Dask calls this when a worker with this preload starts."""
    cluster_worker.Judge = StandInJudge
