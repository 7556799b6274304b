"""Where things are in the checkout; apart, since reading a submission has no time to import nbformat (1 s)."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
NOTEBOOK_FOLDER = ROOT / "notebooks"
