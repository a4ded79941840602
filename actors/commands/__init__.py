"""Commands as values: queued, carried out, logged, undone and replayed."""

from __future__ import annotations

from actors.commands.entries import Entry, Outcome
from actors.commands.files import read_log
from actors.commands.log import CannotUndo, CommandLog
from actors.commands.values import (
    BuyCommand,
    CancelOrderCommand,
    CloseAccountCommand,
    Command,
    DepositCommand,
    OtherCommand,
    SellCommand,
    TransferSharesCommand,
    WithdrawCommand,
)

__all__ = [
    "BuyCommand",
    "CancelOrderCommand",
    "CannotUndo",
    "CloseAccountCommand",
    "Command",
    "CommandLog",
    "DepositCommand",
    "Entry",
    "OtherCommand",
    "Outcome",
    "SellCommand",
    "TransferSharesCommand",
    "WithdrawCommand",
    "read_log",
]
