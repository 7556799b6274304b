"""The type under which a probe's digits are published, with the probe's id at its end."""

MIME = "application/x-cs231n-"  # types of their own keep digits apart from prints, warnings and figures
