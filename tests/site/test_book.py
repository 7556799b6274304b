"""Tests of the book's pages: what is folded, in which order, and what a book without solutions does not hold."""

import html
import json
import re

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output

from cs231n.assignment.actions import NOTEBOOKS, PREDICTIONS, STEPS, TASKS
from cs231n.grading.publishing.notebooks import read_notebooks
from cs231n.grading.publishing.steps import read_solutions
from cs231n.site.book.build import build_book, write_sources
from cs231n.site.book.pages import make_page, read_all_solutions
from tests.helpers.built_book import cut_notebooks, needs_katex

SOLUTIONS = read_all_solutions(read_solutions())
FOLD = re.compile(r'<details class="(\w+)">\n<summary>(.*?)</summary>(.*?)</details>', re.DOTALL)


def text_of(page):
    """The text of an HTML page, with single blanks."""
    return " ".join(html.unescape(re.sub(r"<[^>]*>", "", page)).split())


def read_files(folder):
    """The text of all files of a book that hold text, by path. Of pages, what a person reads."""
    files = {path: path for path in folder.rglob("*") if path.suffix in (".html", ".js", ".txt", ".ipynb", ".json")}
    texts = {path: path.read_text(encoding="utf-8") for path in files}
    return {path: text_of(text) if path.suffix == ".html" else text for path, text in texts.items()}


@pytest.fixture(scope="module")
def own_lines():
    """The lines of solutions that stand nowhere in the notebooks that students get, with single blanks."""
    course = " ".join(json.dumps(nb, ensure_ascii=False) for nb in read_notebooks().values())
    course = " ".join(course.replace("\\n", " ").replace('\\"', '"').split())
    lines = {" ".join(line.split("#")[0].split()) for solution in SOLUTIONS.values() for line in solution.splitlines()}
    return sorted(line for line in lines if len(line) > 5 and line not in course)


def test_every_step_and_task_has_its_hints_and_then_its_solution():
    found = {}
    for name, nb in read_notebooks().items():
        cells = make_page(nb, name, SOLUTIONS).cells
        for before, cell in zip(cells, cells[1:]):
            if cell.id.startswith("folded-"):
                kinds = [fold[0] for fold in FOLD.findall(cell.source)]
                assert kinds == (["hint", "solution"] if before.id in STEPS else ["solution"]), cell.id
                found[before.id] = cell.source
    assert set(found) == set(STEPS) | {"hints-" + task.replace("_", "-") for task in TASKS}
    for name, solution in SOLUTIONS.items():
        assert solution in found[name if name in STEPS else "hints-" + name.replace("_", "-")]
        assert name in TASKS or STEPS[name].hint in found[name]


def test_nothing_leads_to_a_cell_that_the_book_leaves_out():
    """Such as "How far you are:"."""
    for name, nb in read_notebooks().items():
        texts = {cell.id: cell.source for cell in make_page(nb, name, SOLUTIONS).cells}
        for before, cell in zip(nb.cells, nb.cells[1:]):
            if cell.id not in texts and before.cell_type == "markdown":
                left = texts.get(before.id, "")
                assert "next cell" not in left and not left.endswith(":"), (name, before.id)


def test_the_solutions_are_folded_in_the_pages(book):
    assert len(SOLUTIONS) == len(STEPS) + len(TASKS)
    folds = [fold for name in NOTEBOOKS for fold in FOLD.findall((book / f"{name[:-6]}.html").read_text("utf-8"))]
    solutions = [text_of(content) for kind, title, content in folds if kind == "solution"]
    assert sorted(solutions) == sorted(" ".join(solution.split()) for solution in SOLUTIONS.values())
    assert {title for kind, title, _ in folds if kind == "solution"} == {"Solution (try it first)"}


def test_a_book_without_solutions_holds_nothing_of_them(book, book_without, own_lines):
    assert len(own_lines) > 150
    everything = " ".join(" ".join(text.split()) for text in read_files(book).values())
    assert [line for line in own_lines if line not in everything] == []  # so a line that is there would be found
    for path, text in read_files(book_without).items():
        squeezed = " ".join(text.split())
        assert [line for line in own_lines if line in squeezed] == [], path
    assert "Solution" not in " ".join(read_files(book_without).values())


def test_the_search_index_of_a_book_without_solutions_does_not_depend_on_them(book_without, tmp_path):
    """Sphinx reads nothing else than these sources, and they are the same whatever the solutions are."""
    write_sources(tmp_path / "source", None)
    words = re.findall(r"[a-z_]\w+", " ".join(SOLUTIONS.values()).lower())
    sources = " ".join(path.read_text("utf-8") for path in (tmp_path / "source").glob("*.*") if path.suffix != ".png")
    only_there = {word for word in words if word not in sources.lower()}
    assert len(only_there) > 3
    index = (book_without / "searchindex.js").read_text("utf-8").lower()
    assert [word for word in only_there if re.search(rf"\b{word}\b", index)] == []


def test_the_outcomes_of_predictions_are_folded_and_named(book):
    pages = " ".join((book / f"{name[:-6]}.html").read_text("utf-8") for name in NOTEBOOKS)
    assert len(re.findall(r"<summary>The outcome</summary>", pages)) == len(PREDICTIONS)
    assert len(re.findall(r"<summary>What the check says of a right answer</summary>", pages)) == len(TASKS)
    assert "Toggle hidden content" not in pages and ": ok</" not in pages


def test_every_figure_has_its_size_so_that_a_link_leads_to_its_place(book):
    images = [image for page in book.glob("*.html") for image in re.findall(r"<img [^>]*>", page.read_text("utf-8"))]
    assert len(images) > 25
    assert [image for image in images if not re.search(r' height="\d+".* width="\d+"', image)] == []


@pytest.mark.slow
@needs_katex
def test_nothing_is_executed(tmp_path, monkeypatch):
    notebooks = cut_notebooks(monkeypatch)
    code = f"open({str(tmp_path / 'executed')!r}, 'w').close()"
    notebooks[NOTEBOOKS[0]].cells += [
        new_markdown_cell("(notebook-3-section-6)=\n## 6. A place that the front page names")
    ]
    notebooks[NOTEBOOKS[0]].cells.append(new_code_cell(code, outputs=[new_output("stream", text="as stored")]))
    build_book(tmp_path / "book")
    page = text_of((tmp_path / "book" / "01_softmax_gradient.html").read_text("utf-8"))
    assert "as stored" in page and "executed" in page
    assert not (tmp_path / "executed").exists()
