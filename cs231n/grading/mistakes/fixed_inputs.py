"""The fixed inputs on which check() tries an answer, made once by the build and committed as numbers.

Drawn with Python's own generator, whose stream is promised to stay (NumPy's is not), and rounded to three
decimals, so that they are the same numbers everywhere.
"""

import random

import numpy as np


def all_inputs():
    """Every case's inputs: ``{case: {name: array}}``."""
    return {**_scores(), **_probabilities(), **_numerical(), **_affine(), **_relu(), **_batchnorm(), **_sandwich(),
            **_adam(), **_steps(), **_small()}  # fmt: skip


def normal(seed, *shape):
    """Nearly normal numbers (a sum of twelve uniform ones), three decimals."""
    draw = random.Random(seed).random
    values = [round(sum(draw() for _ in range(12)) - 6, 3) for _ in range(int(np.prod(shape)))]
    return np.array(values, dtype=np.float64).reshape(shape)


def positive(seed, *shape):
    """Numbers in 0.5..1.5, none of them 1."""
    draw = random.Random(seed).random
    return np.array([round(0.5 + draw(), 3) + 0.0005 for _ in range(int(np.prod(shape)))]).reshape(shape)


def labels(*numbers):
    return np.array(numbers, dtype=np.int64)


def _scores():
    """Scores and labels for softmax and its loss."""
    offsets = np.array([[900.0], [-900.0], [0.0], [3000.0], [-50.0], [400.0]])
    extreme = np.array([
        [1e4, -1e4, 0.0, 9999.0], [-1e4, -1e4, -9998.5, -1e4], [1e4, 1e4, 1e4, 9998.0], [10001.0, 1e4, 9999.5, 1e4],
    ])  # fmt: skip
    gap = normal(14, 4, 4)
    gap[[0, 1, 2], [2, 0, 1]] -= [1000.0, 60.0, 300.0]
    return {
        "scores_plain": {"x": 2 * normal(10, 8, 5), "y": labels(3, 0, 4, 1, 1, 2, 0, 4)},
        "scores_extreme": {"x": extreme, "y": labels(0, 2, 1, 2)},
        "scores_gap": {"x": gap, "y": labels(2, 0, 1, 3)},
        "scores_row_offsets": {"x": normal(11, 6, 3) + offsets, "y": labels(2, 0, 1, 0, 2, 1)},
        "scores_square": {"x": normal(12, 4, 4), "y": labels(1, 3, 0, 0)},
        "scores_single": {"x": normal(13, 1, 3), "y": labels(1)},
    }


def _probabilities():
    def normalised(seed, *shape):
        p = positive(seed, *shape) ** 3
        return np.round(p / p.sum(axis=1, keepdims=True), 6)

    return {
        "p_plain": {"p": normalised(20, 6, 4)},
        "p_square": {"p": normalised(21, 3, 3)},
        "p_saturated": {"p": np.array([[1.0, 0.0, 0.0], [0.0, 0.5, 0.5]])},
    }


def _numerical():
    x = normal(30, 2, 3)
    return {
        "num_sum_of_squares": {"x": x},
        "num_log_sum_exp": {"x": normal(31, 4)},
        "num_weighted": {"x": normal(32, 4, 3), "df": normal(33, 4, 2)},
        "num_unweighted": {"x": normal(34, 4, 3)},
        "num_identity": {"x": normal(35, 3, 2), "df": normal(36, 3, 2)},
        "num_view": {"x": normal(37, 3, 2), "df": normal(38, 2, 3)},
        "num_step": {"x": x, "df": normal(39, 2, 3), "h": np.array(0.1)},
        "num_integer": {"x": np.array([[3, -1], [2, 5]], dtype=np.int64), "df": normal(40, 2, 2)},
        "num_float32": {"x": np.array([[0.5, -1.25], [2.0, 0.75]], dtype=np.float32), "df": normal(40, 2, 2)},
    }


def _affine():
    def case(seed, n, shape, m):
        d = int(np.prod(shape))
        return {"x": normal(seed, n, *shape), "w": normal(seed + 1, d, m), "b": normal(seed + 2, m),
                "dout": normal(seed + 3, n, m)}  # fmt: skip

    return {
        "affine_images": case(50, 8, (2, 3), 4),
        "affine_flat": case(55, 8, (3,), 2),
        "affine_square": case(60, 4, (4,), 4),
        "affine_single": case(65, 1, (3,), 2),
    }


def _relu():
    def case(seed, *shape):
        x = normal(seed, *shape)
        return {"x": np.where(np.abs(x) < 0.05, 0.5, x), "dout": normal(seed + 1, *shape)}

    return {"relu_plain": case(70, 8, 4), "relu_images": case(72, 3, 2, 2)}


