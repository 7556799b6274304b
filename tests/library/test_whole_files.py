"""Tests of `whole_files`. For crashes and killed processes see test_checkpoint.py and test_saved_together.py."""

import os
import sys
import threading

import pytest

from cs231n.support.whole_files import check_writable, replaced_folder, write_text, written_whole


def test_an_error_in_the_block_leaves_the_old_file(tmp_path):
    path = tmp_path / "a.txt"
    write_text(path, "old")
    with pytest.raises(ZeroDivisionError), written_whole(path) as file:
        file.write(b"half")
        raise ZeroDivisionError
    assert path.read_text() == "old" and os.listdir(tmp_path) == ["a.txt"]


def test_line_ends_and_letters_are_written_as_they_are(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_text("a.txt", "α\nβ\r\n")
    assert (tmp_path / "a.txt").read_bytes() == "α\nβ\r\n".encode()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes and devices here")
def test_what_is_no_regular_file_is_refused_and_stays(tmp_path):
    """A link to a device was replaced by a file before."""
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("/dev/null")
    before = {name: os.lstat(tmp_path / name).st_mode for name in os.listdir(tmp_path)}
    for name in before:
        with pytest.raises(OSError, match="Is a directory|Not a regular file"):
            write_text(tmp_path / name, "text")
        with pytest.raises(OSError, match="Is a directory|Not a regular file"):
            check_writable(tmp_path / name)
    assert {name: os.lstat(tmp_path / name).st_mode for name in os.listdir(tmp_path)} == before


def test_whether_a_file_can_be_written_is_found_out_without_a_trace(tmp_path):
    write_text(tmp_path / "old.txt", "old")
    for name in ("old.txt", "new.txt"):
        check_writable(tmp_path / name)
    assert os.listdir(tmp_path) == ["old.txt"] and (tmp_path / "old.txt").read_text() == "old"
    with pytest.raises(FileNotFoundError):
        check_writable(tmp_path / "no" / "such.txt")


@pytest.mark.skipif(sys.platform == "win32", reason="links and permissions are other things there")
def test_links_and_permissions_stay(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    path, link = tmp_path / "elsewhere" / "a.txt", tmp_path / "a.txt"
    write_text(path, "old")
    path.chmod(0o600)
    link.symlink_to(path)
    write_text(link, "new")
    assert link.is_symlink() and path.read_text() == "new" and path.stat().st_mode & 0o777 == 0o600
    link.unlink()
    link.symlink_to(tmp_path / "elsewhere" / "b.txt")  # a link to a file that does not exist yet
    write_text(link, "first")
    assert (tmp_path / "elsewhere" / "b.txt").read_text() == "first"


def test_threads_that_write_one_file_never_show_half_of_it(tmp_path):
    path, errors, done = tmp_path / "a.txt", [], threading.Event()
    texts = [letter * 50_000 for letter in "abcd"]
    write_text(path, texts[0])

    def write(text):
        try:
            for _ in range(15):
                write_text(path, text)
        except Exception as error:
            errors.append(error)

    def read():
        while not done.is_set():
            if path.read_text() not in texts:
                errors.append("half a file")

    threads = [threading.Thread(target=write, args=(text,)) for text in texts]
    reader = threading.Thread(target=read)
    for thread in (reader, *threads):
        thread.start()
    for thread in threads:
        thread.join()
    done.set()
    reader.join()
    assert not errors and os.listdir(tmp_path) == ["a.txt"]


def test_a_folder_is_replaced_whole(tmp_path):
    folder = tmp_path / "deep" / "folder"
    for text in ("first", "second"):
        with replaced_folder(folder) as new:
            write_text(new / f"{text}.txt", text)
            assert not os.path.exists(folder / f"{text}.txt"), "nobody sees half of it"
        assert os.listdir(folder) == [f"{text}.txt"] and os.listdir(folder.parent) == ["folder"]


def test_an_error_in_the_block_leaves_the_old_folder_or_none(tmp_path):
    with pytest.raises(ZeroDivisionError), replaced_folder(tmp_path / "deep" / "folder") as new:
        raise ZeroDivisionError
    assert os.listdir(tmp_path) == []
    write_text(tmp_path / "a.txt", "old")
    with pytest.raises(ZeroDivisionError), replaced_folder(tmp_path) as new:
        write_text(new / "b.txt", "new")
        raise ZeroDivisionError
    assert os.listdir(tmp_path) == ["a.txt"]


def test_a_folder_that_cannot_be_put_in_its_place_leaves_the_old_one(tmp_path, monkeypatch):
    """A virus scanner holds a new file, for example."""
    folder, move = tmp_path / "folder", os.replace
    folder.mkdir()
    write_text(folder / "a.txt", "old")

    def refuse_the_new_one(source, target):
        if os.path.exists(os.path.join(source, "b.txt")):
            raise PermissionError(13, "held", str(source))
        move(source, target)

    with pytest.raises(PermissionError), replaced_folder(folder) as new:
        (new / "b.txt").touch()
        monkeypatch.setattr(os, "replace", refuse_the_new_one)
    assert os.listdir(folder) == ["a.txt"] and os.listdir(tmp_path) == ["folder"]
