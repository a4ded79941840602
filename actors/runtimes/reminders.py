"""Reminders: whoever is due at about the same moment shares one timer."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from math import ceil
from threading import Lock
from typing import Final, Generic, TypeVar

from actors.runtimes.cell import Cell

CellT = TypeVar("CellT", bound=Cell)

MOMENTS_PER_S: Final = 16
"""Nobody waits for a reminder to the instant, so that it may be this fraction of a second late.

Almost every message that is promised arms one, and hardly any has anything to say when it is due:
a timer for each of them was a tenth of the work of a run.
"""


class Reminders(Generic[CellT]):
    """Which actors are to be reminded, by moment.

    Args:
        after: Sets a timer of the runtime: seconds from now, and what to do.
        remind: Called with each actor, and the incarnation that wanted it, when it is due.
    """

    def __init__(
        self,
        after: Callable[[float, Callable[[], None]], None],
        remind: Callable[[CellT, int], None],
    ) -> None:
        self._after = after
        self._remind = remind
        self._by_moment: dict[int, list[tuple[CellT, int]]] = {}
        self._lock = Lock()  # a moment may come while a worker adds to it

    def add(self, cell: CellT, now_s: float, delay_s: float) -> None:
        """Remind an actor after a delay of at least 0 seconds, and a little more."""
        moment = ceil((now_s + delay_s) * MOMENTS_PER_S)
        entry = (cell, cell.incarnation)
        with self._lock:
            due = self._by_moment.get(moment)
            if due is not None:
                due.append(entry)
                return
            self._by_moment[moment] = [entry]
        wait_s = max(0.0, moment / MOMENTS_PER_S - now_s)
        self._after(wait_s, partial(self._ring, moment))

    def _ring(self, moment: int) -> None:
        with self._lock:
            due = self._by_moment.pop(moment)
        for cell, incarnation in due:
            self._remind(cell, incarnation)
