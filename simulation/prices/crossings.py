"""When a price first reaches a limit: the question of every waiting order."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulation.prices.tape import HIGHEST_PRICE, Int64s, PriceTape

NEVER_US: Final = 2**62
"""An instant after all others."""


class Crossings:
    """First ticks at or beyond a limit, found in logarithmic time for many orders at once."""

    __slots__ = ("_at_us", "_falling", "_keys", "_last_us", "_rising")

    def __init__(self, tape: PriceTape) -> None:
        """Index a tape: for each symbol its ticks, then one that is beyond every limit."""
        symbols = np.concatenate((tape.symbol, np.arange(len(tape.symbols), dtype=np.int64)))
        beyond = np.full(len(tape.symbols), HIGHEST_PRICE * 4)
        order = np.argsort(symbols, kind="stable")
        self._last_us = int(tape.at_us[-1]) + 1 if len(tape) else 1
        ends = np.full(len(tape.symbols), self._last_us)
        self._keys = (symbols * (self._last_us + 1) + np.concatenate((tape.at_us, ends)))[order]
        never = np.full(len(tape.symbols), NEVER_US)
        self._at_us = np.concatenate((tape.at_us, never))[order]
        self._falling = _minima(np.concatenate((tape.price, -beyond))[order])
        self._rising = _minima(np.concatenate((-tape.price, -beyond))[order])

    def first_at_or_below(self, symbol: Int64s, after_us: Int64s, limit: Int64s) -> Int64s:
        """Find the first tick after an instant whose price is at or below a limit.

        Args:
            symbol: Indices of stocks, shape (n,).
            after_us: Ticks at this instant or before do not count, shape (n,).
            limit: 1/10,000 USD, shape (n,).

        Returns:
            Instants in microseconds, shape (n,); `NEVER_US` where the tape has none.
        """
        return self._at_us[_first(self._falling, self._start(symbol, after_us), limit)]

    def first_at_or_above(self, symbol: Int64s, after_us: Int64s, limit: Int64s) -> Int64s:
        """Find the first tick after an instant whose price is at or above a limit."""
        return self._at_us[_first(self._rising, self._start(symbol, after_us), -limit)]

    def _start(self, symbol: Int64s, after_us: Int64s) -> Int64s:
        latest = np.minimum(after_us, self._last_us - 1)
        wanted = symbol.astype(np.int64) * (self._last_us + 1) + latest
        return np.searchsorted(self._keys, wanted, side="right").astype(np.int64)


def _minima(values: Int64s) -> list[Int64s]:
    """Build a binary tree of minima, leaves first; level k has one per 2**k values."""
    levels = [values]
    while len(levels[-1]) > 1:
        level = levels[-1]
        if len(level) % 2:
            level = np.append(level, level[-1])
        levels.append(np.minimum(level[::2], level[1::2]))
    return levels


def _first(levels: list[Int64s], start: Int64s, limit: Int64s) -> Int64s:
    """Find the first value from `start` on that is at most `limit`; there must be one."""
    block, height = _enclosing(levels, start, limit)
    for level in range(len(levels) - 1, 0, -1):
        inside = np.flatnonzero(height >= level)
        left = block[inside] * 2
        block[inside] = left + (levels[level - 1][left] > limit[inside])
    return block


def _enclosing(
    levels: list[Int64s], start: Int64s, limit: Int64s
) -> tuple[Int64s, NDArray[np.int8]]:
    """Climb until a block holds such a value and none before it does; tell block and level."""
    block, height = start.copy(), np.zeros(len(start), dtype=np.int8)
    open_ = np.arange(len(start))
    for level, minima in enumerate(levels):
        here = block[open_]
        # A left block is looked at with its sibling, one level up; at the top there is none.
        looks = (here & 1 == 1) | (level == len(levels) - 1)
        found = looks & (minima[here] <= limit[open_])
        height[open_[found]] = level
        block[open_[~found]] = (here[~found] + 1) >> 1
        open_ = open_[~found]
    return block, height
