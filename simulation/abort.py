"""Ends a run early when a limit that is marked so is missed.

Judged is what has been answered since the warm-up, every few virtual seconds, where enough is
known: of a percentile ten values beyond it, as in reports. The run then ends with those values.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray
from simpy import Environment, Event

from simulation.histogram import Histogram
from simulation.metric_names import metrics_named
from simulation.plan import Limit, Plan
from simulation.records import OPERATIONS
from simulation.workload import Workload

if TYPE_CHECKING:
    from simulation.clients import Clients

LOOK_EVERY_S: Final = 5.0
_ENOUGH: Final = 10  # values beyond a percentile
_ENOUGH_FOR_MEAN: Final = 100
_ENOUGH_FOR_SHARE: Final = 1_000
_MICROSECONDS: Final = 1_000_000
_REFUSED: Final = "refused.share"


class LimitBroken(Exception):  # noqa: N818 - what has happened; nothing is wrong with the run
    """A limit that ends the run is missed; says which, and by what."""


def can_abort(metric: str) -> bool:
    """Tell whether it is known during a run how a metric stands."""
    family, *words = metric.split(".")
    if family == "latency":
        return words[0] in (*OPERATIONS, "all") and words[-1] != "min"
    return metric == _REFUSED


def watchdog_of(plan: Plan, workload: Workload, env: Environment) -> Watchdog | None:
    """Return what judges the limits of a plan that end its run; None if none does."""
    limits = [limit for limit in plan.limits if limit.aborts]
    return Watchdog(limits, plan.warm_up_s, workload, env) if limits else None


class Watchdog:
    """Takes every answer, and now and then looks whether a limit is missed.

    Args:
        limits: Those that end the run.
        warm_up_s: Requests that are meant before it do not count.
        workload: What is sent.
        env: The clock.
    """

    def __init__(
        self, limits: list[Limit], warm_up_s: float, workload: Workload, env: Environment
    ) -> None:
        self._limits = limits
        self._from_us = round(warm_up_s * _MICROSECONDS)
        self._workload = workload
        self._env = env
        self._by_operation = {name: Histogram() for name in (*OPERATIONS, "all")}
        self._refused = 0

    def take(
        self, rows: NDArray[np.int64], latency_us: NDArray[np.int64], is_refused: NDArray[np.bool_]
    ) -> None:
        """Take the answers to some rows of the workload."""
        counts = self._workload.intended_us[rows] >= self._from_us
        self._refused += int((counts & is_refused).sum())
        served = counts & ~is_refused
        codes, latency_us = self._workload.operation[rows][served], latency_us[served]
        self._by_operation["all"].add(latency_us)
        for code in np.unique(codes):
            self._by_operation[OPERATIONS[code]].add(latency_us[codes == code])

    def watch(self, clients: Clients, end_s: float) -> None:
        """Look at the limits now and then until an instant; a missed one raises `LimitBroken`."""

        def look(_: Event) -> None:
            clients.write()
            self.judge()
            arm()

        def arm() -> None:
            if self._env.now + LOOK_EVERY_S >= end_s:
                return  # what comes after the last command spares nobody anything
            timer = self._env.timeout(LOOK_EVERY_S)
            assert timer.callbacks is not None
            timer.callbacks.append(look)

        arm()

    def judge(self) -> None:
        """Look at the limits.

        Raises:
            LimitBroken: One is missed.
        """
        for limit in self._limits:
            for metric, value in self._known(limit):
                if value > limit.bound or (value == limit.bound and limit.relation == "<"):
                    stands = f"{value:.2%}" if metric == _REFUSED else f"{value:.4g} s"
                    raise LimitBroken(
                        f"{metric} was at least {stands} after {self._env.now:.0f} s, "
                        f"where {limit.text} was asked for"
                    )

    def _known(self, limit: Limit) -> Iterator[tuple[str, float]]:
        """Yield how the metrics of a limit stand, from below, as far as enough is known."""
        for metric in filter(can_abort, metrics_named(limit.metric)):
            if metric == _REFUSED:
                offered = self._offered()
                if offered >= _ENOUGH_FOR_SHARE:
                    yield metric, self._refused / offered
                continue
            _, operation, statistic = metric.split(".")
            value_us = _statistic(self._by_operation[operation], statistic)
            if value_us is not None:
                yield metric, value_us / _MICROSECONDS

    def _offered(self) -> int:
        """Return how many requests that count were meant to start so far."""
        instants = [self._from_us, round(self._env.now * _MICROSECONDS)]
        first, last = np.searchsorted(self._workload.intended_us, instants, side="left")
        return int(last - first)


def _statistic(values: Histogram, name: str) -> float | None:
    """Return a statistic in microseconds; None where too few values stand behind it."""
    if not values.count:
        return None
    if name == "max":
        return values.most
    if name == "mean":
        return values.total / values.count if values.count >= _ENOUGH_FOR_MEAN else None
    share = int(name[1:].ljust(5, "0"))  # of 100,000
    if values.count * min(share, 100_000 - share) < _ENOUGH * 100_000:
        return None
    return values.at_least(-(-values.count * share // 100_000))
