"""Test that what each platform gives, in whatever wrapping, becomes the class: nobody merged, split or lost."""

import json
import os

import pytest

from cs231n.grading.collecting.download import collect
from cs231n.grading.reading.attempts import keep_latest
from cs231n.grading.reading.notebook_files import read_notebook_files
from cs231n.grading.reading.remarks import Notes
from tests.helpers.platform_files import (
    CLASS,
    FIRST,
    HOSTILE,
    MAKERS,
    NOTEBOOK,
    SECOND,
    Person,
    brightspace,
    canvas,
    make_download,
    moodle,
)
from tests.helpers.reading_cases import write

STEM = NOTEBOOK.removesuffix(".ipynb")
FORMS = ["folder", "zip", "zip in a folder", "folder in a folder"]
KEEPS_ALL_ATTEMPTS = ("blackboard", "brightspace", "brightspace_flat")


def run(download, out, layout=None):
    """Collect a download. Returns the submissions and what was said."""
    said = []
    return collect(download, out, layout, said.append), said


def owners(submission):
    """Who wrote the notebooks of a submission, and in which attempt."""
    notes = Notes()
    found = {json.loads(content)["owner"] for _, content, _ in read_notebook_files(submission.path, notes)}
    return sorted(found)


def make_class(platform):
    """The class, without the second student of a name where the platform has no way to tell."""
    return [person for person in CLASS if platform != "google_classroom" or person.login != "jdoe2"]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("platform", MAKERS)
def test_every_student_has_one_row_with_all_files_and_nobody_else_s(tmp_path, platform, form):
    people = make_class(platform)
    if platform == "nbgrader" or platform == "github_classroom":
        people += [Person(f"N{k}", f"user{k}", 20000 + k) for k in range(5)]
    files = MAKERS[platform](people)
    if platform == "github_classroom" and "zip" in form:
        pytest.skip("a .zip of clones loses .git; their names are those of plain folders")
    download = make_download(tmp_path / "in", files, form)
    if platform == "nbgrader" and form == "zip in a folder":
        with pytest.raises(ValueError, match="holds only submissions.zip, which may be a class or one student"):
            run(download, tmp_path / "out")
        return
    found, said = run(download, tmp_path / "out")
    assert len(found) == len(people), said
    assert f"; {len(people)} students" in said[0] and platform.split("_")[0] in said[0].lower()
    assert len({submission.student for submission in found}) == len(people)
    assert all(submission.student.isprintable() for submission in found)
    wrote = sorted(owners(submission) for submission in found)
    all_attempts = platform in KEEPS_ALL_ATTEMPTS
    expected = [
        [f"{p.login} {k}" for k in (range(len(p.attempts)) if all_attempts else [len(p.attempts) - 1])] for p in people
    ]
    assert wrote == sorted(expected)
    assert run(download, tmp_path / "out")[0] == found, "a second run finds the same"


IDENTITIES = {
    "canvas": {"name": "müllerzoë", "platform_id": "10003", "late": "yes"},
    "moodle": {"name": "Zoë Müller", "platform_id": "10003"},
    "gradescope": {
        "name": "Zoë Müller", "id": "10003", "email": "zoe_m@example.org", "submitted": "2026-11-20T13:45:10+00:00",
    },
    "blackboard": {"name": "Zoë Müller", "login": "zoe_m", "submitted": "2026-11-20T13:45:10"},
    "brightspace": {"name": "Zoë Müller", "platform_id": "10003", "submitted": "2026-11-20T13:45:00"},
    "google_classroom": {"name": "Zoë Müller"},
    "nbgrader": {"login": "zoe_m", "submitted": "2026-11-20T13:45:10+00:00"},
    "github_classroom": {"login": "zoe_m"},
}  # fmt: skip


@pytest.mark.parametrize("platform", IDENTITIES)
def test_what_the_platform_says_of_a_student_is_kept(tmp_path, platform):
    found, _ = run(make_download(tmp_path, MAKERS[platform](make_class(platform)), "folder"), tmp_path / "out")
    (zoe,) = [submission for submission in found if owners(submission)[-1].startswith("zoe_m")]
    assert zoe.identity == IDENTITIES[platform]


@pytest.mark.parametrize("platform", ["canvas", "moodle", "gradescope", "brightspace"])
def test_a_student_keeps_the_name_when_another_of_that_name_hands_in(tmp_path, platform):
    names = []
    for people in (CLASS[:1] + CLASS[2:3], CLASS[:3]):
        download = make_download(tmp_path / str(len(people)), MAKERS[platform](people), "folder")
        found, _ = run(download, tmp_path / "out")
        names.append({owners(submission)[0]: submission.student for submission in found})
    assert names[0].items() <= names[1].items()


