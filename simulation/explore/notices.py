"""What the customers of a small world want to be told of, and how its channels behave."""

from __future__ import annotations

from typing import Final

from actors.domain.notifications import Channel, Event
from actors.domain.thresholds import Direction
from simulation.explore.draws import Draws
from simulation.explore.small_world import Market, Step, Tick
from simulation.notification_plan import ChannelPlan, OutagePlan

_MICROSECONDS: Final = 1_000_000
_BASIS_POINTS: Final = 10_000
_AWAY_BP: Final = (-200, -50, -10, 10, 50, 200)
_CHANNELS: Final = tuple(channel.value for channel in Channel)
_EVENTS: Final = tuple(event.value for event in Event)


def draw_channels(draws: Draws, faulty_s: float) -> tuple[ChannelPlan, ...]:
    """Draw one or two channels, from quick ones to slow ones that fail and are gone for a while."""
    names = [draws.pick(_CHANNELS)]
    if draws.chance(0.5):
        names += [name for name in [draws.pick(_CHANNELS)] if name not in names]
    drawn = {name: _draw_channel(draws, name, faulty_s) for name in names}
    return tuple(drawn[name] for name in _CHANNELS if name in drawn)


def _draw_channel(draws: Draws, name: str, faulty_s: float) -> ChannelPlan:
    outages: tuple[OutagePlan, ...] = ()
    if draws.chance(0.3):
        outages = (OutagePlan(draws.between(0.0, faulty_s), draws.between(0.1, 5.0)),)
    return ChannelPlan(
        name, 1.0, draws.pick((1, 1, 3)), draws.pick((2.0, 50.0)), draws.pick((0.01, 0.3)),
        draws.pick((0.0, 0.3)), draws.pick((0.0, 0.1)), draws.pick((0.4, 10.0)),
        draws.pick((100_000, 100_000, 1)), outages,
    )  # fmt: skip


def draw_wishes(
    draws: Draws, channels: tuple[ChannelPlan, ...], thresholds: tuple[tuple[int, int], ...],
    steps: tuple[Step, ...], accounts: int,
) -> tuple[Step, ...]:  # fmt: skip
    """Draw what customers want to hear, and alerts: some twice, some removed again.

    Who closes an account has set one more before.

    Args:
        draws: Where chance comes from.
        channels: By which customers may be told.
        thresholds: Numbers of stocks, and prices that their alerts may wait for.
        steps: What customers send besides.
        accounts: How many there are.
    """
    end_us = max(step.at_us for step in steps)
    next_id = max(step.command_id for step in steps) + 1
    drawn: list[Step] = []
    for account in range(1, accounts + 1):
        for number in range(draws.whole(1, 2)):
            wishes = " ".join(_draw_wish(draws, channel.channel) for channel in channels)
            at_us = draws.whole(0, end_us) if number else 0
            drawn.append(Step(at_us, next_id, account, "prefer", wishes=wishes))
            next_id += 1
        for _ in range(draws.whole(0, 4)):
            symbol, price = draws.pick(thresholds)
            alert = _draw_alert(draws, symbol, price, next_id, account, end_us)
            drawn.append(alert)
            next_id += 1
            if draws.chance(0.3):
                at_us = draws.whole(alert.at_us, end_us + 1)
                drawn.append(Step(at_us, next_id, account, "unalert", target=alert.command_id))
                next_id += 1
    again = [step for step in drawn if draws.chance(0.2)]
    for close in [step for step in steps if step.operation == "close"]:
        symbol, price = draws.pick(thresholds)
        drawn.append(_draw_alert(draws, symbol, price, next_id, close.account, close.at_us // 2))
        next_id += 1
    return tuple(sorted([*steps, *drawn, *again], key=lambda step: step.at_us))


def _draw_wish(draws: Draws, channel: str) -> str:
    share = draws.pick((0.3, 1.0, 1.0))
    return f"{channel}:{'+'.join(event for event in _EVENTS if draws.chance(share))}"


def thresholds_of(
    draws: Draws, market: Market, ticks: tuple[Tick, ...]
) -> tuple[tuple[int, int], ...]:
    """Draw prices for alerts: around the first ones, and some that will be met exactly."""
    around = [
        (symbol, max(1, price + price * away_bp // _BASIS_POINTS))
        for symbol, price in enumerate(market.opening)
        for away_bp in _AWAY_BP
    ]
    met = [(tick.symbol, tick.price) for tick in ticks if draws.chance(0.5)]
    return (*around, *met)


def _draw_alert(
    draws: Draws, symbol: int, price: int, number: int, account: int, end_us: int
) -> Step:
    return Step(
        draws.whole(0, end_us), number, account, "alert", symbol,
        quantity=draws.pick((0, 1)), limit_price=price,
        direction=draws.pick(tuple(direction.value for direction in Direction)),
    )  # fmt: skip
