"""A written answer as HTML: Markdown by markdown-it-py, formulas as MathML by latex2mathml.

The text is a student's, so nothing of it is trusted. HTML is escaped; links and pictures stay text; a heading becomes a
bold paragraph, so that the headings of the page stay in order. Of a formula, only the elements and attributes in the
lists below are kept, and all text is escaped here: latex2mathml's own `convert` would let HTML through.
"""

import functools
import html
from typing import Any
from xml.etree.ElementTree import Element

from latex2mathml.converter import Converter
from markdown_it import MarkdownIt
from markupsafe import Markup, escape
from mdit_py_plugins.amsmath import amsmath_plugin
from mdit_py_plugins.dollarmath import dollarmath_plugin

from .page_text import clean

MAX_FORMULA = 2_000  # letters; a longer formula stays LaTeX
MAX_FORMULAS = 20_000  # letters of all formulas of an answer
MAX_DEPTH = 100  # elements inside each other
# A macro can make an endless formula of a short one.
MACROS = (
    r"\newcommand",
    r"\renewcommand",
    r"\providecommand",
    r"\def",
    r"\gdef",
    r"\edef",
    r"\let",
    r"\newenvironment",
)
ELEMENTS = frozenset(
    "math menclose mfrac mi mmultiscripts mn mo mover mpadded mphantom mprescripts mroot mrow ms mspace msqrt mstyle "
    "msub msubsup msup mtable mtd mtext mtr munder munderover none".split()
)
ATTRIBUTES = frozenset(
    "accent columnalign columnlines display displaystyle fence form linethickness mathvariant maxsize minsize "
    "linebreak movablelimits notation rowlines scriptlevel separator stretchy xmlns".split()
)
WITHOUT_LINKS = ("link", "autolink", "image", "reference", "html_block", "html_inline")
CODE = '<pre class="code" tabindex="0"><code>{}</code></pre>\n'
HEADINGS = {"heading_open": '<p class="heading"><strong>', "heading_close": "</strong></p>\n"}


@functools.lru_cache(4096)  # the page of the student and the page of the class show the same answers
def render(text: str) -> Markup:
    """Render an untrusted text of Markdown with formulas.

    Arguments:
        text: the text. It is cleaned and cut first, see `page_text.clean`.

    Returns:
        HTML without scripts, styles, ids, links and pictures. Formulas are MathML. One that cannot be converted stays
        LaTeX, as code.
    """
    try:
        return Markup(_parser().render(clean(text), {"left": MAX_FORMULAS}))
    except (RecursionError, ValueError, IndexError, KeyError, TypeError):  # a text that the parser cannot take
        return Markup(f'<pre class="answer" tabindex="0">{escape(clean(text))}</pre>')


def to_mathml(latex: str, block: bool = False) -> str:
    r"""Convert a formula to MathML.

    Arguments:
        latex: the formula without its dollar signs.
        block: whether it stands in a line of its own.

    Raises:
        ValueError: if it cannot be converted.

    >>> to_mathml(r"\text{<b>}")
    '<math xmlns="http://www.w3.org/1998/Math/MathML" display="inline"><mrow><mtext>&lt;b&gt;</mtext></mrow></math>'
    """
    if len(latex) > MAX_FORMULA or any(macro in latex for macro in MACROS):
        raise ValueError("too long, or with macros")
    display = "block" if block else "inline"
    try:
        return _write(Converter(display=display).convert_to_element(latex), MAX_DEPTH)
    except Exception as error:  # latex2mathml raises anything from IndexError to its own errors
        raise ValueError(f"not a formula: {type(error).__name__}") from None


def _write(element: Element, depth: int) -> str:
    """Write an element of a formula with what is allowed in it. What is not allowed leaves its content."""
    if not depth:
        raise ValueError("too deep")
    # latex2mathml writes special characters as references, such as &#x0003C;, into the text.
    inner = _escape(element.text) + "".join(_write(child, depth - 1) + _escape(child.tail) for child in element)
    if element.tag not in ELEMENTS:
        return f"<mrow>{inner}</mrow>"
    kept = [f' {key}="{_escape(value)}"' for key, value in element.attrib.items() if key in ATTRIBUTES]
    return f"<{element.tag}{''.join(kept)}>{inner}</{element.tag}>"


def _escape(text: str | None) -> str:
    letters = html.unescape(text or "")
    return html.escape("".join(c if c.isprintable() else "\xa0" if c.isspace() else "" for c in letters))


@functools.cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False}).enable("table").disable(WITHOUT_LINKS)
    parser.use(dollarmath_plugin, allow_labels=False, double_inline=True).use(amsmath_plugin)
    rules = dict.fromkeys(("math_inline", "math_inline_double", "math_block", "amsmath"), _render_formula)
    rules |= dict.fromkeys(("fence", "code_block"), _render_code)
    rules |= dict.fromkeys(("heading_open", "heading_close"), _render_heading)
    rules |= dict.fromkeys(("th_open", "td_open"), _render_cell)
    for name, rule in rules.items():
        parser.add_render_rule(name, rule)
    return parser


def _render_formula(renderer: Any, tokens: Any, place: int, options: Any, env: Any) -> str:
    """A formula as MathML, or as code if it cannot be converted. (The other functions ``_render_...`` are alike.)"""
    token = tokens[place]
    block = token.type != "math_inline"
    env["left"] -= len(token.content)
    try:
        if env["left"] < 0:
            raise ValueError("too many formulas")
        formula = to_mathml(token.content, block)
    except ValueError:
        sign = "" if token.type == "amsmath" else "$$" if block else "$"
        formula = f"<code>{html.escape(sign + token.content + sign)}</code>"
    inside = token.type == "math_inline_double"  # inside a paragraph, which holds no division
    return f'<div class="formula" tabindex="0">{formula}</div>\n' if block and not inside else formula


def _render_code(renderer: Any, tokens: Any, place: int, options: Any, env: Any) -> str:
    return CODE.format(html.escape(tokens[place].content))


def _render_heading(renderer: Any, tokens: Any, place: int, options: Any, env: Any) -> str:
    return HEADINGS[tokens[place].type]


def _render_cell(renderer: Any, tokens: Any, place: int, options: Any, env: Any) -> str:
    return f"<{tokens[place].tag}>"
