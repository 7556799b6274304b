"""Tests of `support.session`: progress bars are shown only if a person is watching."""

import sys
from types import ModuleType, SimpleNamespace

import pytest

from cs231n.support.session import is_automated, is_notebook, progress_bar, say

SIGNS = ("CS231N_AUTOMATED", "PYTEST_VERSION", "CI")


@pytest.fixture
def person(monkeypatch):
    """Simulate a person at a terminal: no sign of automation, and stderr is a terminal."""
    for name in SIGNS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)


def is_shown(enabled=None):
    bar = progress_bar(3, "training", enabled)
    shown = not bar.disable
    bar.update()
    bar.close()
    return shown


def test_this_session_is_automated():
    assert is_automated(), "pytest 8.2 and later sets PYTEST_VERSION"


@pytest.mark.parametrize("sign", SIGNS)
def test_each_sign_turns_the_bar_off(person, monkeypatch, sign):
    assert not is_automated() and is_shown()
    monkeypatch.setenv(sign, "1")
    assert is_automated() and not is_shown()


def test_no_bar_when_the_output_goes_to_a_file(person, monkeypatch):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: False)
    assert not is_shown()


@pytest.mark.parametrize("shell, expected", [(None, False), (object(), False), (SimpleNamespace(kernel=1), True)])
def test_a_notebook_is_a_shell_with_a_kernel(person, monkeypatch, shell, expected):
    ipython = ModuleType("IPython")
    ipython.get_ipython = lambda: shell
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: False)
    assert is_notebook() == expected == is_shown()


def test_no_notebook_where_ipython_was_never_imported(monkeypatch):
    monkeypatch.delitem(sys.modules, "IPython", raising=False)
    assert not is_notebook()


@pytest.mark.parametrize("enabled", [True, False])
def test_the_caller_decides_if_it_wants_to(enabled, capfd):
    assert is_shown(enabled) == enabled
    out, err = capfd.readouterr()
    assert out == "" and ("training" in err) == enabled


def test_say_prints_while_another_thread_imports_tqdm(monkeypatch, capsys):
    for module in (None, ModuleType("tqdm")):  # not imported yet; begun
        monkeypatch.setitem(sys.modules, "tqdm", module)
        say("epoch 1")
    assert capsys.readouterr().out == "epoch 1\nepoch 1\n"
