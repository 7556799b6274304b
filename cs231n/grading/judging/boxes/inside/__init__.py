"""The files that run inside the box. They import nothing of the grader, because the box does not contain it."""
