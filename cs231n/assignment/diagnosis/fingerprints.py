"""Recognise a known mistake by its effect: the same wrong numbers on the same inputs."""

import functools
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ..cases import stored
from ..cases.closeness import is_close
from ..cases.differences import Differs
from ..cases.outputs import name_outputs
from ..cases.recorded import Call, CallRaised, Calls, to_array
from ..cases.tables import CASES
from .evidence import Known

LARGEST = 1e38  # a larger number in a signature counts as this one
EXCEPTION_MARK = -1.0  # stands in a signature in place of a number of axes

SAME_RESULTS = {  # tasks that return the same results on the same cases share their known mistakes
    "batchnorm_backward": ("batchnorm_backward", "batchnorm_backward_alt"),
    "batchnorm_backward_alt": ("batchnorm_backward_alt", "batchnorm_backward"),
}


def signature(task: str, calls: Calls) -> np.ndarray:
    """Write all effects of an answer on the fixed cases of its task into one float32 vector.

    For each case, the vector holds the shapes and values of all results, then a mark for every input that was written
    to. If the function raises an exception, it holds a mark for the type of the exception.

    Arguments:
        task: the task's name.
        calls: the recorded calls.
    """
    vector = np.concatenate([_case_signature(task, case, calls[case]) for case in CASES[task]])
    large = np.isfinite(vector) & (np.abs(vector) > LARGEST)  # finite: it must not become inf in float32
    return np.where(large, np.sign(vector) * LARGEST, vector).astype(np.float32)


def _case_signature(task: str, case: str, call: Call) -> np.ndarray:
    try:
        outputs = name_outputs(task, case, call)
    except CallRaised as error:
        return _mark_exception(error.raised.kind)
    except Differs:
        return _mark_exception("Differs")
    arrays = [array for array in map(to_array, outputs.values()) if array is not None]
    if len(arrays) < len(outputs):
        return _mark_exception("TypeError")
    marks = [float(zlib.crc32(name.encode()) % 1000) for name in sorted(call.changed)]
    return np.concatenate([*map(_make_piece, arrays), [float(len(marks)), *marks, float(call.shares_dout)]])


def _mark_exception(kind: str) -> np.ndarray:
    return np.array([EXCEPTION_MARK, zlib.crc32(kind.encode()) % 100_000])


def _make_piece(array: np.ndarray) -> np.ndarray:
    """Write an array as one vector: the number of axes, the shape, the values."""
    return np.concatenate([[array.ndim], array.shape, array.ravel()])


def same(signature_a: np.ndarray, signature_b: np.ndarray) -> bool:
    """Whether two signatures agree, nan and inf included. The tolerance allows for an answer that uses float32."""
    if signature_a.shape != signature_b.shape:
        return False
    return bool(np.allclose(signature_a, signature_b, rtol=1e-4, atol=1e-5, equal_nan=True))


def list_known_mistakes(task: str) -> Iterator[tuple[str, str, np.ndarray]]:
    """List all variants of a task's known mistakes: the task that the mistake belongs to, its name, its signature."""
    for table in SAME_RESULTS.get(task, (task,)):
        for key, known in stored.fingerprints(table).items():
            yield table, key.split("/")[0], known


def recognise(task: str, observed: np.ndarray) -> Known | None:
    """Find the known mistake that has exactly the effect in a signature, or None."""
    for table, name, known in list_known_mistakes(task):
        if same(observed, known):
            return Known(name, stored.sentences()[table][name])
    return None


# --- one part of an effect at a time --------------------------------------------------------------

WRITTEN_INPUTS = "what it writes to"
AFTER_SEVERAL_CALLS = "after several calls"
ORDERED_TASKS = ("batchnorm_backward_staged",)  # each node depends on the ones before: a wrong one spoils the rest

Pieces = dict[str, np.ndarray | None]  # for each case: shape and values of an output, or None after an exception


class Effects:
    """Splits the signatures of a task into parts. A part is one output, in one mode if there are two modes.

    Attributes:
        task: the task's name.
        labels: ``{case: {output: name of its part}}``.
        right: the right pieces, ``{part: {case: piece}}``.
    """

    def __init__(self, task: str) -> None:
        self.task = task
        self.labels = label_outputs(task)
        self.right: dict[str, dict[str, np.ndarray]] = {}
        for case, labels in self.labels.items():
            for output, want in stored.expected(task, case).items():
                self.right.setdefault(labels[output], {})[case] = _make_piece(want)
            self.right.setdefault(WRITTEN_INPUTS, {})[case] = np.zeros(2)

    def split(self, vector: np.ndarray) -> dict[str, Pieces]:
        """Split a signature into its parts.

        Returns:
            ``{part: {case: piece}}``. A piece holds the shape and the values of an output; it is None if the function
            raised an exception. The part ``WRITTEN_INPUTS`` holds the marks of the inputs that were written to.
        """
        parts: dict[str, Pieces] = {label: {} for label in self.right}
        position = 0
        for case, labels in self.labels.items():
            if vector[position] == EXCEPTION_MARK:
                position += 2
                for label in (*labels.values(), WRITTEN_INPUTS):
                    parts[label][case] = None
                continue
            for label in labels.values():
                end = position + 1 + int(vector[position])
                end += int(np.prod(vector[position + 1 : end]))
                parts[label][case] = vector[position:end]
                position = end
            end = position + 2 + int(vector[position])
            parts[WRITTEN_INPUTS][case] = vector[position:end]
            position = end
        return parts

    def wrong(self, parts: dict[str, Pieces]) -> list[str]:
        """The names of the wrong parts, in order; for a task in ``ORDERED_TASKS`` the first one only."""
        wrong = [
            label
            for label, pieces in self.right.items()
            if not all(_is_right(parts[label][case], piece) for case, piece in pieces.items())
        ]
        return wrong[:1] if self.task in ORDERED_TASKS else wrong


