"""Tests of the network: its gradients, its two modes, and mistakes that published solutions made."""

import autograd.numpy as anp
import numpy as np
import pytest

from cs231n import layers
from cs231n.classifiers.fc_net import FullyConnectedNet, TwoLayerNet
from cs231n.gradient_check import gradient_error, numerical_gradient
from tests.helpers.oracle import assert_close, read_only, vjp

D, HIDDEN, C, N = 6, [8, 7], 4, 12


def make(normalization=None, **settings):
    settings = {"input_dim": D, "num_classes": C, "weight_scale": "he", "dtype": np.float64, "seed": 0, **settings}
    return FullyConnectedNet(HIDDEN, normalization=normalization, **settings)


def batch(seed=1, n=N, offset=0.0):
    rng = np.random.default_rng(seed)
    return rng.standard_normal((n, D)) + offset, np.arange(n) % C


def off_centre(model):
    """Move every parameter off its initial value, so that nothing is zero or one by chance."""
    rng = np.random.default_rng(2)
    for name, w in model.params.items():
        model.params[name] = (w + 0.3 * rng.standard_normal(w.shape)).astype(w.dtype)
    return model


# --- gradients ------------------------------------------------------------------------------------


@pytest.mark.parametrize("reg", [0.0, 0.5])
@pytest.mark.parametrize("keep", [1, 0.7])
@pytest.mark.parametrize("normalization", [None, "batchnorm", "layernorm"])
def test_gradients_along_random_directions(normalization, keep, reg):
    """The slope of the loss along a random direction in one parameter is that gradient's projection on it."""
    model = off_centre(make(normalization, dropout_keep_ratio=keep, reg=reg))
    X, y = batch()
    _, grads = model.loss(X, y)
    assert grads.keys() == model.params.keys()
    rng = np.random.default_rng(3)
    for name, w in list(model.params.items()):
        direction = rng.standard_normal(w.shape)

        def along(t, name=name, w=w, direction=direction):
            model.params[name] = w + float(t) * direction
            return model.loss(X, y)[0]

        slope = numerical_gradient(along, 0.0)
        model.params[name] = w
        assert gradient_error(np.sum(grads[name] * direction), slope, floor=1e-2) < 1e-6, name


def test_whole_network_with_batch_norm_agrees_with_autograd():
    model = off_centre(make("batchnorm", reg=0.1))
    X, y = batch()
    names = list(model.params)

    def loss(*values):
        p, out = dict(zip(names, values)), X
        for i in (1, 2):
            z = anp.dot(out, p[f"W{i}"]) + p[f"b{i}"]
            z_hat = (z - anp.mean(z, axis=0)) / anp.sqrt(anp.var(z, axis=0) + 1e-5)
            out = anp.maximum(p[f"gamma{i}"] * z_hat + p[f"beta{i}"], 0)
        e = anp.exp(anp.dot(out, p["W3"]) + p["b3"])
        cross_entropy = -anp.mean(anp.log(e[np.arange(N), y] / anp.sum(e, axis=1)))
        return cross_entropy + 0.05 * sum(anp.sum(p[f"W{i}"] ** 2) for i in (1, 2, 3))

    value, grads = model.loss(X, y)
    assert value == pytest.approx(loss(*model.params.values()), rel=1e-12)
    for name, right in zip(names, vjp(loss, 1.0, *model.params.values())):
        assert_close(grads[name], right, name)


def test_gradients_reach_every_hidden_layer():
    model = off_centre(make("batchnorm"))
    X, y = batch()
    scores, caches, hidden = model.forward(X, "train")
    grads, dhidden = model.backward(layers.softmax_loss(scores, y)[1], caches)
    assert [h.shape for h in hidden] == [d.shape for d in dhidden] == [(N, width) for width in HIDDEN]
    assert np.allclose(dhidden[-1], layers.softmax_loss(scores, y)[1] @ model.params["W3"].T)
    assert grads.keys() == model.params.keys()


# --- construction ---------------------------------------------------------------------------------


def test_same_seed_gives_the_same_weights_with_and_without_normalization():
    plain, bn, ln, other = make(), make("batchnorm"), make("layernorm"), make(seed=1)
    for name, w in plain.params.items():
        assert np.array_equal(w, bn.params[name]) and np.array_equal(w, ln.params[name]), name
    assert not np.array_equal(plain.params["W1"], other.params["W1"])
    assert not np.array_equal(make(seed=None).params["W1"], make(seed=None).params["W1"])


def test_normalization_is_not_silently_ignored():
    """A mistake: comparing two plain networks. Batch norm has parameters, and does not depend on the input's scale."""
    bn, plain = make("batchnorm"), make()
    assert bn.params.keys() - plain.params.keys() == {"gamma1", "beta1", "gamma2", "beta2"}
    assert len(bn.bn_params) == len(HIDDEN) and plain.bn_params == []
    X, y = batch()
    assert bn.loss(1000 * X, y)[0] == pytest.approx(bn.loss(X, y)[0], rel=1e-4)
    assert plain.loss(1000 * X, y)[0] > 10 * plain.loss(X, y)[0]
    for hidden in bn.forward(50 + 1000 * X, "train")[2]:
        active = (hidden > 0).mean(axis=0)  # with mean 0 and variance 1, z has both signs
        assert np.all((0 < active) & (active < 1)) and np.all((hidden**2).mean(axis=0) <= 1)


