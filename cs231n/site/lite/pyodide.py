"""Check a folder with Pyodide (Python for the browser), and copy from it what the course needs.

Such a folder is what Pyodide's own release unpacks to: https://github.com/pyodide/pyodide/releases, the file
``pyodide-VERSION.tar.bz2``.
"""

import hashlib
import json
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

VERSION = "314.0"  # the series that jupyterlite-pyodide-kernel 0.8.6 is made for
LOCK = "pyodide-lock.json"
MODULE = "pyodide.mjs"
# The interpreter. The lock has no sha256 of these; the two modules must say the same version.
CORE = (MODULE, "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip")
PACKAGES = ("numpy", "matplotlib", "tqdm", "ipython", "jedi", "micropip")  # the kernel loads them when it starts
ADVICE = (
    f"unpack pyodide-{VERSION}.x.tar.bz2, a release of Pyodide (https://github.com/pyodide/pyodide/releases), "
    "and let PYODIDE_DIR name its folder"
)

Package = dict[str, Any]  # what the lock says of a package, such as "file_name", "sha256" and "depends"


class NotPyodide(ValueError):
    """A folder lacks something that the browser edition needs. The message says what, and what to do."""


def copy_pyodide(source: Path, target: Path) -> str:
    """Check a folder with Pyodide, and copy the interpreter and the packages that the course needs.

    The copied lock lists these packages only. So Python says that another package is missing, and the browser does not
    look for a file that is not there.

    Arguments:
        source: the folder.
        target: where to make a folder called ``pyodide-VERSION``.

    Returns:
        The new folder's name.

    Raises:
        NotPyodide: if a file is missing, is of another version or is damaged.
    """
    version = find_version(source)
    packages = read_packages(source / LOCK)
    for key, package in packages.items():
        check_package(source, key, package)
    folder = target / f"pyodide-{version}"
    folder.mkdir(parents=True)
    for name in (*CORE, *(package["file_name"] for package in packages.values())):
        shutil.copyfile(source / name, folder / name)
    lock = {**json.loads((source / LOCK).read_text(encoding="utf-8")), "packages": packages}
    (folder / LOCK).write_text(json.dumps(lock), encoding="utf-8")
    return folder.name


def find_version(folder: Path) -> str:
    """Find the version of the Pyodide in a folder, such as "314.0.2".

    Raises:
        NotPyodide: if the folder or a file of the interpreter is missing, or the version is another one.
    """
    if not folder.is_dir():
        raise NotPyodide(f"{folder} is not a folder; {ADVICE}")
    missing = [name for name in (*CORE, LOCK) if not (folder / name).is_file()]
    if missing:
        raise NotPyodide(f"{folder} lacks {', '.join(missing)}; {ADVICE}")
    said = {name: _read_version(folder / name) for name in (MODULE, "pyodide.asm.mjs")}
    version = said[MODULE]
    if len(set(said.values())) > 1:
        texts = " and ".join(f"{name} of {text}" for name, text in said.items())
        raise NotPyodide(f"{folder} mixes two versions, {texts}; {ADVICE}")
    if not re.fullmatch(rf"{re.escape(VERSION)}\.\d+", version):
        raise NotPyodide(f"{folder} holds Pyodide {version}, and {VERSION}.x is needed; {ADVICE}")
    return version


def _read_version(module: Path) -> str:
    """Read the version that a module of Pyodide has in its text."""
    found = re.search(r'"(\d+\.\d+\.\d+(?:-[\w.]+)?)"', module.read_text(encoding="utf-8"))
    return found[1] if found else "unknown"


def read_packages(lock: Path) -> dict[str, Package]:
    """Read what a lock says of PACKAGES and of the packages that they depend on.

    Returns:
        The packages by their keys in the lock, sorted.

    Raises:
        NotPyodide: if the lock cannot be read, or lacks one.
    """
    try:
        known: Mapping[str, Package] = json.loads(lock.read_text(encoding="utf-8"))["packages"]
    except (ValueError, KeyError) as error:
        raise NotPyodide(f"{lock} is not a lock file of Pyodide ({type(error).__name__}: {error}); {ADVICE}") from None
    needed: dict[str, Package] = {}
    todo = list(PACKAGES)
    while todo:
        key = re.sub(r"[-_.]+", "-", todo.pop()).lower()
        if key not in known:
            raise NotPyodide(f"{lock} does not list the package {key}; {ADVICE}")
        if key not in needed:
            needed[key] = known[key]
            todo += known[key]["depends"]
    return dict(sorted(needed.items()))


def check_package(folder: Path, key: str, package: Package) -> None:
    """Compare a package's file with the lock.

    Raises:
        NotPyodide: if it is missing, or its sha256 is another one.
    """
    file = folder / package["file_name"]
    if not file.is_file():
        raise NotPyodide(
            f"{folder} lacks {file.name}, the package {key} (the small archive pyodide-core has no packages); {ADVICE}"
        )
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    if digest != package["sha256"]:
        raise NotPyodide(
            f"{file.name} is damaged: its sha256 is {digest}, and {LOCK} says {package['sha256']}; "
            "unpack the release again"
        )
