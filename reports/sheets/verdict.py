"""Tables of the verdict: limits, events that had to be seen, invariants and faults."""

from __future__ import annotations

from typing import Any

from reports import format as shown_as
from reports.sheets.sheet import Cell, Column, Facts, Sheet, number, outcome, unit_in_words, word

_TEXT = Column("outcome", is_text=True)


def limits(facts: Facts) -> Sheet:
    """Return each limit with what was measured; with its interval where there are replications."""
    rows = facts["verdict"]["limits"]
    columns = [
        Column("metric"), Column("limit", is_text=True), Column("measured", "unit of the metric"),
        Column("margin", "share"), _TEXT,
    ]  # fmt: skip
    cells = [_limit(row) for row in rows]
    if any(row.get("low") is not None for row in rows):
        columns.insert(3, Column("95 % interval", is_text=True))
        for row, own in zip(rows, cells, strict=True):
            own.insert(3, _interval(row))
    return Sheet("limits", "Limits, with what was measured and how far it is from them", columns,
                 cells)  # fmt: skip


def _limit(row: dict[str, Any]) -> list[Cell]:
    measured = shown_as.metric(row["judged_by"], row["measured"])
    return [
        word(row["metric"]), word(row["text"]), Cell(row["measured"], measured),
        Cell(row["margin"], shown_as.share(row["margin"])),
        outcome(shown_as.OUTCOMES[row["outcome"]], row["note"]),
    ]  # fmt: skip


def _interval(row: dict[str, Any]) -> Cell:
    low, high = row.get("low"), row.get("high")
    if low is None or high is None:
        return Cell(None, shown_as.MISSING)
    ends = (shown_as.metric(row["judged_by"], end) for end in (low, high))
    return Cell(f"{low} to {high}", " to ".join(ends))


def must_see(facts: Facts) -> Sheet:
    """Return the events without which the run proves nothing."""
    rows = [
        [word(event["event"]), number(event["count"]), outcome(shown_as.seen(event["count"]))]
        for event in facts["verdict"]["must_see"]
    ]
    columns = [Column("event"), Column("seen", "times"), _TEXT]
    return Sheet("must_see", "Events without which the run proves nothing", columns, rows)


def audit(facts: Facts) -> Sheet:
    """Return the invariants with how often each was checked."""
    columns = [
        Column("invariant"), Column("what must hold", is_text=True), Column("checked", "times"),
        Column("broken", "times"), _TEXT,
    ]  # fmt: skip
    rows = [
        [word(row["id"]), word(row["title"]), number(row["checked"]), number(row["broken"]),
         outcome(invariant_in_words(row))]
        for row in facts["verdict"]["audit"]
    ]  # fmt: skip
    return Sheet("audit", "Invariants that the audit checked", columns, rows)


def invariant_in_words(row: dict[str, Any]) -> str:
    """Tell how an invariant came out."""
    return "✗ broken" if row["broken"] else "✓ held" if row["checked"] else "? not checked"


def faults(facts: Facts) -> Sheet:
    """Return the faults that struck."""
    columns = [
        Column("number, kind"), Column("where", is_text=True), Column("first", "seconds"),
        Column("last", "seconds"), Column("decisions", "times"), Column("effects", "times"),
    ]  # fmt: skip
    return Sheet(
        "faults", "Faults that struck", columns,
        [_fault(row, facts["run"]["starts_at_s"]) for row in facts["faults"]],
    )  # fmt: skip


def _fault(row: dict[str, Any], starts_at_s: float) -> list[Cell]:
    more = f" and {shown_as.count(row['more'])} more" if row["more"] else ""
    return [
        word(f"{row['number']} {row['kind']}"), word(f"{', '.join(row['places'])}{more}"),
        *(Cell(row[name], shown_as.time_of_day(starts_at_s + row[name], with_seconds=True))
          for name in ("first_s", "last_s")),
        number(row["decisions"]), number(row["effects"]),
    ]  # fmt: skip


def all_metrics(facts: Facts) -> Sheet:
    """Return every metric: its name, unit and value, and whether views show it."""
    columns = [
        Column("metric"), Column("unit", is_text=True), Column("value", "unit of the metric"),
        Column("too few values to show it", is_text=True),
    ]  # fmt: skip
    rows = [
        [word(name), word(unit_in_words(name)), Cell(value, shown_as.metric(name, value)),
         word("yes" if name in facts["undersampled"] else "no")]
        for name, value in facts["metrics"].items()
    ]  # fmt: skip
    return Sheet("metrics", "Every metric of the run", columns, rows)
