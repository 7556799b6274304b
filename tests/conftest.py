"""Settings for all tests: figures are drawn off screen, hypothesis tries the same examples on every machine."""

import os
import sys
from pathlib import Path

from hypothesis import settings

os.environ["MPLBACKEND"] = "Agg"
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # so that a bare `pytest` finds cs231n, too

settings.register_profile("course", deadline=None, derandomize=True, database=None, max_examples=60)
settings.load_profile("course")
