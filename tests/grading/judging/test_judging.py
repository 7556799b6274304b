"""Tests of the judge's parts, without a box: messages, outputs, rows, needed cells, and the system-call filter."""

import json
import sys
from pathlib import Path

import nbval.plugin
import pytest
from nbformat import from_dict
from nbformat.v4 import new_code_cell, new_output

from cs231n.grading.judging import nbval_plugin, watchdog
from cs231n.grading.judging.boxes.box import Box
from cs231n.grading.judging.boxes.inside.launcher import LOCKS, SYSTEM_CALLS, filter_program
from cs231n.grading.judging.nbval_run import _read_rows
from cs231n.grading.judging.needed_cells import find_needed_cells
from cs231n.grading.reading import Cell


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


class FakeItem:
    """A task's cell that nbval has run."""

    def __init__(self, *outputs):
        self.test_outputs = [from_dict(output) for output in outputs]
        expected = [new_output("display_data", {nbval_plugin.MIME + name: digits}) for name, digits in EXPECTED.items()]
        self.cell = new_code_cell("", outputs=expected)

    colors = nbval.plugin.nocolors
    sanitize = staticmethod(lambda value: value)
    format_output_compare = lambda *arguments: None  # noqa: E731
    compare_outputs = nbval.plugin.IPyNbCell.compare_outputs


EXPECTED = {"probe-a": "1.0 2.0", "probe-b": "3.0"}


def published(name, value):
    return {"output_type": "display_data", "metadata": {}, "data": {nbval_plugin.MIME + name: value}}


def test_any_json_in_an_output_is_taken():
    junk = [
        {"output_type": kind, "name": "stdout", "text": value, "data": value, "traceback": value}
        for kind in ("stream", "display_data", "x")
        for value in (None, 1, "a", [None], {"a": 1}, {"text/plain": [1]})
    ]
    item = FakeItem(*junk, published("probe-a", "1.0 2.0"), published("probe-b", "3.1"))
    assert nbval_plugin.judge_digits(item) == ({"probe-a": "1.0 2.0", "probe-b": "3.1"}, ["probe-a"])


@pytest.mark.parametrize("value", [None, 1, [1], {"a": 1}, "1.0 2.0 ", "1.0 2.00", ["1.0 2.0"]])
def test_other_digits_are_not_right(value):
    assert nbval_plugin.judge_digits(FakeItem(published("probe-a", value)))[1] == []


def test_digits_that_are_published_twice_earn_nothing():
    twice = FakeItem(published("probe-a", "0"), published("probe-a", "1.0 2.0"), published("probe-b", "3.0"))
    assert nbval_plugin.judge_digits(twice) == ({"probe-a": "0", "probe-b": "3.0"}, ["probe-b"])


def test_half_a_row_of_a_killed_process_is_left_out(tmp_path):
    row = {"folder": "0", "notebook": "a", "cell": "b"}
    (tmp_path / "rows").write_text(f'{json.dumps(row)}\n{{"notebook": "a", "ce', encoding="utf-8")
    assert _read_rows(tmp_path / "rows") == {"0": {"a": [row]}}
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
    assert find_needed_cells(cells, "softmax") == [1, 2, 3, 4]
    assert find_needed_cells(cells, "relu_backward") == [5]
    assert find_needed_cells(cells, "affine_backward") == [5, 6]


@pytest.mark.parametrize("machine", SYSTEM_CALLS)
def test_the_filter_refuses_and_allows_what_it_should(machine):
    table = SYSTEM_CALLS[machine]

    def verdict(number, *arguments):
        """Whether a system call is allowed."""
        return answer(number, *arguments) == 0x7FFF0000

    def answer(number, *arguments):
        """Run the filter's program as Linux would. Returns what it returns."""
        words = {0: number, 4: table["audit"]}
        for k, argument in enumerate(arguments):
            words |= {16 + 8 * k: argument & 0xFFFFFFFF, 20 + 8 * k: argument >> 32}
        line, register = 0, 0
        program = filter_program(table, process=77)
        while True:
            operation, true, false, value = program[line]
            if operation == 0x06:
                return value
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
    assert {answer(number, 0) for number in table["ignored"]} == {0x00050000}, "nothing happens, without an error"
    assert not any(verdict(table["fcntl"], 3, order) for order in LOCKS)
    assert all(verdict(table["fcntl"], 3, order) for order in (0, 1, 2, 3, 4, 1030)), "copies, flags"
    read = {"x86_64": 0, "aarch64": 63}[machine]
    assert verdict(read, 0) and not verdict(0x40000000)


def test_python_may_be_installed_where_the_box_has_its_scratch_space(monkeypatch):
    """The box has an empty /tmp of its own, which must not hide a virtual environment in /tmp."""
    monkeypatch.setattr(sys, "prefix", "/tmp/some-environment")
    command = Box("/library", "bwrap").command(Path("/tmp/private"), Path("/tmp/private/connection.json"), {})
    shown = [i for i, word in enumerate(command) if word == "--ro-bind-try" and command[i + 1] == sys.prefix]
    assert shown and shown[0] > command.index("--tmpfs")
    assert command.index("/tmp") < shown[0]
