"""Test that written answers are found where students put them."""

from tests.helpers.reading_cases import THREE, about, extras, find, pristine, read, text


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
