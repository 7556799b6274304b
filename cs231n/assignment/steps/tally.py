"""Which steps are done, and which predictions were right. progress() shows it.

In a notebook of a person's own, each is kept in a small file of its own beside the saved answers, in
``notebooks/my_answers/steps/`` and ``notebooks/my_answers/guesses/``. So two notebooks never write the same file.
"""

import contextlib
import json
from pathlib import Path
from typing import Any

from ...support.whole_files import write_text
from ..actions import PREDICTIONS, STEPS
from ..saving import answer_files
from ..saving.saved_answers import is_interactive

_steps: set[str] = set()
_hits: dict[str, bool] = {}  # by prediction: whether the first guess was right


def note_step(name: str) -> None:
    """Remember that all values of a step were right. Unknown names are ignored."""
    if name in STEPS and name not in _steps:
        _steps.add(name)
        _keep(_folder("steps") / f"{name}.json", {"done": True})


def note_guess(name: str, guess: Any, hit: bool) -> None:
    """Remember whether a guess was right. The first guess counts: a later one has seen the outcome."""
    if name not in guesses_so_far():
        _hits[name] = hit
        _keep(_folder("guesses") / f"{name}.json", {"guess": str(guess), "right": hit})


def steps_done() -> set[str]:
    """Return the names of the steps that are done, in this session or in an earlier one."""
    return _steps | (set(_read("steps")) & set(STEPS))


def guesses_so_far() -> dict[str, bool]:
    """Return by prediction whether the first guess was right. Predictions without a guess are not in it."""
    saved = {name: bool(entry.get("right")) for name, entry in _read("guesses").items() if name in PREDICTIONS}
    return {**_hits, **saved}


def _folder(kind: str) -> Path:
    return answer_files.folder() / kind


def _keep(path: Path, entry: dict[str, Any]) -> None:
    """Write a file in a person's session. A tally that cannot be written is no reason to stop anybody."""
    if is_interactive():
        with contextlib.suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            write_text(path, json.dumps(entry) + "\n")


def _read(kind: str) -> dict[str, dict[str, Any]]:
    """Read all files of a kind, by name. What cannot be read is left out."""
    found: dict[str, dict[str, Any]] = {}
    if is_interactive():
        with contextlib.suppress(OSError):
            for path in sorted(_folder(kind).glob("*.json")):
                with contextlib.suppress(OSError, ValueError):
                    entry = json.loads(path.read_text(encoding="utf-8"))
                    found[path.stem] = entry if isinstance(entry, dict) else {}
    return found
