"""For the tests of named mistakes: what check() says about a function that is written as source."""

import textwrap
from collections.abc import Callable
from typing import Any

import numpy as np

from cs231n import layers
from cs231n.assignment.cases import stored
from cs231n.assignment.cases.calls import CASES, quietly, run
from cs231n.assignment.check import report
from cs231n.assignment.diagnosis.rules import find_rule_sentence
from cs231n.grading.mistakes.fingerprints import forward_for


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
    observed: dict[str, dict[str, Any] | None] = {}
    with quietly():
        for case in CASES[task]:
            try:
                observed[case] = run(task, function, case, forward_for(task)).outputs
            except Exception:
                observed[case] = None
    return observed


def named_mistakes(task: str, source: str) -> list[str]:
    """The sentences that check() says about the mistake in a wrong answer: the rule's, or those of the tables."""
    lines, failed = report(task, function_of(task, source))
    assert failed, "the answer is right"
    rule = find_rule_sentence(task, observe(task, function_of(task, source)))
    return [rule] if rule else [line.split("looks like: ", 1)[1] for line in lines if "looks like: " in line]


def sentences_of(task: str) -> dict[str, str]:
    """The sentences of all known mistakes that check() may name in an answer to a task, by the mistake's name."""
    return {**stored.sentences()["batchnorm_backward"], **stored.sentences()[task]}
