"""Benchmarks: this course's code beside other ways to do the same, as ratios. See ``__main__.py``."""
