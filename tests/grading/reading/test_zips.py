"""Test reading a .zip: nothing of it reaches the file system, and zip bombs do no harm."""

import os
import stat
import struct
import zipfile
import zlib

import pytest

from cs231n.grading.reading import notebook_files, read_submission, unzip
from tests.helpers.reading_cases import ONE, TASKS_OF_ONE, TWO, about, answers, make_zip, notebook, quiet, solved, write


@pytest.mark.parametrize("inside", ["", "homework/", "Übung 1/notebooks/", "__ok__/a b/"])
def test_a_zip_per_student_with_or_without_a_folder_inside(tmp_path, inside):
    files = {f"{inside}{ONE}": notebook(), f"__MACOSX/{inside}._{ONE}": "x", f"{inside}.ipynb_checkpoints/x.ipynb": "x",
             f"{inside}data.bin": bytes(1000), f"{inside}my_answers/softmax.py": "raise SystemExit"}  # fmt: skip
    reading = read_submission(make_zip(tmp_path / "Zoë.zip", files))
    assert quiet(reading) == ([], []) and list(answers(reading)) == TASKS_OF_ONE
    assert os.listdir(tmp_path) == ["Zoë.zip"], "nothing is written"


def test_a_zip_in_a_folder_is_read_a_zip_in_a_zip_is_not(tmp_path):
    inner = make_zip(tmp_path / "inner.zip", {TWO: notebook(TWO)}).read_bytes()
    make_zip(tmp_path / "student" / "files.zip", {ONE: notebook(), "x/inner.zip": inner})
    reading = read_submission(tmp_path / "student")
    assert set(reading.notebooks) == {ONE} and about(reading, "inner.zip lies inside files.zip")
    assert "nested-zip" in reading.flags


@pytest.mark.parametrize("name", ["../../escaped.ipynb", "/tmp/escaped.ipynb", "C:\\escaped.ipynb",
                                  "a/../../escaped.ipynb", "..\\escaped.ipynb"])  # fmt: skip
def test_a_path_that_leads_out_of_a_zip_is_only_a_name(tmp_path, name):
    outer = tmp_path / "deep" / "er"
    reading = read_submission(make_zip(outer / "eve.zip", {name: notebook()}))
    assert reading.answered == set(TASKS_OF_ONE) and "path-traversal" in reading.flags
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["deep", "er", "eve.zip"]
    assert not os.path.exists("/tmp/escaped.ipynb")


@pytest.mark.parametrize("name", ["CON.ipynb", "a<b>|?.ipynb", "trailing. /x.ipynb", "x" * 300 + ".ipynb", "\n.ipynb"])
def test_names_that_windows_forbids_are_only_names(tmp_path, name):
    reading = read_submission(make_zip(tmp_path / "a.zip", {name: notebook()}))
    assert reading.answered == set(TASKS_OF_ONE) and all(remark.isprintable() for remark in reading.remarks)


def test_links_in_a_zip_are_not_followed(tmp_path):
    link = zipfile.ZipInfo("a.ipynb")
    link.create_system, link.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    reading = read_submission(make_zip(tmp_path / "a.zip", {link: "/etc/passwd", ONE: notebook()}))
    assert about(reading, "a.ipynb is a link") and "links" in reading.flags and reading.answered == set(TASKS_OF_ONE)


def overlapping(names, size):
    """Make a .zip whose many members all point to the same compressed data: a bomb without nesting."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    data = packer.compress(bytes(size)) + packer.flush()
    crc, first = zlib.crc32(bytes(size)), names[0].encode()
    local = struct.pack("<4s5H3I2H", b"PK\3\4", 20, 0, 8, 0, 0, crc, len(data), size, len(first), 0) + first
    central = b"".join(
        struct.pack("<4s6H3I5H2I", b"PK\1\2", 20, 20, 0, 8, 0, 0, crc, len(data), size, len(name), 0, 0, 0, 0, 0, 0)
        + name.encode() for name in names
    )  # fmt: skip
    end = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, len(names), len(names), len(central), len(local + data), 0)
    return local + data + central + end


def test_a_zip_bomb_of_overlapping_members_is_refused_before_it_is_unpacked(tmp_path):
    bomb = overlapping([f"{i:04}.ipynb" for i in range(5000)], 10**7)
    reading = read_submission(write(tmp_path, {"a.zip": bomb, ONE: solved()}))
    assert len(bomb) < 400_000 and about(reading, "a.zip would grow more than a thousandfold")
    assert "zip-bomb" in reading.flags and reading.answered == set(TASKS_OF_ONE)


def test_a_member_that_lies_about_its_size_is_bounded_all_the_same(tmp_path, monkeypatch):
    monkeypatch.setattr(notebook_files, "MAX_NOTEBOOK_BYTES", 100_000)
    zeros = make_zip(tmp_path / "a.zip", {"a.ipynb": bytes(10**7)}).read_bytes()
    lie = zeros.replace(struct.pack("<I", 10**7), struct.pack("<I", 10))
    assert lie != zeros
    for content in (zeros, lie):
        (tmp_path / "a.zip").write_bytes(content)
        reading = read_submission(tmp_path / "a.zip")
        assert reading.notebooks == {} and about(reading, "a.ipynb", "it was not read")


def test_a_zip_that_lists_too_many_files_is_refused(tmp_path, monkeypatch):
    path = make_zip(tmp_path / "a.zip", {f"{i}.txt": "" for i in range(unzip.MAX_ENTRIES + 1)})
    assert "zip-bomb" in read_submission(path).flags
    monkeypatch.setattr(unzip, "MAX_READ_BYTES", 100_000)
    assert about(read_submission(path), "a.zip lists far too many files"), "before the list is read"


@pytest.mark.parametrize("damage", ["empty", "text", "cut", "changed", "password", "bzip2", "lzma"])
def test_a_damaged_or_unusual_zip_is_reported(tmp_path, damage):
    method = {"bzip2": zipfile.ZIP_BZIP2, "lzma": zipfile.ZIP_LZMA}.get(damage, zipfile.ZIP_DEFLATED)
    path = make_zip(tmp_path / "a.zip", {"a.ipynb": notebook()}, method)
    good = path.read_bytes()
    locked = bytearray(good)
    locked[6] |= 1
    locked[good.index(b"PK\1\2") + 8] |= 1
    path.write_bytes({"empty": b"", "text": b"no zip", "cut": good[: len(good) // 2], "password": bytes(locked),
                      "changed": good[:2000] + bytes(50) + good[2050:]}.get(damage, good))  # fmt: skip
    reading = read_submission(path)
    assert reading.notebooks == {} and about(reading, "a.zip" if damage in ("empty", "text", "cut") else "a.ipynb")
    assert {"unreadable-notebook", "missing-notebook"} == set(reading.flags)
