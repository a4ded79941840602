"""Scenarios that no machine could play: too many arrivals, too many prices."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

from scenarios.models.load import ConstantLoad, Load, RampingLoad
from scenarios.models.market import LobsterPrices, Market
from scenarios.models.types import Contradiction

AT_MOST: Final = 100_000_000
"""Of arrivals of one load, and of price changes; a column of so many numbers takes 800 MB."""


def too_large(market: Market, loads: Sequence[Load], open_s: float) -> Iterator[Contradiction]:
    """Yield what would come to more than `AT_MOST`, each with the path of the key to change.

    Args:
        market: The stocks; prices of each are made for all hours of trade at once.
        loads: What arrives.
        open_s: How long the market is open during the run, in seconds.
    """
    for number, load in enumerate(loads):
        if (count := _arrivals(load)) > AT_MOST:
            yield ("load", number), f"about {count:,.0f} arrivals; {AT_MOST:,} are possible"
    if isinstance(market.prices, LobsterPrices):
        return
    of_a_day = market.prices.ticks * (market.closes - market.opens)
    count = max(of_a_day, market.prices.ticks * open_s * market.symbols)
    if count > AT_MOST:
        what = f"about {count:,.0f} price changes; {AT_MOST:,} are possible"
        yield ("market", "prices", "ticks"), what


def _arrivals(load: Load) -> float:
    """Return how many arrivals are to be expected where the file does not count them."""
    match load:
        case ConstantLoad(total=None):
            return load.rate * load.duration
        case RampingLoad(total=None):
            rates = [load.rate, *(stage.target for stage in load.stages)]
            legs = zip(pairwise(rates), load.stages, strict=True)
            return sum((first + last) / 2 * stage.duration for (first, last), stage in legs)
        case _:
            return 0.0
