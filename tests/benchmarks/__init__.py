"""Benchmarks: how long this course's code takes, compared with other code that does the same. See ``__main__.py``."""
