"""The history of orders and money: reads the journal along, and answers people's questions."""

from __future__ import annotations

from actors.order_history.handles import AccountHistory, SearchableOrders
from actors.order_history.history import NoHistory, OrderHistory, SearchFailed, history_beside
from actors.order_history.lines import OrderLine, OrderPage, TransactionLine, TransactionPage

__all__ = [
    "AccountHistory",
    "NoHistory",
    "OrderHistory",
    "OrderLine",
    "OrderPage",
    "SearchFailed",
    "SearchableOrders",
    "TransactionLine",
    "TransactionPage",
    "history_beside",
]
