"""The tables of a report, from `metrics.json`: the page and the CSV files show the same ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from reports.sheets.brokerage import (
    actors,
    books,
    holding,
    mailboxes,
    orders,
    profit,
    rejections,
    retention,
    traded,
)
from reports.sheets.latency import (
    drawn_request,
    hops_to_draw,
    latency,
    naive,
    notifications,
    parts,
    percentiles,
    slowest,
    staleness,
    waterfall,
    ways_missing,
)
from reports.sheets.outcomes import (
    SPANS,
    failures,
    offered_operations,
    outcomes,
    ranges,
    sessions,
)
from reports.sheets.sheet import Cell, Column, Facts, Sheet
from reports.sheets.verdict import all_metrics, audit, faults, limits, must_see

__all__ = [
    "SPANS", "Cell", "Column", "Sheet", "all_metrics", "drawn_request", "hops_to_draw",
    "offered_operations", "percentiles", "sheets_of", "ways_missing",
]  # fmt: skip

_ON_PAGE: Final[tuple[Callable[[Facts], Sheet], ...]] = (
    limits, must_see, audit, faults, latency, naive, outcomes, ranges, failures, sessions, parts,
    actors, mailboxes, orders, retention, rejections, traded, books, holding, profit, staleness,
    notifications, slowest, waterfall,
)  # fmt: skip


def sheets_of(facts: Facts) -> dict[str, Sheet]:
    """Return the tables of a run that have any row, by name, in the order of the page.

    Args:
        facts: The contents of `metrics.json`.
    """
    made = [make(facts) for make in _ON_PAGE]
    return {sheet.name: sheet for sheet in made if sheet.rows}
