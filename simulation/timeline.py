"""The timeline of a run: what happened in each virtual second, and what each actor class did."""

from __future__ import annotations

import time
from collections.abc import Callable
from math import isfinite
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from simpy import Event

from simulation.columns import Coded
from simulation.faults.injector import Injector
from simulation.faults.kinds import LASTING_KINDS
from simulation.recorder import ColumnWriter
from simulation.virtual_time import VirtualTimeRuntime

MICROSECONDS: Final = 1_000_000

PERIOD_S: Final = 1.0
_WALL_S_BETWEEN_NEWS: Final = 0.1
_ENOUGH_FOR_P99: Final = 1_000  # ten values lie beyond it
_GOLDEN_RATIO: Final = (1 + 5**0.5) / 2


class Timeline:
    """Samples a runtime once per virtual second, and tells people how far it is.

    Mailboxes are looked at somewhere within each second, every time elsewhere (at the fractional
    parts of multiples of the golden ratio, which are spread evenly: H. Weyl, Mathematische
    Annalen 77, 1916): ticks come at whole seconds, and whoever always looked then would see
    mailboxes fuller than they are.

    It goes on after the end while messages are on their way: what piles up at the close waits
    longest, and whoever counts without it misses most of the waiting.
    """

    def __init__(
        self,
        runtime: VirtualTimeRuntime,
        progress: Callable[[float, float], None] | None,
        end_s: float,
    ) -> None:
        self._runtime = runtime
        self._progress = progress
        self._end_s = end_s
        self._depths: list[int] = []
        self._queues: list[tuple[int, str, int]] = []  # second, class, depth; no zeros
        self._busy_s: list[float] = []
        self._told_s = 0.0
        self._after(-runtime.now, self._begin_second)

    def _after(self, wait_s: float, act: Callable[[Event], None]) -> None:
        timer = self._runtime.env.timeout(wait_s)
        assert timer.callbacks is not None
        timer.callbacks.append(act)

    def _begin_second(self, _: Event) -> None:
        second = len(self._busy_s)
        self._busy_s.append(sum(node.busy_s for node in self._runtime.cluster.nodes))
        self._after(second * _GOLDEN_RATIO % PERIOD_S, self._look)
        if self._progress is not None and time.perf_counter() - self._told_s > _WALL_S_BETWEEN_NEWS:
            self._told_s = time.perf_counter()
            self._progress(self._runtime.now, self._end_s)
        if self._runtime.now < self._end_s or not self._runtime.is_idle():
            self._after(PERIOD_S, self._begin_second)

    def _look(self, _: Event | None = None) -> None:
        """Take down what waits, for the second that has begun last."""
        nodes = self._runtime.cluster.nodes
        # An actor that is served waits for no worker, and yet its mailbox may be full.
        waiting = {place.address: place for node in nodes for place in node.ready}
        for node in nodes:
            waiting |= {w.cell.address: w.cell for w in node.staff if w.cell is not None}
        depths: dict[str, int] = {}
        for place in waiting.values():
            name = place.actor_class.__name__
            depths[name] = depths.get(name, 0) + len(place.queue)
        second = len(self._depths)
        self._queues += ((second, name, depth) for name, depth in depths.items() if depth)
        self._depths.append(sum(depths.values()))

    def close(self) -> None:
        """Look at once where the run has ended before the last second was looked into."""
        if len(self._depths) < len(self._busy_s):
            self._look()

    def write(
        self,
        table: ColumnWriter,
        intended_us: NDArray[np.int64],
        answers: PerSecond,
    ) -> None:
        """Write a row for each virtual second that was sampled.

        Args:
            table: The table `timeline`.
            intended_us: When each command was meant to be sent, in order.
            answers: How many were answered in each second.
        """
        seconds = len(self._depths)
        offered = np.bincount(intended_us // MICROSECONDS, minlength=seconds)[:seconds]
        completed, refused = answers.completed(seconds), answers.refused(seconds)
        workers = sum(node.workers for node in self._runtime.cluster.nodes)
        busy_us = np.rint(np.diff(self._busy_s, prepend=0.0) * MICROSECONDS).astype(np.int64)
        values: tuple[NDArray[Any], ...] = (
            np.arange(seconds) * MICROSECONDS, offered, offered, completed, refused,
            np.cumsum(offered) - np.cumsum(completed), np.asarray(self._depths, np.int64),
            np.append(busy_us[1:], 0), np.full(seconds, workers),
        )  # fmt: skip
        names = ("at_us", "offered", "sent", "completed", "refused", "in_flight", "depth",
                 "busy_us", "workers")  # fmt: skip
        table.append_columns(dict(zip(names, values, strict=True)))

    def write_queues(self, table: ColumnWriter) -> None:
        """Write how many messages waited for each class of actors in each virtual second."""
        names = sorted({name for node in self._runtime.cluster.nodes for name in node.tallies})
        depths = np.zeros((len(names), len(self._depths)), np.int64)
        for second, name, depth in self._queues:
            depths[names.index(name), second] = depth
        if not depths.size:
            return
        classes, seconds = np.indices(depths.shape)
        table.append_columns({
            "at_us": seconds.ravel() * MICROSECONDS,
            "actor": Coded(classes.ravel(), names),
            "depth": depths.ravel(),
        })  # fmt: skip


class PerSecond:
    """Counts of answers, and of those that said "busy", by the virtual second of the answer.

    Attributes:
        refused_so_far: How many said "busy".
    """

    def __init__(self) -> None:
        self._completed = np.zeros(0, np.int64)
        self._refused = np.zeros(0, np.int64)
        self._latest_us = np.zeros(0, np.int64)
        self.refused_so_far = 0

    def latest_p99_s(self) -> float | None:
        """Return the 99th percentile of the latencies that were added last; None if too few."""
        count = len(self._latest_us)
        if count < _ENOUGH_FOR_P99:
            return None
        rank = -(-count * 99 // 100) - 1
        return int(np.partition(self._latest_us, rank)[rank]) / MICROSECONDS

    def add(
        self,
        answered_us: NDArray[np.int64],
        latency_us: NDArray[np.int64],
        is_refused: NDArray[np.bool_],
    ) -> None:
        """Count some answers."""
        self._latest_us = latency_us[~is_refused]
        self.refused_so_far += int(is_refused.sum())
        seconds = np.maximum(answered_us, 0) // MICROSECONDS
        self._completed = _sum(self._completed, np.bincount(seconds))
        self._refused = _sum(self._refused, np.bincount(seconds[is_refused]))

    def completed(self, seconds: int) -> NDArray[np.int64]:
        """Return the answers in each of the first seconds, those included."""
        return _sum(self._completed, np.zeros(seconds, np.int64))[:seconds]

    def refused(self, seconds: int) -> NDArray[np.int64]:
        """Return the answers in each of the first seconds that said "busy"."""
        return _sum(self._refused, np.zeros(seconds, np.int64))[:seconds]


def _sum(one: NDArray[np.int64], other: NDArray[np.int64]) -> NDArray[np.int64]:
    longer, shorter = (one, other) if len(one) >= len(other) else (other, one)
    total = longer.astype(np.int64)
    total[: len(shorter)] += shorter
    return total


def write_actors(table: ColumnWriter, runtime: VirtualTimeRuntime) -> None:
    """Write what the actors of each class did on each node."""
    cells = runtime.cells.values()
    for node in runtime.cluster.nodes:
        for name, tally in node.tallies.items():
            own = [cell for cell in cells if cell.actor_class.__name__ == name]
            table.append(
                name, node.name, tally.actors, tally.messages,
                round(tally.busy_s * MICROSECONDS), round(tally.waiting_s * MICROSECONDS),
                tally.depth_max, sum(cell.restarts for cell in own), 0,
                sum(cell.refused for cell in own),
            )  # fmt: skip


def write_faults(table: ColumnWriter, injector: Injector) -> None:
    """Write each decision that something went wrong, and until when its fault lasts."""
    for fired in injector.fired:
        fault = injector.faults[fired.number]
        ends_s = injector.ends_s(fault, fired.at_us / MICROSECONDS)
        lasts = fault.kind in LASTING_KINDS and isfinite(ends_s)
        table.append(
            fired.at_us, round(ends_s * MICROSECONDS) if lasts else -1, fired.number + 1,
            fired.kind, fired.where, fired.name, injector.effects[fired.name],
        )  # fmt: skip
