"""How stale the prices on screens were: live portfolios and watch lists."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from reports.statistics import PERCENTILES, WHOLE
from reports.tables import Integers, Table

_US_PER_S = 1_000_000


def staleness(folder: Path) -> dict[str, float]:
    """Describe, by kind of screen, how stale a price was when a newer one was told.

    Returns:
        By `staleness.<view>`: `count`, and in seconds `mean`, percentiles by nearest rank and
        `max`; rounded up to 0.1 ms, as they are counted so.
    """
    table = Table(folder, "staleness")
    view, stale_us, count = (
        table.words("view"),
        table.numbers("staleness_us"),
        table.numbers("count"),
    )
    found: dict[str, float] = {}
    for word in view.words:
        rows = view.equal(word)
        if rows.any():
            found |= _described(f"staleness.{word}", stale_us[rows], count[rows])
    return found


def _described(name: str, stale_us: Integers, count: Integers) -> dict[str, float]:
    order = np.argsort(stale_us)
    stale_us, upto = stale_us[order], np.cumsum(count[order])
    total = int(upto[-1])
    ranks = {statistic: -(-total * parts // WHOLE) for statistic, parts in PERCENTILES.items()}
    at = {
        statistic: int(stale_us[np.searchsorted(upto, rank)]) for statistic, rank in ranks.items()
    }
    in_us = {
        "mean": float((stale_us * count[order]).sum() / total), **at, "max": int(stale_us[-1]),
    }  # fmt: skip
    in_s = {f"{name}.{statistic}": value / _US_PER_S for statistic, value in in_us.items()}
    return {f"{name}.count": total, **in_s}
