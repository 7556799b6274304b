"""Tests of checkpoint files: every bit is restored, nothing is unpickled, and a killed process leaves no half file."""

import os
import pickle
import subprocess
import sys
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from cs231n.training import checkpoint
from cs231n.training.checkpoint import CheckpointError
from tests.helpers.paths import ROOT
from tests.helpers.solver_cases import same

CHILD = [sys.executable, str(ROOT / "tests" / "helpers" / "solver_child.py")]
NAMES = st.text(max_size=4) | st.sampled_from(["array", "items", "tree", "file", "scalar", "a/b", "../../x"])
ARRAYS = hnp.arrays(hnp.scalar_dtypes(), hnp.array_shapes(min_dims=0, max_side=3)).filter(lambda a: a.dtype.kind != "O")
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | ARRAYS
TREES = st.dictionaries(
    NAMES, st.recursive(LEAVES, lambda t: st.lists(t, max_size=3) | st.dictionaries(NAMES, t, max_size=3)), max_size=4
)


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    return tmp_path_factory.mktemp("checkpoint") / "run.npz"


@given(tree=TREES)
def test_every_tree_comes_back_to_the_bit(tree, file):
    checkpoint.save(file, tree)
    assert same(checkpoint.load(file), tree)
    assert os.listdir(file.parent) == ["run.npz"]


def test_arrays_keep_their_layout_and_can_be_written_to(file):
    """BLAS sums in another order for another memory layout. So exact results need the layout, too."""
    checkpoint.save(file, {"C": np.ones((2, 3)), "F": np.ones((2, 3), order="F"), "number": np.float32(0.1)})
    tree = checkpoint.load(file)
    assert tree["C"].flags.c_contiguous and tree["F"].flags.f_contiguous and not tree["F"].flags.c_contiguous
    assert tree["C"].flags.writeable and isinstance(tree["number"], np.float32)


def test_names_that_could_clash_do_not(file):
    tree = {"a": {"b/c": np.ones(1)}, "a/b": {"c": np.zeros(1)}, "tree": np.ones(2), "file": np.ones(3)}
    checkpoint.save(file, tree)
    assert same(checkpoint.load(file), tree)


@pytest.mark.parametrize("value", [object(), {1: 2}, np.array([None]), {1, 2}, len, 1j])
def test_what_can_not_be_saved_is_named_and_leaves_the_old_file(value, file):
    checkpoint.save(file, {"epoch": 1})
    with pytest.raises(TypeError, match="config/t"):
        checkpoint.save(file, {"config": {"t": value}})
    assert checkpoint.load(file) == {"epoch": 1} and os.listdir(file.parent) == ["run.npz"]


@pytest.mark.parametrize("broken", ["replace", "fsync"])
def test_a_full_disk_leaves_the_old_file(broken, file, monkeypatch):
    checkpoint.save(file, {"epoch": 1})

    def fail(*arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(checkpoint.os, broken, fail)
    with pytest.raises(OSError, match="No space"):
        checkpoint.save(file, {"epoch": 2})
    assert checkpoint.load(file) == {"epoch": 1} and os.listdir(file.parent) == ["run.npz"]


def test_the_file_is_on_the_disk_before_it_takes_the_name(file, monkeypatch):
    calls = []
    monkeypatch.setattr(checkpoint.os, "fsync", lambda descriptor: calls.append("fsync"))
    real = os.replace
    monkeypatch.setattr(checkpoint.os, "replace", lambda *names: (calls.append("replace"), real(*names)))
    checkpoint.save(file, {"epoch": 1})
    assert calls[:2] == ["fsync", "replace"]


@pytest.mark.slow
def test_a_kill_at_any_moment_leaves_a_whole_file(tmp_path):
    for delay in (0.0, 0.011, 0.023, 0.037, 0.05):
        with subprocess.Popen([*CHILD, "save_for_ever", str(tmp_path)], stdout=subprocess.PIPE, text=True) as child:
            assert child.stdout.readline() == "0\n"
            time.sleep(delay)
            child.kill()
            written = [0, *(int(line) for line in child.stdout if line.endswith("\n"))][-1]
        tree = checkpoint.load(tmp_path / "busy.npz")
        assert tree["i"] >= written and np.all(tree["array"] == tree["i"])


# --- what is no checkpoint ------------------------------------------------------------------------

TREE = {"epoch": 3, "params": {"W1": np.arange(12.0).reshape(3, 4), "b1": np.zeros(4, np.float32)}}


def test_a_missing_file_is_missing(tmp_path):
    with pytest.raises(FileNotFoundError, match="nowhere"):
        checkpoint.load(tmp_path / "nowhere.npz")


def test_a_truncation_is_noticed(file):
    checkpoint.save(file, TREE)
    whole = file.read_bytes()
    for length in [*range(64), *range(64, len(whole), 5), len(whole) - 1]:
        file.write_bytes(whole[:length])
        with pytest.raises(CheckpointError, match="run.npz"):
            checkpoint.load(file)


def test_a_flipped_bit_never_changes_a_number(file):
    """Either the damage is noticed, or it is in a part of the archive without meaning, such as a date."""
    checkpoint.save(file, TREE)
    whole, noticed = file.read_bytes(), 0
    for i in range(0, len(whole), 3):
        file.write_bytes(whole[:i] + bytes([whole[i] ^ 1 << i % 8]) + whole[i + 1 :])
        try:
            assert same(checkpoint.load(file), TREE)
        except CheckpointError:
            noticed += 1
    assert noticed > len(whole) // 6


class Trap:
    """When it is unpickled, it writes a file."""

    def __init__(self, path):
        self.path = str(path)

    def __reduce__(self):
        return open, (self.path, "w")


def test_pickles_are_never_loaded(file, tmp_path):
    trap = Trap(tmp_path / "sprung")
    file.write_bytes(pickle.dumps({"epoch": 1, "trap": trap}))
    with pytest.raises(CheckpointError, match="pickle"):
        checkpoint.load(file)
    np.savez(file, tree=np.array('{"format": "cs231n checkpoint 1", "tree": {"items": {}}}'), trap=np.array([trap]))
    with pytest.raises(CheckpointError, match="allow_pickle=False"):
        checkpoint.load(file)
    np.savez(file, tree=np.array([trap], dtype=object))
    with pytest.raises(CheckpointError):
        checkpoint.load(file)
    assert not (tmp_path / "sprung").exists()
    pickle.loads(pickle.dumps(trap)).close()
    assert (tmp_path / "sprung").exists(), "the trap works"


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "3", "{}", '{"format": 1}', '{"format": "cs231n checkpoint 1"}',
             '{"format": "cs231n checkpoint 1", "tree": {"array": "nowhere", "scalar": false}}',
             '{"format": "cs231n checkpoint 1", "tree": {"other": 1}}', '{"format": "cs231n checkpoint 2", "tree": 1}'],
)  # fmt: skip
def test_other_archives_are_refused(text, file):
    np.savez(file, tree=np.array(text))
    with pytest.raises(CheckpointError, match="Solver wrote|has the format"):
        checkpoint.load(file)


def test_other_files_are_refused(file):
    np.savez(file, X=np.ones(3))
    with pytest.raises(CheckpointError, match="not a checkpoint that Solver wrote"):
        checkpoint.load(file)
    with open(file, "wb") as stream:
        np.save(stream, np.ones(3))
    for content in (file.read_bytes(), b"", b"PK", b"PK\x03\x04", b"hello", bytes(100)):
        file.write_bytes(content)
        with pytest.raises(CheckpointError, match="not a"):
            checkpoint.load(file)
