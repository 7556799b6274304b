"""The course's figures, one module per notebook; use them as ``cs231n.vis_utils.NAME``."""
