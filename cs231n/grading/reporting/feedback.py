"""A student's feedback page: the points, which items were right, and what a tutor would say.

The page trusts no text of a submission. All text is escaped, and control characters are removed. The page has no
script. Its Content-Security-Policy forbids scripts, pictures, frames, forms and all links to other resources.
"""

import base64
import hashlib
import re
from collections.abc import Iterator
from html import escape

from ...assignment.actions import TASKS
from ..reading.remarks import plain
from .records import Record
from .scores import DISAGREEMENT, sentence_of

STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 52rem; margin: 2rem auto; padding: 0 1rem; color: #222; }
h1 { font-size: 1.5rem; }
h2 { font-size: 1.15rem; margin: 2rem 0 .3rem; border-top: 1px solid #ddd; padding-top: 1rem; }
table { border-collapse: collapse; } td, th { padding: .15rem 1rem .15rem 0; text-align: left; vertical-align: top; }
td.number { text-align: right; } .right { color: #1a7f37; } .wrong { color: #b42318; }
pre { background: #f6f8fa; padding: .7rem; overflow-x: auto; white-space: pre-wrap; font-size: 13px; }
blockquote { margin: .5rem 0; padding: .3rem 1rem; border-left: 4px solid #d4a72c; background: #fff8e5; }
"""
STYLE_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
POLICY = f"default-src 'none'; style-src 'sha256-{STYLE_HASH}'; base-uri 'none'; form-action 'none'"
TERMINAL_CODES = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)")
MAX_CHECK_TEXT = 4000  # characters


def clean_text(text: str, most: int = MAX_CHECK_TEXT) -> str:
    """Untrusted text as HTML: escaped, without terminal codes, control or direction characters, and not too long."""
    text = plain(TERMINAL_CODES.sub("", str(text)))
    return escape(text if len(text) <= most else text[:most] + " ...")


def make_page(record: Record) -> str:
    """The whole feedback page of a student, as HTML."""
    parts = [f"<h1>Feedback for {clean_text(record.student)}</h1>"]
    by_hand = f", and up to {_format_number(sum(record.by_hand.values()))} more for the written questions"
    parts.append(f"<p>{_format_number(record.total)} of {_format_number(record.possible)} points{by_hand}.</p>")
    if record.status != "graded":
        parts.append(f"<p class='wrong'>{clean_text(record.status)}</p>")
    others = [remark for remark in record.remarks if not any(_is_about(remark, name) for name in TASKS)]
    if others:
        parts.append(f"<h2>About your files</h2>{_list_remarks(others)}")
    if record.status == "graded":
        parts += [_overview(record), *(_task_section(record, name) for name in TASKS if not record.is_right(name))]
        parts += ["<h2>Written questions</h2><p>A person grades these. What was found:</p>", *_written_sections(record)]
    body, title = "\n".join(parts), f"Feedback for {clean_text(record.student)}"
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        f"<title>{title}</title><style>{STYLE}</style></head>\n<body>\n{body}\n</body></html>\n"
    )


def _written_sections(record: Record) -> Iterator[str]:
    """A section with the answer to each written question."""
    for name in record.by_hand:
        text = record.written.get(name)
        yield f"<h3>{name}</h3>" + (f"<pre>{clean_text(text, 10_000)}</pre>" if text else "<p>No answer was found.</p>")


def _overview(record: Record) -> str:
    """The table of points."""
    rows = "".join(
        f"<tr><td>{task.number}</td><td>{name}</td><td class='number'>{_format_number(record.points[name])}</td>"
        f"<td class='number'>{_format_number(record.of[name])}</td>"
        f"<td class='right'>{'all right' if record.is_right(name) else ''}</td></tr>"
        for name, task in TASKS.items()
    )
    return f"<table><tr><th>Task</th><th></th><th>Points</th><th>of</th><th></th></tr>{rows}</table>"


def _task_section(record: Record, name: str) -> str:
    """The section about a task that did not earn everything."""
    task, items = TASKS[name], record.items[name]
    title = f"<h2>{task.number} {name}, in {task.notebook}</h2>"
    about = [remark for remark in record.remarks if _is_about(remark, name)]
    about += ["Your check and our tests differ here: a person will look."] * (f"{DISAGREEMENT}:{name}" in record.flags)
    title += _list_remarks(about) if about else ""
    if name not in record.answered and not any(right for _, right in items):
        return title + "<p class='wrong'>No answer was found.</p>"
    rows = "".join(
        f"<li class='{'right' if right else 'wrong'}'>{escape(item)}: {'right' if right else 'not right'}</li>"
        for item, right in items
    )
    said = clean_text(record.checks.get(name, "")) or "(nothing: it did not come to its end)"
    sentences = [clean_text(sentence_of(name, mistake), 2000) for mistake in record.mistakes.get(name, [])]
    tutor = "".join(f"<blockquote>This looks like: {sentence}</blockquote>" for sentence in sentences)
    return f"{title}<ul>{rows}</ul>{tutor}<p>Its check said:</p><pre>{said}</pre>"


def _is_about(remark: str, name: str) -> bool:
    """Whether a remark mentions a task."""
    return re.search(rf"\b{name}\b", remark) is not None


def _list_remarks(remarks: list[str]) -> str:
    return f"<ul>{''.join(f'<li>{clean_text(remark, 500)}</li>' for remark in remarks)}</ul>"


def _format_number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
