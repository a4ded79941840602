"""Decisions are made by name: nothing else that happens can change one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from bureau import Note
from hypothesis import given
from hypothesis import strategies as st

from simulation.faults import Injector
from simulation.faults.fate import Fate
from simulation.plan import FaultPlan

ROOT = Path(__file__).parents[3]


def dropped(injector: Injector, words: list[str], now_s: float = 1.0) -> list[str]:
    """Return the words whose message from a to b is dropped."""
    fates = {word: injector.fate("a", "b", Note(word), now_s) for word in words}
    return [word for word, fate in fates.items() if fate == Fate(())]


@given(st.lists(st.text("xyz", min_size=1), unique=True), st.data())
def test_a_decision_does_not_depend_on_the_other_messages(
    words: list[str], data: st.DataObject
) -> None:
    some = data.draw(st.lists(st.sampled_from(words), unique=True)) if words else []
    fault = FaultPlan("drop", share=0.5)

    among_all = dropped(Injector(7, [fault]), words)
    among_some = dropped(Injector(7, [fault]), some)

    assert set(among_some) == set(among_all) & set(some)


def test_a_share_is_about_the_share_of_messages_that_are_hit() -> None:
    words = [str(number) for number in range(10_000)]

    assert 900 < len(dropped(Injector(1, [FaultPlan("drop", share=0.1)]), words)) < 1_100


def test_seeds_and_kinds_decide_independently() -> None:
    words = [str(number) for number in range(1_000)]
    one, other = (set(dropped(Injector(n, [FaultPlan("drop", share=0.5)]), words)) for n in (1, 2))
    assert 200 < len(one & other) < 300

    copying = Injector(1, [FaultPlan("duplicate", share=0.5)])
    copied = {word for word in words if copying.fate("a", "b", Note(word), 1.0)}
    assert 200 < len(one & copied) < 300


def test_each_repeat_of_a_message_is_decided_anew() -> None:
    injector = Injector(1, [FaultPlan("drop", share=0.5)])

    fates = [injector.fate("a", "b", Note("again"), 1.0) for _ in range(100)]

    assert 20 < fates.count(None) < 80


def test_a_named_decision_fires_alone_and_without_chance() -> None:
    words = [str(number) for number in range(100)]
    wild = Injector(3, [FaultPlan("drop", share=0.2)])
    hit = dropped(wild, words)
    name = wild.fired[4].name

    tame = Injector(99, [FaultPlan("drop", which=(name,))])

    assert dropped(tame, words) == hit[4:5]
    assert [fired.name for fired in tame.fired] == [name]


def test_a_name_says_what_happened_to_what_and_where() -> None:
    injector = Injector(1, [FaultPlan("drop")])
    injector.fate("account/U1-1", "book/AAA", Note("x"), 2.5)
    injector.fate("account/U1-1", "book/AAA", Note("x"), 3.5)

    first, second = injector.fired

    assert first.name.startswith("drop account/U1-1>book/AAA Note ")
    assert (first.name[-2:], second.name[-2:]) == ("#1", "#2")
    assert (second.number, second.kind, second.at_us) == (0, "drop", 3_500_000)


def test_attempts_are_counted_before_a_fault_begins_as_well() -> None:
    late = Injector(1, [FaultPlan("drop", at_s=5.0)])
    for now_s in (1.0, 2.0, 6.0):
        late.fate("a", "b", Note("x"), now_s)

    assert [fired.name[-2:] for fired in late.fired] == ["#3"]


def test_only_the_messages_that_are_meant_are_hit() -> None:
    injector = Injector(1, [FaultPlan("drop", where="account/*", to="book/*", message="Sub*")])

    assert injector.fate("account/1", "book/A", Note("x"), 1.0) is None
    assert injector.fate("book/A", "account/1", Note("x"), 1.0) is None
    assert injector.never_fired() == [(0, injector.faults[0])]


def test_a_fault_is_active_in_its_time_and_comes_back() -> None:
    injector = Injector(1, (), end_s=100.0)
    fault = FaultPlan("drop", at_s=10.0, for_s=2.0, every_s=30.0)

    active = [now_s for now_s in range(110) if injector.is_active(fault, float(now_s))]

    assert active == [10, 11, 40, 41, 70, 71]
    assert [injector.turn(fault, 41.0), injector.ends_s(fault, 41.0)] == [1, 42.0]


def test_nothing_is_active_after_the_end() -> None:
    injector = Injector(1, (), end_s=10.0)

    assert not injector.is_active(FaultPlan("drop"), 10.0)
    assert injector.ends_s(FaultPlan("partition"), 5.0) == 10.0


def test_effects_of_a_decision_are_counted_and_it_is_kept_once() -> None:
    injector = Injector(1, [FaultPlan("partition"), FaultPlan("crash")])
    for word in "xyz":
        injector.fate("a", "b", Note(word), 1.0)

    assert [fired.name for fired in injector.fired] == ["partition *>* #0"]
    assert injector.counts() == {"crash": 0, "partition": 3}


def test_decisions_are_the_same_in_every_process() -> None:
    code = "from simulation.faults import Injector; print(Injector(5, ()).chances('drop a>b X #1'))"
    told = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for seed in ("1", "2")
    }

    assert told == {f"{Injector(5, ()).chances('drop a>b X #1')}\n"}
