"""Sums up the replications of a scenario: means with 95 % intervals over them, and one verdict."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from reports.format import money
from reports.intervals import (
    MOST_REPLICATIONS,
    Interval,
    interval_of_mean,
    replications_needed,
)
from reports.verdict import RELATIONS
from simulation.metric_names import range_of, unit_of
from simulation.records import (
    FORMAT_VERSION,
    METRICS_FILE,
    RUN_FILE,
    UnreadableRun,
    read_json,
    status_of,
    write_json,
)

Facts = dict[str, Any]

KIND: Final = "replications"
_FINDINGS_SHOWN: Final = 5
_GRAVEST_FIRST: Final = ("something lost", "handler failed", "failed", "interrupted")
_FACTS_OF_ONE: Final = (
    "scenario", "description", "clock", "session", "starts_at_s", "users", "symbols", "versions",
    "machine",
)  # fmt: skip


def summarise_group(folder: Path) -> Facts:
    """Read the replications of a group, write its `metrics.json` and return that.

    A number of the group is the mean over replications, with its interval: a p99 is "the mean of
    p99 over 5 replications", never a percentile of all their values. Replications that did not
    finish are listed, and count for nothing else.

    Returns:
        `kind`, `run`, `verdict`, `metrics` (means), `intervals` (of each mean), `undersampled`,
        `in_dollars` and `replications` (of each its number, seed, folder, digest and verdict).

    Raises:
        UnreadableRun: The folder is not a group, or a file of it is damaged.
        UnwritableRun: The results cannot be written.
    """
    run = read_json(folder / RUN_FILE)
    if run.get("kind") != KIND:
        raise UnreadableRun(f"{folder}: not a group of replications")
    facts = summary_of(folder, run)
    write_json(folder / METRICS_FILE, facts)
    return facts


def summary_of(folder: Path, run: Facts) -> Facts:
    """Return the contents of a group's `metrics.json`.

    Args:
        folder: Where its replications are.
        run: Its `run.json`.
    """
    rows = [_row(folder, number) for number in range(1, int(run["replications"]) + 1)]
    finished = [read_json(folder / row["folder"] / METRICS_FILE) for row in rows if row["finished"]]
    intervals = intervals_of(finished)
    metrics = {name: _mean(name, interval) for name, interval in intervals.items()}
    return {
        "format": FORMAT_VERSION,
        "kind": KIND,
        "run": _facts(run, rows, finished) | {"folder": folder.name},
        "verdict": judge_group(status_of(run), rows, finished),
        "metrics": metrics,
        "intervals": {name: asdict(interval) for name, interval in intervals.items()},
        "undersampled": sorted({name for facts in finished for name in facts["undersampled"]}),
        "in_dollars": {name: money(value) for name, value in metrics.items()
                       if unit_of(name) == "money"},
        "replications": rows,
    }  # fmt: skip


def _row(folder: Path, number: int) -> Facts:
    """Describe one replication, whether it got anywhere or not."""
    name = f"replication-{number}"
    run, facts = read_json(folder / name / RUN_FILE), read_json(folder / name / METRICS_FILE)
    status = status_of(run) if run else "not begun"
    return {
        "number": number,
        "folder": name,
        "seed": run.get("seed"),
        "status": status,
        "finished": bool(facts) and status == "complete",
        "digest": run.get("digest"),
        "word": facts["verdict"]["word"] if facts else status,
        "wall_s": facts["run"]["wall_s"] if facts else None,
        "warm_up": facts["run"].get("warm_up") if facts else None,
    }


def _facts(run: Facts, rows: Sequence[Facts], finished: Sequence[Facts]) -> Facts:
    one = finished[0]["run"] if finished else {}
    walls = [row["wall_s"] for row in rows if row["wall_s"]]
    return {
        **{key: one.get(key) for key in _FACTS_OF_ONE},
        **{key: run.get(key) for key in ("id", "scenario", "started", "ended", "seed", "command")},
        "status": status_of(run),
        "error": run.get("error"),
        "warm_ups": [facts["run"]["warm_up"] for facts in finished],
        "measured_s": [facts["run"]["measured_s"] for facts in finished],
        "replications": len(finished),
        "planned": len(rows),
        "wall_s": sum(walls) if walls else None,
        "digest": _digest(rows),
    }


def _digest(rows: Sequence[Facts]) -> str | None:
    """Return the SHA-256 over the digests of all replications; None while one lacks its own."""
    if not all(row["digest"] for row in rows):
        return None
    return hashlib.sha256("".join(row["digest"] for row in rows).encode()).hexdigest()


def intervals_of(finished: Sequence[Facts]) -> dict[str, Interval]:
    """Return the interval of each metric that every replication has."""
    if not finished:
        return {}
    names = set.intersection(*(set(facts["metrics"]) for facts in finished))
    return {
        name: interval_of_metric(name, [facts["metrics"][name] for facts in finished])
        for name in sorted(names)
    }


def interval_of_metric(name: str, values: Sequence[float]) -> Interval:
    """Return the mean of a metric over replications, with an interval of what it can be."""
    return interval_of_mean(values).within(*range_of(name))


def _mean(name: str, interval: Interval) -> float:
    return round(interval.mean) if unit_of(name) == "money" else interval.mean


def judge_group(status: str, rows: Sequence[Facts], finished: Sequence[Facts]) -> Facts:
    """Return the verdict over all replications.

    A limit is met or missed when the whole interval is on that side of its bound, else it is
    inconclusive; each replication must have proven itself.
    """
    limits = [judge_over(limit, finished) for limit in _limits(finished)]
    must_see = _must_see(finished)
    words = {row["word"] for row in rows} | {status}
    word = next((word for word in _GRAVEST_FIRST if word in words), "")
    if not word and any(row.get("status") == "aborted" for row in rows):
        word = "limit missed"  # it broke off because of it, so its figures are not taken in
    return {
        "word": (word := word or _word(limits, must_see, finished)),
        "passed": word == "passed",
        "limits": limits,
        "must_see": must_see,
        "audit": _audit(finished),
        "audited": all(facts["verdict"]["audited"] for facts in finished),
        "handlers": [text for facts in finished for text in facts["verdict"]["handlers"]],
    }


def _word(limits: Sequence[Facts], must_see: Sequence[Facts], finished: Sequence[Facts]) -> str:
    outcomes = {limit["outcome"] for limit in limits}
    is_seen = all(row["seen_in"] == row["of"] for row in must_see)
    is_audited = bool(finished) and all(facts["verdict"]["audited"] for facts in finished)
    if outcomes & {"missed", "not measured"}:
        return "limit missed"
    if "inconclusive" in outcomes:
        return "inconclusive"
    return "passed" if is_seen and is_audited else "not proven"


def _limits(finished: Sequence[Facts]) -> list[Facts]:
    return list(finished[0]["verdict"]["limits"]) if finished else []


def judge_over(limit: Facts, finished: Sequence[Facts]) -> Facts:
    """Judge one limit by the interval of its metric over replications.

    Args:
        limit: With `metric`, `relation`, `bound` and `text`.
        finished: The `metrics.json` of each replication.

    Returns:
        The limit with `measured` (the mean), `low`, `high`, `count`, `judged_by`, `margin`,
        `outcome` (`met`, `missed`, `inconclusive` or `not measured`), `passed`, `needed` (how
        many replications would decide what is inconclusive; None for too many) and a `note`.
    """
    metric = limit["metric"]
    judged_by = _judged_by(metric, finished)
    values = [facts["metrics"].get(judged_by) for facts in finished]
    row = {key: limit[key] for key in ("metric", "relation", "bound", "text")}
    row |= {"judged_by": judged_by, "measured": None, "margin": None, "needed": None}
    if None in values or not values:
        return row | {"outcome": "not measured", "passed": False, "note": "no data at all"}
    interval = interval_of_metric(judged_by, values)
    outcome = outcome_of(limit, interval)
    if judged_by != metric and outcome == "missed":
        outcome = "inconclusive"  # the percentile may still be on the right side
    row |= {"measured": interval.mean, "margin": _margin(limit, interval.mean), "outcome": outcome,
            "low": interval.low, "high": interval.high, "count": interval.count}  # fmt: skip
    if outcome == "inconclusive" and judged_by == metric:
        row["needed"] = replications_needed(interval, limit["bound"])
    return row | {"passed": outcome == "met", "note": _note(row, metric)}


def outcome_of(limit: Facts, interval: Interval) -> str:
    """Return on which side of its bound an interval lies; without one the mean decides."""
    ends = {interval.mean} if interval.low is None else {interval.low, interval.high}
    holds = {bool(RELATIONS[limit["relation"]](end, limit["bound"])) for end in ends}
    if len(holds) == 2:
        return "inconclusive"
    return "met" if True in holds else "missed"


def _judged_by(metric: str, finished: Sequence[Facts]) -> str:
    """Return the metric that stands in where one replication has too few values for its own."""
    for facts in finished:
        for row in facts["verdict"]["limits"]:
            if row["metric"] == metric and row["judged_by"] != metric:
                return str(row["judged_by"])
    return metric


def _margin(limit: Facts, mean: float) -> float | None:
    if not limit["bound"]:
        return None
    sign = 1 if limit["relation"].startswith("<") else -1
    return float(sign * (limit["bound"] - mean) / limit["bound"])


def _note(row: Facts, metric: str) -> str:
    notes = []
    if row["judged_by"] != metric:
        stand_in = row["judged_by"].rpartition(".")[2]
        percentile = metric.rpartition(".")[2]
        notes.append(f"too few values for {percentile}: judged by {stand_in}")
        if row["outcome"] == "inconclusive":
            notes.append(f"{percentile} may still be met: a longer duration would decide it")
    elif row["outcome"] == "inconclusive":
        how_many = row["needed"] or f"more than {MOST_REPLICATIONS:,}"
        notes.append(f"{how_many} replications would decide it")
    return "; ".join(notes)


def _must_see(finished: Sequence[Facts]) -> list[Facts]:
    """Return each event with its count over all replications, and in how many it was seen."""
    counts: dict[str, list[int | None]] = {}
    for facts in finished:
        for row in facts["verdict"]["must_see"]:
            counts.setdefault(row["event"], []).append(row["count"])
    return [
        {"event": event, "count": sum(count or 0 for count in each),
         "seen_in": sum(bool(count) for count in each), "of": len(each)}
        for event, each in counts.items()
    ]  # fmt: skip


def _audit(finished: Sequence[Facts]) -> list[Facts]:
    """Return the invariants, each with its checks and findings over all replications."""
    rows: dict[str, Facts] = {}
    for number, facts in enumerate(finished, 1):
        for own in facts["verdict"]["audit"]:
            empty = {**own, "checked": 0, "broken": 0, "findings": []}
            row = rows.setdefault(own["id"], empty)
            row["checked"] += own["checked"]
            row["broken"] += own["broken"]
            told = [f"run {number}: {sentence}" for sentence in own["findings"]]
            row["findings"] = (row["findings"] + told)[:_FINDINGS_SHOWN]
    return list(rows.values())