def _batchnorm():
    def case(seed, n, d, **settings):
        numbers = {"x": 3 * normal(seed, n, d) + 2, "gamma": positive(seed + 1, d), "beta": normal(seed + 2, d)}
        return {**numbers, "dout": normal(seed + 3, n, d), **{key: np.array(value) for key, value in settings.items()}}

    def running(seed, d):
        return {"running_mean": normal(seed, d), "running_var": positive(seed + 1, d)}

    constant = case(115, 8, 3)
    constant["x"][:, 1] = 0.75
    constant["x"][:, 2] = np.round(normal(119, 8) / 300, 6)  # a variance near the default eps
    sequence = case(130, 4, 3, eps=0.2, momentum=0.6)
    sequence["x"] = 2 * normal(130, 4, 6, 3) - 1
    return {
        "bn_plain": {**case(80, 8, 3), **running(140, 3)},  # old statistics, averaged with the default momentum
        "bn_train": {**case(85, 8, 3, eps=0.5, momentum=0.75), **running(88, 3)},
        "bn_large_eps": case(90, 10, 3, eps=0.4, momentum=0.7),
        "bn_square": case(95, 4, 4, eps=0.1),
        "bn_constant": constant,
        "bn_test": {**case(105, 8, 3, eps=0.5, test_mode=1.0), **running(109, 3)},
        "bn_test_default": {**case(180, 8, 3, test_mode=1.0), **running(184, 3)},  # eps at its default
        "bn_test_one": {**case(120, 1, 4, eps=0.3, test_mode=1.0), **running(124, 4)},
        "bn_sequence": sequence,
    }


def _sandwich():
    def case(seed, n, d, m, **settings):
        numbers = {"x": normal(seed, n, d), "w": normal(seed + 1, d, m), "b": normal(seed + 2, m)}
        numbers |= {"gamma": positive(seed + 3, m), "beta": normal(seed + 4, m), "dout": normal(seed + 5, n, m)}
        return {**numbers, **{key: np.array(value) for key, value in settings.items()}}

    test = case(150, 8, 4, 3, eps=0.3, test_mode=1.0)
    test |= {"running_mean": normal(156, 3), "running_var": positive(157, 3)}
    return {
        "sandwich_train": case(1010, 8, 4, 3, eps=0.2, momentum=0.8),
        "sandwich_test": test,
        "sandwich_square": case(160, 4, 4, 4, eps=0.1),
    }


def _adam():
    settings = {
        "learning_rate": np.array(0.05),
        "beta1": np.array(0.8),
        "beta2": np.array(0.95),
        "epsilon": np.array(0.1),
    }
    gradients = normal(171, 4, 3, 2)
    gradients[0, 1, 1] = gradients[1, 1, 1] = 0.0
    resumed = {"m": normal(174, 3, 2), "v": positive(175, 3, 2), "t": np.array(5, dtype=np.int64)}
    tiny = normal(172, 3, 3, 2)
    tiny[:, 0, :] = np.array([[2e-8, 1e-8], [1e-8, 3e-8], [3e-8, -2e-8]])  # gradients near the default epsilon
    return {
        "adam_default": {"w": normal(170, 3, 2), "dw": tiny},
        "adam_sequence": {"w": normal(170, 3, 2), "dw": gradients, **settings},
        "adam_resumed": {"w": normal(173, 3, 2), "dw": normal(176, 1, 3, 2), **settings, **resumed},
    }


def _steps():
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


def _small():
    """Examples that check() prints, small enough to be computed by hand: the variances plus eps are squares."""

    def arrays(**named):
        return {name: np.array(value, dtype=np.float64) for name, value in named.items()}

    batch = arrays(x=[[0, 1], [3, 4], [3, 7]], gamma=[1, 2], beta=[0, 1], dout=[[1, 2], [0, 1], [4, -1]])
    running = arrays(running_mean=[1, 2], running_var=[3.75, 0.75], eps=0.25, test_mode=1)
    weights = arrays(w=[[1, 0], [2, 1]], b=[1, -1])
    scores = arrays(x=[[0, 1], [2, 0], [1, 1]])
    sandwich = arrays(x=[[0, 1], [3, 0], [1, 3]], gamma=[1, 2], beta=[0.5, 1], dout=[[1, 2], [3, 1], [2, -1]])
    return {
        "scores_small": {**scores, "y": labels(1, 0, 0)},
        "scores_small_far": {**arrays(x=[[1000, 0], [-1000, -999]]), "y": labels(1, 0)},
        "p_small": arrays(p=[[0.2, 0.8], [0.4, 0.6]]),
        "affine_small": {**arrays(x=[[0, 1], [2, 0], [1, 3]], dout=[[1, 2], [0, 1], [4, -1]]), **weights},
        "relu_small": arrays(x=[[1, -2], [-3, 4], [0.5, -1]], dout=[[1, 2], [3, -4], [-5, 6]]),
        "bn_small": {**batch, **arrays(eps=0.25, momentum=0.75)},
        "bn_small_test": {**arrays(x=[[0, 1], [3, 4]], gamma=[1, 2], beta=[0, 1]), **running},
        "sandwich_small": {**sandwich, **weights, **arrays(eps=0.25, momentum=0.75)},
        "sandwich_small_test": {**sandwich, **weights, **running},
        "adam_small": arrays(w=[1, -2], dw=[[1, 0.5], [0, -1]], learning_rate=0.1, beta1=0.5, beta2=0.75, epsilon=0.25),
    }