def test_layer_norm_is_not_silently_ignored_and_needs_no_mode():
    ln, (X, y) = off_centre(make("layernorm")), batch()
    assert ln.params.keys() == make("batchnorm").params.keys() and ln.bn_params == [{}, {}]
    assert np.array_equal(ln.loss(X), ln.forward(X, "train")[0])
    assert np.allclose(ln.loss(X[:1]), ln.loss(X)[:1], rtol=1e-12), "no example depends on another"
    ln.loss(X, y)
    assert ln.bn_params == [{}, {}], "nothing is remembered"
    z = X @ ln.params["W1"] + ln.params["b1"]
    ln.params["W1"], ln.params["b1"] = 1000 * ln.params["W1"], 1000 * ln.params["b1"] + 50
    z_hat = (z - z.mean(axis=1, keepdims=True)) / z.std(axis=1, keepdims=True)
    right = np.maximum(ln.params["gamma1"] * z_hat + ln.params["beta1"], 0)
    assert np.allclose(ln.forward(X, "test")[2][0], right, rtol=1e-6)
    ln.bn_params[0]["eps"] = 1e12
    assert not np.allclose(ln.forward(X, "test")[2][0], right), "its settings are the user's"


def test_weight_scales():
    wide = FullyConnectedNet([400], input_dim=300, weight_scale="he", dtype=np.float64, seed=0)
    assert wide.params["W1"].std() == pytest.approx(np.sqrt(2 / 300), rel=0.02)
    assert wide.params["W2"].std() == pytest.approx(np.sqrt(2 / 400), rel=0.05)
    small = FullyConnectedNet([400], input_dim=300, weight_scale=1e-3, dtype=np.float64, seed=0)
    assert small.params["W1"].std() == pytest.approx(1e-3, rel=0.02)


def test_wrong_settings_are_refused():
    with pytest.raises(ValueError, match="normalization is 'batch_norm'.*None, 'batchnorm', 'layernorm'"):
        make("batch_norm")
    with pytest.raises(ValueError, match="weight_scale is 'He'.*\"he\""):
        make(weight_scale="He")
    for keep in (0, 1.5, -1):
        with pytest.raises(ValueError, match="dropout_keep_ratio"):
            make(dropout_keep_ratio=keep)


@pytest.mark.parametrize("shape", [(0, D), (3, D + 1), (D,), (3, 2, D), ()])
@pytest.mark.parametrize("normalization", [None, "batchnorm", "layernorm"])
def test_a_batch_of_the_wrong_shape_is_refused(normalization, shape):
    model = make(normalization)
    statistics = [{key: np.copy(value) for key, value in p.items()} for p in model.bn_params]
    for arguments in ([np.zeros(shape)], [np.zeros(shape), np.zeros(shape[:1], int)]):
        with pytest.raises(ValueError, match=r"X has shape \(.*input_dim = 6"):
            model.loss(*arguments)
    np.testing.assert_equal(model.bn_params, statistics)


@pytest.mark.parametrize("settings", [
    {}, {"normalization": "batchnorm", "reg": 0.1, "dropout_keep_ratio": 0.8}, {"normalization": "layernorm"},
])  # fmt: skip
def test_default_dtype_is_float32_throughout(settings):
    model = FullyConnectedNet(HIDDEN, input_dim=D, num_classes=C, seed=0, **settings)
    X, y = batch()
    _, grads = model.loss(X, y)  # X is float64
    statistics = [value for p in model.bn_params for key, value in p.items() if key.startswith("running")]
    for array in (*model.params.values(), *grads.values(), *statistics, model.loss(X)):
        assert array.dtype == np.float32


def test_loss_writes_neither_to_the_data_nor_to_the_parameters():
    model = off_centre(make("batchnorm", reg=0.1, dropout_keep_ratio=0.5))
    X, y = read_only(batch())
    read_only(model.params)
    _, grads = model.loss(X, y)
    model.loss(X)
    for name, dw in grads.items():
        assert not any(np.shares_memory(dw, w) for w in model.params.values()), name


def test_images_of_any_shape_are_flattened():
    X, y = batch()
    model = make()
    assert model.loss(X.reshape(N, 1, 2, 3), y)[0] == model.loss(X, y)[0]


