"""What is sent on time, whatever becomes of what was sent before: messages, and prices."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

from simpy import Event
from simpy.events import NORMAL

from actors.actor import MICROSECONDS
from actors.addresses import stock_of
from actors.messages.market import SetPrice
from simulation.commands import MADE_AT_ONCE
from simulation.prices import PriceTape
from simulation.virtual_time import VirtualTimeRuntime


class Sender(Event):
    """Sends messages at given instants; as an event it is the arrival of the next one.

    Args:
        runtime: Where they go.
        arrivals: What is sent, behind the instant on its clock, seconds, not decreasing.
        send: Called with each of these at its instant.
    """

    def __init__(
        self,
        runtime: VirtualTimeRuntime,
        arrivals: Iterator[tuple[Any, ...]],
        send: Callable[[tuple[Any, ...]], None],
    ) -> None:
        super().__init__(runtime.env)
        self._ok = True
        self._value = None
        self._arrivals = arrivals
        self._send = send
        self.sent = 0
        self._on_time = [self._go_on]
        self._next = next(arrivals, None)
        self._await_next()

    @property
    def is_done(self) -> bool:
        """Tell whether everything is sent."""
        return self._next is None

    def _go_on(self, _: Event) -> None:
        assert self._next is not None
        self._send(self._next)
        self.sent += 1
        self._next = next(self._arrivals, None)
        self._await_next()

    def _await_next(self) -> None:
        if self._next is None:
            return
        self.callbacks = self._on_time  # type: ignore[assignment]
        wait_s = self._next[0] - self.env._now
        self.env.schedule(self, NORMAL, wait_s if wait_s > 0.0 else 0.0)


class Ticker:
    """The source of prices: sends each tick of a tape to its stock, on time."""

    def __init__(self, runtime: VirtualTimeRuntime, tape: PriceTape) -> None:
        self._runtime = runtime
        self._stocks = [stock_of(symbol) for symbol in tape.symbols]
        self._tape = tape
        self.sender = Sender(runtime, self._arrivals(), self._send)

    def _arrivals(self) -> Iterator[tuple[float, int, int, int, int]]:
        """Yield each tick: when, of which symbol, its price, when it is due, its number."""
        tape = self._tape
        for start in range(0, len(tape), MADE_AT_ONCE):
            part = slice(start, start + MADE_AT_ONCE)
            due_us = tape.at_us[part]
            yield from zip(
                (due_us / MICROSECONDS).tolist(), tape.symbol[part].tolist(),
                tape.price[part].tolist(), due_us.tolist(), count(1 + start), strict=False,
            )  # fmt: skip

    def _send(self, arrival: tuple[Any, ...]) -> None:
        _, symbol, price, due_us, number = arrival
        # The trace of a tick lies below those of "none" and of commands.
        trace = -1 - number
        self._runtime.send_traced(self._stocks[symbol], SetPrice(price, due_us), "", trace, 0.0)
