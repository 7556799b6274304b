"""A Sphinx extension: "section 5", "notebook 2, section 5", "equation (4)" and the like become links.

So the notebooks' own text needs none.
"""

import re
from collections.abc import Iterator
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

from ...assignment.actions import NOTEBOOKS

PAGES = {str(number): name.removesuffix(".ipynb") for number, name in enumerate(NOTEBOOKS, 1)}
NUMBERS = {page: number for number, page in PAGES.items()}
NIELSEN = "http://neuralnetworksanddeeplearning.com/chap3.html"
PLACE = re.compile(
    r"""
    (?<!paper's\ )[Ss]ections?\ (?P<sections>LIST)(?:\ (?:of|in)\ notebook\ (?P<of>[123]))?
    | [Nn]otebook\ (?P<notebook>[123])(?:,\ sections?\ (?P<its_sections>LIST))?
    | [Tt]ask\ (?P<task>[123]\.\d)
    | [Ee]quation\ \((?P<equation>[1-6])\)
    | (?:eq\.\ |equation\ (?P<bracket>\())(?P<nielsen>78|80|84)(?(bracket)\))
    | [Qq]uestion\ (?P<question>[1-9])\ of\ the\ nine
    """.replace("LIST", r"\d+(?:(?:,|,?\ and|\ to)\ \d+)*\b(?!\.\d)"),
    re.VERBOSE,
)
NUMBERED = re.compile(r"&&\((\d)\)")  # in a display with several equations: the number at the end of a line
TASK = re.compile(r"Task (\d)\.(\d): ")
MAY_HOLD_LINKS = (nodes.paragraph, nodes.strong, nodes.emphasis, nodes.entry)
OUTSIDE = "outside"  # in place of a page's name, for an address on another host
Link = tuple[int, int, str, str]  # where the words of a link begin and end, the page, and the place in it


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect the extension. Sphinx calls this."""
    app.connect("doctree-read", put_places)
    app.connect("doctree-resolved", put_links)
    return {"parallel_read_safe": True}


def put_places(app: Sphinx, doctree: nodes.document) -> None:
    """Give an id to every task, and to the display with numbered equations."""
    for section in doctree.findall(nodes.section):
        if task := TASK.match(section[0].astext()):
            section["ids"].insert(0, f"task-{task[1]}-{task[2]}")
    for display in doctree.findall(nodes.math_block):
        display["ids"] += [f"equation-{number}" for number in NUMBERED.findall(display.astext())]


def put_links(app: Sphinx, doctree: nodes.document, page: str) -> None:
    """Make links of the places that a page's text names."""
    for text in list(doctree.findall(nodes.Text)):
        links = find_links(text.astext(), page) if isinstance(text.parent, MAY_HOLD_LINKS) else []
        pieces: list[nodes.Node] = []
        at = 0
        for start, end, target, place in links:
            uri = place if target == OUTSIDE else _address(app, page, target, place)
            words = text.astext()[start:end]
            pieces += [
                nodes.Text(text.astext()[at:start]),
                nodes.reference("", words, refuri=uri, internal=target != OUTSIDE),
            ]
            at = end
        if pieces:
            text.parent.replace(text, [*pieces, nodes.Text(text.astext()[at:])])


def _address(app: Sphinx, page: str, target: str, place: str) -> str:
    """The address of a place, as seen from a page."""
    file = "" if target == page else app.builder.get_relative_uri(page, target)
    return f"{file}#{place}" if place else file


def find_links(text: str, page: str) -> list[Link]:
    """Find the places that a text names, from left to right.

    Arguments:
        text: the text, without markup.
        page: the name of the page that holds it. "Section 5" is a section of that page.
    """
    return [link for match in PLACE.finditer(text) for link in _links_of(match, page)]


def _links_of(match: re.Match[str], page: str) -> Iterator[Link]:
    start, end = match.span()
    sections = match["sections"] or match["its_sections"]
    notebook = match["of"] or match["notebook"] or NUMBERS.get(page)
    if sections and notebook:
        group = "sections" if match["sections"] else "its_sections"
        numbers = list(re.finditer(r"\d+", sections))
        for number in numbers:  # one number: all words are the link; several: each number is one
            at = match.start(group) + number.start()
            span = (start, end) if len(numbers) == 1 else (at, at + len(number[0]))
            yield *span, PAGES[notebook], f"notebook-{notebook}-section-{number[0]}"
    elif match["notebook"] and PAGES[match["notebook"]] != page:
        yield start, end, PAGES[match["notebook"]], ""
    elif match["task"]:
        yield start, end, PAGES[match["task"][0]], f"task-{match['task'].replace('.', '-')}"
    elif match["equation"]:
        yield start, end, PAGES["2"], f"equation-{match['equation']}"
    elif match["nielsen"]:
        yield start, end, OUTSIDE, f"{NIELSEN}#eqtn{match['nielsen']}"
    elif match["question"]:
        yield start, end, "index", f"question-{match['question']}"
