"""For the tests of named mistakes: what check() says about a function that is written as source."""

import textwrap
from collections.abc import Callable
from typing import Any

import numpy as np

from cs231n import layers
from cs231n.assignment.cases import stored
from cs231n.assignment.cases.calls import call, quietly
from cs231n.assignment.cases.differences import Differs
from cs231n.assignment.cases.outputs import name_outputs
from cs231n.assignment.cases.recorded import CallRaised
from cs231n.assignment.cases.tables import CASES
from cs231n.assignment.check import report
from cs231n.grading.mistakes.fingerprints import forward_for
from tests.helpers.edited_answers import record_cases


def function_of(task: str, source: str) -> Callable:
    """Make the function of a task from a whole source. A backward pass gets the library's forward pass beside it."""
    forward = forward_for(task)
    namespace: dict[str, Any] = {"np": np, "layers": layers}
    if forward is not None:
        namespace[forward.__name__] = forward
    exec(textwrap.dedent(source), namespace)
    return namespace[task]


def observe(task: str, function: Callable) -> dict[str, dict[str, Any] | None]:
    """What a function returns in every case, as a rule sees it; None where it raises an exception."""
    calls, observed = record_cases(task, function), {}
    for case in CASES[task]:
        try:
            observed[case] = name_outputs(task, case, calls[case])
        except (CallRaised, Differs):
            observed[case] = None
    return observed


def outputs_of(task: str, function: Callable, case: str) -> dict[str, Any]:
    """The results of one call with the documented cache, by name."""
    with quietly():
        return name_outputs(task, case, call(task, function, case, stored.inputs(case)))


def named_mistakes(task: str, source: str) -> list[str]:
    """The sentences that check() says about the mistake in a wrong answer: the rule's, or those of the tables."""
    lines, failed = report(task, function_of(task, source))
    assert failed, "the answer is right"
    return [line.split("looks like: ", 1)[1] for line in lines if "looks like: " in line]


def sentences_of(task: str) -> dict[str, str]:
    """The sentences of all known mistakes that check() may name in an answer to a task, by the mistake's name."""
    return {**stored.sentences()["batchnorm_backward"], **stored.sentences()[task]}
