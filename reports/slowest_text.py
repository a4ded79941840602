"""The slowest requests of a run as a table within 80 columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from reports.format import duration, time_of_day
from reports.parts import OF_A_HOP

_US_PER_S: Final = 1_000_000


def text_of(rows: Sequence[dict[str, Any]], starts_at_s: int) -> str:
    """Write rows that `reports.rows.slowest` has found.

    Args:
        rows: The slowest first.
        starts_at_s: Time of day at instant 0, seconds after midnight.
    """
    if not rows:
        return "no request was answered within the measured time\n"
    lines = [f"{'meant for':<15} {'latency':>9}  {'operation':<12} {'of it mostly':<19} id"]
    for row in rows:
        part, time_us = most_of(row)
        mostly = f"{part:<8} {duration(time_us / _US_PER_S):>9}" if part else "another's parts"
        at = _instant(starts_at_s, row["intended_us"])
        lines.append(
            f"{at:<15} {duration(row['latency_us'] / _US_PER_S):>9}  {row['operation']:<12} "
            f"{mostly:<19} {row['order_id'] or row['command_id']}"
        )
    return "\n".join(lines) + "\n"


def most_of(row: dict[str, Any]) -> tuple[str, int]:
    """Return the part of a request that took longest, and its microseconds; no part if none."""
    parts = {part: row[f"{part}_us"] for part in OF_A_HOP}
    part = max(parts, key=lambda name: parts[name])
    return ("", -1) if parts[part] < 0 else (part, parts[part])


def _instant(starts_at_s: int, at_us: int) -> str:
    seconds, rest = divmod(at_us, _US_PER_S)
    return f"{time_of_day(starts_at_s + seconds, with_seconds=True)}.{rest:06}"
