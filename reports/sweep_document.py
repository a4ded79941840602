"""Tells what the cells of a sweep have shown."""

from __future__ import annotations

import json
from functools import partial
from math import inf
from pathlib import Path
from typing import Any, Final

from reports import format as shown_as
from reports.document import Document, Drawing, Grid, csv_of
from reports.experiment_figures import draw_curves
from reports.replication_document import mean_and_half, warm_ups_in_words
from reports.sweeps import LOAD, curve_of
from simulation.records import METRICS_FILE, UnwritableRun, read_json

Facts = dict[str, Any]

CELLS_FILE: Final = "cells.csv"
_BUSY: Final = "utilisation.mean"
_MOST_KEYS: Final = 8
_SHORT: Final = {"limit missed": "✗ missed", "inconclusive": "? undecided"}


def document_of(folder: Path) -> Document:
    """Return what a sweep has to say, from its `metrics.json`."""
    facts = read_json(folder / METRICS_FILE)
    run = facts["run"]
    return Document(
        title=f"{run['scenario']}  seed {run['seed']}  {len(facts['cells'])} cells",
        state=shown_as.WORDS.get(facts["verdict"]["word"], ""),
        question=run["description"] or "",
        facts=_made_with(facts),
        sentences=tuple(_sentences(facts)),
        grids=(_cells(facts),),
        drawings=_drawings(facts),
    )


def write_cells(folder: Path) -> Path:
    """Write every metric of every cell as `cells.csv`: a row per cell, numbers in plain units.

    Raises:
        UnwritableRun: The file cannot be written.
    """
    facts = read_json(folder / METRICS_FILE)
    names = sorted({name for cell in facts["cells"] for name in cell["metrics"]})
    columns = ["cell", *facts["axes"], "verdict", "missed", "partial", *names]
    rows = [
        [cell["number"], *(cell["values"][axis] for axis in facts["axes"]), cell["word"],
         " ".join(row["metric"] for row in _failed(cell)), int(cell.get("partial", False)),
         *(cell["metrics"].get(name, "") for name in names)]
        for cell in facts["cells"]
    ]  # fmt: skip
    path = folder / CELLS_FILE
    try:
        path.write_text(csv_of(columns, rows), encoding="utf-8")
    except OSError as error:
        raise UnwritableRun(path, error) from error
    return path


def _made_with(facts: Facts) -> tuple[tuple[str, str], ...]:
    run = facts["run"]
    shown = {
        "replications": " or ".join(
            map(str, sorted({cell["replications"] for cell in facts["cells"]}))
        )
        + " of each cell; all cells share their seeds",
        "warm-up": warm_ups_in_words(run["warm_ups"]),
        "wall-clock": f"{shown_as.duration(run['wall_s'])} of all runs together",
        "knee rule": facts["curves"][0]["knee"]["rule"] if facts["curves"] else "no axis of load",
        "again": run["command"],
    }
    return tuple(shown.items())


def _sentences(facts: Facts) -> list[str]:
    """Say where each curve has its knee, and how many cells kept their limits."""
    name, cells = facts["metric"], facts["cells"]
    told = [facts["run"]["error"]] if facts["run"]["error"] else []
    passed = sum(cell["word"] == "passed" for cell in cells)
    told.append(f"{passed} of {len(cells)} cells passed")
    if broken := [str(cell["number"]) for cell in cells if cell.get("partial")]:
        which = f"cell {broken[0]}" if len(broken) == 1 else f"cells {', '.join(broken)}"
        told.append(f"{which} broke off: figures until then, which no curve or knee takes in")
    for curve in facts["curves"]:
        knee = curve["knee"]
        if knee["at"] is None:
            told.append(f"{curve['name']}: {knee['why']} ({name})")
            continue
        at = next(point for point in curve["points"] if point["load"] == knee["at"])
        value = shown_as.metric(name, at["mean"])
        told.append(
            f"{curve['name']}: knee of {name} at {shown_as.figures(knee['at'])} requests/s "
            f"offered, where it is {value}"
        )
    return told


def _cells(facts: Facts) -> Grid:
    name, axes = facts["metric"], facts["axes"]
    is_repeated = any(cell["replications"] > 1 for cell in facts["cells"])
    rows = tuple(
        (
            str(cell["number"]), *(str(cell["values"][axis]) for axis in axes),
            *(text + "*" * cell.get("partial", False)
              for text in (_metric(cell, LOAD), _drawn(cell, name), _metric(cell, _BUSY))),
            _verdict(cell),
        )
        for cell in facts["cells"]
    )  # fmt: skip
    columns = ("cell", *(short(axis, axes) for axis in axes), "offered", name, "busy", "verdict")
    note = "offered requests per second; busy share of the workers"
    more = "; means over replications, ± half the 95 % interval" if is_repeated else ""
    broke_off = any(cell.get("partial") for cell in facts["cells"])
    stars = "; * of a cell that broke off, until then" if broke_off else ""
    return Grid("cells", columns, rows, note=note + more + stars)


def _verdict(cell: Facts) -> str:
    """Write the verdict on a cell, and which limit it missed by most."""
    failed = _failed(cell)
    if not failed:
        return str(shown_as.WORDS.get(cell["word"], cell["word"]))
    more = f" +{len(failed) - 1}" if failed[1:] else ""
    return f"{_SHORT[cell['word']]} {failed[0]['metric'].removeprefix('latency.')}{more}"


def _failed(cell: Facts) -> list[Facts]:
    """Return the limits that made the verdict on a cell what it is, the furthest missed first."""
    if cell["word"] not in _SHORT:
        return []
    failed = [row for row in cell["limits"] if row["outcome"] != "met"]
    sure = [row for row in failed if row["outcome"] != "inconclusive"]
    return sorted(sure or failed, key=lambda row: -inf if row["margin"] is None else row["margin"])


def short(axis: str, axes: list[str]) -> str:
    """Return the end of a dotted name, as much as tells it from the others."""
    segments = axis.split(".")
    for length in range(1, len(segments)):
        end = ".".join(segments[-length:])
        if sum(other == end or other.endswith(f".{end}") for other in axes) == 1:
            return end
    return axis


def _metric(cell: Facts, name: str) -> str:
    return shown_as.shown(name, cell["metrics"], cell["undersampled"])


def _drawn(cell: Facts, name: str) -> str:
    """Write the metric that is drawn, with half of its interval where it has one."""
    interval = cell["intervals"].get(name)
    if interval is None or name in cell["undersampled"]:
        return _metric(cell, name)
    return mean_and_half(name, interval)


def _drawings(facts: Facts) -> tuple[Drawing, ...]:
    curves = [curve_of(curve) for curve in facts["curves"] if curve["points"]][:_MOST_KEYS]
    if not curves:
        return ()
    name, limit = facts["metric"], facts["limit"]
    clock = facts["run"]["clock"] or "virtual"
    return (
        Drawing(
            "load", f"{name} over the offered load", tuple(curve.name for curve in curves), 420,
            partial(draw_curves, curves=curves, name=name, clock=clock,
                    bound=limit["bound"] if limit else None),
        ),
    )  # fmt: skip


def values_in_words(values: Facts) -> str:
    """Write the values of a cell in a line."""
    return ", ".join(f"{axis} = {value if isinstance(value, str) else json.dumps(value)}"
                     for axis, value in values.items())  # fmt: skip
