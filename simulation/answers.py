"""The answers that clients have got and not written yet, and what their latencies consist of."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from actors.runtimes.mailbox import Envelope

_MICROSECONDS: Final = 1_000_000


class Answers:
    """Answers that wait to be written, in one flat list: the quickest way to keep them."""

    _WIDTH: Final = 11

    def __init__(self) -> None:
        self.values: list[float] = []

    def __len__(self) -> int:
        return len(self.values) // self._WIDTH

    def add(
        self, row: int, reason: int, accepted_s: float, executed_us: int, envelope: Envelope
    ) -> None:
        """Take an answer, with its row and reason, and when its order was accepted and executed."""
        self.values += (
            row, reason, envelope.trace, executed_us, accepted_s, envelope.stamp_s,
            envelope.network_s, envelope.mailbox_s, envelope.worker_s, envelope.service_s,
            envelope.commit_s,
        )  # fmt: skip

    def columns(self) -> NDArray[np.float64]:
        """Return the values, shape (11, answers); the whole numbers among them are exact."""
        # Told what they are, NumPy need not look at each value twice.
        values = np.fromiter(self.values, np.float64, len(self.values))
        return values.reshape(-1, self._WIDTH).T


def parts_us(
    seconds: NDArray[np.float64], latency_us: NDArray[np.int64], is_own: NDArray[np.bool_]
) -> list[NDArray[np.int64]]:
    """Return the five parts of each latency in whole microseconds that sum to it exactly.

    Rounding the running sums instead of the parts keeps the sum. An answer that came about
    by another command (a cancel that lost against a tick) has no parts of its own: -1.
    """
    ends = np.rint(np.cumsum(seconds, axis=0) * _MICROSECONDS).astype(np.int64)
    assert (np.abs(ends[4] - latency_us)[is_own] <= 2).all(), "the parts must sum to the latency"
    ends[4] = latency_us
    parts = np.diff(ends, axis=0, prepend=0)
    parts[:, ~is_own] = -1
    return list(parts)


def to_us(seconds: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return instants in whole microseconds; -1 where there is none."""
    return np.where(seconds < 0, -1, np.rint(seconds * _MICROSECONDS)).astype(np.int64)
