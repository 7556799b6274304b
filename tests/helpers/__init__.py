"""Functions, data and small programs that several test files use."""
