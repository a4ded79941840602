"""What a tester that waits for answers would have measured: the trap called coordinated omission.

A tester with a fixed number of connections, each of which sends its next request only when the
last one is answered, stops asking while the system stalls. The stall then shows as one slow
request for each connection, and those that should have been sent meanwhile never wait for it.
"""

from __future__ import annotations

from heapq import heapreplace
from math import ceil
from typing import Final

import numpy as np

from reports.findings import Findings
from reports.requests import Requests
from reports.statistics import PERCENTILES, nearest_rank
from reports.tables import Integers

_US_PER_S: Final = 1_000_000
_FACTORS: Final = ("p50", "p99", "p999")
_SPARE: Final = 10


def add_naive(requests: Requests, findings: Findings) -> None:
    """Add the naive latencies of all operations, and how many times larger the real ones are.

    The naive tester has ten times as many connections as there are requests under way at the
    median latency (Little's law): enough that it never waits for one while all is well.
    """
    rows = np.flatnonzero(requests.served)
    if not len(rows) or not requests.window.seconds > 0:
        return
    order = rows[np.argsort(requests.intended[rows], kind="stable")]
    least = _least_us(requests)[order]
    under_way = len(rows) / requests.window.seconds * findings.metrics["latency.all.p50"]
    connections = max(1, ceil(_SPARE * under_way))
    naive = naive_latencies(requests.sent[order], requests.answered[order], least, connections)
    _add(findings, np.sort(naive), connections)


def naive_latencies(
    sent: Integers, answered: Integers, least: Integers, connections: int
) -> Integers:
    """Return what a tester with so many connections would have noted, microseconds.

    Args:
        sent: When each request was sent, in order.
        answered: When it was answered.
        least: What it takes in any case, were it sent later.
        connections: At least 1; a request takes the one that is free first.
    """
    free = [0] * connections
    noted: list[int] = []
    columns = zip(sent.tolist(), answered.tolist(), least.tolist(), strict=True)
    for sent_us, answered_us, least_us in columns:
        # Of millions of calls of max() the calling is what takes the time.
        begun_us = free[0] if free[0] > sent_us else sent_us
        late_us = answered_us - begun_us
        took_us = late_us if late_us > least_us else least_us
        noted.append(took_us)
        heapreplace(free, begun_us + took_us)
    return np.array(noted, np.int64)


def _least_us(requests: Requests) -> Integers:
    """Return what each request takes when nothing is in its way: the median of its operation."""
    least: Integers = requests.answered - requests.intended
    for _, rows, latency in requests.operations():
        least[rows] = np.minimum(latency, nearest_rank(np.sort(latency), PERCENTILES["p50"]))
    return least


def _add(findings: Findings, naive: Integers, connections: int) -> None:
    found = findings.metrics
    for name, parts in PERCENTILES.items():
        found[f"naive.{name}"] = nearest_rank(naive, parts) / _US_PER_S
        if f"latency.all.{name}" in findings.undersampled:
            findings.undersampled.append(f"naive.{name}")
    found["naive.max"] = int(naive[-1]) / _US_PER_S
    found["naive.connections"] = connections
    for name in _FACTORS:
        if found[f"naive.{name}"] > 0:
            found[f"naive.{name}_factor"] = found[f"latency.all.{name}"] / found[f"naive.{name}"]
        if f"latency.all.{name}" in findings.undersampled:
            findings.undersampled.append(f"naive.{name}_factor")
