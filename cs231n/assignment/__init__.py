"""What a notebook calls: check(), the answers of earlier notebooks, and what is done so far."""

from .check import CheckFailed, check
from .progress import progress
from .saving.saved_answers import use_my_answers

__all__ = ["CheckFailed", "check", "progress", "use_my_answers"]
