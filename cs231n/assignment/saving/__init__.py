"""Save answers that passed, install them in the library, and load them in later sessions."""
