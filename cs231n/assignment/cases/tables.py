"""The cases that each answer is tried on, and the names of its arguments and results."""

from collections.abc import Callable

import numpy as np

BACKWARD_CASES = ("bn_plain", "bn_large_eps", "bn_square", "bn_constant")
CASES = {
    "softmax": (
        "scores_plain", "scores_extreme", "scores_row_offsets", "scores_square", "scores_single",
    ),
    "softmax_jacobian": ("p_plain", "p_square", "p_saturated"),
    "softmax_loss": (
        "scores_plain", "scores_extreme", "scores_gap", "scores_row_offsets", "scores_square", "scores_single",
        
    ),
    "numerical_gradient": (
        "num_sum_of_squares", "num_log_sum_exp", "num_weighted", "num_unweighted", "num_identity", "num_view",
        "num_step", "num_integer", "num_float32",
    ),
    "affine_backward": ("affine_images", "affine_flat", "affine_square", "affine_single"),
    "relu_backward": ("relu_plain", "relu_images"),
    "batchnorm_forward": (
        "bn_plain", "bn_train", "bn_large_eps", "bn_square", "bn_constant", "bn_test", "bn_test_default", "bn_test_one",
        "bn_sequence",
    ),
    "batchnorm_backward_staged": BACKWARD_CASES,
    "batchnorm_backward": BACKWARD_CASES,
    "batchnorm_backward_alt": BACKWARD_CASES,
    "affine_bn_relu_forward": ("sandwich_train", "sandwich_test"),
    "affine_bn_relu_backward": ("sandwich_train", "sandwich_square"),
    "adam": ("adam_default", "adam_sequence", "adam_resumed", "adam_two"),
    "steps_to_reach": ("steps_first", "steps_middle", "steps_equal", "steps_never", "steps_dip", "steps_nan"),
}  # fmt: skip

# Integers among the inputs, and features or scores far from zero. Known mistakes are not looked up on these cases:
# rounding, or an error, spoils the numbers.
INTEGER_CASES = {
    "softmax": "scores_integer",
    "softmax_loss": "scores_integer",
    "affine_backward": "affine_integer",
    "relu_backward": "relu_integer",
    "batchnorm_forward": "bn_integer",
    **dict.fromkeys(("batchnorm_backward_staged", "batchnorm_backward", "batchnorm_backward_alt"), "bn_integer"),
    "affine_bn_relu_forward": "sandwich_integer",
    "affine_bn_relu_backward": "sandwich_integer",
}
FAR_CASES = {
    "softmax": "scores_far",
    "softmax_loss": "scores_far",
    "batchnorm_forward": "bn_far",
    **dict.fromkeys(("batchnorm_backward_staged", "batchnorm_backward", "batchnorm_backward_alt"), "bn_far"),
    "affine_bn_relu_forward": "sandwich_far",
}
NODES = (
    "dbeta", "dgamma", "dx_hat", "dinv_std", "dxmu1", "dstd", "dvar", "dsq", "dxmu2", "dxmu", "dmu", "dx1", "dx2", "dx",
)  # fmt: skip

MATRIX = np.array([[1.0, -2.0], [0.5, 3.0], [-1.5, 0.25]])
NUMERICAL_FUNCTIONS: dict[str, Callable] = {  # the function f of each case of numerical_gradient
    "num_sum_of_squares": lambda x: np.sum(x**2),
    "num_log_sum_exp": lambda x: np.log(np.sum(np.exp(x))),
    "num_weighted": lambda x: np.sin(x) @ MATRIX,
    "num_unweighted": lambda x: x**2 @ MATRIX,
    "num_identity": lambda x: x,
    "num_view": lambda x: x.T,
    "num_step": lambda x: x**3 + np.sum(x) ** 2,  # every slope depends on all entries, so an entry left stepped shows
    "num_integer": lambda x: x**2,
    "num_float32": lambda x: x**2,
}
RESULTS = {  # the names of what each function returns
    "softmax": ("p",),
    "softmax_jacobian": ("J",),
    "softmax_loss": ("loss", "dx"),
    "numerical_gradient": ("dx",),
    "affine_backward": ("dx", "dw", "db"),
    "relu_backward": ("dx",),
    "batchnorm_forward": ("out", "cache"),
    "batchnorm_backward_staged": ("nodes",),
    "batchnorm_backward": ("dx", "dgamma", "dbeta"),
    "batchnorm_backward_alt": ("dx", "dgamma", "dbeta"),
    "affine_bn_relu_forward": ("out", "cache"),
    "affine_bn_relu_backward": ("dx", "dw", "db", "dgamma", "dbeta"),
    "adam": ("next_w", "config"),
    "steps_to_reach": ("steps",),
}
PARAMETERS = {  # how many arguments each task has
    "softmax": 1,
    "softmax_jacobian": 1,
    "softmax_loss": 2,
    "numerical_gradient": 4,
    "affine_backward": 2,
    "relu_backward": 2,
    "batchnorm_forward": 4,
    "batchnorm_backward_staged": 2,
    "batchnorm_backward": 2,
    "batchnorm_backward_alt": 2,
    "affine_bn_relu_forward": 6,
    "affine_bn_relu_backward": 2,
    "adam": 3,
    "steps_to_reach": 2,
}
ARGUMENTS = {  # tasks that take some of a case's inputs by position
    "softmax": ("x",),
    "softmax_jacobian": ("p",),
    "softmax_loss": ("x", "y"),
}
