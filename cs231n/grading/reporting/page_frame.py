"""What the grader's pages have in common: templates that trust no text, and a policy that allows only a style."""

import base64
import functools
import hashlib
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup, escape

from .page_text import clean, clean_value, format_number, mark_code
from .rendered import render

FOLDER = Path(__file__).parent


@functools.cache
def load_template(name: str) -> Template:
    """A template of this folder. It cleans and escapes every text that it writes."""
    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=clean_value,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"number": format_number, "sentence": mark_code, "cut": clean, "rendered": render}
    environment.filters["attribute"] = lambda text: Markup(escape(text))  # the whole text, not cleaned
    return environment.get_template(name)


def read_style(*names: str) -> Markup:
    """The text of style sheets of this folder, one after the other."""
    return Markup("\n" + "".join((FOLDER / name).read_text(encoding="utf-8") for name in names))


def make_policy(style: Markup, more: str = "") -> Markup:
    """A page's Content-Security-Policy.

    Arguments:
        style: the page's style. Nothing else is allowed.
        more: directives that allow more, each with a semicolon and a blank at its end, such as ``"img-src data:; "``.
    """
    return Markup(f"default-src 'none'; style-src {name_source(style)}; {more}base-uri 'none'; form-action 'none'")


def name_source(text: str) -> str:
    """The name of a style or a script in a Content-Security-Policy, by its hash."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
