"""What becomes of a message when faults strike it."""

from __future__ import annotations

from typing import Final, NamedTuple

from simulation.faults.kinds import DEFAULT_AMOUNTS
from simulation.plan import FaultPlan

ONE: Final = 2.0**64  # what the numbers that decide stay below
COPY_LANE: Final = 6
DELAY_LANE: Final = 7
_TAIL_INDEX: Final = 1.5  # of the Pareto tail of delays
_LONGEST_TAIL: Final = 100.0  # times the shortest delay


class Fate(NamedTuple):
    """What becomes of a message on a link.

    Attributes:
        delays: Of each copy that arrives, in seconds; none if it is lost.
        wait_s: Longest time that it waits to be overtaken by the next one; 0 for not at all.
    """

    delays: tuple[float, ...]
    wait_s: float = 0.0


def amount_of(fault: FaultPlan) -> float:
    """Return how much of a fault there is, in the unit of its kind."""
    return DEFAULT_AMOUNTS.get(fault.kind, 0.0) if fault.amount is None else fault.amount


def fate_of(struck: list[FaultPlan], chances: tuple[int, ...]) -> Fate:
    """Return what several faults together do to a message."""
    delay_s = wait_s = 0.0
    copies: tuple[float, ...] = ()
    for fault in struck:
        amount = amount_of(fault)
        if fault.kind in {"drop", "failing_reports"}:
            return Fate(())
        if fault.kind in {"delay", "slow_reports"}:
            delay_s += _long_tail(amount, chances[DELAY_LANE])
        elif fault.kind == "duplicate":
            copies = (*copies, amount * chances[COPY_LANE] / ONE)
        else:
            wait_s = amount
    return Fate((delay_s, *(delay_s + copy_s for copy_s in copies)), wait_s)


def _long_tail(least_s: float, chance: int) -> float:
    """Return a Pareto-distributed delay, cut off where nobody waits any more."""
    stretch: float = (1.0 - chance / ONE) ** (-1.0 / _TAIL_INDEX)
    return least_s * min(stretch, _LONGEST_TAIL)
