"""Judging one submission: the box, the probes, and nbval, which compares."""
