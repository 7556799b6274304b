"""Recognising a known mistake by its effect: the same wrong numbers on the same inputs."""

import functools
import zlib

import numpy as np

from ..cases import stored
from ..cases.calls import CASES, run
from ..cases.differences import close


def signature(task, function, forward=None):
    """Everything that a function does on the fixed cases of its task, as one float32 vector.

    Per case: shapes and values of all results, then one mark for every input that was written to. A case
    in which the function raises an exception gives a mark for the exception's type.
    """
    return np.concatenate([_signature(task, function, case, forward) for case in CASES[task]]).astype(np.float32)


def _signature(task, function, case, forward):
    try:
        result = run(task, function, case, forward)
        arrays = [np.asarray(value, dtype=np.float64) for value in result.outputs.values()]
    except (Exception, SystemExit) as error:
        return np.array([-1.0, zlib.crc32(type(error).__name__.encode()) % 100_000])
    pieces = [np.concatenate([[array.ndim], array.shape, array.ravel()]) for array in arrays]
    marks = [float(zlib.crc32(name.encode()) % 1000) for name in sorted(result.changed)]
    return np.concatenate([*pieces, [float(len(marks)), *marks, float(result.shares_dout)]])


def same(signature_a, signature_b):
    """Whether two signatures agree, nan and inf included; an answer may work in float32 inside."""
    if signature_a.shape != signature_b.shape:
        return False
    return bool(np.allclose(signature_a, signature_b, rtol=1e-4, atol=1e-5, equal_nan=True))


SAME_RESULTS = {  # tasks that return the same things on the same cases share their known mistakes
    "batchnorm_backward": ("batchnorm_backward", "batchnorm_backward_alt"),
    "batchnorm_backward_alt": ("batchnorm_backward_alt", "batchnorm_backward"),
}


def known_mistakes(task):
    """Triples of a known mistake's table, its name and the vector of one of its variants."""
    for table in SAME_RESULTS.get(task, (task,)):
        for key, known in stored.fingerprints(table).items():
            yield table, key.split("/")[0], known


def recognise(task, observed):
    """The sentence for the known mistake that has exactly the effect in a signature, or None."""
    for table, name, known in known_mistakes(task):
        if same(observed, known):
            return stored.sentences()[table][name]
    return None


# --- one part of an effect at a time --------------------------------------------------------------

WRITTEN = "what it writes to"
SEVERAL = "after several calls"
IN_ORDER = ("batchnorm_backward_staged",)  # what comes after a wrong node is wrong with it


class Effects:
    """The effects of a task's functions, part by part. A part is one output, in one mode where there are two."""

    def __init__(self, task):
        self.task = task
        self.labels = label_outputs(task)
        self.right = {}
        for case, labels in self.labels.items():
            for output, want in stored.expected(task, case).items():
                piece = np.concatenate([[want.ndim], want.shape, want.ravel()])
                self.right.setdefault(labels[output], {})[case] = piece
            self.right.setdefault(WRITTEN, {})[case] = np.zeros(2)

    def split(self, vector):
        """A signature taken apart again: ``{part: {case: piece}}``.

        A piece is the shape and the values in one line; None where the function raises an exception. The part
        ``WRITTEN`` holds the marks of written inputs.
        """
        parts, position = {label: {} for label in self.right}, 0
        for case, labels in self.labels.items():
            if vector[position] == -1:
                position += 2
                for label in (*labels.values(), WRITTEN):
                    parts[label][case] = None
                continue
            for label in labels.values():
                end = position + 1 + int(vector[position])
                end += int(np.prod(vector[position + 1 : end]))
                parts[label][case] = vector[position:end]
                position = end
            end = position + 2 + int(vector[position])
            parts[WRITTEN][case] = vector[position:end]
            position = end
        return parts

    def wrong(self, parts):
        """The names of the parts in which something is wrong, in order; where order tells, the first one only."""
        wrong = [
            label
            for label, pieces in self.right.items()
            if not all(_is_right(parts[label][case], piece) for case, piece in pieces.items())
        ]
        return wrong[:1] if self.task in IN_ORDER else wrong


def label_outputs(task):
    """What a wrong output is called: ``{case: {output: label}}``."""
    tests = {case: "test_mode" in stored.inputs(case) for case in CASES[task]}
    labels = {}
    for case, test in tests.items():
        mode = f" in {'test' if test else 'training'} mode" if any(tests.values()) else ""
        mode = f" {SEVERAL}" if case == "bn_sequence" else mode  # training, then test: the mistakes of both meet there
        node = "node " if task in IN_ORDER else ""
        labels[case] = {output: f"{node}{output}{mode}" for output in stored.expected(task, case)}
    return labels


def _is_right(piece, want):
    return piece is not None and piece.shape == want.shape and (close(piece, want) or same(piece, want))


@functools.cache
def known_effects(task):
    """The known mistakes of a task, taken apart once: their tables, names, pieces and wrong parts."""
    effects = Effects(task)
    taken_apart = ((table, name, effects.split(known)) for table, name, known in known_mistakes(task))
    return [(table, name, pieces, effects.wrong(pieces)) for table, name, pieces in taken_apart]


def recognise_parts(task, observed):
    """The known mistakes that explain a part of an effect each, where the whole is no known one.

    A mistake is said only where the evidence leaves no other: in every case of the part the numbers are exactly as
    wrong as this mistake makes them, it makes nothing wrong that is right here, and no other known mistake does so.

    Returns:
        Dictionary from a sentence to the parts that it explains.
    """
    effects = Effects(task)
    parts = effects.split(observed)
    wrong = effects.wrong(parts)
    candidates = {label: {} for label in wrong if label != WRITTEN and not label.endswith(SEVERAL)}
    for table, name, pieces, its_wrong in known_effects(task):
        if set(its_wrong) <= set(wrong):
            hidden = [label for label in its_wrong if not _agree(parts[label], pieces[label])]
            sentence = stored.sentence_beside_others(table, name)
            for label in set(its_wrong) & set(candidates) - set(hidden):
                candidates[label].setdefault(name, []).append((sentence, hidden))
    in_full = {
        label: [name for name, variants in rows.items() if any(not hidden for _, hidden in variants)]
        for label, rows in candidates.items()
    }
    said = {}
    for label, rows in candidates.items():
        # One that is hidden elsewhere is ruled out where another one, visible in full, explains that elsewhere.
        left = {
            name
            for name, variants in rows.items()
            if name in in_full[label] or any(not any(in_full.get(other) for other in hidden) for _, hidden in variants)
        }
        if len(left) == 1:
            said.setdefault(rows[left.pop()][0][0], []).append(label)
    return said


def _agree(pieces, known):
    """Whether two functions return the same in all cases of a part; exceptions are no evidence."""
    pairs = [(piece, known[case]) for case, piece in pieces.items()]
    return all(piece is not None and other is not None and same(piece, other) for piece, other in pairs)
