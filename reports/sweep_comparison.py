"""Compares two sweeps, cell by cell: cells are partners that have the same values."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, Final

from reports import format as shown_as
from reports.comparison import compare_runs, regressions
from reports.comparison_document import (
    MAY_BE_CHANCE,
    UNCLEAR,
    outcome_in_words,
    relative_in_words,
    state_of,
)
from reports.document import Document, Drawing, Grid
from reports.experiment_figures import draw_curves
from reports.knee import Curve
from reports.metrics_file import read_metrics
from reports.sweep_document import short, values_in_words
from reports.sweeps import LOAD, as_json, curve_of, curves_of
from simulation.records import FORMAT_VERSION, METRICS_FILE, UnreadableRun, read_json

Facts = dict[str, Any]

KIND: Final = "sweep comparison"
_MOST_CURVES: Final = 4  # of each side


def is_sweep(folder: Path) -> bool:
    """Tell whether a folder is a recorded sweep."""
    return read_json(folder / METRICS_FILE).get("kind") == "sweep"


def compare_sweeps(base: Path, new: Path) -> Facts:
    """Compare two recorded sweeps.

    Returns:
        `base` and `new` (folder, id, scenario, curves), `metric`, `axes`, `cells` (of each pair
        its `values` and what `compare_runs` returns), `alone`, the values of cells without a
        partner, and `lost`, of those the ones that the base has measured.

    Raises:
        UnreadableRun: One is no sweep, or they have no finished cell in common.
    """
    sides = [read_metrics(folder) for folder in (base, new)]
    for folder, facts in zip((base, new), sides, strict=True):
        if facts.get("kind") != "sweep":
            raise UnreadableRun(f"{folder}: not a sweep; only a sweep is compared with a sweep")
    partners = {values_in_words(cell["values"]): cell for cell in sides[1]["cells"]}
    cells, alone, lost = [], [], []
    for cell in sides[0]["cells"]:
        name = values_in_words(cell["values"])
        other = partners.pop(name, None)
        if other is None or not (cell["metrics"] and other["metrics"]):
            alone.append(name)
            lost += [name] if cell["metrics"] else []
            continue
        found = compare_runs(base / cell["folder"], new / other["folder"])
        cells.append({"values": cell["values"], "number": cell["number"], "comparison": found})
    if not cells:
        raise UnreadableRun(f"{new}: none of its cells has the values of one of {base}")
    return {
        "format": FORMAT_VERSION, "kind": KIND,
        **{side: _described(folder, facts, sides[0]["metric"]) for side, folder, facts in
           zip(("base", "new"), (base, new), sides, strict=True)},
        "metric": sides[0]["metric"], "axes": sides[0]["axes"], "limit": sides[0]["limit"],
        "cells": cells, "alone": [*alone, *partners], "lost": lost,
    }  # fmt: skip


def _described(folder: Path, facts: Facts, metric: str) -> Facts:
    run = facts["run"]
    return {
        "folder": str(folder), "verdict": facts["verdict"]["word"],
        "curves": [as_json(*found) for found in curves_of(facts["axes"], metric, facts["cells"])],
        **{key: run.get(key) for key in ("id", "scenario", "seed", "clock")},
    }  # fmt: skip


def document_of(facts: Facts, threshold: float | None = None) -> Document:
    """Return what the comparison of two sweeps has to say.

    Args:
        facts: What `compare_sweeps` returned.
        threshold: Share by which something may be worse before it is a regression; None where
            nothing is judged.
    """
    base, new = facts["base"], facts["new"]
    return Document(
        title=f"{base['scenario']} {base['id']} → {new['scenario']} {new['id']}, "
        f"{len(facts['cells'])} cells",
        state=_state(facts, threshold),
        question="",
        facts=tuple((side, facts[side]["folder"]) for side in ("base", "new")),
        sentences=tuple(_sentences(facts, threshold)),
        grids=(_cells(facts, threshold),),
        drawings=tuple(_drawings(facts)),
    )


def _state(facts: Facts, threshold: float | None) -> str:
    """Return what all cells come to; of one that is there no more nothing can be told."""
    state = state_of([cell["comparison"] for cell in facts["cells"]], threshold)
    if facts["lost"] and state.startswith("✓"):
        return "" if threshold is None else UNCLEAR
    return state


def _sentences(facts: Facts, threshold: float | None) -> Iterator[str]:
    for side in ("base", "new"):
        for curve in facts[side]["curves"]:
            knee = curve["knee"]["at"]
            at = "no knee" if knee is None else f"knee at {shown_as.figures(knee)} requests/s"
            yield f"{side}, {curve['name']}: {at} ({facts['metric']})"
    if facts["alone"]:
        yield f"without a partner: {'; '.join(facts['alone'][:5])}"
    if threshold is None:
        return
    for cell in facts["cells"]:
        worse, _ = regressions(cell["comparison"], threshold)
        if worse:
            names = ", ".join(row["metric"] for row in worse[:5])
            yield f"worse in {values_in_words(cell['values'])}: {names}"


def _cells(facts: Facts, threshold: float | None) -> Grid:
    axes, name = facts["axes"], facts["metric"]
    columns = ("cell", *(short(axis, axes) for axis in axes), "offered", f"{name}, base", "new",
               "change", "")  # fmt: skip
    rows = []
    for cell in facts["cells"]:
        found = {row["metric"]: row for row in cell["comparison"]["rows"]}
        row, load = found.get(name), found.get(LOAD)
        offered = shown_as.MISSING if load is None else shown_as.metric(LOAD, load["base"])
        shown = [shown_as.MISSING] * 3 + ["? not measured"]
        if row is not None and not row["undersampled"]:
            values = [shown_as.metric(name, row[side]) for side in ("base", "new")]
            shown = [*values, relative_in_words(row), outcome_in_words(row, threshold)]
        values_of = (str(cell["values"][axis]) for axis in axes)
        rows.append((str(cell["number"]), *values_of, offered, *shown))
    is_told = any(row[-1].startswith("·") for row in rows)
    return Grid("cells", columns, tuple(rows), note=MAY_BE_CHANCE if is_told else "")


def _drawings(facts: Facts) -> Iterator[Drawing]:
    curves = [
        Curve(f"{side}: {curve.name}", curve.points, curve.knee)
        for side in ("base", "new")
        for curve in map(curve_of, facts[side]["curves"][:_MOST_CURVES])
        if curve.points
    ]
    if curves:
        name, limit = facts["metric"], facts["limit"]
        yield Drawing(
            "load", f"{name} over the offered load, base and new",
            tuple(curve.name for curve in curves), 420,
            partial(draw_curves, curves=curves, name=name,
                    clock=facts["base"]["clock"] or "virtual",
                    bound=limit["bound"] if limit else None),
        )  # fmt: skip
