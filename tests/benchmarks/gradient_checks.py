"""Checks of a whole network's gradients: random directions, the loop over all entries, torch.autograd.gradcheck.

The tables show how long each check takes, and how many of the course's known mistakes it finds. For that, the mistakes
are installed in the network one after the other.
"""

import contextlib
import io
import time
from importlib import import_module

import numpy as np

from cs231n.assignment.actions import TASKS
from cs231n.assignment.cases.calls import quietly
from cs231n.classifiers.fc_net import FullyConnectedNet
from cs231n.gradient_check import eval_numerical_gradient, grad_check_network, gradient_error
from cs231n.grading.mistakes.catalogue import MISTAKES
from cs231n.grading.mistakes.fingerprints import mistaken
from tests.benchmarks.contestants import missing
from tests.benchmarks.timing import cell, interleaved, ratio, table, version

TOLERANCE = 1e-6
BACKWARD = (  # the answers whose gradients a network's gradients are made of
    "softmax_loss", "affine_backward", "relu_backward", "batchnorm_backward_staged", "batchnorm_backward",
    "batchnorm_backward_alt", "affine_bn_relu_backward",
)  # fmt: skip


def small_net(hidden_dims=(6, 5), input_dim=7, classes=4, examples=9):
    """Make a network and a batch. Its parameters are not the initial ones, and its eps is large enough to matter."""
    rng = np.random.default_rng(1)
    net = FullyConnectedNet(list(hidden_dims), input_dim, classes, normalization="batchnorm", reg=0.1,
                            weight_scale="he", dtype=np.float64, seed=0)  # fmt: skip
    for name, w in net.params.items():
        net.params[name] = w + 0.3 * rng.standard_normal(w.shape)
    for bn_param in net.bn_params:
        bn_param["eps"] = 0.2
    return net, rng.standard_normal((examples, input_dim)), np.arange(examples) % classes


def random_directions(net, X, y):
    """Our check, with 11 evaluations of the loss. With this tolerance it returns a large error and looks no further."""
    error = grad_check_network(net, X, y, tolerance=1e9)
    if not error <= TOLERANCE:
        raise AssertionError(f"the gradients: {error}")


def every_entry(net, X, y):
    """CS231n's check: two evaluations of the loss per parameter, and one error per array."""
    _, grads = net.loss(X, y)
    for name, w in net.params.items():
        numeric = eval_numerical_gradient(lambda _: net.loss(X, y)[0], w, verbose=False, h=1e-6)
        error = gradient_error(grads[name], numeric)
        if not error <= TOLERANCE:
            raise AssertionError(f"{name}: {error}")


def _torch(fast):
    def check(net, X, y):
        import torch

        names = list(net.params)

        class Loss(torch.autograd.Function):
            @staticmethod
            def forward(ctx, *params):
                net.params.update({name: w.detach().numpy() for name, w in zip(names, params)})
                loss, grads = net.loss(X, y)
                ctx.grads = [torch.from_numpy(np.ascontiguousarray(grads[name])) for name in names]
                return torch.tensor(float(loss), dtype=torch.float64)

            @staticmethod
            def backward(ctx, dloss):
                return tuple(dloss * grad for grad in ctx.grads)

        before = dict(net.params)
        params = [torch.tensor(before[name], requires_grad=True) for name in names]
        try:
            torch.autograd.gradcheck(Loss.apply, params, fast_mode=fast)
        finally:
            net.params.update(before)

    return check


def checks():
    """The checks by name. Those of a peer are included if it is installed."""
    ways = {"ours, random directions": random_directions, "every entry": every_entry}
    if version("torch"):
        ways |= {"gradcheck": _torch(fast=False), "gradcheck, fast mode": _torch(fast=True)}
    return ways


def evaluations(check, net, X, y):
    """Count how often a check calls the network's loss."""
    original, calls = net.loss, []
    net.loss = lambda *args: (calls.append(1), original(*args))[1]
    try:
        check(net, X, y)
    finally:
        net.loss = original
    return len(calls)


@contextlib.contextmanager
def installed(task, function):
    """Let the library use a function. Any backward pass of batch norm replaces the one that the network calls."""
    name, adapted = task, function
    if task.startswith("batchnorm_backward"):
        name = "batchnorm_backward"
    if task == "batchnorm_backward_staged":

        def adapted(dout, cache):
            staged = function(dout, cache)
            return staged["dx"], staged["dgamma"], staged["dbeta"]  # fmt: skip

    module = import_module(TASKS[task].module)
    own = getattr(module, name)
    setattr(module, name, adapted)
    try:
        yield
    finally:
        setattr(module, name, own)


