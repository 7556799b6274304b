"""Paths in the checkout. In a module of its own, since importing `notebooks` takes a second (for nbformat)."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
NOTEBOOK_FOLDER = ROOT / "notebooks"
