"""The written answers of a submission: text that a person reads."""

from .notebook_cells import RawCell
from .pristine import Pristine
from .remarks import Notes

MAX_LETTERS = 20_000
NBGRADER_STUB = "YOUR ANSWER HERE"  # what nbgrader writes into an assignment


def written_answers(cells: list[RawCell], pristine: Pristine, notes: Notes) -> dict[str, str]:
    """The written answers that are not empty, by name, without the course's own words in their cells."""
    answers = {}
    for name in pristine.written:
        found = _texts(name, cells, pristine)
        if len(found) > 1:
            notes.say(
                f"There are {len(found)} different cells with an answer to {name}: the last one counts.",
                "duplicate-answer",
            )
        text = found[-1] if found else _text_below(name, cells, pristine, notes)
        if len(text) > MAX_LETTERS:
            notes.say(f"The answer to {name} has {len(text):,} letters: it was cut at {MAX_LETTERS:,}.", "too-large")
        if text:
            answers[name] = text[:MAX_LETTERS]
    return answers


def _is_cell_of(raw: RawCell, name: str, pristine: Pristine) -> bool:
    return name in (raw.tag, raw.id) or (raw.kind != "code" and raw.source.strip().startswith(pristine.stubs[name]))


def _texts(name: str, cells: list[RawCell], pristine: Pristine) -> list[str]:
    """The different texts, not empty, in the cells of a written answer."""
    stub = pristine.stubs[name]
    texts = [raw.source.replace(stub, "", 1).strip() for raw in cells if _is_cell_of(raw, name, pristine)]
    return list(dict.fromkeys(text for text in texts if text not in ("", NBGRADER_STUB)))


def _text_below(name: str, cells: list[RawCell], pristine: Pristine, notes: Notes) -> str:
    """The student's own text cells right below the untouched cell of a written answer."""
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
