"""Where time goes in virtual time: every part has the right size, and they sum to the latency."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.actor import Actor
from actors.messages.base import Address, Fact, Message
from actors.runtimes.journal import MemoryJournal
from actors.runtimes.mailbox import Envelope
from simulation.clock import Clock
from simulation.cluster import Cluster, Node
from simulation.virtual_time import VirtualTimeRuntime

PARTS = ("network_s", "mailbox_s", "worker_s", "service_s", "commit_s")


class Ask(Message, frozen=True):
    """Ask for an answer; with `hops`, by way of other actors."""

    name: str
    hops: tuple[Address, ...] = ()


class Write(Message, frozen=True):
    """Ask for a fact to be recorded, and for an answer if `answered`."""

    name: str
    hops: tuple[Address, ...] = ()
    answered: bool = True


class Written(Fact, frozen=True):
    """Something was written."""

    name: str


class Clerk(Actor):
    """Answers, or passes on; writes a fact first where that is asked for."""

    def receive(self, message: Any, sender: Address) -> None:
        if isinstance(message, Write):
            self.record(Written(message.name))
            if not message.answered:
                return
        if message.hops:
            hops = message.hops[1:]
            self.send(message.hops[0], msgspec.structs.replace(message, hops=hops))
        else:
            self.send("client", message)

    def apply(self, fact: Written) -> None:
        """Know nothing durably."""


class Office:
    """A runtime with clerks, and a client that notes when it was answered."""

    def __init__(self, *nodes: tuple[int, float], **options: Any) -> None:
        clock = Clock()
        made = [
            Node(clock, f"node-{n}", workers, speed)
            for n, (workers, speed) in enumerate(nodes or [(1, 1.0)], 1)
        ]
        times: dict[str, float] = options.pop("service_times", {"default": 1.0})
        self.runtime = VirtualTimeRuntime(
            clock,
            Cluster(made),
            service_times=times,
            journal=MemoryJournal(fact_types=Written),
            **options,
        )
        self.answers: dict[str, Envelope] = {}
        self.order: list[str] = []
        self.sent_s: dict[str, float] = {}
        self.runtime.attach("client", self.take)

    def take(self, envelope: Envelope) -> None:
        self.answers[envelope.message.name] = envelope
        self.order.append(envelope.message.name)

    def hire(self, *addresses: Address) -> None:
        for address in addresses:
            self.runtime.spawn(address, Clerk)

    def send(self, at_s: float, address: Address, message: Ask | Write) -> None:
        """Send a message from outside, at an instant."""
        self.sent_s[message.name] = at_s
        self.runtime.send_later(at_s, address, message)

    def parts(self, name: str) -> tuple[float, ...]:
        """Return the network, mailbox, worker, service and commit parts of an answer."""
        envelope = self.answers[name]
        return tuple(round(getattr(envelope, part), 9) for part in PARTS)

    def answered_s(self, name: str) -> float:
        return round(self.answers[name].stamp_s, 9)

    def run(self) -> None:
        self.runtime.run()
        assert self.runtime.is_idle()
        for name, answer in self.answers.items():
            latency_s = answer.stamp_s - self.sent_s[name]
            assert sum(self.parts(name)) == pytest.approx(latency_s, abs=1e-7)


def test_a_quiet_office_costs_the_service_time_only() -> None:
    office = Office()
    office.hire("a")
    office.send(3.0, "a", Ask("x"))
    office.run()

    assert office.parts("x") == (0, 0, 0, 1, 0)
    assert office.answered_s("x") == 4.0


def test_whoever_comes_when_all_workers_are_busy_waits_for_a_worker() -> None:
    office = Office((2, 1.0))
    office.hire("a", "b", "c")
    for address in ("a", "b", "c"):
        office.send(0.25, address, Ask(address))
    office.run()

    assert office.parts("a") == office.parts("b") == (0, 0, 0, 1, 0)
    assert office.parts("c") == (0, 0, 1, 1, 0)


def test_whoever_comes_to_a_busy_actor_waits_for_it_though_a_worker_is_idle() -> None:
    office = Office((2, 1.0))
    office.hire("a")
    office.send(0.0, "a", Ask("first"))
    office.send(0.25, "a", Ask("second"))
    office.run()

    assert office.parts("second") == (0, 0.75, 0, 1, 0)


def test_waiting_for_the_actor_and_then_for_a_worker_are_two_parts() -> None:
    office = Office((1, 1.0))
    office.hire("a", "b")
    office.send(0.0, "a", Ask("a1"))
    office.send(0.25, "a", Ask("a2"))
    office.send(0.5, "b", Ask("b"))
    office.run()

    assert office.order == ["a1", "b", "a2"]
    assert office.parts("b") == (0, 0, 0.5, 1, 0)
    assert office.parts("a2") == (0, 0.75, 1, 1, 0)


def test_service_times_go_by_the_kind_of_message_and_the_speed_of_the_node() -> None:
    office = Office((1, 2.0), service_times={"default": 1.0, "Write": 3.0})
    office.hire("a", "b")
    office.send(0.0, "a", Ask("ask"))
    office.send(10.0, "a", Write("write"))
    office.run()

    assert office.parts("ask") == (0, 0, 0, 0.5, 0)
    assert office.parts("write") == (0, 0, 0, 1.5, 0)


def test_a_handler_runs_at_the_end_of_its_service_time() -> None:
    office = Office()
    office.hire("a")
    office.send(0.0, "a", Write("x"))

    office.runtime.run(until_s=0.999)
    assert office.runtime.journal.facts_of("a") == []
    office.runtime.run(until_s=1.001)
    assert office.runtime.journal.facts_of("a") == [Written("x")]


def test_what_a_command_spends_is_carried_from_actor_to_actor() -> None:
    office = Office((2, 1.0))
    office.hire("a", "b", "c")
    office.send(0.0, "c", Ask("other"))
    office.send(0.5, "a", Ask("x", ("b", "c")))
    office.run()

    assert office.parts("x") == (0, 0, 0, 3, 0)


def test_a_message_leaves_when_its_facts_are_durable() -> None:
    office = Office(commit_s=0.5)
    office.hire("a")
    office.send(0.0, "a", Write("x"))
    office.run()

    assert office.parts("x") == (0, 0, 0, 1, 0.5)
    assert office.answered_s("x") == 1.5


def test_facts_recorded_while_a_commit_is_under_way_share_the_next_one() -> None:
    office = Office((3, 1.0), commit_s=1.0)
    office.hire("a", "b", "c")
    office.send(0.0, "a", Write("a"))  # its commit takes from 1.0 to 2.0
    office.send(0.25, "b", Write("b"))  # waits from 1.25
    office.send(0.75, "c", Write("c"))  # waits from 1.75
    office.run()

    assert [office.answered_s(name) for name in "abc"] == [2.0, 3.0, 3.0]
    assert [office.parts(name)[-1] for name in "abc"] == [1.0, 1.75, 1.25]


def test_an_actor_goes_on_while_its_commit_is_under_way() -> None:
    office = Office(commit_s=5.0, service_times={"default": 1.0})
    office.hire("a")
    office.send(0.0, "a", Write("first"))
    office.send(0.0, "a", Write("second"))
    office.run()

    assert office.parts("second") == (0, 1, 0, 1, 9)
    assert office.answered_s("second") == 11.0


def test_what_rests_on_facts_that_are_not_durable_waits_for_them() -> None:
    office = Office((2, 1.0), commit_s=5.0)
    office.hire("a", "b")
    office.send(0.0, "a", Write("write"))
    office.send(0.0, "a", Ask("same actor"))
    office.send(0.0, "b", Ask("other actor"))
    office.run()

    assert office.answered_s("write") == 6.0
    assert office.answered_s("same actor") == 6.0
    assert office.parts("same actor") == (0, 1, 0, 1, 4)
    assert office.answered_s("other actor") == 1.0


def test_facts_that_nobody_waits_for_are_durable_before_the_next_word_of_their_actor() -> None:
    office = Office(commit_s=0.5)
    office.hire("a")
    office.send(0.0, "a", Write("silent", answered=False))
    office.send(5.0, "a", Ask("later"))
    office.run()

    assert office.answered_s("later") == 6.5


@pytest.mark.parametrize("commit_s", [0.0, 0.3])
def test_no_client_hears_of_a_fact_that_is_not_in_the_journal(commit_s: float) -> None:
    office = Office(commit_s=commit_s)
    durable: list[list[Any]] = []
    office.runtime.attach("reader", lambda _: durable.append(office.runtime.journal.facts_of("a")))
    office.hire("a")
    office.send(0.0, "a", Write("x", ("reader",)))
    office.runtime.run()

    assert durable == [[Written("x")]]


def test_a_message_between_two_nodes_travels_and_within_one_it_does_not() -> None:
    office = Office((1, 1.0), (1, 1.0), node_delay_s=0.25)
    here, there = placed_apart(office.runtime.cluster)
    office.hire(here, there)
    office.send(0.0, here, Ask("across", (there, here)))
    office.send(10.0, here, Ask("within", (here,)))
    office.run()

    assert office.parts("across") == (0.5, 0, 0, 3, 0)
    assert office.parts("within") == (0, 0, 0, 2, 0)


def placed_apart(cluster: Cluster) -> tuple[Address, Address]:
    """Return the addresses of two accounts on two nodes."""
    addresses = [f"account/U{n}-1" for n in range(100)]
    first = addresses[0]
    other = next(a for a in addresses if cluster.place(a) is not cluster.place(first))
    return first, other


def test_a_client_hears_an_answer_after_its_delay() -> None:
    office = Office(client_delay_s=0.125)
    office.hire("a")
    office.send(0.0, "a", Ask("x"))
    office.run()

    assert office.parts("x") == (0.125, 0, 0, 1, 0)
    assert office.answered_s("x") == 1.125


def test_simultaneous_messages_are_served_in_the_order_of_their_sending() -> None:
    office = Office()
    names = [f"clerk-{n}" for n in range(20)]
    office.hire(*names)
    for name in reversed(names):
        office.send(1.0, name, Ask(name))
    office.run()

    assert office.order == names[::-1]


MESSAGES = st.lists(
    st.tuples(
        st.integers(0, 40),  # when, in tenths of a second
        st.booleans(),
        st.lists(st.integers(0, 4), min_size=1, max_size=4),
    ),
    max_size=30,
)
NODES = st.lists(
    st.tuples(st.integers(1, 3), st.sampled_from([0.5, 1.0, 3.0])), min_size=1, max_size=3
)


@settings(max_examples=60)
@given(MESSAGES, NODES, st.sampled_from([0.0, 0.05, 0.7]), st.sampled_from([0.0, 0.3]))
def test_the_parts_of_every_latency_sum_to_it(
    messages: list[tuple[int, bool, list[int]]],
    nodes: list[tuple[int, float]],
    commit_s: float,
    client_delay_s: float,
) -> None:
    office = Office(*nodes, commit_s=commit_s, client_delay_s=client_delay_s, node_delay_s=0.07)
    clerks = [f"account/U{n}-1" for n in range(5)]
    office.hire(*clerks)
    for number, (tenths, writes, way) in enumerate(messages):
        kind: Callable[..., Any] = Write if writes else Ask
        hops = tuple(clerks[n] for n in way)
        office.send(tenths / 10, hops[0], kind(str(number), hops[1:]))
    office.run()

    assert len(office.answers) == len(messages)
    assert all(part >= 0 for name in office.answers for part in office.parts(name))
    assert not office.runtime.dead_letters


def cluster_of(count: int) -> Cluster:
    clock = Clock()
    return Cluster([Node(clock, f"node-{n}", 1) for n in range(1, count + 1)])


ACCOUNTS = [f"account/U{n:06d}-1" for n in range(2_000)]


def test_accounts_are_placed_by_their_address_alone_and_evenly() -> None:
    first, again = cluster_of(4), cluster_of(4)

    places = [first.place(address).name for address in ACCOUNTS]
    assert places == [again.place(address).name for address in ACCOUNTS]
    shares = [places.count(node.name) / len(places) for node in first.nodes]
    assert all(0.15 < share < 0.35 for share in shares)


def test_a_node_that_joins_takes_its_share_and_moves_nothing_else() -> None:
    before, after = cluster_of(4), cluster_of(5)

    moved = [
        after.place(address).name
        for address in ACCOUNTS
        if after.place(address).name != before.place(address).name
    ]
    assert set(moved) == {"node-5"}
    assert len(moved) < 0.3 * len(ACCOUNTS)


def test_a_stock_and_its_book_stand_on_one_node_and_the_door_on_the_first() -> None:
    cluster = cluster_of(4)

    for symbol in ("AAPL", "MSFT", "AMZN", "TSLA", "NVDA"):
        assert cluster.place(f"stock/{symbol}") is cluster.place(f"book/{symbol}")
    assert cluster.place("exchange") is cluster.place("market-data") is cluster.nodes[0]


@pytest.mark.parametrize(("workers", "speed"), [(0, 1.0), (1, 0.0), (1, -1.0)])
def test_a_node_that_could_do_nothing_is_refused(workers: int, speed: float) -> None:
    with pytest.raises(ValueError, match="node n"):
        Node(Clock(), "n", workers, speed)


def test_a_cluster_without_nodes_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one node"):
        Cluster([])
