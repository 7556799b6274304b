"""Which calls probe an answer, and which digits are right, also for the backward pass of a mistaken forward pass."""
