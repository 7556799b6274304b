"""A mutation tester for check(): small changes of every right answer, each of which check() has to catch."""
