"""Data: real digits that come with the course, and CIFAR-10 where it has been put.

Every loader returns a dictionary with ``X_train, y_train, X_val, y_val`` (and ``X_test, y_test`` for CIFAR-10):
float32 pixels in 0..1 less the training images' mean, and integer labels.
"""

from pathlib import Path

import numpy as np

DATASETS = Path(__file__).resolve().parent.parent / "datasets"
CIFAR10_FOLDER = DATASETS / "cifar-10-batches-bin"
CIFAR10_IMAGE_BYTES = 3 * 32 * 32


def get_mnist_data(num_training=4000, num_validation=1000, subtract_mean=True):
    """The embedded 5,000 MNIST digits (see datasets/README.md).

    Arguments:
        num_training, num_validation: how many of the 5,000 images to use for each; the first
            ``num_training`` train, the last ``num_validation`` validate. The order in the file is shuffled;
            its first 4,000 and last 1,000 have equally many of every class.
        subtract_mean: subtract the mean training image, pixel by pixel.

    Returns:
        Dictionary of X_train (num_training, 784), y_train, X_val (num_validation, 784), y_val.

    Raises:
        ValueError: when more images are asked for than there are.
    """
    with np.load(DATASETS / "mnist_5k.npz") as file:
        images, labels = file["images"], file["labels"].astype(np.int64)
    if num_training + num_validation > len(images) or min(num_training, num_validation) < 1:
        raise ValueError(
            f"asked for {num_training} + {num_validation} images; there are {len(images)}, and each part needs one"
        )
    X = images.reshape(len(images), -1)
    val = slice(len(X) - num_validation, len(X))
    return _centred(
        {"train": (X[:num_training], labels[:num_training]), "val": (X[val], labels[val])}, subtract_mean
    )


def load_CIFAR10(ROOT=CIFAR10_FOLDER):
    """The CIFAR-10 images of a folder in the binary format, as bytes.

    Arguments:
        ROOT: folder with ``data_batch_1.bin`` to ``data_batch_5.bin`` and ``test_batch.bin``; files with fewer than
            10,000 images are read as they are.

    Returns:
        X_train (N, 3, 32, 32), y_train (N,), X_test, y_test; images are uint8, labels int64.

    Raises:
        FileNotFoundError: with the address to download from.
        ValueError: for a file that is not whole.
    """
    names = [f"data_batch_{i}.bin" for i in range(1, 6)]
    X_train, y_train = zip(*(_load_cifar10_file(Path(ROOT) / name) for name in names))
    X_test, y_test = _load_cifar10_file(Path(ROOT) / "test_batch.bin")
    return np.concatenate(X_train), np.concatenate(y_train), X_test, y_test


def get_CIFAR10_data(num_training=49000, num_validation=1000, num_test=1000, subtract_mean=True, ROOT=CIFAR10_FOLDER):
    """CIFAR-10, split as in CS231n: training images first, the validation images after them.

    Arguments:
        num_training, num_validation, num_test: how many images; where the folder holds fewer, validation
            keeps its number and training takes the rest.
        subtract_mean: subtract the mean training image.
        ROOT: see `load_CIFAR10`.

    Returns:
        Dictionary of X_train (num_training, 3, 32, 32), y_train, X_val, y_val, X_test, y_test.

    Raises:
        FileNotFoundError, ValueError: see `load_CIFAR10`; ValueError also if no training images would be left.
    """
    X, y, X_test, y_test = load_CIFAR10(ROOT)
    num_training = min(num_training, len(X) - num_validation)
    if num_training < 1:
        raise ValueError(f"{len(X)} images leave none to train on beside {num_validation} for validation")
    val = slice(num_training, num_training + num_validation)
    parts = {
        "train": (X[:num_training], y[:num_training]),
        "val": (X[val], y[val]),
        "test": (X_test[:num_test], y_test[:num_test]),
    }
    return _centred(parts, subtract_mean)


def get_data(name="mnist_5k"):
    """A data set by name: ``"mnist_5k"`` (embedded) or ``"cifar10"`` (to be downloaded).

    Raises:
        ValueError: for another name.
    """
    loaders = {"mnist_5k": get_mnist_data, "cifar10": get_CIFAR10_data}
    if name not in loaders:
        raise ValueError(f"unknown data set {name!r}; choose from {sorted(loaders)}")
    return loaders[name]()


def standardized(data):
    """The same data with every feature scaled by the training set's mean and standard deviation.

    Arguments:
        data: dictionary from a loader above.

    Returns:
        A new dictionary; X arrays are float32 of shape (N, D). A feature that is constant in the training
        set becomes 0 there (its deviation is taken as 1).
    """
    X_train = data["X_train"].reshape(len(data["X_train"]), -1)
    mean, std = X_train.mean(axis=0), X_train.std(axis=0)
    std[std < 1e-6] = 1.0
    return {
        key: (value.reshape(len(value), -1) - mean) / std if key.startswith("X") else value
        for key, value in data.items()
    }


def _load_cifar10_file(path):
    if not path.is_file():
        raise FileNotFoundError(
            f"{path} is missing. CIFAR-10 does not come with the course: download "
            "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz (MD5 c32a1d4ab5d03f1284b67883e8d87530) "
            f"and unpack it in {DATASETS}, or use the embedded digits, get_mnist_data()."
        )
    record = 1 + CIFAR10_IMAGE_BYTES
    raw = np.fromfile(path, dtype=np.uint8)
    if len(raw) == 0 or len(raw) % record:
        raise ValueError(f"{path} has {len(raw)} bytes, not a multiple of {record}: download it again")
    raw = raw.reshape(-1, record)
    return raw[:, 1:].reshape(-1, 3, 32, 32), raw[:, 0].astype(np.int64)


def _centred(parts, subtract_mean):
    """Dictionary of float32 images in 0..1, less the mean training image, from uint8 (images, labels) pairs."""
    data = {}
    for name, (X, y) in parts.items():
        data[f"X_{name}"], data[f"y_{name}"] = np.divide(X, 255, dtype=np.float32), y
    if subtract_mean:
        mean = data["X_train"].mean(axis=0)
        for name in parts:
            data[f"X_{name}"] -= mean
    return data
