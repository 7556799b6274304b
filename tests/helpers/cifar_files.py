"""Small folders in the two formats of CIFAR-10, for tests."""

import struct

import numpy as np

NAMES = [f"data_batch_{i}" for i in range(1, 6)] + ["test_batch"]


def random_images(num_images, seed=0):
    """Images uint8 (num_images, 3, 32, 32) and labels uint8 (num_images,)."""
    rng = np.random.default_rng(seed)
    images = rng.integers(0, 256, (num_images, 3, 32, 32), dtype=np.uint8)
    return images, rng.integers(0, 10, num_images, dtype=np.uint8)


def binary_batch(images, labels):
    """A file of the binary version. Each record is a label (1 byte), then 1,024 bytes each of red, green and blue."""
    return np.concatenate([labels[:, None], images.reshape(len(images), -1)], axis=1).tobytes()


def python_batch(images, labels, dtype=b"U\x02u1"):
    """A file of the Python version: a pickled dictionary of a text, a list and an array.

    It has the same opcodes as CIFAR-10's files, which Python 2's cPickle wrote: protocol 2, with Python 2's strings
    (opcodes U and T).
    """
    content = images.tobytes()
    array = (
        b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85U\x01b\x87R"  # _reconstruct(...),
        + b"(K\x01" + _number(len(images)) + _number(3072) + b"\x86"  # its state: version, shape,
        + b"cnumpy\ndtype\n" + dtype + b"K\x00K\x01\x87R"  # dtype("u1", 0, 1)
        + b"(K\x03U\x01|NNN" + 2 * _number(-1) + b"K\x00tb"  # with its own state,
        + b"\x89T" + struct.pack("<i", len(content)) + content + b"tb"  # not Fortran's order, content
    )  # fmt: skip
    numbers = b"](" + b"".join(_number(int(label)) for label in labels) + b"e"
    entries = _text("batch_label") + _text("batch 1 of 1") + _text("labels") + numbers + _text("data") + array
    return b"\x80\x02}(" + entries + b"u."


def _text(text):
    return b"U" + bytes([len(text)]) + text.encode("latin1")


def _number(value):
    return b"J" + struct.pack("<i", value)


WRITERS = {"binary": (binary_batch, ".bin"), "python": (python_batch, "")}


def write_folder(folder, version, images, labels):
    """Spread the images over the five training files and the test file of a version, evenly and in order."""
    folder.mkdir(parents=True, exist_ok=True)
    write, suffix = WRITERS[version]
    for name, X, y in zip(NAMES, np.split(images, 6), np.split(labels, 6)):
        (folder / f"{name}{suffix}").write_bytes(write(X, y))
    return folder
