"""The points of the figures over time as tables, for files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from reports.sheets import Cell, Column, Sheet

Facts = Mapping[str, Any]

_UNITS: Final = {
    "load": "per second", "latency": "seconds", "queues": "messages", "books": "orders",
    "volume": "1/10,000 USD per second", "p99": "seconds", "offered": "per second",
}  # fmt: skip
_OWN_UNITS: Final = {
    "latency": {"offered": "per second"},
    "users": {"logged_in": "users", "logins_per_s": "per second", "in_flight": "requests"},
}
_NAMES: Final = {"queues": "mailboxes"}
_BINS: Final = ("bin_s", "from_s")


def over_time(series: Facts) -> Iterator[Sheet]:
    """Yield a table for each figure over time, a row for each stretch of time.

    Args:
        series: The contents of `series.json`.
    """
    for name in ("load", "latency", "users", "queues", "books", "volume"):
        yield from _sheet(name, series.get(name) or {})
    operations = series.get("operations") or {}
    for name, key in (("p99", "p99"), ("offered", "per_s")):
        bins = {place: operations.get(place, []) for place in _BINS}
        yield from _sheet(name, {**bins, **operations.get(key, {})})


def _sheet(name: str, series: Facts) -> Iterator[Sheet]:
    shown = [key for key in series if key not in _BINS]
    if not shown or not series["from_s"]:
        return
    units = _OWN_UNITS.get(name, {})
    columns = [Column("from", "seconds"), Column("length", "seconds")]
    columns += [Column(key, units.get(key, _UNITS.get(name, ""))) for key in shown]
    rows = [
        [_cell(value) for value in (from_s, series["bin_s"], *values)]
        for from_s, *values in zip(series["from_s"], *(series[key] for key in shown), strict=True)
    ]
    yield Sheet(f"{_NAMES.get(name, name)}_over_time", f"{name} over time", columns, rows)


def _cell(value: float | None) -> Cell:
    return Cell(value, "" if value is None else str(value))
