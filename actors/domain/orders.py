"""Orders: their words, the table of their statuses, and the reasons to refuse one."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType
from typing import Final

from msgspec import Struct


class Word(Enum):
    """An enumeration whose members are found quickly in tables.

    Members are equal only to themselves, so their identity is their hash; the hash that
    `Enum` brings runs as Python code at every look-up.
    """

    __hash__ = object.__hash__


class OrderType(Word):
    """What an order does to its account's shares."""

    BUY = "BUY"
    SELL = "SELL"


class PriceType(Word):
    """How an order is priced; `add_strategy` adds to these.

    Iterating yields the brokerage's own two. What is added is found by its name, in a journal
    that is opened again, too.
    """

    MARKET = "MARKET"
    LIMIT = "LIMIT"

    @classmethod
    def _missing_(cls, value: object) -> PriceType | None:
        return _ADDED.get(value)

    @classmethod
    def added(cls, name: str) -> PriceType:
        """Return the price type of this name, made if there is none yet."""
        member = _ADDED.get(name)
        if member is None:
            member = _ADDED[name] = object.__new__(cls)
            member._name_ = member._value_ = name
        return member


_ADDED: Final[dict[object, PriceType]] = {}


class OrderStatus(Word):
    """Where an order stands, as its account knows it."""

    PENDING = "PENDING"
    EXECUTED = "EXECUTED"
    CANCELLED = "CANCELLED"
    REJECTED = "REJECTED"
    EXPIRED = "EXPIRED"


TRANSITIONS: Final[Mapping[OrderStatus, frozenset[OrderStatus]]] = MappingProxyType(
    {
        OrderStatus.PENDING: frozenset(
            {
                OrderStatus.EXECUTED,
                OrderStatus.CANCELLED,
                OrderStatus.REJECTED,  # also by the book: a market order whose price ran away
                OrderStatus.EXPIRED,
            }
        ),
        OrderStatus.EXECUTED: frozenset(),
        OrderStatus.CANCELLED: frozenset(),
        OrderStatus.REJECTED: frozenset(),
        OrderStatus.EXPIRED: frozenset(),
    }
)


class IllegalTransition(ValueError):  # noqa: N818 - named for what happened
    """A status that may not follow the one before it."""


def is_open(status: OrderStatus) -> bool:
    """Tell whether anything can still become of an order."""
    return bool(TRANSITIONS[status])


def may_follow(before: OrderStatus, after: OrderStatus) -> bool:
    """Tell whether an order may go from one status to the other in one step."""
    return after in TRANSITIONS[before]


def advance(before: OrderStatus, after: OrderStatus) -> OrderStatus:
    """Return the status after a legal step.

    Raises:
        IllegalTransition: `after` may not follow `before`.
    """
    if not may_follow(before, after):
        allowed = ", ".join(_names(TRANSITIONS[before])) or "nothing"
        raise IllegalTransition(
            f"{after.value} may not follow {before.value}; what may follow is {allowed}"
        )
    return after


def transitions_diagram() -> str:
    """Draw TRANSITIONS as a Mermaid state diagram."""
    later = frozenset[OrderStatus]().union(*TRANSITIONS.values())
    first = [status for status in OrderStatus if status not in later]
    steps = [f"[*] --> {status.value}" for status in first]
    for before in OrderStatus:
        steps += [f"{before.value} --> {after}" for after in _names(TRANSITIONS[before])]
    steps += [f"{status.value} --> [*]" for status in OrderStatus if not is_open(status)]
    return "\n    ".join(["stateDiagram-v2", *steps]) + "\n"


def _names(statuses: frozenset[OrderStatus]) -> list[str]:
    """Return names in the order of declaration: that of a set differs between processes."""
    return [status.value for status in OrderStatus if status in statuses]


class Reason(Word):
    """Why something was refused, in order of precedence: the first that applies is given.

    Two are given as soon as they are seen, before anything that only the account knows: BUSY by
    the door, DUPLICATE_COMMAND by the account.

    Attributes:
        sentence: The reason in words, for people.
    """

    sentence: str

    def __new__(cls, value: str, sentence: str) -> Reason:
        """Make a member from its code and its sentence."""
        reason = object.__new__(cls)
        reason._value_ = value
        reason.sentence = sentence
        return reason

    INVALID_COMMAND = "invalid_command", "A part of the command is of the wrong kind or too long."
    UNKNOWN_SYMBOL = "unknown_symbol", "No stock is listed under this symbol."
    UNKNOWN_ACCOUNT = "unknown_account", "There is no such account."
    NOT_OWNER = "not_owner", "The account is not this user's."
    INVALID_ORDER = (
        "invalid_order",
        "An order is to BUY or to SELL, at MARKET, at a LIMIT, or as its strategy allows.",
    )
    INVALID_QUANTITY = (
        "invalid_quantity",
        "The quantity must be a whole number from 1 to 10,000,000, with what is held as well.",
    )
    INVALID_PRICE = "invalid_price", "The price is missing, out of place, or out of range."
    INVALID_AMOUNT = (
        "invalid_amount",
        "The amount must be positive, in whole 1/10,000 USD, and not more than can be counted.",
    )
    ACCOUNT_CLOSED = "account_closed", "The account is closed."
    MARKET_CLOSED = "market_closed", "The market is closed."
    INSUFFICIENT_FUNDS = "insufficient_funds", "The available cash does not cover this."
    INSUFFICIENT_SHARES = "insufficient_shares", "Not so many shares are available."
    ACCOUNT_NOT_EMPTY = (
        "account_not_empty",
        "The account has cash, shares or open orders; it must be empty to be closed.",
    )
    UNKNOWN_ORDER = "unknown_order", "The account has no such order."
    TOO_LATE = "too_late", "The order has already come to its end."
    BUSY = "busy", "Too many commands are in flight; try again later."
    DUPLICATE_COMMAND = "duplicate_command", "This command id was used for another command."
    PRICE_RAN_AWAY = "price_ran_away", "The price left the range that the customer had accepted."
    LIST_FULL = "list_full", "There is no room for more on this watch list, or for more lists."
    INVALID_PREFERENCES = (
        "invalid_preferences",
        "Preferences are at most one route for each channel, to where that channel can lead.",
    )
    UNKNOWN_ALERT = "unknown_alert", "The account has no such alert."
    ALERT_LIMIT = "alert_limit", "The account has as many alerts as it may have."


class Order(Struct, frozen=True, gc=False):
    """A validated instruction of a customer; made by `OrderFactory`.

    Attributes:
        symbol: What is bought or sold.
        order_type: Buy or sell.
        price_type: At market or at a limit.
        quantity: Shares, 1 to MAX_QUANTITY.
        limit_price: Worst acceptable price of a limit order, None for a market order.
        seen_price: The quote that the customer saw; a market order always has one.
    """

    symbol: str
    order_type: OrderType
    price_type: PriceType
    quantity: int
    limit_price: int | None = None
    seen_price: int | None = None
