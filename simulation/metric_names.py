"""The names of metrics, with unit and meaning: one vocabulary for scenarios, reports and people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from functools import cache
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

AVAILABILITY_PROMISED: Final = 0.999
IN_TIME_S: Final[Mapping[str, float]] = {
    "search": 0.1, "place_market": 0.5, "place_limit": 0.5, "place_stop": 0.5, "cancel": 0.5,
    "undo": 0.5,
}  # fmt: skip
IN_TIME_ELSE_S: Final = 1.0


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


_SPREAD: Final = {"statistic": SPREAD}

FAMILIES: Final = (
    Family(
        "latency.{operation}.{statistic}", "seconds",
        "From the intended start to the last word; of a tick, until the book or the valuation "
        "knows it.",
        {"operation": (*OPERATIONS, *ALIASES), "statistic": STATISTICS},
    ),
    Family(
        "latency.notification_{channel}.{statistic}", "seconds",
        "From the fact that owes a notification to the fact that it was delivered.",
        {"channel": CHANNELS, "statistic": STATISTICS},
    ),
    Family(
        "notifications.{what}.share", "share",
        "Notifications that were delivered, at all or within 30 s, of all that were owed.",
        {"what": ("delivered", "within_30s")},
    ),
    Family(
        "notifications.{what}.count", "notifications",
        "Notifications that were owed; of them, those given up, and those that still waited at "
        "the end.", {"what": ("owed", "given_up", "waiting")},
    ),
    Family(
        "notifications.{channel}.depth.max", "notifications",
        "The most that a notifier had taken and not sent. Whole run.", {"channel": CHANNELS},
    ),
    Family(
        "staleness.{view}.{statistic}", "seconds",
        "How long a price on a screen had not been the newest when the next one was told, from "
        "the instant its source says; rounded up to 0.1 ms.",
        {"view": VIEWS, "statistic": STALE},
    ),
    Family("refused.share", "share", "Requests that were refused for load, of all."),
    Family("accepted.share", "share", "Orders that were accepted, of those placed."),
    Family("utilisation.max", "share", "Busy time of all workers in the busiest second."),
    Family("rate.orders", "per_second", "Orders accepted."),
    Family(
        "business.volume_usd", "money",
        "Value of all executions, price times shares. Whole run.",
    ),
    Family("business.volume_shares", "shares", "Shares of all executions. Whole run."),
    Family("business.executions", "executions", "Executions. Whole run."),
    Family(
        "business.users_logged_in", "users",
        "Users with at least one log-in that succeeded.",
    ),
    Family(
        "business.users_active", "users",
        "Users who sent at least one request of any kind, whatever became of it.",
    ),
    Family("business.users_traded", "users", "Users with at least one execution."),
    Family(
        "business.orders_per_user.{statistic}", "orders",
        "Orders placed by each active user, none included.", _SPREAD,
    ),
    Family(
        "business.order_shares.{statistic}", "shares",
        "Size of each accepted order. Whole run.", _SPREAD,
    ),
    Family(
        "business.order_usd.{statistic}", "money",
        "Value of each executed order at the price that it got. Whole run.", _SPREAD,
    ),
    Family(
        "business.retention.day_{day}", "share",
        "Users active again so many calendar days after their first active one, of those "
        "whose first lies so many days before the last day of the run.",
        {"day": tuple(str(day) for day in range(1, RETENTION_DAYS + 1))},
    ),
    Family(
        "availability", "share",
        "Requests within market hours that were answered in time and not refused as busy, of "
        "all within them. In time: a search within 100 ms, an order or a cancel within 500 ms, "
        "all else within 1 s. A refusal for the customer's own reasons is an answer.",
    ),
    Family(
        "errors.share", "share",
        "Requests that were never answered or refused as busy, of all.",
    ),
    Family("rejections.share", "share", "Requests that were rejected for any reason, of all."),
    Family(
        "rejections.{reason}.count", "requests",
        "Requests of any kind that were rejected for this reason.", {"reason": REASONS},
    ),
    Family(
        "rejections.{reason}.share", "share",
        "The same, of all requests.", {"reason": REASONS},
    ),
    Family(
        "queue.{actor}.{statistic}", "messages",
        "Messages that wait in all mailboxes of a class of actors, looked at once a second.",
        {"actor": ACTORS, "statistic": ("mean", "p99", "max")},
    ),
    Family(
        "queue.{actor}.deepest", "messages",
        "The most messages that ever waited in one mailbox of the class, at any instant. "
        "Whole run.", {"actor": ACTORS},
    ),
    Family(
        "price_updates.{statistic}", "per_second",
        "Price updates of each symbol within market hours.",
        {"statistic": ("mean", "min", "max")},
    ),
    Family(
        "behaviour.{side}_share", "share",
        "Accepted orders of this side, or priced so, of all. Whole run.",
        {"side": ("buy", "sell", "market", "limit")},
    ),
    Family(
        "behaviour.cancel_share", "share",
        "Accepted orders that their customers cancelled, of all. Whole run.",
    ),
    Family(
        "behaviour.top_{rank}_share", "share",
        "Volume in USD of the one, or the ten, most traded symbols, of all. Whole run.",
        {"rank": ("one", "ten")},
    ),
    Family(
        "holding.{statistic}", "seconds",
        "Time from buying to selling of each share that was bought and sold, first in, first "
        "out within an account. Shares still held are left out, so it is short in short runs. "
        "Whole run.", _SPREAD,
    ),
    Family("holding.shares_sold", "shares", "The shares that this time is of. Whole run."),
    Family(
        "holding.shares_held", "shares",
        "Shares bought in the run and held at its end: their time is longer than seen.",
    ),
    Family(
        "holding.shares_of_unknown_age", "shares",
        "Shares sold that had come from another broker: nobody knows since when they were held. "
        "Whole run.",
    ),
    Family(
        "profit.realised.{statistic}", "money",
        "Realised profit, at average cost, of each account that sold shares. Whole run.",
        {"statistic": PROFIT},
    ),
    Family(
        "profit.unrealised.{statistic}", "money",
        "Value at the last price less average cost, of each account that holds shares at the end.",
        {"statistic": PROFIT},
    ),
    Family(
        "profit.users_share", "share",
        "Users whose realised and unrealised profit together is above zero, of those who sold "
        "or hold shares.",
    ),
)  # fmt: skip
"""All that a limit may name."""

OTHERS: Final = (
    Family(
        "latency.all.{statistic}", "seconds", "The same of all operations.",
        {"statistic": STATISTICS},
    ),
    Family("latency.*.count", "requests", "How many latencies there are of an operation."),
    Family("latency.*.rate", "per_second", "The same per second."),
    Family("latency.*.sd", "seconds", "Standard deviation of an operation's latencies."),
    Family(
        "parts.*.{band}.{part}", "seconds",
        "Mean part of an operation's latency, around its median and among the slowest 1 %.",
        {
            "band": ("median", "slowest"),
            "part": ("sending", "network", "mailbox", "worker", "service", "commit"),
        },
    ),
    Family(
        "rate.{what}", "per_second", "Requests.",
        {"what": ("offered", "sent", "completed", "refused")},
    ),
    Family(
        "total.{what}", "requests",
        "Requests of the whole run; untraced are those whose latency has no parts.",
        {"what": ("requests", "unanswered", "refused", "untraced")},
    ),
    Family(
        "total.{what}", "orders", "Orders of the whole run, by what became of them.",
        {"what": ("orders", "rejected", "accepted", "executed", "cancelled", "expired",
                  "rejected_later", "pending")},
    ),
    Family(
        "total.{what}", "orders", "Accepted orders of the whole run, by kind.",
        {"what": ("buy", "sell", "market", "limit")},
    ),
    Family("staleness.*.count", "times", "How often staleness was measured on a kind of screen."),
    Family("staleness.*.p9999", "seconds", "The same percentile as of latencies."),
    Family(
        "updates.*.sent", "times", "Newer prices that screens of a kind were told. Whole run."
    ),
    Family(
        "updates.*.conflated", "times",
        "Prices that screens of a kind were never told, as a newer one came first. Whole run.",
    ),
    Family("rejected.*", "orders", "Orders of the whole run rejected at once, by reason."),
    Family("total.transactions", "transactions", "Transactions of the whole run."),
    Family(
        "total.{what}", "money", "Money paid in and out, and realised profit, of the whole run.",
        {"what": ("deposited", "withdrawn", "realised")},
    ),
    Family("traded.*.turnover", "money", "Volume of each of the ten most traded symbols."),
    Family("traded.*.shares", "shares", "The same in shares."),
    Family("actors.*.count", "actors", "Actors of a class."),
    Family(
        "actors.*.{what}", "messages",
        "Messages handled, sent to nobody, and turned away by full mailboxes; the deepest mailbox.",
        {"what": ("messages", "dead_letters", "refused", "depth_max")},
    ),
    Family("actors.*.restarts", "times", "How often actors of a class were restarted."),
    Family(
        "actors.*.{what}", "seconds", "Time served, and time that messages waited, summed.",
        {"what": ("busy_s", "waiting_s")},
    ),
    Family("actors.*.worker_share", "share", "Time served, of the time of all workers."),
    Family("utilisation.*", "share", "Busy time of the mean actor of a class; `mean`: of workers."),
    Family("littles_law.*.lambda", "per_second", "Arrivals at a class of actors, or of requests."),
    Family("littles_law.*.w", "seconds", "Mean time there."),
    Family("littles_law.*.l", "messages", "Mean number there."),
    Family(
        "littles_law.*.waiting", "messages",
        "Mean number that waits for a class of actors, as counted once a second. Whole run.",
    ),
    Family(
        "littles_law.*.expected", "messages",
        "The same by Little's law: messages a second times their mean wait.",
    ),
    Family(
        "littles_law.*.difference", "share",
        "Of the number that was counted to what the law gives, of a class or of requests.",
    ),
    Family(
        "naive.{statistic}", "seconds",
        "What a tester would have noted for all operations that sends its next request only when "
        "the last one is answered.", {"statistic": (*PERCENTILES, "max")},
    ),
    Family(
        "naive.connections", "connections",
        "How many such senders it has: ten for each request that is under way at the median "
        "latency.",
    ),
    Family(
        "naive.{percentile}_factor", "ratio",
        "How many times larger the latency from the intended start is.",
        {"percentile": ("p50", "p99", "p999")},
    ),
    Family(
        "books.{side}.{statistic}", "orders",
        "Limit orders that wait on one side of all books together, looked at once a second. "
        "Whole run.", {"side": ("buy", "sell"), "statistic": ("mean", "max")},
    ),
    Family("faults.*", "times", "How often a kind of fault struck."),
)  # fmt: skip
"""What else `metrics.json` holds; a star stands for what a run names itself."""

UNITS: Final[dict[str, MetricUnit]] = {
    name: family.unit for family in FAMILIES for name in family.names()
}
METRICS: Final = frozenset(UNITS)


@cache
def family_of(name: str) -> Family | None:
    """Return the family of a metric; None for a name that nothing is known of."""
    return _EXACT.get(name) or next(
        (
            family
            for family in OTHERS
            for pattern in family.names()
            if "*" in pattern and fnmatchcase(name, pattern)
        ),
        None,
    )


def unit_of(name: str) -> MetricUnit | None:
    """Return the unit of a metric; None for a name that nothing is known of."""
    family = family_of(name)
    return family.unit if family else None


_EXACT: Final = {name: family for family in (*OTHERS, *FAMILIES) for name in family.names()}


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
