"""The modules that a kernel does not see even if they are installed: they compute gradients, and so would do a task."""

HIDDEN_MODULES = (
    "autograd", "torch", "jax", "jaxlib", "tensorflow", "keras", "sympy", "numdifftools", "casadi", "tinygrad",
    "pytensor", "theano", "mlx", "paddle", "mindspore",
)  # fmt: skip
