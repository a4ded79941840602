"""What becomes of messages when the network is bad."""

from __future__ import annotations

import msgspec
import pytest
from bureau import CLIENT, Bureau, Note

from simulation.plan import FaultPlan


def test_a_dropped_message_is_sent_again_until_it_is_confirmed() -> None:
    bureau = Bureau(FaultPlan("drop", where="a", to="b", for_s=4.5))
    bureau.say(1.0, "hello", "a", "b")
    bureau.run()

    assert bureau.kept_by("b") == ["hello"]
    assert bureau.words == ["hello"]
    assert len(bureau.fired) == 2
    assert not bureau.runtime.owes()


def test_a_message_that_comes_twice_is_kept_once() -> None:
    bureau = Bureau(FaultPlan("duplicate", where="a", to="b", amount=0.5))
    bureau.say(1.0, "hello", "a", "b")
    bureau.run()

    assert bureau.kept_by("b") == ["hello"]
    assert bureau.words == ["hello", "hello"]
    assert 1.0 < bureau.heard[1][0] - bureau.heard[0][0] + 1.0 < 1.5


def test_a_delay_is_at_least_its_amount_and_has_a_long_tail() -> None:
    bureau = Bureau(FaultPlan("delay", to=CLIENT, amount=0.1), scribes=["a"])
    for number in range(500):
        bureau.say(1.0, f"{number:03}", "a")
    bureau.run()

    delays = sorted(envelope.network_s for envelope in bureau.envelopes)
    assert len(delays) == 500
    assert delays[0] >= 0.1
    assert 0.14 < delays[250] < 0.18
    assert delays[495] > 1.5


def test_what_is_held_up_arrives_when_everything_heals_at_the_latest() -> None:
    late = FaultPlan("delay", to=CLIENT, amount=5.0)
    bureau = Bureau(late, scribes=["a"], end_s=10.0)
    for number in range(50):
        bureau.say(1.0, f"{number:03}", "a")
    bureau.run()

    arrived = [at_s for at_s, _ in bureau.heard]
    assert len(arrived) == 50
    assert max(arrived) == pytest.approx(10.0)
    assert min(arrived) >= 6.0


def test_time_lost_on_the_network_is_booked_as_such() -> None:
    bureau = Bureau(
        FaultPlan("delay", to=CLIENT), FaultPlan("reorder", where=CLIENT), scribes=["a"]
    )
    bureau.say(1.0, "late", "a")
    bureau.run()

    (envelope,) = bureau.envelopes
    parts = envelope.network_s + envelope.mailbox_s + envelope.worker_s + envelope.service_s
    assert envelope.stamp_s - 1.0 == pytest.approx(parts)
    assert envelope.network_s > 1.1


def test_a_reordered_message_is_overtaken_by_the_next_one_on_its_link() -> None:
    name = "reorder client>a Note {} #1"
    digest = digest_of(Bureau(FaultPlan("reorder"), scribes=["a"]), "first")
    bureau = Bureau(FaultPlan("reorder", which=(name.format(digest),), amount=5.0), scribes=["a"])
    for at_s, word in ((1.0, "first"), (1.5, "second"), (2.0, "third")):
        bureau.say(at_s, word, "a")
    bureau.run()

    assert bureau.words == ["second", "first", "third"]


def digest_of(bureau: Bureau, word: str) -> str:
    """Return the digest by which names tell a message from others."""
    bureau.say(1.0, word, "a")
    bureau.run()
    return bureau.fired[0].split()[3]


def test_nobody_waits_for_ever_to_be_overtaken() -> None:
    bureau = Bureau(FaultPlan("reorder", where=CLIENT, amount=3.0), scribes=["a"])
    bureau.say(1.0, "alone", "a")
    bureau.run()

    assert [round(at_s) for at_s, _ in bureau.heard] == [4]
    assert bureau.runtime.is_idle()


@pytest.mark.parametrize(("kind", "lost"), [("partition", 2), ("partition_one_way", 1)])
def test_a_partition_cuts_links_both_ways_or_one_way(kind: str, lost: int) -> None:
    bureau = Bureau(FaultPlan(kind, at_s=5.0, for_s=5.0, where="a", to="b"))  # type: ignore[arg-type]
    bureau.say(6.0, "forth", "a", "b")
    bureau.say(6.0, "back", "b", "a")
    bureau.run()

    times = {word: at_s for at_s, word in reversed(bureau.heard)}  # of the first copy
    assert times["forth"] > 10.0
    assert (times["back"] > 10.0) is (lost == 2)
    assert bureau.fired == [f"{kind} a>b #0"]


def test_a_partition_can_cut_nodes_from_each_other() -> None:
    scribes = [f"account/{number}" for number in range(20)]
    bureau = Bureau(
        FaultPlan("partition", where="node-1", to="node-2", for_s=5.0), scribes=scribes, nodes=2
    )
    nodes = {scribe: bureau.runtime.node_of(scribe) for scribe in scribes}
    one = next(scribe for scribe in scribes if nodes[scribe] == "node-1")
    other = next(scribe for scribe in scribes if nodes[scribe] == "node-2")
    same = next(scribe for scribe in scribes if nodes[scribe] == "node-1" and scribe != one)
    bureau.say(1.0, "far", one, other)
    bureau.say(1.0, "near", one, same)
    bureau.run()

    assert bureau.words == ["near", "far"]
    assert bureau.heard[1][0] > 5.0


def test_a_clogged_link_lets_everything_through_in_order_when_it_is_over() -> None:
    bureau = Bureau(
        FaultPlan("clogged_link", at_s=1.0, for_s=4.0, where=CLIENT, to="a"), scribes=["a"]
    )
    for at_s, word in ((2.0, "one"), (3.0, "two"), (4.0, "three")):
        bureau.say(at_s, word, "a")
    bureau.run()

    assert bureau.words == ["one", "two", "three"]
    assert bureau.heard[0][0] > 5.0


@pytest.mark.parametrize("kind", ["slow_reports", "failing_reports"])
def test_the_channel_to_clients_can_be_bad_alone(kind: str) -> None:
    bureau = Bureau(FaultPlan(kind))  # type: ignore[arg-type]
    bureau.say(1.0, "hello", "a", "b")
    bureau.run()

    assert bureau.kept_by("b") == ["hello"]
    assert bool(bureau.heard) is (kind == "slow_reports")
    assert all(at_s > 6.0 for at_s, _ in bureau.heard)
    assert len(bureau.fired) == 1


def test_nothing_goes_wrong_before_the_start_or_after_the_end() -> None:
    bureau = Bureau(FaultPlan("drop"), scribes=["a"], end_s=10.0)
    bureau.runtime.env.run(until=10.0)
    bureau.say(11.0, "hello", "a")
    bureau.run()

    assert bureau.words == ["hello"]
    assert bureau.injector.never_fired()


def test_messages_can_be_made_to_pass_through_their_encoded_form() -> None:
    bureau = Bureau(is_encoded=True)
    note = Note("hello", ("b",))
    bureau.runtime.send_traced("a", note, CLIENT, -1, 0.0)
    bureau.run()

    assert bureau.envelopes[0].message == Note("hello")
    assert bureau.runtime.through_bytes(note) == note
    assert bureau.runtime.through_bytes(note) is not note
    assert msgspec.msgpack.encode(bureau.runtime.through_bytes(note)) == msgspec.msgpack.encode(
        note
    )
