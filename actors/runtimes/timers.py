"""Timers by the wall clock."""

from __future__ import annotations

import heapq
import itertools
import threading
from collections.abc import Callable


class Timers:
    """One thread that does what falls due.

    Args:
        now: Tells the seconds on the clock that dues are given in.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._condition = threading.Condition()
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()
        self._open = True
        self._thread: threading.Thread | None = None

    def add(self, due_s: float, act: Callable[[], None]) -> None:
        """Do something at an instant, or at once if that has passed."""
        with self._condition:
            entry = (due_s, next(self._order), act)
            heapq.heappush(self._due, entry)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="timers", daemon=True)
                self._thread.start()
            if self._due[0] is entry:  # else the thread wakes early enough anyway
                self._condition.notify()

    def close(self) -> None:
        """Do nothing more, and wait for what is being done."""
        with self._condition:
            self._open = False
            self._condition.notify()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        while (act := self._next()) is not None:
            act()

    def _next(self) -> Callable[[], None] | None:
        with self._condition:
            while self._open:
                wait_s = self._due[0][0] - self._now() if self._due else None
                if wait_s is not None and wait_s <= 0:
                    return heapq.heappop(self._due)[2]
                self._condition.wait(wait_s)
            return None
