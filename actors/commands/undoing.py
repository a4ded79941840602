"""What undoes a command, where anything does."""

from __future__ import annotations

from typing import Any, Final

from actors.commands.entries import Entry, Outcome
from actors.commands.values import (
    CancelOrderCommand,
    CloseAccountCommand,
    Command,
    DepositCommand,
    OrderCommand,
    OtherCommand,
    TransferSharesCommand,
    WithdrawCommand,
)

_WHY_NOT: Final[dict[type[Command], str]] = {
    WithdrawCommand: "the money has left the brokerage; whoever has it may deposit it",
    CancelOrderCommand: "an order that was taken out has lost its turn; place a new one",
    TransferSharesCommand: "the shares were taken in from another broker; sell them instead",
    CloseAccountCommand: "an account is closed for good; open another one",
    OtherCommand: "nothing is known that would undo it",
}


class CannotUndo(ValueError):  # noqa: N818 - named for what it says
    """A command that cannot be undone, or not any more; says why."""


def reversal_of(entry: Entry) -> Command:
    """Return the command that undoes an entry.

    Raises:
        CannotUndo: There is none.
    """
    why_not = _obstacle(entry)
    if why_not:
        raise CannotUndo(f"entry {entry.number} cannot be undone: {why_not}")
    command: Any = entry.command
    if isinstance(command, OrderCommand):
        return CancelOrderCommand(command.user, entry.order_id, command.account)
    return WithdrawCommand(command.user, command.amount, command.account)


def _obstacle(entry: Entry) -> str:
    """Return why an entry cannot be undone; empty if it can."""
    if entry.undone_by is not None:
        return f"entry {entry.undone_by} undoes it already"
    if entry.outcome is Outcome.REFUSED:
        return "it was refused, so that there is nothing to undo"
    if entry.outcome is Outcome.UNANSWERED:
        return "nobody knows what became of it; repeat it first"
    if isinstance(entry.command, OrderCommand):
        return _obstacle_of_order(entry.outcome)
    if isinstance(entry.command, DepositCommand):
        return ""
    return _WHY_NOT[type(entry.command)]


def _obstacle_of_order(outcome: Outcome) -> str:
    if outcome is Outcome.EXECUTED:
        return "an execution stands; place an order the other way"
    return "" if outcome is Outcome.ACCEPTED else f"its order has ended: {outcome.value}"
