"""How costs grow: the time of a step with batch, depth and width, compared with the floor; and a loader's memory."""

import pickle
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from .contestants import Fast, Problem, enter, missing
from .timing import cell, interleaved, table

AXES = {  # what grows: (its values, the problem for a value)
    "batch": ((10, 25, 50, 100, 250, 500, 1000), lambda n: Problem(batch_size=n)),
    "depth": ((1, 2, 5, 10, 20), lambda n: Problem(hidden_dims=(100,) * n)),
    "width": ((25, 50, 100, 200, 400, 800), lambda n: Problem(hidden_dims=(n,) * 5)),
}  # fmt: skip
LINES = {  # contestants in the figure: colour and style
    "fast": ("tab:green", "-"), "plain": ("tab:blue", "-"), "PyTorch fused": ("tab:orange", "-"),
    "CS231n": ("tab:gray", "--"), "floor": ("black", ":"),
}  # fmt: skip


def measure(problem_of, values, rounds, threads=1):
    """Measure median seconds per step. Return a dictionary from contestant to a list with one entry per value."""
    results = {}
    for value in values:
        problem = problem_of(value)
        contestants = enter(problem, LINES, threads)
        turns = {name: problem.turns(contestant) for name, contestant in contestants.items()}
        for name, times in interleaved(turns, rounds, inner=3, warmup=5, threads=threads).items():
            networks = Fast.K if name == "fast" else 1
            results.setdefault(name, []).append(float(np.median(times)) / networks)
    return results


def plot(results, values, path, threads=1):
    """Write the figure. It has one panel per axis, with logarithmic scales."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, panels = plt.subplots(1, len(results), figsize=(11, 3.6), sharey=True, layout="constrained")
    labels = {"batch": "examples per batch", "depth": "hidden layers of 100", "width": "units in each of 5 layers"}
    for panel, (axis, lines) in zip(panels, results.items()):
        for name, seconds in lines.items():
            colour, style = LINES[name]
            panel.loglog(values[axis], 1e3 * np.array(seconds), style, color=colour, marker=".", label=name)
        panel.set_xlabel(labels[axis])
        panel.set_xticks(values[axis], [str(value) for value in values[axis]])
        panel.minorticks_off()
        panel.grid(alpha=0.3)
    panels[0].set_ylabel("ms per training step")
    panels[0].legend(frameon=False)
    network = f"784-[100]*5-10 with batch norm, Adam, float32, batch 100, {threads} thread(s)"
    figure.suptitle(f"{network}: one of the three grows")
    figure.savefig(path, dpi=120, metadata={"Software": None})
    plt.close(figure)


# New processes run this. They print the memory at the start, the peak, and the size of the arrays, in bytes.
COMMON = """
import os, pickle, sys
from pathlib import Path
import numpy as np
from cs231n.data_utils import get_CIFAR10_data

def memory(key):
    text = Path("/proc/self/status").read_text()
    return 1024 * next(int(line.split()[1]) for line in text.splitlines() if line.startswith(key))

folder, numbers = sys.argv[1], list(map(int, sys.argv[2:]))
Path("/proc/self/clear_refs").write_text("5")  # reset the peak
before = memory("VmRSS")
"""
OURS = """
arrays = get_CIFAR10_data(*numbers, ROOT=folder).values()
print(before, memory("VmHWM"), sum(array.nbytes for array in arrays))
"""
CS231N = """
def load_batch(path):
    with open(path, "rb") as file:
        batch = pickle.load(file, encoding="latin1")
    X = np.array(batch["data"]).reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1).astype("float")
    return X, np.array(batch["labels"])

def load(folder):
    parts = [load_batch(os.path.join(folder, f"data_batch_{i}")) for i in range(1, 6)]
    X_train, y_train = np.concatenate([X for X, _ in parts]), np.concatenate([y for _, y in parts])
    return X_train, y_train, *load_batch(os.path.join(folder, "test_batch"))

train, val, test = numbers
X_train, y_train, X_test, y_test = load(folder)
X_val, y_val = X_train[range(train, train + val)], y_train[range(train, train + val)]
X_train, y_train = X_train[range(train)], y_train[range(train)]
X_test, y_test = X_test[range(test)], y_test[range(test)]
mean = np.mean(X_train, axis=0)
X_train -= mean
X_val -= mean
X_test -= mean
X_train, X_val, X_test = (X.transpose(0, 3, 1, 2).copy() for X in (X_train, X_val, X_test))
arrays = (X_train, y_train, X_val, y_val, X_test, y_test)
print(before, memory("VmHWM"), sum(array.nbytes for array in arrays))
"""


def write_cifar(folder, per_batch):
    """Write files like CIFAR-10's Python version, with random pixels."""
    rng = np.random.default_rng(0)
    for name in [f"data_batch_{i}" for i in range(1, 6)] + ["test_batch"]:
        pixels = rng.integers(0, 256, (per_batch, 3072), dtype=np.uint8)
        content = {"data": pixels, "labels": rng.integers(0, 10, per_batch).tolist()}
        (Path(folder) / name).write_bytes(pickle.dumps(content, protocol=2))


def loaders(per_batch=10000):
    """Measure the peak memory above the start and the size of the arrays, in MB, by loader and by images asked for."""
    asked = {"all": (per_batch * 49 // 10, per_batch // 10, per_batch // 10),
             "1,000 images": (per_batch // 10, per_batch // 100, per_batch // 100)}  # fmt: skip
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        write_cifar(folder, per_batch)
        for what, numbers in asked.items():
            for name, code in (("ours", OURS), ("CS231n", CS231N)):
                command = [sys.executable, "-c", COMMON + code, folder, *map(str, numbers)]
                result = subprocess.run(command, cwd=Path(__file__).resolve().parents[2], check=True,
                                        capture_output=True, text=True)  # fmt: skip
                before, peak, size = map(int, result.stdout.split())
                found[what, name] = (peak - before) / 1e6, size / 1e6
    return found


def run(arguments):
    """Print the tables and write the figure."""
    rounds = arguments.rounds or (1 if arguments.quick else 15)
    values = {axis: grown[:1] if arguments.quick else grown for axis, (grown, _) in AXES.items()}
    results = {axis: measure(AXES[axis][1], values[axis], rounds, arguments.threads) for axis in AXES}
    plot(results, values, arguments.plot, arguments.threads)
    names = list(next(iter(results.values())))
    rows = [
        [f"{axis} {value}", *(cell(1e3 * results[axis][name][i], 3) for name in names),
         cell(results[axis]["plain"][i] / results[axis]["floor"][i])]
        for axis in AXES for i, value in enumerate(values[axis])
    ]  # fmt: skip
    notes = [f"Medians over {rounds} interleaved rounds of 3 steps. Figure: {arguments.plot.resolve()}", *missing()]
    title = "How a step's time grows, from 784-[100]*5-10 and batch 100; ms per step"
    table(title, ["", *names, "plain / floor"], rows, notes)
    if sys.platform != "linux":
        print("\nThe loaders' memory is measured on Linux only.")
        return
    found = loaders(200 if arguments.quick else 10000)
    rows = [
        [f"{what}, {name}", cell(peak, 0), cell(size, 0), cell(peak / found[what, "ours"][0], 1)]
        for (what, name), (peak, size) in found.items()
    ]
    table("Memory of get_CIFAR10_data, MB above the start", ["", "at the peak", "in the end", "peak / ours"], rows,
          ["Files of the Python version, of random pixels; CS231n: the assignment's loader, float64."])  # fmt: skip
