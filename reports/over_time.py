"""How a run went over its time: the points of the figures that have a time axis."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from reports.findings import Findings
from reports.moves import Moves, sums_by
from reports.requests import Requests
from reports.statistics import is_undersampled, nearest_rank, parts_of
from reports.tables import Integers, Mask, Table

Series = dict[str, Any]

SIDES: Final = {"buy": "BUY", "sell": "SELL"}
OVER_TIME: Final = ("p50", "p90", "p99")

MOST_BINS: Final = 240
_LEAST_BINS: Final = 6
_ENOUGH_FOR_P99: Final = 2_000  # twice as many as there must be: they come unevenly
_CELLS_PER_DECADE: Final = 12  # of latency, in the heat map
_BINS_PER_DECADE: Final = 24  # in the distribution
_US_PER_S: Final = 1_000_000


class Bins(NamedTuple):
    """Bins of equal width over the time of a run, in whole seconds.

    Attributes:
        number: How many, at least 1.
        width_s: Their width; the last one may reach beyond the end.
        ends_s: Where the run ends; seconds after its start.
    """

    number: int
    width_s: int
    ends_s: float

    @classmethod
    def over(cls, seconds: float, most: int = MOST_BINS) -> Bins:
        """Return the finest bins of which at most so many cover a run."""
        whole = max(1, int(np.ceil(seconds)))
        width_s = -(-whole // most)
        return cls(-(-whole // width_s), width_s, seconds)

    def places(self, times_us: Integers) -> Integers:
        """Return the bin of each time; what comes later belongs to the last one."""
        bins: Integers = times_us // (self.width_s * _US_PER_S)
        return bins.clip(0, self.number - 1)

    def lengths_s(self) -> NDArray[np.float64]:
        """Return how much of the run lies in each bin."""
        lengths = np.full(self.number, float(self.width_s))
        last_s = self.ends_s - (self.number - 1) * self.width_s
        if last_s > 0:
            lengths[-1] = min(last_s, self.width_s)
        return lengths

    def per_second(self, counts: Integers) -> list[float]:
        """Return counts in the bins per second of the run; of the last bin at least one second."""
        rates: list[float] = (counts / np.maximum(self.lengths_s(), 1.0)).tolist()
        return rates

    def series(self, **values: Any) -> Series:
        """Return values, one for each bin, with the bins that they are of."""
        begins = [number * self.width_s for number in range(self.number)]
        return {"bin_s": self.width_s, "from_s": begins, **values}

    def most(self, times_s: Integers, values: Integers) -> list[int]:
        """Return the largest value in each bin; 0 where there is none."""
        found = np.zeros(self.number, np.int64)
        np.maximum.at(found, (times_s // self.width_s).clip(0, self.number - 1), values)
        numbers: list[int] = found.tolist()
        return numbers


class Answers(NamedTuple):
    """The requests that were answered and not refused for load, whether they count or not.

    Attributes:
        intended_us: When each was meant to start.
        latency_us: Until its last word.
    """

    intended_us: Integers
    latency_us: Integers

    @classmethod
    def of(cls, requests: Requests) -> Answers:
        """Return those of a run."""
        rows = (requests.answered >= 0) & ~requests.refused
        intended = requests.intended[rows]
        return cls(intended, requests.answered[rows] - intended)


def latency_over_time(answers: Answers, bins: Bins) -> Series:
    """Return percentiles and the maximum of the latencies that were meant to start in each bin.

    Returns:
        `p50`, `p90`, `p99` and `max` in seconds; None where fewer than ten values lie beyond a
        percentile, or there are none.
    """
    place = bins.places(answers.intended_us)
    # One number for both is sorted several times as fast as a pair.
    low = int(answers.latency_us.min(initial=0))
    width = int(answers.latency_us.max(initial=0)) - low + 1
    keys = np.sort(place * width + (answers.latency_us - low))
    ascending = keys % width + low
    starts = np.searchsorted(keys, np.arange(bins.number + 1) * width)
    groups = [ascending[start:end] for start, end in pairwise(starts)]
    found = {name: [_percentile(own, parts_of(name)) for own in groups] for name in OVER_TIME}
    return bins.series(**found, max=[int(own[-1]) / _US_PER_S if len(own) else None
                                     for own in groups])  # fmt: skip


def load_over_time(requests: Requests, bins: Bins) -> list[float]:
    """Return the requests that were meant to start in each bin, per second."""
    return bins.per_second(np.bincount(bins.places(requests.intended), minlength=bins.number))


def operations_over_time(requests: Requests, seconds: float) -> Series:
    """Return by operation the `p99` of the latencies that were meant to start in each bin.

    The bins are as wide as the operation in the middle needs, by its number of answers.

    Returns:
        Seconds; None where fewer than ten values lie beyond. And by operation `per_s`, its
        requests that were meant to start.
    """
    answers = {
        name: Answers(requests.intended[rows], latency)
        for name, rows, latency in requests.operations()
    }
    counts = sorted(len(own.latency_us) for own in answers.values())
    enough = counts[len(counts) // 2] // _ENOUGH_FOR_P99 if counts else 0
    bins = Bins.over(seconds, min(max(enough, _LEAST_BINS), MOST_BINS // 2))
    codes, words = requests.operation
    offered = {name: bins.places(requests.intended[codes == words.index(name)]) for name in answers}
    return bins.series(
        p99={name: latency_over_time(own, bins)["p99"] for name, own in answers.items()},
        per_s={name: bins.per_second(np.bincount(places, minlength=bins.number))
               for name, places in offered.items()},
    )  # fmt: skip


def _percentile(ascending: Integers, parts: int) -> float | None:
    if not len(ascending) or is_undersampled(len(ascending), parts):
        return None
    return nearest_rank(ascending, parts) / _US_PER_S


def _edges_us(latency_us: Integers, per_decade: int) -> NDArray[np.float64]:
    """Return edges, evenly spaced on a logarithmic axis, between which all latencies lie."""
    low, high = max(1, int(latency_us.min())), max(2, int(latency_us.max()))
    first = np.floor(np.log10(low) * per_decade)
    last = np.floor(np.log10(high) * per_decade) + 1
    edges: NDArray[np.float64] = 10.0 ** (np.arange(first, last + 1) / per_decade)
    return edges


def _levels(latency_us: Integers, edges_us: NDArray[np.float64]) -> Integers:
    found: Integers = np.searchsorted(edges_us, np.maximum(latency_us, 1), side="right") - 1
    return found.clip(0, len(edges_us) - 2)


def heat(answers: Answers, bins: Bins) -> Series:
    """Count answers by when they were meant to start and by how long they took.

    Returns:
        `edges_s` of the latencies, and `counts`: for each bin of time a list, one number for
        each pair of edges. Empty if nothing was answered.
    """
    if not len(answers.latency_us):
        return {}
    edges_us = _edges_us(answers.latency_us, _CELLS_PER_DECADE)
    levels = len(edges_us) - 1
    cell = bins.places(answers.intended_us) * levels + _levels(answers.latency_us, edges_us)
    counts = np.bincount(cell, minlength=bins.number * levels).reshape(bins.number, levels)
    return bins.series(edges_s=_rounded(edges_us), counts=counts.tolist())


def _rounded(edges_us: NDArray[np.float64]) -> list[float]:
    return [float(f"{edge / _US_PER_S:.6g}") for edge in edges_us.tolist()]


def distributions(requests: Requests) -> Series:
    """Count the latencies of each operation in bins of equal width on a logarithmic axis.

    Returns:
        `edges_s`, and by operation `counts`, one for each pair of edges. Empty if nothing was
        served.
    """
    latency_us = (requests.answered - requests.intended)[requests.served]
    if not len(latency_us):
        return {}
    edges_us = _edges_us(latency_us, _BINS_PER_DECADE)
    counts = {
        name: np.bincount(_levels(own, edges_us), minlength=len(edges_us) - 1).tolist()
        for name, _, own in requests.operations()
    }
    return {"edges_s": _rounded(edges_us), "counts": counts}


def queues_over_time(folder: Path, bins: Bins) -> Series:
    """Return the most messages that waited for each class of actors, looked at once a second."""
    table = Table(folder, "queues")
    actor, depth = table.words("actor"), table.numbers("depth")
    second = table.numbers("at_us") // _US_PER_S
    found = {
        name: bins.most(second[own], depth[own])
        for name in sorted(actor.words)
        for own in [actor.equal(name)]
    }
    return bins.series(**found)


def books_over_time(folder: Path, seconds: float, bins: Bins, findings: Findings) -> Series:
    """Return the most limit orders that waited on each side, and add how many there were.

    They are counted once a second, in all books together, from their placing until their end.
    """
    table = Table(folder, "orders")
    limits = table.words("price_type").equal("LIMIT")  # stop orders wait elsewhere
    side = table.words("order_type")
    placed, closed = table.numbers("placed_us"), table.numbers("closed_us")
    second = np.arange(max(1, int(seconds)))
    series = {}
    for name, word in SIDES.items():
        own = limits & side.equal(word)
        waiting = _waiting(placed[own], closed[own], second * _US_PER_S)
        if own.any():
            findings.add_counts(f"books.{name}", waiting, ("mean", "max"))
        series[name] = bins.most(second, waiting)
    return bins.series(**series)


def _waiting(placed: Integers, closed: Integers, instants: Integers) -> Integers:
    """Count what was placed and not closed; a time of -1 means that it never was."""
    came = np.searchsorted(np.sort(placed), instants, side="right")
    went = np.searchsorted(np.sort(closed[closed >= 0]), instants, side="right")
    waiting: Integers = came - went
    return waiting


def volume_over_time(moves: Moves, bins: Bins) -> Series:
    """Return the value of all executions per second, in 1/10,000 USD."""
    rows: Mask = moves.executions
    sums = sums_by(bins.places(moves.at_us[rows]), np.abs(moves.amount[rows]), bins.number)
    return bins.series(per_s=(sums / bins.lengths_s()).tolist())


def market_events(plan: dict[str, Any], seconds: float) -> list[Series]:
    """Return the openings and closes of the market within a run, seconds after its start."""
    market, starts_at_s = plan.get("market", {}), float(plan.get("starts_at_s", 0))
    bells = {"opening": market.get("opens_s"), "close": market.get("closes_s")}
    found = [
        {"at_s": day + bell - starts_at_s, "name": name}
        for day in range(0, int(starts_at_s + seconds) + 1, 86_400)
        for name, bell in bells.items()
        if bell is not None and 0 <= day + bell - starts_at_s <= seconds
    ]
    return sorted(found, key=lambda event: event["at_s"])
