"""The tables of known mistakes, and of edits that change nothing; `misconceptions` puts them together."""
