"""Who watches what in a small world: log-ins, watch lists, and how often prices may be told."""

from __future__ import annotations

from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from simulation.explore.draws import Draws
from simulation.explore.shapes import Shape
from simulation.explore.small_world import Market, Step

_MICROSECONDS: Final = 1_000_000
_FIRST_ID: Final = 100_000
"""Ids that no other command of a small world has; within an account they rise with time."""
_SHARE: Final = 0.2
_STRANGERS: Final = 0.05
_CONFLATIONS_S: Final = (0.0, 0.05, 0.25, 1.0)
_OPERATIONS: Final = ("login", "login", "logout", "watch", "watch", "watch", "unwatch", "watchlist")


class Watching(Struct, frozen=True):
    """What those who watch prices send, by account and time; no pace where nobody does."""

    conflation_s: float | None = None
    steps: tuple[Step, ...] = ()

    def added_to(self, steps: tuple[Step, ...]) -> tuple[Step, ...]:
        """Return all steps, by time."""
        return tuple(sorted((*steps, *self.steps), key=lambda step: step.at_us))


def draw_watching(draws: Draws, shape: Shape, market: Market, accounts: int) -> Watching:
    """Draw whether anybody watches prices, and what they send."""
    if not draws.chance(_SHARE):
        return Watching()
    steps: list[Step] = []
    for account in range(1, accounts + 1):
        span_us = int(shape.span_s * _MICROSECONDS)
        times = sorted(draws.whole(0, span_us) for _ in range(draws.whole(1, 6)))
        for number, at_us in enumerate(times):
            operation = draws.pick(_OPERATIONS) if number else "login"
            needs_symbol = operation in {"watch", "unwatch"}
            symbol = draws.whole(0, len(market.opening) - 1) if needs_symbol else -1
            command_id = _FIRST_ID + len(steps)
            steps.append(Step(at_us, command_id, account, operation, symbol))
    conflation_s = draws.pick(_CONFLATIONS_S)
    return Watching(conflation_s, (*steps, *_draw_strangers(draws, steps, accounts)))


def _draw_strangers(draws: Draws, steps: list[Step], accounts: int) -> list[Step]:
    """Let users send some of what others send, under ids of their own."""
    copied = [step for step in steps if draws.chance(_STRANGERS)]
    return [
        replace(step, command_id=_FIRST_ID + number, user=1 + step.account % accounts)
        for number, step in enumerate(copied, len(steps))
    ]
