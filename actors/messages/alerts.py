"""Price alerts: from a customer's account to those who watch a symbol's price, and back."""

from __future__ import annotations

from msgspec import Struct

from actors.domain.notifications import Route
from actors.domain.thresholds import Direction
from actors.messages.base import Address, CommandId, Message


class SetAlert(Message, frozen=True):
    """Ask to be told when a stock is at a price or beyond; its `command_id` is the alert's name.

    One that repeats fires again after the price has been on the other side.
    """

    command_id: CommandId
    account: Address
    symbol: str
    direction: Direction
    price: int
    repeats: bool = False
    reply_to: Address = ""
    user: str = ""


class RemoveAlert(Message, frozen=True):
    """Ask for an alert to be forgotten, named by the command that set it."""

    command_id: CommandId
    account: Address
    alert: CommandId
    reply_to: Address = ""
    user: str = ""


class ArmAlert(Message, frozen=True):
    """Ask those who watch a symbol's price to wait for a threshold."""

    account: Address
    number: int  # of what the account has asked of this symbol, from 1
    alert: CommandId
    direction: Direction
    price: int
    repeats: bool


class DisarmAlert(Message, frozen=True):
    """Ask those who watch a symbol's price to wait no more for what was asked under a number."""

    account: Address
    number: int
    armed_by: int


class FireMore(Message, frozen=True):
    """Remind those who watch a price of alerts that it has met; their own timer says so."""


class AlertTriggered(Message, frozen=True):
    """Tell an account that a price has met an alert's threshold."""

    number: int  # of what the account was told by this symbol's alerts, from 1
    alert: CommandId
    price: int


class AlertLine(Struct, frozen=True, array_like=True, gc=False):
    """An alert as its customer sees it; `number` is of the request that armed it."""

    alert: CommandId
    number: int
    symbol: str
    direction: Direction
    price: int
    repeats: bool


class PreferencesAnswer(Message, frozen=True):
    """Tell what a customer wants to be told of, and which alerts are set."""

    command_id: CommandId
    account: Address
    routes: tuple[Route, ...]
    alerts: tuple[AlertLine, ...]
