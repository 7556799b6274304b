"""Stop, and go on to the bit: resume in a new process, after a kill, after an interruption, with a second train()."""

import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from solver_cases import everything, make_solver, net, same, toy_data
from solver_child import CASES, case

from cs231n.training import checkpoint, state
from cs231n.training.checkpoint import CheckpointError

CHILD = [sys.executable, str(Path(__file__).with_name("solver_child.py"))]


def straight(name, folder, num_epochs=5):
    solver = case(name, folder, num_epochs)
    solver.train()
    return solver


@pytest.fixture(scope="module")
def resumed(tmp_path_factory):
    """A folder in which every case was trained for 3 epochs here, and for 2 more by another process."""
    folder = tmp_path_factory.mktemp("resumed")
    for name in CASES:
        straight(name, folder, num_epochs=3)
    subprocess.run([*CHILD, "resume", str(folder), "5"], check=True, timeout=120)
    return folder


@pytest.mark.parametrize("name", CASES)
def test_three_epochs_and_two_in_a_new_process_are_five(name, resumed, tmp_path):
    wanted = straight(name, tmp_path)
    assert same(checkpoint.load(resumed / f"{name}-resumed.npz"), everything(wanted))
    assert same(checkpoint.load(resumed / f"{name}.npz"), checkpoint.load(tmp_path / f"{name}.npz"))
    assert wanted.epoch == 5 and len(wanted.loss_history) == 5 * 5 and len(wanted.val_acc_history) == 6
    assert next(iter(wanted.optim_configs.values()))["learning_rate"] == pytest.approx(1e-2 * 0.8**5)
    assert all(w.dtype == name.split("-")[1] for w in wanted.model.params.values())


