"""Observers that somebody has written, in a simulated run: each counts what it is told."""

from __future__ import annotations

from typing import Final

from actors.brokerage import Brokerage
from simulation.plan import SubscriptionsPlan

TOLD: Final = "observer_told"
"""The event that an observer was told of a change."""


class Onlooker:
    """Counts the changes of a price that it is told.

    After a crash of whoever serves it, a change need not begin where the last one ended.
    """

    def __init__(self) -> None:
        self.told = 0

    def update(self, symbol: str, old_price: int, new_price: int) -> None:
        """Take a change."""
        self.told += old_price != new_price


def let_look_on(
    brokerage: Brokerage, plan: SubscriptionsPlan, symbols: tuple[str, ...]
) -> list[Onlooker]:
    """Attach an observer to each of the first stocks, at the pace of screens."""
    onlookers = [Onlooker() for _ in symbols[: plan.observers]]
    for symbol, onlooker in zip(symbols, onlookers, strict=False):
        brokerage.observe(symbol, onlooker, plan.conflation_s)
    return onlookers
