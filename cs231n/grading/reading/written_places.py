"""Find written answers whose cells have lost their names and the course's words: by question, by label, by place."""

import re
from collections.abc import Callable, Iterator

from .notebook_cells import RawCell
from .pristine import Pristine, are_similar
from .sources import is_prose

_COURSE_HEADING = re.compile(r"\s*#+\s*\d+\.")  # as in "## 14. Where you are now"
_WORDS = r"(?:my\s+|your\s+)?(?:written|question|answer|solution)(?:\s+(?:to|for|the|written|question))*"
_LABELLED = re.compile(  # "Question 2:", "**Answer to question 2**", "written-2.", "Q2)", but not "a 2-layer network"
    rf"^[\W_]*(?:{_WORDS}[\s.:#_-]*|[qa]\.?)(\d)(?!\d)(?=[\s*_]*(?:[:.)\]\u2013\u2014]|-\s|$))[\s*_:.)\]\u2013\u2014-]*",
    re.IGNORECASE | re.MULTILINE,
)
_NUMBERED = re.compile(r"^[\s*_#>(]*(\d)[.):]+[\s*_]*", re.MULTILINE)


def guess_answers(cells: list[RawCell], pristine: Pristine, names: list[str]) -> dict[str, tuple[str, str]]:
    """Find answers in cells that are the student's own.

    Arguments:
        cells: all cells of the notebook.
        pristine: the course's version.
        names: the written answers that are missing, in their order.

    Returns:
        Dictionary from a name to the text and to how it was found, as part of a sentence.
    """
    guessed: dict[str, tuple[str, str]] = {}
    places = {name: _find_question(pristine.questions[name], cells) for name in pristine.written}
    used: set[int] = set()
    for name in names:
        place = places[name]
        if place is not None:
            below = list(_take_below(cells, place, places, pristine))
            text = _join([_without_question(cells[place].source, pristine.questions[name].source), *below])
            if text and (len(_find_parts([text], _LABELLED)) < 2):
                guessed[name] = (text, "by the text of its question")
                used |= {place, *range(place + 1, place + 1 + len(below))}
    own = [k for k in _find_own(cells, pristine, set(places.values())) if k not in used]
    labelled = _find_parts([cells[k].source for k in own], _LABELLED)
    guessed |= {n: (labelled[n[-1]], "by its label") for n in names if n not in guessed and n[-1] in labelled}
    left = [name for name in names if name not in guessed]
    among = [text for text in _below_heading(cells, own, pristine) if not _LABELLED.search(text)]
    numbered = _find_parts(among, _NUMBERED)
    if len(left) == len(among):
        guessed |= {name: (text.strip(), "by its place") for name, text in zip(left, among)}
    elif len(numbered) > 1:
        guessed |= {name: (numbered[name[-1]], "by its number") for name in left if name[-1] in numbered}
    return {name: guessed[name] for name in names if name in guessed}


def _find_question(question: RawCell, cells: list[RawCell]) -> int | None:
    """Find the cell that asks a question: by its text, its title, or its id."""
    title = re.match(r"\*\*(.+?)\*\*", question.source)
    whole, short = _pattern_of(question.source), _pattern_of(title[1]) if title else None
    tests: tuple[Callable[[RawCell], object], ...] = (  # the first one that holds for a cell decides
        lambda cell: cell.kind != "code" and whole.search(cell.source),
        lambda cell: cell.kind != "code" and are_similar(cell.source.strip(), question.source.strip()),
        lambda cell: cell.kind != "code" and short is not None and short.search(cell.source),
        lambda cell: question.id is not None and cell.id == question.id,
    )
    for test in tests:
        for place in range(len(cells) - 1, -1, -1):
            if test(cells[place]):
                return place
    return None


def _pattern_of(text: str) -> re.Pattern[str]:
    """A pattern for a text, whatever the blanks, line ends and stars in it."""
    return re.compile(r"[\s*]*".join(map(re.escape, text.replace("*", " ").split())), re.IGNORECASE)


def _without_question(source: str, question: str) -> str:
    """What a student wrote into the cell that asks the question."""
    match = _pattern_of(question).search(source)
    if match:
        before, after = source[: match.start()], source[match.end() :]
        return _join([part.strip(" *>\n") for part in (before, after)])
    title = re.match(r"\*\*(.+?)\*\*", question)
    paragraphs = _pattern_of(title[1]).sub("", source).split("\n\n") if title else source.split("\n\n")
    rest = question[title.end() :] if title else question
    own = [text for text in paragraphs if text.strip(" *") and text.strip() not in question]
    return _join([text.strip(" *") for text in own if not are_similar(text.strip(" *"), rest.strip())])


def _take_below(cells: list[RawCell], place: int, places: dict[str, int | None], pristine: Pristine) -> Iterator[str]:
    """Yield the student's own texts directly below a question."""
    for k in range(place + 1, len(cells)):
        if k in places.values() or not _is_own(cells[k], pristine):
            return
        yield cells[k].source


def _is_own(raw: RawCell, pristine: Pristine) -> bool:
    """Whether a cell holds text of the student's own. Some students write it into a code cell."""
    if raw.kind == "code":
        return bool(raw.source.strip()) and not raw.tag and is_prose(raw.source)
    if raw.tag or _COURSE_HEADING.match(raw.source) or not raw.source.strip():
        return False
    return not pristine.has_text(raw)


def _find_own(cells: list[RawCell], pristine: Pristine, questions: set[int | None]) -> list[int]:
    return [
        k
        for k, raw in enumerate(cells)
        if k not in questions and (raw.kind != "code" or is_prose(raw.source)) and _is_own(raw, pristine)
    ]


def _below_heading(cells: list[RawCell], own: list[int], pristine: Pristine) -> list[str]:
    """The student's own texts below the heading of the questions. None if the heading is not there."""
    heading = pristine.above_questions
    start = _find_question(heading, cells) if heading else None
    if start is None:
        return []
    ends = [k for k in range(start + 1, len(cells)) if _COURSE_HEADING.match(cells[k].source)]
    return [cells[k].source for k in own if start < k < (ends or [len(cells)])[0]]


def _find_parts(texts: list[str], pattern: re.Pattern[str]) -> dict[str, str]:
    """Take texts apart at their labels. Return what follows each label, by its number, without empty parts."""
    parts: dict[str, str] = {}
    for text in texts:
        matches = list(pattern.finditer(text))
        for match, end in zip(matches, [*(other.start() for other in matches[1:]), len(text)]):
            part = text[match.end() : end].strip(" \n*#>")
            if part:
                parts[match[1]] = part
    return parts


def _join(texts: list[str]) -> str:
    return "\n\n".join(text.strip() for text in texts if text.strip())
