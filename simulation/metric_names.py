"""The names of metrics, with unit and meaning: one vocabulary for scenarios, reports and people."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from functools import cache
from math import inf
from typing import Final

from simulation.metric_others import OTHERS
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
    "VIEWS", "CountUnit", "Family", "MetricUnit", "family_of", "in_time_s", "metrics_named",
    "range_of", "unit_of",
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
        "latency.all.{statistic}", "seconds", "The same of all operations together.",
        {"statistic": STATISTICS},
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


def range_of(name: str) -> tuple[float, float]:
    """Return the least and the most that a metric can be, in its unit; infinite without a bound."""
    unit = unit_of(name)
    if unit is None or name.startswith(_OF_EITHER_SIGN):
        return -inf, inf
    is_bounded = unit == "share" and not name.startswith(_WORK)
    return 0.0, 1.0 if is_bounded else inf


_OF_EITHER_SIGN: Final = (
    "profit.realised.", "profit.unrealised.", "total.realised", "littles_law.",
)  # fmt: skip
_WORK: Final = "utilisation."  # a service counts whole in the second in which it begins
_EXACT: Final = {name: family for family in (*OTHERS, *FAMILIES) for name in family.names()}


_PERCENTILE: Final = re.compile(r"p(?!00$)\d{2}(\d{0,2}[1-9])?")  # per cent, then decimals


def metrics_named(name: str) -> tuple[str, ...]:
    """Return the metrics that a limit names; none if there is no such metric.

    Args:
        name: One metric, a percentile of a latency such as `latency.search.p75`, or several:
            a star stands for any one word, as in `latency.*.p99`.
    """
    family, *words = name.split(".")
    if family == "latency" and len(words) == 2 and _PERCENTILE.fullmatch(words[1]):
        timed = TIMED if words[0] == "*" else {words[0]} & set(TIMED)
        return tuple(f"latency.{operation}.{words[1]}" for operation in timed)
    if "*" not in name.split("."):
        return (name,) if name in METRICS else ()
    shape = re.compile(r"\.".join("[^.]+" if w == "*" else re.escape(w) for w in name.split(".")))
    return tuple(sorted(known for known in METRICS if shape.fullmatch(known)))
