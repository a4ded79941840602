"""Stop orders in a small world, and customers who undo what they have done."""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from simulation.explore.draws import Draws
from simulation.explore.small_world import Step
from simulation.stop_orders import STOP_MARKET

_STOPS: Final = 0.3  # of the worlds
_STOPPED: Final = 0.4  # of the orders there
_UNDOING: Final = 0.3  # of the worlds
_AWAY_BP: Final = (-30, 10, 10, 50, 200)
_LATER_US: Final = (0, 3_000, 300_000)
_BASIS_POINTS: Final = 10_000


def with_stops(steps: tuple[Step, ...], draws: Draws) -> tuple[Step, ...]:
    """Let some orders wait for the price to turn against them instead, if the world has such."""
    if not draws.chance(_STOPS):
        return steps
    orders = {step.command_id: step for step in steps if step.operation == "place"}
    stops = {
        number: _trigger(draws, order) for number, order in orders.items() if draws.chance(_STOPPED)
    }
    return tuple(
        replace(
            step, price_type=STOP_MARKET.value, limit_price=stops[step.command_id], seen_price=0
        )
        if step.operation == "place" and step.command_id in stops
        else step
        for step in steps
    )


def _trigger(draws: Draws, order: Step) -> int:
    """Draw the price that a stop order waits for: mostly beyond the one that its customer sees."""
    seen = order.seen_price or order.limit_price
    offset = seen * draws.pick(_AWAY_BP) // _BASIS_POINTS
    return max(1, seen + offset if order.side == "BUY" else seen - offset)


def with_undos(steps: tuple[Step, ...], draws: Draws) -> tuple[Step, ...]:
    """Let customers undo orders and deposits of theirs, if the world has such customers."""
    own = [step for step in steps if not step.user and step.operation in {"place", "deposit"}]
    if not own or not draws.chance(_UNDOING):
        return steps
    number = max(step.command_id for step in steps)
    undos = []
    for _ in range(draws.whole(1, 4)):
        number += 1
        step = draws.pick(own)
        at_us = step.at_us + draws.whole(0, draws.pick(_LATER_US))
        undos.append(
            Step(
                at_us, number, step.account, "undo", target=step.command_id,
                amount=step.amount if step.operation == "deposit" else 0,
            )
        )  # fmt: skip
    return tuple(sorted((*steps, *undos), key=lambda step: step.at_us))
