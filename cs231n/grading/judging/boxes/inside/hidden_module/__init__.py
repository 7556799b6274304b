"""Lies over the folder of every hidden module in a box, so that its import fails as if it were not installed."""

raise ModuleNotFoundError(f"No module named {__name__!r}", name=__name__)
