"""Small worlds: what a seed stands for, and how a world is played and judged."""

from __future__ import annotations

from dataclasses import fields

import msgspec
import pytest

from simulation.explore import Cast
from simulation.explore import world as world_module
from simulation.explore.fault_mix import KINDS
from simulation.explore.hunt import hunt, play_quietly
from simulation.explore.seeds import world_of
from simulation.explore.shapes import Basis
from simulation.explore.small_world import SmallWorld, Step
from simulation.faults.kinds import DISK_CRASHES, WORLD_KINDS
from simulation.plan import FaultPlan

SEEDS = range(300)


def sales(world: SmallWorld) -> SmallWorld:
    """Return a world with one account that buys a share, and without faults."""
    steps = (
        Step(0, 1, 1, "deposit", amount=10**9),
        Step(5_000, 2, 1, "place", 0, "BUY", "MARKET", 1, seen_price=world.market.opening[0]),
    )
    return msgspec.structs.replace(world, steps=steps, ticks=(), faults=())


def test_a_seed_stands_for_one_world(basis: Basis) -> None:
    assert world_of(basis, 7) == world_of(basis, 7)
    assert world_of(basis, 7) != world_of(basis, 8)


def test_every_small_world_is_small(basis: Basis) -> None:
    worlds = [world_of(basis, seed) for seed in SEEDS]

    assert {world.accounts for world in worlds} == {2, 3, 4, 5, 6}
    assert {len(world.market.opening) for world in worlds} == {1, 2, 3}
    assert {10 <= len(world.steps) <= 102 for world in worlds} == {True}


def test_odd_seeds_meet_every_fault_and_even_ones_a_mix(basis: Basis) -> None:
    kinds = [
        [fault.kind for fault in world_of(basis, seed).faults
         if not is_long(fault) and fault.message == "*"]
        for seed in SEEDS
    ]  # fmt: skip

    assert {len(some) for some in kinds[1::2]} == {len(KINDS), len(KINDS) - len(DISK_CRASHES)}
    assert max(len(some) for some in kinds[::2]) <= 5
    assert {kind for some in kinds[::2] for kind in some} == set(KINDS)


def test_a_few_worlds_are_cut_for_longer_than_six_resends_take(basis: Basis) -> None:
    cut = [world for seed in SEEDS for world in [world_of(basis, seed)]
           if any(map(is_long, world.faults))]  # fmt: skip

    assert 0 < len(cut) < len(SEEDS) / 5
    for world in cut:
        assert all(fault.at_s + (fault.for_s or 0.0) <= world.faulty_s for fault in world.faults)


def is_long(fault: FaultPlan) -> bool:
    return fault.kind == "partition" and (fault.for_s or 0.0) >= 75.0


def test_every_kind_of_fault_that_a_runtime_knows_can_come_up() -> None:
    (kind_field,) = (field for field in fields(FaultPlan) if field.name == "kind")
    assert kind_field.name == "kind"
    assert not set(KINDS) & WORLD_KINDS


def test_the_same_seed_without_faults_has_the_same_commands(basis: Basis) -> None:
    faulty, calm = world_of(basis, 5), world_of(basis, 5, with_faults=False)

    assert calm.faults == ()
    assert msgspec.structs.replace(faulty, faults=()) == calm


def test_playing_a_world_twice_gives_the_same_digest(basis: Basis) -> None:
    worlds = [world_of(basis, seed) for seed in range(6)]

    digests = [[play_quietly(world).digest for world in worlds] for _ in range(2)]

    assert digests[0] == digests[1]
    assert len(set(digests[0])) == len(worlds)


def test_small_worlds_with_faults_lose_nothing(basis: Basis) -> None:
    assert [result.seed for result in hunt(basis, range(40)) if not result.passed] == []


def test_a_client_repeats_its_command_until_it_has_the_last_word(basis: Basis) -> None:
    calm = sales(world_of(basis, 0))
    lost = FaultPlan("drop", for_s=1.0, where="client", to="exchange")
    world = msgspec.structs.replace(
        calm, steps=calm.steps[:1], faults=(lost,), faulty_s=1.0, retry_s=0.1
    )

    verdict = play_quietly(world)

    assert verdict.passed, verdict.audit.render()
    assert len(verdict.decisions[0]) >= 2


def test_a_handler_that_raises_is_a_failure(basis: Basis, fragile: Cast) -> None:
    steps = (Step(0, 1, 1, "withdraw", amount=1),)
    world = msgspec.structs.replace(sales(world_of(basis, 0)), steps=steps)

    verdict = play_quietly(world, fragile)

    assert "account raised RuntimeError" in verdict.signs
    assert "A16" in verdict.broken


def test_a_world_that_takes_too_many_steps_is_a_failure(
    basis: Basis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(world_module, "STEPS_AT_MOST", 20)

    verdict = play_quietly(sales(world_of(basis, 0)))

    assert "no rest" in verdict.signs


def test_money_from_nowhere_is_found_in_every_world(basis: Basis, generous: Cast) -> None:
    found = [result.broken for result in hunt(basis, range(5), generous)]

    assert all("A01" in broken for broken in found)


def test_an_id_used_for_something_else_is_refused_and_harms_nothing(basis: Basis) -> None:
    world = sales(world_of(basis, 0))
    again = msgspec.structs.replace(world.steps[0], at_us=50, amount=5)
    world = msgspec.structs.replace(world, steps=(*world.steps, again))

    verdict = play_quietly(world)

    assert verdict.passed, verdict.audit.render()
    assert "a command id is used again for something else" in verdict.seen
