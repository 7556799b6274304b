"""reveal(): nothing is shown without a guess, the first guess counts, and what is no guess is explained."""

import json
import sys

import numpy as np
import pytest

from cs231n.assignment import progress
from cs231n.assignment.actions import NOTEBOOKS, PREDICTIONS, STEPS, TASKS
from cs231n.assignment.saving import answer_files, saved_answers
from cs231n.assignment.steps import tally
from cs231n.assignment.steps.reveal import FIRST_LINE, reveal
from cs231n.assignment.steps.waiting import not_yet

CHOICE, NUMBER = "constant", "running"  # of notebook 2; choices "0", "nan", "1", and a number to within 3%


@pytest.fixture(autouse=True)
def person(monkeypatch, tmp_path):
    """A person's session with nothing guessed yet, and its folder of saved answers."""
    monkeypatch.setattr(tally, "_hits", {})
    monkeypatch.setattr(tally, "_steps", set())
    monkeypatch.setenv("CS231N_ANSWERS", str(tmp_path / "my_answers"))
    for module in (tally, saved_answers):
        monkeypatch.setattr(module, "is_interactive", lambda: True)
    return tmp_path / "my_answers"


def shown(capsys, *arguments, **named):
    reveal(*arguments, **named)
    return capsys.readouterr().out


@pytest.mark.parametrize("guess", [..., not_yet("x")])
def test_without_a_guess_nothing_is_computed_or_shown(guess, capsys):
    def never():
        raise AssertionError("it was called")

    text = shown(capsys, CHOICE, guess, never, show=never)
    assert " ".join(text.split()) == (
        f'{FIRST_LINE} no guess yet. Write guess_constant = "0" or "nan" or "1", and run both cells again; '
        '"skip" shows the outcome without a guess.'
    )
    assert tally.guesses_so_far() == {}


@pytest.mark.parametrize(
    "name, guess", [(CHOICE, "zero"), (CHOICE, 2), (CHOICE, np.ones(2)), (CHOICE, ["nan"]), (CHOICE, None),
                    (NUMBER, "five"), (NUMBER, "4.39"), (NUMBER, float("nan")), (NUMBER, [1, 2]), (NUMBER, True)],
)  # fmt: skip
def test_what_is_no_guess_is_said_and_does_not_count(name, guess, capsys):
    text = shown(capsys, name, guess, lambda: 1 / 0)
    said = " ".join(text.split())
    assert said.startswith(" ".join(f"{FIRST_LINE} guess_{name} is {guess!r}, and a guess is ".split()))
    assert tally.guesses_so_far() == {}


@pytest.mark.parametrize("guess", [1, 1.0, np.float64(1), " 1 ", "1"])
def test_a_choice_that_is_a_number_may_be_given_as_one(guess, capsys):
    assert "you said: 1" in shown(capsys, CHOICE, guess, "nan")


def test_a_right_guess_is_a_hit_and_a_wrong_one_a_surprise(capsys):
    text = shown(capsys, CHOICE, " NaN ", "nan", show=lambda: print("and more"))
    assert text.startswith(f"{FIRST_LINE}\n  you said: nan\n  outcome: nan\nAll distances")
    assert text.endswith("and more\n")
    text = shown(capsys, NUMBER, 5, lambda: 4.392)
    assert text.startswith(f"{FIRST_LINE}\n  you said: 5 (a surprise: read why)\n  outcome: 4.392\n")
    assert tally.guesses_so_far() == {CHOICE: True, NUMBER: False}


@pytest.mark.parametrize("guess, hit", [(4.3, True), (4, False), (np.float32(4.4), True), (-4.392, False)])
def test_a_number_is_right_within_its_tolerance(guess, hit):
    reveal(NUMBER, guess, 4.392)
    assert tally.guesses_so_far() == {NUMBER: hit}


@pytest.mark.parametrize("guess, hit", [(0.14, True), (0.15, True), (0.2, False), (0.1, False)])
def test_a_layers_factor_without_relu_is_a_surprise(guess, hit):
    """0.2 forgets that ReLU halves the mean square. It was within the tolerance once."""
    reveal("layer_factor", guess, np.sqrt(100 * 0.02**2 / 2))
    assert tally.guesses_so_far() == {"layer_factor": hit}


