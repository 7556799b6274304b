"""Saved answers are written after a pass, installed in the library, and loaded again."""

import inspect
import traceback

import numpy as np
import pytest

from cs231n import layer_utils, layers
from cs231n.assignment import check, use_my_answers
from cs231n.assignment.saving import answer_files, saved_answers
from tests.helpers.answers import function_from
from tests.helpers.kernels import SOFTMAX


def test_pass_is_saved_and_installed(saved, tmp_path, capsys):
    check(function_from(SOFTMAX, "softmax", tmp_path))
    assert capsys.readouterr().out.endswith(
        "note  saved in my_answers/softmax.py; the library now runs on your softmax\n"
    )
    assert layers.softmax.__doc__ == "Mine."
    text = (saved / "softmax.py").read_text(encoding="utf-8")
    assert answer_files.read() == {"softmax": (str(saved / "softmax.py"), text)} and text.endswith(
        "\n\n\n" + SOFTMAX.lstrip()
    )


def test_results_in_float32_are_accepted_with_a_note_to_a_person(saved, tmp_path, capsys, monkeypatch):
    rounded = SOFTMAX.replace("return e / e.sum(", "e = np.float32(e)\n    return e / e.sum(")
    check(function_from(rounded, "softmax", tmp_path))
    text = " ".join(capsys.readouterr().out.split())
    assert "note p is rounded to float32, though the inputs are float64: this is accepted, but a later cell" in text
    assert text.endswith("note saved in my_answers/softmax.py; the library now runs on your softmax")
    check(function_from(SOFTMAX, "softmax", tmp_path))
    assert "float32, though" not in capsys.readouterr().out
    monkeypatch.setattr(saved_answers, "is_interactive", lambda: False)
    check(function_from(rounded, "softmax", tmp_path))
    assert "note" not in capsys.readouterr().out


def test_file_says_what_it_is_and_runs_on_its_own(saved, tmp_path):
    check(function_from(SOFTMAX, "softmax", tmp_path))
    text = (saved / "softmax.py").read_text(encoding="utf-8")
    assert text.startswith("# Your softmax, task 1.1. It passed check()") and "delete this file" in text
    namespace = {}
    exec(compile(text, "softmax.py", "exec"), namespace)
    assert namespace["softmax"](np.zeros((1, 2))).tolist() == [[0.5, 0.5]]


def test_traceback_leads_to_the_line_of_the_file(saved, tmp_path):
    check(function_from(SOFTMAX, "softmax", tmp_path))
    use_my_answers()
    with pytest.raises(AttributeError) as caught:
        layers.softmax("no array")
    frame = traceback.extract_tb(caught.value.__traceback__)[-1]
    assert frame.filename == str(saved / "softmax.py") and frame.line == "e = np.exp(x - x.max(axis=1, keepdims=True))"
    assert (saved / "softmax.py").read_text(encoding="utf-8").splitlines()[frame.lineno - 1].strip() == frame.line


def test_failed_check_saves_nothing(saved, tmp_path):
    with pytest.raises(Exception, match="softmax"):
        check(function_from("def softmax(x):\n    return x\n", "softmax", tmp_path))
    assert not saved.exists()


def test_function_without_source_is_a_note(saved, capsys):
    namespace = {"np": np}
    exec(SOFTMAX, namespace)
    check(namespace["softmax"])
    assert "note  not saved: this function's source cannot be read" in capsys.readouterr().out
    assert not saved.exists()


