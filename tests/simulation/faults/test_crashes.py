"""What becomes of actors and nodes that crash, fail over, pause, or have no room on their disk."""

from __future__ import annotations

import pytest
from bureau import Bureau, Confirmed, Kept

from simulation.faults import DiskFull, SimulatedDisk
from simulation.faults.disk import read_frames
from simulation.plan import FaultKind, FaultPlan


@pytest.mark.parametrize("kind", ["crash_before_append", "crash_after_append"])
def test_a_crash_at_the_append_loses_what_was_to_leave_and_nothing_else(kind: FaultKind) -> None:
    bureau = Bureau(FaultPlan(kind, where="b", for_s=2.0, amount=0.5))
    bureau.say(1.0, "hello", "a", "b")
    bureau.runtime.env.run(until=1.2)
    facts_of_b = [fact for address, fact in bureau.facts if address == "b"]
    assert len(facts_of_b) == (kind == "crash_after_append")
    bureau.run()

    assert bureau.kept_by("b") == ["hello"]
    assert bureau.words == ["hello"]
    assert bureau.heard[0][0] > 2.0
    assert bureau.runtime.supervisor.total == 0
    assert not bureau.runtime.owes()


def test_a_crash_between_sends_lets_the_first_messages_leave() -> None:
    bureau = Bureau(FaultPlan("crash_between_sends", where="a", for_s=1.5), scribes=["a"])
    bureau.say(1.0, "hello", "a", copies=5)
    bureau.run()

    assert 1 <= len(bureau.heard) < 5
    assert bureau.kept_by("a") == ["hello"]


def test_a_crashed_actor_is_away_for_its_downtime_and_its_mailbox_is_lost() -> None:
    bureau = Bureau(FaultPlan("crash", at_s=1.0, where="a", amount=2.0))
    for at_s, word in ((0.5, "before"), (1.5, "during"), (3.5, "after")):
        bureau.say(at_s, word, "a")
    bureau.run()

    assert bureau.words == ["before", "after"]
    assert bureau.kept_by("a") == ["before", "after"]
    assert bureau.fired == ["crash a #0"]
    assert bureau.runtime.dead_letters == {"Note": 1}


def test_whoever_is_down_at_the_end_comes_back_then() -> None:
    bureau = Bureau(FaultPlan("crash", at_s=1.0, where="a", amount=500.0), end_s=10.0)
    bureau.say(10.5, "after", "a")
    bureau.run()

    assert bureau.words == ["after"]
    assert bureau.runtime.is_idle()


def test_the_old_incarnation_goes_on_until_its_append_is_refused() -> None:
    bureau = Bureau(FaultPlan("zombie", where="b", at_s=0.5))
    bureau.say(1.0, "hello", "a", "b")
    bureau.say(1.0, "again", "a", "b")
    bureau.run(until_s=50.0)

    assert [zombie.alive for zombie in bureau.runtime._zombies] == [False]
    assert bureau.runtime.supervisor.fenced == 1
    assert bureau.runtime.supervisor.total == 0
    assert sorted(bureau.kept_by("b")) == ["again", "hello"]
    assert sorted(bureau.words) == ["again", "hello"]
    assert bureau.runtime.cells["b"].pen.epoch == 2


def test_nobody_fails_over_after_the_end_who_had_no_work_before() -> None:
    bureau = Bureau(FaultPlan("zombie", where="b", at_s=0.5), end_s=10.0)
    bureau.say(11.0, "late", "a", "b")
    bureau.run()

    assert bureau.fired == []
    assert bureau.runtime._zombies == []
    assert bureau.words == ["late"]


def test_an_upgrade_loses_nothing_and_nobody_notices() -> None:
    faults = FaultPlan("rolling_upgrade", at_s=1.0, for_s=1.0)
    calm, upgraded = Bureau(), Bureau(faults)
    for bureau in (calm, upgraded):
        for number in range(100):
            bureau.say(1.0 + number / 100, str(number), "a", "b")
        bureau.run()

    assert len(upgraded.fired) == 2
    assert upgraded.heard == calm.heard
    assert upgraded.facts == calm.facts
    assert not upgraded.runtime.dead_letters


