"""Other orders of a cache: is a wrong backward pass right if only its cache is unpacked in another order?"""

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from . import stored
from .calls import make_cache, record_call
from .outputs import are_all_right
from .recorded import Call, Record, to_plain

REORDERED_CASE = "bn_large_eps"
MAX_REORDERED_ENTRIES = 9  # a longer cache is not tried in other orders
MAX_TWICE_REORDERED_ENTRIES = 7  # a longer cache is tried with one exchange or move only

Order = tuple[int, ...]  # the places of the entries: entry number one of the new cache is the old one at place order[0]


def record_reordered(found: Record, function: Callable, forward: Callable | None) -> None:
    """Call a wrong backward pass with the entries of its cache in other orders, up to the first that is right."""
    case = REORDERED_CASE
    if are_all_right(found.task, case, (found.own or found.calls)[case]):
        return
    inputs = stored.inputs(case)
    try:
        cache = make_cache(found.task, inputs, forward)
        length = len(cache) if isinstance(cache, (tuple, list)) else 0
    except (Exception, SystemExit):  # the forward pass is the student's, and so may be the type of its cache
        return

    def is_right(order: Order) -> bool:  # without a record, since nearly all orders are wrong
        try:
            given = tuple(_copy(cache[place]) for place in order)
            call = Call(to_plain(function(inputs["dout"].copy(), given)))
        except (Exception, SystemExit):
            return False
        return are_all_right(found.task, case, call)

    tried = set()
    for key, order in _list_orders(length):
        if order in tried:
            continue
        tried.add(order)
        if is_right(order):
            reordered = _take_in_order(function, order)
            found.reordered[key] = record_call(found.task, reordered, case, forward)
            return


def _take_in_order(function: Callable, order: Order) -> Callable:
    """The backward pass, with the entries of its cache in another order."""
    return lambda dout, cache: function(dout, tuple(cache[place] for place in order))


def _copy(value: Any) -> Any:
    """A copy of an entry of a cache: a function may write to the arrays in it."""
    if type(value) in (tuple, list):
        return type(value)(map(_copy, value))
    if type(value) is dict:
        return {key: _copy(part) for key, part in value.items()}
    return value.copy() if isinstance(value, np.ndarray) else value


def _list_orders(length: int) -> Iterator[tuple[str, Order]]:
    """Yield other orders of a cache, the smallest changes first, each with a description."""
    places = range(length)
    if length > MAX_REORDERED_ENTRIES:
        return
    pairs = list(itertools.combinations(places, 2))
    for one, other in pairs:
        yield f"entries {one + 1} and {other + 1} of the cache exchanged", _exchange(length, (one, other))
    for one, other in itertools.permutations(places, 2):
        if abs(one - other) > 1:
            yield f"entry {one + 1} of the cache moved to place {other + 1}", _move(length, one, other)
    if length > MAX_TWICE_REORDERED_ENTRIES:
        return
    for (a, b), (c, d) in itertools.combinations(pairs, 2):
        order = _exchange(length, (a, b), (c, d))
        if len({a, b, c, d}) == 4:
            yield f"entries {a + 1} and {b + 1}, and also {c + 1} and {d + 1}, of the cache exchanged", order
        else:
            numbers = ", ".join(str(place + 1) for place in order)
            yield f"the entries of the cache in the order {numbers}", order


def _exchange(length: int, *pairs: tuple[int, int]) -> Order:
    order = list(range(length))
    for one, other in pairs:
        order[one], order[other] = order[other], order[one]
    return tuple(order)


def _move(length: int, start: int, end: int) -> Order:
    order = list(range(length))
    order.insert(end, order.pop(start))
    return tuple(order)
