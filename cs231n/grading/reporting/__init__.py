"""From a verdict to points, the student's page and the table of grades."""
