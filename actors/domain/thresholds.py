"""Thresholds: which of many a price meets, at the cost of those that it meets."""

from __future__ import annotations

from bisect import bisect_left, insort

from actors.domain.orders import Word


class Direction(Word):
    """From which side a price meets a threshold."""

    ABOVE = "above"  # it has risen to the threshold, or beyond
    BELOW = "below"  # it has fallen to the threshold, or beyond


_ABOVE = Direction.ABOVE


class Thresholds:
    """Prices that are waited for, each under a key.

    Two sorted lists have at their ends what is met next, so that a price costs in proportion to
    what it meets and no more. To add or to remove one shifts those behind it in memory.
    """

    __slots__ = ("_above", "_below")

    def __init__(self) -> None:
        self._above: list[tuple[int, str]] = []  # prices negated: the lowest is the last
        self._below: list[tuple[int, str]] = []

    def __len__(self) -> int:
        return len(self._above) + len(self._below)

    def add(self, direction: Direction, price: int, key: str) -> None:
        """Wait for a price; `key` must be free."""
        waiting, entry = self._place(direction, price, key)
        insort(waiting, entry)

    def remove(self, direction: Direction, price: int, key: str) -> None:
        """Wait no more for what was added under a key.

        Raises:
            KeyError: It was not.
        """
        waiting, entry = self._place(direction, price, key)
        at = bisect_left(waiting, entry)
        if at == len(waiting) or waiting[at] != entry:
            raise KeyError(key)
        del waiting[at]

    def met_by(self, price: int) -> list[str]:
        """Return the keys of all thresholds that a price meets, those met first in front."""
        met = []
        for waiting, limit in ((self._above, -price), (self._below, price)):
            at = len(waiting)
            while at and waiting[at - 1][0] >= limit:
                at -= 1
                met.append(waiting[at][1])
        return met

    def _place(
        self, direction: Direction, price: int, key: str
    ) -> tuple[list[tuple[int, str]], tuple[int, str]]:
        if direction is _ABOVE:
            return self._above, (-price, key)
        return self._below, (price, key)
