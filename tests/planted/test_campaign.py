"""A handful of planted bugs is caught by chance within a few dozen small worlds."""

from __future__ import annotations

import pytest

from planted.campaign import outcome_of
from planted.table import TABLE, Bug
from scenarios.loader import resolve
from simulation.explore.hunt import quiet
from simulation.explore.seeds import world_of
from simulation.explore.shapes import Basis, basis_of
from simulation.explore.world import play

SEEDS = 24
HANDFUL = (
    "settles-again", "no-command-dedupe", "no-submit-dedupe", "executes-at-the-limit",
    "keeps-cancelled-hold", "recovery-drops-last", "executions-restart", "sends-before-append",
)  # fmt: skip


@pytest.fixture(scope="module")
def basis() -> Basis:
    return basis_of(resolve("quiet-minute").plan)


@pytest.mark.parametrize("bug", [b for b in TABLE if b.name in HANDFUL], ids=lambda b: b.name)
def test_a_planted_bug_is_caught_by_chance(bug: Bug, basis: Basis) -> None:
    with quiet():
        outcomes = (outcome_of(bug, basis, seed, with_faults=True) for seed in range(SEEDS))
        caught = next((one for one in outcomes if set(one.signs) & set(bug.invariants)), None)

    assert caught is not None, f"not within {SEEDS} seeds"
    assert caught.acted


def test_without_a_bug_the_same_worlds_are_clean(basis: Basis) -> None:
    with quiet():
        failed = {seed: play(world_of(basis, seed)).signs for seed in range(SEEDS)}

    assert not any(failed.values()), failed
