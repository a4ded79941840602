"""The runtime on threads with a journal on disk: nobody is told what is not durable."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import nullcontext, suppress
from pathlib import Path
from typing import Any

import msgspec
import pytest
from players import Add, AddAndFail, Added, Counter, CounterState, Gate, SayNothing, TellTotal

from actors.actor import Effects
from actors.messages.base import Address, Fact, Message
from actors.runtimes.group import Group
from actors.runtimes.journal import JournalError, Pen
from actors.runtimes.mailbox import Envelope
from actors.runtimes.sqlite_journal import SqliteJournal
from actors.runtimes.threads import ThreadRuntime


class Watched(SqliteJournal):
    """Remembers, in one order, what is appended and committed, and what others heard."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, fact_types=Added)
        self.events: list[tuple[str, Any]] = []
        self.is_full = False

    def append(self, pen: Pen, facts: list[Fact], state: msgspec.Struct) -> bytes:
        self.events.append(("append", facts[0]))
        return super().append(pen, facts, state)

    def commit(self, at_us: int) -> None:
        if self.is_full:
            self._database.execute("PRAGMA max_page_count=1")
            self.note("large", bytes(100_000))
        super().commit(at_us)
        self.events.append(("commit", None))

    def appended(self, address: Address, facts: Any, at_us: int) -> None:
        self.events.append(("heard", facts[0]))

    def take(self, envelope: Any) -> None:
        self.events.append(("told", envelope.message.total))

    @property
    def totals(self) -> list[int]:
        return [what for verb, what in self.events if verb == "told"]

    @property
    def commits(self) -> int:
        return sum(verb == "commit" for verb, _ in self.events)


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Watched]:
    journal = Watched(tmp_path / "floor.db")
    yield journal
    journal.close()


@pytest.fixture
def runtime(journal: Watched) -> Iterator[ThreadRuntime]:
    """Give a runtime with a counter, a gate that keeps its one worker busy, and a client."""
    runtime = ThreadRuntime(journal=journal)
    runtime.attach("client", journal.take)
    runtime.follow(journal)
    runtime.spawn("counter", Counter)
    yield runtime
    with suppress(JournalError) if journal.is_full else nullcontext():
        runtime.close()


def all_at_once(runtime: ThreadRuntime, *messages: Any) -> None:
    """Let messages wait for a busy worker, so that one commit can serve them all."""
    is_open, has_begun = threading.Event(), threading.Event()
    runtime.spawn(f"gate/{id(is_open)}", Gate, is_open, has_begun)
    runtime.send(f"gate/{id(is_open)}", SayNothing())
    assert has_begun.wait(10.0)
    for message in messages:
        runtime.send("counter", message)
    is_open.set()


def test_facts_are_synced_then_heard_then_told(runtime: ThreadRuntime, journal: Watched) -> None:
    runtime.send("counter", Add(5, reply_to="client"))
    runtime.run_until_idle(10.0)

    expected = [("append", Added(5)), ("commit", None), ("heard", Added(5)), ("told", 5)]
    assert journal.events == expected


def test_one_commit_serves_all_handlers_that_wait_for_it(
    runtime: ThreadRuntime, journal: Watched
) -> None:
    all_at_once(runtime, *[Add(1, reply_to="client")] * 20)
    runtime.run_until_idle(10.0)

    assert journal.commits == 1
    assert journal.totals == [*range(1, 21)]
    verbs = [verb for verb, _ in journal.events]
    assert verbs.index("commit") > max(n for n, verb in enumerate(verbs) if verb == "append")
    assert verbs.index("commit") < verbs.index("told")


def test_an_answer_waits_for_earlier_facts_of_its_actor_that_it_rests_on(
    runtime: ThreadRuntime, journal: Watched
) -> None:
    all_at_once(runtime, Add(5), TellTotal("client"))
    runtime.run_until_idle(10.0)

    assert [verb for verb, _ in journal.events] == ["append", "commit", "heard", "told"]


def test_an_answer_that_rests_on_nothing_new_is_not_held_back(
    runtime: ThreadRuntime, journal: Watched
) -> None:
    runtime.send("counter", TellTotal("client"))
    runtime.run_until_idle(10.0)

    assert journal.events == [("told", 0)]


def test_a_handler_that_raises_in_a_group_takes_nothing_of_the_others_along(
    runtime: ThreadRuntime, journal: Watched
) -> None:
    all_at_once(runtime, Add(1), AddAndFail(10, reply_to="client"), Add(2, reply_to="client"))
    runtime.run_until_idle(10.0)

    assert journal.totals == [3]
    assert runtime.rebuilt("counter").state.amounts == [1, 2]


def test_what_a_crashed_actor_had_done_is_durable_before_the_crash(
    runtime: ThreadRuntime, journal: Watched
) -> None:
    runtime.send("counter", Add(1, reply_to="client"))
    runtime.run_until_idle(10.0)
    runtime.crash("counter")
    runtime.restart("counter")
    runtime.send("counter", Add(2, reply_to="client"))
    runtime.run_until_idle(10.0)

    assert journal.totals == [1, 3]


