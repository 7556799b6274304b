"""An answer is saved together with the functions, constants and imports that it needs from other cells."""

import functools

import numpy as np
import pytest

from cs231n import layers
from cs231n.assignment import CheckFailed, check
from cs231n.assignment.saving import answer_files, saved_answers
from tests.helpers.answers import function_from
from tests.helpers.kernels import RELU, kernel_with

ANSWER = """
def softmax(x):
    return divided(exponentials(x))
"""
HELPERS = {
    "divided": "def divided(e):\n    return e / total(e)\n",
    "total": "def total(e):\n    return NP.sum(e, axis=AXES[0], keepdims=True) * one(e)\n",
    "one": "one = lambda e: ONE\n",
    "exponentials": "def exponentials(x):\n    inner = lambda z: exp(z)\n    return inner(x - largest(x))\n",
    "largest": "def largest(x):\n    x.mean()\n    return x.max(axis=1, keepdims=True)\n",
}
VALUES = {"NP": np, "ONE": 1.0, "AXES": (1, "one"), "exp": np.exp, "mean": np.ones(3)}


def cells(folder, sources, **values):
    """Run each source as a cell of its own, in one namespace. Return the namespace."""
    namespace = {"np": np, "layers": layers, **values}
    for number, source in enumerate(sources):
        file = folder / f"cell_{number}.py"
        file.write_text(source, encoding="utf-8")
        exec(compile(source, str(file), "exec"), namespace)
    return namespace


def test_helpers_are_saved_with_the_answer(saved, tmp_path, capsys):
    check(cells(tmp_path, [*HELPERS.values(), ANSWER], **VALUES)["softmax"])
    assert capsys.readouterr().out.endswith(
        "note  saved in my_answers/softmax.py; the library now runs on your softmax\n"
    )
    text = (saved / "softmax.py").read_text(encoding="utf-8")
    pieces = ["import numpy as NP", "AXES = (1, 'one')", "ONE = 1.0", HELPERS["one"], HELPERS["total"], "def divided"]
    assert all(text.count(piece) == 1 for piece in pieces)
    assert text.index("ONE = 1.0") < text.index("one = lambda") < text.index("def total") < text.index("def divided")
    assert text.index("def divided") < text.index("def softmax")
    assert "mean =" not in text  # x.mean() is a method: the global of this name is not needed

    before = (saved / "softmax.py").read_bytes()
    check(function_from(RELU, "relu_backward", tmp_path))  # another answer is saved: the helpers stay
    assert (saved / "softmax.py").read_bytes() == before and "relu_backward" in answer_files.read()
    x = np.array([[0.0, np.log(3)]])
    assert np.allclose(saved_answers.load()["softmax"](x), [[0.25, 0.75]])
    namespace = {}
    exec(compile(text, "softmax.py", "exec"), namespace)
    assert np.allclose(namespace["softmax"](x), [[0.25, 0.75]])

    short = "def softmax(x):\n    return layers.np.exp(x - x.max(1)[:, None]) / layers.np.exp(x - x.max(1)[:, None])"
    check(function_from(short + ".sum(1)[:, None]\n", "softmax", tmp_path))  # saved anew: its helpers go
    assert "def divided" not in (saved / "softmax.py").read_text(encoding="utf-8")


def test_helper_in_the_same_cell_is_saved_too(saved, tmp_path, capsys):
    source = "def helper(x):\n    return np.exp(x - x.max(axis=1, keepdims=True))\n\n\ndef softmax(x):\n"
    source += "    e = helper(x)\n    return e / e.sum(axis=1, keepdims=True)\n"
    check(function_from(source, "softmax", tmp_path))
    assert "saved in my_answers/softmax.py" in capsys.readouterr().out
    assert answer_files.read()["softmax"] == answer_files.compose("softmax", source)


@pytest.mark.parametrize(
    "source",
    [
        "relu_backward = lambda dout, cache: np.where(cache > 0, dout, 0)\n",
        "def mine(dout, cache):\n    return np.where(cache > 0, dout, 0)\n\n\nrelu_backward = mine\n",
        "mask = lambda x: x > 0\nrelu_backward = lambda dout, cache: dout * mask(cache)\n",
    ],
)
def test_answer_by_another_name_is_found_and_saved(saved, tmp_path, capsys, source):
    check(cells(tmp_path, [source])["relu_backward"])
    out = capsys.readouterr().out
    assert out.startswith("ok    dx has the shape of x") and out.endswith("now runs on your relu_backward\n")
    assert saved_answers.load()["relu_backward"](1.0, np.array([2.0, -2.0])).tolist() == [1, 0]