def test_of_canvas_s_resubmissions_in_one_folder_the_late_one_counts_and_both_are_one_student(tmp_path):
    early = canvas([Person("Jane Doe", "jdoe", 10001), Person("A B", "ab", 10009)])
    late = canvas([Person("Jane Doe", "jdoe", 10001, (FIRST, SECOND), late=True)])
    found, _ = run(write(tmp_path / "in", early | late), tmp_path / "out")
    jane = found[-1]
    assert jane.student == "doejane_10001" and owners(jane) == ["jdoe 0", "jdoe 1"] and len(found) == 2
    assert sorted(os.listdir(jane.path)) == sorted(name for name in early | late if "10001" in name)


@pytest.mark.parametrize("number, files", [(10001, (70001, 70002)), (7, (98, 101))])
def test_the_latest_of_canvas_s_files_is_told_by_its_number_however_short(tmp_path, number, files):
    names = [f"doejane_{number}_{files[0]}_{NOTEBOOK}", f"doejane_LATE_{number}_{files[1]}_{STEM}-1.ipynb"]
    (found,), _ = run(write(tmp_path / "in", dict.fromkeys(names, "{}")), tmp_path / "out")
    latest, earlier, _ = keep_latest(os.listdir(found.path), str)
    assert len(earlier) == 1 and "LATE" in latest[0] and found.student == f"doejane_{number}"


def test_canvas_s_typed_text_and_anonymous_students_have_rows(tmp_path):
    names = ["anonymous_Xy12z_555_a.ipynb", "anonymous_LATE_Xy12w_556_a.ipynb", "doejane_12_text.html"]
    found, _ = run(write(tmp_path / "in", dict.fromkeys(names, "{}")), tmp_path / "out")
    assert [one.student for one in found] == ["anonymous_Xy12w", "anonymous_Xy12z", "doejane_12"]


def test_canvas_s_anonymous_students_as_its_source_names_them(tmp_path):
    names = [
        "anon_Xy12z_555_a.ipynb",
        "anon_Xy12z_557_b.ipynb",
        "LATE_anon_Xy12w_556_a.ipynb",
        "annie_LATE_7_558_a.ipynb",
    ]
    found, _ = run(write(tmp_path / "in", dict.fromkeys(names, "{}")), tmp_path / "out")
    late = {one.student: one.identity.get("late", "") for one in found}
    assert late == {"anon_Xy12z": "", "anon_Xy12w": "yes", "annie_7": "yes"}


def test_moodle_s_typed_text_alone_has_a_row_and_a_blind_participant_no_name(tmp_path):
    files = {f"Participant_{n}_assignsubmission_onlinetext_/onlinetext.html": "x" for n in (1, 2)}
    found, _ = run(write(tmp_path / "in", files), tmp_path / "out")
    assert [(one.student, one.identity) for one in found] == [
        ("Participant_1", {"platform_id": "1"}), ("Participant_2", {"platform_id": "2"}),
    ]  # fmt: skip


def test_brightspace_numbers_that_all_students_share_are_not_the_students(tmp_path):
    once = [Person("Jane Doe", "jdoe", 1), Person("Bo Li", "bo", 2)]
    found, _ = run(write(tmp_path / "in", brightspace(once, number=397063)), tmp_path / "out")
    assert [(one.student, one.identity.get("platform_id")) for one in found] == [
        ("Bo Li_397063", None), ("Jane Doe_397063", None),
    ]  # fmt: skip
    write(tmp_path / "in", brightspace(CLASS[2:3], number=397063))
    with pytest.raises(ValueError, match="two students called Zoë Müller, or two attempts of one. Delete"):
        run(tmp_path / "in", tmp_path / "out")


def test_a_gradescope_group_has_a_row_for_each_and_a_folder_that_is_not_listed_has_one(tmp_path):
    listed = "---\nsubmission_1:\n  :submitters:\n  - :name: A\n    :sid: ''\n  - :name: B\n    :email: b@x.org\n"
    files = {"submission_metadata.yml": listed, f"submission_1/{NOTEBOOK}": "{}", f"submission_2/{NOTEBOOK}": "{}"}
    found, _ = run(write(tmp_path / "assignment_9_export", files), tmp_path / "out")
    assert [(one.student, one.flags) for one in found] == [
        ("A_submission_1", ("group-submission",)), ("B_b@x.org", ("group-submission",)), ("submission_2", ()),
    ]  # fmt: skip
    assert found[0].path == found[1].path


@pytest.mark.parametrize("text", ["a: [", "\x00", "- &a [*a]", "[]", "submission_1: {':submitters': 3}", "&a [*b]"])
def test_a_broken_gradescope_list_is_refused_or_gives_the_folders_names(tmp_path, text):
    folder = write(tmp_path / "in", {"submission_metadata.yml": text, f"submission_1/{NOTEBOOK}": "{}"})
    try:
        found, _ = run(folder, tmp_path / "out")
    except ValueError as error:
        assert "export the submissions again, or say --format plain" in str(error)
        found, _ = run(folder, tmp_path / "out", "plain")
    assert [one.student for one in found] == ["submission_1"]


