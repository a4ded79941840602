"""The brokerage: messages, actors, rules, and the runtime that serves mailboxes on threads."""

from actors.brokerage import AccountHandle, Brokerage, OrderHandle, Refused, StockHandle, User
from actors.domain.order_factory import InvalidOrder
from actors.domain.orders import OrderStatus, OrderType, PriceType, Reason
from actors.exchange import StockExchange
from actors.runtimes.threads import ThreadRuntime
from actors.stock import Stock

__all__ = [
    "AccountHandle",
    "Brokerage",
    "InvalidOrder",
    "OrderHandle",
    "OrderStatus",
    "OrderType",
    "PriceType",
    "Reason",
    "Refused",
    "Stock",
    "StockExchange",
    "StockHandle",
    "ThreadRuntime",
    "User",
]
