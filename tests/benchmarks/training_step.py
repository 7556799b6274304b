"""The time of one training step: plain and fast, CS231n's manner, PyTorch, JAX, and the floor, a lower bound."""

import numpy as np

from .contestants import Fast, Problem, enter, missing
from .timing import cell, interleaved, ratio, table

COLUMNS = ("CS231n", "CS231n float64", "PyTorch", "PyTorch fused", "JAX jit")


def measure(problem, rounds, inner=5, threads=1):
    """Measure all contestants on a problem. Return seconds per step by name."""
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
            times["fast"] = times["fast"] / Fast.K  # per network
            for way in ("fast", "plain"):
                rows.append([
                    f"{input_dim} inputs, batch {batch_size}: {way}", cell(1e3 * float(np.median(times[way]))),
                    *(cell(ratio(times, name, way)) for name in COLUMNS), cell(ratio(times, way, "floor")),
                ])  # fmt: skip
    table(
        f"A training step of D-[100]*5-10 with batch norm and Adam, float32, {arguments.threads} thread(s)",
        ["", "ms", *COLUMNS, "over floor"], rows,
        [
            f"Medians over {rounds} interleaved rounds of 5 steps. Time of the other / ours: above 1, ours is faster.",
            "plain: Solver, on the layers themselves.",
            f"fast: training/fast.py, time per network with {Fast.K} networks side by side.",
            "over floor: our time / that of the step's matrix products alone and one pass over the parameters.",
            *missing(),
        ],
    )  # fmt: skip
