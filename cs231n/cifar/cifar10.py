"""Read CIFAR-10 from disk: 60,000 colour images of 32 by 32 pixels in ten classes, 50,000 of them for training.

Source: Alex Krizhevsky, *Learning Multiple Layers of Features from Tiny Images*, 2009,
https://www.cs.toronto.edu/~kriz/cifar.html. It is published as raw bytes ("binary version") and as pickles
("Python version"). This module reads both. To save memory, it reads one file at a time into the result.
"""

import operator
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..support import place
from .safe_pickle import load_pickle

DATASETS = Path(__file__).resolve().parents[2] / "datasets"
COMMAND = "python -m cs231n.data_utils cifar10"
BROWSER = (
    "CIFAR-10 cannot be downloaded in a browser. Run this notebook on your own computer, or take the digits that come "
    "with the course: get_mnist_data()"
)

IMAGE_BYTES = 3 * 32 * 32  # red, green, blue; row by row
RECORD_BYTES = 1 + IMAGE_BYTES  # the label, then the image
BATCH_IMAGES = 10_000
NUM_TRAINING_FILES = 5
NUM_CLASSES = 10


@dataclass(frozen=True)
class Version:
    """One of the two published versions: the name of its folder, and the names of its files."""

    folder: str
    suffix: str
    texts: tuple[str, ...]

    @property
    def batches(self) -> list[str]:
        """The names of the five training files, and then of the test file."""
        return [f"data_batch_{i}{self.suffix}" for i in range(1, NUM_TRAINING_FILES + 1)] + [f"test_batch{self.suffix}"]


VERSIONS = {
    "binary": Version("cifar-10-batches-bin", ".bin", ("batches.meta.txt", "readme.html")),
    "python": Version("cifar-10-batches-py", "", ("batches.meta", "readme.html")),
}


