"""Make a Pyodide folder for the tests of the browser edition, where Pyodide's own release cannot be downloaded.

    python3 -m tests.helpers.pyodide_folder OUT [--open-webui WHEEL]

It needs the standard library, pip and npm only. npm's ``pyodide`` gives the interpreter and its lock file. The compiled
packages are not on PyPI: they come out of the wheel of open-webui, which carries them. Pure packages that are not in
there come from PyPI. Every file must have the sha256 that the lock gives. The one exception: Pyodide builds some pure
packages itself, so PyPI's file of the same version has another sha256. For these, and only these, the lock in OUT is
rewritten to PyPI's file, and a line says so. The published site is never made from such a folder.
"""

import argparse
import hashlib
import json
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

from cs231n.site.lite.pyodide import CORE, LOCK, read_packages

PYODIDE = "314.0.2"  # the release whose compiled packages this open-webui carries
OPEN_WEBUI = "0.12.4"
FROM_NPM = (*CORE, LOCK, "package.json")


def make(out, open_webui=None):
    """Make the folder.

    Arguments:
        out: the folder. It is left alone if it holds a whole Pyodide of this version already.
        open_webui: None to download open-webui's wheel (106 MB), or the wheel.

    Returns:
        Lines that say where each package came from.
    """
    out = Path(out)
    if (out / "made").is_file() and (out / "made").read_text() == PYODIDE:
        return [f"{out} holds Pyodide {PYODIDE} already"]
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        name = subprocess.run(
            ["npm", "pack", "--silent", f"pyodide@{PYODIDE}"], cwd=folder, check=True, capture_output=True, text=True
        ).stdout.split()[-1]
        with tarfile.open(folder / name) as packed:
            for file in FROM_NPM:
                (out / file).write_bytes(packed.extractfile(f"package/{file}").read())
        lock = json.loads((out / LOCK).read_text(encoding="utf-8"))
        needed = read_packages(out / LOCK)
        wheel = open_webui or download(folder, [f"open-webui=={OPEN_WEBUI}"])[0]
        left = copy_from_wheel(wheel, needed, out)
        lines = [f"{package['file_name']}: sha256 as in the lock" for key, package in needed.items() if key not in left]
        lines += copy_from_pypi(folder, left, out)
    lock["packages"] = needed
    (out / LOCK).write_text(json.dumps(lock), encoding="utf-8")
    (out / "made").write_text(PYODIDE)
    return lines


def copy_from_wheel(wheel, needed, out):
    """Copy the packages that open-webui carries. Return those that it lacks."""
    left = dict(needed)
    with zipfile.ZipFile(wheel) as packed:
        inside = {name.rpartition("/")[2]: name for name in packed.namelist() if "/pyodide/" in name}
        for key, package in needed.items():
            if package["file_name"] in inside:
                content = packed.read(inside[package["file_name"]])
                assert hashlib.sha256(content).hexdigest() == package["sha256"], f"{key} is not the lock's file"
                (out / package["file_name"]).write_bytes(content)
                del left[key]
    return left


def copy_from_pypi(folder, left, out):
    """Download pure packages from PyPI, in one call of pip. Change the lock's entries where the sha256 is another."""
    compiled = [key for key, package in left.items() if not package["file_name"].endswith("-none-any.whl")]
    assert not compiled, f"open-webui lacks compiled packages: {compiled}"
    lines = []
    wheels = download(folder, [f"{key}=={package['version']}" for key, package in left.items()])
    files = {(normal(file.name.split("-")[0]), file.name.split("-")[1]): file for file in wheels}
    for key, package in left.items():
        file = files[normal(key), package["version"]]
        shutil.copyfile(file, out / file.name)
        digest = hashlib.sha256(file.read_bytes()).hexdigest()
        same = digest == package["sha256"]
        package["file_name"], package["sha256"] = file.name, digest
        lines.append(f"{file.name}: PyPI's, {'sha256 as in the lock' if same else 'other sha256, lock rewritten'}")
    return lines


def download(folder, requirements):
    """Download wheels from PyPI without what they depend on. Return their paths."""
    target = Path(tempfile.mkdtemp(dir=folder))
    command = [sys.executable, "-m", "pip", "download", "-q", "--disable-pip-version-check", "--no-deps", "-d", target]
    command += ["--python-version", "3.14", "--only-binary=:all:", "--ignore-requires-python", *requirements]
    subprocess.run(command, check=True)
    return sorted(target.glob("*.whl"))


def normal(name):
    """A package's name as the lock's keys have it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def main():
    """Read the command line, make the folder, say what was done."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--open-webui", type=Path, help="its wheel, if it is downloaded already")
    arguments = parser.parse_args()
    print(*make(arguments.out, arguments.open_webui), sep="\n")


if __name__ == "__main__":
    main()
