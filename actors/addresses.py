"""The addresses that actors know of each other."""

from __future__ import annotations

from typing import Final

from actors.domain.notifications import Channel
from actors.messages.base import Address

EXCHANGE: Final[Address] = "exchange"
OPERATIONS: Final[Address] = "operations"  # where people look
MARKET_DATA: Final[Address] = "market-data"


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
