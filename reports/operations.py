"""The operation of a run: was it there, what did it refuse, and how long were its queues."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np

from reports.findings import Findings, Window
from reports.requests import Requests
from reports.tables import Integers, Mask, Table
from simulation.metric_names import REASONS, in_time_s

_US_PER_S: Final = 1_000_000
_S_PER_DAY: Final = 86_400


class TradingHours(NamedTuple):
    """When the market is open, in seconds after midnight, and when the run begins."""

    opens_s: int
    closes_s: int
    starts_at_s: float

    @classmethod
    def of(cls, plan: dict[str, Any]) -> TradingHours:
        """Return those of a plan."""
        market = plan.get("market", {})
        return cls(
            market.get("opens_s", 0), market.get("closes_s", _S_PER_DAY), plan.get("starts_at_s", 0)
        )

    def hold(self, times_us: Integers) -> Mask:
        """Return which times lie within them, on whichever day."""
        of_day = (times_us + round(self.starts_at_s * _US_PER_S)) % (_S_PER_DAY * _US_PER_S)
        return np.asarray(
            (of_day >= self.opens_s * _US_PER_S) & (of_day < self.closes_s * _US_PER_S)
        )

    def seconds_within(self, window: Window) -> float:
        """Return for how many seconds of a window the market is open."""
        start_s = window.start_us / _US_PER_S + self.starts_at_s
        end_s = window.end_us / _US_PER_S + self.starts_at_s
        return sum(
            max(0.0, min(end_s, day + self.closes_s) - max(start_s, day + self.opens_s))
            for day in range(0, int(end_s) + 1, _S_PER_DAY)
        )


def add_operations(
    folder: Path, requests: Requests, plan: dict[str, Any], cut_s: float, findings: Findings
) -> None:
    """Add availability, errors, rejections, queues and price updates.

    Args:
        folder: The run.
        requests: Its requests.
        plan: Its `plan.json`.
        cut_s: When the run broke off, infinite if it did not; what might still have been answered
            in time is not judged.
        findings: Where they are added.
    """
    hours = TradingHours.of(plan)
    _add_availability(requests, hours, cut_s, findings)
    _add_rejections(requests, findings)
    _add_queues(folder, requests.window, findings)
    symbols = plan.get("market", {}).get("symbols", 0)
    _add_price_updates(folder, requests.window, hours, symbols, findings)


def _add_availability(
    requests: Requests, hours: TradingHours, cut_s: float, findings: Findings
) -> None:
    """Add the share of good requests.

    Source: B. Beyer et al., Site Reliability Engineering, O'Reilly 2016, chapter 3: of an
    aggregate of requests, availability is the successful ones over all.
    """
    within_us = _within_us(requests)
    answered = requests.answered >= 0
    judged = requests.measured & (answered | (requests.intended + within_us <= cut_s * _US_PER_S))
    failed = judged & (requests.refused | ~answered)
    findings.add_share("errors.share", int(failed.sum()), int(judged.sum()))
    valid = judged & hours.hold(requests.intended)
    good = valid & ~failed & (requests.answered - requests.intended <= within_us)
    findings.add_share("availability", int(good.sum()), int(valid.sum()))
    codes, words = requests.operation
    for code, name in sorted(enumerate(words), key=lambda one: one[1]):
        own = codes == code
        counts = [int((own & rows).sum()) for rows in (failed, judged, good, valid)]
        findings.add_share(f"errors.{name}.share", *counts[:2])
        if counts[1] and requests.window.seconds > 0:
            findings.metrics[f"errors.{name}.rate"] = counts[0] / requests.window.seconds
        findings.add_share(f"availability.{name}", *counts[2:])


def _within_us(requests: Requests) -> Integers:
    """Return within which time each request is to be answered."""
    codes, words = requests.operation
    limits_s = [in_time_s(operation) for operation in words]
    limits_us: Integers = np.rint(np.array(limits_s) * _US_PER_S).astype(np.int64)
    return limits_us[codes]


def _add_rejections(requests: Requests, findings: Findings) -> None:
    """Add the rejected requests by reason; one that never occurred is a zero that was measured."""
    measured = int(requests.measured.sum())
    if not measured:
        return
    rejected = requests.measured & requests.words("status").equal("rejected")
    counts = dict.fromkeys(REASONS, 0) | requests.words("reason").counts(rejected)
    counts.pop("", None)
    for reason, count in counts.items():
        findings.metrics[f"rejections.{reason}.count"] = count
        findings.add_share(f"rejections.{reason}.share", count, measured)
    findings.add_share("rejections.share", int(rejected.sum()), measured)


def _add_queues(folder: Path, window: Window, findings: Findings) -> None:
    table = Table(folder, "queues")
    actor, depth = table.words("actor"), table.numbers("depth")
    counted = window.holds(table.numbers("at_us"))
    for name in sorted(actor.words):
        own = depth[counted & actor.equal(name)]
        findings.add_counts(f"queue.{name}", own, ("mean", "p99", "max"))
    actors = Table(folder, "actors")
    classes, deepest = actors.words("actor"), actors.numbers("depth_max")
    for name in sorted(classes.words):
        findings.metrics[f"queue.{name}.deepest"] = int(deepest[classes.equal(name)].max())


def _add_price_updates(
    folder: Path, window: Window, hours: TradingHours, symbols: int, findings: Findings
) -> None:
    """Add how often prices came; a symbol without any is not in the table, but counts."""
    table = Table(folder, "prices")
    intended, symbol = table.numbers("intended_us"), table.words("symbol")
    counted = window.holds(intended) & hours.hold(intended)
    counts = np.bincount(symbol.codes[counted], minlength=max(symbols, len(symbol.words)))
    seconds = hours.seconds_within(window)
    if seconds > 0 and len(counts):
        rates = {"mean": counts.mean(), "min": counts.min(), "max": counts.max()}
        for statistic, number in rates.items():
            findings.metrics[f"price_updates.{statistic}"] = float(number) / seconds
