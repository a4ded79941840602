"""Prices on subscription: feeds, those who subscribe to them, and what they are told."""

from __future__ import annotations

from actors.messages.base import Address, CommandId, Message


class Subscribe(Message, frozen=True):
    """Ask a feed for the prices of its symbol, or for the next lease of a subscription.

    A subscription is a session: it ends by itself if nobody asks again, and whoever asks again
    is told what it has missed.
    """

    subscriber: Address
    interval_us: int = 0  # at most one update in so many microseconds; 0 for every change
    known: int = 0  # number of the latest price that the subscriber has; 0 for none


class Unsubscribe(Message, frozen=True):
    """Ask a feed to tell somebody no more prices."""

    subscriber: Address


class PriceUpdate(Message, frozen=True):
    """Tell a subscriber the newest price; those between its last one and this were left out."""

    symbol: str
    number: int
    price: int
    opening: int  # the first price of the symbol


class FlushDue(Message, frozen=True):
    """Remind a feed of those who may be told a price again, and have not got the newest."""

    interval_us: int


class RenewalDue(Message, frozen=True):
    """Remind a subscriber to ask its feeds again, before they forget it."""


class Detach(Message, frozen=True):
    """Ask an observer's actor to follow no stock any more."""


class GetHistory(Message, frozen=True):
    """Ask for the latest prices of a symbol, at most `limit` of them."""

    command_id: CommandId
    symbol: str
    limit: int = 100
    reply_to: Address = ""


class HistoryAnswer(Message, frozen=True):
    """Tell the latest prices of a symbol, the oldest first, and when each became true.

    A time is in microseconds on the runtime's clock; -1 where a restart has left it unknown.
    """

    command_id: CommandId
    symbol: str
    last: int  # number of the last of them; they are numbered without gaps
    prices: tuple[int, ...]
    at_us: tuple[int, ...]
