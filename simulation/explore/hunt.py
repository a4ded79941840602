"""Plays the small worlds of many seeds, one after the other, in this process."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from msgspec import Struct

from simulation.collector import calm_collector
from simulation.explore.cast import REAL, Cast
from simulation.explore.seeds import world_of
from simulation.explore.shapes import Basis
from simulation.explore.small_world import SmallWorld
from simulation.explore.verdict import Verdict
from simulation.explore.world import play


class Result(Struct):
    """What became of one seed.

    Attributes:
        seed: Of the small world.
        digest: Of its journal.
        broken: What broke: ids of invariants, and names of other troubles.
        seen: Situations that came up.
        steps: Events that its clock went through.
    """

    seed: int
    digest: str
    broken: list[str]
    seen: list[str]
    steps: int

    @property
    def passed(self) -> bool:
        """Whether nothing broke."""
        return not self.broken


def hunt(
    basis: Basis, seeds: Iterable[int], cast: Cast = REAL, *, with_faults: bool = True
) -> Iterator[Result]:
    """Play the small world of each seed, and yield what became of it."""
    with quiet(), calm_collector():
        for seed in seeds:
            verdict = play(world_of(basis, seed, with_faults=with_faults), cast)
            yield Result(seed, verdict.digest, verdict.signs, verdict.seen, verdict.steps)


def play_quietly(world: SmallWorld, cast: Cast = REAL) -> Verdict:
    """Play one small world; what its actors log is told by the verdict."""
    with quiet():
        return play(world, cast)


@contextmanager
def quiet() -> Iterator[None]:
    """Keep what actors log to ourselves: alarms and failures are part of what is tried."""
    logger = logging.getLogger("openoutcry")
    was_disabled = logger.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(was_disabled)
