"""Tests of the report of a class: its numbers, what it says, and that it is a sound page that trusts no text."""

import re
from urllib.parse import unquote

import pytest

from cs231n.assignment.actions import TASKS
from cs231n.grading.reading.submissions import Submission
from cs231n.grading.reporting import report
from cs231n.grading.reporting.class_list import ClassList, Person
from cs231n.grading.reporting.class_settings import ClassSettings
from cs231n.grading.reporting.records import Record, page_path
from cs231n.grading.reporting.report import make_report, measure_points, measure_task, write_report
from tests.helpers import sample_records
from tests.helpers.html_page import Page
from tests.helpers.sample_class import make_class
from tests.helpers.sample_records import SECRETS, make_record


@pytest.fixture(scope="module")
def html():
    return make_report(make_class(), {})


@pytest.fixture(scope="module")
def page(html):
    return Page(html)


def part_of(page, heading):
    """The text of the page between a heading and the next one of its level."""
    headings = page.texts("h2")
    rest = page.body[page.body.rindex(heading) :]
    after = headings[headings.index(heading) + 1 :]
    return rest[: rest.index(after[0], len(heading))] if after else rest


def test_the_page_has_its_parts_in_order(page):
    assert page.texts("h2") == [
        "What to look at", "Points", "Tasks", "The commonest mistakes", "Lateness", "Runs that were stopped", "Flags",
        "Near-identical answers",
    ]  # fmt: skip
    assert "15 students: 1 failed, 12 graded, 1 not graded yet, 1 nothing to grade." in page.texts("p")


def test_what_to_look_at_comes_first(page):
    (look,) = [text for tag, _, text in page.elements if tag == "ul" and "The grader failed" in text]
    look = " ".join(look.split())
    assert "1 The grader failed: run the same command again. Fay Led" in look and "1 Not graded yet. Yeti" in look
    assert "1 check-and-probes-disagree: check(), which the student saw" in look and "missing-answer" not in look
    assert "12 Written answers have no points yet: open written.html." in look
    assert "1 group of students with near-identical answers" in look


def test_mistakes_runs_and_flags_come_with_the_students(page):
    who = [r.student for r in make_class() if r.tasks and r.tasks["relu_backward"].mistakes]
    assert f"{len(who)} students, relu_backward: the numbers are right, but dout" in part_of(
        page, "The commonest mistakes"
    )
    assert all(name in part_of(page, "The commonest mistakes") for name in who)
    assert "1 student, adam: it ran longer than 15 seconds. Student 2" in part_of(page, "Runs that were stopped")
    assert "Student 1 (adam)" in page.body and "a-flag-of-tomorrow: 1 student. Student 2" in page.texts("p")
    assert "zip-bomb" in page.texts("details")[-2], "the glossary has the other flags, too"


def test_near_identical_answers_stand_side_by_side(page):
    (pair,) = [text for tag, attributes, text in page.elements if attributes.get("class") == "pair"]
    assert "softmax_loss: the same, 5 statements count" in " ".join(pair.split())
    assert "moved = (x.T - biggest).T" in pair and "shifted = (x.T - biggest).T" in pair


def test_lateness_is_by_day_with_who_is_late(page):
    assert "does not say when it was handed in" in page.body, "no platform gave a time"
    days = ("2026-12-01T10:00:00", "2026-12-02T09:00:00+01:00", "2026-12-01T23:59", "yesterday")
    records = [make_record(f"s{k}") for k in range(5)]
    for record, time in zip(records, days):
        record.identity = {"submitted": time, "late": "yes" if "02T" in time else ""}
    records.append(Record("absent", "nothing handed in"))
    lateness = report.collect_lateness(records, {})
    assert lateness.days == {"2026-12-01, Tuesday": ["s0", "s2"], "2026-12-02, Wednesday": ["s1"]}
    assert (lateness.late, lateness.unknown) == (["s1"], ["s3", "s4"])
    page = Page(make_report(records, {}, {"s0": 0, "s2": 0, "s1": 2, "s3": None}))
    assert "2 students: in time" in page.texts("li") and "1 student: 2 days late s1" in page.texts("li")
    assert "2026-12-01, Tuesday 2 2" in page.texts("tr") and "2026-12-02, Wednesday 1 3" in page.texts("tr")


def test_points_are_counted_in_bars_that_hold_everybody():
    records = [make_record(answered=list(TASKS)[:number]) for number in (0, 1, 1, 3, 14)]
    found = measure_points(records)
    assert found.step == 5 and [name for name, _ in found.bars][::8] == ["0 to 5", "40 to 45"]
    assert [count for _, count in found.bars] == [3, 1, 0, 0, 0, 0, 0, 0, 1], "full points lie in the last bar"
    assert found.statistics["highest"] == found.statistics["possible"] == 45 and found.statistics["median"] == 2
    (bar,) = [bar for bar, count in measure_points(records[:1]).bars if count]
    assert bar == "0 to 5"


