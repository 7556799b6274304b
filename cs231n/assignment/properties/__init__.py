"""The properties that check() tries on each answer. The files are named after the library's modules."""
