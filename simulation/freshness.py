"""Tells whether subscribers have the latest prices: a run with subscriptions rests only then."""

from __future__ import annotations

from typing import Any, Final

from actors.addresses import stock_of
from actors.runtimes.runtime import Runtime
from actors.subscriptions import RENEW_AFTER_S, Subscriptions

RENEWED_AFTER_S: Final = RENEW_AFTER_S + 2.0
"""After which every subscriber has asked its feeds again and told its screen again."""


def subscribers_are_fresh(runtime: Runtime[Any]) -> bool:
    """Tell whether every subscriber has the price that its stock has."""
    for cell in runtime.cells.values():
        subscriptions: Subscriptions | None = getattr(cell.actor, "subscriptions", None)
        if subscriptions is not None:
            for symbol, held in subscriptions.held.items():
                stock: Any = runtime.cells[stock_of(symbol)].actor
                if held.number != stock.state.number:
                    return False
    return True
