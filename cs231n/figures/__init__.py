"""The figures of the notebooks. Import these functions from ``cs231n.vis_utils``."""
