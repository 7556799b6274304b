"""What a notebook calls: check(), the answers of earlier notebooks, and what is done so far."""

from .answers import use_my_answers
from .check import CheckFailed, check
from .progress import progress

__all__ = ["CheckFailed", "check", "progress", "use_my_answers"]
