"""Metrics that no limit may name: what else `metrics.json` holds."""

from __future__ import annotations

from typing import Final

from simulation.metric_words import PERCENTILES, TIMED, Family

OTHERS: Final = (
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
