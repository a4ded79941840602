"""The words that names of metrics are made of, their units, and what a family of them is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from string import Formatter
from typing import Final, Literal, NamedTuple

from simulation.records import OPERATIONS

CountUnit = Literal[
    "actors", "connections", "executions", "messages", "notifications", "orders", "requests",
    "shares", "times", "transactions", "users",
]  # fmt: skip
MetricUnit = Literal["seconds", "share", "ratio", "per_second", "money", CountUnit]

ALIASES: Final = ("price_to_book", "price_to_valuation", "profit_loss")
CHANNELS: Final = ("console", "email", "sms", "push")
VIEWS: Final = ("portfolio", "watchlist")
STALE: Final = ("mean", "p50", "p90", "p95", "p99", "p999", "max")
STATISTICS: Final = ("mean", "min", "p50", "p90", "p95", "p99", "p999", "p9999", "max")
PERCENTILES: Final = ("p50", "p90", "p95", "p99", "p999", "p9999")
MORE_PERCENTILES: Final = ("p66", "p75", "p80", "p98", "p99999")  # those that other tools show
SPREAD: Final = ("mean", "min", "p50", "p90", "p99", "max")  # of customers, orders, shares
PROFIT: Final = ("total", "mean", "min", "p10", "p50", "p90", "max")
RETENTION_DAYS: Final = 30
REASONS: Final = (
    "invalid_command", "unknown_symbol", "unknown_account", "not_owner", "invalid_order",
    "invalid_quantity", "invalid_price", "invalid_amount", "account_closed", "market_closed",
    "insufficient_funds", "insufficient_shares", "account_not_empty", "unknown_order", "too_late",
    "busy", "duplicate_command", "price_ran_away", "list_full",
    "invalid_preferences", "unknown_alert", "alert_limit",
)  # fmt: skip
ACTORS: Final = (
    "Account", "Alerts", "MarketData", "Notifier", "ObserverActor", "OrderBook",
    "PortfolioView", "PriceFeed", "Stock", "StockExchange", "Watchlist",
)  # fmt: skip

TIMED: Final = (*OPERATIONS, *ALIASES, *(f"notification_{name}" for name in CHANNELS), "all")
"""All that there are latencies of."""

EVENTS: Final = (
    "order_accepted", "order_rejected", "order_executed", "order_cancelled", "order_expired",
    "limit_order_triggered", "limit_order_waited", "cancel_too_late", "limit_order_early",
    "order_outside_hours",
    "deposit_made", "withdrawal_made", "withdrawal_rejected",
    "busy", "price_ran_away", "search_answered", "portfolio_valued",
    "preferences_set", "alert_set", "alert_fired",
    "notification_owed", "notification_delivered", "notification_given_up",
    "list_changed", "list_refused", "watchlist_read",
    "stop_order_waited", "stop_order_triggered", "order_undone", "deposit_undone", "undo_refused",
    "logged_in", "logged_out", "quote_answered", "balance_read", "price_history_read",
    "preferences_read", "preferences_changed", "alert_added", "alert_removed", "account_opened",
    "account_closed", "closing_refused", "shares_transferred", "symbol_watched",
    "symbol_unwatched", "orders_found", "transactions_read", "stranger_refused", "observer_told",
)  # fmt: skip

AVAILABILITY_PROMISED: Final = 0.999
IN_TIME_S: Final[Mapping[str, float]] = {
    "search": 0.1, "place_market": 0.5, "place_limit": 0.5, "place_stop": 0.5, "cancel": 0.5,
    "undo": 0.5,
}  # fmt: skip
IN_TIME_ELSE_S: Final = 1.0


def in_time_s(operation: str) -> float:
    """Return within how many seconds an answer to an operation is in time."""
    return IN_TIME_S.get(operation, IN_TIME_ELSE_S)


class Family(NamedTuple):
    """Metrics that are named after one pattern.

    Attributes:
        pattern: Their name, with the places in braces that are filled in.
        unit: What they are measured in; money is in whole 1/10,000 USD.
        meaning: One or two sentences. What is no more than a statistic of many goes unsaid.
        fillings: What may stand in each place of the pattern.
    """

    pattern: str
    unit: MetricUnit
    meaning: str
    fillings: Mapping[str, tuple[str, ...]] = {}

    def names(self) -> Iterator[str]:
        """Yield the name of each metric."""
        places = [place for _, place, _, _ in Formatter().parse(self.pattern) if place]
        for words in product(*(self.fillings[place] for place in places)):
            yield self.pattern.format(**dict(zip(places, words, strict=True)))
