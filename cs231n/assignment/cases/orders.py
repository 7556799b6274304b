"""Other orders of a cache: is a wrong backward pass right if only its cache is unpacked in another order?"""

import itertools
from collections.abc import Callable, Iterator
from typing import Any

from .calls import record_call
from .outputs import are_all_right
from .recorded import Record

REORDERED_CASE = "bn_large_eps"
MAX_REORDERED_ENTRIES = 9  # a longer cache is not tried in other orders
MAX_TWICE_REORDERED_ENTRIES = 7  # a longer cache is tried with one exchange or move only

Order = tuple[int, ...]  # the places of the entries: entry number one of the new cache is the old one at place order[0]


def record_reordered(found: Record, function: Callable, forward: Callable | None) -> None:
    """Call a wrong backward pass with the entries of its cache in other orders, up to the first that is right."""
    if are_all_right(found.task, REORDERED_CASE, (found.own or found.calls)[REORDERED_CASE]):
        return
    length = 0

    def reordered(dout: Any, cache: Any, order: Order = ()) -> Any:
        nonlocal length
        if not isinstance(cache, (tuple, list)) or len(cache) < 2:
            raise ValueError("no order to change")
        length = len(cache)
        return function(dout, tuple(cache[place] for place in order) if order else cache)

    record_call(found.task, reordered, REORDERED_CASE, forward)
    for key, order in _list_orders(length):
        call = record_call(
            found.task, lambda dout, cache, order=order: reordered(dout, cache, order), REORDERED_CASE, forward
        )
        if are_all_right(found.task, REORDERED_CASE, call):
            found.reordered[key] = call
            return


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
