"""How far a run is, and how it is doing: what a terminal and a notebook show of it alike."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from scenarios.playing import Task
    from simulation.timeline import PerSecond

_DAY_S: Final = 86_400


class Reading(NamedTuple):
    """One look at a run.

    Attributes:
        share: Done, 0 to 1.
        clock: Time of its day.
        ratio: Virtual seconds per wall-clock second since the start.
        left_s: Wall-clock seconds to go at this pace; None while nobody can tell.
        p99_s: Of the latest answers, in virtual seconds; None before there are enough.
        refused: Requests that were refused for load.
    """

    share: float
    clock: str
    ratio: float
    left_s: float | None
    p99_s: float | None
    refused: int

    def words(self) -> str:
        """Return it in a line."""
        left = "" if self.left_s is None else f"  {brief(self.left_s)} left"
        return f"{self.clock} x{self.ratio:,.0f}{left}{self.health()}"

    def health(self) -> str:
        """Return how it is doing, in words; empty before anything is known."""
        if self.p99_s is None:
            return ""
        return f"  p99 {_latency(self.p99_s)}  refused {self.refused:,}"


class Gauge:
    """Reads how far a run is; it may watch the answers, too.

    Args:
        starts_at_s: Time of day at which virtual time is 0, in seconds after midnight.
    """

    def __init__(self, starts_at_s: int) -> None:
        self._starts_at_s = starts_at_s
        self._answers: PerSecond | None = None
        self._begun_s = 0.0

    def watch(self, answers: PerSecond) -> None:
        """Read from here on what is counted there."""
        self._answers = answers

    def read(self, now_s: float, end_s: float) -> Reading:
        """Read the gauge at `now_s` of `end_s` virtual seconds."""
        self._begun_s = self._begun_s or time.perf_counter()
        wall_s = max(time.perf_counter() - self._begun_s, 1e-3)
        ratio = max(now_s, 0.0) / wall_s
        left_s = max(0.0, end_s - now_s) / ratio if now_s > 0 and wall_s > 1.0 else None
        p99_s, refused = (None, 0)
        if self._answers is not None:
            p99_s, refused = self._answers.latest_p99_s(), self._answers.refused_so_far
        share = min(1.0, max(0.0, now_s / end_s)) if end_s > 0 else 0.0
        clock = time_of_day(self._starts_at_s + now_s)
        return Reading(share, clock, ratio, left_s, p99_s, refused)


class Together:
    """How far many runs have come together.

    Args:
        total: How many runs there are; None while nobody knows.

    Attributes:
        done: How many have ended.
        show: Is told how many runs' worth is done, how many have ended, and words about it.
    """

    def __init__(self, total: int | None) -> None:
        self.total = total
        self.done = 0
        self.show: Callable[[float, int, str], None] | None = None
        self._under_way: dict[tuple[Path, str], float] = {}
        self._lock = threading.Lock()

    def tell(self, task: Task, now_s: float, end_s: float) -> None:
        """Note how far a run has come, in virtual seconds; from any thread."""
        with self._lock:
            self._under_way[task.out, task.folder_name] = min(1.0, max(0.0, now_s / end_s))
            self._move()

    def ended(self, folder: Path, more: str = "") -> None:
        """Note that a run has ended."""
        with self._lock:
            self.done += 1
            self._under_way.pop((folder.parent, folder.name), None)
            self._move(more)

    def _move(self, more: str = "") -> None:
        if self.show is not None:
            self.show(self.done + sum(self._under_way.values()), self.done, more)


def time_of_day(seconds: float) -> str:
    """Return `HH:MM:SS` of a second after midnight; after the next midnight it starts anew."""
    minutes, second = divmod(int(seconds) % _DAY_S, 60)
    return f"{minutes // 60:02}:{minutes % 60:02}:{second:02}"


def brief(seconds: float) -> str:
    """Write a wait as `0:07`, `12:30` or `1:02:03`."""
    minutes, second = divmod(round(seconds), 60)
    hours = f"{minutes // 60}:{minutes % 60:02}" if minutes >= 60 else f"{minutes}"
    return f"{hours}:{second:02}"


def _latency(seconds: float) -> str:
    return f"{seconds * 1_000:.1f} ms" if seconds < 1.0 else f"{seconds:.2f} s"
