"""Tells how two runs differ."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

from reports import format as shown_as
from reports.comparison import lost, regressions, verdict_is_worse, worsening
from reports.document import Document, Drawing, Grid
from reports.experiment_figures import draw_spectra
from reports.parts import PARTS
from reports.replication_document import interval_in_words
from reports.sides import read_side

Facts = dict[str, Any]

OUTCOMES: Final = {
    "same": "= same", "better": "✓ better", "worse": "✗ worse", "unclear": "? unclear",
    "changed": "! changed", "differs": "· differs",
}  # fmt: skip
MAY_BE_CHANCE: Final = (
    "without intervals a difference may be chance, so it is called neither better nor worse, "
    "unless it is beyond a threshold that was given"
)
_WORSE: Final = "✗ regression"
UNCLEAR: Final = "? unclear"
_NO_WORSE: Final = "✓ no regression"
_EQUAL: Final = "✓ no difference"
_STATES: Final = (_WORSE, UNCLEAR, "", _NO_WORSE, _EQUAL)  # the gravest first
_MOST_OPERATIONS: Final = 3
_MOST_SENTENCES: Final = 5


def document_of(facts: Facts, threshold: float | None = None) -> Document:
    """Return what a comparison has to say.

    Args:
        facts: What `compare_runs` returned.
        threshold: Share by which something may be worse before it is a regression; None where
            nothing is judged.
    """
    base, new = facts["base"], facts["new"]
    return Document(
        title=f"{_name(base)} → {_name(new)}",
        state=state_of([facts], threshold),
        question="",
        facts=_made_with(facts),
        sentences=tuple(_sentences(facts, threshold)),
        grids=tuple(grid for grid in _grids(facts, threshold) if grid.rows),
        drawings=tuple(_drawings(facts)),
    )


def _name(side: Facts) -> str:
    count = side["replications"]
    many = f", {count} replications" if count > 1 else ""
    return f"{side['scenario']} {side['id']} (seed {side['seed']}{many})"


def state_of(each: Sequence[Facts], threshold: float | None) -> str:
    """Return what comparisons come to: the gravest of what each of them does."""
    found = {_state(facts, threshold) for facts in each}
    return next(state for state in _STATES if state in found)


def _state(facts: Facts, threshold: float | None) -> str:
    if _is_equal(facts):
        return _EQUAL
    if threshold is None:
        return ""
    worse, unclear = regressions(facts, threshold)
    if worse or verdict_is_worse(facts):
        return _WORSE
    return UNCLEAR if unclear or lost(facts) else _NO_WORSE


def _is_equal(facts: Facts) -> bool:
    """Tell whether nothing differs: the same runs may be judged or summed up in another way."""
    words = {facts[side]["verdict"] for side in ("base", "new")}
    is_unchanged = all(row["outcome"] == "same" for row in facts["rows"])
    return bool(facts["is_same"]) and len(words) == 1 and is_unchanged and not facts["one_sided"]


def _sentences(facts: Facts, threshold: float | None) -> list[str]:
    told = ["the same digests: the runs are equal to the last bit"] if facts["is_same"] else []
    told.append(facts["pairing"])
    words = [facts[side]["verdict"] for side in ("base", "new")]
    told.append(f"verdict: {shown_as.WORDS[words[0]]} → {shown_as.WORDS[words[1]]}")
    if threshold is not None:
        worse, unclear = regressions(facts, threshold)
        beyond = f"worse by more than {threshold * 100:.10g} %"
        told += _some([f"{beyond}: {_change(row)}" for row in worse])
        told += _some([f"perhaps {beyond}: {_change(row)}" for row in unclear])
    told += _some(
        [f"{row['metric']}: only {row['side']} can tell it" for row in facts["one_sided"]],
        where="the numbers",
    )
    for what in ("versions", "machine"):
        told += _changed_facts(what, facts["base"][what], facts["new"][what])
    return told


def _some(sentences: list[str], where: str = "the table") -> list[str]:
    """Return the first sentences, and how many there are besides."""
    rest = len(sentences) - _MOST_SENTENCES
    more = [f"and {rest} more of this kind, in {where}"] if rest > 0 else []
    return sentences[:_MOST_SENTENCES] + more


def _change(row: Facts) -> str:
    before, after = (shown_as.metric(row["metric"], row[side]) for side in ("base", "new"))
    return f"{row['metric']} {before} → {after} ({relative_in_words(row)})"


def _changed_facts(what: str, base: Facts, new: Facts) -> list[str]:
    return [
        f"{what}: {key} {base.get(key)} → {new.get(key)}"
        for key in dict.fromkeys([*base, *new])
        if base.get(key) != new.get(key)
    ]


def _made_with(facts: Facts) -> tuple[tuple[str, str], ...]:
    return tuple(
        (side, f"{facts[side]['folder']}, digest {(facts[side]['digest'] or '?')[:16]}")
        for side in ("base", "new")
    )


def _grids(facts: Facts, threshold: float | None) -> list[Grid]:
    watched = [row for row in facts["rows"] if row["watched"]]
    differing = [row for row in watched if row["outcome"] != "same"]
    has_intervals = any(row["low"] is not None for row in watched)
    operations = [] if facts["is_same"] else main_operations(facts)
    return [
        Grid("scenario keys that differ", ("key", "base", "new"), _key_rows(facts)),
        Grid("differences", ("metric", "base", "new", "change", ""),
             tuple(_row(row, threshold) for row in differing),
             note=_note(len(watched) - len(differing), has_intervals=has_intervals)),
        *(_parts_grid(facts, name) for name in operations),
        Grid("percentiles of these single runs, between order statistics",
             ("metric", "base", "new"), _ranked_rows(facts),
             note="95 % intervals of each run by itself, for operations whose successive "
             "latencies are uncorrelated; they say nothing about other seeds"),
    ]  # fmt: skip


def _note(equal: int, *, has_intervals: bool) -> str:
    chance = "± half the 95 % interval, of 20 of which one may miss by chance"
    return f"{equal} more are the same; {chance if has_intervals else MAY_BE_CHANCE}"


def _row(row: Facts, threshold: float | None) -> tuple[str, ...]:
    before, after = (shown_as.metric(row["metric"], row[side]) for side in ("base", "new"))
    return (row["metric"], before, after, relative_in_words(row), outcome_in_words(row, threshold))


def outcome_in_words(row: Facts, threshold: float | None) -> str:
    """Name a difference; one without an interval is worse only beyond a threshold."""
    may_be_worse = row["outcome"] == "differs" and row["watched"]
    if may_be_worse and threshold is not None and worsening(row) > threshold:
        return OUTCOMES["worse"]
    return OUTCOMES[row["outcome"]]


def relative_in_words(row: Facts) -> str:
    """Write a difference as a share of the base, with half of its interval."""
    if row["relative"] is None:
        return "from 0" if row["difference"] else "0 %"
    change = f"{row['relative'] * 100:+.3g} %" if row["difference"] else "0 %"
    if row["low"] is None:
        return change
    half = (row["high"] - row["low"]) / 2 / abs(row["base"])
    return f"{change} ± {half * 100:.2g} %"


def _key_rows(facts: Facts) -> tuple[tuple[str, ...], ...]:
    def shown(value: Any) -> str:
        if value is None:
            return shown_as.MISSING
        is_text = isinstance(value, str)
        return value if is_text else json.dumps(value, ensure_ascii=False, default=str)

    return tuple(
        (row["key"], shown(row["base"]), shown(row["new"])) for row in facts["changed_keys"]
    )


def main_operations(facts: Facts) -> list[str]:
    """Return the operations to take apart: those with limits first, then the most frequent."""
    rows = {row["metric"]: row for row in facts["rows"]}
    limited = {name.split(".")[1] for name, row in rows.items() if row["limited"] and "." in name}

    def rank(operation: str) -> tuple[bool, float, str]:
        count = rows.get(f"latency.{operation}.count", {"new": 0})["new"]
        return operation not in limited, -count, operation

    operations = {parts["operation"] for parts in facts["parts"]}
    return sorted(operations, key=rank)[:_MOST_OPERATIONS]


def _parts_grid(facts: Facts, operation: str) -> Grid:
    bands = {parts["band"]: parts for parts in facts["parts"] if parts["operation"] == operation}
    rows = tuple(
        (part, *(shown_as.duration(bands[band][side][part])
                 for band in bands for side in ("base", "new")))
        for part in PARTS
    )  # fmt: skip
    columns = tuple(f"{band} {side}" for band in bands for side in ("base", "new"))
    return Grid(f"where the time of {operation} went", ("part", *columns), rows)


def _ranked_rows(facts: Facts) -> tuple[tuple[str, ...], ...]:
    return tuple(
        (row["metric"], *(interval_in_words(row["metric"], *row[side]) for side in ("base", "new")))
        for row in facts["ranked"]
    )


def _drawings(facts: Facts) -> list[Drawing]:
    sides = [read_side(Path(facts[side]["folder"])) for side in ("base", "new")]
    series = [side.series() for side in sides]
    names = main_operations(facts)
    return [
        Drawing(
            f"spectrum-{name}", f"Latency of {name} by percentile, base and new",
            ("base", "new"), 360,
            partial(
                draw_spectra, clock=facts["new"]["clock"] or "virtual",
                sides=[[one["spectrum"].get(name, []) for one in own] for own in series],
            ),
        )
        for name in names
        if any(one["spectrum"].get(name) for own in series for one in own)
    ]  # fmt: skip
