"""Cash and shares that come into an account or leave it."""

from __future__ import annotations

from actors.messages.base import Address, CommandId, Message


class DepositCash(Message, frozen=True):
    """Ask for cash to be added to an account."""

    command_id: CommandId
    account: Address
    amount: int
    reply_to: Address = ""


class WithdrawCash(Message, frozen=True):
    """Ask for cash to be paid out; only what is not held can leave."""

    command_id: CommandId
    account: Address
    amount: int
    reply_to: Address = ""


class TransferShares(Message, frozen=True):
    """Ask for shares to be taken in from another broker, with what they once cost in all."""

    command_id: CommandId
    account: Address
    symbol: str
    quantity: int
    cost: int
    reply_to: Address = ""
