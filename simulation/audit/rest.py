"""Judges the end of a run: everything has come to rest, and enough was accepted (A05, A16, A17)."""

from __future__ import annotations

from collections.abc import Mapping

from actors.domain.money import dollars
from actors.messages.base import Address, CommandId
from simulation.audit.findings import shares
from simulation.audit.model import PENDING, Order, Question
from simulation.audit.world import World


def check_rest(world: World, questions: Mapping[tuple[Address, CommandId], Question]) -> None:
    """Report whatever is still on its way, unanswered or unconfirmed."""
    _check_legs(world)
    for order in list(world.orders.values()):
        _check_order(world, order)
    for account in world.accounts.values():
        for command_id in [n for n, knows in account.repeated.items() if knows is None]:
            world.report(
                "A16", f"command {command_id} of {account.address} was taken in, and its client "
                "was told BUSY and nothing else",
            )  # fmt: skip
        for command_id, asked in account.pending.items():
            if not account.has_forgotten(command_id):
                message = getattr(asked, "message", asked)
                world.report(
                    "A16", f"command {command_id} of {account.address} was never answered",
                    cause=message,
                )  # fmt: skip
    for (client, command_id), question in questions.items():
        world.report(
            "A16", f"command {command_id} of {client} was never answered", cause=question.message
        )


def check_accepted(world: World, accepted: int, refused: int, least_share: float) -> int:
    """Report a run that took in too small a share of its orders.

    Returns:
        How many checks this was: 0 if there was no order.
    """
    orders = accepted + refused
    if orders and accepted < least_share * orders:
        world.report(
            "A17", f"{accepted:,} of {orders:,} orders were accepted, {accepted / orders:.1%}; at "
            f"least {least_share:.1%} must be",
        )  # fmt: skip
    return 1 if orders else 0


def _check_legs(world: World) -> None:
    for leg in world.legs.values():
        world.report(
            "A05", f"execution {leg.execution_id} ({leg.order_type.value} {leg.quantity:,} at "
            f"{dollars(leg.price)}) was never applied by {leg.account}", leg.order_id, leg,
        )  # fmt: skip


def _check_order(world: World, order: Order) -> None:
    what = _unfinished(order)
    if what:
        placed = order.placed
        world.report(
            "A16", f"{placed.order_type.value} {shares(placed.quantity, placed.symbol)} of "
            f"{order.account}: {what}", placed.order_id,
        )  # fmt: skip


def _unfinished(order: Order) -> str:
    """Say what is missing; an order that waits in its book for its price misses nothing."""
    if not order.entered and order.ending is None:
        return "the book does not know the order"
    if order.status is PENDING and order.ending is not None:
        return f"the book has ended the order ({order.ending.value}), the account has not closed it"
    if order.status is PENDING and not order.submitted:
        return "the account does not know that the book has the order"
    if order.status is PENDING:
        return "a cancel has not reached the book" if order.cancels else ""
    if order.unconfirmed > 0:
        return f"{order.unconfirmed} reports of the book are not confirmed"
    return "the client that asked for the order was never told how it ended"
