"""What became of the requests of each operation: answered, rejected, refused, never answered."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from reports.findings import Findings
from reports.requests import Requests
from reports.tables import Integers, Mask
from simulation.metric_names import in_time_s

OUTCOMES: Final = ("ok", "rejected", "busy", "unanswered")
RANGES: Final = ("in_time", "up_to_4_times", "slower", "failed")
_LATE: Final = 4  # times the promised bound, where the last range begins
_US_PER_S: Final = 1_000_000


class _Fates(NamedTuple):
    """What became of each request that was meant to start in the measured time.

    Attributes:
        operation: Its code among `words`.
        words: The operations.
        outcome: Its place among `OUTCOMES`.
        span: Its place among `RANGES`.
        reason: Its code among `reasons`.
        reasons: Why requests came to nothing; empty for those that did not.
    """

    operation: NDArray[np.int32]
    words: list[str]
    outcome: Integers
    span: Integers
    reason: NDArray[np.int32]
    reasons: list[str]

    @classmethod
    def of(cls, requests: Requests) -> _Fates:
        """Return those of a run."""
        rows = requests.measured
        answered, refused = requests.answered[rows] >= 0, requests.refused[rows]
        operation, reason = requests.operation, requests.words("reason")
        rejected = requests.words("status").equal("rejected")[rows]
        codes = operation.codes[rows]
        took_us = (requests.answered - requests.intended)[rows]
        return cls(
            codes, operation.words, _outcomes(answered, refused, rejected),
            _ranges(took_us, _bounds_us(operation.words)[codes], answered & ~refused),
            reason.codes[rows], reason.words,
        )  # fmt: skip

    def table(self, places: NDArray[np.int32] | Integers, width: int) -> Integers:
        """Count the requests by operation and by place, shape (operations, width)."""
        cells = self.operation.astype(np.int64) * width + places
        counts: Integers = np.bincount(cells, minlength=len(self.words) * width)
        return counts.reshape(len(self.words), width)


def _outcomes(answered: Mask, refused: Mask, rejected: Mask) -> Integers:
    ok, rejection, busy, unanswered = range(len(OUTCOMES))
    found: Integers = np.select([~answered, refused, rejected], [unanswered, busy, rejection], ok)
    return found


def _ranges(took_us: Integers, bounds_us: Integers, served: Mask) -> Integers:
    in_time, late, slower, failed = range(len(RANGES))
    spans = [~served, took_us <= bounds_us, took_us <= _LATE * bounds_us]
    found: Integers = np.select(spans, [failed, in_time, late], slower)
    return found


def _bounds_us(operations: list[str]) -> Integers:
    """Return within which time an answer to each operation is promised."""
    bounds_s = [in_time_s(operation) for operation in operations]
    bounds_us: Integers = np.rint(np.array(bounds_s) * _US_PER_S).astype(np.int64)
    return bounds_us


def add_outcomes(requests: Requests, findings: Findings) -> None:
    """Add what became of the requests of each operation, how soon, and why they came to nothing."""
    fates = _Fates.of(requests)
    _add_outcomes(fates, findings)
    _add_ranges(fates, findings)
    _add_failures(fates, findings)


def _add_outcomes(fates: _Fates, findings: Findings) -> None:
    whole = len(fates.operation)
    for name, counts in _by_operation(fates, fates.table(fates.outcome, len(OUTCOMES))):
        offered = sum(counts)
        findings.metrics[f"outcomes.{name}.offered.count"] = offered
        findings.add_share(f"mix.{name}.share", offered, whole)
        for outcome, count in zip(OUTCOMES, counts, strict=True):
            findings.metrics[f"outcomes.{name}.{outcome}.count"] = count
            findings.add_share(f"outcomes.{name}.{outcome}.share", count, offered)


def _add_ranges(fates: _Fates, findings: Findings) -> None:
    for name, counts in _by_operation(fates, fates.table(fates.span, len(RANGES))):
        for span, count in zip(RANGES, counts, strict=True):
            findings.add_share(f"ranges.{name}.{span}.share", count, sum(counts))


def _by_operation(fates: _Fates, table: Integers) -> Iterator[tuple[str, list[int]]]:
    """Yield each operation that occurred, with its row of a table, in alphabetical order."""
    for name in sorted(fates.words):
        row: list[int] = table[fates.words.index(name)].tolist()
        if any(row):
            yield name, row


def _add_failures(fates: _Fates, findings: Findings) -> None:
    """Add, by operation and reason, the requests that were rejected or never answered."""
    unanswered = fates.outcome == OUTCOMES.index("unanswered")
    places = np.where(unanswered, len(fates.reasons), fates.reason)
    reasons = [*fates.reasons, "unanswered"]
    for name, counts in _by_operation(fates, fates.table(places, len(reasons))):
        for reason, count in zip(reasons, counts, strict=True):
            if reason and count:
                findings.metrics[f"failures.{name}.{reason}.count"] = count
                findings.add_share(f"failures.{name}.{reason}.share", count, sum(counts))
