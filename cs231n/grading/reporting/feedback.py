"""A student's feedback page: points, what was right and what was not, and what a tutor would say.

Nothing of a submission is trusted: all text is escaped and stripped of control characters, the page has no script,
and its Content-Security-Policy forbids any, as well as pictures, frames, forms and every address.
"""

import base64
import hashlib
import re
from html import escape

from ...assignment.actions import TASKS
from ..reading.remarks import plain
from .records import Record
from .scores import DISAGREE, sentence_of

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
ANSI = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)")
MOST = 4000  # characters of a check's text


def clean(text: str, most: int = MOST) -> str:
    """Untrusted text as HTML: escaped, without terminal codes, control and direction characters, not too long."""
    text = plain(ANSI.sub("", str(text)))
    return escape(text if len(text) <= most else text[:most] + " ...")


def page(record: Record) -> str:
    """The whole page, as HTML."""
    parts = [f"<h1>Feedback for {clean(record.student)}</h1>"]
    by_hand = f", and up to {_number(sum(record.by_hand.values()))} more for the written questions"
    parts.append(f"<p>{_number(record.total)} of {_number(record.possible)} points{by_hand}.</p>")
    if record.status != "graded":
        parts.append(f"<p class='wrong'>{clean(record.status)}</p>")
    others = [remark for remark in record.remarks if not any(_is_about(remark, name) for name in TASKS)]
    if others:
        parts.append(f"<h2>About your files</h2>{_listed(others)}")
    if record.status == "graded":
        parts += [_overview(record), *(_task(record, name) for name in TASKS if not record.is_right(name))]
        parts += ["<h2>Written questions</h2><p>A person grades these. What was found:</p>", *_written(record)]
    body, title = "\n".join(parts), f"Feedback for {clean(record.student)}"
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        f"<title>{title}</title><style>{STYLE}</style></head>\n<body>\n{body}\n</body></html>\n"
    )


def _written(record):
    for name in record.by_hand:
        text = record.written.get(name)
        yield f"<h3>{name}</h3>" + (f"<pre>{clean(text, 10_000)}</pre>" if text else "<p>No answer was found.</p>")


def _overview(record):
    rows = "".join(
        f"<tr><td>{task.number}</td><td>{name}</td><td class='number'>{_number(record.points[name])}</td>"
        f"<td class='number'>{_number(record.of[name])}</td>"
        f"<td class='right'>{'all right' if record.is_right(name) else ''}</td></tr>"
        for name, task in TASKS.items()
    )
    return f"<table><tr><th>Task</th><th></th><th>Points</th><th>of</th><th></th></tr>{rows}</table>"


def _task(record, name):
    task, items = TASKS[name], record.items[name]
    title = f"<h2>{task.number} {name}, in {task.notebook}</h2>"
    about = [remark for remark in record.remarks if _is_about(remark, name)]
    about += ["Your check and our tests differ here: a person will look."] * (f"{DISAGREE}:{name}" in record.flags)
    title += _listed(about) if about else ""
    if name not in record.answered and not any(right for _, right in items):
        return title + "<p class='wrong'>No answer was found.</p>"
    rows = "".join(
        f"<li class='{'right' if right else 'wrong'}'>{escape(item)}: {'right' if right else 'not right'}</li>"
        for item, right in items
    )
    said = clean(record.checks.get(name, "")) or "(nothing: it did not come to its end)"
    sentences = [clean(sentence_of(name, mistake), 2000) for mistake in record.mistakes.get(name, [])]
    tutor = "".join(f"<blockquote>This looks like: {sentence}</blockquote>" for sentence in sentences)
    return f"{title}<ul>{rows}</ul>{tutor}<p>Its check said:</p><pre>{said}</pre>"


def _is_about(remark, name):
    return re.search(rf"\b{name}\b", remark) is not None


def _listed(remarks):
    return f"<ul>{''.join(f'<li>{clean(remark, 500)}</li>' for remark in remarks)}</ul>"


def _number(value):
    return f"{value:.2f}".rstrip("0").rstrip(".")