def load_CIFAR10(
    ROOT: str | os.PathLike[str] | None = None, dtype: Any = np.float32
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Read all images of CIFAR-10. Pixels are in 0..255, and channels come last, as in `matplotlib`.

    CS231n's function returns float64 images (1.5 GB). Here they are float32, or uint8 if you ask for it. Beware of
    arithmetic in uint8: it is modulo 256, so 3 - 5 gives 254.

    Arguments:
        ROOT: folder of the binary or the Python version, or the folder that contains it. If both versions are there,
            the binary one is read. None means this checkout's ``datasets/``. Files with fewer than 10,000 images,
            such as a sample, are also read.
        dtype: type of the pixels, a floating-point type or uint8.

    Returns:
        Xtr (N, 32, 32, 3), Ytr (N,), Xte, Yte. Labels are int64 in 0..9. For all of CIFAR-10, N is 50,000 in the
        training set and 10,000 in the test set. The memory used is that of these arrays and one file's content.

    Raises:
        FileNotFoundError: if the data are missing. The message has the command that downloads them.
        ValueError: if a file is incomplete, a label is above 9, or dtype is an integer type other than uint8.
        pickle.UnpicklingError: if a pickle is not one of CIFAR-10's (see `load_pickle`).
    """
    if np.dtype(dtype) != np.uint8 and not np.issubdtype(dtype, np.floating):
        raise ValueError(f"dtype={dtype!r}: pixels come as np.uint8 or as a floating-point type such as np.float32")
    train, test = _find_files(ROOT)
    arrays: list[np.ndarray] = []
    for files in (_count_in_files(train), _count_in_files([test])):
        num_images = sum(files.values())
        X, y = np.empty((num_images, 32, 32, 3), dtype), np.empty(num_images, np.int64)
        _fill_arrays(files, 0, X.transpose(0, 3, 1, 2), y)
        arrays += [X, y]
    Xtr, Ytr, Xte, Yte = arrays
    return Xtr, Ytr, Xte, Yte


def get_CIFAR10_data(
    num_training: int = 49000,
    num_validation: int = 1000,
    num_test: int = 1000,
    subtract_mean: bool = True,
    ROOT: str | os.PathLike[str] | None = None,
) -> dict[str, np.ndarray]:
    """Read CIFAR-10, split as in CS231n: first training images, then validation images; and the first test images.

    As in CS231n, pixels are in 0..255 before the mean is subtracted. CS231n's learning rates and weight scales need
    this scale. `data_utils.get_data` gives the same images in 0..1, the scale of this course.

    Arguments:
        num_training, num_validation, num_test: how many images. Training needs at least one. If the files hold fewer
            images than CIFAR-10 (a sample), validation keeps its number, training gets at most the rest, and the
            test set at most all test images.
        subtract_mean: subtract the mean training image, pixel by pixel.
        ROOT: see `load_CIFAR10`.

    Returns:
        Dictionary of X_train (num_training, 3, 32, 32), y_train (num_training,), X_val, y_val, X_test, y_test;
        images are float32, labels int64. The memory used is that of these arrays and one file's content.

    Raises:
        FileNotFoundError, pickle.UnpicklingError: see `load_CIFAR10`.
        TypeError: if a number of images is not an integer.
        ValueError: see `load_CIFAR10`; also if there are not as many images as asked for.
    """
    num_training = _as_number_of_images("num_training", num_training, least=1)
    num_validation = _as_number_of_images("num_validation", num_validation, least=0)
    num_test = _as_number_of_images("num_test", num_test, least=0)
    wanted, available = num_training + num_validation, NUM_TRAINING_FILES * BATCH_IMAGES
    if wanted > available or num_test > BATCH_IMAGES:
        raise ValueError(
            f"asked for {num_training} + {num_validation} images and {num_test} to test; "
            f"CIFAR-10 has {available} for training and validation together, and {BATCH_IMAGES} to test"
        )
    train, test = _find_files(ROOT)
    train_files, test_files = _count_in_files(train, wanted), _count_in_files([test], num_test)
    num_images = sum(train_files.values())
    num_training, num_test = min(num_training, num_images - num_validation), min(num_test, sum(test_files.values()))
    if num_training < 1:
        raise ValueError(f"{num_images} images leave none to train on beside {num_validation} for validation")

    data: dict[str, np.ndarray] = {}
    parts = (
        ("train", train_files, 0, num_training),
        ("val", train_files, num_training, num_validation),
        ("test", test_files, 0, num_test),
    )
    for part, files, first, n in parts:
        data[f"X_{part}"], data[f"y_{part}"] = np.empty((n, 3, 32, 32), np.float32), np.empty(n, np.int64)
        _fill_arrays(files, first, data[f"X_{part}"], data[f"y_{part}"])
    if subtract_mean:
        mean = data["X_train"].mean(
            axis=0
        )  # float32 is exact here: the pixels are integers, and their sum is below 2**24
        for part in ("train", "val", "test"):
            data[f"X_{part}"] -= mean
    return data


def load_CIFAR_batch(filename: str | os.PathLike[str]) -> tuple[np.ndarray, np.ndarray]:
    """Read one of CIFAR-10's files, such as ``data_batch_1`` or ``data_batch_1.bin``.

    Arguments:
        filename: the file. If its name ends in ``.bin``, it is of the binary version.

    Returns:
        X uint8 (N, 32, 32, 3), Y int64 (N,).

    Raises:
        See `load_CIFAR10`.
    """
    images, labels = _read_file(Path(filename), 0, _count_in_file(Path(filename)))
    return images.reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1), labels


def count_images(folder: Path) -> tuple[int, int]:
    """Count the training images and the test images in a folder. Every file must be complete.

    Raises:
        See `load_CIFAR10`.
    """
    train, test = _find_files(folder)
    return sum(_count_in_files(train).values()), sum(_count_in_files([test]).values())


# --- files ----------------------------------------------------------------------------------------


def _find_files(root: str | os.PathLike[str] | None) -> tuple[list[Path], Path]:
    """Find the five training files and the test file of the first version that is complete, binary first."""
    folder = DATASETS if root is None else Path(root)
    get_it = BROWSER if place.in_browser() else f"To download CIFAR-10, run in {DATASETS.parent}: {COMMAND}"
    problem = f"CIFAR-10 is missing in {folder}. {get_it}"
    found = False
    for version in VERSIONS.values():
        for where in (folder, folder / version.folder):
            paths = [where / name for name in version.batches]
            missing = [path for path in paths if not path.is_file()]
            if not missing:
                return paths[:-1], paths[-1]
            if len(missing) < len(paths) and not found:
                found = True
                problem = f"{missing[0]} is missing, so {where} is not whole. Delete that folder. {get_it}"
    raise FileNotFoundError(problem)


def _count_in_files(paths: Sequence[Path], wanted: int | None = None) -> dict[Path, int]:
    """Count the images of each file, in order. Stop when there are as many as wanted."""
    counts: dict[Path, int] = {}
    for path in paths:
        if wanted is not None and sum(counts.values()) >= wanted:
            break
        counts[path] = _count_in_file(path)
    return counts


def _fill_arrays(files: dict[Path, int], first: int, X: np.ndarray, y: np.ndarray) -> None:
    """Copy images number first, first + 1, ... of the files into X (n, 3, 32, 32) and y (n,), one file at a time."""
    begin = 0  # the number of this file's first image
    for path, count in files.items():
        start, stop = max(first, begin), min(first + len(X), begin + count)
        if start < stop:
            _copy_file(
                path, start - begin, stop - begin, X[start - first : stop - first], y[start - first : stop - first]
            )
        begin += count


def _copy_file(path: Path, start: int, stop: int, X: np.ndarray, y: np.ndarray) -> None:
    """Copy one file's images into X and y. On return, the memory of the file's content is freed."""
    images, y[:] = _read_file(path, start, stop)
    X[:] = images.reshape(-1, 3, 32, 32)


def _count_in_file(path: Path) -> int:
    """Count the images in a file."""
    if path.suffix != ".bin":
        return len(_read_pickle(path)[1])
    size = path.stat().st_size
    if size == 0 or size % RECORD_BYTES or size > BATCH_IMAGES * RECORD_BYTES:
        raise ValueError(
            f"{path} has {size} bytes, not {BATCH_IMAGES * RECORD_BYTES} (nor a smaller multiple of {RECORD_BYTES}): "
            f"delete its folder and download it again: {COMMAND}"
        )
    return size // RECORD_BYTES


def _read_file(path: Path, start: int, stop: int) -> tuple[np.ndarray, np.ndarray]:
    """Read a file's images number start to stop - 1, uint8 (n, 3072), and their labels, int64 (n,)."""
    if path.suffix == ".bin":
        num_bytes = (stop - start) * RECORD_BYTES
        records: np.ndarray = np.fromfile(path, np.uint8, count=num_bytes, offset=start * RECORD_BYTES)
        if len(records) != num_bytes:
            raise ValueError(f"{path} ended early: has it changed while it was read? Download it again: {COMMAND}")
        records = records.reshape(-1, RECORD_BYTES)
        images, labels = records[:, 1:], records[:, 0].astype(np.int64)
    else:
        images, labels = _read_pickle(path)
        images, labels = images[start:stop], labels[start:stop]
    wrong = np.flatnonzero((labels < 0) | (labels >= NUM_CLASSES))
    if len(wrong):
        raise ValueError(
            f"{path}: image {start + wrong[0]} has label {labels[wrong[0]]}, CIFAR-10's are 0 to {NUM_CLASSES - 1}. "
            f"Download it again: {COMMAND}"
        )
    return images, labels


def _read_pickle(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Read a pickled file's images, uint8 (n, 3072), and labels, int64 (n,)."""
    with open(path, "rb") as file:
        content = load_pickle(file)
    images, labels = (content.get(key) if isinstance(content, dict) else None for key in ("data", "labels"))
    if (
        not isinstance(images, np.ndarray)
        or not isinstance(labels, list)
        or not all(type(label) is int and abs(label) < 2**31 for label in labels)
        or images.shape != (len(labels), IMAGE_BYTES)
        or not 0 < len(labels) <= BATCH_IMAGES
    ):
        raise ValueError(
            f"{path} is not one of CIFAR-10's files: wanted a dictionary with 'data', uint8 (n, {IMAGE_BYTES}), and "
            f"'labels', n whole numbers, n at most {BATCH_IMAGES}. Download it again: {COMMAND} --format python"
        )
    return images, np.array(labels, dtype=np.int64)


def _as_number_of_images(name: str, value: int, least: int) -> int:
    """Return the value as an int. Raise an error unless it is an integer >= least."""
    try:
        number = operator.index(value)
    except TypeError:
        raise TypeError(f"{name}={value!r}: wanted a whole number of images") from None
    if number < least:
        raise ValueError(f"{name}={number}: wanted at least {least}")
    return number
