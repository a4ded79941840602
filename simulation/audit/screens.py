"""What screens show, as the audit follows it: prices by number, and what each of them holds."""

from __future__ import annotations

from array import array
from typing import Final

from actors.messages.watching import ShownLine

_TIMES_KEPT: Final = 4_096  # of each symbol


class Prices:
    """When each of the latest prices of one symbol became true, and what it was."""

    __slots__ = ("at_us", "first", "prices")

    def __init__(self) -> None:
        self.first = 1  # number of the first one that is kept
        self.at_us = array("q")
        self.prices = array("q")

    @property
    def last(self) -> int:
        """Number of the newest price."""
        return self.first + len(self.at_us) - 1

    def add(self, price: int, at_us: int) -> None:
        """Take the next price; the oldest are forgotten now and then."""
        self.at_us.append(at_us)
        self.prices.append(price)
        if len(self.at_us) == 2 * _TIMES_KEPT:
            del self.at_us[:_TIMES_KEPT], self.prices[:_TIMES_KEPT]
            self.first += _TIMES_KEPT

    def price(self, number: int) -> int | None:
        """Return a price by its number; None if it is not known any more, or not yet."""
        place = number - self.first
        return self.prices[place] if 0 <= place < len(self.prices) else None

    def staleness_us(self, number: int, now_us: int) -> int:
        """Return how long it has been known that a price is not the newest; 0 if it is."""
        place = max(number + 1 - self.first, 0)
        return max(0, now_us - self.at_us[place]) if place < len(self.at_us) else 0


class Screen:
    """What the screen of one user shows of a portfolio, or of the watch lists.

    Attributes:
        is_open: The user is logged in, and has a screen.
        changed_us: When that last changed.
        held: Number of the price that it shows, by symbol.
        lines: The holdings that it shows; of a portfolio.
        revision: Of the account, when its holdings last changed or were shown.
        moved: What has changed the holdings and is not shown: the revision before, and when.
    """

    __slots__ = ("changed_us", "held", "is_open", "lines", "moved", "revision", "value")

    def __init__(self) -> None:
        self.is_open = False
        self.changed_us = -1
        self.held: dict[str, int] = {}
        self.lines: dict[str, ShownLine] = {}
        self.revision = -1
        self.moved: list[tuple[int, int]] = []
        self.value = 0

    def turn(self, *, is_open: bool, at_us: int) -> None:
        """Begin or end a session: whatever was shown is gone."""
        self.is_open, self.changed_us = is_open, at_us
        self.held, self.lines, self.moved, self.revision = {}, {}, [], -1

    def expects(self, revision: int, at_us: int) -> None:
        """Know that holdings have changed, in the batch that led to a revision."""
        if revision != self.revision:
            self.moved.append((self.revision, at_us))
            self.revision = revision

    def shows(self, revision: int) -> int | None:
        """Show the holdings of a revision; return since when there was a change to be shown."""
        overdue = [at_us for before, at_us in self.moved if before < revision]
        self.moved = self.moved[len(overdue) :]
        self.revision = max(self.revision, revision)
        return overdue[0] if overdue else None
