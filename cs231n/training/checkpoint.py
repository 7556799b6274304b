"""Checkpoint files. Each holds a tree of arrays and plain values. Writing is all or nothing; reading uses no pickle.

A *tree* is a dictionary with strings as keys. Its values are NumPy arrays, NumPy scalars, Python numbers, strings,
booleans, None, and lists and dictionaries of these. The file is an ordinary ``.npz``: one entry per array, and an entry
``tree`` with the rest as JSON, in which ``{"array": NAME}`` stands for the array of that name. Reading a file never
runs code from it, and restores every value bit for bit. `state.capture` says what `Solver` saves.

To use what a run has saved::

    saved = checkpoint.load("run1.npz")
    state.restore_best(model, saved)  # the best parameters, with their running statistics
    state.restore_model(model, saved)  # or the last ones
"""

import json
import os
from pathlib import Path
from typing import Any

import numpy as np

from ..support.articles import add_article
from ..support.whole_files import check_writable, written_whole

FORMAT = "cs231n checkpoint 1"


class CheckpointError(ValueError):
    """The file is not a complete checkpoint."""


def checkpoint_path(name: str | os.PathLike) -> Path:
    """Return the path of the checkpoint with this name. Add ``.npz`` if the name does not end in it.

    >>> checkpoint_path("run1").name, checkpoint_path("run1.npz").name, checkpoint_path("lr_0.1").name
    ('run1.npz', 'run1.npz', 'lr_0.1.npz')
    """
    path = Path(name)
    if not path.name:
        raise ValueError(f"the checkpoint's name is {str(name)!r}; a file's name is wanted, such as 'run1'")
    return path if path.suffix == ".npz" else path.with_name(path.name + ".npz")


def check_name(name: str | os.PathLike) -> None:
    """Refuse the name of a checkpoint that could not be saved, before the training and not after its first epoch.

    Raises:
        ValueError: if there is no such folder, we may not write in it, or a folder or device has the file's name.
    """
    path = checkpoint_path(name)
    if not path.parent.is_dir():
        raise ValueError(f"checkpoint_name is {str(name)!r}, but there is no folder {str(path.parent)!r}")
    try:
        check_writable(path)
    except OSError as error:
        raise ValueError(f"checkpoint_name is {str(name)!r}, but {str(path)!r} cannot be written: {error}") from None


def save(path: str | os.PathLike, tree: dict[str, Any]) -> None:
    """Write a tree to a file. An old file of that name is replaced only when the new one is complete on the disk.

    Arguments:
        path: the file; `whole_files.written_whole` writes it.
        tree: see the module's docstring.

    Raises:
        TypeError: if something in the tree cannot be saved.
        OSError: if the file cannot be written. Then the old file is still there.
    """
    arrays: dict[str, np.ndarray] = {}
    text = json.dumps({"format": FORMAT, "tree": _encode(tree, "tree", arrays)})
    with written_whole(path) as file:
        np.savez(file, tree=np.array(text), **arrays)  # type: ignore[arg-type]


def load(path: str | os.PathLike) -> dict[str, Any]:
    """Read a tree from a file that `save` wrote. Nothing is ever unpickled.

    Raises:
        FileNotFoundError: if there is no such file.
        CheckpointError: if the file is truncated, damaged, or not a checkpoint.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save(folder + "/run1.npz", {"epoch": 3, "params": {"b1": np.zeros(2, np.float32)}})
    ...     load(folder + "/run1.npz")
    {'epoch': 3, 'params': {'b1': array([0., 0.], dtype=float32)}}
    """
    path = Path(path)
    with open(path, "rb") as file:  # may raise OSError, such as FileNotFoundError
        start = file.read(4)
        if start != b"PK\x03\x04":
            found = "empty" if not start else "no .npz archive (a pickle, perhaps; these are never loaded)"
            raise CheckpointError(f"{path} is not a checkpoint: it is {found}")
        file.seek(0)
        try:
            with np.load(file, allow_pickle=False) as entries:
                arrays = {name: entries[name] for name in entries.files}
        except Exception as error:  # zipfile, zlib and np.lib.format have many ways to say "damaged"
            raise CheckpointError(f"{path} is not a whole checkpoint, but truncated or damaged: {error}") from error
    try:
        header = json.loads(str(arrays.pop("tree")))
        if header["format"] != FORMAT:
            raise CheckpointError(f"{path} has the format {header['format']!r}; this library reads {FORMAT!r}")
        return _decode(header["tree"], arrays)
    except (KeyError, TypeError, json.JSONDecodeError) as error:
        raise CheckpointError(f"{path} is an .npz file, but not a checkpoint that Solver wrote") from error


def _encode(value: Any, where: str, arrays: dict[str, np.ndarray]) -> Any:
    """Turn a value into JSON. Put its arrays into ``arrays``, under their paths in the tree (``where`` is its own)."""
    if isinstance(value, (np.ndarray, np.generic)) and not value.dtype.hasobject:
        while where in arrays:  # two paths may look the same: {"a": {"b/c": x}, "a/b": {"c": y}}
            where += "'"
        arrays[where] = np.asarray(value)
        return {"array": where, "scalar": isinstance(value, np.generic)}
    if isinstance(value, dict) and all(isinstance(key, str) for key in value):
        # Put the dictionary under the key "items", so that it never looks like {"array": NAME}.
        return {"items": {key: _encode(item, f"{where}/{key}", arrays) for key, item in value.items()}}
    if isinstance(value, (list, tuple)):
        return [_encode(item, f"{where}/{i}", arrays) for i, item in enumerate(value)]
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    raise TypeError(f"a checkpoint can not hold {where}, {add_article(type(value).__name__)}: {value!r}")


def _decode(value: Any, arrays: dict[str, np.ndarray]) -> Any:
    """Undo `_encode`."""
    if isinstance(value, list):
        return [_decode(item, arrays) for item in value]
    if not isinstance(value, dict):
        return value
    if "items" in value:
        return {key: _decode(item, arrays) for key, item in value["items"].items()}
    array = arrays[value["array"]]
    return array[()] if value["scalar"] else array
