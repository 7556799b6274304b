"""Tests of the feedback page: what it shows, in which order, and what it must never show."""

import re

import pytest

from cs231n.assignment.actions import TASKS
from cs231n.assignment.diagnosis.drawing import COLORS
from cs231n.grading.publishing.hashes import library_sources
from cs231n.grading.reporting.feedback import make_page
from cs231n.grading.reporting.page_text import clean, mark_code
from cs231n.grading.reporting.records import Record
from cs231n.grading.reporting.scores import sentence_of
from tests.helpers import sample_records
from tests.helpers.html_page import Page
from tests.helpers.sample_records import DIGITS, SECRETS, make_record

ALL = ("right_record", "mistaken_record", "empty_record", "hostile_record")


def page_of(record):
    return Page(make_page(record))


def section_of(page, task):
    """The text of a task's section."""
    start = TASKS[task].number + " " + task
    return next(text for text in page.texts("section") if text.startswith(start))


def test_a_right_submission_is_a_head_a_table_and_the_written_answers():
    page = page_of(sample_records.right_record())
    assert page.texts("title") == ["Feedback for Zoë Müller"]
    assert "45 of 45 points, and up to 8 more for the written questions. All tasks are right." in page.body
    assert page.texts("h2") == ["The tasks", "Written questions"]
    assert page.texts("tr")[1] == "1.1 softmax 2 2 all right" and len(page.texts("tr")) == len(TASKS) + 1
    assert "Because the mean takes it out" in page.body
    assert "No answer was found for written-2, written-3, written-4." in page.body


def test_an_empty_submission_is_one_line_for_each_notebook():
    page = page_of(sample_records.empty_record())
    assert page.texts("h2") == ["Written questions"] and "table" not in [tag for tag, _, _ in page.elements]
    for line in ("Notebook 1: nothing is written yet (16 points).", "Notebook 3: nothing is written yet (11 points)."):
        assert page.texts("p").count(line) == 1
    assert "right" not in page.body and "0 of 45 points" in page.body


def test_only_tasks_that_are_written_and_not_all_right_have_a_section():
    page = page_of(sample_records.mistaken_record())
    names = ["softmax", "affine_backward", "relu_backward", "batchnorm_backward_staged"]
    links = [attributes["href"] for tag, attributes, _ in page.elements if tag == "a"]
    ids = [attributes["id"] for _, attributes, _ in page.elements if "id" in attributes]
    assert links == [f"#{name}" for name in names] and ids == [*names, "written"]
    assert "1.1 softmax 1 2 partly right (softmax)" in page.texts("tr")
    assert "2.4 batchnorm_backward_alt 0 3 not written yet" in page.texts("tr")
    assert "Notebook 3: nothing is written yet (11 points)." in page.texts("p")
    assert "Your answer for batchnorm_backward_alt is a raw cell." in page.texts("li")
    assert "All tasks are right" not in page.body


def test_a_section_says_items_then_the_mistake_then_the_check_then_the_drawing_then_the_code():
    page = page_of(sample_records.mistaken_record())
    text = section_of(page, "softmax")
    parts = ["1 of 2 points", "Not right: p, large scores. It holds nan.", "Right: p (x is not to be changed)."]
    parts += ["This looks like: no maximum is taken away", "FAIL scores as large as 10,000, of both signs: p holds nan"]
    parts += ["ok p has the shape of x, (N, C); p on ordinary scores", "x = [[1000, 0], [-1000, -999]]", "p, yours"]
    parts += ["p, right", "difference nan", "Your code, as handed in", "e = np.exp(x)"]
    places = [text.index(part) for part in parts]
    assert places == sorted(places)
    assert page.texts("caption") == ["p, yours", "p, right", "difference"]


def test_a_remark_about_a_task_without_a_section_names_the_task():
    record = sample_records.right_record()
    record.tasks["adam"].remarks = ["Your check and our tests differ here.", "The cell of adam was found by its name."]
    page = page_of(record)
    said = ["adam: Your check and our tests differ here.", "The cell of adam was found by its name."]
    assert page.texts("li") == said and page.texts("h2") == ["The tasks", "Remarks", "Written questions"]


def test_no_sentence_comes_twice():
    record = sample_records.mistaken_record()
    record.tasks["softmax"].remarks = ["Said once."] * 2
    record.tasks["softmax"].note = "Said once."
    record.remarks *= 2
    page = page_of(record)
    assert page.body.count("Said once.") == 1 and page.body.count("the second counts") == 1
    assert page.body.count(sentence_of("softmax", "no-shift")) == 1
    relu = section_of(page, "relu_backward")
    assert relu.count("NameError") == 1 and "name 'undefined' is not defined" in relu
    affine = section_of(page, "affine_backward")
    assert affine.count("looks like: ") == 3 and affine.count('Look at "Affine".') == 1
    assert "As for db, this looks like: db has shape (1, M)" in affine


