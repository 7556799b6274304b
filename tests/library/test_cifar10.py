"""Tests of reading CIFAR-10: every pixel, both formats, little memory. For pickles see `test_safe_pickle.py`."""

import pickle
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cs231n import data_utils
from cs231n.cifar import cifar10
from cs231n.data_utils import get_CIFAR10_data, load_CIFAR10, load_CIFAR_batch, load_pickle
from tests.helpers.cifar_files import NAMES, WRITERS, binary_batch, random_images, write_folder

IMAGES, LABELS = random_images(12)  # two images per file
MB = 2**20


@pytest.fixture(params=["binary", "python"])
def version(request):
    return request.param


@pytest.fixture
def cifar(tmp_path, version):
    """A folder of one version with IMAGES and LABELS, two per file."""
    return write_folder(tmp_path / "cifar", version, IMAGES, LABELS)


def file_of(folder, name):
    """The file of that name in the folder, in either version."""
    (path,) = folder.glob(f"{name}*")
    return path


# --- pixels and labels ----------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [str, Path])
def test_pixels_and_labels_come_back_in_order_with_channels_last(cifar, kind):
    Xtr, Ytr, Xte, Yte = load_CIFAR10(kind(cifar))
    expected = IMAGES.transpose(0, 2, 3, 1)
    assert np.array_equal(Xtr, expected[:10]) and np.array_equal(Xte, expected[10:])
    assert np.array_equal(Ytr, LABELS[:10]) and np.array_equal(Yte, LABELS[10:])
    assert Xtr.dtype == Xte.dtype == np.float32 and Ytr.dtype == Yte.dtype == np.int64
    X, Y = load_CIFAR_batch(kind(file_of(cifar, "data_batch_3")))
    assert np.array_equal(X, expected[4:6]) and np.array_equal(Y, LABELS[4:6])


def test_red_comes_first_then_green_row_by_row(cifar, version):
    image = np.zeros((1, 3, 32, 32), np.uint8)
    image.reshape(-1)[:1024] = 255  # the first 1,024 bytes
    image.reshape(-1)[1024 + 32] = 7  # green, row 1, column 0
    file_of(cifar, "test_batch").write_bytes(WRITERS[version][0](image, np.array([3], np.uint8)))
    _, _, Xte, Yte = load_CIFAR10(cifar)
    assert np.all(Xte[0, :, :, 0] == 255) and Xte[0, 1, 0, 1] == 7 and Xte[0, :, :, 1:].sum() == 7 and Yte == [3]


def test_pixels_can_be_calculated_with_unless_bytes_are_asked_for(cifar):
    Xtr, _, Xte, _ = load_CIFAR10(cifar)
    assert Xtr.max() > 250 and (Xtr[0] - Xtr[1]).min() < 0
    bytes_tr, _, bytes_te, _ = load_CIFAR10(cifar, dtype=np.uint8)
    assert bytes_tr.dtype == bytes_te.dtype == np.uint8 and np.array_equal(bytes_tr, Xtr)
    for dtype in (np.int8, bool, "U3"):
        with pytest.raises(ValueError, match="np.uint8 or as a floating-point type"):
            load_CIFAR10(cifar, dtype=dtype)


def test_the_split_takes_the_validation_images_after_the_training_images(cifar):
    data = get_CIFAR10_data(num_training=5, num_validation=3, num_test=1, subtract_mean=False, ROOT=cifar)
    pixels = IMAGES.astype(np.float32)
    for part, where in (("train", slice(0, 5)), ("val", slice(5, 8)), ("test", slice(10, 11))):
        X, y = data[f"X_{part}"], data[f"y_{part}"]
        assert np.array_equal(X, pixels[where]) and np.array_equal(y, LABELS[where])
        assert X.dtype == np.float32 and y.dtype == np.int64 and X.flags.c_contiguous and X.flags.owndata
    assert list(data) == ["X_train", "y_train", "X_val", "y_val", "X_test", "y_test"]


def test_the_training_images_mean_is_subtracted_everywhere(cifar):
    pixels = IMAGES.astype(np.float64)
    data = get_CIFAR10_data(num_training=6, num_validation=4, num_test=2, ROOT=cifar)
    for part, where in (("train", slice(0, 6)), ("val", slice(6, 10)), ("test", slice(10, 12))):
        assert np.allclose(data[f"X_{part}"], pixels[where] - pixels[:6].mean(axis=0), atol=1e-4)


