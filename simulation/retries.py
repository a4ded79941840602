"""Clients that send a command again until they have its last word."""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappop, heappush
from typing import Final

from simpy import Event
from simpy.events import NORMAL

from simulation.virtual_time import VirtualTimeRuntime

LONGEST_WAIT_S: Final = 30.0


class Retries(Event):
    """Sends what has no answer again: after a while, then after twice that, up to 30 s.

    As an event it is the instant at which the next command may have to be sent again.

    Args:
        runtime: Whose clock counts.
        after_s: First wait in seconds, above 0.
        is_awaited: Tells whether a command of that row still has no answer.
        send: Sends the command of a row again.
    """

    def __init__(
        self,
        runtime: VirtualTimeRuntime,
        after_s: float,
        is_awaited: Callable[[int], bool],
        send: Callable[[int], None],
    ) -> None:
        super().__init__(runtime.env)
        self._ok = True
        self._value = None
        self._after_s = after_s
        self._is_awaited = is_awaited
        self._send = send
        self._due: list[tuple[float, int, float]] = []  # when, which row, after which wait
        self._on_time = [self._go_on]
        self._wakes_s = -1.0  # when it next looks; negative for never
        self.sent = 0

    def expect(self, row: int) -> None:
        """Await the answer to a command that was sent just now."""
        self._push(row, self._after_s)

    def _push(self, row: int, wait_s: float) -> None:
        heappush(self._due, (self.env._now + wait_s, row, wait_s))
        if self._wakes_s < 0.0:
            self._wake()

    def _wake(self) -> None:
        self._wakes_s = self._due[0][0]
        self.callbacks = self._on_time  # type: ignore[assignment]
        self.env.schedule(self, NORMAL, max(0.0, self._wakes_s - self.env._now))

    def _go_on(self, _: Event) -> None:
        now_s, due = self.env._now, self._due
        while due and due[0][0] <= now_s:
            row, wait_s = heappop(due)[1:]
            if self._is_awaited(row):
                self.sent += 1
                self._send(row)
                self._push_after(row, wait_s)
        self._wakes_s = -1.0
        if due:
            self._wake()

    def _push_after(self, row: int, wait_s: float) -> None:
        longer_s = min(2.0 * wait_s, max(LONGEST_WAIT_S, self._after_s))
        heappush(self._due, (self.env._now + longer_s, row, longer_s))
