"""Batch normalization from the gradient up: the course library. Start with the notebooks in ``notebooks/``.

Arrays have shape (batch, features), and ``dname`` is dL/d(name). Read the files in this order:

1. ``layers.py``, ``batchnorm.py``, ``layernorm.py``: each layer, forward and backward; ``layer_utils.py`` joins layers
2. ``gradient_check.py``: numerical gradients, which check the backward passes; ``optim.py``: update rules such as Adam;
   ``valley.py``: two parameters to try them on
3. ``classifiers/fc_net.py``: the network; ``solver.py``: its training; ``training/``: what the solver needs for that
4. ``experiments.py``: networks with and without batch norm, compared; ``compare.py``: the same as a command;
   ``puzzles.py``: networks to debug
5. ``data_utils.py``, ``cifar/``: the images; ``vis_utils.py``, ``figures/``: the pictures in the notebooks
6. ``guards/``: checks of arguments; ``support/``: sessions, files, threads, statistics
7. ``assignment/``: what the notebooks call, such as check() and hints
8. ``grading/``: for instructors; ``site/``: makes the book and the browser edition. Neither is in a release
"""
