"""reveal(): show the outcome of an experiment only to somebody who has written down a guess."""

import math
import textwrap
from collections.abc import Callable
from typing import Any

from ..actions import PREDICTIONS, Prediction
from .judge import LINE_WIDTH
from .tally import note_guess
from .waiting import Waiting, is_missing, reason_of

FIRST_LINE = "your guess and the outcome:"  # JupyterLab shows it while the output is collapsed
SKIP = "skip"


def reveal(name: str, guess: Any, outcome: Any, show: Callable[[], Any] | None = None) -> None:
    """Compare a guess with the outcome, and say why the outcome is so. Without a guess, show nothing.

    Arguments:
        name: the prediction's name in the table of actions.
        guess: a number, or one of the prediction's choices. ``"skip"`` shows the outcome without a guess; ``...`` is
            no guess yet.
        outcome: what came out, a number or one of the choices. A function without arguments is called for it once
            there is a guess.
        show: None, or a function without arguments that shows more: prints a table, draws a figure.

    Raises:
        ValueError: if no prediction has this name, or the outcome is none of its choices.
    """
    if name not in PREDICTIONS:
        raise ValueError(f"there is no prediction named {name}; the predictions are {', '.join(PREDICTIONS)}")
    prediction = PREDICTIONS[name]
    print(FIRST_LINE)
    problem = find_fault(prediction, guess)
    if problem:
        print(textwrap.fill(problem, LINE_WIDTH))
        return
    guess = _clean(prediction, guess)
    outcome = outcome() if callable(outcome) and not isinstance(outcome, Waiting) else outcome
    if is_missing(outcome):
        print(f"no outcome yet: {reason_of(outcome)}." if isinstance(outcome, Waiting) else "no outcome yet.")
        return
    if prediction.choices and outcome not in prediction.choices:
        raise ValueError(f"{name}: the outcome {outcome!r} is none of {', '.join(prediction.choices)}")
    shown = outcome if isinstance(outcome, str) else f"{outcome:.4g}"
    if not (isinstance(guess, str) and guess == SKIP):
        hit = is_hit(prediction, guess, outcome)
        note_guess(name, guess, hit)
        print(f"  you said: {guess}" + ("" if hit else " (a surprise: read why)"))
    print(f"  outcome: {shown}")
    print(textwrap.fill(prediction.why.strip(), LINE_WIDTH))
    if show is not None:
        show()


def find_fault(prediction: Prediction, guess: Any) -> str | None:
    """Say why something is no guess. None if it is one."""
    variable = f"guess_{prediction.name}"
    wanted = " or ".join(f'"{choice}"' for choice in prediction.choices) or "a number"
    again = "and run both cells again"
    if is_missing(guess):
        return f'no guess yet. Write {variable} = {wanted}, {again}; "{SKIP}" shows the outcome without a guess.'
    cleaned = _clean(prediction, guess)
    if isinstance(cleaned, str) and cleaned in (SKIP, *prediction.choices):
        return None
    if prediction.choices or _read_number(guess) is None:
        return f'{variable} is {guess!r}, and a guess is {wanted}. Write one, {again}; "{SKIP}" shows the outcome.'
    return None


def is_hit(prediction: Prediction, guess: Any, outcome: Any) -> bool:
    """Whether a guess is right: the same choice, or a number within the prediction's tolerance."""
    if prediction.choices:
        return guess == outcome
    number, right = _read_number(guess), float(outcome)
    assert number is not None
    return abs(number - right) <= max(prediction.tolerance * abs(right), 1e-9)


def _clean(prediction: Prediction, guess: Any) -> Any:
    """Return the choice that a guess stands for, whatever its case and spaces, or as a number. Other guesses stay."""
    choices = (SKIP, *prediction.choices)
    if isinstance(guess, str):
        text = "".join(guess.lower().split())
        return next((choice for choice in choices if "".join(choice.lower().split()) == text), guess)
    number = _read_number(guess)
    if prediction.choices and number is not None:
        return next((choice for choice in choices if _parse_number(choice) == number), guess)
    return guess


def _parse_number(text: str) -> float | None:
    """Return the number that a text says, or None."""
    try:
        return float(text)
    except ValueError:
        return None


def _read_number(guess: Any) -> float | None:
    """Read a finite number. None for anything else, True and False among it."""
    try:
        number = float(guess) if not isinstance(guess, str | bool) else math.nan
    except (TypeError, ValueError):
        number = math.nan
    return number if math.isfinite(number) else None
