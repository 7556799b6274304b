"""What check() adds below the properties: the name of the mistake, or in which cases it shows, and an example."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..cases import stored
from ..cases.closeness import is_close
from ..cases.differences import Differs
from ..cases.outputs import are_all_right, name_outputs
from ..cases.recorded import NOT_RUN, PYTHON_ERRORS, Call, CallRaised, Calls, Odd, Parts, to_array
from ..cases.stored import Arrays
from ..cases.tables import CASES, FAR_CASES
from .evidence import Known
from .fingerprints import ORDERED_TASKS, recognise, recognise_parts, signature
from .rules import find_by_rule
from .smallest_example import Example, find_smallest_example

MAX_SMALL_EPS = 1e-4  # a larger eps counts as large
LARGE_SCORE = 30
_BOTH_MODES_CASE = "bn_sequence"  # it runs in training mode, then in test mode: its out is of test mode
_SCALAR_CASES = ("num_sum_of_squares", "num_log_sum_exp")
TRAITS: tuple[tuple[str, str, Callable[[str, Arrays], bool]], ...] = (
    # (description of some cases, description of the other cases, function (case, inputs) that tells them apart)
    ("in test mode", "in training mode", lambda case, inputs: "test_mode" in inputs or case == _BOTH_MODES_CASE),
    ("in training mode", "in test mode", lambda case, inputs: "test_mode" not in inputs and case != _BOTH_MODES_CASE),
    ("for a batch of one", "for larger ones", lambda case, inputs: stored.rows(case) == 1),
    ("where eps is large (0.1 and more)", "where it is 1e-5", lambda case, inputs: _has_large_eps(inputs)),
    (
        "where eps counts (it is large, or a feature hardly varies)",
        "where it does not",
        lambda case, inputs: _has_large_eps(inputs) or case == "bn_constant",
    ),
    ("where a feature hardly varies over the batch", "elsewhere", lambda case, inputs: case == "bn_constant"),
    ("where there are as many rows as features", "elsewhere", lambda case, inputs: case.endswith("square")),
    ("where x has more than two axes", "where it has two", lambda case, inputs: _has_many_axes(case, inputs)),
    (
        "after several calls with one bn_param",
        "after a single call",
        lambda case, inputs: case == _BOTH_MODES_CASE,
    ),
    ("where scores are large, or far apart", "where they are not", lambda case, inputs: _has_large_scores(inputs)),
    ("where a probability is 0 or 1", "elsewhere", lambda case, inputs: case == "p_saturated"),
    ("where f returns an array", "where it returns a number", lambda case, inputs: case not in _SCALAR_CASES),
    ("where df is given", "where it is None", lambda case, inputs: "df" in inputs),
    ("where h is given", "where it is left out", lambda case, inputs: case == "num_step"),
    ("where f returns x, or a view of it", "elsewhere", lambda case, inputs: case in ("num_identity", "num_view")),
    ("where x is not of float64", "where it is", lambda case, inputs: case in ("num_integer", "num_float32")),
    ("where x holds integers", "where it does not", lambda case, inputs: case == "num_integer"),
    (
        "where config gives settings of its own",
        "where the defaults are used",
        lambda case, inputs: case != "adam_default",
    ),
    ("where m, v and t are given", "where they start from nothing", lambda case, inputs: case == "adam_resumed"),
)


def _has_large_eps(inputs: Arrays) -> bool:
    return float(inputs.get("eps", 1e-5)) > MAX_SMALL_EPS


def _has_many_axes(case: str, inputs: Arrays) -> bool:
    return case != _BOTH_MODES_CASE and np.ndim(inputs.get("x", 0)) > 2  # there, x holds several batches


def _has_large_scores(inputs: Arrays) -> bool:
    return "x" in inputs and bool(np.max(np.abs(inputs["x"])) > LARGE_SCORE)


@dataclass
class Explanation:
    """What is said below the properties.

    Attributes:
        lines: lines of text.
        example: the smallest wrong example, if there is one. It is drawn; the text shows it only if it adds something.
        mistakes: the ids of the known mistakes that the lines name, see `Known`.
    """

    lines: list[str] = field(default_factory=list)
    example: Example | None = None
    mistakes: list[str] = field(default_factory=list)


def explain(task: str, calls: Calls) -> Explanation:
    """Say what is certain about a wrong answer.

    If the answer has exactly the effect of a known mistake, name that mistake. Otherwise say in which cases each result
    is wrong, name the known mistakes that explain some of the results, and show the smallest example for the others.
    If the first thing wrong is an error that stops the function, there is no example: it would show something else.

    Arguments:
        task: the task's name.
        calls: the recorded calls.
    """
    observed = signature(task, calls)
    known = recognise_by_rule(task, calls)
    if known is None and not _has_python_error(task, calls):
        known = recognise(task, observed)
    if known:
        return name_in_full(known, find_smallest_example(task, calls))
    named = recognise_parts(task, observed)
    lines = [f"As for {join_names(parts)}, this looks like: {known.sentence}" for known, parts in named.items()]
    explained = {word for parts in named.values() for part in parts for word in part.split()[:2]}
    example = None if _begins_with_an_error(task, calls) else find_smallest_example(task, calls, explained)
    shown = [] if example is None or (named and task in ORDERED_TASKS) else example.format()
    lines = find_where_wrong(task, calls) + lines + shown
    return Explanation(lines, example, list(dict.fromkeys(known.id for known in named)))


def name_in_full(known: Known, example: Example | None) -> Explanation:
    """Explain a wrong answer by one known mistake."""
    return Explanation([f"This looks like: {known.sentence}"], example, [known.id])


def recognise_by_rule(task: str, calls: Calls) -> Known | None:
    """Find the mistake that a rule knows; None if there is none, or if an error of Python is the reason."""
    return None if _has_python_error(task, calls) else find_by_rule(task, _read_outputs(task, calls))


def _has_python_error(task: str, calls: Calls) -> bool:
    return any(found.kind in PYTHON_ERRORS for case in CASES[task] if (found := calls[case].raised))


def _begins_with_an_error(task: str, calls: Calls) -> bool:
    """Whether the first case that is not right ended in an exception."""
    first = next((case for case in CASES[task] if not are_all_right(task, case, calls[case])), None)
    return first is not None and calls[first].raised is not None


def _read_outputs(task: str, calls: Calls) -> dict[str, dict[str, Any] | None]:
    """The results of every case, by name; None where there are none. Also of features, or scores, far from zero."""
    outputs: dict[str, dict[str, Any] | None] = {}
    far = [FAR_CASES[task]] if task.startswith("batchnorm") or task == "softmax_loss" else []
    for case in (*CASES[task], *far):
        try:
            outputs[case] = name_outputs(task, case, calls[case])
        except (CallRaised, Differs):
            outputs[case] = None
    return outputs


def find_where_wrong(task: str, calls: Calls) -> list[str]:
    """Say in which kind of case each result is wrong.

    A result is left out if it is wrong in only some cases of the kind, or in other cases too, or if it has a wrong
    type. Where the function stops with an error in some cases, only that is said: there are no results to judge.

    Arguments:
        task: the task's name.
        calls: the recorded calls.

    Returns:
        Lines to print.
    """
    stops = {case: calls[case].raised is not None for case in CASES[task] if calls[case].raised != NOT_RUN}
    if any(stops.values()):
        return _say_where_it_stops(stops)
    wrong, mistyped = _find_wrong_cases(task, calls)
    names_by_trait: dict[tuple[str, str], list[str]] = {}
    for name, cases in wrong.items():
        trait = find_trait(cases)
        if name in mistyped or trait is None:
            continue
        if not (name.startswith("running") and "mode" in trait[0]):  # test mode does not change them anyway
            names_by_trait.setdefault(trait, []).append(name)
    return [
        f"Where: in the cases tried, {join_names(names)} {'is' if len(names) == 1 else 'are'} wrong {trait}, and right "
        f"{others}"
        for (trait, others), names in names_by_trait.items()
    ]


def _say_where_it_stops(stops: dict[str, bool]) -> list[str]:
    """Say for which shapes, or in which kind of case, a function stops with an error.

    Arguments:
        stops: for each case, whether it does.
    """
    shapes: dict[bool, list[str]] = {True: [], False: []}
    for case, stopped in stops.items():
        axes = np.shape(stored.inputs(case).get("x", ()))
        shape = str(axes[1:] if case == _BOTH_MODES_CASE else axes)  # there, x holds several batches
        if shape not in shapes[stopped]:
            shapes[stopped].append(shape)
    trait = find_trait(stops)
    if shapes[False] and "()" not in shapes[True] and not set(shapes[True]) & set(shapes[False]):
        trait = f"for x of shape {join_names(shapes[True])}", f"for {join_names(shapes[False])}"
    return [f"Where: in the cases tried, it stops with an error {trait[0]}, and runs {trait[1]}"] if trait else []


def _find_wrong_cases(task: str, calls: Calls) -> tuple[dict[str, dict[str, bool]], set[str]]:
    """Look at all cases of a task.

    Returns:
        wrong: for each result and case, whether it is wrong. If the results depend on each other in order, only the
            first wrong one is there.
        mistyped: names of the results that have a wrong type in some case.
    """
    wrong: dict[str, dict[str, bool]] = {}
    mistyped = set()
    for case in CASES[task]:
        if calls[case].raised == NOT_RUN:
            continue
        is_wrong, found = _find_wrong_outputs(task, case, calls[case])
        mistyped |= found
        if case == _BOTH_MODES_CASE:  # wrong running statistics make its out wrong: then out is no evidence
            statistics_wrong = is_wrong["running_mean"] or is_wrong["running_var"]
            is_wrong = {} if statistics_wrong else {"out": is_wrong["out"]}
        for name, value in is_wrong.items():
            wrong.setdefault(name, {})[case] = value
    if task in ORDERED_TASKS:
        wrong = dict([(name, cases) for name, cases in wrong.items() if any(cases.values())][:1])
    return wrong, mistyped


def _find_wrong_outputs(task: str, case: str, call: Call) -> tuple[dict[str, bool], set[str]]:
    """Look at one case.

    A result of a wrong type, such as a list or an array of integers, is listed apart: the kind of case is not the
    reason for it, even if the numbers are right.

    Returns:
        wrong: for each result, whether it is wrong. All are wrong if the function raises an exception.
        mistyped: names of the results that have a wrong type.
    """
    want = stored.expected(task, case)
    try:
        got = name_outputs(task, case, call)
    except (CallRaised, Differs):
        return dict.fromkeys(want, True), set()
    wrong = {name: not _is_right(to_array(got[name]), value) for name, value in want.items()}
    return wrong, {name for name, value in want.items() if not _has_right_type(got[name], value)}


def _has_right_type(got: Any, want: np.ndarray) -> bool:
    """Whether a result is an array or number of the right kind. The shape does not matter."""
    if got is None or isinstance(got, (Parts, Odd)):
        return False
    return np.asarray(got).dtype.kind in ("f" if np.asarray(want).dtype.kind == "f" else "fiub")


def _is_right(got: np.ndarray | None, want: np.ndarray) -> bool:
    return got is not None and (is_close(got, want) or bool(np.array_equal(got, want, equal_nan=True)))


def find_trait(wrong: dict[str, bool]) -> tuple[str, str] | None:
    """Find the trait that all wrong cases have, and no right case.

    Arguments:
        wrong: for each case, whether it is wrong.

    Returns:
        (description of the wrong cases, description of the right cases), or None.
    """
    if all(wrong.values()) or not any(wrong.values()):
        return None
    for trait, others, has_trait in TRAITS:
        if all(bool(has_trait(case, stored.inputs(case))) == is_wrong for case, is_wrong in wrong.items()):
            return trait, others
    return None


def join_names(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
