"""The whole comparison experiment: 5 seeds, both networks, 10 epochs; plain, fast, and in PyTorch.

PyTorch gets the same initial weights and batches. It uses fused Adam, and measures the loss and the accuracies in test
mode after every epoch, on the same images. (Its running variance is the unbiased one.)
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from cs231n.data_utils import get_mnist_data
from cs231n.experiments import NETS, compare_nets, make_net
from cs231n.support.threads import usable_processors

from .contestants import missing
from .timing import cell, table, version


def torch_run(data, net, seed, num_epochs, batch_size=100):
    """Do one run of `experiments.compare_nets` in PyTorch. Return the validation accuracies from epoch 0 on."""
    import torch

    model = make_net(net, data, seed)
    layers, hidden = [], model.num_layers - 1
    for i in range(1, hidden + 2):
        linear = torch.nn.Linear(*model.params[f"W{i}"].shape)
        with torch.no_grad():
            linear.weight.copy_(torch.from_numpy(model.params[f"W{i}"].T))
            linear.bias.zero_()
        layers.append(linear)
        if i <= hidden:
            layers += [torch.nn.BatchNorm1d(linear.out_features)] * (net == "bn") + [torch.nn.ReLU()]
    model, loss_function = torch.nn.Sequential(*layers), torch.nn.CrossEntropyLoss()
    adam = torch.optim.Adam(model.parameters(), lr=1e-3, fused=True)
    X, y, X_val, y_val = (torch.from_numpy(data[key]) for key in ("X_train", "y_train", "X_val", "y_val"))
    rng, run = np.random.default_rng(seed), {"train_loss": [], "train_acc": [], "val_acc": []}

    def measure():
        model.eval()
        with torch.no_grad():
            train, val = model(X[:1000]), model(X_val)
            run["train_loss"].append(loss_function(train, y[:1000]).item())
            run["train_acc"].append((train.argmax(1) == y[:1000]).float().mean().item())
            run["val_acc"].append((val.argmax(1) == y_val).float().mean().item())
        model.train()

    measure()
    for _ in range(num_epochs):
        order = rng.permutation(len(X))
        for step in range(len(X) // batch_size):
            batch = torch.from_numpy(order[step * batch_size : (step + 1) * batch_size])
            adam.zero_grad()
            loss = loss_function(model(X[batch]), y[batch])
            loss.backward()
            loss.item()
            adam.step()
        measure()
    return run


def torch_compare(data, seeds, num_epochs, threads=1):
    """Do all runs in PyTorch, one after the other. Return a dictionary like that of `compare_nets`."""
    import torch

    torch.set_num_threads(threads)
    return {net: [torch_run(data, net, seed, num_epochs) for seed in seeds] for net in NETS}


def command(seeds, epochs, jobs):
    """Measure the seconds of the whole command: start of Python, data, training, figure."""
    start = time.perf_counter()
    arguments = ["--seeds", str(seeds), "--epochs", str(epochs), "--jobs", str(jobs), "--out", "figure.png"]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])}
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, "-m", "cs231n.compare", *arguments], cwd=folder, env=environment, check=True,
                       stdout=subprocess.DEVNULL)  # fmt: skip
    return time.perf_counter() - start


def run(arguments):
    """Print the table. It shows wall-clock time."""
    seeds, epochs = (1, 1) if arguments.quick else (5, 10)
    rounds, processors = arguments.rounds or (1 if arguments.quick else 3), usable_processors()
    data = get_mnist_data(*((200, 100) if arguments.quick else ()))
    ways = {
        "fast, one thread": lambda: compare_nets(data, range(seeds), epochs, fast=True),
        f"fast, {processors} threads": lambda: compare_nets(data, range(seeds), epochs, fast=True, jobs=processors),
        "plain": lambda: compare_nets(data, range(seeds), epochs),
    }
    if version("torch"):
        torch_compare(data, [0], 1)  # its import, and what it sets up at its first step
        ways["PyTorch, fused Adam"] = lambda: torch_compare(data, range(seeds), epochs, arguments.threads)
    times, results = {way: [] for way in ways}, {}
    for _ in range(rounds):
        for way, function in ways.items():
            start = time.perf_counter()
            results[way] = function()
            times[way].append(time.perf_counter() - start)
    base = np.median(times["fast, one thread"])
    rows = [
        [way, cell(float(np.median(times[way])), 1), cell(float(np.median(times[way]) / base)),
         *(cell(float(np.mean([run["val_acc"][-1] for run in results[way][net]])), 3) for net in NETS)]
        for way in ways
    ]  # fmt: skip
    whole = command(seeds, epochs, processors)
    table(
        f"The comparison: {seeds} seed(s), both nets, {epochs} epoch(s) of {len(data['X_train'])} digits, batch 100",
        ["", "seconds", "time / fast", "accuracy with BN", "without"], rows,
        [
            f"Medians over {rounds} round(s), on the wall; validation accuracy at the end, mean over the seeds.",
            f"The command as a whole, {processors} thread(s), with Python's start and the figure: {whole:.1f} s.",
            *(line for line in missing() if "torch" in line),
        ],
    )  # fmt: skip
