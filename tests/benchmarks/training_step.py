"""One training step: ours beside CS231n's manner, PyTorch, JAX, and the floor that nobody can be below."""

import numpy as np

from tests.benchmarks.contestants import Problem, enter, missing
from tests.benchmarks.timing import cell, interleaved, ratio, table

COLUMNS = ("CS231n", "CS231n float64", "PyTorch", "PyTorch fused", "JAX jit")


def measure(problem, rounds, inner=5, threads=1):
    """Times of all contestants on a problem, in seconds per step, by name."""
    contestants = enter(problem, threads=threads)
    turns = {name: problem.turns(contestant) for name, contestant in contestants.items()}
    return interleaved(turns, rounds, inner, warmup=8, threads=threads)


def run(arguments):
    """Print the table."""
    rounds = arguments.rounds or (2 if arguments.quick else 60)
    rows = []
    for input_dim in (12,) if arguments.quick else (3072, 784):
        for batch_size in (8,) if arguments.quick else (50, 100, 250):
            hidden = (10,) * 5 if arguments.quick else (100,) * 5
            times = measure(Problem(input_dim, hidden, batch_size), rounds, threads=arguments.threads)
            ours = 1e3 * float(np.median(times["ours"]))
            ratios = [cell(ratio(times, name, "ours")) for name in COLUMNS]
            rows.append([f"{input_dim} inputs, batch {batch_size}", cell(ours), *ratios,
                         cell(ratio(times, "ours", "floor")), cell(ratio(times, "CS231n", "floor, Adam"))])  # fmt: skip
    table(
        f"A training step of D-[100]*5-10 with batch norm and Adam, float32, {arguments.threads} thread(s)",
        ["", "ours, ms", *(f"{name} / ours" for name in COLUMNS), "ours / floor", "CS231n / most"], rows,
        [
            f"Medians over {rounds} interleaved rounds of 5 steps. Above 1: ours is faster; below 1: ours is slower.",
            "floor: the matrix products of the step alone, and one pass over the parameters.",
            "most: the products and Adam as we compute it, nothing else. No layers in NumPy could gain more on CS231n.",
            *missing(),
        ],
    )  # fmt: skip