def test_what_no_commit_has_made_durable_is_lost_with_its_node_and_nobody_hears_of_it() -> None:
    bureau = Bureau(FaultPlan("node_crash", at_s=1.05, amount=1.0), scribes=["a"], commit_s=0.2)
    bureau.say(1.0, "lost", "a")
    bureau.say(3.0, "found", "a")
    bureau.run()

    assert bureau.words == ["found"]
    assert bureau.kept_by("a") == ["found"]
    assert [fact.word for _, fact in bureau.facts if isinstance(fact, Kept)] == ["found"]


@pytest.mark.parametrize("kind", ["lost_tail", "torn_record"])
def test_a_crash_may_lose_the_last_record_alone(kind: FaultKind) -> None:
    name = f"{kind} node-1 #0"
    bureau = Bureau(FaultPlan(kind, at_s=1.005, which=(name,)), scribes=["a"], commit_s=0.2)
    bureau.say(1.0, "first", "a")
    bureau.say(1.01, "last", "a")
    bureau.run()

    assert bureau.kept_by("a") == ["first"]
    assert [fact.word for _, fact in bureau.facts if isinstance(fact, Kept)] == ["first"]
    assert bureau.fired == [name]
    assert not bureau.words  # both messages waited for the commit


def test_without_a_group_commit_there_is_no_tail_to_lose() -> None:
    bureau = Bureau(FaultPlan("lost_tail"), scribes=["a"])
    bureau.say(1.0, "hello", "a")
    bureau.run()

    assert bureau.kept_by("a") == ["hello"]
    assert len(bureau.injector.never_fired()) == 1


def test_facts_are_heard_when_they_are_durable_and_before_what_rests_on_them() -> None:
    bureau = Bureau(scribes=["a"], commit_s=0.2)
    bureau.say(1.0, "hello", "a")
    bureau.runtime.env.run(until=1.1)
    assert not bureau.facts
    bureau.run()

    assert [fact.word for _, fact in bureau.facts if isinstance(fact, Kept)] == ["hello"]
    assert bureau.heard == [(1.201, "hello")]
    assert bureau.disk.unsynced("node-1") == 0


def test_an_actor_whose_disk_is_full_has_done_nothing_and_tries_again() -> None:
    bureau = Bureau(FaultPlan("full_disk", at_s=1.0, for_s=3.0))
    bureau.say(2.0, "refused", "a", "b")
    bureau.say(6.0, "kept", "a", "b")
    bureau.run()

    assert bureau.words == ["kept"]
    assert bureau.kept_by("a") == ["kept"]
    assert bureau.runtime.supervisor.total == 0
    assert bureau.fired == ["full_disk node-1 #0"]


def test_an_actor_that_begins_on_a_full_disk_begins_when_there_is_room() -> None:
    bureau = Bureau(FaultPlan("full_disk", at_s=1.0, for_s=3.0))
    bureau.found(2.5, "c")
    bureau.say(5.0, "hello", "c")
    bureau.run(3.0)
    assert not bureau.facts
    bureau.run()

    assert bureau.kept_by("c") == ["founded", "hello"]
    assert bureau.words == ["hello"]
    assert bureau.fired == ["full_disk node-1 #0"]


def test_an_actor_whose_beginning_a_crash_has_lost_begins_anew() -> None:
    crash = FaultPlan("node_crash", at_s=2.005, where="node-*", amount=1.0)
    bureau = Bureau(crash, commit_s=0.02)
    bureau.found(2.0, "c")
    bureau.run()

    founded = [fact for address, fact in bureau.facts if address == "c"]
    assert [fact.clock_s for fact in founded if isinstance(fact, Kept)] == [pytest.approx(3.005)]
    assert bureau.kept_by("c") == ["founded"]


def test_a_full_disk_that_nobody_writes_to_has_not_fired() -> None:
    bureau = Bureau(FaultPlan("full_disk", at_s=1.0, for_s=3.0)).run()

    assert bureau.injector.never_fired()


