"""Small actors that play the parts which tests of a runtime need."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import msgspec
import pykka

from actors.actor import Actor
from actors.messages.base import Address, Fact, Message
from actors.runtimes.journal import MemoryJournal
from actors.runtimes.runtime import Runtime
from simulation.virtual_time import VirtualTimeRuntime


class Add(Message, frozen=True):
    """Ask a counter to add an amount."""

    amount: int
    reply_to: Address = ""


class AddAndFail(Message, frozen=True):
    """Ask a counter to add, to tell, to set a timer, and to fail then."""

    amount: int
    reply_to: Address = ""


class AddLater(Message, frozen=True):
    """Ask a counter to add an amount after a delay, and to tell the total then."""

    amount: int
    delay_s: float
    reply_to: Address = ""


class GetTotal(Message, frozen=True):
    """Ask a counter for its total; it is told twice."""


class GetTotalLater(Message, frozen=True):
    """Ask a counter to answer only when a timer has gone off."""

    delay_s: float


class TellTotal(Message, frozen=True):
    """Ask a counter to tell somebody its total."""

    recipient: Address


class SayNothing(Message, frozen=True):
    """Ask a counter for no answer at all."""


class Total(Message, frozen=True):
    """Tell what a counter has added up."""

    total: int


class Burst(Message, frozen=True):
    """Ask a counter to send numbers from 1 to `count` to another one, all at once."""

    recipient: Address
    count: int


class Added(Fact, frozen=True):
    """A counter has added an amount."""

    amount: int


class CounterState(msgspec.Struct):
    """A total, and every amount in the order of its coming."""

    total: int = 0
    amounts: list[int] = []


class Counter(Actor):
    """Adds up; tells its total to whoever is named."""

    state_type = CounterState
    state: CounterState

    def receive(self, message: Message, sender: Address) -> None:
        match message:
            case Add(amount, reply_to):
                self.add(amount, reply_to)
            case AddAndFail(amount, reply_to):
                self.send_later(0.001, Add(amount))
                self.add(amount, reply_to)
                raise ArithmeticError("told to fail")
            case AddLater(amount, delay_s, reply_to):
                self.send_later(delay_s, Add(amount, reply_to))
            case GetTotal():
                self.send(sender, Total(self.state.total))
                self.send(sender, Total(-1))
            case GetTotalLater(delay_s):
                self.send_later(delay_s, TellTotal(sender))
            case TellTotal(recipient):
                self.send(recipient, Total(self.state.total))
            case Burst(recipient, count):
                for number in range(1, count + 1):
                    self.send(recipient, Add(number))
            case SayNothing():
                pass
            case _:
                super().receive(message, sender)

    def add(self, amount: int, reply_to: Address) -> None:
        if reply_to:
            self.send(reply_to, Total(self.state.total + amount))
        self.record(Added(amount))

    def apply(self, fact: Added) -> None:
        self.state.total += fact.amount
        self.state.amounts.append(fact.amount)


class Asker(Actor):
    """Breaks the rule that no handler waits for an answer."""

    def __init__(self, other: pykka.ActorRef[Any]) -> None:
        super().__init__()
        self.other = other

    def receive(self, message: Message, sender: Address) -> None:
        self.other.ask(message)


class Gate(Actor):
    """Handles nothing before it is opened; only for threads."""

    def __init__(self, is_open: threading.Event, has_begun: threading.Event) -> None:
        super().__init__()
        self.is_open = is_open
        self.has_begun = has_begun

    def receive(self, message: Message, sender: Address) -> None:
        self.has_begun.set()
        assert self.is_open.wait(10.0), "nobody opened the gate"


class Heard:
    """A port and a follower that remember, in one order, what they were told."""

    def __init__(self) -> None:
        self.all: list[Any] = []

    def appended(self, address: Address, facts: Any, at_us: int) -> None:
        self.all.append((address, list(facts)))

    def take(self, envelope: Any) -> None:
        self.all.append(envelope.message)

    @property
    def messages(self) -> list[Message]:
        return [entry for entry in self.all if isinstance(entry, Message)]

    @property
    def batches(self) -> list[tuple[Address, list[Fact]]]:
        return [entry for entry in self.all if isinstance(entry, tuple)]


def make_journal(*, keep_all: bool = True) -> MemoryJournal:
    """Return a journal for what counters record."""
    return MemoryJournal(keep_all=keep_all, fact_types=Added)


def let_pass(runtime: Runtime[Any], seconds: float) -> None:
    """Let time pass on a runtime's clock, and all work be done."""
    if isinstance(runtime, VirtualTimeRuntime):
        runtime.run(until_s=runtime.now + seconds)
    else:
        time.sleep(seconds)
    runtime.run_until_idle(10.0)


def wait_until(condition: Callable[[], bool], timeout_s: float = 5.0) -> None:
    """Wait on the wall clock for what another thread brings about."""
    deadline_s = time.perf_counter() + timeout_s
    while not condition():
        assert time.perf_counter() < deadline_s, "it never came about"
        time.sleep(0.001)
