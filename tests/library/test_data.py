"""Tests of the embedded digits (they are as datasets/README.md says) and of `get_data`. CIFAR-10: `test_cifar10.py`."""

import hashlib

import numpy as np
import pytest

from cs231n import data_utils
from cs231n.data_utils import get_data, get_mnist_data, standardized

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
    with pytest.raises(ValueError, match="asked for|must be an integer"):
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
