"""Tests of resumed training: after an interruption, a second train() gives exactly the same. And of checkpoints."""

import signal
import subprocess
import sys

import numpy as np
import pytest

from cs231n.training import checkpoint
from tests.helpers.paths import ROOT
from tests.helpers.solver_cases import everything, make_solver, net, same
from tests.helpers.solver_child import CASES, case

CHILD = [sys.executable, str(ROOT / "tests" / "helpers" / "solver_child.py")]


def straight(name, folder, num_epochs=5):
    solver = case(name, folder, num_epochs)
    solver.train()
    return solver


@pytest.mark.parametrize("name", CASES)
def test_a_second_train_goes_on_from_the_last_parameters(name, tmp_path):
    solver = straight(name, tmp_path, num_epochs=3)
    solver.model.loss(solver.X_train, solver.y_train)  # changes the running statistics and dropout's generator
    solver.num_epochs = 2
    solver.train()
    assert same(everything(solver), everything(straight(name, tmp_path)))


def test_a_second_train_counts_on(capfd):
    solver = make_solver(num_epochs=10, verbose=True, print_every=25)
    solver.train()
    capfd.readouterr()
    solver.train()
    lines = capfd.readouterr().out.splitlines()
    assert len(lines) == 10 + 2 and lines[0].startswith("(epoch 11 / 20) train acc: ")
    assert lines[-1].startswith("(epoch 20 / 20) ") and lines[-2].startswith("(step 100) ")


def test_parameters_that_were_changed_in_between_are_trained():
    solver = make_solver(num_epochs=2)
    solver.train()
    wanted = 100 * np.ones((2, 10))  # float64, in a net of float32
    solver.model.params["W1"] = wanted
    seen = []
    loss = solver.model.loss
    solver.model.loss = lambda X, y=None: (seen.append(solver.model.params["W1"].copy()), loss(X, y))[1]
    solver.train()
    assert np.array_equal(seen[0], wanted) and seen[0].dtype == np.float32
    assert wanted.dtype == np.float64 and np.all(wanted == 100)


def test_a_learning_rate_that_was_changed_in_between_holds_even_after_an_interruption():
    solver = make_solver(num_epochs=2)
    solver.train()
    for config in solver.optim_configs.values():
        config["learning_rate"] = 1e-5
    loss = solver.model.loss

    def interrupt(X, y=None):
        raise KeyboardInterrupt

    solver.model.loss = interrupt
    solver.train()
    solver.model.loss = loss
    assert solver.interrupted and solver.optim_configs["W1"]["learning_rate"] == 1e-5


# --- real signals ---------------------------------------------------------------------------------


def signalled(folder, number, epoch=3, step=2):
    """Start a child that trains five epochs. Send it a signal during one. Return its exit code and later output."""
    command = [*CHILD, "slow", str(folder), str(epoch), str(step)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as child:
        assert child.stdout.readline() == "here\n"
        child.send_signal(number)
        output = child.communicate(timeout=60)[0]
    return child.returncode, output


def test_a_kill_leaves_the_checkpoint_of_the_last_whole_epoch(tmp_path):
    code, output = signalled(tmp_path, getattr(signal, "SIGKILL", signal.SIGTERM))
    assert code != 0 and output == ""
    saved = checkpoint.load(tmp_path / f"{CASES[0]}.npz")
    assert saved["epoch"] == 2
    solver = straight(CASES[0], tmp_path, num_epochs=2)
    assert same(saved, solver._state)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for another process")
@pytest.mark.parametrize("epoch, step", [(1, 1), (3, 2)])
def test_an_interruption_leaves_a_usable_model_and_can_be_taken_back(epoch, step, tmp_path):
    code, output = signalled(tmp_path, signal.SIGINT, epoch, step)
    assert code == 0
    line, interrupted, finished = output.splitlines()
    done = epoch - 1
    assert line.startswith(f"(epoch {done} / 5) interrupted: the model has its best parameters (epoch ")
    assert interrupted == f"True {done} {5 * done} {done + 1}" and finished == "False 5"
    assert same(checkpoint.load(tmp_path / "went-on.npz"), everything(straight(CASES[0], tmp_path)))


# --- what a checkpoint is good for -----------------------------------------------------------------


def test_the_file_holds_what_the_docstring_says(tmp_path):
    solver = make_solver(checkpoint_name=tmp_path / "run_0.5", num_epochs=3)
    solver.train()
    assert [path.name for path in tmp_path.iterdir()] == ["run_0.5.npz"]
    saved = checkpoint.load(tmp_path / "run_0.5.npz")
    model = net(seed=5)
    model.params.update(saved["best_params"])
    for bn_param, kept in zip(model.bn_params, saved["best_statistics"]):
        bn_param.update(kept)
    X, y = solver.X_val, solver.y_val
    assert np.mean(np.argmax(model.loss(X), axis=1) == y) == saved["best_val_acc"] == solver.best_val_acc
    assert saved["histories"]["val_acc_history"].tolist() == solver.val_acc_history
    assert saved["optim_configs"]["W1"]["t"] == len(solver.loss_history)


def test_a_checkpoint_needs_its_folder(tmp_path):
    with pytest.raises(ValueError, match="no folder"):
        make_solver(checkpoint_name=tmp_path / "no" / "run")


@pytest.mark.parametrize("bit_generator", ["MT19937", "Philox", "SFC64", "PCG64DXSM"])
def test_any_generator_of_dropout_masks_is_kept(bit_generator, tmp_path):
    def solver(**settings):
        model = net(dropout_keep_ratio=0.7)
        model.dropout_param["rng"] = np.random.Generator(getattr(np.random, bit_generator)(3))
        return make_solver(model, **settings)

    twice, wanted = solver(num_epochs=2, checkpoint_name=tmp_path / "run"), solver(num_epochs=4)
    for each in (twice, twice, wanted):
        each.train()
    assert same(everything(twice), everything(wanted))
