"""What comes late in some small worlds: orders, prices, and ticks when a user has left."""

from __future__ import annotations

from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from actors.domain.market_hours import Hours
from simulation.explore.draws import Draws
from simulation.explore.small_world import Market, Step, Tick
from simulation.explore.watchers import Watching
from simulation.plan import FaultPlan

_MICROSECONDS: Final = 1_000_000
_FIRST_ID: Final = 200_000
"""Ids that no other command of a small world has."""
_FIRST_ORDER: Final = 300_000
_LATE_ORDERS: Final = 0.8  # of the worlds with faults and two sessions
_LAST_ORDERS: Final = 3
_BEFORE_CLOSE_US: Final = 30_000
_MEDIAN_DELAY: Final = 1.57  # times the least; the tail is Pareto's
_OVERTAKEN: Final = 0.8  # of the even ones with faults and screens
_HELD_UP_S: Final = 1.0
_LEAVERS: Final = 0.5  # of those with screens
_SECOND_THOUGHTS_US: Final = 6_000_000  # then a screen that is dark must stay dark


class LastMinute(Struct, frozen=True):
    """Orders just before a close, and what keeps them from their books until the next session."""

    steps: tuple[Step, ...]
    faults: tuple[FaultPlan, ...] = ()


def draw_last_minute(draws: Draws, hours: Hours, steps: tuple[Step, ...]) -> LastMinute:
    """Draw, for worlds with two sessions, orders that reach their books in the second one."""
    orders = [step for step in steps if step.operation == "place" and not step.user]
    if len(hours.sessions) < 2 or not orders or not draws.chance(_LATE_ORDERS):
        return LastMinute(steps)
    first, second = hours.sessions[:2]
    at_us = first.closes_us - min(_BEFORE_CLOSE_US, (first.closes_us - first.opens_us) // 2)
    again = tuple(
        replace(draws.pick(orders), at_us=at_us, command_id=_FIRST_ORDER + number)
        for number in range(_LAST_ORDERS)
    )
    # Half of all delays are this long at most, and none is shorter than the least.
    middle_us = (second.opens_us + second.closes_us) // 2 - at_us
    least_us = max(second.opens_us - at_us, int(middle_us / _MEDIAN_DELAY))
    late = FaultPlan(
        "delay", at_s=at_us / _MICROSECONDS,
        for_s=(first.closes_us - at_us + _BEFORE_CLOSE_US) / _MICROSECONDS, share=1.0,
        amount=least_us / _MICROSECONDS, message="SubmitOrder",
    )  # fmt: skip
    return LastMinute(tuple(sorted((*steps, *again), key=lambda step: step.at_us)), (late,))


def draw_overtaken_prices(draws: Draws, watching: Watching) -> tuple[FaultPlan, ...]:
    """Draw, for worlds with screens, that newer prices overtake older ones on their way there.

    Nothing else goes wrong then, so that it can be told which price a screen should show.
    """
    if watching.conflation_s is None or not draws.chance(_OVERTAKEN):
        return ()
    share = draws.pick((0.3, 0.6))
    return (FaultPlan("reorder", share=share, amount=_HELD_UP_S, message="PriceUpdate"),)


def is_gentle(faults: tuple[FaultPlan, ...]) -> bool:
    """Tell whether faults only let prices overtake each other, if there are any at all."""
    return all(fault.kind == "reorder" and fault.message == "PriceUpdate" for fault in faults)


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
