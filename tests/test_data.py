"""The embedded digits are what their README says; CIFAR-10's binary format is read pixel by pixel."""

import hashlib

import numpy as np
import pytest

from cs231n import data_utils
from cs231n.data_utils import get_CIFAR10_data, get_data, get_mnist_data, load_CIFAR10, standardized

# --- the embedded digits --------------------------------------------------------------------------


def test_the_file_is_the_one_that_the_readme_describes():
    digest = hashlib.sha256((data_utils.DATASETS / "mnist_5k.npz").read_bytes()).hexdigest()
    assert digest in (data_utils.DATASETS / "README.md").read_text(encoding="utf-8")


def test_mnist_shapes_dtypes_and_balance():
    data = get_mnist_data()
    assert {key: value.shape for key, value in data.items()} == {
        "X_train": (4000, 784), "y_train": (4000,), "X_val": (1000, 784), "y_val": (1000,),
    }  # fmt: skip
    for part, per_class in (("train", 400), ("val", 100)):
        assert data[f"X_{part}"].dtype == np.float32 and data[f"y_{part}"].dtype == np.int64
        assert np.bincount(data[f"y_{part}"]).tolist() == [per_class] * 10
    assert len(np.unique(data["y_train"][:100])) == 10, "shuffled"


def test_mnist_pixels_are_in_0_to_1_and_centred_by_the_training_mean_alone():
    raw, data = get_mnist_data(subtract_mean=False), get_mnist_data()
    assert raw["X_train"].min() == 0 and raw["X_train"].max() == 1
    mean = raw["X_train"].mean(axis=0, dtype=np.float64)
    for part in ("train", "val"):
        assert np.allclose(data[f"X_{part}"], raw[f"X_{part}"] - mean, atol=1e-5)
    assert np.max(np.abs(data["X_train"].mean(axis=0, dtype=np.float64))) < 1e-5
    assert np.max(np.abs(data["X_val"].mean(axis=0))) > 1e-3


def test_training_and_validation_images_do_not_overlap():
    data = get_mnist_data(subtract_mean=False)
    train, val = ({image.tobytes() for image in data[f"X_{part}"]} for part in ("train", "val"))
    assert len(train) > 3900 and not train & val


def test_smaller_parts_are_the_first_and_the_last_images():
    full, part = get_mnist_data(subtract_mean=False), get_mnist_data(30, 20, subtract_mean=False)
    assert np.array_equal(part["X_train"], full["X_train"][:30])
    assert np.array_equal(part["y_val"], full["y_val"][-20:])


@pytest.mark.parametrize("sizes", [(4500, 501), (0, 10), (10, 0), (-1, 10)])
def test_impossible_parts_are_refused(sizes):
    with pytest.raises(ValueError, match="asked for"):
        get_mnist_data(*sizes)


def test_get_data_by_name():
    assert np.array_equal(get_data("mnist_5k")["y_val"], get_mnist_data()["y_val"])
    with pytest.raises(ValueError, match="cifar10.*mnist_5k"):
        get_data("imagenet")


def test_standardized_scales_by_the_training_set_and_leaves_its_input_alone():
    data = get_mnist_data()
    before = {key: value.copy() for key, value in data.items()}
    result = standardized(data)
    X = result["X_train"]
    assert X.dtype == result["X_val"].dtype == np.float32
    varies = data["X_train"].std(axis=0) > 1e-6
    assert np.allclose(X.mean(axis=0), 0, atol=1e-4) and np.allclose(X[:, varies].std(axis=0), 1, atol=1e-3)
    assert not varies.all() and np.max(np.abs(X[:, ~varies])) < 1e-6
    assert np.isfinite(result["X_val"]).all()
    assert all(np.array_equal(data[key], before[key]) for key in data)


# --- CIFAR-10 -------------------------------------------------------------------------------------


@pytest.fixture
def cifar(tmp_path):
    """A folder in CIFAR-10's binary format with 2 images per file. Returns the folder, the images and the labels.

    A record is one byte of label, then 1,024 bytes each of red, green and blue, row by row.
    """
    rng = np.random.default_rng(0)
    images, labels = rng.integers(0, 256, (12, 3, 32, 32), dtype=np.uint8), rng.integers(0, 10, 12, dtype=np.uint8)
    for k, name in enumerate([f"data_batch_{i}" for i in range(1, 6)] + ["test_batch"]):
        records = [bytes([labels[n]]) + images[n].tobytes() for n in (2 * k, 2 * k + 1)]
        (tmp_path / f"{name}.bin").write_bytes(b"".join(records))
    return tmp_path, images, labels


def test_cifar_pixels_and_labels_come_back_in_order(cifar):
    folder, images, labels = cifar
    X_train, y_train, X_test, y_test = load_CIFAR10(str(folder))
    assert np.array_equal(X_train, images[:10]) and np.array_equal(X_test, images[10:])
    assert np.array_equal(y_train, labels[:10]) and np.array_equal(y_test, labels[10:])
    assert X_train.dtype == np.uint8 and y_train.dtype == np.int64

    red_then_green = bytes([3]) + bytes([255]) * 1024 + bytes([7]) + bytes(2047)  # green at row 0, column 0 is 7
    (folder / "test_batch.bin").write_bytes(red_then_green)
    image = load_CIFAR10(folder)[2][0]
    assert np.all(image[0] == 255) and image[1, 0, 0] == 7 and image[1:].sum() == 7


def test_cifar_split_takes_the_validation_images_after_the_training_images(cifar):
    folder, images, labels = cifar
    data = get_CIFAR10_data(num_training=6, num_validation=3, num_test=1, subtract_mean=False, ROOT=folder)
    pixels = images.astype(np.float32) / 255
    assert np.array_equal(data["X_train"], pixels[:6]) and np.array_equal(data["y_train"], labels[:6])
    assert np.array_equal(data["X_val"], pixels[6:9]) and np.array_equal(data["y_val"], labels[6:9])
    assert np.array_equal(data["X_test"], pixels[10:11]) and np.array_equal(data["y_test"], labels[10:11])

    centred = get_CIFAR10_data(num_validation=3, ROOT=folder)  # fewer than 49,000 images: training takes the rest
    assert centred["X_train"].shape == (7, 3, 32, 32) and centred["X_train"].dtype == np.float32
    for part, expected in (("train", pixels[:7]), ("val", pixels[7:10]), ("test", pixels[10:])):
        assert np.allclose(centred[f"X_{part}"], expected - pixels[:7].mean(axis=0), atol=1e-6)


def test_cifar_that_is_not_there_says_where_to_get_it(tmp_path, cifar):
    with pytest.raises(FileNotFoundError, match="https://.*cifar-10-binary.tar.gz"):
        load_CIFAR10(tmp_path / "nowhere")
    (cifar[0] / "data_batch_3.bin").unlink()
    with pytest.raises(FileNotFoundError, match="data_batch_3.bin is missing"):
        load_CIFAR10(cifar[0])


@pytest.mark.parametrize("size", [0, 3072, 3073 + 1])
def test_cifar_cut_short_is_refused(cifar, size):
    path = cifar[0] / "data_batch_2.bin"
    path.write_bytes(bytes(size))
    with pytest.raises(ValueError, match=f"data_batch_2.bin has {size} bytes"):
        load_CIFAR10(cifar[0])


def test_cifar_with_nothing_left_to_train_on_is_refused(cifar):
    with pytest.raises(ValueError, match="none to train on"):
        get_CIFAR10_data(num_validation=10, ROOT=cifar[0])
