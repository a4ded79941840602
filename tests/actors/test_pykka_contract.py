"""What Pykka promises of an actor and its ref, kept by every runtime."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pykka
import pytest
from players import (
    Add,
    AddAndFail,
    Asker,
    Burst,
    Counter,
    Gate,
    GetTotal,
    GetTotalLater,
    SayNothing,
    Total,
    make_journal,
)

from actors.messages.base import Message
from actors.runtimes.runtime import Runtime
from actors.runtimes.threads import ThreadRuntime
from simulation.virtual_time import VirtualTimeRuntime

Maker = Callable[..., Runtime[Any]]


@pytest.fixture
def ref(runtime: Runtime[Any]) -> pykka.ActorRef[Counter]:
    """Give the ref of one counter."""
    return runtime.spawn("counter", Counter)


def test_asking_returns_the_first_message_that_comes_back(ref: pykka.ActorRef[Counter]) -> None:
    ref.tell(Add(3))
    ref.tell(Add(4))

    assert ref.ask(GetTotal(), timeout=10.0) == Total(7)


def test_a_runtime_can_be_asked_by_address(
    runtime: Runtime[Any], ref: pykka.ActorRef[Counter]
) -> None:
    runtime.send("counter", Add(3))

    assert runtime.ask("counter", GetTotal(), 10.0) == Total(3)


def test_an_answer_can_be_fetched_later(ref: pykka.ActorRef[Counter]) -> None:
    first, second = ref.ask(GetTotal(), block=False), None
    ref.tell(Add(3))
    second = ref.ask(GetTotal(), block=False)

    assert pykka.get_all([first, second], timeout=10.0) == [Total(0), Total(3)]


def test_asking_a_handler_that_raises_raises_the_same_here(
    runtime: Runtime[Any], ref: pykka.ActorRef[Counter]
) -> None:
    with pytest.raises(ArithmeticError, match="told to fail"):
        ref.ask(AddAndFail(1), timeout=10.0)

    assert ref.ask(GetTotal(), timeout=10.0) == Total(0)
    assert runtime.supervisor.total == 1


def test_an_answer_that_comes_by_a_timer_is_waited_for(ref: pykka.ActorRef[Counter]) -> None:
    assert ref.ask(GetTotalLater(0.02), timeout=10.0) == Total(0)


def test_asking_for_an_answer_that_never_comes_times_out(ref: pykka.ActorRef[Counter]) -> None:
    with pytest.raises(pykka.Timeout):
        ref.ask(SayNothing(), timeout=0.05)


def test_nobody_can_be_asked_where_nobody_is(runtime: Runtime[Any]) -> None:
    with pytest.raises(KeyError, match="nobody"):
        runtime.ask("nobody", GetTotal())


def test_asking_an_actor_that_has_crashed_raises(
    runtime: Runtime[Any], ref: pykka.ActorRef[Counter]
) -> None:
    runtime.crash("counter")

    with pytest.raises(pykka.ActorDeadError):
        ref.ask(GetTotal(), timeout=10.0)


def test_a_handler_that_asks_is_refused(
    runtime: Runtime[Any], ref: pykka.ActorRef[Counter]
) -> None:
    asker = runtime.spawn("asker", Asker, ref)

    with pytest.raises(RuntimeError, match="must not wait"):
        asker.ask(SayNothing(), timeout=10.0)
    assert runtime.supervisor.counts == {("asker", "SayNothing"): 1}


def test_a_handler_that_asks_has_done_nothing(runtime: Runtime[Any]) -> None:
    reached: list[Message] = []
    asked = runtime.spawn("asked", Reached, reached)
    runtime.spawn("asker", Asker, asked)

    runtime.send("asker", SayNothing())
    runtime.run_until_idle(10.0)

    assert reached == []


class Reached(Counter):
    """Notes what reaches it."""

    def __init__(self, reached: list[Message]) -> None:
        super().__init__()
        self.reached = reached

    def receive(self, message: Message, sender: str) -> None:
        self.reached.append(message)


def test_telling_needs_no_address(runtime: Runtime[Any], ref: pykka.ActorRef[Counter]) -> None:
    ref.tell(Add(3))
    runtime.run_until_idle(10.0)

    assert runtime.cells["counter"].actor.state.total == 3


def test_a_proxy_reads_attributes_and_calls_methods(ref: pykka.ActorRef[Counter]) -> None:
    ref.tell(Add(3))
    proxy: Any = ref.proxy()

    assert proxy.address.get(timeout=10.0) == "counter"
    assert proxy.state.get(timeout=10.0).total == 3
    assert proxy.add(4, "").get(timeout=10.0) is None
    assert ref.ask(GetTotal(), timeout=10.0) == Total(7)


def test_what_a_proxy_calls_is_journalled_like_everything_else(
    runtime: Runtime[Any], ref: pykka.ActorRef[Counter]
) -> None:
    proxy: Any = ref.proxy()
    proxy.add(4, "").get(timeout=10.0)
    runtime.run_until_idle(10.0)

    assert runtime.rebuilt("counter").state.total == 4


def test_an_actor_is_in_the_registry_until_it_stops(ref: pykka.ActorRef[Counter]) -> None:
    assert pykka.ActorRegistry.get_by_class(Counter) == [ref]

    assert ref.stop(timeout=10.0) is True

    assert pykka.ActorRegistry.get_all() == []
    assert not ref.is_alive()
    assert ref.stop(timeout=10.0) is False


def test_an_actor_that_has_stopped_can_be_neither_told_nor_asked(
    ref: pykka.ActorRef[Counter],
) -> None:
    ref.stop(timeout=10.0)

    with pytest.raises(pykka.ActorDeadError):
        ref.tell(Add(1))
    with pytest.raises(pykka.ActorDeadError):
        ref.ask(GetTotal(), timeout=10.0)


def test_messages_told_before_an_actor_is_stopped_are_handled(
    runtime: Runtime[Any], ref: pykka.ActorRef[Counter]
) -> None:
    for _ in range(500):
        ref.tell(Add(1))
    ref.stop(timeout=10.0)

    assert sum(fact.amount for fact in runtime.journal.facts_of("counter")) == 500  # type: ignore[attr-defined]
    assert not runtime.dead_letters


def test_the_address_of_a_stopped_actor_is_free(
    runtime: Runtime[Any], ref: pykka.ActorRef[Counter]
) -> None:
    ref.stop(timeout=10.0)

    assert runtime.spawn("counter", Counter).ask(GetTotal(), timeout=10.0) == Total(0)


def test_whoever_waits_for_an_actor_that_is_stopped_hears_of_it() -> None:
    runtime = ThreadRuntime(1)
    is_open, has_begun = threading.Event(), threading.Event()
    ref = runtime.spawn("gate", Gate, is_open, has_begun)
    ref.tell(SayNothing())
    assert has_begun.wait(10.0)

    answer = ref.ask(SayNothing(), block=False)
    runtime.stop("gate")
    is_open.set()

    with pytest.raises(pykka.ActorDeadError):
        answer.get(timeout=10.0)
    runtime.close()


def test_closing_a_runtime_stops_all_its_actors(make_runtime: Maker) -> None:
    runtime = make_runtime(journal=make_journal())
    refs = [runtime.spawn(f"counter/{n}", Counter) for n in range(10)]
    refs[0].tell(Burst("counter/9", 10))

    runtime.run_until_idle(10.0)
    runtime.close()

    assert not any(ref.is_alive() for ref in refs)
    assert runtime.cells == {}
    assert pykka.ActorRegistry.get_all() == []


def test_an_actor_started_without_a_runtime_is_served_all_the_same() -> None:
    ref = Plain.start()

    ref.tell(Add(3))
    assert ref.ask(GetTotal(), timeout=10.0) == Total(3)

    assert ref.stop(timeout=10.0) is True


class Plain(Counter):
    """Adds up without a journal that knows its facts."""

    def add(self, amount: int, reply_to: str) -> None:
        self.state.total += amount


def test_an_answer_in_virtual_time_takes_no_longer_than_the_work_it_needs() -> None:
    runtime = VirtualTimeRuntime(service_times={"default": 0.5})
    ref = runtime.spawn("counter", Plain)

    ref.tell(Add(1))
    ref.tell(Add(2))
    runtime.send_later(100.0, "counter", Add(3))

    assert ref.ask(GetTotal(), timeout=10.0) == Total(3)
    assert runtime.now == 1.5
