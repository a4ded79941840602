"""The handles that people hold: a user, an account, its portfolio, an order, a stock."""

from __future__ import annotations

from actors.handles.account import AccountHandle
from actors.handles.order import OrderHandle
from actors.handles.portfolio import HoldingSummary, PortfolioHandle
from actors.handles.stock import Amount, StockHandle
from actors.handles.user import UserHandle
from actors.releasing import FIRST_COMMAND_ID

__all__ = [
    "FIRST_COMMAND_ID",
    "AccountHandle",
    "Amount",
    "HoldingSummary",
    "OrderHandle",
    "PortfolioHandle",
    "StockHandle",
    "UserHandle",
]
