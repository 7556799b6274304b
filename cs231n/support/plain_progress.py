"""Progress as plain lines on stderr, for runs of minutes whose stderr is a file or a pipe."""

import sys
import time
from typing import Any

SECONDS = 30.0  # between two lines; a shorter run prints none


class PlainProgress:
    """Stands in for a tqdm progress bar: the attributes and methods that this library uses.

    >>> with PlainProgress(3, "training") as progress:
    ...     progress.update()
    >>> progress.n
    1
    """

    disable = True  # there is no bar

    def __init__(self, total: int, description: str) -> None:
        self.total, self.description, self.n, self.initial, self.unit = total, description, 0, 0, "it"
        self.unit_scale = False
        self.start = self.last = time.monotonic()

    def __enter__(self) -> "PlainProgress":
        return self

    def __exit__(self, *error: Any) -> None:
        self.close()

    def update(self, n: int = 1) -> None:
        """Count n steps. Print a line if the last one is SECONDS ago."""
        self.n += n
        now = time.monotonic()
        if now - self.last >= SECONDS:
            self.last = now
            print(self.describe(now - self.start), file=sys.stderr, flush=True)

    def refresh(self) -> None:
        """Do nothing. A bar would be drawn again."""

    def close(self) -> None:
        """Do nothing. A bar would disappear."""

    def describe(self, elapsed: float) -> str:
        """Write the line: what is done, the time since the start, and about how much time is left.

        Where `unit` names the steps, the line has it, and the rate.
        """
        done, total, unit = str(self.n), str(self.total), ""
        if self.unit == "B":
            done, total, unit = f"{self.n / 2**20:.0f}", f"{(self.total or 0) / 2**20:.0f}", " MB"
        if not self.total:
            return f"{self.description}: {done}{unit} in {clock(elapsed)}"
        steps = self.n - self.initial
        if self.unit != "it" and not unit and steps and elapsed:
            unit = f" {self.unit}s ({3600 * steps / elapsed:,.0f} an hour)"
        left = f", about {clock(elapsed * (self.total - self.n) / steps)} left" if steps > 0 else ""
        return f"{self.description}: {done} of {total}{unit} in {clock(elapsed)}{left}"


def clock(seconds: float) -> str:
    """Write a duration as minutes and seconds.

    >>> clock(95)
    '1:35'
    """
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"
