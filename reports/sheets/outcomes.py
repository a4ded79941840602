"""Tables about what became of requests: outcomes, reasons, how soon, and whole sessions."""

from __future__ import annotations

from typing import Final

from reports import format as shown_as
from reports.outcomes import OUTCOMES, RANGES
from reports.sheets.sheet import Cell, Column, Facts, Sheet, metric, word
from simulation.metric_names import SPREAD, in_time_s

_SESSIONS: Final = {
    "from log-in to log-out": "duration", "waited for answers, in all": "waited",
    "requests": "requests",
}  # fmt: skip
_OUTCOMES: Final = {
    "ok": "ok", "rejected": "rejected", "busy": "refused as busy", "unanswered": "never answered",
}  # fmt: skip
SPANS: Final = {
    "in_time": "in time", "up_to_4_times": "up to 4 × that", "slower": "slower",
    "failed": "busy or unanswered",
}  # fmt: skip


def offered_operations(facts: Facts) -> list[str]:
    """Return the operations that were offered, the most frequent first."""
    ending = ".offered.count"
    found = {
        name.split(".")[1]: count for name, count in facts["metrics"].items()
        if name.startswith("outcomes.") and name.endswith(ending)
    }  # fmt: skip
    return sorted(found, key=lambda name: (-found[name], name))


def outcomes(facts: Facts) -> Sheet:
    """Return what became of the requests of each operation."""
    columns = [
        Column("operation"), Column("offered", "requests"), Column("of all", "share"),
        *(Column(_OUTCOMES[outcome], "requests") for outcome in OUTCOMES),
        Column("errors", "share"), Column("errors a second", "per second"),
    ]  # fmt: skip
    rows = [
        [word(name), metric(facts, f"outcomes.{name}.offered.count"),
         metric(facts, f"mix.{name}.share"),
         *(metric(facts, f"outcomes.{name}.{outcome}.count") for outcome in OUTCOMES),
         metric(facts, f"errors.{name}.share"), metric(facts, f"errors.{name}.rate")]
        for name in offered_operations(facts)
    ]  # fmt: skip
    return Sheet("outcomes", "Requests by operation, by what became of them", columns, rows)


def ranges(facts: Facts) -> Sheet:
    """Return how soon the requests of each operation were answered."""
    columns = [
        Column("operation"), Column("promised within", "seconds"),
        *(Column(SPANS[span], "share") for span in RANGES), Column("available", "share"),
    ]  # fmt: skip
    rows = [
        [word(name), _promised(name),
         *(metric(facts, f"ranges.{name}.{span}.share") for span in RANGES),
         metric(facts, f"availability.{name}")]
        for name in offered_operations(facts)
    ]  # fmt: skip
    return Sheet("ranges", "Answers by how soon they came, of all requests of the operation",
                 columns, rows)  # fmt: skip


def _promised(operation: str) -> Cell:
    bound_s = in_time_s(operation)
    return Cell(bound_s, shown_as.brief_duration(bound_s))


def failures(facts: Facts) -> Sheet:
    """Return why requests came to nothing, by operation, the most frequent first."""
    ending = ".count"
    found = {
        tuple(name.removesuffix(ending).split(".")[1:]): count
        for name, count in facts["metrics"].items()
        if name.startswith("failures.") and name.endswith(ending)
    }
    columns = [
        Column("operation"), Column("reason", is_text=True), Column("requests", "requests"),
        Column("of the operation", "share"),
    ]  # fmt: skip
    rows = [
        [word(operation), word(reason),
         *(metric(facts, f"failures.{operation}.{reason}.{what}") for what in ("count", "share"))]
        for operation, reason in sorted(found, key=lambda key: (-found[key], key))
    ]  # fmt: skip
    return Sheet("failures", "Requests that came to nothing, by operation and reason, the most "
                 "frequent first", columns, rows)  # fmt: skip


def sessions(facts: Facts) -> Sheet:
    """Return how long sessions were, and what was done in them."""
    rows = [
        [word(title), *(metric(facts, f"sessions.{key}.{statistic}") for statistic in SPREAD)]
        for title, key in _SESSIONS.items()
        if f"sessions.{key}.max" in facts["metrics"]
    ]
    return Sheet("sessions", "Whole sessions, of those that ended",
                 [Column("of a session"), *map(Column, SPREAD)], rows)  # fmt: skip
