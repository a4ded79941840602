"""The latest prices of a symbol, in a ring."""

from __future__ import annotations

from array import array
from typing import Final, NamedTuple

from msgspec import Struct, field

KEPT: Final = 1_000
UNKNOWN: Final = -1
"""The time of a price that a restart has brought back and whose source named none."""


class PastPrice(NamedTuple):
    """A price, 1/10,000 USD, and when it became true, microseconds on the runtime's clock."""

    number: int
    price: int
    at_us: int


class PriceHistory(Struct):
    """The last prices of one symbol, with their times: 16 bytes each.

    Invariant: the price of number n is in place (n - first) modulo KEPT.

    Attributes:
        first: Number of the first one that was taken.
        last: Number of the newest one; 0 for none.
    """

    first: int = 1
    last: int = 0
    prices: array[int] = field(default_factory=lambda: array("q"))
    times: array[int] = field(default_factory=lambda: array("q"))

    def add(self, number: int, price: int, at_us: int) -> None:
        """Take the next price; a gap before it (a snapshot) makes the history begin anew."""
        if number != self.last + 1 or not self.prices:
            self.first = number
            del self.prices[:], self.times[:]
        self.last = number
        if len(self.prices) < KEPT:
            self.prices.append(price)
            self.times.append(at_us)
        else:
            place = (number - self.first) % KEPT
            self.prices[place], self.times[place] = price, at_us

    def stamp(self, at_us: int) -> None:
        """Say when the newest price became true, where its source has not."""
        if self.times:
            self.times[(self.last - self.first) % KEPT] = at_us

    def latest(self, limit: int) -> list[PastPrice]:
        """Return at most `limit` prices, the oldest of them first."""
        kept = min(limit, len(self.prices))
        return [
            PastPrice(number, self.prices[place], self.times[place])
            for number in range(self.last - kept + 1, self.last + 1)
            for place in ((number - self.first) % KEPT,)
        ]
