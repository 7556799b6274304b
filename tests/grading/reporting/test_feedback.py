"""Tests of the scores and the feedback pages: what earns points, what a page shows, and what it must never show."""

import shutil
import subprocess

import pytest

from cs231n.assignment.actions import TASKS
from cs231n.assignment.cases import stored
from cs231n.grading.judging.judge import Verdict
from cs231n.grading.judging.probes import make_probes
from cs231n.grading.publishing.points import points_by_task
from cs231n.grading.reading import Cell, Reading
from cs231n.grading.reporting.feedback import clean_text, make_page
from cs231n.grading.reporting.records import MAX_NAME_BYTES, Record, file_name_of
from cs231n.grading.reporting.scores import find_known_mistakes, score_record

PROBES = {probe.id: probe for probe in make_probes("seed")}
WORTH = points_by_task()
HOSTILE = (
    "</pre><script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\"><style>*{}</style>"
)


def scored(earned, checks=None, **reading):
    """The record of a submission with all answers, which earned these probes and whose checks printed this."""
    record = Record("alice")
    notebooks = {task.notebook: [Cell("pass")] for task in TASKS.values()}
    score_record(
        record, Reading(notebooks, set(TASKS), **reading), Verdict(earned=earned, checks=checks or {}), PROBES, WORTH
    )
    return record


def test_all_probes_earn_all_points_and_none_earns_none():
    assert scored(set(PROBES)).points == {task: WORTH[task] for task in TASKS}
    assert not any(scored(set()).points.values())
    assert scored(set()).possible == sum(WORTH[task] for task in TASKS)


def test_one_variant_is_enough_and_one_item_is_its_share():
    documented = {name for name, probe in PROBES.items() if probe.variant == "documented"}
    own = {name for name, probe in PROBES.items() if probe.variant == "own"}
    for earned in (documented, own):
        assert scored(earned).points["batchnorm_backward"] == WORTH["batchnorm_backward"]
    one = {name for name, p in PROBES.items() if p.task == "affine_backward" and p.item == "dw"}
    assert scored(one).points["affine_backward"] == round(WORTH["affine_backward"] / 3, 2)


def test_only_our_own_sentences_name_a_mistake():
    sentence = stored.sentences()["softmax"]["no-shift"]
    wrapped = "FAIL  x\nThis looks like: " + sentence.replace(" ", "\n      ", 3)
    assert find_known_mistakes("softmax", wrapped) == ["no-shift"]
    assert find_known_mistakes("softmax", "This looks like: you are a genius") == []
    assert find_known_mistakes("batchnorm_backward_alt", stored.sentences()["batchnorm_backward"]["half"]) == ["half"]
    both = f"{wrapped} As for the other: {stored.sentences()['softmax']['over-the-batch']}"
    assert find_known_mistakes("softmax", both) == ["no-shift", "over-the-batch"]


def test_a_check_and_probes_that_disagree_are_flagged():
    softmax = {name for name, probe in PROBES.items() if probe.task == "softmax"}
    assert "check-and-probes-disagree:softmax" in scored(set(), {"softmax": "ok    all\n"}).flags
    assert "check-and-probes-disagree:softmax" in scored(softmax, {"softmax": "FAIL  all\n"}).flags
    assert not scored(softmax, {"softmax": "ok    all\n"}).flags


def test_a_missing_answer_is_said_to_be_missing_and_not_wrong_in_five_ways():
    record = Record("alice")
    reading = Reading(
        {task.notebook: [Cell("pass")] for task in TASKS.values()}, {"softmax"}, {"written-2": "Because."}
    )
    reading.remarks = ["Your cell for adam is not valid Python."]
    score_record(record, reading, Verdict(), PROBES, WORTH)
    text = make_page(record)
    sections = {part.split("<")[0].split(",")[0]: part for part in text.split("<h2>")}
    assert "p (x is not to be changed): not right" in sections["1.1 softmax"]
    assert "No answer was found" not in sections["1.1 softmax"]
    assert "No answer was found" in sections["3.3 adam"] and "not right" not in sections["3.3 adam"]
    assert "Your cell for adam is not valid Python." in sections["3.3 adam"]
    assert "<h3>written-1</h3><p>No answer was found.</p>" in text and "<h3>written-2</h3><pre>Because.</pre>" in text


def hostile_record():
    """A record in which all text that comes from the submission is hostile."""
    texts = {"checks": {task: f"FAIL  {HOSTILE} \x1b[31m\x1b]0;owned\x07 \u202egnol" * 50 for task in TASKS}}
    record = scored(set(), **texts, written={"written-1": HOSTILE}, remarks=[HOSTILE], flags=[])
    record.student = HOSTILE
    return record


def test_hostile_text_is_escaped_cut_and_stripped():
    text = make_page(hostile_record())
    assert text.count("<style>") == 1 and "<script" not in text and "<img" not in text
    assert "\x1b" not in text and "\x07" not in text and "\u202e" not in text
    assert len(text) < 200_000
    assert clean_text("a\x1b[1;31mb\x1b]8;;http://x\x07c\x00") == "abc"


@pytest.mark.browser
@pytest.mark.skipif(not shutil.which("chromium"), reason="needs chromium: apt install chromium")
def test_in_a_real_browser_nothing_runs_and_the_style_counts(tmp_path):
    """The page's policy must stop a script even if our escaping missed it."""
    harmless = make_page(hostile_record())
    leaky = harmless.replace("<h1>", "<script>document.title='owned'</script><h1>", 1)
    for name, text in (("page.html", harmless), ("leaky.html", leaky)):
        (tmp_path / name).write_text(text, encoding="utf-8")
        dom = in_browser(tmp_path / name, tmp_path / "profile")
        assert "<title>owned" not in dom and "Feedback for" in dom
    probe = "<script>document.title='ran'</script>"
    (tmp_path / "plain.html").write_text(f"<title>x</title>{probe}", encoding="utf-8")
    assert "<title>ran" in in_browser(tmp_path / "plain.html", tmp_path / "profile"), "this browser runs no scripts"


def in_browser(path, profile):
    """The page's DOM after headless Chromium has loaded it."""
    command = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync"]
    command += ["--disable-background-networking", "--disable-component-update", f"--user-data-dir={profile}"]
    run = subprocess.run([*command, "--dump-dom", path.as_uri()], capture_output=True, text=True, timeout=60)
    return run.stdout


NAMES = [
    "..",
    ".",
    "",
    "...",
    " ..",
    "a.",
    "a ",
    ".a",
    "CON",
    "con.txt",
    "com1",
    "LPT9.x",
    "nul",
    "a\x00b",
    "a\nb",
    "a/b",
    "a\\b",
]
NAMES += [
    "../../x",
    "C:x",
    "a~b",
    "_",
    "__",
    "x" * 300,
    "x" * 301,
    "é" * 100,
    "\udcff",
    "<b>",
    "a:b",
    "a?b",
    "con",
    "ＣＯＮ",
]


def test_every_name_becomes_a_file_name_that_every_system_can_hold_and_no_two_the_same():
    made = [file_name_of(name) for name in NAMES]
    assert len({name.casefold() for name in made}) == len(made)
    for name in made:
        assert not set(name) & set('<>:"/\\|?*\x00\n') and len(f"{name}.html".encode()) < 255
        assert name == name.strip(" .") and name.split(".")[0].casefold() not in ("con", "nul", "com1", "lpt9")
    assert len(file_name_of("x" * 300)) <= MAX_NAME_BYTES + 12
    assert [file_name_of(name) for name in ("Zoë Müller", "doe_jane-2", "李")] == ["Zoë Müller", "doe_jane-2", "李"]
