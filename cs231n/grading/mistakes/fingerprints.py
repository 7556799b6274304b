"""Build the data that check() uses: fixed inputs, right outputs, and the effects of known mistakes.

`build` writes them to ``expected.npz`` and ``mistakes.json`` in ``cs231n/assignment/cases/``. These files hold numbers
and sentences only, so a release can contain them and give no solution away.
"""

import functools
import inspect
import io
import json
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from ... import layers
from ...assignment.actions import TASKS
from ...assignment.cases import stored
from ...assignment.cases.calls import call, make_adam_config, quietly, record_call
from ...assignment.cases.outputs import name_outputs
from ...assignment.cases.tables import CASES
from ...assignment.cases.variants import list_all_cases
from ...assignment.diagnosis.adam_rules import OTHER_DEFAULTS
from ...assignment.diagnosis.fingerprints import SAME_RESULTS, same, signature
from ...assignment.saving.installed import FORWARD_OF
from ...support import commands
from ...support.whole_files import written_whole
from .batchnorm_backward_staged import IN_ONE_PIECE
from .catalogue import MISTAKES
from .fixed_inputs import Arrays, make_all_inputs
from .mistake import Mistake, Variant
from .openings import OPENINGS, remove_opening


def build() -> None:
    """Write the two data files. The same sources give the same bytes.

    Raises:
        ValueError: if a known mistake cannot be told from a right answer or another mistake, see
            `compute_fingerprints`.
    """
    inputs = make_all_inputs()
    for case in inputs:
        if case.startswith("bn_") and "test_mode" not in inputs[case] and inputs[case]["x"].ndim == 2:
            inputs[case] |= compute_cache(inputs[case])
    arrays = {f"inputs/{case}/{name}": array for case, named in inputs.items() for name, array in named.items()}
    stored.add(arrays)
    arrays |= compute_right_outputs()
    arrays |= compute_for_rules()
    arrays |= compute_fingerprints()
    packed = io.BytesIO()
    np.savez_compressed(packed, **stored.pack(arrays))  # type: ignore[arg-type]
    text = json.dumps(collect_sentences(), indent=1, ensure_ascii=False) + "\n"
    write_if_changed(stored.EXPECTED, packed.getvalue())
    write_if_changed(stored.MISTAKES, text.encode())
    stored.forget()


def collect_sentences() -> dict[str, dict[str, dict[str, str]]]:
    """The content of ``mistakes.json``: what check() says of each mistake, alone and beside other mistakes.

    Returns:
        Two tables, each ``{task: {mistake: sentence}}``. ``"sentences"`` has every mistake. ``"beside_others"`` has
        only the mistakes whose sentence is another one if the answer has more than one mistake.
    """
    sentences: dict[str, dict[str, str]] = {task: {} for task in TASKS}
    beside_others: dict[str, dict[str, str]] = {}
    for mistake in MISTAKES:
        sentences[mistake.task][mistake.id] = mistake.sentence
    for task, name in OPENINGS:
        beside_others.setdefault(task, {})[name] = remove_opening(task, name, sentences[task][name])
    return {"sentences": sentences, "beside_others": beside_others}


def write_if_changed(path: Path, content: bytes) -> None:
    """Write a file whole or not at all, since a notebook may be reading it."""
    if path.exists() and path.read_bytes() == content:
        return
    with written_whole(path) as file:
        file.write(content)


def reference(task: str) -> Callable[..., Any]:
    """Return the library's function for a task."""
    return getattr(import_module(TASKS[task].module), task)


def forward_for(task: str) -> Callable[..., Any] | None:
    """Return the library's forward pass that makes the cache for a backward task. None for another task."""
    return reference(FORWARD_OF[task]) if task in FORWARD_OF else None


def compute_cache(inputs: Arrays) -> Arrays:
    """Compute the variance, mean and x_hat of a batch, as in the documented cache of batchnorm_forward."""
    param = {"mode": "train", "eps": float(inputs.get("eps", 1e-5))}
    _, cache = layers.batchnorm_forward(inputs["x"], inputs["gamma"], inputs["beta"], param)
    return {name: round_to_twelve_digits(array) for name, array in zip(("var", "mu", "x_hat"), cache[3:6])}


def compute_right_outputs() -> Arrays:
    """Compute what the library's functions return on every case of every task."""
    arrays = {}
    for task in CASES:
        for case in list_all_cases(task):
            result = call(task, reference(task), case, stored.inputs(case), forward_for(task))
            assert not result.changed and not result.shares_dout, f"the library's {task} writes to {result.changed}"
            for name, value in name_outputs(task, case, result).items():
                arrays[f"expected/{task}/{case}/{name}"] = round_to_twelve_digits(np.asarray(value))
    return arrays


def compute_for_rules() -> Arrays:
    """Compute what the rules about softmax and adam compare with, so that a release need not hold the computation."""
    arrays: Arrays = {}
    for case in list_all_cases("softmax_loss"):
        p = np.asarray(reference("softmax")(stored.inputs(case)["x"]))
        arrays[f"expected/softmax/{case}/p"] = round_to_twelve_digits(p)
    for case in list_all_cases("adam"):
        if case != "adam_two":
            steps = take_adam_steps(stored.inputs(case), make_adam_config(stored.inputs(case)))
            arrays |= {f"moments/{case}/{name}": round_to_twelve_digits(steps[name]) for name in ("m", "v")}
    for name, numbers in OTHER_DEFAULTS.items():
        for number in numbers:
            next_w = take_adam_steps(stored.inputs("adam_default"), {name: number})["next_w"]
            arrays[f"other_default/{name}/{number:g}"] = round_to_twelve_digits(next_w)
    return arrays


