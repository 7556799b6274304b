"""Tests of networks, the solver, the data and the image grid with unusual arguments: refused, or computed correctly."""

import numpy as np
import pytest

from cs231n import data_utils, layers, vis_utils
from cs231n.classifiers.fc_net import FullyConnectedNet, TwoLayerNet
from tests.helpers.bad_input import INF, NAN, normal
from tests.helpers.solver_cases import make_solver, toy_data

SETTINGS = {"hidden_dims": [4], "input_dim": 3, "num_classes": 2, "seed": 0}


def net(**settings):
    return FullyConnectedNet(**{**SETTINGS, **settings})


@pytest.mark.parametrize("name, values, error", [
    ("dtype", [int, np.uint8, bool, complex, str, None, "no"], TypeError),
    ("reg", [-1, NAN, INF], ValueError),
    ("reg", ["0.1", None, np.ones(2)], TypeError),
    ("weight_scale", [-1e-2, NAN, INF, "xavier"], ValueError),
    ("weight_scale", [None, [1], np.ones(2)], TypeError),
    ("num_classes", [0, -1, 2.5, "3", None, True], ValueError),
    ("input_dim", [0, -1, 3.0, "3", None, (3, 32, 32)], ValueError),
    ("hidden_dims", [[0], [4, -1], [4.0], ["4"], [None], ([4],)], ValueError),
    ("hidden_dims", [4, None, "44", {4: 4}], TypeError),
    ("dropout_keep_ratio", [0, -1, 1.5, NAN, "0.5", None], ValueError),
    ("seed", [-1, 1.5, "0", True], ValueError),
])  # fmt: skip
def test_a_networks_settings(name, values, error):
    for value in values:
        with pytest.raises(error, match=rf"^{name}(\[\d\])? is "):
            net(**{name: value})
        if name in ("dtype", "reg", "weight_scale", "num_classes", "input_dim", "seed"):
            with pytest.raises(error, match=f"^{name} is "):
                TwoLayerNet(**{"input_dim": 3, "hidden_dim": 4, name: value})


@pytest.mark.parametrize("dtype", [np.float16, "float32", np.float64, np.dtype(np.longdouble)])
def test_floating_types_and_numpys_integers_are_settings(dtype):
    model = net(dtype=dtype, hidden_dims=(np.int64(4),), seed=np.int32(1), weight_scale="he", reg=np.float32(0.1))
    loss, grads = model.loss(normal(5, 3), np.arange(5) % 2)
    assert np.isfinite(loss) and model.params["W1"].dtype == dtype and grads["W1"].any()


@pytest.mark.parametrize("value", [0, -1, 2.5, "3"])
def test_numbers_of_examples(value):
    data = toy_data()
    with pytest.raises(ValueError, match="num_samples is"):
        make_solver().check_accuracy(data["X_val"], data["y_val"], num_samples=value)
    for name in ("num_train_samples", "num_val_samples"):
        with pytest.raises(ValueError, match=f"{name} is"):
            make_solver(**{name: value})
    for name in ("num_training", "num_validation"):
        with pytest.raises(ValueError, match=f"{name} is"):
            data_utils.get_mnist_data(**{name: value})


@pytest.mark.parametrize("name", ["", ".", "/"])
def test_a_checkpoint_without_a_name(name):
    with pytest.raises(ValueError, match="a file's name is wanted"):
        make_solver(checkpoint_name=name)


@pytest.mark.parametrize("seed", [1.5, -1, "1", True, np.arange(2)])
def test_a_dropout_seed_is_whole(seed):
    with pytest.raises(ValueError, match=r'dropout_param\["seed"\] is'):
        layers.dropout_forward(normal(2, 3), {"mode": "train", "p": 0.5, "seed": seed})


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("normalization", [None, "layernorm"])
def test_large_finite_inputs_pass_without_a_warning(normalization):
    X = normal(5, 3, dtype=np.float32) * np.float32(1e20)
    scores = net(weight_scale=1e-30, normalization=normalization).loss(X)
    assert np.isfinite(scores).all()


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("forward", [layers.batchnorm_forward, layers.layernorm_forward])
def test_float16_is_computed_as_float32(forward):
    x = (1e4 * normal(6, 4)).astype(np.float16)
    out, right = (forward(a, np.ones(4), np.zeros(4), {"mode": "train"})[0] for a in (x, x.astype(np.float64)))
    assert np.abs(right).max() > 1 and np.allclose(out, right, atol=1e-3)


@pytest.mark.parametrize("name", ["W1", "b1", "gamma1", "beta1", "W2", "b2"])
def test_a_replaced_parameter(name):
    model, X = net(normalization="batchnorm"), normal(5, 3)
    scores, w = model.loss(X), model.params[name]
    for wrong in (w[:1], w[None], w.T[..., None]):
        model.params[name] = wrong
        with pytest.raises(ValueError, match=rf"params\['{name}'\] has shape .* of shape \({w.shape[0]},.* is wanted"):
            model.loss(X)
    model.params[name] = w.astype(str)
    with pytest.raises(TypeError, match=rf"params\['{name}'\] has dtype"):
        model.loss(X)
    del model.params[name]
    with pytest.raises(ValueError, match=rf"params\['{name}'\] is missing"):
        model.loss(X)
    for same in (w.astype(np.float64), w.tolist()):
        model.params[name] = same
        assert model.loss(X).dtype == np.float32 and np.array_equal(model.loss(X), scores)


@pytest.mark.parametrize("value", [NAN, INF, -INF])
def test_forward_keeps_the_running_statistics_clean(value):
    model, X = net(normalization="batchnorm"), normal(5, 3)
    X[3, 1] = value
    for mode in ("train", "test"):
        with pytest.raises(ValueError, match=r"NaN or infinity in 1 of 5 examples, first in X\[3\]"):
            model.forward(X, mode)
    assert not model.bn_params[0]["running_mean"].any() and (model.bn_params[0]["running_var"] == 1).all()


@pytest.mark.parametrize("mode", ["tset", None, True])
def test_forward_wants_one_of_two_modes(mode):
    with pytest.raises(ValueError, match='must be "train" or "test"'):
        net().forward(normal(5, 3), mode)


@pytest.mark.parametrize("images", [np.zeros((0, 2, 2, 3)), np.zeros((2, 2, 3)), np.full((1, 2, 2, 3), NAN),
                                    np.full((1, 2, 2, 3), INF)])  # fmt: skip
def test_images_that_make_no_grid(images):
    with pytest.raises(ValueError, match="^Xs has"):
        vis_utils.visualize_grid(images)


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int64, np.float16])
def test_the_grid_of_another_dtype_is_that_of_float64(dtype):
    low, high = (-128, 127) if dtype == np.int8 else (0, 200)
    images = np.random.default_rng(0).integers(low, high, (4, 3, 3, 3)).astype(dtype)
    assert np.array_equal(vis_utils.visualize_grid(images), vis_utils.visualize_grid(images.astype(np.float64)))
