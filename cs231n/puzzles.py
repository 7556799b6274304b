"""Networks to debug, for notebook 3: the accuracy is near 1 while training, and lower on validation images.

Each network has one of the four `CAUSES`. In four of them the cause is known, so that a student can try an experiment
out on them. In three it is not: the letter's cause is drawn by a hash, so this file does not tell it.
"""

import copy
import hashlib
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from .classifiers.fc_net import FullyConnectedNet
from .data_utils import Data
from .experiments import make_net, train_steps
from .support.articles import add_article
from .support.student_calls import call_or_error

CAUSES = ("statistics lost", "training mode", "other data", "none")
LETTERS = "ABC"
FEW_IMAGES, BATCH = 200, 10
CLEARLY = 0.05  # two numbers tell two networks apart if they differ by more than this


class PuzzlingNet:
    """A trained network as its owner uses it.

    Attributes:
        X_train, y_train: images (N, ...) that it was trained on, and their labels. At most 1,000 of them.
        X_val, y_val: its owner's validation images and labels.
    """

    def __init__(self, net: FullyConnectedNet, data: Data, batch: int | None) -> None:
        """
        Arguments:
            net: the trained network.
            data: its owner's images and labels.
            batch: None if its owner evaluates in test mode; else the size of the batches of training mode.
        """
        self._net, self._batch = net, batch
        self.X_train, self.y_train = data["X_train"][:1000], data["y_train"][:1000]
        self.X_val, self.y_val = data["X_val"], data["y_val"]

    def scores(self, X: np.ndarray, mode: str | None = None) -> np.ndarray:
        """Compute the scores of images, shape (N, 10). This never changes the network.

        Arguments:
            X: images, shape (N, ...).
            mode: None evaluates them as the owner does, whichever way that is. ``"test"`` uses test mode, and
                ``"train"`` training mode with all of X as one batch.
        """
        net = copy.deepcopy(self._net)  # training mode writes running statistics
        if mode is None and self._batch is not None:
            parts = [X[i : i + self._batch] for i in range(0, len(X), self._batch)]
            return np.concatenate([net.forward(part, "train")[0] for part in parts])
        return net.forward(X, mode or "test")[0]


def accuracy(scores: np.ndarray, y: np.ndarray) -> float:
    """The fraction of examples whose largest score is that of their label. scores: (N, C), y: (N,)."""
    return float(np.mean(np.argmax(scores, axis=1) == y))


def make_nets(data: Data, num_steps: int = 200) -> tuple[dict[str, PuzzlingNet], dict[str, PuzzlingNet]]:
    """Train the networks. It takes some seconds.

    Arguments:
        data: dictionary with ``X_train``, ``y_train``, ``X_val``, ``y_val``; the pixels lack their mean.
        num_steps: updates per network.

    Returns:
        known: dictionary from each of the `CAUSES` to a network with that cause.
        unknown: dictionary from each of the `LETTERS` to a network.
    """
    few = {**data, "X_train": data["X_train"][:FEW_IMAGES], "y_train": data["y_train"][:FEW_IMAGES]}
    well_trained = _train(data, 0, num_steps)
    known = {
        cause: _spoil(cause, _train(few, 0, num_steps) if cause == "none" else well_trained, data, few)
        for cause in CAUSES
    }
    unknown = {}
    for seed, letter in enumerate(LETTERS, start=1):
        cause = cause_of(letter)
        unknown[letter] = _spoil(cause, _train(few if cause == "none" else data, seed, num_steps), data, few)
    return known, unknown


def cause_of(letter: str) -> str:
    """Return which of the `CAUSES` the network with this letter has."""
    return CAUSES[int(hashlib.sha256(f"batchnorm 3 {letter}".encode()).hexdigest(), 16) % len(CAUSES)]


