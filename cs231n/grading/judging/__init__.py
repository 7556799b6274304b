"""How submissions are judged: nbval runs them in boxes and compares what the probes show with what is right.

- `judge` holds what all submissions have in common, and runs some of them together.
- `trial` knows what is still to run of one submission: everything once, then what faulted, each task alone.
- `plan` is one notebook to run. `needed_cells` finds the cells that an answer needs.
- `nbval_run` starts nbval's process; `nbval_plugin` and `watchdog` work in that process.
- `verdict` is what comes of it.

Three rooms, each using only those before it:

- `boxes/`: how a kernel is boxed and started, and in `boxes/inside/` the files that run in the kernel.
- `probing/`: which calls probe an answer, and which digits are right.
- `recorded/`: what comes out of the box in words: read, checked, and never believed.
"""
