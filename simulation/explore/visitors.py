"""What else happens at the door of a small world: strangers, openings, closings, looking back."""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from simulation.explore.draws import Draws
from simulation.explore.small_world import Step

_STRANGERS: Final = 0.3  # of the worlds
_CLOSINGS: Final = 0.3
_OPENINGS: Final = 0.25
_IMPATIENT: Final = 0.3  # of those who open a further account: they ask twice
_HASTY: Final = 0.1  # of their commands, before it is open
_LOOKING_BACK: Final = 0.3
_LOOKING_UP: Final = 0.25
_SOON_US: Final = 3_000
_FURTHER: Final = 2  # which of a customer's accounts
_STAKE: Final = 50_000_000  # 1/10,000 USD


def with_strangers(steps: tuple[Step, ...], accounts: int, draws: Draws) -> tuple[Step, ...]:
    """Let users send some of the commands of others, under ids of their own."""
    if not draws.chance(_STRANGERS):
        return steps
    number = max(step.command_id for step in steps)
    intruding = []
    for _ in range(draws.whole(1, 3)):
        number += 1
        step = draws.pick(steps)
        user = 1 + (step.account + draws.whole(0, accounts - 2)) % accounts
        at_us = step.at_us + draws.whole(0, _SOON_US)
        intruding.append(replace(step, at_us=at_us, command_id=number, user=user))
    return _by_time(steps, intruding)


def with_closings(
    steps: tuple[Step, ...], accounts: int, draws: Draws
) -> tuple[tuple[Step, ...], int]:
    """Let customers close their accounts: one that is in use, and one more that never was.

    Returns:
        The steps, and how many accounts there are.
    """
    if not draws.chance(_CLOSINGS):
        return steps, accounts
    number = max(step.command_id for step in steps)
    last_us = max(step.at_us for step in steps)
    unused, at_us = accounts + 1, draws.whole(0, last_us)
    added = [
        Step(draws.whole(0, last_us), number + 1, draws.whole(1, accounts), "close"),
        Step(at_us, number + 2, unused, "close"),
        Step(at_us + draws.whole(0, _SOON_US), number + 3, unused, "deposit", amount=10_000),
    ]
    return _by_time(steps, added), unused


def with_openings(steps: tuple[Step, ...], accounts: int, draws: Draws) -> tuple[Step, ...]:
    """Let a customer open a further account on the way, pay in, trade, and maybe close it."""
    orders = [step for step in steps if step.operation == "place" and not step.user]
    if not orders or not draws.chance(_OPENINGS):
        return steps
    number = max(step.command_id for step in steps) + 1
    last_us, account = max(step.at_us for step in steps), draws.whole(1, accounts)
    opening = Step(draws.whole(0, last_us), number, account, "open", which=_FURTHER)
    deposit = Step(0, 0, account, "deposit", amount=_STAKE)
    later = [
        deposit, replace(deposit, user=1 + account % accounts),
        *(replace(draws.pick(orders), account=account) for _ in range(3)),
        Step(0, 0, account, "withdraw", amount=_STAKE // 2),
        Step(0, 0, account, "portfolio"), Step(0, 0, account, "close"),
    ]  # fmt: skip
    own = [opening]
    for place, step in enumerate(later, 1):
        at_us = opening.at_us + draws.whole(0, _SOON_US if step is deposit else last_us)
        if draws.chance(_HASTY):
            at_us = max(0, opening.at_us - draws.whole(0, _SOON_US))
        own.append(replace(step, at_us=at_us, command_id=number + place, which=_FURTHER))
    if draws.chance(_IMPATIENT):
        own.append(replace(opening, at_us=opening.at_us + draws.whole(0, _SOON_US)))
    return _by_time(steps, own)


def with_questions(steps: tuple[Step, ...], symbols: int, draws: Draws) -> tuple[Step, ...]:
    """Let customers ask for past prices, and for what they want to be told of."""
    if not draws.chance(_LOOKING_BACK):
        return steps
    number = max(step.command_id for step in steps)
    asking = []
    for _ in range(draws.whole(1, 4)):
        number += 1
        step = draws.pick(steps)
        at_us = step.at_us + draws.whole(0, _SOON_US)
        if draws.chance(0.5):
            symbol = draws.whole(0, symbols - 1)
            asking.append(Step(at_us, number, step.account, "history", symbol))
        else:
            asking.append(Step(at_us, number, step.account, "preferences"))
    return _by_time(steps, asking)


def with_records(steps: tuple[Step, ...], draws: Draws) -> tuple[Step, ...]:
    """Let customers look up their orders and transactions."""
    if not draws.chance(_LOOKING_UP):
        return steps
    number = max(step.command_id for step in steps)
    asking = []
    for place in range(draws.whole(1, 4)):
        step = draws.pick(steps)
        operation = "orders" if draws.chance(0.3) else "transactions"
        at_us = step.at_us + draws.whole(0, _SOON_US)
        asking.append(Step(at_us, number + place + 1, step.account, operation))
    return _by_time(steps, asking)


def _by_time(steps: tuple[Step, ...], added: list[Step]) -> tuple[Step, ...]:
    return tuple(sorted((*steps, *added), key=lambda step: step.at_us))
