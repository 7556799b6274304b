"""assess(): judge the record of an answer, and put into words what is certain. It calls nothing of the student's."""

from dataclasses import dataclass, field

import numpy as np

from .actions import TASKS
from .caches import (
    blame_cache,
    blame_forward,
    describe_cache,
    explain_unjudged,
    find_order,
    find_spoilt_cases,
    fits_own_forward,
    has_documented_order,
    has_right_defaults,
    is_forward_right,
    was_cut_short,
)
from .cases import stored
from .cases.differences import Differs, WrongForm
from .cases.recorded import PYTHON_ERRORS, CallRaised, Calls, Parts, Points, Raised, Record, to_array
from .cases.tables import CASES
from .diagnosis import exceptions
from .diagnosis.explanation import Explanation, explain, join_names, name_in_full, recognise_by_rule
from .diagnosis.outside_data import has_outside_data, note_outside_data
from .diagnosis.smallest_example import Example, find_smallest_example
from .properties.all_properties import properties_of
from .properties.property import Answer, Property
from .saving.installed import FORWARD_OF

MAX_NAMED_PROPERTIES = 3  # the last line names up to this many failed properties, and counts the others


@dataclass
class Result:
    """What became of one property.

    Attributes:
        text: the property in words.
        failure: how it fails, or None.
        is_python_error: whether an error of Python is the reason: a misspelt name, a forgotten result.
    """

    text: str
    failure: str | None = None
    is_python_error: bool = False


@dataclass
class Assessment:
    """The judgement of an answer.

    Attributes:
        lines: the lines of the report.
        failed: what is wrong, in one line; None if everything is right.
        example: the smallest example that the answer gets wrong, if one is shown.
        is_python_error: whether the first failure is an error of Python. A hint about the mathematics does not help.
        mistakes: the ids of the known mistakes that the lines name, see `diagnosis.evidence.Known`.
        is_judged: whether the answer could be judged at all. Not so if it, or an answer that it needs, is missing.
    """

    lines: list[str] = field(default_factory=list)
    failed: str | None = None
    example: Example | None = None
    is_python_error: bool = False
    mistakes: list[str] = field(default_factory=list)
    is_judged: bool = True


@dataclass
class _Choice:
    """The calls that an answer is judged by: with the documented cache, or with the student's own."""

    answer: Answer
    results: list[Result]
    notes: list[str]


@np.errstate(all="ignore")  # a wrong answer's numbers may overflow in any comparison
def assess(record: Record, note_precision: bool = False) -> Assessment:
    """Judge the record of an answer.

    Arguments:
        record: the record.
        note_precision: whether to note results that are rounded to float32. Such an answer is accepted, but later cells
            of the notebook compare many digits. The output of an automated run must not depend on it.

    Returns:
        The judgement. If the answer is not written yet, it has no lines.
    """
    stub = _find_stub(record)
    if stub:
        return Assessment(failed=stub, is_python_error=True, is_judged=False)
    if record.library_calls:
        return _refuse_library_call(record)
    choice = _choose_calls(record)
    if choice is None:
        cannot = f"{record.task}: cannot be judged before {FORWARD_OF[record.task]} is right"
        return Assessment(explain_unjudged(record), cannot, is_python_error=True, is_judged=False)
    failures = [result for result in choice.results if result.failure]
    lines = choice.notes + format_results(choice.results)
    if not failures:
        if record.task == "batchnorm_forward":
            lines += describe_cache(record)
        return Assessment(lines + (_describe_precision(choice.answer) if note_precision else []))
    skipped = len(_list_asked(choice.answer)) - len(choice.results)
    if skipped:
        lines.append(f"...   {skipped} more, once this one holds")
    explanation = Explanation() if failures[0].is_python_error else _explain(record, choice.answer.calls)
    lines += note_outside_data(record) + explanation.lines
    if record.printed:
        lines.append("note  what your function prints is hidden while it is checked")
    failed = f"{record.task}: {summarize_failures([result.text for result in failures])}"
    return Assessment(lines, failed, explanation.example, failures[0].is_python_error, explanation.mistakes)


def _find_stub(record: Record) -> str | None:
    """Write the line for an answer that is not written yet, or that needs one that is not. None if it is written."""
    task = TASKS[record.task]
    calls = [*record.calls.values(), *record.own.values()]
    stubs = [call.raised for call in calls if call.raised and call.raised.is_stub]
    other = next((raised for raised in stubs if raised.name in TASKS and raised.name != record.task), None)
    if other is not None or (stubs and all(call.raised for call in calls)):  # else only some branch is not written
        return _describe_stub(record.task, other or stubs[0])
    cases = {case: record.calls[case] for case in CASES[record.task] if case in record.calls}
    if not cases or not record.has_return or any(call.raised for call in cases.values()):
        return None
    if all(_is_empty(case, call.returned) for case, call in cases.items()):
        return f"task {task.number}, {record.task}: not written yet: what it returns is None"
    return None


def _is_empty(case: str, returned: object) -> bool:
    """Whether a function returned nothing but None, as CS231n's own stubs do. adam's stub returns its config too."""
    if not isinstance(returned, Parts):
        return returned is None
    parts = list(returned.items.values())
    if not case.startswith("adam"):
        return bool(parts) and all(part is None for part in parts)
    return bool(parts) and all(isinstance(step, Parts) and _is_empty_step(case, step) for step in parts)


def _is_empty_step(case: str, step: Parts) -> bool:
    """Whether a step of adam returned None, and left the average m as it was."""
    config = step.items.get(1)
    m = to_array(config.items.get("m")) if isinstance(config, Parts) else None
    before = stored.inputs(case).get("m", np.zeros(()))
    return step.items.get(0, 0) is None and (m is None or not np.any(m - before))


