"""The names that limits and must-see lists may use: one vocabulary for scenarios and reports."""

from __future__ import annotations

from typing import Final, Literal

from simulation.records import OPERATIONS

MetricUnit = Literal["seconds", "share", "per_second"]

ALIASES: Final = ("price_to_book", "price_to_valuation", "profit_loss")
VIEWS: Final = ("portfolio", "watchlist")
STATISTICS: Final = ("mean", "min", "p50", "p90", "p95", "p99", "p999", "p9999", "max")

UNITS: Final[dict[str, MetricUnit]] = {
    **{
        f"latency.{operation}.{statistic}": "seconds"
        for operation in (*OPERATIONS, *ALIASES)
        for statistic in STATISTICS
    },
    **{
        f"staleness.{view}.{statistic}": "seconds"
        for view in VIEWS
        for statistic in ("mean", "p50", "p90", "p95", "p99", "p999", "max")
    },
    "refused.share": "share",
    "accepted.share": "share",
    "utilisation.max": "share",
    "rate.orders": "per_second",
}
METRICS: Final = frozenset(UNITS)

EVENTS: Final = (
    "order_accepted", "order_rejected", "order_executed", "order_cancelled", "order_expired",
    "limit_order_triggered", "limit_order_waited", "cancel_too_late",
    "deposit_made", "withdrawal_made", "withdrawal_rejected",
    "busy", "price_ran_away", "search_answered", "portfolio_valued",
    "list_changed", "list_refused", "watchlist_read",
)  # fmt: skip