def label_outputs(task: str) -> dict[str, dict[str, str]]:
    """Name the part that each output belongs to: ``{case: {output: name}}``."""
    in_test_mode = {case: "test_mode" in stored.inputs(case) for case in CASES[task]}
    labels = {}
    for case, test in in_test_mode.items():
        mode = f" in {'test' if test else 'training'} mode" if any(in_test_mode.values()) else ""
        if case == "bn_sequence":  # training mode, then test mode: mistakes in either one show here
            mode = f" {AFTER_SEVERAL_CALLS}"
        node = "node " if task in ORDERED_TASKS else ""
        labels[case] = {output: f"{node}{output}{mode}" for output in stored.expected(task, case)}
    return labels


def _is_right(piece: np.ndarray | None, want: np.ndarray) -> bool:
    return piece is not None and piece.shape == want.shape and (is_close(piece, want) or same(piece, want))


@functools.cache
def list_known_effects(task: str) -> list[tuple[str, str, dict[str, Pieces], list[str]]]:
    """Split the signatures of a task's known mistakes, once.

    Returns:
        For every variant of a mistake: the task that it belongs to, its name, its parts, and the wrong ones of them.
    """
    effects = Effects(task)
    known = ((table, name, effects.split(vector)) for table, name, vector in list_known_mistakes(task))
    return [(table, name, parts, effects.wrong(parts)) for table, name, parts in known]


@dataclass(frozen=True)
class _Candidate:
    """A known mistake that may explain a wrong part.

    Attributes:
        known: the mistake, with what a tutor says about it beside other mistakes.
        hidden: other parts that the mistake makes wrong, but whose numbers differ here.
    """

    known: Known
    hidden: tuple[str, ...]


def recognise_parts(task: str, observed: np.ndarray) -> dict[Known, list[str]]:
    """Name the known mistakes behind an effect that no single known mistake has. Each one explains a part.

    A mistake is named for a part only if three things hold. In every case of the part, the numbers are exactly as wrong
    as this mistake makes them. The mistake makes nothing wrong that is right here. And no other known mistake does so.

    Returns:
        The parts that each mistake explains, by mistake.
    """
    candidates = _find_candidates(task, observed)
    in_full = {
        part: {candidate.known.id for candidate in found if not candidate.hidden} for part, found in candidates.items()
    }
    named: dict[Known, list[str]] = {}
    for part, found in candidates.items():
        # Drop a mistake that only partly matches if another one, which matches in full, explains the rest.
        left = {
            candidate.known.id
            for candidate in found
            if candidate.known.id in in_full[part] or not any(in_full.get(other) for other in candidate.hidden)
        }
        if len(left) == 1:
            known = next(candidate.known for candidate in found if candidate.known.id in left)
            named.setdefault(known, []).append(part)
    return named


def _find_candidates(task: str, observed: np.ndarray) -> dict[str, list[_Candidate]]:
    """Find the known mistakes that make a part exactly as wrong as it is, and nothing wrong that is right.

    Returns:
        The candidates for every wrong part. Written inputs, and outputs of several calls, are left out.
    """
    effects = Effects(task)
    parts = effects.split(observed)
    wrong = effects.wrong(parts)
    candidates: dict[str, list[_Candidate]] = {
        part: [] for part in wrong if part != WRITTEN_INPUTS and not part.endswith(AFTER_SEVERAL_CALLS)
    }
    for table, name, known_parts, known_wrong in list_known_effects(task):
        if not set(known_wrong) <= set(wrong):
            continue
        hidden = tuple(part for part in known_wrong if not _pieces_agree(parts[part], known_parts[part]))
        candidate = _Candidate(Known(name, stored.sentence_beside_others(table, name)), hidden)
        for part in set(known_wrong) & set(candidates) - set(hidden):
            candidates[part].append(candidate)
    return candidates


def _pieces_agree(pieces: Pieces, known: Pieces) -> bool:
    """Whether two functions return the same in all cases of a part. Exceptions never agree: they are no evidence."""
    pairs = [(piece, known[case]) for case, piece in pieces.items()]
    return all(piece is not None and other is not None and same(piece, other) for piece, other in pairs)
