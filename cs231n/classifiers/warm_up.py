"""How batch norm's running average warms up in a network.

A decaying average that starts at mean 0 and variance 1 still has 0.9**20 = 12% of that start in it after 20 steps. So
training step t (t = 0, 1, 2, ...) uses a momentum of at most t / (t + 1). Then the first step forgets the start, and
the running statistics are the plain average over all batches so far, until t / (t + 1) reaches the momentum. With a
momentum of 0.9 this is after ten steps. From there on the average decays as usual. (With a momentum of 1 it stays the
plain average over all batches.)
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ..guards.conditions import NUMBERS, as_whole_number

DEFAULT_MOMENTUM = 0.9


def momentum_at(t: int, momentum: Any = DEFAULT_MOMENTUM) -> float:
    """The momentum of training step t, which counts from 0.

    Raises:
        ValueError: if t is not an integer of at least 0.

    >>> [momentum_at(t) for t in (0, 1, 3, 8, 9, 100)]
    [0.0, 0.5, 0.75, 0.8888888888888888, 0.9, 0.9]
    """
    t = as_whole_number("num_batches_tracked", t, 0)
    return min(float(momentum), t / (t + 1))


@contextmanager
def settings_at(t: int, bn_param: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Give a batch norm its settings for one call: in training mode a copy with the momentum of step t.

    At the end of the ``with`` block ``bn_param`` has the new running statistics, and its momentum is as it was. A wrong
    momentum is handed on unchanged, so that the layer refuses it.
    """
    momentum = bn_param.get("momentum", DEFAULT_MOMENTUM)
    if bn_param["mode"] != "train" or not (isinstance(momentum, NUMBERS) and 0 <= momentum <= 1):
        yield bn_param
        return
    used = {**bn_param, "momentum": momentum_at(t, momentum)}
    yield used
    bn_param.update((key, value) for key, value in used.items() if key != "momentum")
