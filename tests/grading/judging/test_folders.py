"""Tests of the folders that are covered in a box."""

from cs231n.grading.judging.boxes import folders


def test_hidden_modules_are_found_by_every_way_that_leads_to_them(tmp_path, monkeypatch):
    packages = tmp_path / "real" / "lib" / "python3.11" / "site-packages"
    for name in ("autograd", "numpy", "torch"):
        (packages / name).mkdir(parents=True)
    (tmp_path / "real" / "lib64").symlink_to("lib")  # as in a venv
    (tmp_path / "link").symlink_to("real")
    (tmp_path / "away").mkdir()
    (packages / "sympy").symlink_to(tmp_path / "away")  # not visible in a box
    prefixes = [str(tmp_path / "link"), str(tmp_path / "real"), str(tmp_path / "real" / "lib")]
    monkeypatch.setattr(folders, "visible_folders", lambda: prefixes)
    names = [
        f"{place}/lib/python3.11/site-packages/{name}" for place in ("link", "real") for name in ("autograd", "torch")
    ]
    found = [folder for folder in folders.hidden_folders() if folder.startswith(str(tmp_path))]
    assert found == [str(tmp_path / name) for name in names]
