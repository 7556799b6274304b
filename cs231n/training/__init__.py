"""What `Solver` needs and nobody has to read first: its checks, its state, its checkpoints, the fast path."""
