"""Commands of customers and the messages that carry them: each made from the other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from actors.addresses import account_of
from actors.commands.values import (
    BuyCommand,
    CancelOrderCommand,
    CloseAccountCommand,
    Command,
    DepositCommand,
    SellCommand,
    TransferSharesCommand,
    WithdrawCommand,
    read_as_meant,
    told_in_words,
)
from actors.domain.money import dollars, money
from actors.domain.orders import OrderType
from actors.messages.alerts import RemoveAlert, SetAlert
from actors.messages.base import Address, CommandId
from actors.messages.funds import CloseAccount, DepositCash, TransferShares, WithdrawCash
from actors.messages.notifications import SetPreferences
from actors.messages.orders import CancelOrder, PlaceOrder
from actors.messages.watching import UnwatchSymbol, WatchSymbol

_BUY: Final = OrderType.BUY


def _order(message: PlaceOrder, account: int) -> Command:
    kind = BuyCommand if message.order_type is _BUY else SellCommand
    return kind(
        message.user, message.symbol, message.quantity, _shown(message.limit_price), account,
        message.command_id, message.price_type, _shown(message.seen_price),
    )  # fmt: skip


def _cancel(message: CancelOrder, account: int) -> Command:
    return CancelOrderCommand(
        message.user, message.order_id, account, message.command_id, message.placed_by
    )


def _deposit(message: DepositCash, account: int) -> Command:
    return DepositCommand(message.user, _shown(message.amount), account, message.command_id)


def _withdraw(message: WithdrawCash, account: int) -> Command:
    return WithdrawCommand(message.user, _shown(message.amount), account, message.command_id)


def _transfer(message: TransferShares, account: int) -> Command:
    return TransferSharesCommand(
        message.user, message.symbol, message.quantity, _shown(message.cost), account,
        message.command_id,
    )  # fmt: skip


def _close(message: CloseAccount, account: int) -> Command:
    return CloseAccountCommand(message.user, account, message.command_id)


_READERS: Final[dict[type, Callable[[Any, int], Command]]] = {
    PlaceOrder: _order,
    CancelOrder: _cancel,
    DepositCash: _deposit,
    WithdrawCash: _withdraw,
    TransferShares: _transfer,
    CloseAccount: _close,
}

_IN_WORDS: Final[frozenset[type]] = frozenset(
    {SetPreferences, SetAlert, RemoveAlert, WatchSymbol, UnwatchSymbol}
)
"""Commands that move neither cash nor shares: the log tells them, and cannot replay them."""


def command_of(message: Any) -> Any | None:
    """Return the command that a message carries, or None where it is a mere question."""
    reader = _READERS.get(type(message))
    if reader is None:
        return told_in_words(message, message.user) if type(message) in _IN_WORDS else None
    account = _number_of(message.account, message.user)
    command = read_as_meant(reader(message, account)) if account else None
    return told_in_words(message, message.user) if command is None else command


def message_of(command: Any, command_id: CommandId, client: Address) -> Any:
    """Return the message that carries a command other than an order.

    Raises:
        InvalidAmount: What should be an amount is none.
    """
    target = account_of(command.user, command.account)
    tail = client, command.user
    match command:
        case DepositCommand():
            return DepositCash(command_id, target, money(command.amount), *tail)
        case WithdrawCommand():
            return WithdrawCash(command_id, target, money(command.amount), *tail)
        case TransferSharesCommand():
            cost = money(command.cost)
            return TransferShares(command_id, target, command.symbol, command.quantity, cost, *tail)
        case CancelOrderCommand():
            return CancelOrder(command_id, target, command.order_id, command.placed_by, *tail)
        case _:
            return CloseAccount(command_id, target, *tail)


def _shown(units: Any) -> Any:
    """Return an amount in dollars as text; whatever else a client has sent, as it is."""
    return dollars(units).replace("$", "") if type(units) is int else units


def _number_of(address: object, user: object) -> int:
    """Return the number of a user's account, or 0 for what is not the address of one."""
    if type(address) is not str or type(user) is not str:
        return 0
    number = address.rpartition("-")[2]
    is_number = number.isascii() and number.isdecimal() and len(number) < 10
    return int(number) if is_number and address == account_of(user, int(number)) else 0