@pytest.mark.parametrize("possible", [0, 0.5, 1, 7.5, 45, 100, 1234, 3e7])
def test_whatever_the_points_there_are_few_bars(possible):
    record = Record("x", of={"softmax": possible}, points={"softmax": possible})
    found = measure_points([record])
    assert 1 <= len(found.bars) <= 12 and sum(count for _, count in found.bars) == 1


def test_a_task_has_its_share_of_points_and_of_students_with_everything_right():
    half = make_record(wrong={"relu_backward": {"dx": ""}})
    found = measure_task(TASKS["relu_backward"], [make_record(), half, make_record(answered=())])
    assert (found.answered, found.points) == (2, 0.5) and found.all_right == pytest.approx(1 / 3)


def test_the_pictures_are_real_and_say_in_words_what_they_show(page):
    pictures = [attributes for tag, attributes, _ in page.elements if tag == "img"]
    assert [picture["src"].startswith("data:image/png;base64,iVBOR") for picture in pictures] == [True, True]
    assert "0 to 5: " in pictures[0]["alt"] and "The median is" in pictures[0]["alt"]
    assert "1.1 softmax: " in pictures[1]["alt"] and int(pictures[1]["width"]) < 600
    bars = [text for text in page.texts("tr") if re.match(r"\d+ to \d+ ", text)]
    assert len(bars) == 9 and sum(int(text.split()[-1]) for text in bars) == 12, "the same numbers in a table"


@pytest.mark.parametrize("records", [[], [Record("x", "failed", **SECRETS)], [Record("x", "not graded yet")]])
def test_a_class_without_points_has_a_report(records):
    page = Page(make_report(records, {}))
    assert "Points" not in page.texts("h2") and "No known mistake" in page.body


def test_the_report_lies_in_the_private_folder_and_links_the_pages_that_are_there(tmp_path):
    names = ["ana", "report.html", "50% <b>?", "hidden", "new"]
    found = [Submission(name, tmp_path / name, ("links",)) for name in names]
    records = {name: make_record(name) if name != "new" else None for name in names}
    people = {name: Person(name, {}, flags=["not-in-roster"]) for name in names} | {
        "away": Person("away", {}, handed_in=False)
    }
    listed = ClassList(ClassSettings(), people, {"hidden": "CODE42"})
    for name in ("report.html", "50% <b>?", "CODE42"):
        page_path(tmp_path, name).parent.mkdir(exist_ok=True)
        page_path(tmp_path, name).write_text("page")
    path = write_report(tmp_path, found, records, listed)
    assert path == tmp_path / "private" / "report.html"
    page = Page(path.read_text(encoding="utf-8"))
    links = {attributes["href"]: text for tag, attributes, text in page.elements if tag == "a"}
    links = {unquote(link): text for link, text in links.items() if not link.startswith("#")}
    assert sorted(links.values()) == ["50% <b>?", "hidden", "report.html"], "ana has no page"
    assert all((path.parent / link).exists() for link in links) and "../feedback/CODE42.html" in links
    assert "6 students: 4 graded, 1 not graded yet, 1 nothing handed in." in page.texts("p")
    assert "not-in-roster 5 students" in page.texts("dt") and "links 1 student" in page.texts("dt")


def test_hostile_text_is_escaped_cut_and_stripped():
    hostile = [sample_records.hostile_record() for _ in range(3)]
    for number, record in enumerate(hostile):
        record.student += str(number)
        record.identity = {"submitted": sample_records.HOSTILE, "late": sample_records.HOSTILE}
        record.tasks["adam"].note = f"{report.FAULT}{sample_records.HOSTILE}"
    html = make_report(hostile, {record.student: "../feedback/x.html" for record in hostile})
    page = Page(html)
    assert html.count("<style>") == 1 and "<script" not in html and not re.search("<img src=x", html)
    assert not set(html) & {"\x1b", "\x07", "\x00", "\u202e", "\u2066"} and "1337" not in html
    keys = {key for _, attributes, _ in page.elements for key in attributes}
    assert not keys & {"style", "onerror", "onclick"}


def test_the_page_is_sound_and_no_secret_is_on_it(html, page):
    assert not any(secret in html for secret in SECRETS.values())
    levels = [int(tag[1]) for tag, _, _ in page.elements if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1 and levels.count(1) == 1 and all(b <= a + 1 for a, b in zip(levels, levels[1:]))
    policy = next(meta["content"] for _, meta, _ in page.elements if "http-equiv" in meta)
    assert re.fullmatch(
        r"default-src 'none'; style-src 'sha256-\S+'; img-src data:; base-uri 'none'; form-action 'none'", policy
    )
    ids = {attributes["id"] for _, attributes, _ in page.elements if "id" in attributes}
    links = {attributes["href"] for tag, attributes, _ in page.elements if tag == "a"}
    assert {link.removeprefix("#") for link in links} <= ids
    assert {tag for tag, _, _ in page.elements}.isdisjoint({"script", "iframe", "form", "link", "object"})
