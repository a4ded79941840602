"""Cash and shares that come into an account or leave it, and its closing."""

from __future__ import annotations

from actors.messages.base import Address, CommandId, Message


class ForgetCommands(Message, frozen=True):
    """Tell an account that its client has the last word on every command below a number.

    Only a client that numbers its commands upwards, and is alone with its account, may say so;
    or one that is alone with the numbers from `since` on.
    """

    account: Address
    below: CommandId
    user: str = ""
    since: CommandId = 0


class DepositCash(Message, frozen=True):
    """Ask for cash to be added to an account."""

    command_id: CommandId
    account: Address
    amount: int
    reply_to: Address = ""
    user: str = ""


class WithdrawCash(Message, frozen=True):
    """Ask for cash to be paid out; only what is not held can leave."""

    command_id: CommandId
    account: Address
    amount: int
    reply_to: Address = ""
    user: str = ""


class TransferShares(Message, frozen=True):
    """Ask for shares to be taken in from another broker, with what they once cost in all."""

    command_id: CommandId
    account: Address
    symbol: str
    quantity: int
    cost: int
    reply_to: Address = ""
    user: str = ""


class CloseAccount(Message, frozen=True):
    """Ask for an account to be closed, for good; it must be empty."""

    command_id: CommandId
    account: Address
    reply_to: Address = ""
    user: str = ""
