"""What a record says may be shown: nothing that is in the box gets through, and no honest record says less."""

import dataclasses

import numpy as np
import pytest

from cs231n.assignment.actions import TASKS
from cs231n.assignment.assess import assess
from cs231n.assignment.cases.recorded import NOT_RUN, Call, Odd, Parts, Raised, Record
from cs231n.assignment.record import record
from cs231n.grading.judging.boxes.inside.record_lines import RecordWriter
from cs231n.grading.judging.recorded.records_file import read_records
from cs231n.grading.mistakes.catalogue import MISTAKES
from cs231n.grading.mistakes.fingerprints import forward_for, mistaken
from tests.helpers.answers import STYLES
from tests.helpers.vouching import message_of, vouch_raised, vouched


@pytest.mark.parametrize(
    "message", ["scores must have two axes", "Invalid mode", "nothing to do: x is empty (see above)"]
)
def test_message_that_stands_in_the_submission_survives(message):
    code = f"raise ValueError('{message}')"
    raised = dataclasses.replace(message_of(code), line=code)
    assert vouch_raised(raised, f"    {code}") == raised
    assert vouch_raised(raised, "raise ValueError(text)") == Raised("ValueError", "")


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.slow
def test_known_mistakes_are_judged_the_same(task):
    """Also where the source of the answer is all that is known of the submission."""
    for mistake in MISTAKES:
        for edits in mistake.variants[:1] if mistake.task == task else ():
            function, forward = mistaken(mistake, edits), forward_for(task)
            if forward is not None:
                function.__globals__[forward.__name__] = forward
            found = record(task, function)
            first, second = assess(found), assess(vouched(found, *(new for _, new in edits)))
            assert second.mistakes == first.mistakes and second.lines == first.lines, mistake.id


@pytest.mark.parametrize("function", STYLES)
def test_right_answers_stay_right(function):
    task, forward = function.__name__, forward_for(function.__name__)
    if forward is not None:
        function.__globals__.setdefault(forward.__name__, forward)
    assert assess(vouched(record(task, function))).failed is None


# --- hostile answers ----------------------------------------------------------------------------------

SECRET = "qzjxkvwyqbgh dfplmnrtscvbzwqk hjkgpwzxvqmn_ztrqpskdhfgw" * 3
PIECES = {SECRET[start : start + 12] for start in range(len(SECRET) - 11)}
HOSTILE = {
    "a message": "raise ValueError(SECRET)",
    "a message that looks like Python's": "raise NameError(f\"name '{WORD}' is not defined\")",
    "a shape": "raise ValueError(f'operands could not be broadcast together with shapes {BYTES}')",
    "a text in a message": "raise ValueError(f\"could not convert string to float: '{SECRET[:70]}'\")",
    "a tail": "raise ImportError(f\"cannot import name 'a' from 'numpy' ({SECRET})\")",
    "a key": "raise KeyError(SECRET[:40])",
    "an attribute": "getattr(x, WORD)",
    "an exception's type": "raise type(WORD, (Exception,), {})('a')",
    "an exception's name": "e = NameError('a'); e.name = WORD; raise e",
    "an exception that says it was not run": "raise type('NotRun', (Exception,), {})(SECRET)",
    "a stub": "e = NotImplementedError(SECRET); e.name = WORD; raise e",
    "a misfit": "e = type('DoesNotFit', (NotImplementedError,), {})(SECRET); e.name = 'batchnorm_backward'; raise e",
    "a dictionary": "return {SECRET[k:k + 20]: SECRET for k in range(50)}",
    "a tuple of strange things": "return type(WORD, (), {})(), SECRET, {SECRET}",
    "a type": "return type(WORD, (), {})()",
    "a type of a key": "return {type(WORD, (), {})(): 1}",
    "a dtype": "return np.zeros(3, dtype=[(WORD, 'f8')])",
    "a text": "return SECRET",
    "numbers": "return [int.from_bytes(SECRET[k:k + 7].encode(), 'big') for k in range(90)]",
    "a large number": "return int.from_bytes(SECRET.encode(), 'big')",
    "keys that are numbers": "return {int.from_bytes(SECRET[k:k + 7].encode(), 'big'): 1 for k in range(90)}",
    "entries of an argument": "arguments[-1][SECRET] = arguments[-1][WORD] = SECRET; return x",
    "a default": "return x",
    "a name": "return globals()[WORD]",
}  # fmt: skip


def leaks(*texts):
    return any(piece in text for piece in PIECES for text in texts)


