"""Graph: a student's forward nodes are judged by what defines them, and backward lines by measurement."""

import numpy as np
import pytest

from cs231n import batchnorm
from cs231n.assignment.steps import tally
from cs231n.assignment.steps.graph import DEFINITIONS, Graph
from cs231n.assignment.steps.waiting import NotYet, Waiting

NODES = {
    "mu": lambda x: x.mean(axis=0),
    "xmu": lambda x, mu: x - mu,
    "sq": lambda xmu: xmu**2,
    "var": lambda sq: sq.mean(axis=0),
    "std": lambda var, eps: np.sqrt(var + eps),
    "inv_std": lambda std: 1 / std,
    "x_hat": lambda xmu, inv_std: xmu * inv_std,
    "out": lambda x_hat, gamma, beta: gamma * x_hat + beta,
}
RNG = np.random.default_rng(0)
INPUTS = {"x": 2 * RNG.normal(size=(8, 3)) + 1, "gamma": np.array([1.5, -0.5, 2]), "beta": np.array([0.3, 0, -1]),
          "eps": 0.25}  # fmt: skip
DOUT = RNG.normal(size=(8, 3))
x, var, eps = INPUTS["x"], INPUTS["x"].var(axis=0), 0.25  # as a notebook's cells leave them behind


@pytest.fixture(autouse=True)
def nothing_done(monkeypatch):
    monkeypatch.setattr(tally, "_steps", set())


def make(**changed):
    """A graph with some nodes replaced, and its values after forward()."""
    graph = Graph({**NODES, **changed}, INPUTS, DOUT)
    return graph, dict(zip(graph.nodes, graph.forward("forward-nodes")))


def test_right_nodes_pass_and_are_noted(capsys):
    _, values = make()
    assert capsys.readouterr().out.splitlines()[1:] == [
        f"  {name}: ok, shape {value.shape}" for name, value in values.items()
    ]
    assert tally.steps_done() == {"forward-nodes"}
    assert set(values) == set(DEFINITIONS)


@pytest.mark.parametrize(
    "name, node, words",
    [
        ("mu", lambda x: x.mean(), "its shape is (), and shape (3,) is wanted"),
        ("mu", lambda x: x.mean(axis=0, keepdims=True), "its shape is (1, 3), and shape (3,) is wanted"),
        ("mu", lambda x: np.median(x, axis=0), "the shape is right, the numbers are not"),
        ("xmu", lambda x, mu: mu - x, "the shape is right, the numbers are not"),
        ("sq", lambda xmu: np.abs(xmu), "the shape is right, the numbers are not"),
        ("var", lambda sq: sq.sum(axis=0) / (len(sq) - 1), "the shape is right, the numbers are not"),
        ("std", lambda var, eps: np.sqrt(var) + eps, "the shape is right, the numbers are not"),
        ("std", lambda var, eps: np.sqrt(var), "the shape is right, the numbers are not"),
        ("std", lambda var, eps: var + eps, "the shape is right, the numbers are not"),
        ("std", lambda var, eps: -np.sqrt(var + eps), "the shape is right, the numbers are not"),
        ("inv_std", lambda std: -std, "the shape is right, the numbers are not"),
        ("x_hat", lambda xmu, inv_std: xmu, "the shape is right, the numbers are not"),
        ("out", lambda x_hat, gamma, beta: gamma * x_hat, "the shape is right, the numbers are not"),
        ("out", lambda x_hat, gamma, beta: x_hat + beta, "the shape is right, the numbers are not"),
        ("var", lambda sq: "mean", "its shape is (), and shape (3,) is wanted"),
        ("var", lambda sq: None, "its shape is (), and shape (3,) is wanted"),
        ("var", lambda sq: sq.means(axis=0), "AttributeError: 'numpy.ndarray' object has no attribute 'means'"),
        ("var", lambda square: square, "there is no node square before it"),
        ("var", lambda sq: np.var(x, axis=0), "it reads x, which is not in its brackets: use only sq"),
        ("inv_std", lambda std: (var + eps) ** -0.5, "it reads eps, var, which is not in its brackets: use only std"),
        ("sq", lambda xmu: xmu ^ 2, "TypeError: ufunc 'bitwise_xor' not supported for the input types"),
        ("var", lambda sq: ..., "still empty: put your line in place of ..."),
    ],
)
def test_a_wrong_or_empty_node_is_said_and_what_hangs_on_it_waits(name, node, words, capsys):
    graph, values = make(**{name: node})
    lines = capsys.readouterr().out.splitlines()
    assert any(line.startswith(f"  {name}: {words}") for line in lines)
    assert isinstance(values[name], Waiting) and not tally.steps_done()
    later = list(NODES)[list(NODES).index(name) + 1 :]
    assert all("ok" in line or "waits for" in line for line in lines[1:] if line.split(":")[0].strip() in later)
    wanted = f"this needs the forward node {name}: write it in section 3, and go on from there"
    with pytest.raises(NotYet, match=wanted):
        graph.gradient("x")
    graph.judge("dx", DOUT)
    assert capsys.readouterr().out.splitlines() == ["compare dx:", f"  dx: not judged yet; {wanted}"]
    assert lines[-1].startswith(("Rule:", "      ")) == (words != "still empty: put your line in place of ...")


