"""Steps and predictions: judge a line where it is written, show an outcome only after a guess, keep the tally."""