def test_by_name_the_pixels_are_in_the_course_s_scale(cifar, monkeypatch):
    """CS231n's function keeps pixels in 0..255. The comparison and notebook 3 use 0..1, as for the digits."""
    theirs = get_CIFAR10_data(num_training=6, num_validation=4, ROOT=cifar)
    monkeypatch.setattr(data_utils, "get_CIFAR10_data", lambda: get_CIFAR10_data(6, 4, ROOT=cifar))
    ours = data_utils.get_data("cifar10")
    for part in ("X_train", "X_val", "X_test"):
        assert np.allclose(ours[part] * 255, theirs[part], atol=1e-3) and np.abs(ours[part]).max() <= 1


@given(st.integers(1, 10), st.integers(0, 9), st.integers(0, 2))
def test_any_split_is_the_same_as_slicing_the_whole(small_folders, num_training, num_validation, num_test):
    for folder in small_folders:
        data = get_CIFAR10_data(num_training, num_validation, num_test, subtract_mean=False, ROOT=folder)
        n = min(num_training, 10 - num_validation)
        assert np.array_equal(data["y_train"], LABELS[:n]) and np.array_equal(data["X_train"], IMAGES[:n])
        assert np.array_equal(data["y_val"], LABELS[n : n + num_validation])
        assert np.array_equal(data["y_test"], LABELS[10 : 10 + num_test])


@pytest.fixture(scope="module")
def small_folders(tmp_path_factory):
    root = tmp_path_factory.mktemp("small")
    return [write_folder(root / version, version, IMAGES, LABELS) for version in WRITERS]


def test_a_sample_trains_on_what_validation_leaves(cifar):
    data = get_CIFAR10_data(num_validation=3, ROOT=cifar)  # the 49,000 and 1,000 images of the defaults are not there
    assert len(data["X_train"]) == 7 and len(data["X_val"]) == 3 and len(data["X_test"]) == 2
    with pytest.raises(ValueError, match="10 images leave none to train on beside 10"):
        get_CIFAR10_data(num_validation=10, ROOT=cifar)


@pytest.mark.parametrize(
    "counts, error, message",
    [
        ({"num_training": 0}, ValueError, "num_training=0: wanted at least 1"),
        ({"num_training": -5}, ValueError, "num_training=-5"),
        ({"num_validation": -1}, ValueError, "num_validation=-1: wanted at least 0"),
        ({"num_test": -1}, ValueError, "num_test=-1"),
        ({"num_training": 50_000}, ValueError, "50000 \\+ 1000 images.* has 50000"),
        ({"num_test": 10_001}, ValueError, "10001 to test.* 10000 to test"),
        ({"num_training": 10.0}, TypeError, "num_training=10.0: wanted a whole number"),
        ({"num_test": None}, TypeError, "num_test=None"),
    ],
)
def test_impossible_numbers_are_refused(cifar, counts, error, message):
    with pytest.raises(error, match=message):
        get_CIFAR10_data(**counts, ROOT=cifar)


# --- memory ---------------------------------------------------------------------------------------


def peak_of(function):
    """Call a function. Return its result, the bytes of its arrays, and its peak memory."""
    tracemalloc.start()
    result = function()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    arrays = result.values() if isinstance(result, dict) else result
    return sum(array.nbytes for array in arrays), peak


@pytest.fixture(scope="module")
def large_folders(tmp_path_factory):
    """Both versions with 500 images per file. A file takes 1.5 MB, and 5.9 MB as float32."""
    root = tmp_path_factory.mktemp("large")
    images, labels = random_images(3000)
    return {version: write_folder(root / version, version, images, labels) for version in WRITERS}


def test_no_more_memory_than_is_returned_and_one_file(large_folders, version):
    folder, one_file = large_folders[version], 500 * 3072
    as_floats = 4 * one_file
    for load in (load_CIFAR10, lambda ROOT: get_CIFAR10_data(1900, 500, 500, ROOT=ROOT)):
        returned, peak = peak_of(lambda load=load: load(folder))
        assert returned > 5 * one_file and peak < returned + as_floats, (returned / MB, peak / MB)
    few, peak = peak_of(lambda: get_CIFAR10_data(40, 10, 10, ROOT=folder))
    assert few < MB and peak < few + as_floats, (few / MB, peak / MB)


def test_a_file_that_is_not_needed_is_not_read(tmp_path, monkeypatch):
    write_folder(tmp_path, "python", IMAGES, LABELS)
    read = []
    monkeypatch.setattr(cifar10, "load_pickle", lambda file: read.append(Path(file.name).name) or load_pickle(file))
    get_CIFAR10_data(2, 1, 0, ROOT=tmp_path)
    assert set(read) == {"data_batch_1", "data_batch_2"}


