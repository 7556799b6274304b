"""How one submission is judged: nbval runs it in a box and compares what the probes show with what is right."""
