"""What was found out about a run: metrics by their flat names, and the window they are of."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType
from typing import Any, Final

import numpy as np

from reports.statistics import (
    MORE_PERCENTILES,
    describe,
    exact_sum,
    is_undersampled,
    parts_of,
    spectrum,
    undersampled,
    weighted_rank,
)
from reports.tables import Integers, Mask
from simulation.metric_names import SPREAD

_US_PER_S: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Window:
    """The time that counts, in microseconds since the scenario's start: after the warm-up."""

    start_us: int
    end_us: int

    @property
    def seconds(self) -> float:
        """Length in seconds; rates divide by it."""
        return (self.end_us - self.start_us) / _US_PER_S

    def holds(self, times: Integers) -> Mask:
        """Return which times lie in the window, its end excluded."""
        return np.asarray((times >= self.start_us) & (times < self.end_us))


class Findings:
    """Metrics by their flat names, those that too few values stand behind, curves, and rows.

    Args:
        asked: Other percentiles to find, by the operation that they are of.
    """

    def __init__(self, asked: Mapping[str, Iterable[str]] = MappingProxyType({})) -> None:
        self._asked = asked
        self.metrics: dict[str, float] = {}
        self.undersampled: list[str] = []
        self.spectra: dict[str, list[tuple[float, float]]] = {}
        self.slowest: list[dict[str, Any]] = []

    def add_latency(self, name: str, ascending: Integers, seconds: float) -> None:
        """Add the statistics of sorted latencies in microseconds, if there are any."""
        if len(ascending) == 0:
            return
        more = tuple(dict.fromkeys([*MORE_PERCENTILES, *self._asked.get(name, ())]))
        for statistic, value in describe(ascending, seconds, more).items():
            self.metrics[f"latency.{name}.{statistic}"] = value
        self.undersampled += [f"latency.{name}.{p}" for p in undersampled(len(ascending), more)]
        self.spectra[name] = spectrum(ascending)

    def add_share(self, name: str, part: int, whole: int) -> None:
        """Add a share, unless it would be one of nothing."""
        if whole:
            self.metrics[name] = part / whole

    def add_counts(self, name: str, values: Integers, statistics: Iterable[str] = SPREAD) -> None:
        """Add the spread of whole numbers, if there are any; their mean is a fraction."""
        self._add(name, values, np.ones_like(values), statistics, int, float)

    def add_money(self, name: str, values: Integers, statistics: Iterable[str] = SPREAD) -> None:
        """Add the spread of amounts of money, if there are any, all in whole 1/10,000 USD.

        The mean is rounded to the nearest, at a half to the even one.
        """
        self._add(name, values, np.ones_like(values), statistics, int, round)

    def add_times(
        self,
        name: str,
        values_us: Integers,
        weights: Integers,
        statistics: Iterable[str] = SPREAD,
    ) -> None:
        """Add the spread of times, each of which stands for several, in seconds."""
        self._add(name, values_us, weights, statistics, _in_s, lambda mean: float(mean) / _US_PER_S)

    def _add(
        self,
        name: str,
        values: Integers,
        weights: Integers,
        statistics: Iterable[str],
        of_value: Callable[[int], float],
        of_mean: Callable[[Fraction], float],
    ) -> None:
        if len(values) == 0:
            return
        order = np.argsort(values, kind="stable")
        ascending, weights = values[order], weights[order]
        total = exact_sum(ascending * weights)
        ends = {"min": int(ascending[0]), "max": int(ascending[-1]), "total": total}
        for statistic in statistics:
            key = f"{name}.{statistic}"
            if statistic == "mean":
                self.metrics[key] = of_mean(Fraction(total, int(weights.sum())))
                continue
            parts = parts_of(statistic)
            value = weighted_rank(ascending, weights, parts) if parts else ends[statistic]
            self.metrics[key] = of_value(value)
            if parts and is_undersampled(len(values), parts):
                self.undersampled.append(key)


def _in_s(microseconds: int) -> float:
    return microseconds / _US_PER_S
