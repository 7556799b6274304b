"""The contestants. Each makes the same training step: the same network, weights and batches, Adam at 1e-3.

``Contestant(problem)`` makes a contestant. Its ``step(batch)`` takes the indices of a batch, updates every parameter
and returns the loss. Its ``params()`` returns all parameters as NumPy arrays, under our names. `Floor` does only the
arithmetic that every contestant needs.
"""

from dataclasses import dataclass, field

import numpy as np

from cs231n.classifiers.fc_net import FullyConnectedNet
from cs231n.solver import Solver
from cs231n.training.fast import ADAM_DEFAULTS, Stack, adam_in_place

from . import cs231n_manner
from .timing import version


@dataclass
class Problem:
    """What to train: D inputs, hidden layers with batch norm, 10 classes, on random data."""

    input_dim: int = 784
    hidden_dims: tuple = (100,) * 5
    batch_size: int = 100
    num_examples: int = 2000
    dtype: type = np.float32
    batches: list = field(init=False)

    def __post_init__(self):
        rng = np.random.default_rng(0)
        self.X = rng.standard_normal((self.num_examples, self.input_dim)).astype(self.dtype)
        self.y = rng.integers(0, 10, self.num_examples)
        self.batches = [rng.permutation(self.num_examples)[: self.batch_size] for _ in range(64)]

    def net(self, dtype=None):
        """Make a new network. Its weights are always the same."""
        return FullyConnectedNet(
            list(self.hidden_dims), self.input_dim, normalization="batchnorm", weight_scale="he",
            dtype=dtype or self.dtype, seed=0,
        )  # fmt: skip

    def turns(self, contestant):
        """Return a function that makes the contestant's next step. It repeats the batches in a cycle."""
        count = iter(range(10**9))
        return lambda: contestant.step(self.batches[next(count) % len(self.batches)])


class Ours:
    """Plain: this course's Solver, which uses the functions in ``layers.py``."""

    def __init__(self, problem):
        data = {"X_train": problem.X, "y_train": problem.y, "X_val": problem.X[:10], "y_val": problem.y[:10]}
        rule = {"update_rule": "adam", "optim_config": {"learning_rate": 1e-3}}
        self.solver = Solver(problem.net(), data, batch_size=problem.batch_size, verbose=False, **rule)

    def step(self, batch):
        done = len(self.solver.loss_history)
        self.solver._train_step(batch, done % self.solver._steps_per_epoch + 1)
        return self.solver.loss_history[-1]

    def params(self):
        return {name: w.copy() for name, w in self.solver.model.params.items()}


class Fast:
    """Fast: this course's ``training/fast.py``. K networks with the same weights train on different batches.

    One step trains K networks, so a step per network takes 1/K of the time.
    """

    K = 6

    def __init__(self, problem):
        self.nets, self.batches = [problem.net() for _ in range(self.K)], problem.batches
        self.stack = Stack(self.nets, problem.X, problem.y, problem.batch_size, {"learning_rate": 1e-3})
        self.count = 0

    def step(self, batch):
        self.count += 1
        others = [self.batches[(self.count + k) % len(self.batches)] for k in range(1, self.K)]
        return self.stack.step(np.stack([batch, *others]))[0]

    def params(self):
        return {name: w.copy() for name, w in self.nets[0].params.items()}


class CS231n:
    """Plain NumPy, as in CS231n."""

    dtype = None

    def __init__(self, problem):
        dtype = self.dtype or problem.dtype
        self.net = cs231n_manner.Net(problem.net().params, len(problem.hidden_dims), dtype)
        self.X, self.y = problem.X.astype(dtype), problem.y

    def step(self, batch):
        return self.net.step(self.X[batch], self.y[batch])

    def params(self):
        return dict(self.net.params)


class CS231nDouble(CS231n):
    """The same in float64, NumPy's default."""

    dtype = np.float64


class Torch:
    """PyTorch, eager, with its default Adam."""

    settings: dict = {}

    def __init__(self, problem):
        import torch

        layers, weights, self.names = [], problem.net().params, []
        widths = [problem.input_dim, *problem.hidden_dims, 10]
        for i, (fan_in, fan_out) in enumerate(zip(widths[:-1], widths[1:]), start=1):
            layers.append(torch.nn.Linear(fan_in, fan_out))
            self.names += [f"W{i}", f"b{i}"]
            if i <= len(problem.hidden_dims):
                layers += [torch.nn.BatchNorm1d(fan_out), torch.nn.ReLU()]
                self.names += [f"gamma{i}", f"beta{i}"]
        self.net = torch.nn.Sequential(*layers).to(torch.from_numpy(problem.X).dtype)
        with torch.no_grad():
            for name, w in zip(self.names, self.net.parameters()):
                w.copy_(torch.from_numpy(weights[name].T if name[0] == "W" else weights[name]))
        self.X, self.y, self.torch = torch.from_numpy(problem.X), torch.from_numpy(problem.y), torch
        self.adam = torch.optim.Adam(self.net.parameters(), lr=1e-3, **self.settings)
        self.loss = torch.nn.CrossEntropyLoss()

    def step(self, batch):
        batch = self.torch.from_numpy(batch)
        self.adam.zero_grad()
        loss = self.loss(self.net(self.X[batch]), self.y[batch])
        loss.backward()
        self.adam.step()
        return loss.item()

    def params(self):
        arrays = {name: w.detach().numpy() for name, w in zip(self.names, self.net.parameters())}
        return {name: w.T.copy() if name[0] == "W" else w.copy() for name, w in arrays.items()}


