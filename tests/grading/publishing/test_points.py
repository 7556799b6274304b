"""Test how many points each task is worth: from the table, and from an instructor's file, good or bad."""

import nbformat
import pytest

from cs231n.assignment.actions import NOTEBOOKS, TASKS
from cs231n.grading import __main__ as command
from cs231n.grading.publishing.notebooks import is_graded, name_of, read_notebooks
from cs231n.grading.publishing.points import points_by_task, read_points


def test_the_notebooks_have_the_points_of_the_table():
    """If this fails, run: python -m cs231n.grading refresh"""
    cells = [cell for nb in read_notebooks().values() for cell in nb.cells if is_graded(cell)]
    assert {name_of(cell): cell.metadata.nbgrader.points for cell in cells} == points_by_task()


def test_points_are_the_tables_unless_a_file_says_otherwise(tmp_path):
    points = points_by_task()
    assert list(points) == [*TASKS, "written-1", "written-2", "written-3", "written-4"]
    assert points["softmax"] == 2 and all(value > 0 for value in points.values())
    (tmp_path / "points.json").write_text('{"softmax": 5, "written-1": 0.5}')
    (tmp_path / "points.toml").write_text("softmax = 5\nwritten-1 = 0.5  # half\n")
    for name in ("points.json", "points.toml"):
        assert read_points(tmp_path / name) == {"softmax": 5, "written-1": 0.5}
        assert points_by_task(tmp_path / name) == {**points, "softmax": 5, "written-1": 0.5}


@pytest.mark.parametrize(
    "text, message",
    [
        ('{"softmix": 5, "Adam": 1}', "points for Adam, softmix; there are softmax, softmax_jacobian, .*, written-4$"),
        ('{"softmax": -1}', "at least 0, not softmax: -1$"),
        (
            '{"softmax": "5", "adam": true, "affine_backward": null}',
            "not softmax: '5', adam: True, affine_back.*: None$",
        ),
        ('{"softmax": NaN, "adam": Infinity}', "finite numbers of at least 0, not softmax: nan, adam: inf$"),
        ('{"softmax": 5, "softmax": 6}', "softmax is there more than once"),
        ("[5]", 'holds a list; wanted is an object such as {"softmax": 5}'),
        ("softmax: 5", 'Wanted is JSON such as {"softmax": 5, "written-1": 3}, or TOML'),
        ("\xff", "Wanted is JSON"),
    ],
)
def test_points_that_cannot_be_used_are_refused_with_the_reason(tmp_path, text, message):
    (tmp_path / "points.json").write_bytes(text.encode("latin-1"))
    with pytest.raises(ValueError, match=message):
        read_points(tmp_path / "points.json")
    with pytest.raises(SystemExit, match=message):
        command.main(["release", str(tmp_path / "out"), "--points", str(tmp_path / "points.json")])
    assert [path.name for path in tmp_path.iterdir()] == ["points.json"]


def test_a_release_carries_the_points_of_the_file(tmp_path, capsys):
    (tmp_path / "points.json").write_text('{"softmax": 5, "written-1": 0}')
    out = tmp_path / "course"
    command.main(["release", str(out), "--points", str(tmp_path / "points.json")])
    assert "course.zip: hand out the zip" in capsys.readouterr().out
    notebooks = [nbformat.read(out / "notebooks" / name, as_version=4) for name in NOTEBOOKS]
    graded = {name_of(cell): cell.metadata.nbgrader.points for nb in notebooks for cell in nb.cells if is_graded(cell)}
    assert graded == {**points_by_task(), "softmax": 5, "written-1": 0}
    readme = (out / "README.md").read_text(encoding="utf-8")
    assert "| 1.1 `softmax` | 5 |" in readme and "| written-1 | 0 |" in readme
    with pytest.raises(SystemExit, match="No such file"):
        command.main(["release", str(out), "--points", str(tmp_path / "missing.json")])
