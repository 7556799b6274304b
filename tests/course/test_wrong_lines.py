"""Lines that students write in the steps, right ones in another style and wrong ones: what the cells say of them.

The cells run in this process, one after the other in one namespace, filled in but for the one that a test replaces.
"""

import pytest

from tests.helpers.cells import Cells


@pytest.fixture
def three():
    cells = Cells(3)
    cells.run("adam-average")
    return cells


def test_a_right_average_without_a_return_is_told_both(three):
    said = three.run("adam-divide", lines='memory["v"] = 0.999 * memory["v"] + 0.001 * g**2').splitlines()
    nothing = "it is None, and an array of numbers is wanted (is there a return?)"
    assert said[1:4] == ["  v: ok", f"  in_the_end: {nothing}", f"  divided_by_root: {nothing}"]
    assert three.run("guess-cold-start", "cold-start").splitlines()[1] == "no outcome yet."
    three.run("adam-weights")
    assert "ten_steps: ok" in three.run("adam-correct"), "it needs what step 2 remembers, and not what it returns"


def test_a_blank_of_step_2_is_a_blank_in_step_3(three):
    said = three.run("adam-divide", lines="return ...").splitlines()
    empty = "still empty: put your line in place of ..."
    assert said[1:] == [f"  v: {empty}", f"  in_the_end: {empty}", f"  divided_by_root: {empty}"]
    assert three.run("adam-correct").splitlines()[1:] == [f"  ten_steps: {empty}"]


def test_a_line_that_raises_is_said_in_one_line(three):
    three.run("adam-divide", "adam-weights")
    said = three.run("adam-correct", lines='memory["m"] /= total\nreturn memory["m"]').splitlines()
    assert said[1].startswith("  ten_steps: ValueError: operands could not be broadcast together")
    assert "corrected: waits for your line" in three.run("valley-correct")


@pytest.fixture
def ready_to_update(three):
    three.run("data")
    return three


ADAM = "optim.adam(net.params[name], grads[name]"
RIGHT = f"net.params[name], configs[name] = {ADAM}, configs[name])"
NOT_KEPT, NUMBERS = "configs[name] has not kept both steps: hand it to adam", "the shape is right, the numbers are not"


@pytest.mark.parametrize(
    "line, gamma3, counted",
    [
        (RIGHT, "ok", "ok"),
        (f"net.params[name], _ = {ADAM}, configs[name])", "ok", "ok"),
        ("...", "still empty", "still empty"),
        (f"net.params[name] = {ADAM}, configs[name])", "net.params[name] is a tuple now, and an array is wanted: adam "
         "returns two things, next_w and config", "it waits for gamma3"),
        (f"configs[name], net.params[name] = {ADAM}, configs[name])", "net.params[name] is a dict now", "it waits for"),
        (f"configs[name] = {ADAM}, configs[name])", NUMBERS, "configs[name] is a tuple now: adam returns two things"),
        (f"net.params[name] = {ADAM})[0]", "ok", NOT_KEPT),
        (f"net.params[name], configs[name] = {ADAM})", "ok", NOT_KEPT),
        ("net.params[name] = net.params[name] - 1e-3 * grads[name]", NUMBERS, NOT_KEPT),
        (RIGHT.replace("grads", "gradient"), "NameError: name 'gradient' is not defined", "it waits for gamma3"),
    ],
)  # fmt: skip
def test_an_update_is_told_what_it_keeps_and_what_not(ready_to_update, line, gamma3, counted):
    said = ready_to_update.run("update", lines=line).splitlines()
    assert said[1].startswith(f"  gamma3: {gamma3}") and said[2].startswith(f"  counted: {counted}"), said


def test_taking_the_cache_apart_leaves_the_names_of_the_notebook_alone():
    two = Cells(2)
    two.run_from("graph-data", "dx")
    unpack = "x, gamma, beta, var, mu, x_hat, eps = cache"
    lines = f"{unpack}; rows = x.shape[0]\ndistance = x - mu\nroot = np.sqrt(var + eps)"
    assert two.run("cache-apart", lines=lines).splitlines()[1:] == ["  rows: ok", "  distance: ok", "  root: ok"]
    assert "  outcome: it stays" in two.run("guess-two-n", "reveal-two-n")
    assert "  dvar_short: ok" in two.run("substitute-variance")