class TorchFused(Torch):
    """PyTorch, eager, with fused Adam: one kernel for all parameters."""

    settings = {"fused": True}


class Jax:
    """JAX: jit compiles the whole step, including Adam."""

    def __init__(self, problem):
        import jax
        import jax.numpy as jnp

        hidden = len(problem.hidden_dims)

        def loss(params, running, X, y):
            means = []
            for i in range(1, hidden + 1):
                X = X @ params[f"W{i}"] + params[f"b{i}"]
                mu, var = X.mean(axis=0), X.var(axis=0)
                means.append((0.9 * running[i - 1][0] + 0.1 * mu, 0.9 * running[i - 1][1] + 0.1 * var))
                X = (X - mu) * jax.lax.rsqrt(var + 1e-5) * params[f"gamma{i}"] + params[f"beta{i}"]
                X = jax.nn.relu(X)
            scores = X @ params[f"W{hidden + 1}"] + params[f"b{hidden + 1}"]
            return -jnp.mean(jax.nn.log_softmax(scores)[jnp.arange(len(y)), y]), means

        def step(params, running, m, v, t, X, y, batch):
            (value, running), grads = jax.value_and_grad(loss, has_aux=True)(params, running, X[batch], y[batch])
            t = t + 1
            m = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, m, grads)
            v = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g**2, v, grads)
            rates = 1 - 0.9**t, 1 - 0.999**t
            params = jax.tree.map(
                lambda w, m, v: w - 1e-3 * (m / rates[0]) / (jnp.sqrt(v / rates[1]) + 1e-8), params, m, v
            )
            return params, running, m, v, t, value

        params = {name: jnp.asarray(w) for name, w in problem.net().params.items()}
        zeros = jax.tree.map(jnp.zeros_like, params), jax.tree.map(jnp.zeros_like, params)
        running = [(jnp.zeros(width), jnp.ones(width)) for width in problem.hidden_dims]
        self.state = [params, running, *zeros, jnp.float32(0)]
        self.X, self.y = jnp.asarray(problem.X), jnp.asarray(problem.y)
        self._step = jax.jit(step, donate_argnums=(0, 1, 2, 3))

    def step(self, batch):
        *self.state, loss = self._step(*self.state, self.X, self.y, batch)
        return float(loss)

    def params(self):
        return {name: np.array(w) for name, w in self.state[0].items()}


class Floor:
    """Only the matrix products of a step, into existing arrays, and one pass over the parameters."""

    def __init__(self, problem):
        rng = np.random.default_rng(0)
        widths, N = [problem.input_dim, *problem.hidden_dims, 10], problem.batch_size
        self.inputs, self.weights, self.douts, self.dws = [], [], [], []
        for fan_in, fan_out in zip(widths[:-1], widths[1:]):
            self.inputs.append(rng.standard_normal((N, fan_in)).astype(problem.dtype))
            self.weights.append(rng.standard_normal((fan_in, fan_out)).astype(problem.dtype))
            self.douts.append(rng.standard_normal((N, fan_out)).astype(problem.dtype))
            self.dws.append(np.empty((fan_in, fan_out), problem.dtype))
        self.outs, self.dxs = [d.copy() for d in self.douts], [x.copy() for x in self.inputs]
        self.flat = np.zeros((2, sum(w.size for w in problem.net().params.values())), problem.dtype)

    def step(self, batch):
        for x, w, out in zip(self.inputs, self.weights, self.outs):
            np.matmul(x, w, out=out)
        for i in range(len(self.weights) - 1, -1, -1):
            np.matmul(self.inputs[i].T, self.douts[i], out=self.dws[i])
            if i:  # the gradient of the data is not needed
                np.matmul(self.douts[i], self.weights[i].T, out=self.dxs[i])
        self.update()

    def update(self):
        np.subtract(self.flat[0], self.flat[1], out=self.flat[0])


class FloorWithAdam(Floor):
    """The same, with our Adam as the pass over the parameters: a step in NumPy whose layers take no time."""

    settings, t = ADAM_DEFAULTS, 1000

    def __init__(self, problem):
        super().__init__(problem)
        self.flat = np.full((4, self.flat.shape[1]), 1e-3, problem.dtype)

    def update(self):
        adam_in_place(self.flat, self.settings, self.t)


PEERS = {
    "floor": (Floor, None), "floor, Adam": (FloorWithAdam, None), "plain": (Ours, None), "fast": (Fast, None),
    "CS231n": (CS231n, None),
    "CS231n float64": (CS231nDouble, None), "PyTorch": (Torch, "torch"), "PyTorch fused": (TorchFused, "torch"),
    "JAX jit": (Jax, "jax"),
}  # fmt: skip


def enter(problem, names=tuple(PEERS), threads=1):
    """Make the contestants that are installed, for a problem. Return them by name."""
    if version("torch") and any(PEERS[name][1] == "torch" for name in names):
        import torch

        torch.set_num_threads(threads)
    return {name: PEERS[name][0](problem) for name in names if PEERS[name][1] is None or version(PEERS[name][1])}


def missing():
    """Return a line for each peer that is not installed."""
    packages = sorted({package for _, package in PEERS.values() if package and not version(package)})
    return [f"not installed: {package} (tests/benchmarks/requirements.txt)" for package in packages]