def test_a_mistake_that_only_its_id_names_gets_its_sentence():
    record = make_record(wrong={"adam": {"m": ""}})
    record.tasks["batchnorm_backward_alt"] = make_record(wrong={"batchnorm_backward_alt": {"dx": ""}}).tasks[
        "batchnorm_backward_alt"
    ]
    record.tasks["batchnorm_backward_alt"].mistakes = ["half", "half", "not-a-mistake"]
    text = section_of(page_of(record), "batchnorm_backward_alt")
    assert text.count("This looks like: ") == 1 and sentence_of("batchnorm_backward_alt", "half") in text


def test_items_that_showed_the_same_stand_together():
    record = make_record(wrong={"adam": {"m": "It is None.", "v": "It is None.", "next_w, resumed": ""}})
    text = section_of(page_of(record), "adam")
    assert "Not right: next_w, resumed. Not right: m; v. It is None. Right: next_w, first steps;" in text


def test_an_example_that_is_not_drawn_is_shown_as_text():
    record = sample_records.mistaken_record()
    record.tasks["softmax"].lines += ["The smallest example that shows it:", "    x = [[7, 5]]", "    p, yours"]
    assert "x = [[7, 5]]" not in page_of(record).body
    record.tasks["softmax"].example = None
    assert "x = [[7, 5]]" in page_of(record).body


def test_long_code_is_folded_and_tabs_stay_visible():
    page = page_of(sample_records.mistaken_record())
    details = [text for tag, _, text in page.elements if tag == "details"]
    assert len(details) == 1 and "\n    line = 39" in details[0]


@pytest.mark.parametrize(
    "record, said",
    [
        (Record("x", "failed", remarks=["The grader failed: a person will look."], **SECRETS), "a person will look"),
        (Record("x", "nothing to grade", **SECRETS), "None of the course's notebooks was found"),
    ],
)
def test_a_submission_without_a_grade_says_so(record, said):
    page = page_of(record)
    assert said in page.body and "points" not in page.body and "right" not in page.body


@pytest.mark.parametrize("name", ALL)
def test_no_secret_is_on_a_page(name):
    html = make_page(getattr(sample_records, name)())
    for secret in (*SECRETS.values(), *DIGITS, "check-and-probes-disagree"):
        assert secret not in html


@pytest.mark.parametrize("name", ALL)
def test_a_page_is_sound(name):
    """Headings in order, no inline style, no link out, a language, a viewport, ids that are there once."""
    page = page_of(getattr(sample_records, name)())
    levels = [int(tag[1]) for tag, _, _ in page.elements if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1 and levels.count(1) == 1 and all(b <= a + 1 for a, b in zip(levels, levels[1:]))
    keys = {key for _, attributes, _ in page.elements for key in attributes}
    assert not keys & {"style", "src", "onerror", "onclick"}
    assert {tag for tag, _, _ in page.elements}.isdisjoint({"script", "img", "iframe", "form", "link", "object"})
    metas = [attributes for tag, attributes, _ in page.elements if tag == "meta"]
    assert {"name": "viewport", "content": "width=device-width, initial-scale=1"} in metas
    policy = next(meta["content"] for meta in metas if meta.get("http-equiv") == "Content-Security-Policy")
    assert policy.startswith("default-src 'none'; style-src 'sha256-") and "unsafe" not in policy
    ids = [attributes["id"] for _, attributes, _ in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    links = [attributes["href"] for tag, attributes, _ in page.elements if tag == "a"]
    assert {link.removeprefix("#") for link in links} <= set(ids)


def test_hostile_text_is_escaped_cut_and_stripped():
    html = make_page(sample_records.hostile_record())
    assert html.count("<style>") == 1 and "<script" not in html and "<img" not in html
    assert not set(html) & {"\x1b", "\x07", "\x00", "\u202e", "\u2066"}
    assert "\u0489" * 4 not in html and "\u0301\u0489" * 2 not in html
    assert "1337" not in html and "{{ 7 * 191 }}{% raw %}" in html, "the template engine runs no text of a student"
    assert len(html) < 400_000


def test_text_is_cleaned():
    assert clean("a\x1b[1;31mb\x1b]8;;http://x\x07c\x00\r\n\td") == "abc\n    d"
    assert clean("x" * 20, 5) == "xxxxx ..." and clean("Zoë, 李, שלום, é") == "Zoë, 李, שלום, é"
    assert str(mark_code("`<b>` and `")) == "<code>&lt;b&gt;</code> and `"


def test_the_style_has_a_class_for_every_shade():
    html = make_page(sample_records.right_record())
    assert all(f".{shade} {{ background: {color}; }}" in html for shade, color in COLORS.items())


def test_a_change_of_the_template_changes_the_stamps_and_one_of_the_site_does_not():
    names = [path.name for path in library_sources()]
    assert "feedback.html" in names and "feedback.css" in names
    assert not [path for path in library_sources() if "node_modules" in path.parts or path.match("cs231n/site/*.py")]
