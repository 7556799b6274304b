"""Tests of what the command grade says if it cannot begin."""

import pytest

from cs231n.grading import __main__ as command
from tests.grading.reporting.test_grade import hand_in


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["grade", "IN/none", "--out", "IN/out"], "is not a folder"),
        (["grade", "IN/empty", "--out", "IN/out"], "there is nothing in"),
        (["grade", "IN/some", "--out", "IN/out", "--only", "zoe"], "no student zoe"),
        (["grade", "IN/some", "--out", "IN/some/grades"], "lies among the submissions"),
        (["grade", "IN/some", "--out", "IN/points.json"], "points.json"),
        (["grade", "IN/some", "--out", "IN/out", "--points", "IN/none.json"], "none.json"),
        (["grade", "IN/some", "--out", "IN/out", "--points", "IN/points.json"], "softmix"),
        (["grade", "IN/some", "--out", "IN/out", "--merge", "IN/none.json"], "none.json"),
        (["grade", "IN/some", "--out", "IN/out", "--merge", "IN/some"], "some"),
    ],
)
def test_bad_arguments_get_a_sentence(tmp_path, arguments, message):
    (tmp_path / "empty").mkdir()
    hand_in(tmp_path / "some" / "alice")
    (tmp_path / "points.json").write_text('{"softmix": 3}')
    with pytest.raises(SystemExit, match=message):
        command.main([argument.replace("IN", str(tmp_path)) for argument in arguments])


@pytest.mark.parametrize("jobs", ["0", "-1", "1.5", "\u0661", "1_0", " 1", ""])
def test_the_number_of_jobs_is_written_in_the_digits_0_to_9(jobs, tmp_path, capsys):
    with pytest.raises(SystemExit) as stop:
        command.main(["grade", str(tmp_path), "--out", str(tmp_path / "out"), "--jobs", jobs])
    assert stop.value.code == 2 and "is not a whole number of at least 1" in capsys.readouterr().err


def test_without_bubblewrap_the_command_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", "")
    hand_in(tmp_path / "in" / "alice")
    with pytest.raises(SystemExit, match="no bubblewrap here.*--unboxed"):
        command.main(["grade", str(tmp_path / "in"), "--out", str(tmp_path / "out")])