def _train(data: Data, seed: int, num_steps: int) -> FullyConnectedNet:
    """Train a network with batch norm. Return it in float64, so that equal scores are equal to many digits."""
    net = make_net("bn", data, seed)
    train_steps(net, data, num_steps, seed)
    net.dtype = np.float64
    net.params = {name: w.astype(np.float64) for name, w in net.params.items()}
    return net


def _spoil(cause: str, net: FullyConnectedNet, data: Data, few: Data) -> PuzzlingNet:
    """Give a trained network to an owner who makes a mistake."""
    net, data = copy.deepcopy(net), dict(few if cause == "none" else data)
    for param in net.bn_params if cause == CAUSES[0] else ():
        # A new bn_param at every call: batchnorm_forward takes zeros for what is missing.
        param["running_mean"], param["running_var"] = 0 * param["running_mean"], 0 * param["running_var"]
    if cause == CAUSES[2]:
        data["X_val"] = data["X_val"] - data["X_train"].min(axis=0)  # the mean image is not subtracted
    return PuzzlingNet(net, data, BATCH if cause == CAUSES[1] else None)


def report(nets: Mapping[str, PuzzlingNet]) -> None:
    """Print what the owners know: the accuracy while training, and on their validation images."""
    for name, net in nets.items():
        trained = accuracy(net.scores(net.X_train, "train"), net.y_train)
        reached = accuracy(net.scores(net.X_val), net.y_val)
        print(f"{name:16}accuracy while training {trained:.2f}, on the owner's validation images {reached:.2f}")


def measure(experiment: Callable[[PuzzlingNet], Any], nets: Mapping[str, PuzzlingNet]) -> dict[str, float] | Any:
    """Do an experiment on some networks.

    Returns:
        Its number for each network by name; ``...`` if it is not written yet; or what it returned for the first one
        for which it returned no number: an error if it raised one.
    """
    numbers = {}
    for name, net in nets.items():
        number = call_or_error(experiment, net)
        try:
            numbers[name] = float(number) if not isinstance(number, str) and np.ndim(number) == 0 else None
        except (TypeError, ValueError):
            numbers[name] = None
        if numbers[name] is None:
            return number
    return numbers


def tells(experiment: Callable[[PuzzlingNet], Any], known: Mapping[str, PuzzlingNet], cause: str) -> bool | Any:
    """Find out whether an experiment's number tells one cause from the three others, and print the numbers.

    Arguments:
        experiment: function of a network that returns a number.
        known: from `make_nets`.
        cause: one of the `CAUSES`.

    Returns:
        Whether the number of that cause is clearly farther from each of the others than these are from one another.
        ``...`` if the experiment is not written yet, and the error if it raises one.
    """
    numbers = measure(experiment, known)
    if numbers is ... or isinstance(numbers, Exception):
        return numbers
    print("the number that your experiment gives, by cause:")
    if numbers is None:
        print("  it returns nothing, and one number is wanted (is there a return?)")
        return False
    if not isinstance(numbers, dict) or numbers.keys() != known.keys():
        print(f"  it returns {add_article(type(numbers).__name__)}, and one number is wanted")
        return False
    print("  " + ", ".join(f"{name} {number:.2f}" for name, number in numbers.items()))
    others = {name: number for name, number in numbers.items() if name != cause}
    needed = max(CLEARLY, max(others.values()) - min(others.values()))
    close = [name for name, number in others.items() if not abs(numbers[cause] - number) > needed]
    if close:
        print(f"  it does not set this cause clearly apart from: {', '.join(close)}")
    return not close


def show(nets: Mapping[str, PuzzlingNet], *experiments: Callable[[PuzzlingNet], Any]) -> None:
    """Print the numbers of some experiments on some networks as a table."""
    print(" " * 16 + "".join(f"{experiment.__name__:>14}" for experiment in experiments))
    columns = [measure(experiment, nets) for experiment in experiments]
    for name in nets:
        cells = [
            f"{column[name]:.2f}" if isinstance(column, dict) and name in column else "no number" for column in columns
        ]
        print(f"{name:16}" + "".join(f"{cell:>14}" for cell in cells))