def finds(check):
    """Whether a check fails, in any way, on a network that uses the functions installed now."""
    net, X, y = small_net()
    try:
        with quietly(), contextlib.redirect_stdout(io.StringIO()):
            check(net, X, y)
    except Exception:
        return True
    return False


def mistakes(limit=None):
    """Yield (task, mistake's name, wrong function) for all variants of the mistakes in the backward passes.

    Not every one gives a wrong gradient: see `wrong_gradient`.
    """
    for mistake in [mistake for mistake in MISTAKES if mistake.task in BACKWARD][:limit]:
        for edits in mistake.variants:
            yield mistake.task, mistake.id, mistaken(mistake, edits)


def wrong_gradient(right, right_grads):
    """Whether the functions installed now give the small network a loss or gradient that differs from the right ones.

    A mistake may have another effect: overflow, refused labels, arrays that it overwrites.
    """
    net, X, y = small_net()
    try:
        with quietly():
            loss, grads = net.loss(X, y)
    except Exception:
        return True
    return not (np.shape(loss) == () and np.isclose(loss, right, rtol=1e-9) and all(
        np.shape(grads[name]) == right_grads[name].shape and gradient_error(grads[name], right_grads[name]) < 1e-9
        for name in right_grads
    ))  # fmt: skip


def detection(ways, limit=None):
    """Count the wrong gradients, and those that each check finds. Also return the names of the missed ones."""
    net, X, y = small_net()
    right = net.loss(X, y)
    total, found, missed = 0, dict.fromkeys(ways, 0), {way: [] for way in ways}
    for task, name, function in mistakes(limit):
        with installed(task, function):
            if not wrong_gradient(*right):
                continue
            total += 1
            for way, check in ways.items():
                if finds(check):
                    found[way] += 1
                else:
                    missed[way].append(f"{task}/{name}")
    return total, found, missed


def run(arguments):
    """Print the tables."""
    rounds = arguments.rounds or (1 if arguments.quick else 15)
    ways = checks()
    net, X, y = small_net()
    turns = {way: lambda check=check: check(net, X, y) for way, check in ways.items()}
    times = interleaved(turns, rounds, warmup=1, threads=arguments.threads)
    total, found, missed = detection(ways, limit=12 if arguments.quick else None)
    size = sum(w.size for w in net.params.values())
    rows = [
        [way, f"{evaluations(ways[way], net, X, y)}", cell(1e3 * float(np.median(times[way])), 1),
         cell(ratio(times, way, "ours, random directions"), 1), f"{found[way]} of {total}"]
        for way in ways
    ]  # fmt: skip
    table(
        f"The gradients of a whole network, float64: {size} parameters in {len(net.params)} arrays",
        ["", "losses", "ms", "time / ours", "wrong gradients found"], rows,
        [
            f"Time: medians over {rounds} interleaved rounds, right gradients. Found: of the known mistakes in a",
            "backward pass or the loss (cs231n/grading/mistakes/), those that change the loss or a gradient",
            "of this network. gradcheck has its own tolerances, and sums a gradient of (N, D) where (D,) is wanted.",
            *(f"{way} misses {', '.join(sorted(set(names)))}" for way, names in missed.items() if names),
            *(line for line in missing() if "torch" in line),
        ],
    )  # fmt: skip
    large(arguments)


def large(arguments):
    """Measure our check on the course's network. There a loop over all entries would take far too long."""
    net, X, y = small_net(*(((8, 8), 12, 4, 9) if arguments.quick else ((100,) * 5, 784, 10, 100)))
    size, start = sum(w.size for w in net.params.values()), time.perf_counter()
    error = grad_check_network(net, X, y)
    seconds, start = time.perf_counter() - start, time.perf_counter()
    for _ in range(5):
        net.loss(X, y)
    one = (time.perf_counter() - start) / 5
    print(f"  The network of the course, {size} parameters: random directions {seconds:.2f} s (error {error:.0e});")
    minutes = 2 * size * one / 60
    print(f"  every entry would take {2 * size} losses of {1e3 * one:.1f} ms, {minutes:.0f} minutes: not run.")
