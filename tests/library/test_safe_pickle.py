"""Tests of `load_pickle`: it reads CIFAR-10's pickles, and never runs code from a forged one."""

import io
import pickle
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cs231n.data_utils import load_CIFAR10, load_pickle
from tests.helpers.cifar_files import python_batch, random_images, write_folder

IMAGES, LABELS = random_images(12)  # two images per file


def test_a_pickle_cut_short_anywhere_is_refused(tmp_path):
    whole = python_batch(IMAGES[:1], LABELS[:1])
    path = write_folder(tmp_path, "python", IMAGES, LABELS) / "data_batch_2"
    for size in [*range(0, 100), len(whole) // 2, len(whole) - 1]:
        path.write_bytes(whole[:size])
        with pytest.raises(pickle.UnpicklingError, match="data_batch_2 is not a whole pickle"):
            load_CIFAR10(tmp_path)


@pytest.mark.parametrize("protocol", [2, 3, 4])
def test_pickles_of_python_3_are_read_too(protocol):
    X, labels = IMAGES.reshape(12, -1), LABELS.tolist()
    content = load_pickle(io.BytesIO(pickle.dumps({"data": X, "labels": labels, "raw": b"\x00\xff"}, protocol)))
    assert np.array_equal(content["data"], X) and content["labels"] == labels and content["raw"] == b"\x00\xff"
    assert type(content["data"]) is np.ndarray and content["data"].flags.writeable
    assert np.array_equal(load_pickle(io.BytesIO(pickle.dumps(np.asfortranarray(X), protocol))), X)


class Run:
    """The pickle of this object calls a function when it is loaded."""

    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


FORGED = {
    "os.system": lambda mark: pickle.dumps({"data": Run(__import__("os").system, f"touch {mark}")}),
    "builtins.exec": lambda mark: pickle.dumps(Run(exec, f"open({str(mark)!r}, 'w')"), 4),
    "__builtin__.eval": lambda mark: b"c__builtin__\neval\n(S'open(%r, \"w\")'\ntR." % str(mark),
    "io.open": lambda mark: pickle.dumps(Run(open, str(mark), "w")),
    "pathlib.Path.touch": lambda mark: pickle.dumps(Run(Path.touch, mark), 4),
    "numpy.save": lambda mark: pickle.dumps(Run(np.save, str(mark), 1)),
    "a dotted name": lambda mark: b"\x80\x04\x8c\x05numpy\x8c\x0fndarray.tofile\x93.",
    "another codec": lambda mark: b"\x80\x02c_codecs\nencode\nX\x01\x00\x00\x00aX\x03\x00\x00\x00hex\x86R.",
    "an extension": lambda mark: b"\x80\x02\x82\x01.",
    "a persistent id": lambda mark: b"Pfile\n.",
    "attributes of a stand-in": lambda mark: b"\x80\x02c_codecs\nencode\nN}X\x07\x00\x00\x00__doc__K\x01s\x86b.",
    "an object dtype": lambda mark: python_batch(IMAGES[:1], LABELS[:1], dtype=b"U\x02O8"),
    "no dtype": lambda mark: re.sub(
        rb"cnumpy\ndtype.*?tb", b"N", python_batch(IMAGES[:1], LABELS[:1]), flags=re.DOTALL
    ),
    "another class": lambda mark: pickle.dumps(pytest.approx),
}


@pytest.mark.parametrize("kind", FORGED)
def test_a_forged_pickle_is_refused_and_nothing_of_it_runs(tmp_path, kind):
    mark = tmp_path / "mark"
    content = FORGED[kind](mark)
    path = write_folder(tmp_path / "cifar", "python", IMAGES, LABELS) / "data_batch_5"
    path.write_bytes(content)
    with open(path, "rb") as file, pytest.raises(pickle.UnpicklingError, match="data_batch_5 "):
        load_pickle(file)
    with pytest.raises(pickle.UnpicklingError, match="data_batch_5 ") as refused:
        load_CIFAR10(path.parent)
    assert isinstance(refused.value, ValueError), "compare and other commands print a ValueError in one line"
    assert not mark.exists() and not mark.with_suffix(".npy").exists()
    path.write_bytes(python_batch(IMAGES[8:10], LABELS[8:10]))  # and the next file can still be read
    assert np.array_equal(load_CIFAR10(path.parent)[1], LABELS[:10])


@given(st.integers(0, 3000), st.integers(0, 255))
def test_a_changed_byte_gives_an_answer_or_a_clear_error(at, value):
    content = bytearray(python_batch(IMAGES[:1], LABELS[:1]))
    content[min(at, 400) if at % 2 else at] = value
    try:
        load_pickle(io.BytesIO(bytes(content)))
    except pickle.UnpicklingError:
        pass


def test_the_forgeries_do_run_without_protection(tmp_path):
    """Python's own unpickler would run the code, so the tests above mean something."""
    mark = tmp_path / "mark"
    pickle.loads(FORGED["os.system"](mark))
    assert mark.exists()