def _describe_stub(name: str, raised: Raised) -> str:
    """Write the line for a function that still raises NotImplementedError.

    Arguments:
        name: the task that is checked.
        raised: the exception. It comes from the answer itself, or from another answer that this one calls.
    """
    task, stub = TASKS[name], TASKS.get(raised.name)
    if stub and stub.name != name:
        if raised.kind == "DoesNotFit":
            return f"task {task.number}, {name}: it needs {stub.name}, of {raised.message}"
        return (
            f"task {task.number}, {name}: it needs {stub.name}, which is not written yet. "
            f"That is task {stub.number}, in {stub.place}."
        )
    return f"task {task.number}, {name}: not written yet. Write it in the cell above, run that cell, then this one."


def _refuse_library_call(record: Record) -> Assessment:
    called = join_names(record.library_calls)
    text = "the computation is your own"
    failure = f"your function calls {called}. That is no answer: write the computation itself"
    lines = format_results([Result(text, failure)])
    return Assessment(lines, f"{record.task}: {summarize_failures([text])}", is_python_error=True)


def _choose_calls(record: Record) -> _Choice | None:
    """Choose the calls to judge a backward pass by. A mistake of the forward pass or of its cache is not its own.

    Returns:
        The choice; None if the answer cannot be judged before its forward pass is mended.
    """
    if record.forward is None or was_cut_short(record.forward):
        return _try(record, record.calls, record.points)
    if is_forward_right(record.forward):
        own = _try(record, record.own, record.forward.points, find_spoilt_cases(record.forward))
        if _is_right(own) or FORWARD_OF[record.task] != "batchnorm_forward":
            return own
        given = _try(record, record.calls, record.points)
        if not _is_right(given):
            return own
        blame = blame_cache if has_right_defaults(record.forward) else blame_forward
        given.notes.append(blame(record.task))
        return given
    given = _try(record, record.calls, record.points)
    if not _is_right(given) and (not has_documented_order(record.forward) or fits_own_forward(record)):
        return None
    given.notes.append(blame_forward(record.task))
    return given


def _try(record: Record, calls: Calls, points: Points, spoilt: tuple[str, ...] = ()) -> _Choice:
    answer = Answer(record.task, calls, points, spoilt)
    return _Choice(answer, try_properties(answer, hint=not has_outside_data(record)), [])


def _is_right(choice: _Choice) -> bool:
    return not any(result.failure for result in choice.results)


def _list_asked(answer: Answer) -> list[Property]:
    return [prop for prop in properties_of(answer.task) if prop.applies(answer)]


def try_properties(answer: Answer, hint: bool = True) -> list[Result]:
    """Try the properties of a task in order, up to the first essential one that fails.

    Arguments:
        answer: the recorded calls.
        hint: whether to explain NumPy's messages about shapes.
    """
    results = []
    for prop in _list_asked(answer):
        result = try_property(prop, answer, hint)
        results.append(result)
        if result.failure and prop.essential:
            break
    return results


def try_property(prop: Property, answer: Answer, hint: bool = True) -> Result:
    """Try one property. For the arguments see `try_properties`."""
    try:
        prop.verify(answer)
    except WrongForm as difference:
        return Result(prop.text, str(difference), True)
    except Differs as difference:
        return Result(prop.text, str(difference))
    except CallRaised as error:
        return Result(prop.text, exceptions.describe(error.raised, hint), error.raised.kind in PYTHON_ERRORS)
    return Result(prop.text)


def _explain(record: Record, calls: Calls) -> Explanation:
    """Explain wrong numbers. If other reasons are possible, show only an example."""
    order = find_order(record)
    if order:
        return Explanation([order])
    if not has_outside_data(record):
        return explain(record.task, calls)
    example = find_smallest_example(record.task, calls)
    known = recognise_by_rule(record.task, calls) if record.task == "adam" else None  # it sees a shared counter
    if known:
        return name_in_full(known, example)
    return Explanation(example.format() if example else [], example)


def _describe_precision(answer: Answer) -> list[str]:
    """Write a note if results are rounded to float32 although the inputs are float64."""
    outputs = answer.outputs(CASES[answer.task][0])
    narrow = [output for output, value in outputs.items() if getattr(value, "dtype", None) in (np.float16, np.float32)]
    if not narrow:
        return []
    are = "is" if len(narrow) == 1 else "are"
    return [
        f"note  {', '.join(narrow)} {are} rounded to float32, though the inputs are float64: this is accepted, but a "
        "later cell that compares ten digits may complain"
    ]


def summarize_failures(texts: list[str]) -> str:
    """Write how many properties fail, and which ones.

    Arguments:
        texts: the texts of the failed properties.
    """
    named = texts
    if len(texts) > MAX_NAMED_PROPERTIES + 1:
        named = [*texts[:MAX_NAMED_PROPERTIES], f"and {len(texts) - MAX_NAMED_PROPERTIES} more"]
    properties = "property does" if len(texts) == 1 else "properties do"
    return f"{len(texts)} {properties} not hold ({'; '.join(named)})"


def format_results(results: list[Result]) -> list[str]:
    """Write a line for every property that was tried. A long explanation is printed once, and then cut short."""
    lines = []
    given: set[str | None] = set()
    for result in results:
        what, colon, _ = (result.failure or "").partition(": ")
        short = f"{what}, as above" if colon and result.failure in given else result.failure
        lines.append(f"FAIL  {result.text}: {short}" if result.failure else f"ok    {result.text}")
        given.add(result.failure)
    return lines