def take_adam_steps(inputs: Arrays, config: dict[str, Any] | None) -> Arrays:
    """Take the steps of a case with the library's adam. Return next_w, m and v after each step, stacked."""
    w, steps = inputs["w"], []
    for dw in inputs["dw"]:
        w, config = reference("adam")(w, dw, config)
        assert config is not None
        steps.append((w, config["m"], config["v"]))
    return {name: np.stack(arrays) for name, arrays in zip(("next_w", "m", "v"), zip(*steps))}


def round_to_twelve_digits(array: np.ndarray) -> np.ndarray:
    """Round to twelve significant digits, so that every machine makes the same file. Whole numbers become int64."""
    if array.dtype.kind != "f":
        return array.astype(np.int64)
    return np.array([float(f"{value:.12g}") for value in array.ravel()], dtype=np.float64).reshape(array.shape)


@functools.cache  # Python looks for the end of a function's source at every call, which takes milliseconds
def source_of(function: Callable[..., Any]) -> str:
    """Return the source of a function of the library."""
    return inspect.getsource(function)


def mistaken(mistake: Mistake, edits: Variant) -> Callable[..., Any]:
    """Make the library's function with a mistake in it.

    Arguments:
        mistake: the known mistake.
        edits: one of its variants: pairs of an old and a new piece of source.

    Raises:
        ValueError: if an old piece of source does not occur exactly once in the function.
    """
    source = source_of(reference(mistake.task))
    for old, new in edits:
        if source.count(old) != 1:
            raise ValueError(f"{mistake.task}/{mistake.id}: {old!r} occurs {source.count(old)} times, not once")
        source = source.replace(old, new)
    namespace: dict[str, Any] = {"np": np, "layers": layers}
    exec(compile(source, f"<{mistake.id}>", "exec"), namespace)
    return namespace[mistake.task]


def compute_fingerprints() -> Arrays:
    """Compute the signature of every variant of every mistake. Variants with the same effect share one.

    Raises:
        ValueError: if a mistake changes nothing on the fixed inputs, or raises an exception on all of them, or if two
            mistakes with different names have the same effect.
    """
    arrays: Arrays = {}
    problems: list[str] = []
    with quietly():
        right = {task: compute_signature(task, reference(task)) for task in CASES}
        for key, task, function in [*make_mistaken_functions(), *make_staged_mistakes_in_one_piece()]:
            vector = compute_signature(task, function)
            known = [other for other in arrays if are_looked_up_together(key, other) and same(vector, arrays[other])]
            if vector.size == 2 * len(CASES[task]):  # only marks of exceptions: the edit is not valid
                problems.append(f"{key} raises an exception on every fixed input")
            if same(vector, right[task]):
                problems.append(f"{key} changes nothing on the fixed inputs")
            problems += [
                f"{key} and {other} have the same effect: make them variants of one row"
                for other in known
                if other.split("/")[2] != key.split("/")[2]
            ]
            if not known:  # store one fingerprint per effect
                arrays[key] = vector
    if problems:
        raise ValueError("\n".join(problems))
    return arrays


def compute_signature(task: str, function: Callable[..., Any]) -> np.ndarray:
    """Compute the signature of a function, with the cache of the library's forward pass."""
    forward = forward_for(task)
    return signature(task, {case: record_call(task, function, case, forward) for case in CASES[task]})


def make_mistaken_functions() -> Iterator[tuple[str, str, Callable[..., Any]]]:
    """Yield every variant of every mistake: its key in the data file, its task, and the wrong function."""
    for mistake in MISTAKES:
        for number, edits in enumerate(mistake.variants):
            yield f"mistakes/{mistake.task}/{mistake.id}/{number}", mistake.task, mistaken(mistake, edits)


def make_staged_mistakes_in_one_piece() -> Iterator[tuple[str, str, Callable[..., Any]]]:
    """Yield the mistakes of the staged backward pass as answers to batchnorm_backward.

    A student may compute as in the staged version, but return only dx, dgamma and dbeta. The items are those of
    `make_mistaken_functions`.
    """
    for key, task, staged in make_mistaken_functions():
        if task == "batchnorm_backward_staged":
            _, _, staged_name, number = key.split("/")
            name = IN_ONE_PIECE.get((staged_name, int(number)), staged_name)
            if name:
                yield f"mistakes/batchnorm_backward/{name}/staged {number}", "batchnorm_backward", in_one_piece(staged)


def in_one_piece(staged: Callable[..., Any]) -> Callable[..., Any]:
    """Make `batchnorm_backward` from a staged backward pass: the same computation, but it returns three arrays."""

    def batchnorm_backward(dout: np.ndarray, cache: Any) -> tuple[Any, Any, Any]:
        nodes = staged(dout, cache)
        return nodes["dx"], nodes["dgamma"], nodes["dbeta"]

    return batchnorm_backward


def are_looked_up_together(key_a: str, key_b: str) -> bool:
    """Whether check() compares a wrong answer to the task of `key_a` with both fingerprints."""
    task_a, task_b = key_a.split("/")[1], key_b.split("/")[1]
    return task_b in SAME_RESULTS.get(task_a, (task_a,))


if __name__ == "__main__":
    sys.exit(commands.run(build))
