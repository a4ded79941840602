"""What every runtime promises, once per runtime: effects, order, mailboxes, timers."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import msgspec
import pykka
import pytest
from players import (
    Add,
    AddAndFail,
    Added,
    AddLater,
    Burst,
    Counter,
    Gate,
    Heard,
    SayNothing,
    Total,
    let_pass,
    make_journal,
    wait_until,
)

from actors.actor import Actor
from actors.messages.base import Address, Message
from actors.runtimes.mailbox import Overflow
from actors.runtimes.runtime import Runtime
from actors.runtimes.threads import ThreadRuntime

Maker = Callable[..., Runtime[Any]]


def amounts_of(runtime: Runtime[Any], address: Address = "counter") -> list[int]:
    return [fact.amount for fact in runtime.journal.facts_of(address)]  # type: ignore[attr-defined]


@pytest.fixture
def heard(runtime: Runtime[Any]) -> Heard:
    """Listen to everything that a runtime with one counter records and tells."""
    heard = Heard()
    runtime.follow(heard)
    runtime.attach("client", heard.take)
    runtime.spawn("counter", Counter)
    return heard


def test_facts_are_durable_before_the_messages_that_were_sent_first(
    runtime: Runtime[Any], heard: Heard
) -> None:
    runtime.send("counter", Add(5, reply_to="client"))
    runtime.run_until_idle(10.0)

    assert heard.all == [("counter", [Added(5)]), Total(5)]


def test_a_fact_is_in_the_journal_when_its_message_leaves(runtime: Runtime[Any]) -> None:
    in_journal: list[list[int]] = []
    runtime.attach("client", lambda _: in_journal.append(amounts_of(runtime)))
    runtime.spawn("counter", Counter)

    runtime.send("counter", Add(5, reply_to="client"))
    runtime.run_until_idle(10.0)

    assert in_journal == [[5]]


def test_a_handler_that_raises_has_done_nothing(runtime: Runtime[Any], heard: Heard) -> None:
    runtime.send("counter", AddAndFail(5, reply_to="client"))
    runtime.run_until_idle(10.0)
    let_pass(runtime, 0.05)  # in which its timer would go off
    assert heard.all == []

    for _ in range(20):  # nor does it leave anything behind for a later handler to release
        runtime.send("counter", Add(0))
        runtime.run_until_idle(10.0)
    assert heard.all == [("counter", [Added(0)])] * 20
    assert runtime.cells["counter"].actor.state.total == 0


class Note(Message, frozen=True):
    """Number `number` of what `author` has written."""

    number: int
    author: str


class Reader(Actor):
    """Reads notes one by one, and notices if it is disturbed."""

    def __init__(self, read: list[Note]) -> None:
        super().__init__()
        self.read = read
        self.is_reading = False

    def receive(self, message: Message, sender: Address) -> None:
        assert not self.is_reading, "two messages are handled at once"
        self.is_reading = True
        time.sleep(0)  # lets other threads run
        assert isinstance(message, Note)
        self.read.append(message)
        self.is_reading = False


class Author(Actor):
    """Sends a hundred notes to the reader, for each message."""

    def receive(self, message: Message, sender: Address) -> None:
        for number in range(100):
            self.send("reader", Note(number, self.address))


def test_one_message_at_a_time_is_handled_and_in_each_senders_order(make_runtime: Maker) -> None:
    runtime = make_runtime(workers=4)
    read: list[Note] = []
    runtime.spawn("reader", Reader, read)
    authors = [f"author/{n}" for n in range(8)]
    for author in authors:
        runtime.spawn(author, Author)

    for author in authors:
        runtime.send(author, SayNothing())
    runtime.run_until_idle(10.0)

    assert runtime.supervisor.total == 0
    by_author = {a: [note.number for note in read if note.author == a] for a in authors}
    assert by_author == {author: [*range(100)] for author in authors}


def test_a_message_to_nobody_is_a_counted_dead_letter(runtime: Runtime[Any]) -> None:
    runtime.spawn("counter", Counter)

    runtime.send("nobody", Add(1))
    runtime.send("counter", Burst("nobody else", 3))
    runtime.send("nobody", SayNothing())
    runtime.run_until_idle(10.0)

    assert runtime.dead_letters == {"Add": 4, "SayNothing": 1}


def test_a_message_from_outside_reaches_somebody_outside(
    runtime: Runtime[Any], heard: Heard
) -> None:
    runtime.send("client", Total(1))
    runtime.send_later(0.001, "client", Total(2))
    let_pass(runtime, 0.05)

    assert heard.messages == [Total(1), Total(2)]
    assert not runtime.dead_letters


@pytest.mark.parametrize(
    ("overflow", "kept"),
    [(Overflow.REFUSE_NEWEST, [1, 2, 3]), (Overflow.DROP_OLDEST, [18, 19, 20])],
)
def test_a_full_mailbox_drops_by_its_policy_and_counts(
    make_runtime: Maker, overflow: Overflow, kept: list[int]
) -> None:
    runtime = make_runtime(workers=1, journal=make_journal(), mailbox_capacity=3, overflow=overflow)
    runtime.spawn("source", Counter)
    runtime.spawn("counter", Counter)

    runtime.send("source", Burst("counter", 20))
    runtime.run_until_idle(10.0)

    assert amounts_of(runtime) == kept
    assert runtime.dead_letters == {"Add": 17}


def test_a_mailbox_that_was_full_takes_messages_again(make_runtime: Maker) -> None:
    runtime = make_runtime(workers=1, journal=make_journal(), mailbox_capacity=3)
    runtime.spawn("source", Counter)
    runtime.spawn("counter", Counter)

    for _ in range(2):
        runtime.send("source", Burst("counter", 5))
        runtime.run_until_idle(10.0)

    assert amounts_of(runtime) == [1, 2, 3, 1, 2, 3]


def test_what_an_actor_sends_itself_later_comes_in_time_and_in_order(
    runtime: Runtime[Any], heard: Heard
) -> None:
    runtime.send("counter", AddLater(3, 0.15))
    runtime.send("counter", AddLater(2, 0.05))
    runtime.send_later(0.10, "counter", Add(1))

    runtime.run_until_idle(10.0)
    assert amounts_of(runtime) == []
    let_pass(runtime, 0.30)
    assert amounts_of(runtime) == [2, 1, 3]


def test_an_address_that_is_taken_is_refused(runtime: Runtime[Any], heard: Heard) -> None:
    with pytest.raises(ValueError, match="'counter' is taken"):
        runtime.spawn("counter", Counter)
    with pytest.raises(ValueError, match="'client' is taken"):
        runtime.spawn("client", Counter)
    with pytest.raises(ValueError, match="'counter' is taken"):
        runtime.attach("counter", heard.take)

    assert len(pykka.ActorRegistry.get_by_class(Counter)) == 1


def test_an_actor_that_was_stopped_comes_back_from_its_journal(runtime: Runtime[Any]) -> None:
    runtime.spawn("counter", Counter)
    runtime.send("counter", Add(5))
    runtime.run_until_idle(10.0)

    runtime.stop("counter")
    runtime.send("counter", Add(7))
    runtime.spawn("counter", Counter)

    assert runtime.cells["counter"].actor.state.amounts == [5]
    assert runtime.dead_letters == {"Add": 1}


class PingPong(Actor):
    """Sends each message back to itself, so many times."""

    def __init__(self, times: int) -> None:
        super().__init__()
        self.left = times

    def receive(self, message: Message, sender: Address) -> None:
        self.left -= 1
        if self.left:
            self.send(self.address, message)


def test_work_that_takes_too_long_is_not_waited_for(runtime: Runtime[Any]) -> None:
    runtime.spawn("ping", PingPong, 100_000)
    runtime.send("ping", SayNothing())

    with pytest.raises(TimeoutError):
        runtime.run_until_idle(0.02)


class LateStarter(Counter):
    """Takes its time to start, and must not be disturbed."""

    def __init__(self, has_begun: threading.Event, is_open: threading.Event) -> None:
        super().__init__()
        self.has_begun = has_begun
        self.is_open = is_open
        self.has_started = False

    def on_start(self) -> None:
        self.has_begun.set()
        assert self.is_open.wait(10.0)
        self.has_started = True

    def receive(self, message: Message, sender: Address) -> None:
        assert self.has_started, "the mailbox was opened before the actor had started"
        super().receive(message, sender)


def test_on_threads_a_mailbox_opens_only_when_its_actor_has_started() -> None:
    runtime = ThreadRuntime(2, make_journal())
    has_begun, is_open = threading.Event(), threading.Event()
    arguments = ("counter", LateStarter, has_begun, is_open)
    starter = threading.Thread(target=runtime.spawn, args=arguments)

    starter.start()
    assert has_begun.wait(10.0)
    runtime.send("counter", Add(1))
    time.sleep(0.02)
    is_open.set()
    starter.join()
    runtime.run_until_idle(10.0)

    runtime.close()
    assert runtime.supervisor.total == 0


def test_a_runtime_without_workers_is_refused(make_runtime: Maker) -> None:
    with pytest.raises(ValueError, match="worker"):
        make_runtime(workers=0)


def test_on_threads_an_actor_that_is_busy_holds_up_nobody_else() -> None:
    runtime = ThreadRuntime(2, make_journal())
    is_open, has_begun = threading.Event(), threading.Event()
    runtime.spawn("gate", Gate, is_open, has_begun)
    runtime.spawn("counter", Counter)

    runtime.send("gate", SayNothing())
    assert has_begun.wait(10.0)
    runtime.send("counter", Add(1))

    wait_until(lambda: amounts_of(runtime) == [1])
    is_open.set()
    runtime.close()


def test_a_follower_reads_each_handlers_facts_as_one_batch(runtime: Runtime[Any]) -> None:
    heard = Heard()
    runtime.follow(heard)
    runtime.spawn("twice", Twice)

    runtime.send("twice", Add(4))
    runtime.run_until_idle(10.0)

    assert heard.batches == [("twice", [Added(4), Added(4)])]


class Twice(Counter):
    """Adds every amount twice."""

    def add(self, amount: int, reply_to: Address) -> None:
        self.record(Added(amount))
        self.record(Added(amount))


def test_a_message_cannot_be_changed() -> None:
    message: Any = Add(1)

    with pytest.raises(AttributeError):
        message.amount = 2
    assert msgspec.structs.replace(message, amount=2) == Add(2)
