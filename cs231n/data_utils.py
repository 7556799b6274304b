"""Data: real digits that come with the course, and CIFAR-10, which one command downloads.

    python -m cs231n.data_utils cifar10 [--format binary|python] [--url URL] [--folder DIR]

`get_data` returns a dictionary with ``X_train, y_train, X_val, y_val`` (and ``X_test, y_test`` for CIFAR-10):
float32 pixels in 0..1 less the training images' mean, and integer labels.
"""

import sys
from collections.abc import Callable

import numpy as np

from .cifar.cifar10 import DATASETS, get_CIFAR10_data, load_CIFAR10, load_CIFAR_batch
from .cifar.safe_pickle import load_pickle
from .guards import whole

__all__ = [
    "DATASETS", "get_CIFAR10_data", "get_data", "get_mnist_data", "load_CIFAR10", "load_CIFAR_batch", "load_pickle",
    "standardized",
]  # fmt: skip

Data = dict[str, np.ndarray]


def get_mnist_data(num_training: int = 4000, num_validation: int = 1000, subtract_mean: bool = True) -> Data:
    """The embedded 5,000 MNIST digits (see datasets/README.md).

    Arguments:
        num_training, num_validation: how many of the 5,000 images to use for each; the first
            ``num_training`` train, the last ``num_validation`` validate. The order in the file is shuffled;
            its first 4,000 and last 1,000 have equally many of every class.
        subtract_mean: subtract the mean training image, pixel by pixel.

    Returns:
        Dictionary of X_train (num_training, 784), y_train, X_val (num_validation, 784), y_val.

        >>> {name: array.shape for name, array in get_mnist_data(300, 100).items()}
        {'X_train': (300, 784), 'y_train': (300,), 'X_val': (100, 784), 'y_val': (100,)}

    Raises:
        ValueError: when more images are asked for than there are; for numbers that are not whole, or below 1.
    """
    num_training = whole("num_training", num_training, 1)
    num_validation = whole("num_validation", num_validation, 1)
    with np.load(DATASETS / "mnist_5k.npz") as file:
        images, labels = file["images"], file["labels"].astype(np.int64)
    if num_training + num_validation > len(images):
        raise ValueError(f"asked for {num_training} + {num_validation} images; there are {len(images)}")
    X = images.reshape(len(images), -1)
    val = slice(len(X) - num_validation, len(X))
    return _centred({"train": (X[:num_training], labels[:num_training]), "val": (X[val], labels[val])}, subtract_mean)


def get_data(name: str = "mnist_5k") -> Data:
    """A data set by name: ``"mnist_5k"`` (embedded) or ``"cifar10"`` (to be downloaded).

    Arguments:
        name: which.

    Returns:
        What `get_mnist_data` or `get_CIFAR10_data` return when they are called without arguments; CIFAR-10's pixels
        are divided by 255, so that both are in 0..1 before the mean is subtracted.

    Raises:
        ValueError: for another name.
        FileNotFoundError: for CIFAR-10 before it is downloaded, with the command for that.
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
    """The same data with every feature scaled by the training set's mean and standard deviation.

    Arguments:
        data: dictionary from a loader above: ``X_train`` and other X arrays, shape (N, ...), and labels.

    Returns:
        A new dictionary; X arrays are float32 of shape (N, D). A feature that is constant in the training
        set becomes 0 there (its deviation is taken as 1).

    Raises:
        KeyError: where the data have no ``X_train``.

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


def _centred(parts: dict[str, tuple[np.ndarray, np.ndarray]], subtract_mean: bool) -> Data:
    """Dictionary of float32 images in 0..1, less the mean training image, from uint8 (images, labels) pairs."""
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
