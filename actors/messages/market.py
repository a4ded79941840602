"""Prices, from their source to those who follow them."""

from __future__ import annotations

from actors.messages.base import Address, Message


class SetPrice(Message, frozen=True):
    """Ask a stock to take a new price."""

    price: int
    due_us: int = -1  # when its source says that it became true; -1 where nobody asks


class PriceChanged(Message, frozen=True):
    """Tell a follower the price of a stock; `number` rises by one with each change.

    Attributes:
        asked_us: The `asked_us` of the `FollowPrice` that it answers; 0 for none.
    """

    symbol: str
    number: int
    price: int
    asked_us: int = 0


class PriceAck(Message, frozen=True):
    """Tell a stock the number of the latest price that its sender durably knows."""

    number: int


class FollowPrice(Message, frozen=True):
    """Ask a stock to tell `follower` each price, beginning with the current one.

    Attributes:
        asked_us: What the answer is to be known by; 0 where any price will do.
    """

    follower: Address
    asked_us: int = 0


class ListStock(Message, frozen=True):
    """Tell the exchange or the market data that a stock can be traded."""

    symbol: str
    name: str


class PrepareSearch(Message, frozen=True):
    """Remind the market data to make the index of what was listed; its own timer says so."""


class LookAtClock(Message, frozen=True):
    """Ask a book to open or to close the session that its own clock has come to."""


class CloseSession(Message, frozen=True):
    """Ask a book to expire what waits, because its own clock has reached the close."""
