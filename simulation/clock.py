"""The clock of a simulation: SimPy's environment with a shorter way from event to event."""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappop
from typing import Any, Final

from simpy import Environment, Event
from simpy.core import SimTime, StopSimulation
from simpy.events import URGENT


class Later:
    """Something to be done at an instant; to the event loop it is an event like others.

    It has what the loop looks at, and nothing else: runs with faults have millions of these.
    """

    __slots__ = ("act", "callbacks")

    _ok = True

    def __init__(self, act: Callable[[], None]) -> None:
        self.act = act
        self.callbacks: Any = _ACT


def _act(event: Later) -> None:
    event.act()


_ACT: Final = [_act]


class Clock(Environment):
    """An environment that runs many short events about a quarter faster.

    It does what SimPy's does, event by event; only the call of `step` for each is saved.
    """

    def run(self, until: SimTime | Event | None = None) -> Any:
        """Process events until an instant or an event is reached, or none is left.

        Returns:
            The value of the event `until`; None for an instant, or when none is left.

        Raises:
            RuntimeError: None is left, and the event `until` has not happened.
        """
        stop = self._stop(until)
        if stop is not None and stop.processed:
            return stop.value
        queue = self._queue
        try:
            while queue:
                self._now, _, _, event = heappop(queue)
                callbacks, event.callbacks = event.callbacks, None  # type: ignore[assignment]
                for callback in callbacks:
                    callback(event)
                if not event._ok and not event.defused:
                    raise event._value
        except StopSimulation as reached:
            return reached.args[0]
        if stop is not None:
            raise RuntimeError(f"no event is left, and {stop} has not happened")
        return None

    def _stop(self, until: SimTime | Event | None) -> Event | None:
        """Return the event that ends a run, armed to do so."""
        if until is None:
            return None
        if not isinstance(until, Event):
            if until <= self.now:
                raise ValueError(f"cannot run until {until}, as it is {self.now} already")
            instant, until = until, Event(self)
            until._ok, until._value = True, None
            self.schedule(until, URGENT, instant - self.now)
        if not until.processed:
            until.callbacks.append(StopSimulation.callback)
        return until
