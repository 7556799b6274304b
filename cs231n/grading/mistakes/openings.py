"""Openings of sentences that praise a result, such as "dx is right, but".

The praise is true if the mistake is the only one in an answer. If check() names several mistakes, each for one part of
the answer, another mistake may have spoiled the praised result. So check() then leaves the opening out.
"""

OPENINGS = {
    ("softmax_loss", "shifts-x-in-place"): "loss and dx are right, but ",
    ("softmax_loss", "loss-not-averaged"): "dx is right, but ",
    ("softmax_loss", "sign-of-the-loss"): "dx is right, but ",
    ("batchnorm_forward", "test-mode-updates-the-running-statistics"): "out is right, but ",
}


def remove_opening(task: str, mistake: str, sentence: str) -> str:
    """Remove the opening from a mistake's sentence.

    Raises:
        KeyError: if the table has no opening for this mistake.
        ValueError: if the sentence does not begin with it.
    """
    opening = OPENINGS[task, mistake]
    if not sentence.startswith(opening):
        raise ValueError(f"the sentence of {task}/{mistake} does not begin with {opening!r}")
    return sentence.removeprefix(opening)
