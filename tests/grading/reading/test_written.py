"""Test that written answers are found where students put them."""

import pytest

from tests.helpers.reading_cases import THREE, about, extras, find, insert_below, position, pristine, read, text


def with_written(**sources):
    """Make notebook 3 with these texts in the cells of the written answers."""
    nb = pristine(THREE)
    for name, source in sources.items():
        find(nb, name.replace("_", "-"))["source"] = source
    return nb


def test_written_answers_come_without_the_courses_words(tmp_path):
    nb = with_written(
        written_1="*Your answer to question 1:* Adam divides.\n\nSo it drifts.",
        written_2="Too few seeds.",
        written_3="*Your answer to question 3:*\n\n",
        written_4="YOUR ANSWER HERE",
    )
    reading = read(tmp_path, **{THREE: nb})
    assert reading.written == {"written-1": "Adam divides.\n\nSo it drifts.", "written-2": "Too few seeds."}
    assert reading.flags == ["missing-notebook"] and reading.answered == set()


def test_a_written_answer_is_found_without_its_tag_in_the_cell_below_and_in_a_code_cell(tmp_path):
    nb = with_written(written_1="*Your answer to question 1:* found by its words", written_2="by its id")
    for name in ("written-1", "written-2"):
        find(nb, name)["metadata"] = {}
    find(nb, "written-1")["id"] = "other"
    find(nb, "written-4")["cell_type"], find(nb, "written-4")["source"] = "code", "In words."
    place = nb["cells"].index(find(nb, "written-3")) + 1
    nb["cells"][place:place] = [{"cell_type": "markdown", "metadata": {}, "source": s} for s in ("Below", "and below")]
    reading = read(tmp_path, **{THREE: nb})
    assert reading.written == {"written-1": "found by its words", "written-2": "by its id",
                               "written-3": "Below\n\nand below", "written-4": "In words."}  # fmt: skip
    assert about(reading, "written-3", "cell below") and "In words." not in extras(reading, THREE)
    assert "guessed" in reading.flags


def test_the_courses_own_text_below_is_not_an_answer_even_from_another_edition(tmp_path):
    nb = pristine(THREE)
    for number, cell in enumerate(nb["cells"]):
        cell["id"] = f"{number:08}"
        if cell["cell_type"] == "markdown" and not cell["metadata"]:
            cell["source"] = text(cell).replace("the", "this")
    assert read(tmp_path, **{THREE: nb}).written == {}


def test_repeated_and_very_long_written_answers_are_reported(tmp_path):
    nb = with_written(written_1="first", written_2="x" * 30_000)
    nb["cells"].append({**find(nb, "written-1"), "id": "again", "source": "second"})
    reading = read(tmp_path, **{THREE: nb})
    assert reading.written["written-1"] == "second" and len(reading.written["written-2"]) == 20_000
    assert about(reading, "written-1", "last one") and about(reading, "30,000 letters")
    assert {"duplicate-answer", "too-large"} <= set(reading.flags)


TEXTS = {
    "written-1": "Adam divides by the root of v, so the step is 1e-3.\n\n- plain: 1e-12\n- Adam: 1e-3",
    "written-2": "One seed proves nothing:\n\n# What it covers\n\nonly the seeds.",
    "written-3": "1. The running average is off.\n2. Test mode uses the batch.",
    "written-4": "In the middle $\\hat{x}$ does not see the scale.",
}
NAMES = list(TEXTS)


def plain(source, kind="markdown"):
    return {"cell_type": kind, "metadata": {}, "source": source} | (
        {"outputs": [], "execution_count": None} if kind == "code" else {}
    )


def overwrite(nb, kind, sources=None):
    """Put plain cells in place of those of the written answers: no name, no id, nothing of the course's words."""
    for name, source in (sources or TEXTS).items():
        nb["cells"][position(nb, name)] = plain(source, kind)
    return nb


def drop(nb, *ids):
    nb["cells"] = [cell for cell in nb["cells"] if cell.get("id") not in ids]
    return nb


def drop_ids(nb):
    for cell in nb["cells"]:
        cell.pop("id", None)
    return nb


def in_question(nb):
    for name, source in TEXTS.items():
        find(nb, f"{name}-prompt")["source"] = text(find(nb, f"{name}-prompt")) + "\n\n" + source
    return drop(nb, *NAMES)


def under_titles(nb):
    """The question shortened to its title, the answer below it in the same cell."""
    for name, source in TEXTS.items():
        cell = find(nb, f"{name}-prompt")
        cell["source"] = text(cell).split("**")[1] + "\n\n" + source
    return drop_ids(drop(nb, *NAMES))


