"""Find the written answers of a submission. A person reads and grades them."""

from .notebook_cells import RawCell
from .pristine import Pristine
from .remarks import Notes, listed
from .written_places import guess_answers

MAX_ANSWER_LETTERS = 20_000
NBGRADER_STUB = "YOUR ANSWER HERE"  # nbgrader puts this in place of the answer


def find_written_answers(cells: list[RawCell], pristine: Pristine, notes: Notes) -> dict[str, str]:
    """Find the written answers that are not empty. Return them by name, without the course's own words.

    An answer stands in its own cell, or in a cell below it. If the cell has lost its name, or is gone, the answer is
    found by the text of its question, by a label (``Question 2:``), or by its place among the others.
    """
    answers = {}
    for name in pristine.written:
        found = _find_texts(name, cells, pristine)
        if len(found) > 1:
            notes.say(
                f"There are {len(found)} different cells with an answer to {name}: the last one counts.",
                "duplicate-answer",
            )
        text = found[-1] if found else _find_text_below(name, cells, pristine, notes)
        if text:
            answers[name] = text
    missing = [name for name in pristine.written if name not in answers]
    guessed = guess_answers(cells, pristine, missing) if missing else {}
    for name, (text, how) in guessed.items():
        notes.say(f"The answer to {name} was found {how}, not in the cell that is meant for it.", "guessed")
        answers[name] = text
    gone = [n for n in missing if n not in answers and not any(_is_cell_of(raw, n, pristine) for raw in cells)]
    if gone:
        notes.say(
            f"The cells of {listed(gone)} are gone, and no answers were found elsewhere. If you wrote some, show a "
            "person where they stand.",
            "written-not-found",
        )
    for name, text in answers.items():
        if len(text) > MAX_ANSWER_LETTERS:
            notes.say(
                f"The answer to {name} has {len(text):,} letters: it was cut at {MAX_ANSWER_LETTERS:,}.", "too-large"
            )
            answers[name] = text[:MAX_ANSWER_LETTERS]
    return {name: answers[name] for name in pristine.written if name in answers}


def _is_cell_of(raw: RawCell, name: str, pristine: Pristine) -> bool:
    """Whether a cell is the one for a written answer: by task name, by id, or by the course's words in it."""
    return name in (raw.tag, raw.id) or (raw.kind != "code" and raw.source.strip().startswith(pristine.stubs[name]))


def _find_texts(name: str, cells: list[RawCell], pristine: Pristine) -> list[str]:
    """Find the different texts in the cells of a written answer, without empty ones."""
    stub = pristine.stubs[name]
    texts = [raw.source.replace(stub, "", 1).strip() for raw in cells if _is_cell_of(raw, name, pristine)]
    return list(dict.fromkeys(text for text in texts if text not in ("", NBGRADER_STUB)))


def _find_text_below(name: str, cells: list[RawCell], pristine: Pristine, notes: Notes) -> str:
    """Join the student's own text cells directly below the untouched cell of a written answer."""
    places = [place for place, raw in enumerate(cells) if _is_cell_of(raw, name, pristine)]
    below = []
    for raw in cells[places[-1] + 1 :] if places else []:
        if raw.kind == "code" or raw.tag or raw.source.startswith("#") or pristine.has_text(raw):
            break
        below.append(raw.source.strip())
    text = "\n\n".join(below).strip()
    if text:
        notes.say(f"The answer to {name} was found in the cell below the one that is meant for it.", "guessed")
    return text