# --- which folder ---------------------------------------------------------------------------------


@pytest.mark.parametrize("inside", [False, True])
def test_binary_is_preferred_where_both_versions_are_there(tmp_path, inside):
    binary, python = (cifar10.VERSIONS[v].folder if inside else "." for v in ("binary", "python"))
    write_folder(tmp_path / python, "python", IMAGES, (LABELS + 1) % 10)
    assert np.array_equal(load_CIFAR10(tmp_path)[1], (LABELS[:10] + 1) % 10)
    write_folder(tmp_path / binary, "binary", IMAGES, LABELS)
    assert np.array_equal(load_CIFAR10(tmp_path)[1], LABELS[:10])
    (tmp_path / binary / "data_batch_2.bin").unlink()  # now this version is incomplete
    assert np.array_equal(load_CIFAR10(tmp_path)[1], (LABELS[:10] + 1) % 10)


def test_without_root_it_is_the_checkouts_folder(tmp_path, monkeypatch):
    monkeypatch.setattr(cifar10, "DATASETS", tmp_path)
    with pytest.raises(FileNotFoundError, match="python -m cs231n.data_utils cifar10"):
        get_CIFAR10_data()
    write_folder(tmp_path / "cifar-10-batches-bin", "binary", IMAGES, LABELS)
    assert len(load_CIFAR10()[0]) == 10 and len(get_CIFAR10_data(num_validation=1)["X_train"]) == 9


@pytest.mark.parametrize("load", [load_CIFAR10, lambda ROOT: get_CIFAR10_data(ROOT=ROOT)])
def test_what_is_not_there_says_which_command_fetches_it(tmp_path, cifar, load):
    with pytest.raises(FileNotFoundError, match="is missing in .*nowhere.*python -m cs231n.data_utils cifar10"):
        load(tmp_path / "nowhere")
    file_of(cifar, "data_batch_3").unlink()
    with pytest.raises(FileNotFoundError, match="data_batch_3.* is missing.*python -m cs231n.data_utils cifar10"):
        load(cifar)


# --- damaged files ---------------------------------------------------------------------


@pytest.mark.parametrize("size", [0, 3072, 3073 + 1, 10_001 * 3073])
def test_a_binary_file_of_the_wrong_size_is_refused(tmp_path, size):
    path = write_folder(tmp_path, "binary", IMAGES, LABELS) / "data_batch_2.bin"
    path.write_bytes(bytes(size))
    for load in (load_CIFAR10, lambda ROOT: get_CIFAR10_data(ROOT=ROOT)):
        with pytest.raises(ValueError, match=f"data_batch_2.bin has {size} bytes.*download it again"):
            load(tmp_path)


def test_labels_above_9_are_refused(cifar, version):
    write = WRITERS[version][0]
    file_of(cifar, "data_batch_4").write_bytes(write(IMAGES[:2], np.array([9, 10], np.uint8)))
    for load in (load_CIFAR10, lambda ROOT: get_CIFAR10_data(9, 1, 1, ROOT=ROOT)):
        with pytest.raises(ValueError, match="data_batch_4.*: image 1 has label 10, CIFAR-10's are 0 to 9"):
            load(cifar)


@pytest.mark.parametrize(
    "content",
    [
        [1, 2],
        {"data": IMAGES[:2].reshape(2, -1)},
        {"data": IMAGES[:2].reshape(2, -1), "fine_labels": [1, 2]},  # CIFAR-100
        {"data": IMAGES[:2].reshape(2, -1), "labels": [1]},
        {"data": IMAGES[:2].reshape(2, -1), "labels": [1, 2.5]},
        {"data": IMAGES[:2].reshape(2, -1), "labels": [1, 2**70]},
        {"data": IMAGES[:2].reshape(2, -1), "labels": "12"},
        {"data": IMAGES[:2], "labels": [1, 2]},
        {"data": "pixels", "labels": [1, 2]},
    ],
)
def test_a_harmless_pickle_of_something_else_is_refused(tmp_path, content):
    path = write_folder(tmp_path, "python", IMAGES, LABELS) / "data_batch_1"
    path.write_bytes(pickle.dumps(content, protocol=2))
    with pytest.raises(ValueError, match="data_batch_1 is not one of CIFAR-10's files"):
        load_CIFAR10(tmp_path)


def test_the_helpers_names_are_the_librarys():
    assert [f"{name}.bin" for name in NAMES] == cifar10.VERSIONS["binary"].batches
    assert NAMES == cifar10.VERSIONS["python"].batches
    assert len(binary_batch(IMAGES, LABELS)) == 12 * 3073
