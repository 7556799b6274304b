"""The properties that check() tries, one line of its report each."""