def reference():
    """All gradients of batch norm by the reference."""
    param = {"mode": "train", "eps": INPUTS["eps"]}
    _, cache = batchnorm.batchnorm_forward(INPUTS["x"], INPUTS["gamma"], INPUTS["beta"], param)
    return batchnorm.batchnorm_backward_staged(DOUT, cache)


def test_the_measured_gradient_of_every_node_is_the_references():
    graph, _ = make()
    parts = {"dxmu1": ("xmu", "x_hat"), "dxmu2": ("xmu", "sq"), "dx1": ("x", "xmu"), "dx2": ("x", "mu")}
    for name, right in reference().items():
        of, into = parts.get(name, (name[1:], None))
        assert np.allclose(graph.gradient(of, into), right, atol=1e-7), name
        assert graph.judge(name, right, of, into) is right, name


@pytest.mark.parametrize("name", ["dgamma", "dinv_std", "dstd", "dvar", "dsq", "dmu", "dx"])
def test_forgetting_eps_or_gamma_or_a_sign_shows_at_every_node(name, capsys):
    """eps is large, all gammas differ and N is 8: so no mistake hides."""
    graph, _ = make()
    right = reference()[name]
    for wrong in (-right, right / 8, right * 8, right / INPUTS["gamma"], right * (1 + 0.25 / 4)):
        capsys.readouterr()
        stand_in = graph.judge(name, wrong)
        assert np.allclose(stand_in, right, atol=1e-7)
        assert "the numbers are not" in capsys.readouterr().out


def test_paths_are_counted_without_running_a_node():
    empty = {name: eval(f"lambda {', '.join(node.__code__.co_varnames)}: ...") for name, node in NODES.items()}
    graph = Graph(empty, INPUTS, DOUT)
    assert [graph.count_paths(start) for start in ("x", "gamma", "eps")] == [4, 1, 1]


def test_a_graph_for_other_inputs_keeps_what_is_missing():
    ready, _ = make()
    other = ready.with_inputs({**INPUTS, "x": INPUTS["x"][:4]}, DOUT[:4])
    assert other.gradient("x").shape == (4, 3)
    unready, _ = make(var=lambda sq: ...)
    with pytest.raises(NotYet):
        unready.with_dout(DOUT).run()
    with pytest.raises(NotYet, match="the forward pass"):
        Graph(NODES, INPUTS, DOUT).run()


