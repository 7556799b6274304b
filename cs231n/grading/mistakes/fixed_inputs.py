"""Make the fixed inputs on which check() tries an answer. They are made once and committed as numbers.

They come from Python's random generator, because Python promises that its numbers stay the same and NumPy does not.
Rounding to three decimals makes them the same on every machine.
"""

import random

import numpy as np

Arrays = dict[str, np.ndarray]  # by name


def make_all_inputs() -> dict[str, Arrays]:
    """Make the inputs of every case: ``{case: {name: array}}``."""
    return {
        **_make_scores(),
        **_make_probabilities(),
        **_make_numerical(),
        **_make_affine(),
        **_make_relu(),
        **_make_batchnorm(),
        **_make_sandwich(),
        **_make_adam(),
        **_make_steps(),
        **_make_small(),
    }


def draw_normal(seed: int, *shape: int) -> np.ndarray:
    """Draw nearly normal numbers (sums of twelve uniform ones) with three decimals."""
    draw = random.Random(seed).random
    values = [round(sum(draw() for _ in range(12)) - 6, 3) for _ in range(int(np.prod(shape)))]
    return np.array(values, dtype=np.float64).reshape(shape)


def draw_positive(seed: int, *shape: int) -> np.ndarray:
    """Draw numbers between 0.5 and 1.5. None of them is 1."""
    draw = random.Random(seed).random
    return np.array([round(0.5 + draw(), 3) + 0.0005 for _ in range(int(np.prod(shape)))]).reshape(shape)


def draw_integers(seed: int, *shape: int) -> np.ndarray:
    """Draw integers from 0 to 9."""
    draw = random.Random(seed).randrange
    return np.array([draw(10) for _ in range(int(np.prod(shape)))], dtype=np.int64).reshape(shape)


def make_labels(*numbers: int) -> np.ndarray:
    """Make an array of integers."""
    return np.array(numbers, dtype=np.int64)


def _make_scores() -> dict[str, Arrays]:
    """Make scores and labels for softmax and its loss."""
    offsets = np.array([[900.0], [-900.0], [0.0], [3000.0], [-50.0], [400.0]])
    extreme = np.array([
        [1e4, -1e4, 0.0, 9999.0], [-1e4, -1e4, -9998.5, -1e4], [1e4, 1e4, 1e4, 9998.0], [10001.0, 1e4, 9999.5, 1e4],
    ])  # fmt: skip
    gap = draw_normal(14, 4, 4)
    gap[[0, 1, 2], [2, 0, 1]] -= [1000.0, 60.0, 300.0]
    return {
        "scores_plain": {"x": 2 * draw_normal(10, 8, 5), "y": make_labels(3, 0, 4, 1, 1, 2, 0, 4)},
        "scores_extreme": {"x": extreme, "y": make_labels(0, 2, 1, 2)},
        "scores_gap": {"x": gap, "y": make_labels(2, 0, 1, 3)},
        "scores_integer": {
            "x": np.round(2 * draw_normal(15, 6, 4)).astype(np.int64),
            "y": make_labels(2, 0, 1, 3, 2, 0),
        },
        "scores_far": {"x": draw_normal(16, 6, 4) + 1e6, "y": make_labels(1, 3, 0, 2, 2, 0)},
        "scores_row_offsets": {"x": draw_normal(11, 6, 3) + offsets, "y": make_labels(2, 0, 1, 0, 2, 1)},
        "scores_square": {"x": draw_normal(12, 4, 4), "y": make_labels(1, 3, 0, 0)},
        "scores_single": {"x": draw_normal(13, 1, 3), "y": make_labels(1)},
    }


def _make_probabilities() -> dict[str, Arrays]:
    """Make probabilities for the Jacobian of softmax."""

    def draw_probabilities(seed: int, *shape: int) -> np.ndarray:
        p = draw_positive(seed, *shape) ** 3
        return np.round(p / p.sum(axis=1, keepdims=True), 6)

    return {
        "p_plain": {"p": draw_probabilities(20, 6, 4)},
        "p_square": {"p": draw_probabilities(21, 3, 3)},
        "p_saturated": {"p": np.array([[1.0, 0.0, 0.0], [0.0, 0.5, 0.5]])},
    }


def _make_numerical() -> dict[str, Arrays]:
    """Make arguments of numerical_gradient."""
    x = draw_normal(30, 2, 3)
    return {
        "num_sum_of_squares": {"x": x},
        "num_log_sum_exp": {"x": draw_normal(31, 4)},
        "num_weighted": {"x": draw_normal(32, 4, 3), "df": draw_normal(33, 4, 2)},
        "num_unweighted": {"x": draw_normal(34, 4, 3)},
        "num_identity": {"x": draw_normal(35, 3, 2), "df": draw_normal(36, 3, 2)},
        "num_view": {"x": draw_normal(37, 3, 2), "df": draw_normal(38, 2, 3)},
        "num_step": {"x": x, "df": draw_normal(39, 2, 3), "h": np.array(0.1)},
        "num_integer": {"x": np.array([[3, -1], [2, 5]], dtype=np.int64), "df": draw_normal(40, 2, 2)},
        "num_float32": {"x": np.array([[0.5, -1.25], [2.0, 0.75]], dtype=np.float32), "df": draw_normal(40, 2, 2)},
    }


