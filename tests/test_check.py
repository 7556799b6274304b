"""check(): right answers of every style pass, unfinished ones stop quietly, wrong ones are described."""

import importlib.util
import inspect
import linecache
import textwrap
from pathlib import Path

import numpy as np
import pytest

from cs231n.assignment import CheckFailed, check, data
from cs231n.assignment.check import report
from cs231n.assignment.properties import properties_of
from cs231n.assignment.tasks import TASKS
from cs231n.grading.fingerprints import FORWARD_OF, reference

RIGHT_ANSWERS = sorted((Path(__file__).parent / "right_answers").glob("*.py"))


def functions_of(path):
    spec = importlib.util.spec_from_file_location(f"right_answers_{path.stem}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return [function for name, function in vars(module).items() if name in TASKS]


STYLES = [pytest.param(f, id=f"{path.stem}-{f.__name__}") for path in RIGHT_ANSWERS for f in functions_of(path)]


def compiled(source, name, **names):
    """A function from its source, as a notebook cell would define it."""
    namespace = {"np": np, **names}
    exec(textwrap.dedent(source), namespace)
    return namespace[name]


@pytest.mark.parametrize("task", TASKS)
def test_reference_passes(task, capsys):
    check(reference(task))
    lines = capsys.readouterr().out.splitlines()
    assert lines and all(line.startswith("ok    ") for line in lines)
    assert len(lines) == len(properties_of(task))


@pytest.mark.parametrize("function", STYLES)
def test_right_answer_in_another_style_passes(function, capsys):
    check(function)
    out = capsys.readouterr().out
    assert all(line.startswith("ok    ") for line in out.splitlines())


@pytest.mark.parametrize("task", TASKS)
def test_stub_stops_quietly(task, capsys):
    def stub(*arguments):
        raise NotImplementedError("task: write it")

    stub.__name__ = task
    with pytest.raises(CheckFailed, match=f"^task {TASKS[task].number}, {task}: not written yet. Write it"):
        check(stub)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("task", TASKS)
def test_returning_none_fails(task, capsys):
    function = compiled(f"def {task}(*arguments): pass", task)
    with pytest.raises(CheckFailed):
        check(function)
    assert "FAIL" in capsys.readouterr().out


@pytest.mark.parametrize("task", TASKS)
def test_ok_lines_hold_no_floats_and_text_repeats(task):
    lines, _ = report(task, reference(task))
    assert lines == report(task, reference(task))[0]
    allowed = ("eps = 1e-5", "eps = 0.4", "and 0.5", "0.1", "1.5")
    for line in lines:
        for text in allowed:
            line = line.replace(text, "")
        assert "." not in line


@pytest.mark.parametrize("thing", [None, 3, "softmax", np.zeros(3)])
def test_what_is_no_function_is_refused(thing):
    with pytest.raises(TypeError, match="softmax_jacobian"):
        check(thing)


def test_unknown_name_is_refused_with_the_tasks():
    with pytest.raises(ValueError, match="relu_forward; the tasks are softmax,"):
        check(compiled("def relu_forward(x): return x", "relu_forward"))


def failing(function):
    lines, failed = report(function.__name__, function)
    assert failed
    return lines


def test_exception_becomes_a_line_with_the_students_code():
    source = "def softmax(x):\n    n = len(x)\n    return np.exp(x) / undefined_name\n"
    linecache.cache["<cell>"] = (len(source), None, source.splitlines(keepends=True), "<cell>")
    namespace = {"np": np}
    exec(compile(source, "<cell>", "exec"), namespace)
    lines = failing(namespace["softmax"])
    assert lines[0] == (
        "FAIL  p has the shape of x, (N, C): NameError: name 'undefined_name' is not defined, "
        "in your line `return np.exp(x) / undefined_name`"
    )
    assert lines[1].startswith("...   ")


def test_wrong_number_of_results_is_said():
    lines = failing(compiled("def softmax_loss(x, y): return 1.0", "softmax_loss"))
    assert "returns a float where 2 things are asked for: loss, dx" in lines[0]


@pytest.mark.parametrize(
    "body, text",
    [
        ("return -p", "p has the wrong sign"),
        ("return 3 * p", "p is 3 times what it should be"),
        ("return p.T", "p has shape (5, 8) where (8, 5) is asked for"),
        ("return p[0]", "p has shape (5,)"),
        ("return p * np.nan", "p holds nan"),
        ("q = p.copy(); q[2, 1] += 1; return q", "in column 1 only: entry [2, 1] is"),
        ("return (p > 0.5).astype(int)", "p has dtype int64"),
        ("return p.tolist()[0][0]", "p has shape ()"),
        ("return 'p'", "p is a str"),
    ],
)
def test_description_of_a_wrong_result(body, text):
    function = compiled(
        f"def softmax(x):\n    e = np.exp(x - x.max(1, keepdims=True)); p = e / e.sum(1, keepdims=True)\n    {body}", "softmax"
    )
    assert any(text in line for line in failing(function)), failing(function)


def test_shape_with_right_numbers_is_said():
    source = """
    def batchnorm_backward(dout, cache):
        x, gamma, beta, var, mu, x_hat, eps = cache
        dgamma, dbeta = (dout * x_hat).sum(0, keepdims=True), dout.sum(0, keepdims=True)
        return gamma / np.sqrt(var + eps) * (dout - dbeta / len(x) - x_hat * dgamma / len(x)), dgamma, dbeta
    """
    lines = failing(compiled(source, "batchnorm_backward"))
    assert lines[0].endswith("dgamma has shape (1, 3) where (3,) is asked for; the numbers are right, only the shape is not")


def test_first_wrong_node_is_reported_and_missing_ones_are_named():
    right = reference("batchnorm_backward_staged")

    def batchnorm_backward_staged(dout, cache):
        nodes = right(dout, cache)
        return {**nodes, "dvar": 3 * nodes["dvar"], "dmu": -nodes["dmu"]}

    lines = failing(batchnorm_backward_staged)
    wrong = [line for line in lines if line.startswith("FAIL")]
    assert wrong == ["FAIL  node dvar: dvar is 3 times what it should be"]

    def incomplete(dout, cache):
        nodes = right(dout, cache)
        return {name: value for name, value in nodes.items() if name not in ("dsq", "dmu")}

    incomplete.__name__ = "batchnorm_backward_staged"
    assert "the dictionary has no dsq, dmu" in failing(incomplete)[0]


def test_prints_are_hidden_and_said_only_on_failure(capsys):
    failing(compiled("def softmax(x):\n    print('here')\n    return x", "softmax"))
    with pytest.raises(CheckFailed):
        check(compiled("def softmax(x):\n    print('here')\n    return x", "softmax"))
    out = capsys.readouterr().out
    assert "here" not in out and "note  what your function prints is hidden" in out


def test_wrong_forward_is_said_first_and_the_check_goes_on():
    source = """
    def batchnorm_forward(x, gamma, beta, bn_param):
        return x, (x,)

    def batchnorm_backward(dout, cache):
        x, gamma, beta, var, mu, x_hat, eps = cache
        dgamma, dbeta = (dout * x_hat).sum(0), dout.sum(0)
        return gamma / np.sqrt(var + eps) * (dout - dbeta / len(x) - x_hat * dgamma / len(x)), dgamma, dbeta
    """
    lines, failed = report("batchnorm_backward", compiled(source, "batchnorm_backward"))
    assert lines[0].startswith("note  your batchnorm_forward is not right yet") and not failed


def test_stub_forward_means_the_documented_cache():
    def batchnorm_forward(x, gamma, beta, bn_param):
        raise NotImplementedError

    source = inspect.getsource(reference("batchnorm_backward"))
    function = compiled(source, "batchnorm_backward", batchnorm_forward=batchnorm_forward)
    lines, failed = report("batchnorm_backward", function)
    assert not failed and not any(line.startswith("note") for line in lines)


def test_stub_in_the_library_is_named(monkeypatch):
    from cs231n import layers

    def affine_backward(dout, cache):
        raise NotImplementedError

    monkeypatch.setattr(layers, "affine_backward", affine_backward)
    with pytest.raises(CheckFailed, match="it needs affine_backward, which is not written yet. That is task 1.5, in 01_softmax"):
        check(reference("affine_bn_relu_backward"))


def test_check_never_asks_the_library_for_an_expected_value(monkeypatch):
    """With every answer in the library a stub, a self-contained right answer still passes."""
    from importlib import import_module

    for name, task in TASKS.items():
        if name.startswith("affine_bn"):
            continue
        function = reference(name)
        source = inspect.getsource(function)
        alone = compiled(source, name)
        assert alone is not function
        with monkeypatch.context() as patch:
            for other, other_task in TASKS.items():
                patch.setattr(import_module(other_task.module), other, None)
            lines, failed = report(name, alone)
        assert not failed, (name, lines)


PURE_MUTATIONS = {
    "softmax": "x",
    "softmax_jacobian": "p",
    "softmax_loss": "x",
    "affine_backward": "dout",
    "relu_backward": "dout",
    "batchnorm_forward": "x",
    "batchnorm_backward": "dout",
    "batchnorm_backward_alt": "dout",
    "batchnorm_backward_staged": "dout",
    "affine_bn_relu_forward": "w",
    "affine_bn_relu_backward": "dout",
    "adam": "dw",
    "steps_to_reach": "history",
}


@pytest.mark.parametrize("task", PURE_MUTATIONS)
def test_writing_to_an_input_is_caught(task):
    """Right numbers, computed first; then one entry of an input is changed."""
    right, name = reference(task), PURE_MUTATIONS[task]

    def function(*arguments):
        result = right(*(np.copy(a) if isinstance(a, np.ndarray) else a for a in arguments))
        position = list(inspect.signature(right).parameters).index(name)
        arguments[position][(0,) * arguments[position].ndim] += 1.0
        return result

    function.__name__ = task
    wrong = [line for line in failing(function) if line.startswith("FAIL")]
    assert any("after the call" in line for line in wrong), wrong


@pytest.mark.parametrize("task", FORWARD_OF)
def test_writing_to_the_cache_is_caught(task):
    right = reference(task)

    def function(dout, cache):
        result = right(dout, cache)
        flat = cache
        while not isinstance(flat, np.ndarray):
            flat = flat[0]
        flat[0] += 1.0
        return result

    function.__name__ = task
    if task == "affine_bn_relu_backward":
        function.__globals__.setdefault("affine_bn_relu_forward", reference("affine_bn_relu_forward"))
    assert any("after the call cache is not what it was" in line for line in failing(function))


def test_relu_backward_must_return_a_new_array():
    source = "def relu_backward(dout, cache):\n    dx = dout[:]\n    dx *= (cache > 0)\n    return dx"
    lines = failing(compiled(source, "relu_backward"))
    assert sum(line.startswith("FAIL") for line in lines) == 2
    assert any("dx is dout's own memory" in line for line in lines)


@pytest.mark.parametrize("slope", [0, 1])
def test_either_slope_of_relu_at_zero_is_accepted(slope):
    def relu_backward(dout, cache):
        return dout * ((cache > 0) | ((cache == 0) & bool(slope)))

    lines, failed = report("relu_backward", relu_backward)
    assert not failed


def test_committed_gradients_are_those_of_small_steps():
    """The data themselves, against central differences of formulas written here: nothing of the library is used."""

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

    for case in ("scores_plain", "scores_square", "scores_row_offsets"):
        inputs = data.inputs(case)
        want = slopes(lambda x: softmax_loss(x, inputs["y"]), inputs["x"])
        assert agrees(data.expected("softmax_loss", case)["dx"], want)
    for case in ("bn_plain", "bn_large_eps", "bn_square"):
        i = data.inputs(case)
        eps = float(i.get("eps", 1e-5))
        for task in ("batchnorm_backward", "batchnorm_backward_alt", "batchnorm_backward_staged"):
            expected = data.expected(task, case)
            dx = slopes(lambda x: np.sum(batchnorm(x, i["gamma"], i["beta"], eps) * i["dout"]), i["x"])
            dgamma = slopes(lambda gamma: np.sum(batchnorm(i["x"], gamma, i["beta"], eps) * i["dout"]), i["gamma"])
            assert agrees(expected["dx"], dx) and agrees(expected["dgamma"], dgamma)


def test_build_is_reproducible(tmp_path, monkeypatch):
    """Two builds give the same bytes, and the committed sentences and shapes are what the sources give."""
    from cs231n.grading import fingerprints

    monkeypatch.setattr(data, "EXPECTED", tmp_path / "expected.npz")
    monkeypatch.setattr(data, "MISTAKES", tmp_path / "mistakes.json")
    data.forget()
    try:
        fingerprints.build()
        first = data.EXPECTED.read_bytes(), data.MISTAKES.read_bytes()
        fingerprints.build()
        assert (data.EXPECTED.read_bytes(), data.MISTAKES.read_bytes()) == first
        rebuilt = dict(data._arrays())
    finally:
        monkeypatch.undo()
        data.forget()
    committed = data._arrays()
    assert list(rebuilt) == list(committed)
    for key, array in rebuilt.items():
        np.testing.assert_allclose(array, committed[key], rtol=1e-5, atol=1e-6, err_msg=key)


def test_data_are_small():
    assert data.EXPECTED.stat().st_size < 300_000


def test_bn_sandwich_inputs_are_away_from_the_kink():
    from cs231n import layers
    from cs231n.assignment.runs import bn_param

    for case in ("sandwich_train", "sandwich_test", "sandwich_square"):
        i = data.inputs(case)
        a_bn, _ = layers.batchnorm_forward(i["x"] @ i["w"] + i["b"], i["gamma"], i["beta"], bn_param(i))
        assert np.abs(a_bn).min() > (0.08 if case == "sandwich_train" else 1e-3)
    for case in ("relu_plain", "relu_images"):
        assert np.abs(data.inputs(case)["x"]).min() > 0.04
