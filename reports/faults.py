"""What went wrong in a run, and when: from its table `faults`."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np

from reports.tables import Integers, Table

Row = dict[str, Any]

MOST_BANDS: Final = 100
_PLACES_SHOWN: Final = 3
_US_PER_S: Final = 1_000_000
_JOINED_US: Final = 1_000_000  # decisions no further apart are drawn as one band


def fault_rows(folder: Path) -> list[Row]:
    """Return the faults of a run that struck, in the order of its scenario.

    Returns:
        For each its number in the scenario, from 1, its `kind`, the first `places` that it hit and
        how many `more`, its `decisions`, its `effects` (such as messages lost), its `first_s` and
        `last_s`, and the `bands` of time it was there, pairs of seconds after the start; at most
        `MOST_BANDS`, the first.
    """
    table = Table(folder, "faults")
    numbers = table.numbers("fault")
    kinds, places = table.words("kind"), table.words("where")
    at_us, until_us = table.numbers("at_us"), table.numbers("until_us")
    counts = table.numbers("count")
    rows = []
    for number in np.unique(numbers).tolist():
        own = np.flatnonzero(numbers == number)
        hit = list(dict.fromkeys(places.words[code] for code in places.codes[own].tolist()))
        rows.append({
            "number": number,
            "kind": kinds.words[int(kinds.codes[own[0]])],
            "places": hit[:_PLACES_SHOWN],
            "more": len(hit) - len(hit[:_PLACES_SHOWN]),
            "decisions": len(own),
            "effects": int(counts[own].sum()),
            "first_s": int(at_us[own].min()) / _US_PER_S,
            "last_s": int(at_us[own].max()) / _US_PER_S,
            "bands": _bands(at_us[own], until_us[own])[:MOST_BANDS],
        })  # fmt: skip
    return rows


def _bands(at_us: Integers, until_us: Integers) -> list[list[float]]:
    """Join what overlaps, or nearly does, into spans of time."""
    order = np.argsort(at_us, kind="stable")
    bands: list[list[int]] = []
    for start, end in zip(at_us[order].tolist(), until_us[order].tolist(), strict=True):
        if bands and start <= bands[-1][1] + _JOINED_US:
            bands[-1][1] = max(bands[-1][1], start, end)
        else:
            bands.append([start, max(start, end)])
    return [[start / _US_PER_S, end / _US_PER_S] for start, end in bands]
