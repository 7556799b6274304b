"""Tests of the glossary of flags: every flag that the grader can give is in it, and no other."""

from cs231n.grading.reporting.flags import FLAGS, KINDS, LOOK, collect_flags
from cs231n.grading.reporting.records import Record, TaskReport
from tests.helpers.flag_sources import find_flags_in_source


def test_the_glossary_has_exactly_the_flags_of_the_source():
    found = find_flags_in_source()
    missing = {word: place for word, place in found.items() if word not in FLAGS}
    assert not missing, "add them to reporting/flags.py"
    assert not set(FLAGS) - set(found), "the grader no longer gives them"


def test_every_flag_has_a_kind_a_meaning_and_advice():
    for word, flag in FLAGS.items():
        assert flag.kind in KINDS and flag.meaning.endswith(".") and flag.advice.endswith("."), word


def test_the_flags_of_a_class_come_with_the_students_and_their_tasks():
    ana = Record(
        "ana", flags=["links"], tasks={"adam": TaskReport(flags=["differentiates-by-steps", "from-elsewhere"])}
    )
    bob = Record("bob", flags=["links"], tasks={"softmax": TaskReport(flags=["differentiates-by-steps"])})
    steps, links, unknown = collect_flags([ana, bob])
    assert (steps.word, steps.students) == ("differentiates-by-steps", {"ana": ["adam"], "bob": ["softmax"]})
    assert steps.flag.kind == LOOK, "those for a person come first"
    assert (links.word, links.students) == ("links", {"ana": [], "bob": []})
    assert (unknown.word, unknown.flag, unknown.students) == ("from-elsewhere", None, {"ana": ["adam"]})
