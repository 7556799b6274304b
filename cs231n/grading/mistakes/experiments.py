"""Known mistakes in steps_to_reach. `catalogue` explains the table."""

from .mistake import Table

# Lines of the library's function that the edits change.
REACHED = "reached = np.asarray(history) >= level"
FIRST = "return int(np.argmax(reached)) if np.any(reached) else None"

TABLE: Table = {
    "steps_to_reach": [
        (
            "strictly-above",
            "an entry that equals the level is passed over. An entry that equals the level has reached it.",
            ((REACHED, REACHED.replace(">=", ">")),),
        ),
        (
            "never-becomes-zero",
            "where the level is never reached the answer is 0, as if it were reached at once. None is asked for. The "
            "largest entry of an array that is False everywhere is entry 0, so ask first whether any entry is True.",
            ((FIRST, "return int(np.argmax(reached))"),),
        ),
        (
            "never-becomes-a-number",
            "where the level is never reached a number comes back. A number would be taken for a result: None is "
            "asked for.",
            ((FIRST, FIRST.replace("None", "len(history)")),),
            ((FIRST, FIRST.replace("None", "-1")),),
        ),
        (
            "counted-from-one",
            "the answer is one too large: entry 0 is the state before training, so an index is a number of steps "
            "already.",
            ((FIRST, "return int(np.argmax(reached)) + 1 if np.any(reached) else None"),),
        ),
        (
            "the-last-one",
            "this is the last entry that is at the level, and the first is asked for.",
            ((FIRST, "return int(np.flatnonzero(reached)[-1]) if np.any(reached) else None"),),
        ),
        (
            "counts-the-entries-below",
            "this is the number of all entries below the level, also of those after it was reached once, as if the "
            "history were sorted.",
            ((FIRST, "return int(np.sum(np.asarray(history) < level)) if np.any(reached) else None"),),
        ),
        (
            "sorts-the-history",
            "the history is sorted in place: its order is lost, also for the caller, and the order is the point here. "
            "Look for the first entry in the order in which they came.",
            ((REACHED, f"history.sort()\n    {REACHED}"),),
        ),
        (
            "zero-becomes-none",
            "a level that is reached at once gives None, as when `or` or `if` takes the index 0 for False. Compare "
            "with None, or ask whether any entry reaches the level.",
            ((FIRST, FIRST.replace("int(np.argmax(reached))", "(int(np.argmax(reached)) or None)")),),
        ),
        (
            "only-the-first-entry",
            "only the first entry is looked at, as when a return stands in both branches of an if inside the loop. "
            "Return None after the loop, when no entry was found.",
            ((FIRST, "return 0 if reached[0] else None"),),
        ),
        (
            "the-closest-one",
            "this is the entry closest to the level, from above or below. The first that is at least the level is "
            "asked for.",
            ((FIRST, "return int(np.nanargmin(np.abs(np.asarray(history) - level))) if np.any(reached) else None"),),
        ),
        (
            "the-entry-itself",
            "this is the entry that reaches the level. Its index is asked for: how long it took.",
            ((FIRST, "return history[int(np.argmax(reached))] if np.any(reached) else None"),),
        ),
        (
            "the-best-one",
            "this is the index of the largest entry; the first that is at least the level is asked for.",
            ((FIRST, "return int(np.nanargmax(history)) if np.any(reached) else None"),),
        ),
    ],
}