def rewrapped(nb):
    nb = overwrite(nb, "markdown")
    for name in NAMES:
        cell = find(nb, f"{name}-prompt")
        cell["source"] = "> " + text(cell).replace("**", "").replace(" ", "\n", 20)
    return drop_ids(nb)


def above_the_stub(nb):
    for name, source in TEXTS.items():
        insert_below(nb, f"{name}-prompt", plain(source))
    return nb


def split(nb):
    nb = overwrite(nb, "markdown")
    for name in NAMES:
        k = position(nb, f"{name}-prompt") + 1
        nb["cells"][k : k + 1] = [plain(part) for part in TEXTS[name].split("\n\n")]
    return nb


def labelled(word, separate):
    """All answers at the end, with labels, each in a cell of its own or all in one."""

    def change(nb):
        parts = [word.format(name[-1]) + source for name, source in TEXTS.items()]
        nb["cells"] += [plain(part) for part in (parts if separate else ["\n\n".join(parts)])]
        return drop_ids(drop(nb, *NAMES))

    return change


def without_questions(nb):
    return drop_ids(drop(overwrite(nb, "markdown"), *(f"{name}-prompt" for name in NAMES)))


def numbered(nb):
    nb = without_questions(nb)
    place = next(k for k, cell in enumerate(nb["cells"]) if "Written questions" in text(cell)) + 1
    flat = {name: source.replace("\n1. ", "").replace("1. ", "").replace("2. ", "") for name, source in TEXTS.items()}
    nb["cells"][place : place + 4] = [plain("\n".join(f"{name[-1]}) {source}" for name, source in flat.items()))]
    return nb


LOST = {
    "plain Markdown cells": lambda nb: overwrite(nb, "markdown"),
    "raw cells": lambda nb: overwrite(nb, "raw"),
    "without any ids": lambda nb: drop_ids(overwrite(nb, "raw")),
    "in a code cell, as a text": lambda nb: overwrite(nb, "code", {n: f'"""{t}"""' for n, t in TEXTS.items()}),
    "in the question's cell": in_question,
    "in the question's cell, shortened": under_titles,
    "questions with other line ends": rewrapped,
    "above the untouched stub": above_the_stub,
    "in several cells": split,
    "labels": labelled("**Answer to question {}:** ", True),
    "labels in one cell": labelled("### Question {}\n\n", False),
    "short labels in one cell": labelled("Q{}: ", False),
    "names as labels": labelled("written-{}: ", True),
    "the questions are gone": without_questions,
}


@pytest.mark.parametrize("kind", LOST)
def test_written_answers_are_found_when_names_and_words_are_gone(tmp_path, kind):
    reading = read(tmp_path, **{THREE: LOST[kind](pristine(THREE))})
    found = {name: answer.strip('"') for name, answer in reading.written.items()}
    assert found == TEXTS, reading.remarks
    assert "guessed" in reading.flags and len(about(reading, "The answer to written-", "was found by")) == 4


def test_numbers_in_one_cell_below_the_heading_are_those_of_the_questions(tmp_path):
    reading = read(tmp_path, **{THREE: numbered(pristine(THREE))})
    assert list(reading.written) == NAMES and reading.written["written-4"] == TEXTS["written-4"]
    assert len(about(reading, "was found by its number")) == 4


def test_one_plain_cell_is_found_and_the_others_stay_missing(tmp_path):
    nb = overwrite(pristine(THREE), "markdown", {"written-3": TEXTS["written-3"]})
    assert read(tmp_path, **{THREE: nb}).written == {"written-3": TEXTS["written-3"]}


def test_if_the_cells_are_gone_and_nothing_is_found_that_is_said(tmp_path):
    reading = read(tmp_path, **{THREE: drop(pristine(THREE), "written-1", "written-2")})
    assert reading.written == {} and "written-not-found" in reading.flags
    assert about(reading, "The cells of written-1 and written-2 are gone", "show a person")
    assert "written-not-found" not in read(tmp_path / "b", **{THREE: pristine(THREE)}).flags


def test_notes_elsewhere_are_not_answers(tmp_path):
    nb = pristine(THREE)
    insert_below(nb, nb["cells"][3]["id"], plain("1. A 2-layer network\n2. Question 1 is hard for a 3-layer one\n3. x"))
    insert_below(nb, nb["cells"][9]["id"], plain("a 1 b"), plain("Todo: q 2"), plain("x = 1", "code"))
    assert read(tmp_path, **{THREE: nb}).written == {}