def _make_affine() -> dict[str, Arrays]:
    """Make inputs of the affine layer: x of shape (n, *shape), and m outputs."""

    def make_case(seed: int, n: int, shape: tuple[int, ...], m: int) -> Arrays:
        d = int(np.prod(shape))
        return {"x": draw_normal(seed, n, *shape), "w": draw_normal(seed + 1, d, m), "b": draw_normal(seed + 2, m),
                "dout": draw_normal(seed + 3, n, m)}  # fmt: skip

    return {
        "affine_images": make_case(50, 8, (2, 3), 4),
        "affine_flat": make_case(55, 8, (3,), 2),
        "affine_square": make_case(60, 4, (4,), 4),
        "affine_single": make_case(65, 1, (3,), 2),
        "affine_integer": {**make_case(190, 6, (2, 2), 3), "x": draw_integers(194, 6, 2, 2)},
    }


def _make_relu() -> dict[str, Arrays]:
    """Make inputs of ReLU, none of them near the kink at 0."""

    def make_case(seed: int, *shape: int) -> Arrays:
        x = draw_normal(seed, *shape)
        return {"x": np.where(np.abs(x) < 0.05, 0.5, x), "dout": draw_normal(seed + 1, *shape)}

    integers = {"x": 2 * draw_integers(196, 5, 3) - 9, "dout": draw_normal(197, 5, 3)}
    return {"relu_plain": make_case(70, 8, 4), "relu_images": make_case(72, 3, 2, 2), "relu_integer": integers}


def _make_batchnorm() -> dict[str, Arrays]:
    """Make inputs of batch norm: x of shape (n, d), and settings such as eps."""

    def make_case(seed: int, n: int, d: int, **settings: float) -> Arrays:
        numbers = {
            "x": 3 * draw_normal(seed, n, d) + 2,
            "gamma": draw_positive(seed + 1, d),
            "beta": draw_normal(seed + 2, d),
        }
        return {
            **numbers,
            "dout": draw_normal(seed + 3, n, d),
            **{key: np.array(value) for key, value in settings.items()},
        }

    def make_running_statistics(seed: int, d: int) -> Arrays:
        return {"running_mean": draw_normal(seed, d), "running_var": draw_positive(seed + 1, d)}

    constant = make_case(115, 8, 3)
    constant["x"][:, 1] = 0.75
    constant["x"][:, 2] = np.round(draw_normal(119, 8) / 300, 6)  # a variance near the default eps
    sequence = make_case(130, 4, 3, eps=0.2, momentum=0.6)
    sequence["x"] = 2 * draw_normal(130, 4, 6, 3) - 1
    return {
        # Old statistics, to average with the default momentum.
        "bn_plain": {**make_case(80, 8, 3), **make_running_statistics(140, 3)},
        "bn_train": {**make_case(85, 8, 3, eps=0.5, momentum=0.75), **make_running_statistics(88, 3)},
        "bn_large_eps": make_case(90, 10, 3, eps=0.4, momentum=0.7),
        "bn_square": make_case(95, 4, 4, eps=0.1),
        "bn_constant": constant,
        "bn_test": {**make_case(105, 8, 3, eps=0.5, test_mode=1.0), **make_running_statistics(109, 3)},
        # No eps, so that its default is used.
        "bn_test_default": {**make_case(180, 8, 3, test_mode=1.0), **make_running_statistics(184, 3)},
        "bn_test_one": {**make_case(120, 1, 4, eps=0.3, test_mode=1.0), **make_running_statistics(124, 4)},
        "bn_sequence": sequence,
        "bn_integer": {**make_case(200, 6, 3, eps=0.3), "x": draw_integers(204, 6, 3)},
        "bn_far": {**make_case(205, 8, 3), "x": draw_normal(209, 8, 3) + 1e6},
    }


def _make_sandwich() -> dict[str, Arrays]:
    """Make inputs of affine_bn_relu: x of shape (n, d), and m features after the affine layer."""

    def make_case(seed: int, n: int, d: int, m: int, **settings: float) -> Arrays:
        numbers = {"x": draw_normal(seed, n, d), "w": draw_normal(seed + 1, d, m), "b": draw_normal(seed + 2, m)}
        numbers |= {
            "gamma": draw_positive(seed + 3, m),
            "beta": draw_normal(seed + 4, m),
            "dout": draw_normal(seed + 5, n, m),
        }
        return {**numbers, **{key: np.array(value) for key, value in settings.items()}}

    test = make_case(150, 8, 4, 3, eps=0.3, test_mode=1.0)
    test |= {"running_mean": draw_normal(156, 3), "running_var": draw_positive(157, 3)}
    return {
        "sandwich_train": make_case(1010, 8, 4, 3, eps=0.2, momentum=0.8),
        "sandwich_test": test,
        "sandwich_integer": {**make_case(210, 6, 4, 3, eps=0.2), "x": draw_integers(216, 6, 4)},
        "sandwich_far": {**make_case(220, 8, 4, 3), "b": np.array([1e6, -1e6, 2e6])},
        "sandwich_square": make_case(160, 4, 4, 4, eps=0.1),
    }


