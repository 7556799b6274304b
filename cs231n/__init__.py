"""Batch normalization from the gradient up: the course library.

The notebooks in ``notebooks/`` import this package; start there. Arrays are laid out as
(batch, features) throughout, and ``dname`` is the gradient of the loss with respect to ``name``.
"""
