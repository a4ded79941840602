"""What a replay by the wall clock has shown: latencies and rates of its commands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulation.records import OPERATIONS

BEHIND_S: Final = 0.1  # a feeder that is later than this has not kept up


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """What one part of a replay has shown; instants are seconds on the runtime's clock.

    Attributes:
        operation: Of each command, an index into `OPERATIONS`, shape (commands,).
        intended_s: When it was meant to be sent; in a closed loop, when it was.
        sent_s: When it was sent; NaN if never, as the answers to others did not come.
        answered_s: When its last word came; NaN if never.
    """

    operation: NDArray[np.int8]
    intended_s: NDArray[np.float64]
    sent_s: NDArray[np.float64]
    answered_s: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.operation)

    @property
    def unanswered(self) -> int:
        """Commands without an answer."""
        return int(np.isnan(self.answered_s).sum())

    @property
    def latency_s(self) -> NDArray[np.float64]:
        """Seconds from the intended start of each answered command to its answer."""
        latency: NDArray[np.float64] = self.answered_s - self.intended_s
        return latency[~np.isnan(latency)]

    def by_operation(self) -> dict[str, NDArray[np.float64]]:
        """Return the latencies of each operation that occurred, seconds."""
        latency = self.answered_s - self.intended_s
        answered = ~np.isnan(latency)
        codes = np.unique(self.operation)
        return {OPERATIONS[code]: latency[answered & (self.operation == code)] for code in codes}

    @property
    def offered_per_s(self) -> float:
        """Commands meant to be sent per second."""
        return _rate(self.intended_s)

    @property
    def sent_per_s(self) -> float:
        """Commands sent per second."""
        return _rate(self.sent_s)

    @property
    def answered_per_s(self) -> float:
        """Commands answered per second, from the first intended start to the last answer."""
        answered_s = self.answered_s[~np.isnan(self.answered_s)]
        if not len(answered_s):
            return 0.0
        # No answer comes at the first start, so that each of them ends a gap.
        lasted_s = float(answered_s.max() - np.nanmin(self.intended_s))
        return len(answered_s) / lasted_s if lasted_s > 0 else 0.0

    @property
    def behind_s(self) -> float:
        """The most that a command was sent after its intended start."""
        return float(np.nanmax(self.sent_s - self.intended_s, initial=0.0))

    @property
    def kept_up(self) -> bool:
        """Whether the feeder sent everything on time, give or take a tenth of a second."""
        return self.behind_s <= BEHIND_S


def _rate(instants_s: NDArray[np.float64]) -> float:
    """Return the events a second from the first to the last: the inverse of their mean gap.

    Between n events there are n - 1 gaps; n over the same time would be too many.
    """
    known_s = instants_s[~np.isnan(instants_s)]
    if len(known_s) < 2:
        return 0.0
    lasted_s = float(known_s.max() - known_s.min())
    return (len(known_s) - 1) / lasted_s if lasted_s > 0 else 0.0