def test_a_paused_node_goes_on_where_it_stood() -> None:
    bureau = Bureau(FaultPlan("paused_node", at_s=1.0, for_s=4.0), scribes=["a"])
    bureau.say(2.0, "hello", "a")
    bureau.run()

    assert bureau.heard == [(5.0, "hello")]
    assert round(bureau.envelopes[0].service_s, 6) == 3.0


def test_a_slow_node_is_slow_for_a_while() -> None:
    bureau = Bureau(FaultPlan("slow_node", at_s=1.0, for_s=4.0, amount=100.0), scribes=["a"])
    for at_s in (0.5, 2.0, 6.0):
        bureau.say(at_s, str(at_s), "a")
    bureau.run()

    assert [round(envelope.service_s, 6) for envelope in bureau.envelopes] == [0.001, 0.1, 0.001]


def test_a_clock_can_be_wrong_for_a_while() -> None:
    bureau = Bureau(FaultPlan("clock_skew", at_s=1.0, for_s=4.0, where="a", amount=30.0))
    for at_s in (0.5, 2.0, 6.0):
        bureau.say(at_s, str(at_s), "a")
    bureau.run()

    right, wrong, right_again = bureau.runtime.cells["a"].actor.state.clocks
    assert (round(right), round(right_again)) == (1, 6)
    assert abs(wrong - 2.0) > 29.0


def test_one_actor_is_chosen_by_the_seed_unless_a_share_is_given() -> None:
    scribes = [f"s{number}" for number in range(100)]
    chosen = {Bureau(FaultPlan("crash"), scribes=scribes, seed=n).run().fired[0] for n in range(8)}
    many = Bureau(FaultPlan("crash", share=0.3), scribes=scribes).run()

    assert len(chosen) > 4
    assert 20 < len(many.fired) < 40


def test_a_crash_comes_back_as_long_as_it_lasts() -> None:
    bureau = Bureau(FaultPlan("crash", at_s=1.0, for_s=5.0, every_s=2.0, where="a")).run()

    assert bureau.fired == ["crash a #0", "crash a #1", "crash a #2"]


def test_a_torn_record_is_known_by_its_checksum() -> None:
    disk = SimulatedDisk(fact_types=Kept | Confirmed, node_of=lambda _: "n", is_buffered=True)
    pen = disk.open("a")
    for word in ("one", "two", "three"):
        disk.append(pen, [Kept(word, (), 0.0)], Kept("", (), 0.0))
    disk.sync("n", 1)

    assert disk.crash("n", keep=1, is_torn=True) == 1
    assert disk.unsynced("n") == 0
    assert [fact.word for fact in disk.facts_of("a")] == ["one", "two"]  # type: ignore[attr-defined]


@pytest.mark.parametrize("damage", [b"", b"\x01", b"\x05\x00\x00\x00\x00\x00\x00\x00hello"])
def test_a_raw_disk_is_read_up_to_its_first_damage(damage: bytes) -> None:
    assert list(read_frames(damage)) == []


def test_a_snapshot_takes_the_place_of_durable_facts_only() -> None:
    disk = SimulatedDisk(
        keep_all=False, fact_types=Kept | Confirmed, node_of=lambda _: "n", is_buffered=True
    )
    pen = disk.open("a")
    for number in range(100):
        disk.append(pen, [Kept(str(number), (), 0.0)], Kept(f"state {number}", (), 0.0))

    assert disk.snapshot_of("a") is None
    disk.sync("n", 80)
    kept = [fact.word for fact in disk.facts_of("a")]  # type: ignore[attr-defined]
    assert disk.snapshot_of("a") is not None
    assert b"state 79" in (disk.snapshot_of("a") or b"")
    assert kept == [str(number) for number in range(80, 100)]


def test_a_full_disk_refuses_the_whole_batch() -> None:
    disk = SimulatedDisk(fact_types=Kept | Confirmed, node_of=lambda _: "n")
    pen = disk.open("a")
    disk.full.add("n")

    with pytest.raises(DiskFull, match="the disk of n is full"):
        disk.append(pen, [Kept("word", (), 0.0)], Kept("", (), 0.0))
    assert not disk.knows("a")
