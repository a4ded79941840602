"""Sums up the cells of a sweep: what each has shown, and how a metric goes with the load."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from reports.knee import Curve, Knee, Point, find_knee
from reports.replications import judge_over
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

KIND: Final = "sweep"
LOAD: Final = "rate.offered"
_USUAL_METRIC: Final = "latency.all.p99"
_NOT_HOW_MUCH: Final = {"shape", "unit", "start", "duration"}  # keys of [[load]]
_GRAVEST_FIRST: Final = (
    "something lost", "handler failed", "failed", "interrupted", "not begun", "limit missed",
    "inconclusive", "not proven",
)  # fmt: skip


def summarise_sweep(folder: Path) -> Facts:
    """Read the cells of a sweep, write its `metrics.json` and return that.

    Returns:
        `kind`, `run`, `verdict`, `axes`, `metric` (what is drawn), `limit` (its pass mark, or
        None), `cells` (of each its `values`, `word`, means in `metrics`, their `intervals`, and
        whether they are `partial`, as a run of it broke off) and `curves` (the metric over the
        offered load, each with its `knee`).

    Raises:
        UnreadableRun: The folder is not a sweep, or a file of it is damaged.
        UnwritableRun: The results cannot be written.
    """
    run = read_json(folder / RUN_FILE)
    if run.get("kind") != KIND:
        raise UnreadableRun(f"{folder}: not a sweep")
    cells = [_cell(folder, row) for row in run["cells"]]
    metric = run["metric"] or metric_of(cells)
    words = {cell["word"] for cell in cells} | {status_of(run)}
    word = next((word for word in _GRAVEST_FIRST if word in words), "passed")
    facts = {
        "format": FORMAT_VERSION,
        "kind": KIND,
        "run": _facts(folder, run, cells),
        "verdict": {"word": word, "passed": word == "passed"},
        "axes": run["axes"],
        "metric": metric,
        "limit": _limit(metric, cells),
        "cells": [{key: value for key, value in cell.items() if key != "run"} for cell in cells],
        "curves": [as_json(*found) for found in curves_of(run["axes"], metric, cells)],
    }
    write_json(folder / METRICS_FILE, facts)
    return facts


def _cell(folder: Path, row: Facts) -> Facts:
    """Return what became of a cell; one run or several are told alike."""
    run = read_json(folder / row["folder"] / RUN_FILE)
    facts = read_json(folder / row["folder"] / METRICS_FILE)
    if not facts:
        status = status_of(run) if run else "not begun"
        return {**row, "word": status, "metrics": {}, "intervals": {}, "undersampled": [],
                "limits": [], "partial": False, "run": {}}  # fmt: skip
    limits = facts["verdict"]["limits"]
    if "kind" not in facts:
        limits = [judge_over(limit, [facts]) for limit in limits]
    return {
        **row,
        "word": facts["verdict"]["word"],
        "metrics": facts["metrics"],
        "intervals": facts.get("intervals", {}),
        "undersampled": facts["undersampled"],
        "limits": limits,
        "partial": _is_partial(facts["run"]),
        "run": facts["run"],
    }


def _is_partial(run: Facts) -> bool:
    """Tell whether a cell broke off, so that its figures are not of the load that it names."""
    return bool(run["status"] != "complete" or run.get("planned", 1) > run.get("replications", 1))


def _facts(folder: Path, run: Facts, cells: Sequence[Facts]) -> Facts:
    one: Facts = next((cell["run"] for cell in cells if cell["run"]), {})
    walls = [cell["run"]["wall_s"] for cell in cells if cell["run"].get("wall_s")]
    return {
        **{key: one.get(key) for key in ("description", "clock")},
        **{key: run.get(key) for key in ("id", "scenario", "started", "ended", "seed", "command")},
        "folder": folder.name,
        "status": status_of(run),
        "error": run.get("error"),
        "wall_s": sum(walls) if walls else None,
        "warm_ups": [own for cell in cells for own in _warm_ups(cell["run"])],
    }


def _warm_ups(run: Facts) -> list[Facts]:
    """Return the warm-up of each run of a cell, whether it has one or several."""
    return list(run["warm_ups"]) if "warm_ups" in run else [run["warm_up"]] if run else []


def metric_of(cells: Sequence[Facts]) -> str:
    """Return what is drawn unless somebody says: the p99 that comes nearest to its limit.

    Where none was measured in every cell that finished, it is the p99 of all operations.
    """
    tightness: dict[str, list[float]] = {}
    finished = [cell for cell in cells if cell["metrics"]]
    for cell in finished:
        for row in cell["limits"]:
            if _is_p99(row) and row["measured"] is not None and row["bound"]:
                tightness.setdefault(row["metric"], []).append(row["measured"] / row["bound"])
    whole = [name for name, each in tightness.items() if len(each) == len(finished)]
    return max(whole, key=lambda name: max(tightness[name]), default=_USUAL_METRIC)


def _is_p99(row: Facts) -> bool:
    """Tell whether a limit is on a p99 of a latency that had enough values."""
    metric = str(row["metric"])
    is_latency = metric.startswith("latency.") and metric.endswith(".p99")
    return is_latency and row["judged_by"] == metric


def _limit(metric: str, cells: Sequence[Facts]) -> Facts | None:
    found = (row for cell in cells for row in cell["limits"] if row["metric"] == metric)
    return next(({key: row[key] for key in ("relation", "bound", "text")} for row in found), None)


def is_load(axis: str) -> bool:
    """Tell whether an axis moves the load, so that the cells along it make one curve."""
    first, _, rest = axis.partition(".")
    return axis == "users.count" or (
        first == "load" and rest.rpartition(".")[2] not in _NOT_HOW_MUCH
    )


def curves_of(
    axes: Sequence[str], metric: str, cells: Sequence[Facts]
) -> Iterator[tuple[Curve, Knee]]:
    """Yield a metric over the offered load for each combination of all other axes.

    Cells that did not finish, broke off, or have too few values for the metric, are left out.
    """
    if not any(map(is_load, axes)):
        return
    groups: dict[str, list[Point]] = {}
    for cell in cells:
        others = (f"{axis} = {cell['values'][axis]}" for axis in axes if not is_load(axis))
        points = groups.setdefault(", ".join(others) or "all cells", [])
        is_known = metric in cell["metrics"] and metric not in cell["undersampled"]
        if is_known and not cell.get("partial"):
            points.append(_point(cell, metric))
    for name, points in groups.items():
        points.sort()
        knee = find_knee([(point.load, point.mean) for point in points])
        yield Curve(name, tuple(points), knee.at), knee


def _point(cell: Facts, metric: str) -> Point:
    interval = cell["intervals"].get(metric, {})
    load = cell["metrics"].get(LOAD, 0.0)
    return Point(load, cell["metrics"][metric], interval.get("low"), interval.get("high"))


def as_json(curve: Curve, knee: Knee) -> Facts:
    """Return a curve with its knee as `metrics.json` has it."""
    return {
        "name": curve.name,
        "knee": knee.as_json(),
        "points": [point._asdict() for point in curve.points],
    }


def curve_of(facts: Facts) -> Curve:
    """Return a curve as `metrics.json` has it."""
    points = tuple(Point(**point) for point in facts["points"])
    return Curve(facts["name"], points, facts["knee"]["at"])
