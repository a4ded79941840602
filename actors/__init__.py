"""The brokerage: messages, actors, rules, and the runtime that serves mailboxes on threads."""

from __future__ import annotations

from actors.brokerage import Brokerage
from actors.client import Refused
from actors.domain.notifications import Channel, Event
from actors.domain.order_factory import InvalidOrder
from actors.domain.orders import OrderStatus, OrderType, PriceType, Reason
from actors.domain.strategies import OrderStrategy, add_strategy
from actors.domain.thresholds import Direction
from actors.domain.users import User
from actors.exchange import StockExchange
from actors.handles import (
    AccountHandle,
    HoldingSummary,
    OrderHandle,
    PortfolioHandle,
    StockHandle,
    UserHandle,
)
from actors.runtimes.journal import JournalError
from actors.runtimes.threads import ThreadRuntime
from actors.stock import Stock

__all__ = [
    "AccountHandle",
    "Brokerage",
    "Channel",
    "Direction",
    "Event",
    "HoldingSummary",
    "InvalidOrder",
    "JournalError",
    "OrderHandle",
    "OrderStatus",
    "OrderStrategy",
    "OrderType",
    "PortfolioHandle",
    "PriceType",
    "Reason",
    "Refused",
    "Stock",
    "StockExchange",
    "StockHandle",
    "ThreadRuntime",
    "User",
    "UserHandle",
    "add_strategy",
]
