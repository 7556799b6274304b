"""Tables of known mistakes, and of edits that change nothing. `catalogue` puts the tables together."""
