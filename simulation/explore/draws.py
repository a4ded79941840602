"""Chance for small worlds: named streams of a seed, drawn in one go because that is fast."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, TypeVar

from simulation.streams import Streams

_AT_ONCE: Final = 512

T = TypeVar("T")


class Draws:
    """Numbers of one stream, one after the other.

    Args:
        streams: Of the seed.
        purpose: Name of the stream.
    """

    def __init__(self, streams: Streams, purpose: str) -> None:
        self._generator = streams.get(purpose)
        self._numbers: list[float] = []

    def share(self) -> float:
        """Draw a number from 0 up to, but not including, 1."""
        if not self._numbers:
            self._numbers = self._generator.random(_AT_ONCE).tolist()
        return self._numbers.pop()

    def chance(self, probability: float) -> bool:
        """Tell whether something happens that does so with this probability."""
        return self.share() < probability

    def whole(self, least: int, most: int) -> int:
        """Draw a whole number between two, both included."""
        return least + int(self.share() * (most - least + 1))

    def pick(self, choices: Sequence[T]) -> T:
        """Draw one of several, all equally likely."""
        return choices[int(self.share() * len(choices))]

    def between(self, least: float, most: float) -> float:
        """Draw a number from `least` up to `most`."""
        return least + self.share() * (most - least)
