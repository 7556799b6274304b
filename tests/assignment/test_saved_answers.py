"""Saved answers are written after a pass, installed in the library, and loaded again."""

import inspect
import os
import subprocess
import sys

import numpy as np
import pytest

from cs231n import layer_utils, layers
from cs231n.assignment import check, use_my_answers
from cs231n.assignment.saving import saved_answers
from tests.helpers.answers import function_from
from tests.helpers.paths import ROOT

SOFTMAX = '''
def softmax(x):
    """Mine."""
    e = np.exp(x - x.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)
'''
RELU = "def relu_backward(dout, cache):\n    return np.where(cache > 0, dout, 0)\n"


def test_default_path_is_beside_the_notebooks(monkeypatch):
    monkeypatch.delenv("CS231N_ANSWERS", raising=False)
    assert saved_answers.path() == ROOT / "notebooks" / "my_answers.py"


def test_without_a_notebooks_folder_the_path_is_beside_the_library(monkeypatch, tmp_path):
    """In an nbgrader assignment, the notebooks are in the same folder as the library."""
    monkeypatch.delenv("CS231N_ANSWERS", raising=False)
    monkeypatch.setattr(
        saved_answers, "__file__", str(tmp_path / "cs231n" / "assignment" / "saving" / "saved_answers.py")
    )
    assert saved_answers.path() == tmp_path / "my_answers.py"


def test_pass_is_saved_and_installed(saved, tmp_path, capsys):
    check(function_from(SOFTMAX, "softmax", tmp_path))
    assert capsys.readouterr().out.endswith("note  saved in my_answers.py; the library now runs on your softmax\n")
    assert layers.softmax.__doc__ == "Mine."
    assert saved_answers.read() == {"softmax": SOFTMAX.strip() + "\n"}


def test_results_in_float32_are_accepted_with_a_note_to_a_person(saved, tmp_path, capsys, monkeypatch):
    rounded = SOFTMAX.replace("return e / e.sum(", "e = np.float32(e)\n    return e / e.sum(")
    check(function_from(rounded, "softmax", tmp_path))
    text = " ".join(capsys.readouterr().out.split())
    assert "note p is rounded to float32, though the inputs are float64: this is accepted, but a later cell" in text
    assert text.endswith("note saved in my_answers.py; the library now runs on your softmax")
    check(function_from(SOFTMAX, "softmax", tmp_path))
    assert "float32, though" not in capsys.readouterr().out
    monkeypatch.setattr(saved_answers, "is_interactive", lambda: False)
    check(function_from(rounded, "softmax", tmp_path))
    assert "note" not in capsys.readouterr().out


def test_file_is_in_the_order_of_the_tasks_and_can_be_imported(saved, tmp_path):
    check(function_from(RELU, "relu_backward", tmp_path))
    check(function_from(SOFTMAX, "softmax", tmp_path))
    text = saved.read_text(encoding="utf-8")
    assert text.index("# --- task 1.1: softmax ---") < text.index("# --- task 1.6: relu_backward ---")
    namespace = {}
    exec(compile(text, "my_answers.py", "exec"), namespace)
    assert namespace["softmax"](np.zeros((1, 2))).tolist() == [[0.5, 0.5]]


def test_new_pass_replaces_the_old_answer(saved, tmp_path):
    check(function_from(SOFTMAX, "softmax", tmp_path))
    check(function_from(SOFTMAX.replace("Mine", "Newer"), "softmax", tmp_path))
    text = saved.read_text(encoding="utf-8")
    assert text.count("def softmax") == 1 and "Newer" in text
    assert [file.name for file in tmp_path.iterdir() if "my_answers" in file.name] == ["my_answers.py"]


def test_text_above_the_answers_is_kept(saved, tmp_path):
    saved.write_text("# my own notes\nimport numpy as np\n", encoding="utf-8")
    check(function_from(SOFTMAX, "softmax", tmp_path))
    text = saved.read_text(encoding="utf-8")
    assert text.startswith("# my own notes\nimport numpy as np\n\n\n# --- task 1.1: softmax ---\n")


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


def test_failure_to_write_is_a_note(saved, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("CS231N_ANSWERS", str(tmp_path / "no such folder" / "my_answers.py"))
    check(function_from(SOFTMAX, "softmax", tmp_path))
    assert (
        "note  not saved: my_answers.py cannot be read or written (FileNotFoundError); the library now"
        in capsys.readouterr().out
    )
    assert layers.softmax.__doc__ == "Mine."


def test_crash_while_writing_leaves_the_old_file(saved, tmp_path, monkeypatch):
    check(function_from(SOFTMAX, "softmax", tmp_path))
    before = saved.read_bytes()

    def crash(*arguments):
        raise OSError("the disk is full")

    monkeypatch.setattr(os, "replace", crash)
    check(function_from(RELU, "relu_backward", tmp_path))
    assert saved.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir() if "my_answers" in file.name] == ["my_answers.py"]


KILLED = """
import os, sys, time
from cs231n.assignment.saving import saved_answers

def wait(*arguments):
    print("in the middle", flush=True)
    time.sleep(60)

setattr(os, sys.argv[1], wait)
saved_answers.write({**saved_answers.read(), "relu_backward": "def relu_backward(dout, cache):\\n    return 1\\n"})
"""


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_process_that_is_killed_in_the_middle_of_a_write_loses_nothing(saved, tmp_path, call):
    check(function_from(SOFTMAX, "softmax", tmp_path))
    before = saved.read_bytes()
    child = subprocess.Popen([sys.executable, "-c", KILLED, call], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert child.stdout.readline() == "in the middle\n"
    child.kill()
    child.wait()
    child.stdout.close()
    assert saved.read_bytes() == before
    assert len(list(tmp_path.glob("my_answers.py.*.part"))) == 1  # the unfinished file is left beside it
    check(function_from(RELU, "relu_backward", tmp_path))
    assert saved_answers.read().keys() == {"softmax", "relu_backward"}


def test_git_ignores_the_file_and_the_unfinished_file_of_a_killed_process():
    names = ["notebooks/my_answers.py", "notebooks/my_answers.py.4711.part"]
    run = subprocess.run(["git", "check-ignore", *names], cwd=ROOT, capture_output=True, text=True)
    if run.returncode == 128:
        pytest.skip("no git checkout")
    assert run.stdout.split() == names


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
    assert saved_answers.read().keys() == {"batchnorm_forward", "batchnorm_backward"}
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


@pytest.mark.parametrize(
    "broken", ["def softmax(x:\n    return x\n", "raise SystemExit(1)\n", "x = 1 / 0\n", "softmaks = 3\n"]
)
def test_broken_function_does_not_stop_the_others(saved, tmp_path, capsys, broken):
    reference = layers.softmax
    saved_answers.write({"softmax": broken, "relu_backward": RELU})
    use_my_answers()
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("softmax: not usable, ") and "01_softmax_gradient.ipynb" in lines[0]
    assert "relu_backward: yours" in lines
    assert layers.softmax is reference


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00nonsense", b"this is not Python\n"])
def test_broken_file_does_not_stop_the_notebook(saved, capsys, content):
    saved.write_bytes(content)
    use_my_answers()
    assert "no saved answers" in capsys.readouterr().out or content.startswith(b"\xff")


def test_stub_in_a_release_is_named(saved, capsys):
    def softmax(x):
        raise NotImplementedError("task 1.1")

    layers.softmax = softmax
    use_my_answers()
    first = capsys.readouterr().out.splitlines()[0]
    assert first == "softmax: not written yet, task 1.1 in 01_softmax_gradient.ipynb, section 3"
