"""Every figure of the course, drawn of small made-up numbers. A new figure must be added here: a test compares."""

from types import ModuleType

import numpy as np

from cs231n import layers, vis_utils
from cs231n.classifiers.fc_net import FullyConnectedNet
from cs231n.figures.style import Picture


def _graph():
    """Values and gradients in the shapes of batch norm's graph, for a batch of three."""
    shapes = dict.fromkeys(("x", "xmu", "sq", "x_hat", "out"), (3, 1))
    shapes |= dict.fromkeys(("mu", "var", "std", "inv_std", "gamma", "beta"), (1,))
    values = {name: np.arange(np.prod(shape), dtype=float).reshape(shape) for name, shape in shapes.items()}
    return values, {name: -value - 0.5 for name, value in values.items()}


def _results():
    history = {"train_loss": [2.3, 0.5, 0.1], "train_acc": [0.1, 0.8, 0.97], "val_acc": [0.1, 0.75, 0.9]}
    worse = {name: [value / 2 for value in values] for name, values in history.items()}
    return {"bn": [history, history], "plain": [worse, worse]}


def _profiles():
    """As `experiments.layer_statistics` gives them, for three layers."""
    bn = {"std": np.ones(3), "gradient": np.array([3.0, 2.0, 1.0])}
    plain = {"std": np.array([1.0, 0.1, 0.01]), "gradient": np.array([0.01, 0.1, 1.0])}
    return {"small": {"bn": bn, "plain": plain}, "large": {"bn": bn, "plain": bn}}


def _jacobian():
    p = layers.softmax(np.array([[2.0, 1.0, 0.0, -1.0, 3.0]]))
    return p[0], layers.softmax_jacobian(p)[0]


T = np.linspace(-5, 5, 41)
STEPS = np.logspace(-3, 3, 7)
X = np.random.default_rng(1).random((12, 784))
SLOPES = {"squared error": np.exp(-(T**2)), "cross-entropy": np.exp(-T)}
LAYERS = [("affine", "W1, b1"), ("ReLU", ""), ("softmax_loss", "")]

SAMPLES = {  # the figure's name: its arguments
    "batchnorm_graph": _graph,
    "bias_drift": lambda: (
        {"float32": (np.full(9, 1e-8), np.ones((9, 4))), "float64": (np.full(9, 1e-16), np.zeros((9, 4)))},
        0.1,
    ),
    "comparison_curves": lambda: (_results(), "digits"),
    "depth_profile": lambda: (_profiles(),),
    "digits": lambda: (X, np.arange(12), np.arange(12) % 10),
    "error_over_step": lambda: (STEPS, {"one-sided": STEPS**-1, "central": STEPS**-2}, {"eps": 0.1}),
    "first_dout": lambda: (np.array([[-0.9, 0.5, 0.4], [0.1, 0.2, -0.3]]), np.array([0, 2])),
    "gradient_by_depth": lambda: (
        {20: {"bn": np.geomspace(9, 1, 20) * np.ones((2, 1)), "plain": np.ones((2, 20))}},
        1.21,
    ),
    "jacobian_heatmaps": lambda: ({"softmax": _jacobian()[1], "elementwise": np.eye(5)},),
    "last_layers": lambda: (
        [(name, "(2, 3)") for name in ("X", "z", "h", "L")],
        LAYERS,
        [("dX", "(2, 3)"), ("dz", "(2, 3)"), ("dh", "(2, 3)")],
    ),
    "layer_path": lambda: (
        ["affine", "softmax\nloss"],
        [("x", "(2, 3)"), ("a", "(2, 3)"), ("L", "()")],
        ["dW, db", ""],
    ),
    "network_diagram": lambda: (FullyConnectedNet([10] * 5, 12, 10, normalization="batchnorm"),),
    "parameter_paths": lambda: (np.ones((4, 3)), np.zeros((4, 3)), 3),
    "projection": lambda: (np.array([1.0, -1.0, 3.0]), np.array([-1.2, 0.0, 1.2])),
    "saturated_unit": lambda: (T, SLOPES, SLOPES),
    "softmax_heatmap": _jacobian,
    "sweep_curves": lambda: (
        {"bn": np.full((3, 2), 0.9), "plain": np.full((3, 2), 0.5)},
        [0.001, 0.01, 2.0],
        "learning rate",
    ),
    "valley_paths": lambda: ({"plain": np.array([[-9.0, 2], [-8, -1], [-7, 1]]), "yours": None}, (1.0, 100.0)),
}


def figure_functions(module: ModuleType = vis_utils):
    """The functions of `vis_utils` that return a figure, by name."""
    return {
        name: function
        for name, function in vars(module).items()
        if callable(function) and getattr(function, "__annotations__", {}).get("return") is Picture
    }


def draw(name):
    """Draw one of the figures."""
    return figure_functions()[name](*SAMPLES[name]())
