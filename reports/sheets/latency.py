"""Tables about time: latency by operation, the naive figure, parts, and the slowest requests."""

from __future__ import annotations

from typing import Any, Final

from reports import format as shown_as
from reports.figures import Bar, bars_of
from reports.parts import OF_A_HOP, PARTS
from reports.sheets.sheet import (
    Cell,
    Column,
    Facts,
    Sheet,
    metric,
    metric_column,
    outcome,
    seconds,
    word,
)
from reports.statistics import STATISTICS, WHOLE, parts_of
from simulation.metric_names import CHANNELS, VIEWS

HEADINGS: Final = {"p999": "p99.9", "p9999": "p99.99"}
_NAIVE: Final = ("p50", "p99", "p999")
_STALE: Final = ("count", "mean", "p50", "p90", "p99", "p999", "max")


def latency(facts: Facts) -> Sheet:
    """Return the latency of each operation, and of the ways of a tick."""
    names = shown_as.operations(facts["metrics"])
    columns = [Column("operation")]
    columns += [metric_column(HEADINGS.get(s, s), f"latency.all.{s}") for s in STATISTICS]
    rows = [
        [word(name), *(metric(facts, f"latency.{name}.{s}") for s in STATISTICS)] for name in names
    ]
    return Sheet("latency", "Latency by operation, from the intended start", columns, rows)


def percentiles(facts: Facts) -> Sheet:
    """Return every percentile that is known of each operation, for a file: a row each."""
    rows = [
        [word(key.split(".")[1]), Cell(parts / WHOLE, key.split(".")[2]), metric(facts, key)]
        for key in facts["metrics"]
        if key.startswith("latency.") and (parts := parts_of(key.split(".")[2]))
    ]
    columns = [Column("operation"), Column("percentile", "share"), Column("latency", "seconds")]
    return Sheet("percentiles", "Every percentile of every operation", columns, rows)


def naive(facts: Facts) -> Sheet:
    """Return the latency of all operations beside what a tester that waits would have noted."""
    columns = [
        Column("percentile"), Column("from the intended start", "seconds"),
        Column("naive, by a tester that waits", "seconds"), Column("factor", "ratio"),
    ]  # fmt: skip
    rows = [
        [word(HEADINGS.get(name, name)), metric(facts, f"latency.all.{name}"),
         metric(facts, f"naive.{name}"), metric(facts, f"naive.{name}_factor")]
        for name in _NAIVE
        if f"naive.{name}" in facts["metrics"]
    ]  # fmt: skip
    return Sheet("naive", "Latency of all operations, counted in two ways", columns, rows)


def parts(facts: Facts) -> Sheet:
    """Return how the time of each operation divides, at the median and among the slowest 1 %."""
    metrics = facts["metrics"]
    bars = bars_of(metrics, shown_as.operations(metrics), facts["undersampled"])
    columns = [Column("operation"), Column("requests", is_text=True)]
    columns += [Column(part, "seconds") for part in (*PARTS, "sum")]
    return Sheet("parts", "Where the time goes: the mean of each part", columns,
                 [_bar(bar) for bar in bars])  # fmt: skip


def _bar(bar: Bar) -> list[Cell]:
    times = [*bar.times, sum(bar.times)]
    return [word(bar.operation), word(bar.which), *(seconds(time) for time in times)]


def slowest(facts: Facts) -> Sheet:
    """Return the slowest requests that count."""
    columns = [
        Column("command"), Column("operation", is_text=True), Column("user"), Column("symbol"),
        Column("meant to start", "seconds"), Column("latency", "seconds"),
        *(Column(part, "seconds") for part in OF_A_HOP), Column("answer", is_text=True),
    ]  # fmt: skip
    starts_at_s = facts["run"]["starts_at_s"]
    return Sheet("slowest", "The slowest requests", columns,
                 [_request(row, starts_at_s) for row in facts["slowest"]])  # fmt: skip


