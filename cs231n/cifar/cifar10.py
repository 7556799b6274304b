"""CIFAR-10 from disk: 60,000 colour images of 32 by 32 pixels in ten classes, 50,000 of them for training.

Source: Alex Krizhevsky, *Learning Multiple Layers of Features from Tiny Images*, 2009,
https://www.cs.toronto.edu/~kriz/cifar.html. It is published as raw bytes ("binary version") and as pickles
("Python version"); both are read here, and what is returned is filled one file at a time.
"""

import operator
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from .safe_pickle import load_pickle

DATASETS = Path(__file__).resolve().parents[2] / "datasets"
COMMAND = "python -m cs231n.data_utils cifar10"

IMAGE_BYTES = 3 * 32 * 32  # red, green, blue; row by row
RECORD_BYTES = 1 + IMAGE_BYTES  # the label, then the image
BATCH_IMAGES = 10_000
NUM_TRAINING_FILES = 5
NUM_CLASSES = 10


@dataclass(frozen=True)
class Version:
    """One of the two published versions: its folder's name, and the names of its files."""

    folder: str
    suffix: str
    texts: tuple[str, ...]

    @property
    def batches(self) -> list[str]:
        """Names of the five training files and, last, the test file."""
        return [f"data_batch_{i}{self.suffix}" for i in range(1, NUM_TRAINING_FILES + 1)] + [f"test_batch{self.suffix}"]


VERSIONS = {
    "binary": Version("cifar-10-batches-bin", ".bin", ("batches.meta.txt", "readme.html")),
    "python": Version("cifar-10-batches-py", "", ("batches.meta", "readme.html")),
}


def load_CIFAR10(
    ROOT: str | os.PathLike[str] | None = None, dtype: Any = np.float32
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """All images of CIFAR-10, pixels 0 to 255, channels last as `matplotlib` wants them.

    CS231n's function returns float64 images (1.5 GB); here they are float32, or bytes if you ask for them. Beware
    of arithmetic on bytes: it is modulo 256, 3 - 5 gives 254.

    Arguments:
        ROOT: folder of the binary or the Python version, or the folder that holds the version's folder (binary is
            preferred where both are there); None for this checkout's ``datasets/``. Files with fewer than 10,000
            images, such as a sample, are read as they are.
        dtype: type of the pixels returned, a floating-point type or uint8.

    Returns:
        Xtr (N, 32, 32, 3), Ytr (N,), Xte, Yte; labels are int64 in 0..9. N is 50,000 and 10,000 for the whole of
        CIFAR-10. No more memory is used than these take, and one file's content.

    Raises:
        FileNotFoundError: with the command that downloads the data.
        ValueError: for a file that is not whole, or holds labels above 9, and for an integer dtype other than uint8.
        pickle.UnpicklingError: for a pickle that is not one of CIFAR-10's (see `load_pickle`).
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
    """CIFAR-10, split as in CS231n: the first training images, the validation images after them, the first test images.

    Pixels are in 0..255 before the mean is subtracted, as in CS231n, whose learning rates and weight scales count on
    that. `data_utils.get_data` gives the same images in 0..1, the scale of this course.

    Arguments:
        num_training, num_validation, num_test: how many images; training needs one at least. Where the files hold
            fewer than CIFAR-10's 50,000 and 10,000 (a sample), validation keeps its number, training takes at
            most the rest, and the test set at most what there is.
        subtract_mean: subtract the mean training image, pixel by pixel.
        ROOT: see `load_CIFAR10`.

    Returns:
        Dictionary of X_train (num_training, 3, 32, 32), y_train (num_training,), X_val, y_val, X_test, y_test;
        images float32, labels int64. No more memory is used than these take, and one file's content.

    Raises:
        FileNotFoundError, pickle.UnpicklingError: see `load_CIFAR10`.
        TypeError: for a number of images that is not whole.
        ValueError: see `load_CIFAR10`; also for impossible numbers of images.
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
        mean = data["X_train"].mean(axis=0)  # of whole numbers, whose sum stays below 2**24: exact but for the division
        for part in ("train", "val", "test"):
            data[f"X_{part}"] -= mean
    return data


def load_CIFAR_batch(filename: str | os.PathLike[str]) -> tuple[np.ndarray, np.ndarray]:
    """One of CIFAR-10's files, ``data_batch_1`` or ``data_batch_1.bin`` and so on.

    Arguments:
        filename: the file; a name that ends in ``.bin`` is the binary version.

    Returns:
        X uint8 (N, 32, 32, 3), Y int64 (N,).

    Raises:
        See `load_CIFAR10`.
    """
    images, labels = _read_file(Path(filename), 0, _count_in_file(Path(filename)))
    return images.reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1), labels


def count_images(folder: Path) -> tuple[int, int]:
    """How many training and test images a folder has; every file must be whole.

    Raises:
        See `load_CIFAR10`.
    """
    train, test = _find_files(folder)
    return sum(_count_in_files(train).values()), sum(_count_in_files([test]).values())


# --- files ----------------------------------------------------------------------------------------


def _find_files(root: str | os.PathLike[str] | None) -> tuple[list[Path], Path]:
    """Paths of the five training files and of the test file: of the first version that is whole, binary first."""
    folder = DATASETS if root is None else Path(root)
    get_it = f"To download CIFAR-10, run in {DATASETS.parent}: {COMMAND}"
    problem = f"CIFAR-10 is missing in {folder}. {get_it}"
    found = False
    for version in VERSIONS.values():
        for place in (folder, folder / version.folder):
            paths = [place / name for name in version.batches]
            missing = [path for path in paths if not path.is_file()]
            if not missing:
                return paths[:-1], paths[-1]
            if len(missing) < len(paths) and not found:
                found = True
                problem = f"{missing[0]} is missing, so {place} is not whole. Delete that folder. {get_it}"
    raise FileNotFoundError(problem)


def _count_in_files(paths: Sequence[Path], wanted: int | None = None) -> dict[Path, int]:
    """The number of images of each file, in order, up to the file with which there are as many as wanted."""
    counts: dict[Path, int] = {}
    for path in paths:
        if wanted is not None and sum(counts.values()) >= wanted:
            break
        counts[path] = _count_in_file(path)
    return counts


def _fill_arrays(files: dict[Path, int], first: int, X: np.ndarray, y: np.ndarray) -> None:
    """Copy into X (n, 3, 32, 32) and y (n,) the files' images number first, first + 1, ..., one file at a time."""
    begin = 0  # number of this file's first image
    for path, count in files.items():
        start, stop = max(first, begin), min(first + len(X), begin + count)
        if start < stop:
            _copy_file(
                path, start - begin, stop - begin, X[start - first : stop - first], y[start - first : stop - first]
            )
        begin += count


def _copy_file(path: Path, start: int, stop: int, X: np.ndarray, y: np.ndarray) -> None:
    """Copy one file's images into X and y; a function of its own, so that the file's content is freed on return."""
    images, y[:] = _read_file(path, start, stop)
    X[:] = images.reshape(-1, 3, 32, 32)


def _count_in_file(path: Path) -> int:
    """How many images a file has."""
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
    """A file's images from start to before stop, uint8 (n, 3072), and their labels, int64 (n,)."""
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
    """A pickled file's images, uint8 (n, 3072), and labels, int64 (n,)."""
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
    """The value as an int, if it is a whole number of at least so much."""
    try:
        number = operator.index(value)
    except TypeError:
        raise TypeError(f"{name}={value!r}: wanted a whole number of images") from None
    if number < least:
        raise ValueError(f"{name}={number}: wanted at least {least}")
    return number
