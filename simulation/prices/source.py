"""The tape that a plan asks for."""

from __future__ import annotations

from typing import assert_never

from simulation.plan import Plan
from simulation.prices.bars import bars_tape
from simulation.prices.lobster import lobster_tape
from simulation.prices.random_walk import walk_tape
from simulation.prices.tape import MOST_SYMBOLS, PricesError, PriceTape
from simulation.streams import Streams


def make_tape(plan: Plan, streams: Streams) -> PriceTape:
    """Make or read the prices of a run.

    Args:
        plan: The run; its market says where prices come from.
        streams: Randomness; uses one stream per symbol, `prices/SYMBOL`.

    Raises:
        PricesError: The file is wrong, or has fewer stocks than the plan asks for.
    """
    asked = plan.market.symbols
    if not 1 <= asked <= MOST_SYMBOLS:
        raise PricesError(
            f"market.symbols: {asked} is out of range; it must be 1 to {MOST_SYMBOLS:,}"
        )
    match plan.market.prices.kind:
        case "walk":
            return walk_tape(plan, streams)
        case "bars":
            return bars_tape(plan, streams)
        case "lobster":
            return lobster_tape(plan)
        case kind:
            assert_never(kind)