def _request(row: dict[str, Any], starts_at_s: float) -> list[Cell]:
    at = shown_as.time_of_day(starts_at_s + row["at_s"], with_seconds=True)
    answer = "✓ ok" if row["status"] == "ok" else f"! {row['status']}: {row['reason']}"
    return [
        word(str(row["command_id"])), word(row["operation"]), word(str(row["user"])),
        word(row["symbol"] or shown_as.MISSING), Cell(row["at_s"], at), seconds(row["latency_s"]),
        *(seconds(row[part]) for part in OF_A_HOP), outcome(answer),
    ]  # fmt: skip


def waterfall(facts: Facts) -> Sheet:
    """Return the way of the slowest request whose way was recorded, a row for each message."""
    columns = [
        Column("actor"), Column("message", is_text=True), Column("sent after", "seconds"),
        *(Column(part, "seconds") for part in OF_A_HOP),
    ]  # fmt: skip
    rows = [
        [word(hop["address"]), word(hop["message"]), seconds(hop["from_s"]),
         *(seconds(hop[part]) for part in OF_A_HOP)]
        for hop in hops_to_draw(facts)
    ]  # fmt: skip
    return Sheet("waterfall", "The same in numbers", columns, rows)


def hops_to_draw(facts: Facts) -> list[dict[str, Any]]:
    """Return the way of the slowest request that has one."""
    found = drawn_request(facts)
    return [] if found is None else list(found["hops"])


def drawn_request(facts: Facts) -> dict[str, Any] | None:
    """Return the slowest request whose way was recorded."""
    return next((row for row in facts["slowest"] if row["hops"]), None)


def ways_missing(facts: Facts) -> str:
    """Say that slower requests than the one that is drawn have no way, and why; else nothing."""
    missing = next((place for place, row in enumerate(facts["slowest"]) if row["hops"]),
                   len(facts["slowest"]))  # fmt: skip
    if not missing:
        return ""
    if drawn_request(facts) is None and facts["run"]["warm_up"]["how"] != "found":
        return "The way of none of them was recorded."
    which = f"the {missing} slowest" if missing > 1 else "the slowest"
    if facts["run"]["warm_up"]["how"] == "found":
        why = (
            'with warm_up = "auto" nobody knows during the run what will count, and slower '
            "requests of the warm-up took their places"
        )
    else:
        why = "they were answered because of another command, or have no way of their own"
    return f"No way was kept of {which} that count: {why}."


def staleness(facts: Facts) -> Sheet:
    """Return how stale prices on screens were."""
    columns = [Column("screen")]
    columns += [metric_column(HEADINGS.get(s, s), f"staleness.portfolio.{s}") for s in _STALE]
    columns += [Column("prices told", "times"), Column("left out for newer ones", "times")]
    rows = [
        [word(view), *(metric(facts, f"staleness.{view}.{s}") for s in _STALE),
         *(metric(facts, f"updates.{view}.{what}") for what in ("sent", "conflated"))]
        for view in VIEWS
        if f"staleness.{view}.count" in facts["metrics"]
    ]  # fmt: skip
    return Sheet("staleness", "How long a price on a screen had not been the newest", columns, rows)


def notifications(facts: Facts) -> Sheet:
    """Return how soon notifications were delivered, by channel."""
    shown = ("count", "mean", "p50", "p90", "p99", "p999", "max")
    columns = [Column("channel")]
    columns += [metric_column(HEADINGS.get(s, s), f"latency.all.{s}") for s in shown]
    columns += [Column("waiting at most", "notifications")]
    rows = [
        [word(channel), *(metric(facts, f"latency.notification_{channel}.{s}") for s in shown),
         metric(facts, f"notifications.{channel}.depth.max")]
        for channel in CHANNELS
        if f"notifications.{channel}.depth.max" in facts["metrics"]
    ]  # fmt: skip
    return Sheet("notifications", "From owing a notification to its delivery, by channel", columns,
                 rows)  # fmt: skip
