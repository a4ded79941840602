"""How notifications fared: how many were delivered, how soon, and how many waited."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np

from reports.findings import Findings, Window
from reports.tables import Integers, Mask, Table

_SOON_US: Final = 30_000_000


def add_notifications(folder: Path, window: Window, findings: Findings) -> None:
    """Add what became of the notifications owed after the warm-up; nothing if there are none.

    Latencies are from the fact that owes a notification to the fact that it was delivered, by
    channel. A share is of all that were owed: what still waits at the end is not delivered.
    The depth is the most that a notifier had taken and not sent, over the whole run.
    """
    table = Table(folder, "notifications")
    owed, done = table.numbers("owed_us"), table.numbers("done_us")
    taken = table.numbers("taken_us")
    status, channel = table.words("status"), table.words("channel")
    counted = owed >= window.start_us
    if not counted.any():
        return
    delivered = counted & status.equal("delivered")
    soon = delivered & (done - owed <= _SOON_US)
    metrics, total = findings.metrics, int(counted.sum())
    metrics["notifications.owed.count"] = total
    metrics["notifications.given_up.count"] = int((counted & status.equal("given_up")).sum())
    metrics["notifications.waiting.count"] = int((counted & status.equal("waiting")).sum())
    metrics["notifications.delivered.share"] = int(delivered.sum()) / total
    metrics["notifications.within_30s.share"] = int(soon.sum()) / total
    for name in sorted(channel.words):
        own: Mask = channel.equal(name)
        latencies: Integers = np.sort((done - owed)[delivered & own])
        findings.add_latency(f"notification_{name}", latencies, window.seconds)
        metrics[f"notifications.{name}.depth.max"] = _depth(taken[own], done[own])


def _depth(taken: Integers, done: Integers) -> int:
    """Return the most that waited at once; who leaves at an instant makes room first."""
    arrivals, departures = np.sort(taken[taken >= 0]), np.sort(done[done >= 0])
    if not len(arrivals):
        return 0
    gone = np.searchsorted(departures, arrivals, side="right")
    return int((np.arange(1, len(arrivals) + 1) - gone).max())