def test_backward_pass_uses_the_saved_forward_pass(saved, tmp_path, capsys):
    forward = """
def batchnorm_forward(x, gamma, beta, bn_param):
    eps, keep = bn_param.get("eps", 1e-5), bn_param.get("momentum", 0.9)
    if bn_param["mode"] == "test":
        return gamma * (x - bn_param["running_mean"]) / np.sqrt(bn_param["running_var"] + eps) + beta, None
    if bn_param["mode"] != "train":
        raise ValueError(bn_param["mode"])
    mu, var = x.mean(0), x.var(0)
    bn_param["running_mean"] = keep * bn_param.get("running_mean", 0) + (1 - keep) * mu
    bn_param["running_var"] = keep * bn_param.get("running_var", 0) + (1 - keep) * var
    hat = (x - mu) / np.sqrt(var + eps)
    return gamma * hat + beta, {"hat": hat, "factor": gamma / np.sqrt(var + eps)}
"""
    backward = """
def batchnorm_backward(dout, cache):
    dgamma, dbeta = (dout * cache["hat"]).sum(0), dout.sum(0)
    return cache["factor"] * (dout - dbeta / len(dout) - cache["hat"] * dgamma / len(dout)), dgamma, dbeta
"""
    reference = layers.batchnorm_forward
    check(function_from(forward, "batchnorm_forward", tmp_path))
    assert (
        "keeps its own batchnorm_forward: the library's backward passes cannot read the cache of yours"
        in capsys.readouterr().out
    )
    check(function_from(backward, "batchnorm_backward", tmp_path))
    assert answer_files.read().keys() == {"batchnorm_forward", "batchnorm_backward"}
    use_my_answers()
    assert (
        "batchnorm_forward: the reference's, since the library's backward passes cannot read the cache"
        in capsys.readouterr().out
    )
    assert layers.batchnorm_forward is reference  # the library's other backward passes cannot read this cache


def test_family_with_its_own_cache_is_installed_as_a_whole(saved, tmp_path, capsys):
    forward = """
def affine_bn_relu_forward(x, w, b, gamma, beta, bn_param):
    a, one = layers.affine_forward(x, w, b)
    a, two = layers.batchnorm_forward(a, gamma, beta, bn_param)
    out, three = layers.relu_forward(a)
    return out, {"one": one, "two": two, "three": three}
"""
    backward = """
def affine_bn_relu_backward(dout, cache):
    d = layers.relu_backward(dout, cache["three"])
    d, dgamma, dbeta = layers.batchnorm_backward(d, cache["two"])
    return *layers.affine_backward(d, cache["one"]), dgamma, dbeta
"""
    reference = layer_utils.affine_bn_relu_forward
    mine = function_from(forward, "affine_bn_relu_forward", tmp_path)
    check(mine)
    assert layer_utils.affine_bn_relu_forward is reference
    second = function_from(backward, "affine_bn_relu_backward", tmp_path)
    second.__globals__["affine_bn_relu_forward"] = mine
    check(second)
    assert capsys.readouterr().out.endswith("the library now runs on your affine_bn_relu_backward\n")
    assert layer_utils.affine_bn_relu_forward is not reference


def test_documented_cache_is_installed(saved, tmp_path, capsys):
    for name in ("batchnorm_forward", "batchnorm_backward", "batchnorm_backward_alt", "batchnorm_backward_staged"):
        reference = getattr(layers, name)
        check(function_from(inspect.getsource(reference), name, tmp_path))
        assert getattr(layers, name) is not reference
    capsys.readouterr()
    use_my_answers()
    assert capsys.readouterr().out.count(": yours") == 4


def test_use_my_answers_says_whose_code_runs(saved, tmp_path, capsys):
    check(function_from(SOFTMAX, "softmax", tmp_path))
    layers.softmax = None
    capsys.readouterr()
    use_my_answers()
    lines = capsys.readouterr().out.splitlines()
    assert lines[:2] == ["softmax: yours", "softmax_jacobian: the reference's"]
    assert len(lines) == 10 and layers.softmax.__doc__ == "Mine."


def test_nothing_saved_is_one_line(saved, capsys):
    use_my_answers()
    assert capsys.readouterr().out == saved_answers.NOTHING_SAVED + "\n"


def test_stub_in_a_release_is_named(saved, capsys):
    def softmax(x):
        raise NotImplementedError("task 1.1")

    layers.softmax = softmax
    use_my_answers()
    first = capsys.readouterr().out.splitlines()[0]
    assert first == "softmax: not written yet, task 1.1 in 01_softmax_gradient.ipynb, section 2"
