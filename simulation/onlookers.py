"""Observers that somebody has written, in a simulated run: each counts what it is told."""

from __future__ import annotations

from typing import Final

from actors.brokerage import Brokerage
from simulation.plan import SubscriptionsPlan

TOLD: Final = "observer_told"
"""The event that an observer was told of a change."""


class Onlooker:
    """Counts the changes of a price, and checks that each begins where the last one ended."""

    def __init__(self) -> None:
        self.told = 0
        self.price = 0

    def update(self, symbol: str, old_price: int, new_price: int) -> None:
        """Take a change."""
        assert self.price in (0, old_price), f"{symbol}: a change was told that is none"
        self.told += 1
        self.price = new_price


def let_look_on(
    brokerage: Brokerage, plan: SubscriptionsPlan, symbols: tuple[str, ...]
) -> list[Onlooker]:
    """Attach an observer to each of the first stocks, at the pace of screens."""
    onlookers = [Onlooker() for _ in symbols[: plan.observers]]
    for symbol, onlooker in zip(symbols, onlookers, strict=False):
        brokerage.observe(symbol, onlooker, plan.conflation_s)
    return onlookers
