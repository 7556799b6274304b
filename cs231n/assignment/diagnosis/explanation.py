"""What check() adds to the lines of its properties: the name of the mistake, or where it shows, and an example."""

import numpy as np

from ..cases import stored
from ..cases.calls import CASES, run
from ..cases.differences import close
from .fingerprints import IN_ORDER, recognise, recognise_parts, signature
from .smallest_example import smallest_example

SMALL_EPS = 1e-4
_MIXED = "bn_sequence"  # training mode, then test mode: its out is of test mode
_SCALAR = ("num_sum_of_squares", "num_log_sum_exp")
TRAITS = (  # what some of the cases have in common, how the others are called, and the test of a case's inputs
    ("in test mode", "in training mode", lambda case, inputs: "test_mode" in inputs or case == _MIXED),
    ("in training mode", "in test mode", lambda case, inputs: "test_mode" not in inputs and case != _MIXED),
    ("for a batch of one", "for larger ones", lambda case, inputs: stored.rows(case) == 1),
    ("where eps is large (0.1 and more)", "where it is 1e-5", lambda case, inputs: _eps(inputs) > SMALL_EPS),
    (
        "where eps counts (it is large, or a feature hardly varies)",
        "where it does not",
        lambda case, inputs: _eps(inputs) > SMALL_EPS or case == "bn_constant",
    ),
    ("where a feature hardly varies over the batch", "elsewhere", lambda case, inputs: case == "bn_constant"),
    ("where there are as many rows as features", "elsewhere", lambda case, inputs: case.endswith("square")),
    ("where x has more than two axes", "where it has two", lambda case, inputs: np.ndim(inputs.get("x")) > 2),
    ("where scores are large, or far apart", "where they are not", lambda case, inputs: _size(inputs) > 30),
    ("where a probability is 0 or 1", "elsewhere", lambda case, inputs: case == "p_saturated"),
    ("where f returns an array", "where it returns a number", lambda case, inputs: case not in _SCALAR),
    ("where df is given", "where it is None", lambda case, inputs: "df" in inputs),
    ("where h is given", "where it is left out", lambda case, inputs: case == "num_step"),
    ("where f returns x, or a view of it", "elsewhere", lambda case, inputs: case in ("num_identity", "num_view")),
    ("where x is not of float64", "where it is", lambda case, inputs: case in ("num_integer", "num_float32")),
    ("where x holds integers", "where it does not", lambda case, inputs: case == "num_integer"),
    ("where config is given", "where it is None", lambda case, inputs: case in ("adam_sequence", "adam_resumed")),
    ("where m, v and t are given", "where they start from nothing", lambda case, inputs: case == "adam_resumed"),
)


def _eps(inputs):
    return float(inputs.get("eps", 1e-5))


def _size(inputs):
    return np.max(np.abs(inputs["x"])) if "x" in inputs else 0.0


def explain(task, function, forward=None):
    """What is certain about a wrong answer.

    A known mistake whose effect this is, by name. Else whatever can be said: on which cases a result is wrong,
    the known mistakes that explain some of the results, and the smallest example for the others.

    Arguments:
        task, function, forward: as for `runs.run`.

    Returns:
        Lines to print.
    """
    observed = signature(task, function, forward)
    sentence = recognise(task, observed)
    if sentence:
        return [f"This looks like: {sentence}"]
    known = recognise_parts(task, observed)
    lines = [f"As for {_and(parts)}, this looks like: {text}" for text, parts in known.items()]
    explained = {word for parts in known.values() for part in parts for word in part.split()[:2]}
    if not (known and task in IN_ORDER):
        lines += smallest_example(task, function, forward, explained)
    return where(task, function, forward) + lines


def where(task, function, forward=None):
    """On which cases each result is wrong, where that is a kind of case: lines to print.

    Nothing is said of a result that is wrong in one case of the kind only, or elsewhere too, or of a wrong type.
    """
    wrong, types = {}, set()
    for case in CASES[task]:
        found, mistyped = _wrong_outputs(task, function, case, forward)
        types |= mistyped
        if case == _MIXED:  # from wrong statistics its out is wrong anyway
            found = {} if found["running_mean"] or found["running_var"] else {"out": found["out"]}
        for name, is_wrong in found.items():
            wrong.setdefault(name, {})[case] = is_wrong
    if task in IN_ORDER:
        wrong = dict([(name, cases) for name, cases in wrong.items() if any(cases.values())][:1])
    found = {}
    for name, cases in wrong.items():
        trait = trait_of(cases)
        if name in types or trait is None:
            continue
        if not (name.startswith("running") and "mode" in trait[0]):  # test mode leaves these alone anyway
            found.setdefault(trait, []).append(name)
    return [
        f"Where: {_and(names)} {'is' if len(names) == 1 else 'are'} wrong only {trait}, and right {others}"
        for (trait, others), names in found.items()
    ]


def _wrong_outputs(task, function, case, forward):
    """For each result by name: is it wrong? All are where the function raises an exception. And those of a wrong type.

    A right number in a list, or in an array of integers, is neither right nor at fault for the reasons of a kind of
    case.
    """
    want = stored.expected(task, case)
    try:
        got = run(task, function, case, forward).outputs
    except (Exception, SystemExit):
        return dict.fromkeys(want, True), set()
    wrong = {name: not _right(got[name], value) for name, value in want.items()}
    return wrong, {name for name, value in want.items() if not _is_array(got[name], value)}


def _is_array(got, want):
    """Whether a result is of a type that is asked for, whatever its shape."""
    try:
        array = np.asarray(got)
    except Exception:  # rows of different lengths, or a type of the student's own
        return False
    numbers = "f" if np.asarray(want).dtype.kind == "f" else "fiub"
    return not isinstance(got, (list, tuple, dict, str)) and got is not None and array.dtype.kind in numbers


def _right(got, want):
    try:
        return close(got, want) or bool(np.array_equal(np.asarray(got, dtype=np.float64), want, equal_nan=True))
    except Exception:  # no array, or a type of the student's own
        return False


def trait_of(wrong):
    """The trait that the wrong cases have and the right ones have not, or None; cases to whether they are wrong."""
    if all(wrong.values()) or not any(wrong.values()):
        return None
    for trait, others, has in TRAITS:
        if all(bool(has(case, stored.inputs(case))) == is_wrong for case, is_wrong in wrong.items()):
            return trait, others
    return None


def _and(names):
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
