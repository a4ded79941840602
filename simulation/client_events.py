"""What clients count of their answers: events that a scenario may want to have seen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from actors.domain.orders import Reason
from actors.messages.alerts import PreferencesAnswer
from actors.messages.control import AccountReady
from actors.messages.feed import HistoryAnswer
from actors.messages.history import FoundOrders, TransactionsAnswer
from actors.messages.orders import CommandAccepted
from actors.messages.queries import (
    AccountAnswer,
    PortfolioAnswer,
    QuoteAnswer,
    SearchAnswer,
    SessionAnswer,
)
from actors.messages.watching import WatchAnswer, WatchlistAnswer
from simulation.workload.workload import (
    CLOSE_ACCOUNT,
    INTRUDE,
    LOGIN,
    LOGOUT,
    PLACE_LIMIT,
    PLACE_MARKET,
    PLACE_STOP,
    PREFER,
    REMOVE_ALERT,
    SET_ALERT,
    TRANSFER,
    UNWATCH,
    WATCH,
)

ANSWERED: Final[Mapping[type, str]] = {
    SearchAnswer: "search_answered", PortfolioAnswer: "portfolio_valued",
    WatchlistAnswer: "watchlist_read", QuoteAnswer: "quote_answered",
    AccountAnswer: "balance_read", HistoryAnswer: "price_history_read",
    PreferencesAnswer: "preferences_read", FoundOrders: "orders_found",
    TransactionsAnswer: "transactions_read", AccountReady: "account_opened",
}  # fmt: skip
"""By the class of the answer."""
DONE: Final[Mapping[type, Mapping[int, str]]] = {
    SessionAnswer: {LOGIN: "logged_in", LOGOUT: "logged_out"},
    WatchAnswer: {WATCH: "symbol_watched", UNWATCH: "symbol_unwatched"},
    CommandAccepted: {
        TRANSFER: "shares_transferred", SET_ALERT: "alert_added", REMOVE_ALERT: "alert_removed",
        PREFER: "preferences_changed", CLOSE_ACCOUNT: "account_closed",
    },
}  # fmt: skip
"""By that and the operation, where it says no more than that it is done."""
_REFUSED: Final[Mapping[int, tuple[Reason | None, str]]] = {
    PLACE_MARKET: (None, "order_rejected"), PLACE_LIMIT: (None, "order_rejected"),
    PLACE_STOP: (None, "order_rejected"), INTRUDE: (Reason.NOT_OWNER, "stranger_refused"),
    CLOSE_ACCOUNT: (Reason.ACCOUNT_NOT_EMPTY, "closing_refused"),
}  # fmt: skip


def refusal_event(operation: int, reason: Reason) -> str:
    """Return what a refusal counts as, if it counts as anything but a rejected request."""
    expected, event = _REFUSED.get(operation, (None, ""))
    return event if expected in (None, reason) else ""
