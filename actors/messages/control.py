"""What the operator of the brokerage says to its actors."""

from __future__ import annotations

from actors.messages.base import Address, CommandId, Message


class Remind(Message, frozen=True):
    """Ask an actor to send again what nobody has confirmed; its runtime says so."""


class Alarm(Message, frozen=True):
    """Tell the operators of something that should not last."""

    sentence: str


class RegisterAccount(Message, frozen=True):
    """Tell the exchange that an account takes commands, and whose; it answers whom it is told."""

    account: Address
    user: str
    command_id: CommandId = -1
    reply_to: Address = ""


class AccountReady(Message, frozen=True):
    """Tell that commands for a new account are taken from here on."""

    command_id: CommandId
    account: Address
