"""What the judge found out about a submission."""

from dataclasses import dataclass, field

from .recorded.records_file import TaskRecord


@dataclass
class TaskRun:
    """What one run of a task's cell brought.

    Attributes:
        shown: the digits that each probe showed, by the probe's id.
        right: the ids of the probes whose digits are right, as judged by nbval.
        record: what the cell recorded, as far as it came; None if it recorded nothing. Its texts are the box's.
        fault: how the cell stopped the kernel; "" if it did not.
    """

    shown: dict[str, str] = field(default_factory=dict)
    right: set[str] = field(default_factory=set)
    record: TaskRecord | None = None
    fault: str = ""

    @property
    def is_complete(self) -> bool:
        """Whether the cell came to its end."""
        return self.record is not None and self.record.complete and not self.fault

    @property
    def is_missing(self) -> bool:
        """Whether no function of the task's name was there."""
        return self.record is not None and self.record.is_missing

    @property
    def missing_name(self) -> str:
        """The first name that a call of a probe did not find; "" if there is none."""
        calls = self.record.probed.values() if self.record else ()
        raised = [call.raised for call in calls if call.raised and call.raised.kind == "NameError"]
        return next((error.name for error in raised if error.name), "")


@dataclass
class Verdict:
    """How a submission did.

    Attributes:
        runs: for each task, the run that counts: the better one, if there were several.
        own_forward: the ids of the probes that are right for the student's own, mistaken forward pass.
        remarks: sentences for the student.
        flags: words for the instructor.
    """

    runs: dict[str, TaskRun] = field(default_factory=dict)
    own_forward: set[str] = field(default_factory=set)
    remarks: list[str] = field(default_factory=list)
    flags: list[str] = field(default_factory=list)

    @property
    def earned(self) -> set[str]:
        """The ids of all probes that earn something."""
        return self.own_forward.union(*(run.right for run in self.runs.values()))

    @property
    def shown(self) -> dict[str, str]:
        """The digits that each probe showed, by the probe's id."""
        return {name: text for run in self.runs.values() for name, text in run.shown.items()}

    def take(self, task: str, run: TaskRun) -> None:
        """Let a run count, unless an earlier run of the task earned as much."""
        before = self.runs.get(task)
        if before is None or (len(run.right), run.is_complete) > (len(before.right), before.is_complete):
            self.runs[task] = run

    def say(self, remark: str, flag: str) -> None:
        """Add a remark and a flag, unless they are there already."""
        self.remarks += [remark] * (remark not in self.remarks)
        self.flags += [flag] * (flag not in self.flags)
