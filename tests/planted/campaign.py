"""Plays small worlds with a planted bug, and says what noticed it."""

from __future__ import annotations

from typing import NamedTuple

from actors.runtimes.supervision import Failure, Supervisor
from planted.activation import activation
from planted.table import Bug
from simulation.explore.seeds import world_of
from simulation.explore.shapes import Basis
from simulation.explore.small_world import SmallWorld
from simulation.explore.world import Run

BROKE_DOWN = "broke down"
FAILURES_AT_MOST = 100


class Impatient(Supervisor):
    """Ends a world in which a handler raises at every message: more of it would show nothing."""

    def report(self, failure: Failure) -> None:
        super().report(failure)
        if self.total > FAILURES_AT_MOST:
            raise RuntimeError("handlers do nothing but raise")


class Outcome(NamedTuple):
    """What became of a small world with a planted bug.

    Attributes:
        acted: How often the bug did the wrong thing.
        signs: Ids of the invariants that broke, and what else went wrong.
        digest: Of the world's journal.
    """

    acted: int
    signs: tuple[str, ...]
    digest: str


def outcome_of(bug: Bug, basis: Basis, seed: int, *, with_faults: bool) -> Outcome:
    """Play the small world of a seed with a bug."""
    return outcome_in(world_of(basis, seed, with_faults=with_faults), bug)


def outcome_in(world: SmallWorld, bug: Bug) -> Outcome:
    """Play a small world with a bug."""
    activation.take()
    try:
        run = Run(world, bug.cast())
        run.runtime.supervisor = Impatient()
        run.play()
        verdict = run.judge()
    except Exception:  # whatever a planted bug breaks counts as noticed
        return Outcome(activation.take(), (BROKE_DOWN,), "")
    signs = tuple(sign for sign in verdict.signs if sign not in bug.tolerated)
    return Outcome(activation.take(), signs, verdict.digest)
