"""Counts how often a planted bug has acted: one that never acts cannot be caught."""

from __future__ import annotations


class Activation:
    """How often the planted bug of this process has done the wrong thing."""

    def __init__(self) -> None:
        self.count = 0

    def note(self) -> None:
        """Note that the wrong thing is being done."""
        self.count += 1

    def take(self) -> int:
        """Return the count, and begin anew."""
        count, self.count = self.count, 0
        return count


activation = Activation()
act_up = activation.note
