"""Test the build of the browser edition, without Pyodide: what it refuses, and what it says then."""

import hashlib
import json
import zipfile

import pytest

from cs231n.site.lite import build, jupyterlite
from cs231n.site.lite.landing import ABOUT
from cs231n.site.lite.placeholder import write_placeholder
from cs231n.site.lite.pyodide import CORE, LOCK, PACKAGES, NotPyodide, copy_pyodide
from cs231n.site.lite.wheels import NotPure, pack_wheel


@pytest.fixture
def pyodide(tmp_path):
    """A folder that looks like Pyodide: the files are small, the lock's checksums are right."""
    folder = tmp_path / "pyodide"
    folder.mkdir()
    for name in CORE:
        (folder / name).write_text('const version = "314.0.2";')
    packages = {}
    for name in (*PACKAGES, "six", "scipy"):
        (folder / f"{name}-1.whl").write_text(name)
        digest = hashlib.sha256(name.encode()).hexdigest()
        packages[name] = {"file_name": f"{name}-1.whl", "sha256": digest, "depends": ["six"] if name != "six" else []}
    (folder / LOCK).write_text(json.dumps({"info": {"arch": "wasm32"}, "packages": packages}))
    return folder


def test_what_the_course_needs_is_copied_and_nothing_else(pyodide, tmp_path):
    assert copy_pyodide(pyodide, tmp_path / "site") == "pyodide-314.0.2"
    copied = tmp_path / "site" / "pyodide-314.0.2"
    wheels = {f"{name}-1.whl" for name in (*PACKAGES, "six")}
    assert {path.name for path in copied.iterdir()} == {*CORE, LOCK, *wheels}, "what they depend on, too; scipy is not"
    lock = json.loads((copied / LOCK).read_text())
    assert set(lock["packages"]) == {*PACKAGES, "six"} and lock["info"] == {"arch": "wasm32"}


def change(folder, name, old, new):
    path = folder / name
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))


@pytest.mark.parametrize("spoil, words", [
    (lambda folder: (folder / "pyodide.asm.wasm").unlink(), "lacks pyodide.asm.wasm"),
    (lambda folder: (folder / LOCK).unlink(), f"lacks {LOCK}"),
    (lambda folder: (folder / "numpy-1.whl").unlink(), "lacks numpy-1.whl, the package numpy"),
    (lambda folder: (folder / "numpy-1.whl").write_text("other"), "numpy-1.whl is damaged"),
    (lambda folder: change(folder, LOCK, '"jedi": {', '"jodi": {'), "does not list the package jedi"),
    (lambda folder: (folder / LOCK).write_text("<html>"), "is not a lock file"),
    (lambda folder: change(folder, "pyodide.mjs", "314.0.2", "314.0.3"), "mixes two versions"),
    (lambda folder: [change(folder, name, "314.0.2", "0.29.4") for name in CORE], "holds Pyodide 0.29.4, and 314.0.x"),
])  # fmt: skip
def test_a_folder_that_is_not_pyodide_is_refused_with_advice(pyodide, tmp_path, spoil, words):
    spoil(pyodide)
    with pytest.raises(NotPyodide) as refused:
        copy_pyodide(pyodide, tmp_path / "site")
    assert words in str(refused.value) and "unpack" in str(refused.value) and "\n" not in str(refused.value)
    assert not (tmp_path / "site").exists()


@pytest.mark.parametrize("given, words", [("", "PYODIDE_DIR is not set"), ("/nowhere/at/all", "is not a folder")])
def test_without_a_folder_the_build_says_what_to_do_and_leaves_nothing(tmp_path, given, words):
    with pytest.raises(NotPyodide, match=words) as refused:
        build.build_lite(tmp_path / "site", given)
    assert "releases" in str(refused.value)
    assert not list(tmp_path.rglob("*.*"))


def test_a_folder_of_somebody_else_is_not_replaced(tmp_path, pyodide):
    (tmp_path / "site" / "lite").mkdir(parents=True)
    (tmp_path / "site" / "lite" / "essay.txt").write_text("mine")
    with pytest.raises(FileExistsError, match="not an earlier browser edition; move it away"):
        build.build_lite(tmp_path / "site", pyodide)
    assert (tmp_path / "site" / "lite" / "essay.txt").read_text() == "mine"


def test_the_page_that_keeps_its_place_in_a_book_is_replaced(tmp_path, pyodide, monkeypatch):
    (tmp_path / "site").mkdir()
    write_placeholder(tmp_path / "site" / "lite")
    monkeypatch.setattr(build, "write_content", lambda folder: {})
    monkeypatch.setattr(build, "build_jupyterlite", lambda *arguments: None)
    monkeypatch.setattr(build, "write_pages", lambda *arguments: 1.0)
    assert build.build_lite(tmp_path / "site", pyodide).folder == tmp_path / "site" / "lite"
    assert not (tmp_path / "site" / "lite" / "index.html").exists()


def test_a_build_that_fails_leaves_the_earlier_one(tmp_path, pyodide, monkeypatch):
    earlier = tmp_path / "site" / "lite"
    earlier.mkdir(parents=True)
    (earlier / ABOUT).write_text("{}")
    monkeypatch.setattr(build, "write_content", lambda folder: {})
    monkeypatch.setattr(jupyterlite, "VERSION", "99.0")
    with pytest.raises(
        jupyterlite.NotBuilt, match="jupyterlite-core 99.0 is needed, and .* is installed; run python -m"
    ):
        build.build_lite(tmp_path / "site", pyodide)
    assert [path.name for path in (tmp_path / "site").iterdir()] == ["lite"]
    assert (earlier / ABOUT).read_text() == "{}"


def test_nothing_in_the_configuration_names_another_host():
    told = json.dumps([jupyterlite.configure("../pyodide-314.0.2/", "a storage"), jupyterlite.SETTINGS])
    assert "http" not in told and "//" not in told
    assert '"disablePyPIFallback": true' in told and '"contentsStorageName": "a storage"' in told


def test_a_wheel_is_packed_from_an_installed_package(tmp_path):
    wheel = pack_wheel("comm", tmp_path / "pypi")
    assert wheel.name.startswith("comm-") and wheel.name.endswith("-py3-none-any.whl")
    content = wheel.read_bytes()
    with zipfile.ZipFile(wheel) as packed:
        names = packed.namelist()
        assert "comm/__init__.py" in names and not any("__pycache__" in name for name in names)
        record = next(name for name in names if name.endswith(".dist-info/RECORD"))
        listed = [line.split(",")[0] for line in packed.read(record).decode().splitlines()]
    assert sorted(listed) == sorted(names)
    assert pack_wheel("comm", tmp_path / "pypi").read_bytes() == content


def test_only_pure_packages_that_are_installed_are_packed(tmp_path):
    with pytest.raises(NotPure, match="numpy has compiled parts"):
        pack_wheel("numpy", tmp_path)
    with pytest.raises(ModuleNotFoundError, match="no-such-package is not installed"):
        pack_wheel("no-such-package", tmp_path)
