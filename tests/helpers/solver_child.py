"""A program that the solver's tests run as a separate process: ``python solver_child.py COMMAND ARGUMENTS...``"""

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from cs231n.training import checkpoint  # noqa: E402
from tests.helpers.solver_cases import everything, make_solver, net  # noqa: E402

RULES = ("sgd", "sgd_momentum", "rmsprop", "adam")
CASES = [f"{rule}-{dtype}" for rule in RULES for dtype in ("float32", "float64")]


def case(name, folder, num_epochs, **settings):
    """A solver in which everything keeps a state: update rule, batch norm, dropout, and the decaying learning rate."""
    rule, dtype = name.split("-")
    model = net(dtype=dtype, dropout_keep_ratio=0.7, reg=1e-3)
    settings = {"update_rule": rule, "lr_decay": 0.8, "checkpoint_name": Path(folder) / name, **settings}
    return make_solver(model, num_epochs=num_epochs, **settings)


def slow(folder, epoch, step):
    """Train the first case. At a step of an epoch, print "here" and wait for a signal."""
    solver = case(CASES[0], folder, 5)
    loss = solver.model.loss

    def wait_there(X, y=None):
        if y is not None and (solver.epoch + 1, len(solver.loss_history) % 5 + 1) == (int(epoch), int(step)):
            solver.model.loss = loss
            print("here", flush=True)
            time.sleep(60)
        return loss(X, y)

    solver.model.loss = wait_there
    solver.train()
    print(solver.interrupted, solver.epoch, len(solver.loss_history), len(solver.val_acc_history))
    solver.train()
    print(solver.interrupted, solver.epoch)
    checkpoint.save(Path(folder) / "went-on.npz", everything(solver))


def save_for_ever(folder):
    """Write one checkpoint after another until the process is killed."""
    import numpy as np

    for i in range(1_000_000):
        checkpoint.save(Path(folder) / "busy.npz", {"i": i, "array": np.full(30_000, i)})
        print(i, flush=True)


if __name__ == "__main__":
    {"slow": slow, "save_for_ever": save_for_ever}[sys.argv[1]](*sys.argv[2:])
