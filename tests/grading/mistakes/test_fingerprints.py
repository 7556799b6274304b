"""Test the committed data of check(): right, reproducible, small, and away from kinks."""

import numpy as np
import pytest

from cs231n.assignment.cases import stored


def test_committed_gradients_are_those_of_small_steps():
    """Compare the data with central differences of formulas written here. Nothing of the library is used."""

    def softmax_loss(x, y):
        z = x - x.max(axis=1, keepdims=True)
        return np.mean(np.log(np.exp(z).sum(axis=1)) - z[np.arange(len(y)), y])

    def batchnorm(x, gamma, beta, eps):
        return gamma * (x - x.mean(axis=0)) / np.sqrt(((x - x.mean(axis=0)) ** 2).mean(axis=0) + eps) + beta

    def slopes(f, x, h=1e-5):
        steps = [np.eye(1, x.size, k).reshape(x.shape) * h for k in range(x.size)]
        return np.array([(f(x + s) - f(x - s)) / (2 * h) for s in steps]).reshape(x.shape)

    def agrees(got, want):
        return np.linalg.norm(got - want) <= 1e-7 * (1 + np.linalg.norm(want))

    def loss_of(inputs):
        return lambda x: softmax_loss(x, inputs["y"])

    def total_of(inputs, name, eps):
        def total(array):
            i = {**inputs, name: array}
            return np.sum(batchnorm(i["x"], i["gamma"], i["beta"], eps) * i["dout"])

        return total

    for case in ("scores_plain", "scores_square", "scores_row_offsets"):
        inputs = stored.inputs(case)
        assert agrees(stored.expected("softmax_loss", case)["dx"], slopes(loss_of(inputs), inputs["x"]))
    for case in ("bn_plain", "bn_large_eps", "bn_square"):
        inputs = stored.inputs(case)
        for name in ("x", "gamma", "beta"):
            want = slopes(total_of(inputs, name, float(inputs.get("eps", 1e-5))), inputs[name])
            for task in ("batchnorm_backward", "batchnorm_backward_alt", "batchnorm_backward_staged"):
                assert agrees(stored.expected(task, case)[f"d{name}"], want)


@pytest.mark.slow
def test_build_is_reproducible(tmp_path, monkeypatch):
    """Two builds give the same bytes, and the committed arrays are what the sources give."""
    from cs231n.grading.mistakes import fingerprints

    monkeypatch.setattr(stored, "EXPECTED", tmp_path / "expected.npz")
    monkeypatch.setattr(stored, "MISTAKES", tmp_path / "mistakes.json")
    stored.forget()
    try:
        fingerprints.build()
        first = stored.EXPECTED.read_bytes(), stored.MISTAKES.read_bytes()
        fingerprints.build()
        assert (stored.EXPECTED.read_bytes(), stored.MISTAKES.read_bytes()) == first
        rebuilt = dict(stored._arrays())
    finally:
        monkeypatch.undo()
        stored.forget()
    committed = stored._arrays()
    assert list(rebuilt) == list(committed)
    for key, array in rebuilt.items():
        np.testing.assert_allclose(array, committed[key], rtol=1e-5, atol=1e-6, err_msg=key)


def test_data_are_small():
    assert stored.EXPECTED.stat().st_size < 300_000


def test_bn_sandwich_inputs_are_away_from_the_kink():
    from cs231n import layers
    from cs231n.assignment.cases.calls import bn_param

    for case in ("sandwich_train", "sandwich_test", "sandwich_square"):
        i = stored.inputs(case)
        a_bn, _ = layers.batchnorm_forward(i["x"] @ i["w"] + i["b"], i["gamma"], i["beta"], bn_param(i))
        assert np.abs(a_bn).min() > (0.08 if case == "sandwich_train" else 1e-3)
    for case in ("relu_plain", "relu_images"):
        assert np.abs(stored.inputs(case)["x"]).min() > 0.04
