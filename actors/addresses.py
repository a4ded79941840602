"""The addresses that actors know of each other."""

from __future__ import annotations

from typing import Final

from actors.domain.notifications import Channel
from actors.messages.base import Address

EXCHANGE: Final[Address] = "exchange"
OPERATIONS: Final[Address] = "operations"  # where people look
MARKET_DATA: Final[Address] = "market-data"
HISTORY: Final[Address] = "history"  # no actor: where orders are searched


def account_of(user: str, number: int = 1) -> Address:
    """Return the address of one of a user's accounts, which are numbered from 1."""
    return f"account/{user}-{number}"


def stock_of(symbol: str) -> Address:
    """Return the address of a symbol's stock."""
    return f"stock/{symbol}"


def book_of(symbol: str) -> Address:
    """Return the address of a symbol's order book."""
    return f"book/{symbol}"


def alerts_of(symbol: str) -> Address:
    """Return the address of those who watch a symbol's price for customers."""
    return f"alerts/{symbol}"


def notifier_of(channel: Channel) -> Address:
    """Return the address of a channel's notifier."""
    return f"notifier/{channel.value}"


def gateway_of(channel: Channel) -> Address:
    """Return the address of a channel's gateway to the world."""
    return f"gateway/{channel.value}"


def feed_of(symbol: str) -> Address:
    """Return the address of a symbol's price feed."""
    return f"feed/{symbol}"


def watchlist_of(user: str) -> Address:
    """Return the address of a user's watch lists."""
    return f"watchlist/{user}"


def view_of(account: Address) -> Address:
    """Return the address of the live view of an account's portfolio."""
    return f"view/{account.partition('/')[2]}"


def owner_of(account: Address) -> str:
    """Return the id of the user whose account is at an address."""
    return account.partition("/")[2].rpartition("-")[0]
