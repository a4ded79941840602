"""Compares one recorded run, or group of replications, with several others."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

from reports import format as shown_as
from reports.comparison import compare_runs, lost, regressions
from reports.comparison_document import (
    MAY_BE_CHANCE,
    main_operations,
    outcome_in_words,
    relative_in_words,
    state_of,
)
from reports.document import Document, Drawing, Grid
from reports.experiment_figures import draw_spectra
from reports.figures import SERIES
from reports.sides import read_side
from simulation.records import FORMAT_VERSION

Facts = dict[str, Any]

KIND: Final = "comparisons"
MOST: Final = len(SERIES) - 1  # besides the base: each has a colour of its own


def compare_several(base: Path, others: Sequence[Path]) -> Facts:
    """Compare a base with each of several others.

    Args:
        base: What it was like before.
        others: Up to `MOST` runs or groups of replications.

    Returns:
        `base`, and `comparisons`: for each of the others what `compare_runs` returns.

    Raises:
        UnreadableRun: One of them cannot be compared.
    """
    found = [compare_runs(base, other) for other in others]
    return {
        "format": FORMAT_VERSION, "kind": KIND, "base": found[0]["base"], "comparisons": found,
    }  # fmt: skip


def document_of(facts: Facts, threshold: float | None = None) -> Document:
    """Return what such a comparison has to say.

    Args:
        facts: What `compare_several` returned.
        threshold: Share by which something may be worse before it is a regression; None where
            nothing is judged.
    """
    base, each = facts["base"], facts["comparisons"]
    return Document(
        title=f"{base['scenario']} {base['id']} → {len(each)} others",
        state=state_of(each, threshold),
        question="",
        facts=tuple((name, f"{side['folder']}, digest {(side['digest'] or '?')[:16]}")
                    for name, side in _sides(facts).items()),
        sentences=tuple(_sentence(name, one, threshold)
                        for name, one in zip(list(_sides(facts))[1:], each, strict=True)),
        grids=tuple(grid for grid in (_keys(facts), _differences(facts, threshold)) if grid.rows),
        drawings=tuple(_drawings(facts)),
    )  # fmt: skip


def _sides(facts: Facts) -> dict[str, Facts]:
    """Return what is compared, by short names: the base, and the others by number and id."""
    others = [one["new"] for one in facts["comparisons"]]
    return {
        "base": facts["base"],
        **{f"{number} ({side['id']})": side for number, side in enumerate(others, 1)},
    }


def _sentence(name: str, one: Facts, threshold: float | None) -> str:
    words = [shown_as.WORDS[one[side]["verdict"]] for side in ("base", "new")]
    told = f"{name}: {one['pairing']}; verdict: {words[0]} → {words[1]}"
    if one["is_same"]:
        return f"{told}; equal to the last bit"
    if threshold is None:
        return told
    worse = [row["metric"] for row in regressions(one, threshold)[0]]
    beyond = f"worse by more than {threshold * 100:.10g} %"
    told = f"{told}; {beyond}: {', '.join(worse[:5]) or 'nothing'}"
    untold = lost(one)
    return f"{told}; only base can tell: {', '.join(untold[:5])}" if untold else told


def _keys(facts: Facts) -> Grid:
    each = [{row["key"]: row for row in one["changed_keys"]} for one in facts["comparisons"]]
    names = dict.fromkeys(key for rows in each for key in rows)
    rows = []
    for name in names:
        base = next(row[name]["base"] for row in each if name in row)
        values = [row[name]["new"] if name in row else base for row in each]
        rows.append((name, *(shown_as.MISSING if value is None else str(value)
                             for value in (base, *values))))  # fmt: skip
    return Grid("scenario keys that differ", ("key", *_sides(facts)), tuple(rows))


def _differences(facts: Facts, threshold: float | None) -> Grid:
    each = [{row["metric"]: row for row in one["rows"]} for one in facts["comparisons"]]
    names = dict.fromkeys(
        name for rows in each for name, row in rows.items()
        if row["watched"] and row["outcome"] != "same"
    )  # fmt: skip
    rows = tuple(
        (name, _of(name, next(row[name]["base"] for row in each if name in row)),
         *(_change(name, row.get(name), threshold) for row in each))
        for name in names
    )  # fmt: skip
    return Grid("differences", ("metric", *_sides(facts)), rows,
                note="changes are from the base; ± half the 95 % interval where there are "
                f"replications; {MAY_BE_CHANCE}")  # fmt: skip


def _of(name: str, value: float) -> str:
    return shown_as.metric(name, value)


def _change(name: str, row: Facts | None, threshold: float | None) -> str:
    if row is None or row["undersampled"]:
        return shown_as.MISSING
    sign = outcome_in_words(row, threshold)[0]
    return f"{sign} {_of(name, row['new'])} ({relative_in_words(row)})"


def _drawings(facts: Facts) -> list[Drawing]:
    sides = _sides(facts)
    series = [read_side(Path(side["folder"])).series() for side in sides.values()]
    clock = facts["base"]["clock"] or "virtual"
    return [
        Drawing(
            f"spectrum-{name}", f"Latency of {name} by percentile, base and others",
            tuple(sides), 380,
            partial(draw_spectra, clock=clock,
                    sides=[[one["spectrum"].get(name, []) for one in own] for own in series]),
        )
        for name in main_operations(facts["comparisons"][0])
        if any(one["spectrum"].get(name) for own in series for one in own)
    ]  # fmt: skip