def hostile_record(task, body):
    names = {"SECRET": SECRET, "WORD": SECRET.split()[0], "BYTES": tuple(SECRET.encode()), "np": np}
    names[names["WORD"]] = SECRET[:20]
    names["Leaky"] = type("Leaky", (), {names["WORD"]: SECRET[:20]})
    defaults = f", extra=SECRET[:20], {names['WORD']}=7" if body == HOSTILE["a default"] else ""
    exec(f"def {task}(x, *arguments{defaults}):\n    {body}", names)
    lines = []
    record(task, names[task], into=RecordWriter(task, lines.append))
    return read_records(b"".join(lines))[task]


@pytest.mark.parametrize("task", ["softmax", "batchnorm_forward", "adam", "batchnorm_backward", "steps_to_reach"])
@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE)
def test_secret_does_not_get_through(task, body):
    found = hostile_record(task, body)
    kept = vouched(found, f"def {task}(x):\n    {body}")
    judged = assess(kept)
    example = judged.example.inputs + [judged.example.name] if judged.example else []
    assert not leaks(repr(kept), *judged.lines, judged.failed or "", *judged.mistakes, *example)


def test_hostile_answers_would_leak_otherwise():
    found = {name: hostile_record("adam", body) for name, body in HOSTILE.items()}
    harmless = {name for name, one in found.items() if not leaks(repr(one))}
    assert harmless == {"a shape", "a text", "numbers", "a large number", "keys that are numbers"}
    assert sum(leaks(*assess(one).lines) for one in found.values()) >= 8


def test_forged_texts_do_not_get_through():
    """As from a submission that writes lines of its own into the records file."""
    raised = Raised(SECRET, SECRET, SECRET, SECRET)
    strange = Parts("dict", {SECRET: Odd(SECRET, SECRET), 1: Parts("list", {0: Odd("int", SECRET)})})
    found = Record(
        "batchnorm_backward",
        {"bn_plain": Call(strange, {SECRET: strange}), "bn_square": Call(raised=raised)},
        reordered={SECRET: Call()},
        names_read={SECRET: SECRET, "N": SECRET, "x": f"an array of shape {SECRET}", "y": f"a {SECRET}"},
        names_kept=[SECRET],
        defaults_used={SECRET: repr(SECRET)},
        library_calls=[SECRET, "layers.softmax"],
    )
    found.forward = Record("batchnorm_forward", {"bn_large_eps": Call(strange, raised=raised)})
    kept = vouched(found, "N = 3")
    assert leaks(repr(found)) and not leaks(repr(kept))
    assert kept.library_calls == ["layers.softmax"] and set(kept.names_read) == {"something", "N", "x", "y"}


def test_few_names_are_kept():
    words = [f"word{number}" for number in range(100)]
    strange = Parts("dict", dict.fromkeys(words, 1.0))
    found = Record("adam", {"adam_default": Call(strange)}, names_kept=words, names_read=dict.fromkeys(words, "1"))
    kept = vouched(found, " ".join(words))
    assert len(kept.names_kept) <= 8 and len(kept.names_read) <= 8
    assert len(kept.calls["adam_default"].returned.items) <= 9


def test_numbers_do_not_spell_a_text():
    """Numbers are shown where they are needed, but long ones and many are not: they could be letters in disguise."""
    letters = tuple(SECRET.encode())
    for message in (f"operands could not be broadcast together with shapes {letters[:9]}", f"list index {10**9}",
                    f"cannot reshape array of size {10**9} into shape (3, 3)"):  # fmt: skip
        assert vouch_raised(Raised("ValueError", message)).message == ""
    shapes = [f"could not broadcast input array from shape ({number},) into shape (3,)" for number in letters]
    calls = {str(number): Call(raised=Raised("ValueError", message)) for number, message in enumerate(shapes)}
    kept = {call.raised.message for call in vouched(Record("softmax", calls)).calls.values()}
    assert len(kept) == 9 and "" in kept
    large = Record("steps_to_reach", {"steps_first": Call(int.from_bytes(SECRET[:7].encode(), "big"))})
    assert vouched(large).calls["steps_first"].returned == Odd("int")


def test_what_was_not_run_is_kept():
    assert vouch_raised(NOT_RUN) == NOT_RUN
    assert vouch_raised(Raised("NotRun", "something else")) == NOT_RUN


@pytest.mark.parametrize("text", ["8", "1e-05", "-0.30000000000000004", "None", "True", "inf", "a list", "'train'",
                                  "an array of shape (3, 4)", "an array of shape (3,)", "an object"])  # fmt: skip
def test_description_of_a_value_is_kept(text):
    found = Record("softmax", names_read={"N": text}, defaults_used={"h": text})
    kept = vouched(found, "mode = 'train'\nN = h")
    assert kept.names_read == {"N": text} and kept.defaults_used == {"h": text}
