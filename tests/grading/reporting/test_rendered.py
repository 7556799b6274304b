"""Tests of written answers as HTML: Markdown, formulas as MathML, and nothing of a student's that is more than text."""

import time
from html.parser import HTMLParser

import pytest

from cs231n.grading.reporting.rendered import ATTRIBUTES, ELEMENTS, render, to_mathml
from tests.helpers.sample_records import HOSTILE_WIDE

MARKDOWN = "p pre code strong em ul ol li blockquote table thead tbody tr th td div hr br".split()
FORMULAS = {
    r"\frac{1}{N}\sum_i x_i": ["mfrac", "msub", "∑"],
    r"\hat{x} = \frac{x - \mu}{\sqrt{\sigma^2 + \epsilon}}": ["mover", "msqrt", "msup", "σ"],
    r"\partial L/\partial (cW) = \tfrac1c\, \partial L/\partial W": ["∂", "mfrac"],
    r"a < b": ["&lt;"],
    r"\begin{align} a &= b \\ c &= d \end{align}": ["mtable", "mtd"],
}
HOSTILE = [
    HOSTILE_WIDE,
    r"$\text{<img src=x onerror=alert(1)>}$",
    r"$\text{&lt;script&gt;alert(1)&lt;/script&gt;}$",
    r"$\href{javascript:alert(1)}{x} \style{color:red}{y} \class{points}{z} \color{red} w$",
    r"$\mathrm{\text{</math><script>1</script>}}$",
    "[here](javascript:alert(1)) ![](http://spy.example/x.png) <http://spy.example> www.spy.example",
    "[a]: http://spy.example\n\n[a] ![a][a]",
    "<script>alert(1)</script>\n\n<div onclick=alert(1)>\n",
    '```"><script>\nx\n```',
    "|a|\n|:-|\n|<b>|\n",
    "$$\n<script>\n$$ (label)\n\n\\begin{align}<script>\\end{align}",
]
LONG = {
    "stars": "*a " * 3400, "brackets": "[" * 10_000, "ticks": " ".join("`" * k for k in range(140)),
    "quotes": ">" * 10_000, "table": "|a" * 2500 + "\n" + "|-" * 2500, "braces": "$" + "{" * 1900 + "$",
    "formulas": "$x^2$ " * 1600, "fractions": "$" + r"\frac" * 390 + "$", "begin": r"\begin{align}" * 700,
    "macros": r"$\newcommand{\a}{\b\b}\newcommand{\b}{\c\c}\a$", "indices": "$" + "{a}_" * 400 + "b$",
}  # fmt: skip


class Tags(HTMLParser):
    """The tags and attributes of a piece of HTML. All must be closed in order."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes, self.open = [], [], []
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.attributes += attributes
        self.open += [tag] if tag not in ("hr", "br") else []

    def handle_startendtag(self, tag, attributes):
        self.tags.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.mark.parametrize("latex", FORMULAS)
def test_a_formula_becomes_mathml(latex):
    for text in (f"Since ${latex}$ holds.", f"$$\n{latex}\n$$", f"so $${latex}$$ holds"):
        html = render(text)
        assert "<math" in html and "$" not in html and all(part in html for part in FORMULAS[latex])


def test_markdown_is_rendered_and_headings_do_not_disturb_those_of_the_page():
    html = render("# Why\n\nThe *mean* is **taken out**:\n\n1. `x - mu`\n2. done\n\n| a | b |\n|:--|--|\n| 1 | 2 |\n")
    assert '<p class="heading"><strong>Why</strong></p>' in html and "<h1" not in html
    for part in ("<em>mean</em>", "<strong>taken out</strong>", "<ol>", "<code>x - mu</code>", "<td>1</td>"):
        assert part in html


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_but_plain_elements_comes_out(text):
    found = Tags(render(text))
    assert set(found.tags) <= {*MARKDOWN, *ELEMENTS}
    for name, value in found.attributes:
        assert name in ("class", "tabindex") or name in ATTRIBUTES, (name, value)
        assert name != "class" or value in ("code", "formula", "heading", "answer")
    assert "spy.example" not in text or "spy.example" in render(text), "a link stays, as text"


def test_the_words_in_a_formula_keep_their_blanks_and_cannot_turn_the_line_around():
    assert "if\xa0x" in to_mathml(r"\text{if x}")
    assert "\u202e" not in render(r"$\text{&#x202e;x}$") and "\u202e" not in render("a\u202eb")


@pytest.mark.parametrize("latex", [r"\newcommand{\a}{\a\a}\a", "x" * 3000, "{" * 500 + "}" * 500, "{", r"\left("])
def test_what_cannot_be_converted_stays_latex(latex):
    with pytest.raises(ValueError):
        to_mathml(latex)
    assert f"<code>${latex}$</code>" in render(f"${latex}$")


@pytest.mark.parametrize("name", LONG)
def test_no_text_takes_long(name):
    start = time.process_time()
    html = render(LONG[name])
    assert time.process_time() - start < 30 and len(html) < 400_000
