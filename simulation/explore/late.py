"""What comes late in some small worlds: orders, prices, and ticks when a user has left."""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from actors.domain.market_hours import Hours
from simulation.explore.draws import Draws
from simulation.explore.small_world import Market, Step, Tick
from simulation.explore.watchers import Watching
from simulation.plan import FaultPlan

_MICROSECONDS: Final = 1_000_000
_FIRST_ID: Final = 200_000
"""Ids that no other command of a small world has."""
_LATE_ORDERS: Final = 0.7  # of the worlds with faults and two sessions
_OVERTAKEN: Final = 0.6  # of those with faults and screens
_LEAVERS: Final = 0.5  # of those with screens
_SECOND_THOUGHTS_US: Final = 6_000_000  # then a screen that is dark must stay dark


def draw_late_orders(draws: Draws, hours: Hours) -> tuple[FaultPlan, ...]:
    """Draw, for worlds with two sessions, a while in which orders reach their books too late.

    They come when the next session is half over, or later.
    """
    if len(hours.sessions) < 2 or not draws.chance(_LATE_ORDERS):
        return ()
    first, second = hours.sessions[:2]
    least_us = second.opens_us - first.opens_us
    return (
        FaultPlan(
            "delay", at_s=first.opens_us / _MICROSECONDS,
            for_s=(first.closes_us - first.opens_us) / _MICROSECONDS, share=1.0,
            amount=least_us / _MICROSECONDS, message="SubmitOrder",
        ),
    )  # fmt: skip


def draw_overtaken_prices(draws: Draws, watching: Watching, span_s: float) -> tuple[FaultPlan, ...]:
    """Draw, for worlds with screens, that newer prices overtake older ones on their way there."""
    if watching.conflation_s is None or not draws.chance(_OVERTAKEN):
        return ()
    share = draws.pick((0.3, 0.6))
    return (FaultPlan("reorder", share=share, amount=span_s, message="PriceUpdate"),)


class Leaving(Struct, frozen=True):
    """A user who looks and leaves, what ticks then, and when that is over, in seconds."""

    watching: Watching
    ticks: tuple[Tick, ...] = ()
    until_s: float = 0.0


def draw_leaving(
    draws: Draws, watching: Watching, market: Market, ticks: tuple[Tick, ...], accounts: int
) -> Leaving:
    """Draw, for worlds with screens, a user who logs out for good before the last ticks."""
    if watching.conflation_s is None or not draws.chance(_LEAVERS):
        return Leaving(watching)
    account, symbol = draws.whole(1, accounts), draws.whole(0, len(market.opening) - 1)
    begins_us = draws.whole(1_000, 100_000)
    done = ("watch", "login", "logout")
    own = tuple(
        Step(begins_us + 300_000 * number, _FIRST_ID + number, account, operation,
             symbol if operation == "watch" else -1)
        for number, operation in enumerate(done)
    )  # fmt: skip
    others = tuple(step for step in watching.steps if account not in (step.account, step.user))
    last = [tick.price for tick in ticks if tick.symbol == symbol] or [market.opening[symbol]]
    late_us = max([own[-1].at_us, *(tick.at_us for tick in ticks)]) + _SECOND_THOUGHTS_US
    added = tuple(Tick(late_us + 1_000_000 * n, symbol, last[-1] + n) for n in (1, 2))
    told = Watching(watching.conflation_s, (*others, *own))
    return Leaving(told, added, added[-1].at_us / _MICROSECONDS + 1.0)
