"""The commands of customers as frozen values."""

from __future__ import annotations

from typing import Any, ClassVar, Final, TypeAlias

import msgspec

from actors.domain.orders import OrderType, PriceType
from actors.messages.base import CommandId, OrderId

Amount: TypeAlias = str | int
"""Dollars: as text, or whole ones as a number. Decimals become text."""

_LONGEST = 2_000  # bytes of an encoded command
_LONGEST_WORDS = 200
_LONGEST_SHOWN = 60  # characters of a part that is wrong
_MEANT: Final = {
    **dict.fromkeys(("quantity", "account"), "a whole number"),
    **dict.fromkeys(("command_id", "placed_by"), "the whole number of a command"),
    **dict.fromkeys(("amount", "cost"), 'an amount in dollars, like "10000.00",'),
    **dict.fromkeys(("limit_price", "seen_price"), 'a price in dollars, like "150.00",'),
    "price_type": "a price type, like PriceType.LIMIT,",
}

_encode = msgspec.json.Encoder().encode


class Command(msgspec.Struct, frozen=True, tag=True, omit_defaults=True):
    """What a customer wants done, as a value; no two of one customer have the same id.

    Attributes:
        user: Id of whoever it comes from.
    """

    user: str


class AccountCommand(Command, frozen=True):
    """A command to one of its user's accounts.

    Attributes:
        account: Number of the account, from 1.
        command_id: Given when it is carried out. The same one again gets the same answer.
    """

    @property
    def key(self) -> tuple[str, int, CommandId | None]:
        """What two commands have in common if one repeats the other."""
        own: Any = self
        return self.user, own.account, own.command_id


class OrderCommand(AccountCommand, frozen=True):
    """Place an order.

    Attributes:
        limit_price: The worst acceptable price; without one the order is at market.
        price_type: How it is priced, where that does not follow from the limit.
        seen_price: The quote that the customer saw; by default the one that stands when the
            command is carried out.
    """

    order_type: ClassVar[OrderType]
    symbol: str
    quantity: int
    limit_price: Amount | None = None
    account: int = 1
    command_id: CommandId | None = None
    price_type: PriceType | None = None
    seen_price: Amount | None = None

    def priced(self) -> PriceType:
        """Return how the order is priced."""
        if self.price_type is not None:
            return self.price_type
        return PriceType.MARKET if self.limit_price is None else PriceType.LIMIT


class BuyCommand(OrderCommand, frozen=True):
    """Place an order to buy."""

    order_type = OrderType.BUY


class SellCommand(OrderCommand, frozen=True):
    """Place an order to sell."""

    order_type = OrderType.SELL


class CancelOrderCommand(AccountCommand, frozen=True):
    """Take an open order out, named by its id or by the command that placed it."""

    order_id: OrderId = ""
    account: int = 1
    command_id: CommandId | None = None
    placed_by: CommandId = -1


class DepositCommand(AccountCommand, frozen=True):
    """Pay cash in."""

    amount: Amount
    account: int = 1
    command_id: CommandId | None = None


class WithdrawCommand(AccountCommand, frozen=True):
    """Pay cash out."""

    amount: Amount
    account: int = 1
    command_id: CommandId | None = None


class TransferSharesCommand(AccountCommand, frozen=True):
    """Bring shares from another broker, with what they once cost in all."""

    symbol: str
    quantity: int
    cost: Amount
    account: int = 1
    command_id: CommandId | None = None


class CloseAccountCommand(AccountCommand, frozen=True):
    """Close an account for good."""

    account: int = 1
    command_id: CommandId | None = None


class OtherCommand(Command, frozen=True):
    """A command in words: of a kind that moves nothing, or one that cannot be read as meant."""

    kind: str
    content: str


AnyCommand: TypeAlias = (
    BuyCommand | SellCommand | CancelOrderCommand | DepositCommand | WithdrawCommand
    | TransferSharesCommand | CloseAccountCommand | OtherCommand
)  # fmt: skip
KINDS: Final[frozenset[type]] = frozenset(
    {
        BuyCommand, SellCommand, CancelOrderCommand, DepositCommand, WithdrawCommand,
        TransferSharesCommand, CloseAccountCommand,
    }
)  # fmt: skip
"""What can be carried out."""


def read_as_meant(command: Command) -> Any | None:
    """Return a command as a log would give it back, or None if it cannot be kept in one.

    A value is checked by nobody when it is made; so it may hold anything.
    """
    try:
        plain = msgspec.to_builtins(command, builtin_types=(bytes, bytearray, memoryview))
        meant = msgspec.convert(plain, type(command))
        return meant if len(_encode(meant)) <= _LONGEST else None
    except (msgspec.MsgspecError, TypeError, ValueError, OverflowError, RecursionError):
        return None


def what_is_unfit(command: Command) -> str:
    """Say which part of a command cannot be read as meant, and what is meant."""
    for field in msgspec.structs.fields(command):
        value = getattr(command, field.name)
        try:
            msgspec.convert(msgspec.to_builtins(value), field.type)
        except (msgspec.MsgspecError, TypeError, ValueError, OverflowError, RecursionError):
            meant = _MEANT.get(field.name, "text")
            return f"the {field.name.replace('_', ' ')} is {_shown(value)}; {meant} is meant"
    return f"it is longer than the {_LONGEST:,} bytes that a command may have"


def _shown(value: object) -> str:
    try:
        words = ascii(value)
    except Exception:  # a stranger's code, which may raise anything
        return "of a kind that cannot be shown"
    return words if len(words) <= _LONGEST_SHOWN else f"{words[: _LONGEST_SHOWN - 3]}..."


def told_in_words(thing: object, user: object = "") -> OtherCommand:
    """Return what cannot be read as a command in a form that a log can keep."""
    try:
        words = ascii(thing)
    except Exception:  # a stranger's code, which may raise anything
        words = "?"
    content = words if len(words) <= _LONGEST_WORDS else f"{words[: _LONGEST_WORDS - 3]}..."
    who = ascii(user)[1:-1][:_LONGEST_WORDS] if type(user) is str else ""
    return OtherCommand(who, type(thing).__name__[:_LONGEST_WORDS], content)