def test_helper_that_calls_itself_is_saved_once(saved, tmp_path):
    helper = "def halved(x, times):\n    return x if times == 0 else halved(x / 2, times - 1)\n"
    source = "def relu_backward(dout, cache):\n    return np.where(cache > 0, halved(8 * dout, 3), 0)\n"
    check(cells(tmp_path, [helper, source])["relu_backward"])
    assert (saved / "relu_backward.py").read_text(encoding="utf-8").count("def halved") == 1


def test_helper_with_a_decorator_of_the_notebook_is_reported(saved, tmp_path, capsys):
    helper = "@wrapped\ndef mask(x):\n    return x > 0\n"
    source = "def relu_backward(dout, cache):\n    return np.where(mask(cache), dout, 0)\n"
    wrapped = "def wrapped(f):\n    return wraps(f)(lambda x: f(x))\n"
    check(cells(tmp_path, [wrapped, helper, source], wraps=functools.wraps)["relu_backward"])
    text = " ".join(capsys.readouterr().out.split())
    assert text.endswith("(NameError: name 'wrapped' is not defined): define what it needs inside relu_backward")


@pytest.mark.parametrize("value", [np.ones(3), object(), float("inf"), [np.float64(2)], functools.partial(max, 0)])
def test_value_that_cannot_be_saved_is_reported_with_a_remedy(saved, tmp_path, capsys, value):
    source = "def relu_backward(dout, cache):\n    str(THING)\n    return np.where(cache > 0, dout, 0)\n"
    check(cells(tmp_path, [source], THING=value)["relu_backward"])
    text = " ".join(capsys.readouterr().out.split())
    assert "note not saved, since it needs THING: define THING inside relu_backward, run that cell" in text
    assert not saved.exists()


def test_helper_without_source_is_reported(saved, tmp_path, capsys):
    namespace = {"np": np}
    exec("def mask(x):\n    return x > 0\n", namespace)
    source = "def relu_backward(dout, cache):\n    return np.where(mask(cache), dout, 0)\n"
    check(cells(tmp_path, [source], mask=namespace["mask"])["relu_backward"])
    assert "define mask inside relu_backward" in capsys.readouterr().out


def test_answer_that_calls_an_unsaved_answer_is_saved_after_it(saved, tmp_path, capsys):
    forward = "def softmax(x):\n    e = np.exp(x - x.max(1)[:, None])\n    return e / e.sum(1)[:, None]\n"
    loss = "def softmax_jacobian(p):\n    softmax(p)\n    return np.array([np.diag(q) - np.outer(q, q) for q in p])\n"
    namespace = cells(tmp_path, [forward, loss])
    check(namespace["softmax_jacobian"])
    assert "since it calls your softmax, which is not saved: run check(softmax), then" in capsys.readouterr().out
    check(namespace["softmax"])
    check(namespace["softmax_jacobian"])
    assert list(answer_files.read()) == ["softmax", "softmax_jacobian"]
    assert answer_files.read()["softmax_jacobian"] == answer_files.compose("softmax_jacobian", loss)


def test_name_that_the_library_has_comes_with_a_remedy(tmp_path, capsys):
    source = "def softmax_loss(x, y):\n    p = softmax(x)\n    return 0.0, p\n"
    with pytest.raises(CheckFailed):
        check(function_from(source, "softmax_loss", tmp_path))
    text = " ".join(capsys.readouterr().out.split())
    assert (
        "NameError: name 'softmax' is not defined (write layers.softmax, or run the cell of your softmax again), in "
        "your line `p = softmax(x)`" in text
    )
    with pytest.raises(CheckFailed):
        check(function_from(source.replace("softmax(x)", "affine_forward(x, x, y)"), "softmax_loss", tmp_path))
    assert "is not defined (write layers.affine_forward), in" in " ".join(capsys.readouterr().out.split())
    for name in ("layers2", "sofmax", "validation"):
        with pytest.raises(CheckFailed):
            check(function_from(source.replace("softmax(x)", f"{name}(x)"), "softmax_loss", tmp_path))
        assert "(write" not in capsys.readouterr().out


@pytest.mark.kernel
def test_helper_of_another_cell_in_a_kernel_comes_back_after_a_restart(tmp_path):
    kernel = kernel_with(tmp_path, automated=False)
    try:
        kernel.run("import numpy as numpy_\nONE = 1")
        kernel.run("def mask(x):\n    return numpy_.where(x > 0, ONE, 0)")
        kernel.run("def relu_backward(dout, cache):\n    return dout * mask(cache)")
        text, errors = kernel.run("check(relu_backward)")
        assert not errors and text.endswith(
            "saved in my_answers/relu_backward.py; the library now runs on your relu_backward\n"
        )
    finally:
        kernel.close()
    another = kernel_with(tmp_path, automated=False)
    try:
        text, errors = another.run("use_my_answers()\nprint(layers.relu_backward(np.ones(2), np.array([-1.0, 1.0])))")
        assert not errors and "relu_backward: yours\n" in text and text.endswith("[0. 1.]\n")
    finally:
        another.close()
