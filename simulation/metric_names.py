"""The names of metrics, with unit and meaning: one vocabulary for scenarios, reports and people."""

from __future__ import annotations

from fnmatch import fnmatchcase
from functools import cache
from typing import Final

from simulation.metric_words import (
    ACTORS,
    ALIASES,
    AVAILABILITY_PROMISED,
    CHANNELS,
    EVENTS,
    IN_TIME_ELSE_S,
    IN_TIME_S,
    MORE_PERCENTILES,
    PERCENTILES,
    PROFIT,
    REASONS,
    RETENTION_DAYS,
    SPREAD,
    STALE,
    STATISTICS,
    TIMED,
    VIEWS,
    CountUnit,
    Family,
    MetricUnit,
    in_time_s,
)
from simulation.records import OPERATIONS

__all__ = [
    "ACTORS", "ALIASES", "AVAILABILITY_PROMISED", "CHANNELS", "EVENTS", "FAMILIES",
    "IN_TIME_ELSE_S", "IN_TIME_S", "METRICS", "MORE_PERCENTILES", "OTHERS", "PERCENTILES",
    "PROFIT", "REASONS", "RETENTION_DAYS", "SPREAD", "STALE", "STATISTICS", "TIMED", "UNITS",
    "VIEWS", "CountUnit", "Family", "MetricUnit", "family_of", "in_time_s", "unit_of",
]  # fmt: skip

_SPREAD: Final = {"statistic": SPREAD}
_OPERATION: Final = {"operation": OPERATIONS}

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
    Family("availability.{operation}", "share", "Availability of one operation.", _OPERATION),
    Family("errors.{operation}.share", "share", "Errors of one operation.", _OPERATION),
    Family(
        "errors.{operation}.rate", "per_second", "Errors of one operation a second.", _OPERATION
    ),
    Family(
        "outcomes.{operation}.{outcome}.share", "share",
        "Requests of an operation that got what they asked for, were rejected for their "
        "customer's own reasons, were refused as busy, or were never answered; of all of it.",
        {**_OPERATION, "outcome": ("ok", "rejected", "busy", "unanswered")},
    ),
    Family(
        "ranges.{operation}.{range}.share", "share",
        "Requests of an operation that were answered in time, within four times that, or later; "
        "and those that were refused as busy or never answered.",
        {**_OPERATION, "range": ("in_time", "up_to_4_times", "slower", "failed")},
    ),
    Family("mix.{operation}.share", "share", "Requests of an operation, of all.", _OPERATION),
    Family(
        "sessions.duration.{statistic}", "seconds",
        "From the intended start of a log-in until the next log-out of its user was answered, "
        "unless that user logs in again before.",
        _SPREAD,
    ),
    Family(
        "sessions.waited.{statistic}", "seconds",
        "Latencies of all requests of such a session, summed.", _SPREAD,
    ),
    Family(
        "sessions.requests.{statistic}", "requests",
        "Requests of such a session that were answered, log-in and log-out included.", _SPREAD,
    ),
    Family(
        "drain", "seconds",
        "From the last intended start to the last answer. Whole run.",
    ),
    Family(
        "sending.{statistic}", "seconds",
        "From the intended start of a request to its sending: the tester's own delay.",
        {"statistic": ("mean", "p99", "max")},
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
    Family(
        "latency.{operation}.p*", "seconds",
        "Any other percentile, such as p75 or p995, which is 99.5 %. Always there are p66, p75, "
        "p80, p98 and p99999; a limit may name any.", {"operation": TIMED},
    ),
    Family("latency.*.count", "requests", "How many latencies there are of an operation."),
    Family("latency.*.rate", "per_second", "The same per second."),
    Family("latency.*.sd", "seconds", "Standard deviation of an operation's latencies."),
    Family(
        "latency.*.within_sd", "share", "Latencies no further than that from their mean, of all."
    ),
    Family(
        "outcomes.*.{outcome}.count", "requests",
        "Requests of an operation, and of them each outcome.",
        {"outcome": ("offered", "ok", "rejected", "busy", "unanswered")},
    ),
    Family(
        "failures.*.count", "requests",
        "Requests of an operation that were rejected for a reason, or were never answered.",
    ),
    Family("failures.*.share", "share", "The same, of the requests of the operation."),
    Family(
        "sessions.count", "times",
        "Sessions that began, without those whose user has logged in again instead.",
    ),
    Family("sessions.open", "times", "Of them, those that had not ended."),
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
        "rate.{what}.{statistic}", "per_second",
        "Standard deviation and maximum of the requests in each second.",
        {"what": ("offered", "completed"), "statistic": ("sd", "max")},
    ),
    Family(
        "rate.{what}.within_sd", "share", "Seconds no further than that from the mean, of all.",
        {"what": ("offered", "completed")},
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
