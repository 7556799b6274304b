"""Data: real digits, which come with the course, and CIFAR-10, which one command downloads.

    python -m cs231n.data_utils cifar10 [--format binary|python] [--url URL] [--folder DIR]

`get_data` returns a dictionary with ``X_train, y_train, X_val, y_val`` (and ``X_test, y_test`` for CIFAR-10).
The images are float32 pixels in 0..1, minus the mean training image. The labels are integers.
"""

import sys

from .support import commands

if __name__ == "__main__":
    commands.stop_in_one_line()

from collections.abc import Callable

import numpy as np

from .cifar.cifar10 import DATASETS, get_CIFAR10_data, load_CIFAR10, load_CIFAR_batch
from .cifar.safe_pickle import load_pickle
from .guards import as_whole_number

__all__ = [
    "DATASETS", "first_images", "get_CIFAR10_data", "get_data", "get_mnist_data", "load_CIFAR10", "load_CIFAR_batch",
    "load_pickle", "standardized",
]  # fmt: skip

Data = dict[str, np.ndarray]


def get_mnist_data(num_training: int = 4000, num_validation: int = 1000, subtract_mean: bool = True) -> Data:
    """The embedded 5,000 MNIST digits (see datasets/README.md).

    Arguments:
        num_training, num_validation: how many of the 5,000 images to use. The first ``num_training`` images train,
            the last ``num_validation`` validate. The file's order is random, but both its first 4,000 and its last
            1,000 images have equally many of every class.
        subtract_mean: subtract the mean training image, pixel by pixel.

    Returns:
        Dictionary of X_train (num_training, 784), y_train, X_val (num_validation, 784), y_val.

        >>> {name: array.shape for name, array in get_mnist_data(300, 100).items()}
        {'X_train': (300, 784), 'y_train': (300,), 'X_val': (100, 784), 'y_val': (100,)}

    Raises:
        ValueError: if you ask for more images than there are, or a number is not an integer of at least 1.
    """
    num_training = as_whole_number("num_training", num_training, 1)
    num_validation = as_whole_number("num_validation", num_validation, 1)
    with np.load(DATASETS / "mnist_5k.npz") as file:
        images, labels = file["images"], file["labels"].astype(np.int64)
    if num_training + num_validation > len(images):
        raise ValueError(f"asked for {num_training} + {num_validation} images; there are {len(images)}")
    X = images.reshape(len(images), -1)
    val = slice(len(X) - num_validation, len(X))
    parts = {"train": (X[:num_training], labels[:num_training]), "val": (X[val], labels[val])}
    return _scale_and_centre(parts, subtract_mean)


def get_data(name: str = "mnist_5k") -> Data:
    """A data set by name: ``"mnist_5k"`` (embedded) or ``"cifar10"`` (to be downloaded).

    Arguments:
        name: the data set's name.

    Returns:
        The result of `get_mnist_data()` or `get_CIFAR10_data()`. CIFAR-10's pixels are divided by 255 here, so both
        data sets have the scale of pixels in 0..1.

    Raises:
        ValueError: if no data set has this name.
        FileNotFoundError: if CIFAR-10 is not downloaded yet. The message has the command for that.
    """
    loaders: dict[str, Callable[[], Data]] = {"mnist_5k": get_mnist_data, "cifar10": get_CIFAR10_data}
    if name not in loaders:
        raise ValueError(f"unknown data set {name!r}; choose from {sorted(loaders)}")
    data = loaders[name]()
    if name == "cifar10":
        for key in (key for key in data if key.startswith("X")):
            data[key] /= 255
    return data


def standardized(data: Data) -> Data:
    """Standardise each feature: subtract the training set's mean, divide by its standard deviation.

    Arguments:
        data: dictionary from a function above: ``X_train`` and other X arrays, shape (N, ...), and labels.

    Returns:
        A new dictionary. Its X arrays have shape (N, D). If a feature is constant in the training set, its deviation
        is taken as 1, so it becomes 0 there.

    Raises:
        KeyError: if the data have no ``X_train``.

    >>> standardized({"X_train": np.array([[1.0, 5.0], [3.0, 5.0]])})["X_train"]
    array([[-1.,  0.],
           [ 1.,  0.]])
    """
    X_train = data["X_train"].reshape(len(data["X_train"]), -1)
    mean, std = X_train.mean(axis=0), X_train.std(axis=0)
    std[std < 1e-6] = 1.0
    result = dict(data)
    for key in (key for key in data if key.startswith("X")):
        result[key] = data[key].reshape(len(data[key]), -1) - mean
        result[key] /= std  # in place: CIFAR-10's training images take 600 MB
    return result


def first_images(data: Data, num_training: int = 4000) -> Data:
    """Keep only the first training images, so that a sweep on a larger data set takes no longer.

    Arguments:
        data: dictionary of arrays, such as ``X_train`` (N, ...) and ``y_train`` (N,).
        num_training: how many training images to keep.

    Returns:
        A new dictionary. Its arrays are views of the old ones.
    """
    return {key: value[:num_training] if key.endswith("_train") else value for key, value in data.items()}


def _scale_and_centre(parts: dict[str, tuple[np.ndarray, np.ndarray]], subtract_mean: bool) -> Data:
    """Turn uint8 (images, labels) pairs into a dictionary of float32 images in 0..1, minus the mean training image."""
    data = {}
    for name, (X, y) in parts.items():
        data[f"X_{name}"], data[f"y_{name}"] = np.divide(X, 255, dtype=np.float32), y
    if subtract_mean:
        mean = data["X_train"].mean(axis=0)
        for name in parts:
            data[f"X_{name}"] -= mean
    return data


if __name__ == "__main__":
    from .cifar.download import main

    sys.exit(main())
