"""What every runtime does about handlers that raise and actors that crash."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from players import (
    Add,
    AddAndFail,
    Added,
    AddLater,
    Counter,
    Gate,
    GetTotal,
    Heard,
    SayNothing,
    Total,
    make_journal,
)

from actors.actor import Actor
from actors.messages.base import Address, Fact, Message
from actors.runtimes.mailbox import Overflow
from actors.runtimes.runtime import Runtime
from actors.runtimes.threads import ThreadRuntime
from simulation.virtual_time import VirtualTimeRuntime

Maker = Callable[..., Runtime[Any]]


def totals(runtime: Runtime[Any], address: Address = "counter") -> list[int]:
    amounts: list[int] = runtime.cells[address].actor.state.amounts
    return amounts


def add(runtime: Runtime[Any], *amounts: int) -> None:
    for amount in amounts:
        runtime.send("counter", Add(amount))
    runtime.run_until_idle(2.0)


def test_an_actor_that_raised_goes_on_with_its_state(runtime: Runtime[Any]) -> None:
    runtime.spawn("counter", Counter)
    add(runtime, 1, 2)
    before = runtime.cells["counter"].actor

    runtime.send("counter", AddAndFail(10))
    add(runtime, 3)

    assert totals(runtime) == [1, 2, 3]
    assert runtime.cells["counter"].actor is not before
    assert runtime.cells["counter"].restarts == 1


def test_a_handler_that_raised_is_counted_and_reported(
    runtime: Runtime[Any], caplog: pytest.LogCaptureFixture
) -> None:
    runtime.spawn("counter", Counter)
    with caplog.at_level(logging.ERROR, "openoutcry.actors"):
        runtime.send("counter", AddAndFail(1))
        runtime.send("counter", AddAndFail(2))
        runtime.run_until_idle(2.0)

    first, _ = runtime.supervisor.failures
    assert (first.address, first.message) == ("counter", "AddAndFail")
    assert first.error == "ArithmeticError: told to fail"
    assert "players.py:" in first.where
    assert runtime.supervisor.counts == {("counter", "AddAndFail"): 2}
    assert len(caplog.records) == 2


def test_what_waited_behind_a_message_that_raised_is_handled(make_runtime: Maker) -> None:
    runtime = make_runtime(workers=1, journal=make_journal())
    runtime.spawn("counter", Counter)
    runtime.spawn("source", Source)

    runtime.send("source", SayNothing())
    runtime.run_until_idle(2.0)

    assert totals(runtime) == [1, 3]
    assert not runtime.dead_letters


class Source(Actor):
    """Sends a message that raises in the middle of two that do not, all at once."""

    def receive(self, message: Message, sender: Address) -> None:
        for each in (Add(1), AddAndFail(2), Add(3)):
            self.send("counter", each)


def test_an_actors_ref_outlives_its_restart(runtime: Runtime[Any]) -> None:
    ref = runtime.spawn("counter", Counter)
    runtime.send("counter", AddAndFail(1))
    add(runtime, 5)

    assert ref.is_alive()
    assert ref.ask(GetTotal(), timeout=10.0) == Total(5)


@pytest.mark.parametrize("keep_all", [True, False])
@pytest.mark.parametrize("count", [1, 31, 32, 33, 200])
def test_a_restart_rebuilds_the_state_from_snapshot_and_facts(
    make_runtime: Maker, keep_all: bool, count: int
) -> None:
    runtime = make_runtime(journal=make_journal(keep_all=keep_all))
    runtime.spawn("counter", Counter)
    add(runtime, *range(count))
    before = runtime.cells["counter"].actor.state

    runtime.crash("counter")
    runtime.restart("counter")

    after = runtime.cells["counter"].actor.state
    assert after is not before
    assert after == before
    assert (runtime.journal.snapshot_of("counter") is None) == (keep_all or count < 32)


def test_a_crashed_actor_loses_what_comes_until_its_restart(runtime: Runtime[Any]) -> None:
    runtime.spawn("counter", Counter)
    add(runtime, 1)

    runtime.crash("counter")
    add(runtime, 2)
    runtime.restart("counter")
    add(runtime, 3)

    assert totals(runtime) == [1, 3]
    assert runtime.dead_letters == {"Add": 1}


class Crasher(Actor):
    """Sends two messages to the counter, and lets a third party crash it while they wait."""

    def __init__(self, strike: Callable[[], None]) -> None:
        super().__init__()
        self.strike = strike

    def receive(self, message: Message, sender: Address) -> None:
        if isinstance(message, Add):
            self.strike()
            return
        self.send(self.address, Add(0))
        self.send("counter", Add(1))
        self.send("counter", Add(2))


@pytest.mark.parametrize("verb", ["crash", "stop"])
def test_what_waits_for_an_actor_that_is_struck_down_is_a_dead_letter(
    make_runtime: Maker, verb: str
) -> None:
    runtime = make_runtime(workers=1, journal=make_journal())
    runtime.spawn("counter", Counter)
    runtime.spawn("crasher", Crasher, lambda: getattr(runtime, verb)("counter"))

    runtime.send("crasher", SayNothing())
    runtime.run_until_idle(2.0)

    # Whose turn comes first is the runtime's business; whatever waited is a dead letter.
    handled = len(runtime.journal.facts_of("counter"))
    assert handled < 2
    assert runtime.dead_letters == {"Add": 2 - handled}


def test_on_threads_what_a_crashed_handler_did_is_not_released() -> None:
    runtime = ThreadRuntime(2, make_journal())
    is_open, has_begun = threading.Event(), threading.Event()
    runtime.spawn("counter", SlowCounter, is_open, has_begun)

    runtime.send("counter", Add(1))
    assert has_begun.wait(10.0)
    runtime.crash("counter")
    runtime.restart("counter")
    is_open.set()
    runtime.run_until_idle(2.0)

    live, folded = runtime.cells["counter"].actor.state, runtime.rebuilt("counter").state
    runtime.close()
    assert live == folded


class SlowCounter(Counter):
    """Adds when a gate is opened."""

    def __init__(self, is_open: threading.Event, has_begun: threading.Event) -> None:
        super().__init__()
        self.is_open = is_open
        self.has_begun = has_begun

    def add(self, amount: int, reply_to: Address) -> None:
        self.has_begun.set()
        assert self.is_open.wait(10.0)
        super().add(amount, reply_to)


def test_in_virtual_time_a_message_under_way_at_a_crash_is_lost_with_the_memory() -> None:
    runtime = VirtualTimeRuntime(journal=make_journal(), service_times={"default": 1.0})
    runtime.spawn("counter", Counter)

    runtime.send("counter", Add(1))
    runtime.run(until_s=0.5)
    runtime.crash("counter")
    runtime.run(until_s=0.7)
    runtime.restart("counter")
    runtime.run_until_idle()

    assert totals(runtime) == []
    assert runtime.dead_letters == {"Add": 1}


class Confirming(Counter):
    """Says, whenever it has recovered, what it knows."""

    def on_recovered(self) -> None:
        self.send("client", Total(self.state.total))


def test_a_recovered_actor_sends_again_what_its_state_says(runtime: Runtime[Any]) -> None:
    heard = Heard()
    runtime.attach("client", heard.take)
    runtime.spawn("counter", Confirming)
    add(runtime, 4)

    runtime.send("counter", AddAndFail(1))
    runtime.run_until_idle(2.0)
    runtime.crash("counter")
    runtime.restart("counter")

    assert heard.messages == [Total(4), Total(4)]


class Broken(Counter):
    """Cannot recover: a bug in its recovery."""

    def on_recovered(self) -> None:
        raise ArithmeticError("cannot recover")


def test_an_actor_that_cannot_recover_takes_nobody_else_down(make_runtime: Maker) -> None:
    runtime = make_runtime(workers=1, journal=make_journal())
    runtime.spawn("broken", Broken)
    runtime.spawn("counter", Counter)

    runtime.send("broken", AddAndFail(1))
    add(runtime, 2)

    assert totals(runtime) == [2]
    assert runtime.supervisor.total >= 1


def test_somebody_outside_who_raises_takes_no_actor_down(make_runtime: Maker) -> None:
    runtime = make_runtime(workers=1, journal=make_journal())
    runtime.spawn("counter", Counter)

    def fail(_: object) -> None:
        raise ArithmeticError("the client is broken")

    runtime.attach("client", fail)
    runtime.send("counter", Add(1, reply_to="client"))
    with pytest.raises((ArithmeticError, RuntimeError)):
        runtime.run_until_idle(2.0)
    assert runtime.supervisor.total == 0
    add(runtime, 2)

    assert totals(runtime) == [1, 2]


def test_an_actor_that_stops_itself_and_raises_is_gone(runtime: Runtime[Any]) -> None:
    runtime.spawn("quitter", Quitter)
    runtime.spawn("counter", Counter)

    runtime.send("quitter", SayNothing())
    add(runtime, 1)

    assert "quitter" not in runtime.cells
    assert totals(runtime) == [1]


class Quitter(Actor):
    """Stops itself while it handles a message, and raises."""

    def receive(self, message: Message, sender: Address) -> None:
        self.stop()
        raise ArithmeticError("too late")


def test_on_threads_closing_does_not_wait_for_a_crashed_actor() -> None:
    runtime = ThreadRuntime(1, make_journal())
    is_open, has_begun = threading.Event(), threading.Event()
    runtime.spawn("gate", Gate, is_open, has_begun)
    runtime.send("gate", SayNothing())
    assert has_begun.wait(10.0)
    runtime.send("gate", SayNothing())  # waits, and is lost

    runtime.crash("gate")
    is_open.set()

    runtime.run_until_idle(2.0)
    runtime.close()
    assert runtime.dead_letters == {"SayNothing": 2}  # what waited, and what was under way
    assert Added(1) not in runtime.journal.facts_of("gate")


def test_on_threads_a_mailbox_that_is_always_full_takes_nobody_down() -> None:
    before_s = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)  # lets threads meet in the middle of everything
    runtime = ThreadRuntime(4, make_journal(), mailbox_capacity=1, overflow=Overflow.DROP_OLDEST)
    runtime.spawn("counter", Counter)

    def flood() -> None:
        for _ in range(5_000):
            runtime.send("counter", Add(1))

    senders = [threading.Thread(target=flood) for _ in range(4)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    sys.setswitchinterval(before_s)
    runtime.run_until_idle(10.0)

    handled = len(totals(runtime))
    runtime.close()
    assert handled + runtime.dead_letters["Add"] == 20_000


class Returner(Counter):
    """Counts its own return from a crash."""

    def on_recovered(self) -> None:
        self.record(Added(1))


def test_an_actor_that_crashes_again_while_it_recovers_stays_down(
    make_runtime: Maker,
) -> None:
    runtime = make_runtime(journal=make_journal())
    runtime.spawn("counter", Returner)
    add(runtime, 1)

    class CrashesItAgain:
        def appended(self, address: Address, facts: Sequence[Fact], at_us: int) -> None:
            runtime.crash(address)

    runtime.crash("counter")
    runtime.follow(CrashesItAgain())
    runtime.restart("counter")

    assert not runtime.cells["counter"].alive


def test_what_an_actor_says_to_itself_is_not_the_oldest_that_makes_room() -> None:
    runtime = VirtualTimeRuntime(
        service_times={"default": 1.0}, mailbox_capacity=2, overflow=Overflow.DROP_OLDEST,
        journal=make_journal(),
    )  # fmt: skip
    runtime.spawn("counter", Counter)
    runtime.send("counter", AddLater(100, 0.5))
    runtime.run(until_s=1.2)  # the first one is served
    for amount in range(1, 6):
        runtime.send("counter", Add(amount))
    runtime.run(until_s=1.8)  # the timer has gone off, into a full mailbox
    for amount in range(6, 9):
        runtime.send("counter", Add(amount))
    runtime.run_until_idle()

    assert 100 in totals(runtime)
    assert runtime.dead_letters["Add"] > 0
