"""Probes for a backward pass whose forward pass is a known mistake: is it right for that forward pass?"""

import functools
from collections.abc import Mapping

import numpy as np

from ....assignment.cases.calls import quietly
from ....assignment.cases.recorded import Calls
from ..boxes.inside import probe_calls
from .graded_items import ITEMS
from .own_gradients import MistakenForward, backward_of, find_mistaken_forward, own_expected
from .probe_inputs import Draw
from .probes import Pair, TaskProbes, make_task_probes

# Mistakes, and the numbers of their variants, that leave the batch's mean and variance out. Their backward pass has
# nothing in it of what the tasks ask for, so it earns nothing.
WITHOUT_STATISTICS = {"training-with-running-statistics": (1,), "no-batch-norm": (0, 1)}
ROUNDED = 2e-3  # the relative difference of two numbers that differ in the last of four digits


def find_own_probes(
    seed: str, task: str, forward_calls: Calls, forward_probes: TaskProbes, forward_shown: Mapping[str, str]
) -> TaskProbes | None:
    """Make the probes of a backward pass with the gradients of the student's own, mistaken forward pass.

    The mistake must have cost points: the forward pass shows it in its own probes. Otherwise a right forward pass could
    act as a mistaken one while the backward pass is judged.

    Arguments:
        seed: the grading seed.
        task: the backward pass's task.
        forward_calls: the recorded calls of the forward pass, beside the backward pass.
        forward_probes: the probes of the forward pass's own task.
        forward_shown: the digits that they showed, by the probe's id.

    Returns:
        The probes; None if the forward pass is right, is no known mistake or one of WITHOUT_STATISTICS, or has no
        gradient. An item is left out if the mistaken forward pass has no such gradient, or if it is always 0.
    """
    forward = find_mistaken_forward(task, forward_calls)
    if forward is None or forward.number in WITHOUT_STATISTICS.get(forward.mistake[1], ()):
        return None
    if not _shows_mistake(forward, forward_probes, forward_shown):
        return None
    return _make_own_probes(seed, task, forward)


def _shows_mistake(forward: MistakenForward, made: TaskProbes, shown: Mapping[str, str]) -> bool:
    """Whether the digits of ``out`` in training mode are those of a mistaken forward pass."""
    probe = next(iter(made.probes.values()))  # a forward pass's first item is ``out`` in training mode
    item = made.spec["items"][probe.number - 1] | {"untouched": []}
    with quietly():
        try:
            wanted = probe_calls.digits(probe_calls.Calls(made.task, forward, None, False, made.spec["calls"]), item)
        except Exception as error:  # for example, it loses the running statistics
            wanted = type(error).__name__
    lines = list(zip(shown.get(probe.id, "").splitlines(), wanted.splitlines(), strict=False))
    return len(lines) == len(wanted.splitlines()) and all(_begins_with(one, other) for one, other in lines)


def _begins_with(line: str, wanted: str) -> bool:
    """Whether a line of digits begins with the wanted ones, up to rounding."""
    words, right = line.split(), wanted.split()
    return len(words) >= len(right) and all(map(_is_same, words, right))


def _is_same(word: str, right: str) -> bool:
    try:
        return word == right or bool(np.isclose(float(word), float(right), rtol=ROUNDED, atol=0, equal_nan=True))
    except ValueError:  # not a number
        return False


@functools.cache
def _make_own_probes(seed: str, task: str, forward: MistakenForward) -> TaskProbes | None:
    numbers = tuple(number for number in range(1, len(ITEMS[task]) + 1) if _can_be_shown(task, number, forward))
    if not numbers:
        return None
    wrapped, backward = backward_of(task, forward)
    try:
        return make_task_probes(seed, task, Pair(backward, wrapped), numbers)
    except ValueError:  # some digits are never safe
        return None


def _can_be_shown(task: str, number: int, forward: MistakenForward) -> bool:
    """Whether an item has a gradient that is a number, and not 0, in all of its calls."""
    item = ITEMS[task][number - 1]
    for setting, draw_arrays in item.settings.items():
        with quietly():
            gradients = own_expected(task, forward, draw_arrays(Draw("is there a gradient?", task, setting)))
        value = None if gradients is None else gradients.get(item.output)
        if value is None or not np.any(value):
            return False
    return True