@pytest.mark.parametrize("name", CASES)
def test_a_second_train_goes_on_from_the_last_parameters(name, tmp_path):
    solver = straight(name, tmp_path, num_epochs=3)
    solver.model.loss(solver.X_train, solver.y_train)  # moves running statistics and dropout's generator
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
    """Start a child that trains five epochs, signal it in the middle of one; its exit code and further output."""
    command = [*CHILD, "slow", str(folder), str(epoch), str(step)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as child:
        assert child.stdout.readline() == "here\n"
        child.send_signal(number)
        output = child.communicate(timeout=60)[0]
    return child.returncode, output


def test_a_kill_loses_no_more_than_the_epoch(tmp_path):
    code, output = signalled(tmp_path, getattr(signal, "SIGKILL", signal.SIGTERM))
    assert code != 0 and output == ""
    solver = case(CASES[0], tmp_path, 5)
    assert solver.resume() and solver.epoch == 2
    solver.train()
    assert same(everything(solver), everything(straight(CASES[0], tmp_path)))


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


# --- what resume() does and refuses ----------------------------------------------------------------


def test_the_name_with_and_without_its_ending(tmp_path):
    make_solver(checkpoint_name=tmp_path / "run_0.5", num_epochs=1).train()
    for name in ("run_0.5", "run_0.5.npz"):
        solver = make_solver(num_epochs=1)
        assert solver.resume(tmp_path / name) and solver.epoch == 1
        assert solver.check_accuracy(solver.X_val, solver.y_val) == solver.best_val_acc == solver.val_acc_history[1]
    assert [path.name for path in tmp_path.iterdir()] == ["run_0.5.npz"]


def test_resume_where_there_is_nothing(tmp_path):
    solver = make_solver(checkpoint_name=tmp_path / "run")
    with pytest.raises(FileNotFoundError, match="run.npz"):
        solver.resume()
    assert not solver.resume(missing_ok=True)
    with pytest.raises(ValueError, match="checkpoint_name"):
        make_solver().resume()
    with pytest.raises(ValueError, match="no folder"):
        make_solver(checkpoint_name=tmp_path / "no" / "run")


def test_a_finished_run_that_is_resumed_has_nothing_to_do(tmp_path, capfd):
    settings = {"checkpoint_name": tmp_path / "run", "num_epochs": 2}
    first = make_solver(**settings)
    first.train()
    again = make_solver(**settings, verbose=True)
    again.resume()
    again.train()
    assert same(everything(first), everything(again))
    assert capfd.readouterr().out == "(epoch 2 / 2) nothing left to train\n"


def other_data(**changed):
    return {**toy_data(), **changed}


DIFFERENT = {
    "wider": (lambda: net(reg=0.1), {}, "reg: 0.0 in the checkpoint, 0.1 here"),
    "plain": (lambda: net(None), {}, r"params\['gamma1'\]: 'float32 \(10,\)' in the checkpoint, 'nothing' here"),
    "float64": (lambda: net(dtype=np.float64), {}, r"'float32 \(2, 10\)' in the checkpoint, 'float64 \(2, 10\)' here"),
    "dropout": (lambda: net(dropout_keep_ratio=0.5), {}, "dropout's p: None in the checkpoint, 0.5 here"),
    "batch_size": (net, {"batch_size": 4}, "batch_size: 8 in the checkpoint, 4 here"),
    "rule": (net, {"update_rule": "rmsprop"}, "update_rule: 'adam' in the checkpoint, 'rmsprop' here"),
    "rate": (net, {"optim_config": {"learning_rate": 0.1}}, "optim_config"),
    "seed": (net, {"seed": 1}, "seed: 0 in the checkpoint, 1 here"),
    "decay": (net, {"lr_decay": 0.5}, "lr_decay"),
    "data": (net, {"data": toy_data(seed=1)}, "X_train: .* checksum"),
    "labels": (net, {"data": other_data(y_train=toy_data()["y_train"][::-1])}, "y_train: .* checksum"),
    "shape": (net, {"data": toy_data(n=41)}, r"X_train: 'float64 \(40, 2\)"),
}


@pytest.mark.parametrize("kind", DIFFERENT)
def test_the_checkpoint_of_another_run_changes_nothing(kind, tmp_path):
    make_solver(checkpoint_name=tmp_path / "run", num_epochs=1).train()
    model, settings, message = DIFFERENT[kind]
    solver = make_solver(model(), **settings)
    solver.train()
    before = everything(solver)
    with pytest.raises(CheckpointError, match=message) as error:
        solver.resume(tmp_path / "run")
    assert "run.npz belongs to another training run" in str(error.value)
    assert same(everything(solver), before)


def edited(edit):
    def change(tree):
        edit(tree["state"])
        return tree

    return change


BROKEN = {
    "no state": lambda tree: {"identity": tree["identity"]},
    "no identity": lambda tree: {"state": tree["state"]},
    "a list": lambda tree: {"identity": [], "state": []},
    "no parameters": edited(lambda state: state["params"].pop("W2")),
    "another shape": edited(lambda state: state["best_params"].update(W2=np.ones(3))),
    "optimizer": edited(lambda state: state["optim_configs"]["W2"].update(m=np.ones(3))),
    "no optimizer": edited(lambda state: state["optim_configs"].pop("W2")),
    "statistics": edited(lambda state: state["statistics"][0].update(running_mean=np.ones(3))),
    "fewer statistics": edited(lambda state: state["statistics"].pop()),
    "histories": edited(lambda state: state["histories"].update(val_acc_history=np.ones(1))),
    "no generator": edited(lambda state: state.update(batches=None)),
    "another generator": edited(lambda state: state["batches"].update(bit_generator="MT19937")),
    "no best": edited(lambda state: state.pop("best_val_acc")),
    "no dropout": edited(lambda state: state.update(dropout={})),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_whole_file_with_a_wrong_state_changes_nothing(kind, tmp_path):
    settings = {"num_epochs": 1, "checkpoint_name": tmp_path / "run"}
    make_solver(net(dropout_keep_ratio=0.8), **settings).train()
    checkpoint.save(tmp_path / "run.npz", BROKEN[kind](checkpoint.load(tmp_path / "run.npz")))
    solver = make_solver(net(dropout_keep_ratio=0.8), **settings)
    before = state.capture(solver)
    with pytest.raises(CheckpointError, match="does not hold the state of a Solver|belongs to another"):
        solver.resume()
    assert same(state.capture(solver), before) and solver._state is None


@pytest.mark.parametrize("bit_generator", ["MT19937", "Philox", "SFC64", "PCG64DXSM"])
def test_any_generator_of_dropout_masks_is_kept(bit_generator, tmp_path):
    def solver(**settings):
        model = net(dropout_keep_ratio=0.7)
        model.dropout_param["rng"] = np.random.Generator(getattr(np.random, bit_generator)(3))
        return make_solver(model, **settings)

    solver(num_epochs=2, checkpoint_name=tmp_path / "run").train()
    resumed, wanted = solver(num_epochs=4), solver(num_epochs=4)
    resumed.resume(tmp_path / "run")
    for each in (resumed, wanted):
        each.train()
    assert same(everything(resumed), everything(wanted))