def _make_adam() -> dict[str, Arrays]:
    """Make weights, gradients of several steps, and settings for adam."""
    settings = {
        "learning_rate": np.array(0.05),
        "beta1": np.array(0.8),
        "beta2": np.array(0.95),
        "epsilon": np.array(0.1),
    }
    gradients = draw_normal(171, 4, 3, 2)
    gradients[0, 1, 1] = gradients[1, 1, 1] = 0.0
    resumed = {"m": draw_normal(174, 3, 2), "v": draw_positive(175, 3, 2), "t": np.array(5, dtype=np.int64)}
    tiny = draw_normal(172, 3, 3, 2)
    tiny[:, 0, :] = np.array([[2e-8, 1e-8], [1e-8, 3e-8], [3e-8, -2e-8]])  # gradients near the default epsilon
    two = {"w": draw_normal(177, 2, 3, 2), "dw": draw_normal(178, 3, 2, 3, 2), **settings}
    return {
        "adam_fresh": {"w": np.zeros(3), "dw": np.full((1, 3), 0.5)},
        "adam_two": two,
        "adam_default": {"w": 1e-3 * draw_normal(170, 3, 2), "dw": tiny},  # as small as the steps, so that they show
        "adam_sequence": {"w": draw_normal(170, 3, 2), "dw": gradients, **settings},
        "adam_resumed": {"w": draw_normal(173, 3, 2), "dw": draw_normal(176, 1, 3, 2), **settings, **resumed},
    }


def _make_steps() -> dict[str, Arrays]:
    """Make histories and levels for steps_to_reach."""
    nan = float("nan")
    table = {
        "steps_first": ([0.9, 0.2, 0.95], 0.5),
        "steps_middle": ([0.1, 0.3, 0.6, 0.8], 0.5),
        "steps_equal": ([0.1, 0.25, 0.5, 0.75], 0.5),
        "steps_never": ([0.1, 0.3, 0.2, 0.4], 0.5),
        "steps_dip": ([0.1, 0.7, 0.3, 0.9, 0.6, 0.2], 0.5),
        "steps_nan": ([nan, 0.2, nan, 0.6], 0.5),
    }
    return {case: {"history": np.array(history), "level": np.array(level)} for case, (history, level) in table.items()}


def _make_small() -> dict[str, Arrays]:
    """Make examples that check() prints, small enough to compute by hand. Every variance plus eps is a square."""

    def make_arrays(**named: object) -> Arrays:
        return {name: np.array(value, dtype=np.float64) for name, value in named.items()}

    batch = make_arrays(x=[[0, 1], [3, 4], [3, 7]], gamma=[1, 2], beta=[0, 1], dout=[[1, 2], [0, 1], [4, -1]])
    running = make_arrays(running_mean=[1, 2], running_var=[3.75, 0.75], eps=0.25, test_mode=1)
    weights = make_arrays(w=[[1, 0], [2, 1]], b=[1, -1])
    scores = make_arrays(x=[[0, 1], [2, 0], [1, 1]])
    sandwich = make_arrays(x=[[0, 1], [3, 0], [1, 3]], gamma=[1, 2], beta=[0.5, 1], dout=[[1, 2], [3, 1], [2, -1]])
    return {
        "scores_small": {**scores, "y": make_labels(1, 0, 0)},
        "scores_small_far": {**make_arrays(x=[[1000, 0], [-1000, -999]]), "y": make_labels(1, 0)},
        "p_small": make_arrays(p=[[0.2, 0.8], [0.4, 0.6]]),
        "affine_small": {**make_arrays(x=[[0, 1], [2, 0], [1, 3]], dout=[[1, 2], [0, 1], [4, -1]]), **weights},
        "relu_small": make_arrays(x=[[1, -2], [-3, 4], [0.5, -1]], dout=[[1, 2], [3, -4], [-5, 6]]),
        "bn_small": {**batch, **make_arrays(eps=0.25, momentum=0.75)},
        "bn_small_test": {**make_arrays(x=[[0, 1], [3, 4]], gamma=[1, 2], beta=[0, 1]), **running},
        "sandwich_small": {**sandwich, **weights, **make_arrays(eps=0.25, momentum=0.75)},
        "sandwich_small_test": {**sandwich, **weights, **running},
        "adam_small": make_arrays(
            w=[1, -2], dw=[[1, 0.5], [0, -1]], learning_rate=0.1, beta1=0.5, beta2=0.75, epsilon=0.25
        ),
    }