def test_skip_shows_the_outcome_and_is_neither(capsys):
    assert shown(capsys, CHOICE, "skip", "nan").startswith(f"{FIRST_LINE}\n  outcome: nan\nAll")
    assert tally.guesses_so_far() == {}


def test_the_first_guess_counts_also_after_a_restart(monkeypatch, person):
    reveal(CHOICE, "1", "nan")
    monkeypatch.setattr(tally, "_hits", {})
    reveal(CHOICE, "nan", "nan")
    assert tally.guesses_so_far() == {CHOICE: False}
    assert json.loads((person / "guesses" / "constant.json").read_text()) == {"guess": "1", "right": False}


def test_an_outcome_that_waits_is_said(capsys):
    assert "no outcome yet: this cell needs loss" in shown(capsys, NUMBER, 4, not_yet("loss"))
    assert tally.guesses_so_far() == {}


def test_a_mistake_in_a_notebook_is_an_error():
    with pytest.raises(ValueError, match="no prediction named overfow; the predictions are"):
        reveal("overfow", 1, 1)
    with pytest.raises(ValueError, match="constant: the outcome 'inf' is none of 0, nan, 1"):
        reveal(CHOICE, "nan", "inf")


def test_progress_counts_hits_surprises_and_steps(capsys, person):
    reveal(CHOICE, "nan", "nan")
    reveal(NUMBER, 5, 4.392)
    tally.note_step("dvar")
    tally.note_step("no-such-step")
    capsys.readouterr()
    progress()
    text = capsys.readouterr().out
    twos = sum(prediction.notebook == NOTEBOOKS[1] for prediction in PREDICTIONS.values())
    assert f"2 of {twos} in notebook 2" in text and "; 1 right, 1 surprise." in text
    assert "1 of 25 in notebook 2" in text
    assert sorted(path.name for path in person.rglob("*.json")) == ["constant.json", "dvar.json", "running.json"]


def test_progress_says_which_steps_are_open_in_a_notebook_that_was_begun(capsys, person):
    ones = [name for name, step in STEPS.items() if step.notebook == NOTEBOOKS[0]]
    for name in ones:
        if name not in ("dl-dp", "cancelled", "skip-connection"):
            tally.note_step(name)
    tally.note_step("dvar")
    progress()
    lines = capsys.readouterr().out.splitlines()
    begin = next(i for i, line in enumerate(lines) if line.startswith("Steps: "))
    assert lines[begin].startswith(f"Steps: {len(ones) - 3} of {len(ones)} in notebook 1, 1 of ")
    assert lines[begin + 1] == "Open steps in notebook 1: dl-dp, cancelled (section 4); skip-connection (section 7)."
    assert lines[begin + 2] == "Open steps in notebook 2: sections 1, 3, 4, 5, 6, 7, 8."
    assert lines[begin + 3].startswith("Predictions: "), "notebook 3 was not begun"


def test_progress_says_who_marks_the_written_questions(capsys, monkeypatch, person):
    monkeypatch.setattr(sys.modules["cs231n.assignment.progress"], "_passed", set(TASKS))
    progress()
    text = capsys.readouterr().out
    assert "14 of 14 tasks are done. Next: the written questions at the end of notebook 3." in text
    assert "your instructor marks them" in text and "sections 10 and 11" in text


def test_a_tally_that_cannot_be_read_or_written_stops_nobody(monkeypatch, person):
    person.mkdir()
    (person / "guesses").write_text("a file in the folder's place")
    (person / "steps").mkdir()
    (person / "steps" / "dvar.json").write_text("{")
    (person / "steps" / "dx.json").write_text("[1]")
    (person / "steps" / "dmu.json").write_bytes(b"\xff\xfe")
    reveal(CHOICE, "nan", "nan")
    tally.note_step("dbeta")
    assert tally.guesses_so_far() == {CHOICE: True}
    assert tally.steps_done() == {"dbeta", "dx"}
    assert answer_files.read() == {}
