"""Build the data that check() works from: fixed inputs, right outputs, the outputs of known mistakes.

Written to ``cs231n/assignment/cases/expected.npz`` and ``mistakes.json``, numbers and sentences only: a release carries
them without carrying any solution.
"""

import inspect
import io
import json
import sys
from importlib import import_module

import numpy as np

from ... import layers
from ...assignment.actions import TASKS
from ...assignment.cases import stored
from ...assignment.cases.calls import CASES, quietly, run
from ...assignment.diagnosis.fingerprints import SAME_RESULTS, same, signature
from ...assignment.diagnosis.smallest_example import SMALL_CASES
from ...assignment.saving.installed import FORWARD_OF
from ...support.whole_files import written_whole
from .batchnorm_backward import IN_ONE_PIECE
from .catalogue import MISTAKES
from .fixed_inputs import all_inputs
from .openings import OPENINGS, remove_opening


def build():
    """Write the two data files; the same sources give the same bytes."""
    inputs = all_inputs()
    for case in inputs:
        if case.startswith("bn_") and "test_mode" not in inputs[case] and inputs[case]["x"].ndim == 2:
            inputs[case] |= documented_cache(inputs[case])
    arrays = {f"inputs/{case}/{name}": array for case, named in inputs.items() for name, array in named.items()}
    stored.add(arrays)
    arrays |= right_outputs()
    arrays |= mistakes_outputs()
    packed = io.BytesIO()
    np.savez_compressed(packed, **stored.pack(arrays))
    text = json.dumps(mistakes_sentences(), indent=1, ensure_ascii=False) + "\n"
    write_if_changed(stored.EXPECTED, packed.getvalue())
    write_if_changed(stored.MISTAKES, text.encode())
    stored.forget()


def mistakes_sentences() -> dict[str, dict[str, dict[str, str]]]:
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


def write_if_changed(path, content):
    """Write bytes at once or not at all: a notebook may be reading the file."""
    if path.exists() and path.read_bytes() == content:
        return
    with written_whole(path) as file:
        file.write(content)


def reference(task):
    """The library's function for a task."""
    return getattr(import_module(TASKS[task].module), task)


def forward_for(task):
    """The library's forward pass that a backward task's cache comes from, or None."""
    return reference(FORWARD_OF[task]) if task in FORWARD_OF else None


def documented_cache(inputs):
    """Mean, variance and x_hat of a batch, as the documented cache of batchnorm_forward holds them."""
    param = {"mode": "train", "eps": float(inputs.get("eps", 1e-5))}
    _, cache = layers.batchnorm_forward(inputs["x"], inputs["gamma"], inputs["beta"], param)
    return {name: rounded(array) for name, array in zip(("var", "mu", "x_hat"), cache[3:6])}


def right_outputs():
    """What the library's functions return on every case of every task."""
    arrays = {}
    for task, cases in CASES.items():
        for case in (*cases, *SMALL_CASES.get(task, ())):
            result = run(task, reference(task), case, forward_for(task))
            assert not result.changed and not result.shares_dout, f"the library's {task} writes to {result.changed}"
            for name, value in result.outputs.items():
                arrays[f"expected/{task}/{case}/{name}"] = rounded(np.asarray(value))
    return arrays


def rounded(array):
    """Twelve significant digits: the last bits differ between machines, the committed bytes should not."""
    if array.dtype.kind != "f":
        return array.astype(np.int64)
    return np.array([float(f"{value:.12g}") for value in array.ravel()], dtype=np.float64).reshape(array.shape)


def mistaken(mistake, edits):
    """The library's function with a mistake in it.

    Arguments:
        mistake: a `Mistake`.
        edits: one of its variants, pairs of an old and a new piece of source; each old piece occurs exactly once.
    """
    source = inspect.getsource(reference(mistake.task))
    for old, new in edits:
        if source.count(old) != 1:
            raise ValueError(f"{mistake.task}/{mistake.id}: {old!r} occurs {source.count(old)} times, not once")
        source = source.replace(old, new)
    namespace = {"np": np, "layers": layers}
    exec(compile(source, f"<{mistake.id}>", "exec"), namespace)
    return namespace[mistake.task]


def mistakes_outputs():
    """The signature of every variant of every mistake.

    Raises:
        ValueError: when a mistake changes nothing on the fixed inputs, never gets that far, or two have the same
            effect.
    """
    arrays, problems = {}, []
    with quietly():
        right = {task: signature(task, reference(task), forward_for(task)) for task in CASES}
        for key, task, function in [*mistaken_functions(), *staged_in_one_piece()]:
            vector = signature(task, function, forward_for(task))
            known = [other for other in arrays if looked_up_together(key, other) and same(vector, arrays[other])]
            if vector.size == 2 * len(CASES[task]):  # nothing but marks: a slip in the edit, or no name
                problems.append(f"{key} raises an exception on every fixed input")
            if same(vector, right[task]):
                problems.append(f"{key} changes nothing on the fixed inputs")
            problems += [
                f"{key} and {other} have the same effect: give them one name"
                for other in known
                if other.split("/")[2] != key.split("/")[2]
            ]
            if not known:  # one fingerprint is enough for one effect
                arrays[key] = vector
    if problems:
        raise ValueError("\n".join(problems))
    return arrays


def mistaken_functions():
    """Every variant of every mistake: its key in the data file, its task, and the function that makes it."""
    for mistake in MISTAKES:
        for number, edits in enumerate(mistake.variants):
            yield f"mistakes/{mistake.task}/{mistake.id}/{number}", mistake.task, mistaken(mistake, edits)


def staged_in_one_piece():
    """The staged backward pass's mistakes, made in an answer that returns dx, dgamma and dbeta alone."""
    for key, task, staged in mistaken_functions():
        if task == "batchnorm_backward_staged":
            _, _, name, number = key.split("/")
            name = IN_ONE_PIECE.get((name, int(number)), name)
            if name:
                yield f"mistakes/batchnorm_backward/{name}/staged {number}", "batchnorm_backward", in_one_piece(staged)


def in_one_piece(staged):
    """A staged backward pass as `batchnorm_backward`: the same computation, three of its nodes returned."""

    def batchnorm_backward(dout, cache):
        nodes = staged(dout, cache)
        return nodes["dx"], nodes["dgamma"], nodes["dbeta"]

    return batchnorm_backward


def looked_up_together(key_a, key_b):
    """Whether a wrong answer to one task is compared with both fingerprints."""
    task_a, task_b = key_a.split("/")[1], key_b.split("/")[1]
    return task_b in SAME_RESULTS.get(task_a, (task_a,))


if __name__ == "__main__":
    sys.exit(build())
