"""Parts of `Solver` that you need not read first: its checks, its state, its checkpoints, and the fast way to train."""
