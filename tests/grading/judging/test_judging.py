"""Tests of the judge's parts, without a box: messages, outputs, rows, needed cells, and the system-call filter."""

import sys
from pathlib import Path

import pytest
from nbformat import from_dict

from cs231n.grading.judging import nbval_plugin, watchdog
from cs231n.grading.judging.box import Box
from cs231n.grading.judging.inside.launcher import SYSTEM_CALLS, filter_program
from cs231n.grading.judging.judge import _flag_tools, _read_rows
from cs231n.grading.judging.plan import find_needed_cells
from cs231n.grading.reading import Cell, Reading


def test_answers_that_differentiate_by_a_tool_are_flagged_and_the_courses_own_are_not():
    from tests.helpers.hostile_run import ANSWERS

    ours = [Cell(source, task) for task, source in ANSWERS.items()]
    assert _flag_tools(Reading({"a": ours})) == []
    tools = ("import autograd.numpy as np", "    from torch import nn", "dx = numerical_gradient(lambda x: x, x)")
    for tool in tools:
        cells = [*ours, Cell(tool), Cell(f"def batchnorm_backward(dout, cache):\n{tool}", "batchnorm_backward")]
        assert _flag_tools(Reading({"a": cells})) == ["differentiates-by-a-tool:batchnorm_backward"]


class FakeKernel:
    """A kernel and its client. It always receives the same message, or raises it, and the kernel is dead."""

    def __init__(self, message):
        self.kc, self.message = self, message

    def get_iopub_msg(self, timeout):
        if isinstance(self.message, Exception):
            raise self.message
        return self.message

    def is_alive(self):
        return False


@pytest.mark.parametrize(
    "message",
    [
        UnicodeDecodeError("utf-8", b"\xff", 0, 1, "no"), ValueError("Invalid Signature"), RecursionError(),
        {"content": [1], "parent_header": {}}, {"content": {}, "parent_header": None}, {}, watchdog.Empty(),
    ],
)  # fmt: skip
def test_what_is_no_message_ends_the_kernel_and_nothing_else(message):
    with pytest.raises(watchdog.GivenUp, match="no message|died"):
        watchdog.get_message(FakeKernel(message), "iopub")


def test_the_text_of_a_cell_is_cut_to_what_is_kept():
    watchdog._running.update(text=0)
    kernel = FakeKernel({"msg_type": "stream", "parent_header": {}, "content": {"name": "stdout", "text": ""}})
    kept = 0
    for _ in range(4):
        kernel.message["content"]["text"] = "a\b" * 4000
        kept += len(watchdog.get_message(kernel, "iopub")["content"]["text"])
    assert kept == watchdog.MAX_TEXT


def test_any_json_in_an_output_is_taken():
    outputs = [
        {"output_type": kind, "name": "stdout", "text": value, "data": value, "traceback": value}
        for kind in ("stream", "error", "display_data", "x")
        for value in (None, 1, "a", [None], {"a": 1}, {nbval_plugin.MIME: [1]}, {nbval_plugin.MIME: "right"})
    ]
    text, probe = nbval_plugin.read_outputs([from_dict(output) for output in outputs])
    assert probe == "right" and "None" in text


def test_half_a_row_of_a_killed_process_is_left_out(tmp_path):
    (tmp_path / "rows").write_text('{"notebook": "a", "cell": "b"}\n{"notebook": "a", "ce', encoding="utf-8")
    assert _read_rows(tmp_path / "rows") == {"a": [{"notebook": "a", "cell": "b"}]}
    assert _read_rows(tmp_path / "missing") == {}


def test_an_answer_takes_along_the_cells_that_it_mentions_and_no_others():
    cells = [
        Cell("import os\nos._exit(0)"),
        Cell("from math import tau, pi as half"),
        Cell("factor = half"),
        Cell("def helper(x):\n    return factor * x"),
        Cell("def softmax(x):\n    return helper(x)", "softmax"),
        Cell("def relu_backward(dout, cache):\n    pass", "relu_backward"),
        Cell("# affine_backward is defined in the cell above", "affine_backward"),
    ]
    assert find_needed_cells(cells, "softmax") == cells[1:5]
    assert find_needed_cells(cells, "relu_backward") == cells[5:6]
    assert find_needed_cells(cells, "affine_backward") == cells[5:7]


@pytest.mark.parametrize("machine", SYSTEM_CALLS)
def test_the_filter_refuses_and_allows_what_it_should(machine):
    table = SYSTEM_CALLS[machine]

    def verdict(number, *arguments):
        """Run the filter's program as Linux would. Returns True if the system call is allowed."""
        words = {0: number, 4: table["audit"]}
        for k, argument in enumerate(arguments):
            words |= {16 + 8 * k: argument & 0xFFFFFFFF, 20 + 8 * k: argument >> 32}
        line, register = 0, 0
        program = filter_program(table, process=77)
        while True:
            operation, true, false, value = program[line]
            if operation == 0x06:
                return value == 0x7FFF0000
            if operation == 0x20:
                register, jump = words[value], 0
            else:
                met = {0x15: register == value, 0x35: register >= value, 0x45: register & value != 0}[operation]
                jump = true if met else false
            line += 1 + jump

    assert not any(verdict(number, 0, 0, 0) for number in table["denied"])
    assert verdict(table["clone"], 0x10000) and not verdict(table["clone"], 17) and not verdict(table["clone3"], 0)
    for name in ("kill", "tgkill"):
        assert verdict(table[name], 77) and not any(verdict(table[name], who) for who in (0, 1, 2**32 - 1, 2**32 - 77))
    assert verdict(table["prlimit64"], 0, 7, 0)
    assert not verdict(table["prlimit64"], 0, 7, 4096) and not verdict(table["prlimit64"], 0, 7, 2**32)
    assert verdict(table["socket"], 1) and verdict(table["socket"], 16)
    assert not verdict(table["socket"], 2) and not verdict(table["socket"], 10)
    assert verdict(table["prctl"], 15) and not verdict(table["prctl"], 1)
    assert verdict(0, 0) and not verdict(0x40000000)


def test_python_may_be_installed_where_the_box_has_its_scratch_space(monkeypatch):
    """The box has an empty /tmp of its own, which must not hide a virtual environment in /tmp."""
    monkeypatch.setattr(sys, "prefix", "/tmp/some-environment")
    command = Box("/library", "bwrap").command(Path("/tmp/private"), Path("/tmp/private/connection.json"), {})
    shown = [i for i, word in enumerate(command) if word == "--ro-bind-try" and command[i + 1] == sys.prefix]
    assert shown and shown[0] > command.index("--tmpfs")
    assert command.index("/tmp") < shown[0]
