"""Ways to call a function of a release with what an answer is given: which value for which argument.

An offer is a tuple of labels, one for each argument. The pool of a situation holds the values by kind and label, so
that the same offer can be made in other settings of a probe.
"""

import functools
import inspect
import itertools
import math
import random
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np

from tests.helpers.pasted_inputs import BATCHNORM_CACHE, Situation, copied

MOST_OFFERS = 40  # of one function in one situation, if all are asked; of more, some are drawn
MOST_OF_ARRAYS = 150  # the same if only whole arrays and caches are offered
MOST_OF_LAYERS = 2500  # the same for the modules that are most like answers
LAYERS = ("cs231n.layers", "cs231n.batchnorm", "cs231n.layer_utils", "cs231n.optim")
HOLDING_ARRAYS = (  # kinds of values
    "array/",
    "cache/",
    "dictionary/",
    "list/",
    "case/",
    "function/",
    "self/",
    "Answer/",
    "Record/",
    "Call/",
)
Pool = dict[str, dict[str, Any]]  # kind of a value, to its label, to the value
Offer = tuple[str, ...]  # for each argument "kind/label", or "name=kind/label" for one that has a default


def make_pool(situation: Situation, special: dict[str, dict[str, Any]] | None = None) -> Pool:
    """The values that an offer can choose from.

    Arguments:
        situation: the call of an answer.
        special: more values by kind and label, such as objects of the library's own classes.
    """
    leaves = situation.leaves
    arrays = {name: value for name, value in leaves.items() if np.ndim(value)}
    numbers = {name: value for name, value in leaves.items() if isinstance(value, (int, float, np.generic))}
    first = next(iter(arrays.values()))
    turned = {f"{name}.T": value.T for name, value in arrays.items() if np.ndim(value) == 2}
    flat = {name: value.reshape(len(value), -1) for name, value in arrays.items() if np.ndim(value) > 1}
    turned |= {f"{name} flat": value for name, value in flat.items()} | {
        f"{name} flat.T": value.T for name, value in flat.items()
    }
    turned |= {f"{name}[None]": value[None] for name, value in arrays.items() if np.ndim(value) == 1}
    made = {
        "zero": np.zeros(()),
        "zeros": np.zeros(first.shape[-1:]),
        "ones": np.ones(first.shape[-1:]),
        "all ones": np.ones_like(first),
    }
    if situation.task in ("relu_backward", "affine_bn_relu_backward"):
        made["x > 0"] = (leaves.get("a_bn", leaves.get("x")) > 0).astype(float)
    counts = {"0": 0, "1": 1, "-1": -1, "N": len(first), "0.0": 0.0, "1.0": 1.0, "1e-5": 1e-5, "1e-8": 1e-8, "0.9": 0.9}
    pool: Pool = {
        "array": arrays, "turned": turned | made, "number": numbers | counts, "flag": {"True": True, "False": False},
        "text": {text: text for text in ("train", "test", "epsilon", situation.task, *situation.outputs)},
        "dictionary": _make_dictionaries(situation), "cache": _make_caches(situation),
        "list": {"all": list(arrays.values()), "pairs": list(arrays.items()), "shape": first.shape},
        "function": {"identity": lambda array, *more: array, "f": leaves.get("f", np.sum)},
        "self": {"a namespace": SimpleNamespace(**leaves)}, "none": {"None": None},
    }  # fmt: skip
    plain = [*arrays.values(), *turned.values(), *made.values(), *numbers.values()]
    pool["own"] = {"own": [np.asarray(value) for value in plain if np.ndim(value) or isinstance(value, float)]}
    for kind, values in (special or {}).items():
        pool[kind] = pool.get(kind, {}) | values
    return pool


def _make_dictionaries(situation: Situation) -> dict[str, Any]:
    """Settings handed through, with today's statistics as the running ones, and all arrays by name."""
    leaves = situation.leaves
    given = {name: value for name, value in situation.arguments.items() if isinstance(value, dict)}
    eps = {"eps": leaves["eps"]} if "eps" in leaves else {}
    statistics = {"running_mean": leaves.get("mu"), "running_var": leaves.get("var")} if "mu" in leaves else {}
    settings = {name: leaves[name] for name in ("learning_rate", "epsilon") if name in leaves}
    renamed = {"momentum": leaves.get("beta1"), "velocity": leaves.get("m")} if "m" in leaves else {}
    memory = {"decay_rate": leaves.get("beta2"), "cache": leaves.get("v")} if "v" in leaves else {}
    return given | {
        "nothing": {}, "train": {"mode": "train", **eps}, "test": {"mode": "test", **eps, **statistics},
        "by name": dict(leaves), "momentum": {"learning_rate": leaves.get("learning_rate", 1e-3), **renamed},
        "rmsprop": {**settings, **memory}, "outputs by name": {},
    }  # fmt: skip


def _make_caches(situation: Situation) -> dict[str, Any]:
    """The cache that is given, its parts, and the caches of other layers made of the same arrays."""
    leaves, cache = situation.leaves, situation.arguments.get("cache")
    caches = {"cache": cache} if isinstance(cache, tuple) else {}
    if situation.task == "affine_bn_relu_backward" and cache:
        caches |= {"fc": cache[0], "bn": cache[1], "fc and relu": (cache[0], cache[2])}
    if {"x", "w", "b"} <= set(leaves):
        ones = np.ones((len(leaves["x"]), leaves["w"].shape[-1]))
        caches |= {"affine": (leaves["x"], leaves["w"], leaves["b"])}
        caches |= {"affine and open relu": ((leaves["x"], leaves["w"], leaves["b"]), ones)}
    if "x_hat" in leaves:
        std = np.sqrt(leaves["var"] + leaves["eps"])
        caches |= {
            "batch norm": tuple((leaves | {"x": leaves.get("a", leaves.get("x"))})[name] for name in BATCHNORM_CACHE)
        }
        caches |= {"layer norm": (leaves["gamma"], leaves["x_hat"], std), "turned": _turn_layer_norm(leaves, std)}
    if "x" in leaves and "dout" in leaves:
        caches |= {"mask of x": ({}, (leaves["x"] > 0).astype(float)), "dropout": ({}, leaves["x"])}
    return caches


