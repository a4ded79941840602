"""What a tester that waits for answers would have measured: the trap called coordinated omission.

A tester with a fixed number of connections, each of which sends its next request only when the
last one is answered, stops asking while the system stalls. The stall then shows as one slow
request for each connection, and those that should have been sent meanwhile never wait for it.
"""

from __future__ import annotations

from heapq import heapify, heapreplace
from math import ceil

import numpy as np

from reports.findings import Findings
from reports.requests import Requests
from reports.statistics import PERCENTILES, nearest_rank
from reports.tables import Integers

_US_PER_S = 1_000_000
_FACTORS = ("p50", "p99", "p999")


def add_naive(requests: Requests, findings: Findings) -> None:
    """Add the naive latencies of all operations, and how many times larger the real ones are.

    The naive tester has as many connections as were in flight on average at the median latency
    (Little's law), as one would choose for a system that is well.
    """
    rows = np.flatnonzero(requests.served)
    if not len(rows):
        return
    order = rows[np.argsort(requests.intended[rows], kind="stable")]
    sent, answered = requests.sent[order], requests.answered[order]
    latency = np.sort(answered - requests.intended[order])
    seconds = max(requests.window.seconds, 1e-9)
    connections = max(1, ceil(len(rows) / seconds * nearest_rank(latency, 5_000) / _US_PER_S))
    least = _least_us(requests)[order]
    naive = np.sort(naive_latencies(sent, answered, least, connections))
    _add(findings, naive, connections)


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
    heapify(free)
    noted = np.empty(len(sent), np.int64)
    columns = zip(sent.tolist(), answered.tolist(), least.tolist(), strict=True)
    for place, (sent_us, answered_us, least_us) in enumerate(columns):
        begun_us = max(sent_us, free[0])
        took_us = max(answered_us - begun_us, least_us)
        noted[place] = took_us
        heapreplace(free, begun_us + took_us)
    return noted


def _least_us(requests: Requests) -> Integers:
    """Return what a request takes when nothing is in its way: network, service and commit."""
    parts = (requests.numbers(f"{part}_us") for part in ("network", "service", "commit"))
    least: Integers = sum(part.clip(0) for part in parts)  # type: ignore[assignment]
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