def test_blackboard_logins_with_underscores_are_those_of_the_txt_and_never_merged(tmp_path):
    files = {}
    for login in ("j_doe", "a_doe"):
        files[f"HW_1_{login}_attempt_2026-11-20-13-45-10_x.ipynb"] = "{}"
    found, _ = run(write(tmp_path / "without", files), tmp_path / "out")
    assert [one.student for one in found] == ["HW_1_a_doe", "HW_1_j_doe"] and "login" not in found[0].identity
    for login in ("j_doe", "a_doe"):
        files[f"HW_1_{login}_attempt_2026-11-20-13-45-10.txt"] = f"Name: D ({login})\n"
    found, _ = run(write(tmp_path / "with", files), tmp_path / "out")
    assert [one.identity["login"] for one in found] == ["a_doe", "j_doe"]


@pytest.mark.parametrize("twice", [f"Jane Doe - {STEM} (1)", f"Jane Doe - {STEM}(1)", f"Copy of Jane Doe - {STEM}"])
def test_two_files_of_one_name_in_classroom_are_refused_with_what_to_do(tmp_path, twice):
    files = dict.fromkeys([f"Jane Doe - {NOTEBOOK}", f"{twice}.ipynb", f"A - {NOTEBOOK}"], "{}")
    with pytest.raises(ValueError, match="two students called Jane Doe, or two versions.*Delete.*or rename"):
        run(write(tmp_path / "in", files), tmp_path / "out")


def test_dashes_in_names_of_classroom_split_where_the_course_s_file_begins_or_are_refused(tmp_path):
    files = dict.fromkeys([f"Anne - Marie - {NOTEBOOK}", f"Anne - Lisa - Copy of {NOTEBOOK}"], "{}")
    found, _ = run(write(tmp_path / "in", files), tmp_path / "out")
    assert [one.student for one in found] == ["Anne - Lisa", "Anne - Marie"]
    with pytest.raises(ValueError, match="ends at one of several dashes"):
        run(write(tmp_path / "in", {"Anne - Eva - homework.ipynb": "{}"}), tmp_path / "out")


def test_github_logins_are_known_only_if_the_assignment_s_name_is_certain(tmp_path):
    files = MAKERS["github_classroom"](CLASS[:2])
    found, _ = run(write(tmp_path / "hw1-submissions", files), tmp_path / "out")
    assert [one.identity for one in found] == [{"login": "jdoe"}, {"login": "jdoe2"}]
    found, said = run(write(tmp_path / "in", files), tmp_path / "out")
    assert [(one.student, one.identity) for one in found] == [("hw1-jdoe", {}), ("hw1-jdoe2", {})]
    assert "one folder, zip or notebook per student" in said[0]


def test_of_nbgrader_s_assignments_ours_is_taken_or_none(tmp_path):
    files = {f"amy/{name}/{NOTEBOOK}": "{}" for name in ("ps1", "ps2")} | {f"bob/ps1/{NOTEBOOK}": "{}"}
    with pytest.raises(ValueError, match="ps1 and ps2, and none is called batchnorm"):
        run(write(tmp_path / "submitted", files), tmp_path / "out")
    write(tmp_path / "submitted", {f"amy/batchnorm/{NOTEBOOK}": "{}"})
    found, _ = run(tmp_path / "submitted", tmp_path / "out")
    assert [(one.student, one.path.name) for one in found] == [("amy", "batchnorm")]
    write(tmp_path, {"nbgrader_config.py": "", "source/x.ipynb": ""})
    assert run(tmp_path, tmp_path / "out")[0] == found, "the course's folder"


def test_what_a_platform_did_not_name_has_a_row_of_its_own_and_is_said(tmp_path):
    files = canvas(CLASS[:2]) | {"bob.ipynb": "{}", "notes.txt": "", "doejane_10001.ipynb": "{}"}
    found, said = run(write(tmp_path / "in", files), tmp_path / "out")
    assert [(one.student, one.flags) for one in found] == [
        ("bob", ()), ("doejane_10001", ("same-name",)), ("doejane_10001.ipynb", ("same-name",)), ("doejane_10002", ()),
    ]  # fmt: skip
    assert "a student of its own: bob.ipynb and doejane_10001.ipynb" in said[1] and said[2].endswith("notes.txt")
    assert owners(found[1]) == ["jdoe 0"]


def test_a_hostile_name_stays_a_name(tmp_path):
    files = {f"../../{name}": text for name, text in moodle(CLASS[2:]).items()} | moodle(CLASS[:2])
    found, _ = run(make_download(tmp_path / "in", files, "zip"), tmp_path / "out")
    assert all(one.path.resolve().is_relative_to(tmp_path / "out") for one in found)
    assert set(os.listdir(tmp_path)) == {"in", "out"} and os.listdir(tmp_path / "in") == ["submissions.zip"]
    assert HOSTILE not in {one.student for one in found}
