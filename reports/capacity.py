"""Sums up a search for the capacity of a brokerage."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from math import inf
from pathlib import Path
from typing import Any, Final

from reports.intervals import interval_of_mean
from reports.saturation import nodes_of, saturation_of
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

KIND: Final = "capacity"
SEARCHED_FILE: Final = "searched.json"
UNDECIDED: Final = "inconclusive"  # the outcome of a limit that has too few values to be judged


def summarise_capacity(folder: Path) -> Facts:
    """Read what was tried, write `metrics.json` and return that.

    Returns:
        `kind`, `run`, `verdict`, `within` (where was searched), `searched` (of each replication
        its tries and its bracket), `factor` and `offered` (intervals over replications of the
        highest load that passed; None unless every replication has one, and without ends where
        one may hold more than was tried), `above` (how many passed at the highest load),
        `missed_first` (the limits that failed just above, with how often),
        and, at the capacity, `saturation` and, where there are several, the `nodes`.

    Raises:
        UnreadableRun: The folder is not one of a search.
        UnwritableRun: The results cannot be written.
    """
    run = read_json(folder / RUN_FILE)
    if run.get("kind") != KIND:
        raise UnreadableRun(f"{folder}: not a search for a capacity")
    searched = read_json(folder / SEARCHED_FILE).get("searched", [])
    bests = [_best(one) for one in searched]
    is_whole = bool(bests) and status_of(run) == "complete" and None not in bests
    above = sum(one["low"] is not None and one["high"] is None for one in searched)
    facts = {
        "format": FORMAT_VERSION,
        "kind": KIND,
        "run": _facts(folder, run, searched),
        "verdict": _verdict(status_of(run), searched, bests),
        "within": run["within"],
        "cluster": run["cluster"],
        "searched": searched,
        "factor": _interval(bests, "factor", above) if is_whole else None,
        "offered": _interval(bests, "offered", above) if is_whole else None,
        "above": above,
        "missed_first": _missed_first(searched),
        "saturation": _saturation(folder, bests),
        "nodes": _nodes(folder, bests, run["cluster"]["workers"]),
    }
    write_json(folder / METRICS_FILE, facts)
    return facts


def _best(one: Facts) -> Facts | None:
    """Return the highest load that passed below the threshold of a replication."""
    passed = [tried for tried in one["tries"] if tried["passed"] and tried["factor"] == one["low"]]
    return passed[0] if passed else None


def _interval(bests: Sequence[Facts | None], key: str, above: int) -> Facts:
    """Return the mean with its interval; thresholds that lie above what was tried have none."""
    values = [best[key] for best in bests if best is not None]
    found = asdict(interval_of_mean(values).within(0.0, inf))
    return found | {"low": None, "high": None} if above else found


def _facts(folder: Path, run: Facts, searched: Sequence[Facts]) -> Facts:
    folders = [tried["folder"] for one in searched for tried in one["tries"]]
    runs = [read_json(folder / name / METRICS_FILE)["run"] for name in folders]
    one = runs[0] if runs else {}
    return {
        **{key: one.get(key) for key in ("description", "clock")},
        **{key: run.get(key) for key in ("id", "scenario", "started", "ended", "seed", "command")},
        "folder": folder.name,
        "status": status_of(run),
        "error": run.get("error"),
        "replications": run["replications"],
        "runs": len(folders),
        "warm_ups": [own["warm_up"] for own in runs],
    }


def _verdict(status: str, searched: Sequence[Facts], bests: Sequence[Facts | None]) -> Facts:
    """Return whether there is a load that passes; what broke off has no answer."""
    if status != "complete":
        return {"word": status, "passed": False}
    failed = [one for one, best in zip(searched, bests, strict=True) if best is None]
    if not failed:
        return {"word": "passed", "passed": True}
    return {"word": "limit missed" if any(map(_is_missed, failed)) else UNDECIDED, "passed": False}


def _is_missed(one: Facts) -> bool:
    """Tell whether the lowest load of a replication missed a limit that could be judged there."""
    lowest = min(one["tries"], key=lambda tried: float(tried["factor"]))
    return any(row["outcome"] != UNDECIDED for row in lowest["missed"])


def _missed_first(searched: Sequence[Facts]) -> list[Facts]:
    """Return the limits that were not met at the lowest failing load of each replication."""
    rows: list[Facts] = []
    for one in searched:
        failed = [tried for tried in one["tries"] if tried["factor"] == one["high"]]
        rows += [row for tried in failed for row in tried["missed"]]
    keys = [(row["metric"], row["text"], row["outcome"]) for row in rows]
    return [
        {
            "metric": key[0], "text": key[1], "replications": count,
            "example": rows[keys.index(key)],
        }
        for key, count in Counter(keys).most_common()
    ]  # fmt: skip


def _saturation(folder: Path, bests: Sequence[Facts | None]) -> list[Facts]:
    """Return what was how busy at the capacity of the first replication that has one."""
    best = _first(bests)
    if best is None:
        return []
    return saturation_of(read_json(folder / best["folder"] / METRICS_FILE)["metrics"])


def _nodes(folder: Path, bests: Sequence[Facts | None], workers: int) -> list[Facts]:
    best = _first(bests)
    if best is None:
        return []
    run = folder / best["folder"]
    return nodes_of(run, read_json(run / METRICS_FILE)["run"]["virtual_s"], workers)


def _first(bests: Sequence[Facts | None]) -> Facts | None:
    return next((best for best in bests if best is not None), None)
