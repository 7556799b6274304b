"""Tests of the places that a page's text names: which words become links, and that each place is there."""

import html
import re
from urllib.parse import unquote, urlsplit

import pytest

from cs231n.assignment.actions import NOTEBOOKS
from cs231n.grading.publishing.notebooks import read_notebooks
from cs231n.site.book.links import NIELSEN, find_links

ONE, TWO, THREE = (name.removesuffix(".ipynb") for name in NOTEBOOKS)


@pytest.mark.parametrize(
    "text, page, links",
    [
        ("see section 5.", ONE, [("section 5", ONE, "notebook-1-section-5")]),
        ("sections 4, 6 and 7", TWO, [(n, TWO, f"notebook-2-section-{n}") for n in "467"]),
        ("Sections 1 to 4 are", THREE, [(n, THREE, f"notebook-3-section-{n}") for n in "14"]),
        ("section 5 of notebook 2", ONE, [("section 5 of notebook 2", TWO, "notebook-2-section-5")]),
        ("notebook 2, section 5", "index", [("notebook 2, section 5", TWO, "notebook-2-section-5")]),
        ("Notebook 1, sections 4 and 7", "index", [(n, ONE, f"notebook-1-section-{n}") for n in "47"]),
        ("as in notebook 3", ONE, [("notebook 3", THREE, "")]),
        ("this is notebook 1", ONE, []),
        ("task 2.2", TWO, [("task 2.2", TWO, "task-2-2")]),
        ("equation (4)", TWO, [("equation (4)", TWO, "equation-4")]),
        ("question 5 of the nine", TWO, [("question 5 of the nine", "index", "question-5")]),
        ("section 4.3 of his book", ONE, []),
        ("the paper's section 3", TWO, []),
        ("section 5", "index", []),
        ("equation (0.9)", TWO, []),
        ("(see eq. 80)", ONE, [("eq. 80", "outside", f"{NIELSEN}#eqtn80")]),
    ],
)
def test_words_that_name_a_place(text, page, links):
    assert [(text[start:end], target, place) for start, end, target, place in find_links(text, page)] == links


def test_nielsens_equations_lead_to_his_chapter():
    (link,) = find_links("His equation (84), which", ONE)
    assert "His equation (84), which"[link[0] : link[1]] == "equation (84)" and link[3].endswith("chap3.html#eqtn84")


def test_no_place_is_on_a_page_twice(book):
    for path in book.glob("*.html"):
        places = re.findall(r'\bid="([^"]+)"', path.read_text("utf-8"))
        assert sorted(places) == sorted(set(places)), path.name


def test_every_link_leads_somewhere(book):
    pages = {path: path.read_text("utf-8") for path in book.glob("*.html")}
    places = {path.name: set(re.findall(r'\bid="([^"]+)"', text)) for path, text in pages.items()}
    links = 0
    for path, text in pages.items():
        for address in re.findall(r'\b(?:href|src)="([^"]+)"', text):
            url = urlsplit(html.unescape(address))
            if url.scheme or url.netloc:
                continue
            links += 1
            target = (book / unquote(url.path)) if url.path else path
            assert target.exists(), f"{path.name}: {address}"
            if url.fragment and target.suffix == ".html":
                assert url.fragment in places[target.name], f"{path.name}: {address}"
    assert links > 300


def test_each_of_the_nine_questions_has_a_link_to_its_answer(book):
    page = (book / "index.html").read_text("utf-8")
    answers = re.findall(r'id="question-(\d)".*?<dd>(.*?)</dd>', page, re.DOTALL)
    assert [number for number, _ in answers] == list("123456789")
    assert all(re.search(r'href="0\d_\w+\.html#notebook-\d-section-\d+"', answer) for _, answer in answers)


def test_each_word_of_the_glossary_is_in_the_section_that_it_names(book):
    sections = {}
    for number, nb in enumerate(read_notebooks().values(), 1):
        section = 0
        for cell in nb.cells:
            heading = re.match(r"## (?:(\d+)\.)?", cell.source) if cell.cell_type == "markdown" else None
            section = int(heading[1] or 99) if heading else section
            sections[number, section] = sections.get((number, section), "") + cell.source + "\n"
    page = (book / "glossary.html").read_text("utf-8")
    rows = re.findall(r"<tr class[^>]*>(.*?)</tr>", page.replace("<thead>", "").replace("</thead>", ""), re.DOTALL)
    checked = 0
    for row in rows:
        place = re.search(r"notebook-(\d)-section-(\d+)", row)
        if not place:
            assert "<th" in row, row
            continue
        cells = [html.unescape(re.sub("<[^>]*>", "", cell)) for cell in row.split("</td>")]
        names = re.findall(r"[\w.]+", cells[2])
        text = sections[int(place[1]), int(place[2])]
        assert names and all(re.search(rf"\b{name}\b", text) for name in names), (names, place[0])
        checked += 1
    assert checked > 30
