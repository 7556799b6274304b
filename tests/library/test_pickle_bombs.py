"""Tests of pickles of a few bytes that ask for much memory or time: they are refused, and get neither."""

import io
import pickle
import struct
import tracemalloc

import numpy as np
import pytest

from cs231n.cifar import safe_pickle
from cs231n.data_utils import load_pickle
from tests.helpers.cifar_files import python_batch, random_images

MB = 2**20


def length(code, format, value):
    """An instruction that names a length or a place, and nothing behind it."""
    return b"\x80\x05" + code + struct.pack(format, value) + b"."


ENCODE = b"c_codecs\nencode\nq\x01"
TEXT = b"X" + struct.pack("<I", 1000) + 1000 * b"a" + b"q\x02"
ARGUMENTS = TEXT + b"X\x06\x00\x00\x00latin1\x86q\x03"
SHARED_TUPLES = b"N\x85q\x00" + 60 * b"h\x00h\x00\x86q\x00"  # each holds the one before it twice
BOMBS = {
    "place 2**28": b"\x80\x02Nr\x00\x00\x00\x10.",
    "place 2**32 - 1": length(b"Nr", "<I", 2**32 - 1),
    "place 10**30": b"Np" + b"1" + 30 * b"0" + b"\n.",
    "place of 5,000 digits": b"Np" + 5000 * b"1" + b"\n.",
    "BINSTRING": length(b"T", "<i", 2**31 - 1),
    "BINUNICODE": length(b"X", "<I", 2**32 - 1),
    "BINUNICODE8": length(b"\x8d", "<Q", 2**40),
    "BINUNICODE8, 2**63": length(b"\x8d", "<Q", 2**63),
    "BINBYTES": length(b"B", "<I", 2**32 - 1),
    "BINBYTES8": length(b"\x8e", "<Q", 2**40),
    "BINBYTES8, 2**64 - 1": length(b"\x8e", "<Q", 2**64 - 1),
    "BYTEARRAY8": length(b"\x96", "<Q", 2**40),
    "LONG4": length(b"\x8b", "<i", 2**31 - 1),
    "LONG1": b"\x80\x02\x8a\xff.",
    "FRAME": length(b"\x95", "<Q", 2**60)[:-1],
    "LONG of 5,000 digits": b"L" + 5000 * b"9" + b"L\n.",
    "DUP": b"]" + 60 * b"2a" + b".",
    "nested tuples as a key": b"}" + SHARED_TUPLES + b"Ns.",
    "nested tuples as a key of several": b"}(" + SHARED_TUPLES + b"Nu.",
    "nested tuples as a key from the start": b"(" + SHARED_TUPLES + b"Nd.",
    "nested tuples in a set": b"\x8f(" + SHARED_TUPLES + b"\x90.",
    "nested tuples in a frozen set": b"(" + SHARED_TUPLES + b"\x91.",
    "nested tuples as a dtype": b"cnumpy\ndtype\n" + SHARED_TUPLES + b"\x85R.",
    "nested tuples as a name": SHARED_TUPLES + b"N\x93.",
    "the same text encoded again and again": ENCODE + ARGUMENTS + b"](" + 1000 * b"h\x01h\x03R" + b"e.",
    "too many instructions": b"(" + 410_000 * b"N" + b"l.",
    "too many lists": b"(" + 410_000 * b"]" + b"l.",
}


def peak_of(content):
    """Load a pickle that is refused. Return the largest amount of memory that this took, in bytes."""
    tracemalloc.start()
    try:
        with pytest.raises(safe_pickle.UnsafePickleError, match="^the pickle ") as refused:
            load_pickle(io.BytesIO(content))
        assert len(str(refused.value)) < 400
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_and_takes_no_memory(name):
    limit = 60 * MB if name.startswith("too many") else MB  # half a million lists of 56 bytes
    if name in ("BINSTRING", "BINUNICODE", "BINUNICODE8", "BINBYTES", "BINBYTES8", "LONG4"):
        limit = 1.1 * safe_pickle.MAX_BYTES  # Python's read makes room for what is asked for, up to this
    assert peak_of(BOMBS[name]) < limit


@pytest.mark.parametrize("times", [2, 1000])
def test_one_array_under_many_keys_is_one_array(times):
    X = np.zeros((100, 100), np.uint8)
    content = pickle.dumps({str(i): X for i in range(times)}, 2)
    loaded = load_pickle(io.BytesIO(content))
    assert len(loaded) == times and len({id(value) for value in loaded.values()}) == 1


def test_an_array_that_is_built_again_and_again_is_refused():
    content = python_batch(*(a[:1] for a in random_images(12)))
    last = content.index(b"tb", content.index(b"tb") + 1)  # the array's state and its BUILD; the first are the dtype's
    forged = content[: last + 1] + b"q\x63" + b"b" + 100 * b"h\x63b" + content[last + 2 :]
    with pytest.raises(safe_pickle.UnsafePickleError, match="makes more bytes than it holds"):
        load_pickle(io.BytesIO(forged))


def test_a_file_that_is_too_large_is_refused(monkeypatch):
    content = pickle.dumps({"data": b"x" * 1000}, 4)
    monkeypatch.setattr(safe_pickle, "MAX_BYTES", len(content))
    assert load_pickle(io.BytesIO(content)) == {"data": b"x" * 1000}
    monkeypatch.setattr(safe_pickle, "MAX_BYTES", len(content) - 1)
    with pytest.raises(safe_pickle.UnsafePickleError, match="has more than"):
        load_pickle(io.BytesIO(content))


@pytest.mark.parametrize("protocol", [2, 3, 4])
@pytest.mark.parametrize("text", [str, lambda name: name.encode()])
def test_a_file_of_full_size_is_within_the_limits(protocol, text):
    """10,000 labels and names, as in CIFAR-10's files. In protocol 2 a name in bytes takes eight instructions."""
    names, X = [text(f"image_{i}.png") for i in range(10_000)], np.arange(2 * 3072, dtype=np.uint8).reshape(2, -1)
    content = {"batch_label": text("a"), "labels": [i % 10 for i in range(10_000)], "data": X, "filenames": names}
    loaded = load_pickle(io.BytesIO(pickle.dumps(content, protocol)))
    assert np.array_equal(loaded.pop("data"), content.pop("data")) and loaded == content
