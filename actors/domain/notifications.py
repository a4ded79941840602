"""Notifications: which events a customer wants to hear of, and on which channels."""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from actors.domain.money import dollars
from actors.domain.orders import OrderStatus, Word

LONGEST_DESTINATION: Final = 200  # characters; so long is no telephone number and no mailbox


class Channel(Word):
    """A way to reach a customer."""

    CONSOLE = "console"
    EMAIL = "email"
    SMS = "sms"
    PUSH = "push"


class Event(Word):
    """Something that a customer may want to be told of."""

    ORDER_EXECUTED = "order_executed"
    ORDER_CANCELLED = "order_cancelled"
    ORDER_EXPIRED = "order_expired"
    ORDER_REJECTED = "order_rejected"  # by its book: what the account refuses is answered at once
    DEPOSIT = "deposit"
    WITHDRAWAL = "withdrawal"
    PRICE_ALERT = "price_alert"


EVENT_OF_STATUS: Final = {
    OrderStatus.EXECUTED: Event.ORDER_EXECUTED,
    OrderStatus.CANCELLED: Event.ORDER_CANCELLED,
    OrderStatus.EXPIRED: Event.ORDER_EXPIRED,
    OrderStatus.REJECTED: Event.ORDER_REJECTED,
}


class Route(Struct, frozen=True, array_like=True, gc=False):
    """What a customer wants to hear of on one channel.

    Attributes:
        channel: The way.
        to: Where it leads: an e-mail address, a telephone number, the token of a device.
        events: What is sent there, each once.
    """

    channel: Channel
    to: str
    events: tuple[Event, ...]


class Occasion(Struct, frozen=True, array_like=True, gc=False):
    """What has happened, in values: each channel puts it into words of its own.

    Attributes:
        event: What it is.
        about: The order, the transaction or the alert.
        at_us: When, by the account's clock.
        symbol: Of the order or the alert.
        quantity: Shares executed.
        price: Of the execution, or the price that an alert met; 1/10,000 USD.
        amount: Cash moved, 1/10,000 USD.
    """

    event: Event
    about: str
    at_us: int
    symbol: str = ""
    quantity: int = 0
    price: int = 0
    amount: int = 0


class Notification(Struct, frozen=True, array_like=True, gc=False):
    """One occasion for one customer on one channel.

    Attributes:
        producer: Address of the actor that owes it.
        number: The producer numbers what it owes to one channel from 1 upwards.
        user: Whom it is for.
        to: Where it goes.
        occasion: What has happened.
    """

    producer: str
    number: int
    user: str
    to: str
    occasion: Occasion

    @property
    def id(self) -> str:
        """What nobody else on the same channel is called."""
        return f"{self.producer}/{self.number}"


def are_routes(value: object) -> bool:
    """Tell whether something is a customer's preferences: at most one route for each channel."""
    if type(value) is not tuple or not all(is_route(route) for route in value):
        return False
    return len({route.channel for route in value}) == len(value)


def is_route(value: object) -> bool:
    """Tell whether something is a route that can be used, whatever a client may have sent."""
    if type(value) is not Route or type(value.channel) is not Channel:
        return False
    if type(value.events) is not tuple or not all(type(event) is Event for event in value.events):
        return False
    return len(set(value.events)) == len(value.events) and is_destination(value.channel, value.to)


def is_destination(channel: Channel, to: object) -> bool:
    """Tell whether something can be reached on a channel, as far as its looks tell.

    Control characters are never part of one, so that no header or log line can be smuggled in.
    """
    if type(to) is not str or not to.isprintable() or not 0 < len(to) <= LONGEST_DESTINATION:
        return False
    if channel is Channel.EMAIL:
        name, at, host = to.rpartition("@")
        is_bare = to.isascii() and not set(to) & set(' ,;:<>()[]"\\')
        return bool(name and at and host) and is_bare and "@" not in name
    return (
        channel is not Channel.SMS or to.lstrip("+").replace("-", "").replace(" ", "").isdecimal()
    )


def subject_of(occasion: Occasion) -> str:
    """Say in a few words what has happened."""
    match occasion.event:
        case Event.DEPOSIT:
            return f"{dollars(occasion.amount)} came in"
        case Event.WITHDRAWAL:
            return f"{dollars(occasion.amount)} were paid out"
        case Event.PRICE_ALERT:
            return f"{occasion.symbol} is at {dollars(occasion.price)}"
        case event:
            return f"Order {occasion.about} was {event.value.removeprefix('order_')}"


def body_of(occasion: Occasion) -> str:
    """Say in a sentence what has happened."""
    match occasion.event:
        case Event.ORDER_EXECUTED:
            return (
                f"{subject_of(occasion)}: {occasion.quantity:,} {occasion.symbol} "
                f"at {dollars(occasion.price)}."
            )
        case Event.DEPOSIT | Event.WITHDRAWAL:
            return f"{subject_of(occasion)}, as transaction {occasion.about}."
        case Event.PRICE_ALERT:
            return f"{subject_of(occasion)}; you asked to be told when it is {occasion.about}."
        case _:
            return f"{subject_of(occasion)}; nothing more will happen to it."
