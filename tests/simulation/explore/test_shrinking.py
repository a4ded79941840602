"""Shrinking: the smallest world in which the same still breaks, with nothing left to chance."""

from __future__ import annotations

from itertools import count

import msgspec
import pytest

from simulation.explore import Cast, shrinking
from simulation.explore.hunt import play_quietly
from simulation.explore.seeds import world_of
from simulation.explore.shapes import Basis
from simulation.explore.shrinking import Shrunk, decisions, shrink
from simulation.plan import FaultPlan


def first_shrunk(basis: Basis, cast: Cast, sign: str) -> Shrunk:
    """Shrink the first small world in which something breaks, if it breaks by faults alone."""
    for seed in count():
        world = world_of(basis, seed)
        if sign in play_quietly(world, cast).signs:
            return shrink(world, cast, 20.0, sign)
    raise AssertionError("unreachable")


def test_a_bug_that_needs_no_fault_shrinks_to_its_one_command(basis: Basis, generous: Cast) -> None:
    shrunk = first_shrunk(basis, generous, "A01")

    assert shrunk.size == (1, 0)
    assert shrunk.world.steps[0].operation == "deposit"
    assert shrunk.world.steps[0].amount == 1


def test_decisions_for_faults_that_do_not_matter_are_left_out(
    basis: Basis, forgetful: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shrinking, "_REDRAWN_AT_MOST", 0)
    world = world_of(basis, 4)
    loud = FaultPlan("duplicate", share=0.4, amount=0.01)
    world = msgspec.structs.replace(world, faults=(loud,))

    shrunk = shrink(world, forgetful, 20.0)

    assert sum(map(len, play_quietly(world, forgetful).decisions.values())) > 20
    assert decisions(shrunk.world) <= 3


def test_a_bug_that_needs_a_fault_keeps_that_fault_by_name(basis: Basis, forgetful: Cast) -> None:
    shrunk = first_shrunk(basis, forgetful, "A05")

    assert len(shrunk.world.steps) <= 4
    assert 1 <= decisions(shrunk.world) <= 2
    assert all(fault.which for fault in shrunk.world.faults)


def test_what_is_left_breaks_the_same_again_and_again(basis: Basis, forgetful: Cast) -> None:
    shrunk = first_shrunk(basis, forgetful, "A05")

    again = [play_quietly(shrunk.world, forgetful) for _ in range(2)]

    assert [verdict.digest for verdict in again] == [shrunk.verdict.digest] * 2
    assert all(shrunk.target in verdict.signs for verdict in again)
    assert play_quietly(shrunk.world).passed


def test_the_story_of_a_failure_names_the_invariant_and_the_accounts(
    basis: Basis, generous: Cast
) -> None:
    story = first_shrunk(basis, generous, "A01").story()

    assert story.startswith("A01 ")
    assert "cash $0.00 -> $0.0002" in story


def test_a_world_in_which_nothing_breaks_cannot_be_made_smaller(basis: Basis) -> None:
    with pytest.raises(ValueError, match="nothing breaks"):
        shrink(world_of(basis, 0))


def test_time_that_is_up_leaves_a_failure_as_it_was(basis: Basis, generous: Cast) -> None:
    world = world_of(basis, 0)

    shrunk = shrink(world, generous, limit_s=0.0)

    assert "A01" in shrunk.verdict.signs
    assert shrunk.world.steps == world.steps