def test_many_workers_tell_nothing_that_is_not_durable(tmp_path: Path) -> None:
    journal = Watched(tmp_path / "many.db")
    runtime = ThreadRuntime(4, journal)
    runtime.attach("client", journal.take)
    for n in range(8):
        runtime.spawn(f"counter/{n}", Counter)
    for n in range(2_000):
        runtime.send(f"counter/{n % 8}", Add(1, reply_to="client"))
    runtime.run_until_idle(30.0)

    unsynced = appended = told = 0
    for verb, _ in journal.events:
        if verb == "commit":
            appended, unsynced = appended + unsynced, 0
        unsynced += verb == "append"
        told += verb == "told"
        assert told <= appended
    runtime.close()
    journal.close()
    assert told == 2_000


def test_a_full_disk_stops_everything_and_nobody_is_told(
    runtime: ThreadRuntime, journal: Watched, caplog: pytest.LogCaptureFixture
) -> None:
    halted: list[JournalError] = []
    runtime.on_halt.append(halted.append)
    runtime.send("counter", Add(1, reply_to="client"))
    runtime.run_until_idle(10.0)

    journal.is_full = True
    runtime.send("counter", Add(2, reply_to="client"))
    with pytest.raises(JournalError, match="full"):
        runtime.run_until_idle(10.0)
    runtime.send("counter", Add(3, reply_to="client"))
    with pytest.raises(JournalError, match="full"):
        runtime.close()

    assert journal.totals == [1]
    assert len(halted) == 1
    assert sum(record.levelname == "CRITICAL" for record in caplog.records) == 1
    journal.close()
    again = SqliteJournal(journal.path, fact_types=Added)
    assert again.facts_of("counter") == [Added(1)]
    again.close()


class Reader(Counter):
    """A counter that lets a test do things while it is about to answer."""

    def __init__(self, meanwhile: threading.Event, has_begun: threading.Event) -> None:
        super().__init__()
        self.meanwhile = meanwhile
        self.has_begun = has_begun

    def receive(self, message: Message, sender: Address) -> None:
        if isinstance(message, TellTotal):
            self.has_begun.set()
            assert self.meanwhile.wait(10.0)
        super().receive(message, sender)


def test_an_answer_under_way_when_a_commit_fails_is_not_given(
    runtime: ThreadRuntime, journal: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("actors.runtimes.group.GATHERED_FOR_S", 60.0)
    meanwhile, has_begun = threading.Event(), threading.Event()
    runtime.spawn("reader", Reader, meanwhile, has_begun)
    with runtime.starting():  # neither is served before both are there
        runtime.send("reader", Add(5, reply_to="client"))
        runtime.send("reader", TellTotal("client"))
    assert has_begun.wait(10.0)
    journal.is_full = True
    runtime.crash("counter")  # commits what has gathered
    meanwhile.set()
    with pytest.raises(JournalError, match="full"):
        runtime.run_until_idle(10.0)

    assert journal.totals == []


def test_nobody_is_brought_back_after_everything_has_stopped(
    runtime: ThreadRuntime, journal: Watched
) -> None:
    incarnation = runtime.cells["counter"].incarnation
    journal.is_full = True
    runtime.send("counter", Add(2, reply_to="client"))
    with pytest.raises(JournalError, match="full"):
        runtime.run_until_idle(10.0)

    with pytest.raises(JournalError, match="full"):
        runtime.restart("counter")
    with pytest.raises(JournalError, match="full"):
        runtime.spawn("late", Counter)
    runtime.send("counter", TellTotal("client"))
    with pytest.raises(JournalError, match="full"):
        runtime.run_until_idle(10.0)

    assert journal.totals == []
    assert list(runtime.cells) == ["counter"]
    assert runtime.cells["counter"].incarnation == incarnation + 1


def test_nobody_sees_an_idle_runtime_that_has_stopped_and_does_not_say_so(
    runtime: ThreadRuntime, journal: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    halted_before = []
    drop = runtime._group.drop

    def look_and_drop() -> None:
        halted_before.append(runtime._halted)
        drop()

    monkeypatch.setattr(runtime._group, "drop", look_and_drop)
    journal.is_full = True
    runtime.send("counter", Add(2))
    with pytest.raises(JournalError, match="full"):
        runtime.run_until_idle(10.0)

    assert isinstance(halted_before[0], JournalError)


class LookedAt(Group):
    """A group that is looked at after every change."""

    def __init__(self) -> None:
        self.looked_empty: list[bool] | None = None
        super().__init__()
        self.looked_empty = []

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, value)
        if self.looked_empty is not None:
            self.looked_empty.append(self.is_empty)


def test_a_group_does_not_look_empty_before_everything_has_left(runtime: ThreadRuntime) -> None:
    group, effects = LookedAt(), Effects()
    group.add(runtime.cells["counter"], Envelope(None), effects, b"facts")
    assert group.looked_empty is not None
    group.looked_empty.clear()

    with group.leaving() as held:
        assert len(held) == 1
        assert not any(group.looked_empty)
    assert group.is_empty


def test_the_clock_goes_on_where_the_journal_stood(tmp_path: Path) -> None:
    with_past = SqliteJournal(tmp_path / "past.db", fact_types=Added)
    with_past.append(with_past.open("counter"), [Added(1)], CounterState())
    with_past.commit(7_000_000)
    with_past.close()

    journal = SqliteJournal(tmp_path / "past.db", fact_types=Added)
    runtime = ThreadRuntime(journal=journal)
    assert 7.0 <= runtime.now < 60.0
    runtime.close()
    journal.close()
