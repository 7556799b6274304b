"""Which section of the notebook a mistake's sentence points to.

Most mistakes point to the task's own heading, which is in the table of actions. This file lists the others. Headings
are written as a reader sees them, without the marks for code and formulas.
"""

from ...assignment.actions import TASKS

PATHS = "Paths from x to the loss"
BROADCAST = "Rules for the way back"
TWO_N = "Two different 1/N"
NODES = "4. Backward, node by node"
JACOBIAN = "Not elementwise"
GRAPH = "3. The forward graph, a line a node"
FORWARD = TASKS["batchnorm_forward"].heading
TEST_MODE = "Test mode: remembered statistics"
SAFE = TASKS["softmax"].heading
LOGARITHM = "A class that lies far below"
AVERAGE = "From one example to the batch"
CHAIN = "The chain rule, through p"
MISSING = "5. A factor that is missing"

BACKWARD = {  # the three backward passes of batch norm share their sentences
    "elementwise": JACOBIAN, "diagonal": JACOBIAN,
    "mean-constant": PATHS, "var-constant": PATHS,
    "rows": BROADCAST, "means": TWO_N, "not-summed": BROADCAST, "dgamma-not-summed": BROADCAST,
    "summed-over-everything": BROADCAST, "axis-by-size": BROADCAST, "along-the-rows": BROADCAST, "swapped": BROADCAST,
    "n-var": TWO_N, "n-mean": TWO_N, "n-both": TWO_N, "n-twice": TWO_N, "n-minus-one": FORWARD, "n-features": TWO_N,
    "gamma": GRAPH, "gamma-one-path": GRAPH, "gamma-in-dgamma": BROADCAST, "x-for-x-hat": GRAPH, "x-for-xmu": GRAPH,
    "eps-dropped": GRAPH, "eps-nowhere": FORWARD, "eps-outside": FORWARD,
    "eps-of-its-own": GRAPH, "eps-subtracted": GRAPH, "eps-twice": GRAPH,
    "sign": NODES, "sign-var": NODES, "sign-mean": NODES, "half": NODES, "power": NODES, "times-std": NODES,
    "xmu-lost": NODES, "writes-dout": NODES, "writes-cache": NODES,
}  # fmt: skip

SECTION_OF_MISTAKE = {
    "softmax_loss": {
        "no-shift": SAFE, "one-maximum-for-all-rows": SAFE, "shifts-x-in-place": SAFE, "over-the-batch": SAFE,
        "log-of-a-probability": LOGARITHM, "log-of-every-probability": LOGARITHM, "log-of-p-plus-a-bit": LOGARITHM,
        "probability-without-logarithm": LOGARITHM,
        "logarithm-to-another-base": LOGARITHM, "exp-forgotten": LOGARITHM, "sign-of-the-loss": LOGARITHM,
        "loss-not-averaged": AVERAGE, "dx-not-averaged": AVERAGE, "nothing-averaged": AVERAGE,
        "dx-averaged-twice": AVERAGE, "loss-averaged-twice": AVERAGE,
        "loss-of-one-example": AVERAGE, "divided-before-minus-one": AVERAGE,
        "loss-per-example": AVERAGE, "averaged-over-all-entries": AVERAGE, "divided-by-the-number-of-classes": AVERAGE,
        "extra-derivative": MISSING, "squared-error": MISSING,
        "plus-one": CHAIN, "sign-of-dx": CHAIN, "only-the-true-class": CHAIN,
    },
    "batchnorm_forward": {
        "test-mode-eps-outside-the-root": TEST_MODE, "test-mode-without-eps": TEST_MODE,
        "test-mode-without-gamma-and-beta": TEST_MODE, "test-mode-without-gamma": TEST_MODE,
        "test-mode-eps-subtracted": TEST_MODE, "test-mode-half-from-the-batch": TEST_MODE,
        "test-mode-without-normalisation": TEST_MODE, "test-mode-without-beta": TEST_MODE,
        "test-mode-without-eps-gamma-and-beta": TEST_MODE,
        "test-mode-with-batch-statistics": TEST_MODE, "test-mode-updates-the-running-statistics": TEST_MODE,
        "eps-averaged-into-the-running-variance": TEST_MODE,
        "test-mode-with-another-divisor-and-without-gamma-and-beta": TEST_MODE,
        "test-mode-without-the-root": TEST_MODE, "test-mode-with-n-over-n-minus-one": TEST_MODE,
        "running-variance-holds-the-standard-deviation": TEST_MODE, "rows-of-statistics": TEST_MODE,
        "running-weights-do-not-sum-to-one": TEST_MODE, "momentum-the-wrong-way-round": TEST_MODE,
        "running-statistics-not-averaged": TEST_MODE,
        "running-statistics-not-stored": TEST_MODE, "training-with-running-statistics": TEST_MODE,
        "momentum-of-its-own": TEST_MODE, "another-default-momentum": TEST_MODE,
        "running-variance-starts-at-one": TEST_MODE, "running-statistics-swapped": TEST_MODE,
    },
    "batchnorm_backward_staged": BACKWARD,
    "batchnorm_backward": BACKWARD,
    "batchnorm_backward_alt": BACKWARD,
}  # fmt: skip


def section_of(task: str, mistake: str) -> str:
    """Return the heading that a mistake's sentence points to. `mistake` is the mistake's id."""
    return SECTION_OF_MISTAKE.get(task, {}).get(mistake, TASKS[task].heading)
