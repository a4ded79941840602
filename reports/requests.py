"""What the clients saw: latencies, their parts, and rates, from requests and ticks."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Final

import numpy as np

from reports.findings import Findings, Window
from reports.parts import PARTS
from reports.statistics import share_within
from reports.tables import Integers, Mask, Table, Words
from simulation.records import BUSY

PLACING: Final = ("place_market", "place_limit", "place_stop")
EVERY: Final = "all"  # stands for all operations together

_US_PER_S: Final = 1_000_000
_MOST_BINS: Final = 300


class Requests:
    """The columns of the requests that every figure needs, read once.

    Args:
        folder: The run.
        window: The time that counts.
        cut_s: When the run broke off; what was meant for later was never sent and is left out.
    """

    def __init__(self, folder: Path, window: Window, cut_s: float) -> None:
        self._table = Table(folder, "requests")
        self._rows = self._table.numbers("intended_us") <= cut_s * _US_PER_S
        self.window = window
        self.operation: Words = self.words("operation")
        self.intended: Integers = self.numbers("intended_us")
        self.answered: Integers = self.numbers("answered_us")
        self.refused: Mask = self.words("reason").equal(BUSY)
        self.measured: Mask = np.asarray(self.intended >= window.start_us)

    def numbers(self, column: str) -> Integers:
        """Read a column of integers."""
        return self._table.numbers(column)[self._rows]

    def words(self, column: str) -> Words:
        """Read a text column."""
        codes, words = self._table.words(column)
        return Words(codes[self._rows], words)

    @cached_property
    def served(self) -> Mask:
        """Which requests count for latencies: measured, answered, and not refused at the door.

        A refusal is quick; counted in, it would flatter an overloaded system.
        """
        return self.measured & (self.answered >= 0) & ~self.refused

    @cached_property
    def sent(self) -> Integers:
        """When each request was sent."""
        return self.numbers("sent_us")

    @cached_property
    def orders(self) -> Mask:
        """Which requests place an order."""
        return np.asarray(np.any([self.operation.equal(name) for name in PLACING], axis=0))

    def operations(self) -> Iterator[tuple[str, Integers, Integers]]:
        """Yield each operation that was served with its rows and their latencies."""
        for name in sorted(self.operation.words):
            rows = np.flatnonzero(self.served & self.operation.equal(name))
            if len(rows):
                yield name, rows, self.answered[rows] - self.intended[rows]

    def add_all(self, findings: Findings) -> None:
        """Add everything that this table tells."""
        bands = self._add_latencies(findings)
        self._add_parts(findings, bands)
        self._add_rates(findings)
        self._add_totals(findings)
        late = (self.sent - self.intended)[self.measured & (self.sent >= 0)]
        findings.add_times("sending", late, np.ones_like(late), ("mean", "p99", "max"))

    def _add_latencies(self, findings: Findings) -> dict[str, Integers]:
        every = (self.answered - self.intended)[self.served]
        every.sort()
        findings.add_latency(EVERY, every, self.window.seconds)
        bands: dict[str, Integers] = {}
        for name, rows, latencies in self.operations():
            ascending = np.sort(latencies)
            findings.add_latency(name, ascending, self.window.seconds)
            for band, (low, high) in _bands(ascending).items():
                bands[f"{name}.{band}"] = rows[(latencies >= low) & (latencies <= high)]
        return bands

    def _add_parts(self, findings: Findings, bands: dict[str, Integers]) -> None:
        """Add the mean of each part at the median (p45 to p55) and at the slowest 1 %.

        An answer that came about by another command has no parts of its own and is left out.
        """
        traced = self.numbers("network_us") >= 0
        findings.metrics["total.untraced"] = int((self.served & ~traced).sum())
        bands = {band: own for band, rows in bands.items() if len(own := rows[traced[rows]])}
        for part in PARTS:
            times = self.part(part)
            for band, rows in bands.items():
                findings.metrics[f"parts.{band}.{part}"] = float(times[rows].mean()) / _US_PER_S

    def part(self, part: str) -> Integers:
        """Return one of the `PARTS` of each latency, microseconds; -1 for one without parts."""
        if part == "sending":
            return self.sent - self.intended
        return self.numbers(f"{part}_us")

    def _add_rates(self, findings: Findings) -> None:
        answered = self.window.holds(self.answered)
        accepted = self.orders & self.window.holds(self.numbers("accepted_us"))
        counts = {
            "offered": self.window.holds(self.intended),
            "sent": self.window.holds(self.sent),
            "completed": answered & ~self.refused,
            "refused": answered & self.refused,
            "orders": accepted,
        }
        if self.window.seconds > 0:
            for name, rows in counts.items():
                findings.metrics[f"rate.{name}"] = int(rows.sum()) / self.window.seconds
        self._add_rate_spread("offered", self.intended, findings)
        self._add_rate_spread("completed", self.answered[answered & ~self.refused], findings)

    def _add_rate_spread(self, name: str, times: Integers, findings: Findings) -> None:
        """Add how much the requests in each whole second of the measured time differ."""
        first, last = -(-self.window.start_us // _US_PER_S), self.window.end_us // _US_PER_S
        if last - first < 2:
            return
        places = times // _US_PER_S - first
        inside = (places >= 0) & (places < last - first)
        counts = np.sort(np.bincount(places[inside], minlength=last - first))
        sd = float(counts.std(ddof=1))
        found = {"sd": sd, "max": int(counts[-1]), "within_sd": share_within(
            counts, float(counts.mean()), sd)}  # fmt: skip
        findings.metrics |= {f"rate.{name}.{what}": value for what, value in found.items()}

    def _add_totals(self, findings: Findings) -> None:
        placed, metrics = int(self.orders.sum()), findings.metrics
        accepted = self.numbers("accepted_us") >= 0
        # An order that was accepted and then came to nothing was not rejected.
        rejected = self.orders & ~accepted & self.words("status").equal("rejected")
        metrics["total.requests"] = len(self.intended)
        metrics["total.unanswered"] = int((self.answered < 0).sum())
        metrics["total.refused"] = int(self.refused.sum())
        metrics["total.orders"] = placed
        metrics["total.rejected"] = int(rejected.sum())
        for reason, count in self.words("reason").counts(rejected).items():
            if count:
                metrics[f"rejected.{reason or 'unknown'}"] = count
        self._add_shares(metrics)
        if len(self.answered) and self.answered.max() >= 0:
            metrics["drain"] = max(0, int(self.answered.max() - self.intended.max())) / _US_PER_S

    def _add_shares(self, metrics: dict[str, float]) -> None:
        if self.measured.any():
            metrics["refused.share"] = float(self.refused[self.measured].mean())
        orders = self.orders & self.measured
        if orders.any():
            accepted = self.numbers("accepted_us")[orders] >= 0
            metrics["accepted.share"] = float(accepted.mean())

    def load(self) -> dict[str, list[float] | float]:
        """Return requests per second over time, in at most 300 bins of whole seconds."""
        ends = [int(times.max()) for times in (self.intended, self.answered) if len(times)]
        seconds = max([0, *ends]) // _US_PER_S + 1
        width = -(-seconds // _MOST_BINS)
        counted = {
            "offered": self.intended,
            "sent": self.sent[self.sent >= 0],
            "completed": self.answered[(self.answered >= 0) & ~self.refused],
            "refused": self.answered[(self.answered >= 0) & self.refused],
        }
        bins = -(-seconds // width)
        lengths = np.full(bins, width)
        lengths[-1] = seconds - (bins - 1) * width
        series = {
            name: (np.bincount(times // (width * _US_PER_S), minlength=bins) / lengths).tolist()
            for name, times in counted.items()
        }
        return {"bin_s": width, "from_s": [number * width for number in range(bins)], **series}


def add_ticks(folder: Path, window: Window, findings: Findings) -> None:
    """Add how long ticks take to reach the order book and the valuation.

    Profit and loss is derived from the prices that the valuation holds: it is recalculated
    when a tick gets there, so its latency is the same.
    """
    table = Table(folder, "prices")
    intended = table.numbers("intended_us")
    names = {"price_to_book": "book_us", "price_to_valuation": "valuation_us"}
    for name, column in {**names, "profit_loss": "valuation_us"}.items():
        learnt = table.numbers(column)
        counted = (learnt >= 0) & (intended >= window.start_us)
        latencies = np.sort((learnt - intended)[counted])
        findings.add_latency(name, latencies, window.seconds)


def _bands(ascending: Integers) -> dict[str, tuple[int, int]]:
    """Return the bounds of the median band and of the slowest 1 %, both included."""
    count = len(ascending)
    low, high, slow = (ascending[-(-count * percent // 100) - 1] for percent in (45, 55, 99))
    return {"median": (int(low), int(high)), "slowest": (int(slow), int(ascending[-1]))}
