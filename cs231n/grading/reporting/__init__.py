"""Turns a verdict into points, a feedback page for the student and a table of grades."""