def test_x_and_dout_that_do_not_fit_are_refused_in_one_line():
    """Another cell has used the name x."""
    with pytest.raises(NotYet) as caught:
        Graph(NODES, {**INPUTS, "x": np.zeros((4, 3))}, DOUT)
    again = "run the cell that makes both again, and then this one"
    assert caught.value._render_traceback_() == [f"NotYet: x has shape (4, 3), and dout (8, 3): {again}"]
    graph, _ = make()
    with pytest.raises(NotYet, match="x has shape"):
        graph.with_dout(DOUT[:4])


def judge_in_place(graph, capsys):
    """Judge dxmu1 and dxmu2, then dxmu as ``dxmu1 += dxmu2; dxmu = dxmu1``. Return all three, and what is said."""
    right = {name: value.copy() for name, value in reference().items()}
    dxmu1 = graph.judge("dxmu1", right["dxmu1"], "xmu", "x_hat")
    dxmu2 = graph.judge("dxmu2", right["dxmu2"], "xmu", "sq")
    dxmu1 += dxmu2
    capsys.readouterr()
    return (dxmu1, dxmu2, graph.judge("dxmu", dxmu1)), capsys.readouterr().out.splitlines()


def test_a_line_that_writes_over_an_earlier_gradient_is_told_so_and_the_earlier_one_is_set_back(capsys):
    arrays, said = judge_in_place(make()[0], capsys)
    assert said[1] == "  dxmu: ok"
    assert (
        said[2] == "  but dxmu1 has changed: += and the like write into an array. Make a new one; the old is set back"
    )
    for array, name in zip(arrays, ("dxmu1", "dxmu2", "dxmu")):
        assert np.array_equal(array, reference()[name]), name


def test_it_is_said_once_and_what_follows_is_judged_as_ever(capsys):
    graph, _ = make()
    judge_in_place(graph, capsys)
    graph.judge("dmu", reference()["dmu"])
    assert capsys.readouterr().out.splitlines() == ["compare dmu:", "  dmu: ok"]


def test_inputs_dout_and_forward_nodes_are_set_back_too(capsys):
    inputs, dout = {name: np.array(value) for name, value in INPUTS.items()}, DOUT.copy()
    graph = Graph(NODES, inputs, dout)
    x_hat = dict(zip(graph.nodes, graph.forward("forward-nodes")))["x_hat"]
    dout *= x_hat
    capsys.readouterr()
    assert np.allclose(graph.judge("dgamma", dout.sum(axis=0)), reference()["dgamma"])
    assert "  dgamma: ok\n  but dout has changed" in capsys.readouterr().out and np.array_equal(dout, DOUT)
    x_hat *= dout
    inputs["x"] -= 1
    graph.judge("dgamma", x_hat.sum(axis=0))
    assert "  dgamma: ok\n  but x and x_hat have changed" in capsys.readouterr().out
    assert np.array_equal(inputs["x"], INPUTS["x"]) and np.allclose(x_hat, graph.run()["x_hat"])


def test_an_array_under_two_names_may_be_used_under_both(capsys):
    """dx1 is dxmu."""
    graph, _ = make()
    dxmu = graph.judge("dxmu", reference()["dxmu"])
    assert graph.judge("dx1", dxmu, "x", "xmu") is dxmu
    capsys.readouterr()
    dxmu += reference()["dx2"]
    dx = graph.judge("dx", dxmu)
    assert "  dx: ok\n  but dxmu and dx1 have changed" in capsys.readouterr().out
    assert np.array_equal(dxmu, reference()["dxmu"]) and np.array_equal(dx, reference()["dx"])


def test_a_read_only_view_that_has_changed_is_left_alone(capsys):
    """Such as np.broadcast_to makes: nothing can be written into it."""
    graph, _ = make()
    row = reference()["dsq"][0].copy()
    dsq = graph.judge("dsq", np.broadcast_to(row, reference()["dsq"].shape), "sq", "var")
    row *= 2
    assert dsq[0, 0] == row[0] and not dsq.flags.writeable
    capsys.readouterr()
    graph.judge("dmu", reference()["dmu"])
    assert capsys.readouterr().out.splitlines() == ["compare dmu:", "  dmu: ok"]