def test_two_layer_net_is_the_case_of_one_hidden_layer_in_float64():
    X, y = batch()
    two = TwoLayerNet(D, 8, C, weight_scale=0.5, reg=0.3, seed=4)
    deep = FullyConnectedNet([8], D, C, weight_scale=0.5, reg=0.3, dtype=np.float64, seed=4)
    (loss, grads), (right, right_grads) = two.loss(X, y), deep.loss(X, y)
    assert loss == right and np.array_equal(two.loss(X), deep.loss(X))
    np.testing.assert_equal(grads, right_grads)
    assert {w.dtype for w in two.params.values()} == {np.dtype(np.float64)}
    assert TwoLayerNet(D, 8, C, dtype=np.float32).loss(X).dtype == np.float32


# --- L2 -------------------------------------------------------------------------------------------


def test_l2_is_on_the_weights_and_on_nothing_else():
    reg, (X, y) = 0.7, batch()
    model = off_centre(make("batchnorm"))
    loss0, grads0 = model.loss(X, y)
    model.reg = reg
    loss, grads = model.loss(X, y)
    assert loss - loss0 == pytest.approx(reg / 2 * sum(np.sum(model.params[f"W{i}"] ** 2) for i in (1, 2, 3)))
    for name, w in model.params.items():
        penalty = reg * w if name.startswith("W") else 0 * w
        assert np.allclose(grads[name] - grads0[name], penalty, atol=1e-12), name


# --- the two modes and the running statistics -----------------------------------------------------


def test_test_mode_works_before_the_first_step():
    X, y = batch()
    bn, plain = make("batchnorm"), make()
    assert np.allclose(bn.loss(X), plain.loss(X), rtol=1e-4), "mean 0 and variance 1 change nothing but for eps"


def test_running_statistics_persist_and_are_those_of_the_data_from_the_first_step_on():
    """A mistake: a new bn_param at every call. Then the training loss is perfect, but the accuracy is poor."""
    model, X = make("batchnorm"), batch(offset=3.0)[0]
    z = X @ model.params["W1"]
    for _ in range(15):
        in_training_mode = model.forward(X, "train")[0]
        assert np.allclose(model.bn_params[0]["running_mean"], z.mean(axis=0), rtol=1e-12)
        assert np.allclose(model.bn_params[0]["running_var"], z.var(axis=0), rtol=1e-12)
        assert np.allclose(model.loss(X), in_training_mode, atol=1e-10), "test mode has nothing to catch up"


@pytest.mark.parametrize("settings", [{"normalization": "batchnorm"}, {"dropout_keep_ratio": 0.5}])
def test_scores_do_not_depend_on_the_batch_around_an_example(settings):
    """A mistake: never setting test mode."""
    model = off_centre(make(**settings))
    X, y = batch()
    model.loss(X, y)
    model.loss(X + 1, y)
    before = [{key: np.copy(value) for key, value in p.items()} for p in model.bn_params]
    scores = model.loss(X)
    assert np.array_equal(scores, model.loss(X))
    for n in range(N):
        assert np.allclose(model.loss(X[n : n + 1]), scores[n : n + 1], rtol=1e-12)
    for p, b in zip(model.bn_params, before):
        assert np.array_equal(p["running_mean"], b["running_mean"])
        assert np.array_equal(p["running_var"], b["running_var"])
    assert not np.allclose(model.forward(X, "train")[0], scores), "training mode is another thing"


def test_training_mode_comes_back_after_test_mode():
    model, (X, y) = make("batchnorm"), batch(offset=2.0)
    loss, _ = model.loss(X, y)
    model.loss(X)
    before = model.bn_params[0]["running_mean"]
    model.loss(X + 1)
    assert np.array_equal(model.bn_params[0]["running_mean"], before)
    assert model.loss(X, y)[0] == loss
    model.loss(X + 1, y)
    assert not np.allclose(model.bn_params[0]["running_mean"], before)


def test_a_seed_fixes_the_dropout_mask_until_it_is_deleted():
    X, y = batch()
    first, second, other = (make(dropout_keep_ratio=0.5, seed=seed) for seed in (0, 0, 1))
    other.params = first.params  # the same weights, another mask
    fixed = first.loss(X, y)[0]
    assert fixed == first.loss(X, y)[0] == second.loss(X, y)[0] != other.loss(X, y)[0]
    for model in (first, second):
        del model.dropout_param["seed"]
    losses = [first.loss(X, y)[0] for _ in range(3)]
    assert losses == [second.loss(X, y)[0] for _ in range(3)], "still the same from run to run"
    assert len({fixed, *losses}) == 4, "a fresh mask at every step"


def test_without_a_seed_every_step_has_a_fresh_dropout_mask():
    X, y = batch()
    model = make(dropout_keep_ratio=0.5, seed=None)
    assert "seed" not in model.dropout_param
    assert len({float(model.loss(X, y)[0]) for _ in range(3)}) == 3


def test_a_network_with_a_seed_leaves_numpys_global_generator_alone():
    before = np.random.get_state()
    model = make("batchnorm", dropout_keep_ratio=0.5, seed=0)
    model.loss(*batch())
    del model.dropout_param["seed"]
    model.loss(*batch())
    assert all(np.array_equal(a, b) for a, b in zip(before, np.random.get_state()))