def _turn_layer_norm(leaves: dict[str, Any], std: Any) -> tuple:
    if np.ndim(leaves["x_hat"]) != 2:
        return (leaves["gamma"], leaves["x_hat"], std)
    return leaves["gamma"][:, None], leaves["x_hat"].T, std[:, None]


def make_offers(function: Callable, pool: Pool, share: float = 1.0) -> Iterator[Offer]:
    """All ways to call a function with values of a pool; a sample if there are too many.

    Arguments:
        share: how large a sample may be, 1 for the largest.
    """
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        return
    names: list[str] = []
    wanted: list[list[str]] = []
    optional: list[str] = []
    for parameter in parameters:
        if parameter.kind in (parameter.VAR_KEYWORD, parameter.KEYWORD_ONLY):
            continue
        if parameter.kind is parameter.VAR_POSITIONAL:
            names.append(parameter.name)
            wanted.append([f"array/{name}" for name in pool["array"]])
        elif parameter.default is parameter.empty:
            names.append(parameter.name)
            wanted.append(_choose(parameter, pool))
        else:
            kinds = [kind for kind in ("array", "number", "dictionary", "function") if parameter.name in pool[kind]]
            optional += [f"{parameter.name}={kind}/{parameter.name}" for kind in kinds]
    most = MOST_OF_LAYERS if function.__module__ in LAYERS else MOST_OFFERS
    for offer in _combine(names, wanted, math.ceil(share * most), math.ceil(share * MOST_OF_ARRAYS)):
        yield offer
        if optional:
            yield (*offer, *optional)


def _combine(names: list[str], wanted: list[list[str]], most: int, most_of_arrays: int) -> Iterator[Offer]:
    """All combinations if they are few. Else those of the plain arrays, those with arguments by name, and some more."""
    if not any(label.startswith(HOLDING_ARRAYS) for choices in wanted for label in choices):
        yield from itertools.islice(itertools.product(*wanted), 3)
        return
    if _count(wanted) <= most:
        yield from itertools.product(*wanted)
        return
    arrays = [[label for label in choices if label.startswith(("array/", "cache/"))] or choices for choices in wanted]
    if _count(arrays) <= max(most, most_of_arrays):
        yield from itertools.product(*arrays)
    named = [
        choices[:1] if choices and choices[0].endswith(f"/{name}") else choices for name, choices in zip(names, arrays)
    ]
    if _count(named) <= most and named != arrays:
        yield from itertools.product(*named)
    draw = random.Random(len(wanted))
    yield from dict.fromkeys(tuple(draw.choice(choices) for choices in wanted) for _ in range(most))


def _count(choices: list[list[str]]) -> int:
    return int(np.prod([len(labels) for labels in choices], dtype=float))


KINDS = (  # what an annotation mentions, and the kinds of values to offer
    (("Callable",), ("function",)),
    (("list[", "List", "Sequence", "Iterable", "Collection"), ("list",)),
    (("dict", "Mapping"), ("dictionary",)),
    (("tuple",), ("cache", "list")),
    (("ndarray", "ArrayLike", "NDArray"), ("array", "turned")),
    (("bool",), ("flag",)),
    (("float", "int"), ("number",)),
    (("str",), ("text",)),
    (("Any", "object"), ("array", "cache", "dictionary", "number", "turned")),
)


def _choose(parameter: inspect.Parameter, pool: Pool) -> list[str]:
    """The labels of the values to offer for a parameter. Those of its own name come first."""
    text = inspect.formatannotation(parameter.annotation) if parameter.annotation is not parameter.empty else "Any"
    if parameter.name == "self":
        return [f"self/{label}" for label in pool["self"]]
    special = text.rpartition(".")[2]
    if special in pool:
        return [f"{special}/{label}" for label in pool[special]]
    if parameter.name in pool:  # such as "task" and "case"
        return [f"{parameter.name}/{label}" for label in pool[parameter.name]]
    kinds = next((kinds for words, kinds in KINDS if any(word in text for word in words)), ())
    if "None" in text:
        kinds = (*kinds, "none")
    labels = [f"{kind}/{label}" for kind in kinds for label in pool[kind]]
    return sorted(labels, key=lambda label: label.rpartition("/")[2] != parameter.name)


def is_named(function: Callable, offer: Offer) -> bool:
    """Whether a function's arguments get values of their own names, and objects that have one place only."""
    labels = [label for label in offer if "=" not in label]
    for parameter, label in zip(_list_parameters(function), labels):
        kind, _, key = label.partition("/")
        if kind in ("array", "turned", "number") and key != parameter:
            return False
    return True


@functools.cache
def _list_parameters(function: Callable) -> list[str]:
    return list(inspect.signature(function).parameters)


def look_up(offer: Offer, pool: Pool) -> tuple[list[Any], dict[str, Any]] | None:
    """The arguments of an offer, by position and by name. None if this pool lacks one."""
    given: list[Any] = []
    named: dict[str, Any] = {}
    for label in offer:
        name, equals, rest = label.rpartition("=") if "=" in label else ("", "", label)
        kind, _, key = rest.partition("/")
        if key not in pool.get(kind, {}):
            return None
        value = copied(pool[kind][key])
        if equals:
            named[name] = value
        else:
            given.append(value)
    return given, named
