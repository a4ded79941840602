"""Tells how the runs that were kept of a scenario went, one after the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, FuncFormatter

from reports import format as shown_as
from reports.comparison import changed_keys
from reports.document import Document, Drawing, Grid
from reports.figures import INK, SERIES, TEXT_SIZE, dress
from reports.metrics_file import read_metrics
from reports.sides import keys_of
from simulation.metric_names import unit_of
from simulation.records import UnreadableRun

Facts = dict[str, Any]

KIND: Final = "trend"
USUAL: Final = ("latency.all.p50", "latency.all.p99", "rate.completed", "availability")
_MOST_LABELS: Final = 6
_MOST_LIMITS: Final = 4
_MOST_COLUMNS: Final = 3
_MOST_KEYS: Final = 3
_LUCK: Final = ("seed", "replications")


def trend_of(folders: Sequence[Path], metrics: Sequence[str] = ()) -> Facts:
    """Return how some metrics went over recorded runs, or groups of replications.

    Args:
        folders: Them, the oldest first.
        metrics: Which metrics; where none is named, those that the newest has limits on, and
            some that every run has.

    Returns:
        `metrics` (their names), `limits` (the bounds of the newest, by metric) and `runs`: of
        each its `id`, `started`, `seed`, `version`, `word`, `folder`, `changed_keys` (in which its
        scenario is not that of the newest, seeds aside) and `metrics`. What too few values stand
        behind is None.

    Raises:
        UnreadableRun: None of them has any numbers, or one of the metrics; one is damaged.
    """
    read = [(folder, read_metrics(folder)) for folder in folders]
    known = [(folder, facts) for folder, facts in read if "metrics" in facts]
    if not known:
        raise UnreadableRun("there is no finished run to tell of")
    limits = known[-1][1]["verdict"]["limits"]
    names = tuple(dict.fromkeys(
        metrics or (*(row["metric"] for row in limits[:_MOST_LIMITS]), *USUAL)
    ))  # fmt: skip
    runs = [_row(folder, facts, names) for folder, facts in known]
    newest = keys_of(known[-1][0])
    for row in runs:
        row["changed_keys"] = _changed(newest, keys_of(Path(row["folder"])))
    _refuse_unmeasured(metrics, [facts for _, facts in known])
    return {
        "kind": KIND, "scenario": known[-1][1]["run"]["scenario"], "metrics": list(names),
        "limits": {row["metric"]: row["bound"] for row in limits if row["metric"] in names},
        "runs": runs,
    }  # fmt: skip


def _changed(newest: Facts, own: Facts) -> list[str]:
    """Return the keys in which a scenario is not the newest, but for its seeds."""
    keys = (row["key"] for row in changed_keys(newest, own))
    return [key for key in keys if key not in _LUCK]


def _refuse_unmeasured(metrics: Sequence[str], runs: Sequence[Facts]) -> None:
    for name in metrics:
        if not any(name in facts["metrics"] for facts in runs):
            raise UnreadableRun(f"no run of these has {name}; metrics.json lists what there is")


def _row(folder: Path, facts: Facts, names: Sequence[str]) -> Facts:
    run, hidden = facts["run"], set(facts["undersampled"])
    return {
        "folder": str(folder), "word": facts["verdict"]["word"],
        "version": (run.get("versions") or {}).get("openoutcry", ""),
        **{key: run.get(key) for key in ("id", "started", "seed")},
        "metrics": {name: None if name in hidden else facts["metrics"].get(name)
                    for name in names},
    }  # fmt: skip


def document_of(facts: Facts) -> Document:
    """Return what a trend has to say."""
    runs = facts["runs"]
    passed = sum(row["word"] == "passed" for row in runs)
    return Document(
        title=f"{facts['scenario']}: {len(runs)} runs",
        state="",
        question="",
        facts=(("oldest", _started(runs[0])), ("newest", _started(runs[-1])), *_others(runs)),
        sentences=(f"{passed} of {len(runs)} passed", *_sentences(facts)),
        grids=(_runs(facts), *_numbers(facts)),
        drawings=tuple(_drawings(facts)),
    )


def _started(row: Facts) -> str:
    return str(row["started"] or "")[:16].replace("T", " ")


def _others(runs: Sequence[Facts]) -> Iterator[tuple[str, str]]:
    """Say of how many runs the settings are not those of the newest: they are another question."""
    number = sum(bool(row["changed_keys"]) for row in runs)
    if number:
        keys = list(dict.fromkeys(key for row in runs for key in row["changed_keys"]))
        more = f" and {len(keys) - _MOST_KEYS} more" if len(keys) > _MOST_KEYS else ""
        yield "other settings", f"in {number} of {len(runs)}: {', '.join(keys[:_MOST_KEYS])}{more}"


def _values(facts: Facts, name: str) -> list[float | None]:
    return [row["metrics"][name] for row in facts["runs"]]


def _sentences(facts: Facts) -> list[str]:
    """Say how each metric of the newest run stands to the median of those before."""
    told = []
    for name in facts["metrics"]:
        *before, newest = _values(facts, name)
        known = sorted(value for value in before if value is not None)
        if newest is None or not known:
            continue
        median = known[(len(known) - 1) // 2]
        change = f" ({(newest - median) / abs(median) * 100:+.3g} %)" if median else ""
        told.append(
            f"{name}: {shown_as.metric(name, newest)}, median of those before "
            f"{shown_as.metric(name, median)}{change}"
        )
    return told


def _runs(facts: Facts) -> Grid:
    rows = tuple(
        (row["id"], _started(row), str(row["seed"]), row["version"],
         str(len(row["changed_keys"]) or "="), shown_as.WORDS.get(row["word"], row["word"]))
        for row in facts["runs"]
    )  # fmt: skip
    columns = ("run", "started (UTC)", "seed", "version", "keys changed", "verdict")
    return Grid("runs, the oldest first", columns, rows,
                note="keys of the scenario that are not as in the newest, seeds aside")  # fmt: skip


def _numbers(facts: Facts) -> Iterator[Grid]:
    """Yield the numbers as tables of a few columns, which fit on a terminal."""
    names = facts["metrics"]
    for first in range(0, len(names), _MOST_COLUMNS):
        shown = names[first : first + _MOST_COLUMNS]
        rows = tuple(
            (row["id"], *(shown_as.metric(name, row["metrics"][name]) for name in shown))
            for row in facts["runs"]
        )
        yield Grid(", ".join(shown), ("run", *shown), rows)


def _drawings(facts: Facts) -> list[Drawing]:
    ids = [row["id"] for row in facts["runs"]]
    missed = [row["word"] != "passed" for row in facts["runs"]]
    return [
        Drawing(
            f"trend-{name.replace('.', '-')}", f"{name} over the runs that were kept", (name,),
            240, partial(draw_trend, values=_values(facts, name), ids=ids, missed=missed, name=name,
                         bound=facts["limits"].get(name)),
        )
        for name in facts["metrics"]
        if sum(value is not None for value in _values(facts, name)) > 1
    ]  # fmt: skip


def draw_trend(
    axes: Axes,
    values: Sequence[float | None],
    ids: Sequence[str],
    missed: Sequence[bool],
    name: str,
    bound: float | None,
) -> None:
    """Draw a metric over runs, each a dot; a cross where the run did not pass.

    Args:
        axes: Where to draw.
        values: Of each run; None where there is none.
        ids: Of the runs.
        missed: Which of them did not pass.
        name: The metric.
        bound: Its limit, a line across; None without one.
    """
    known = [(place, value) for place, value in enumerate(values) if value is not None]
    places, heights = zip(*known, strict=True)
    axes.plot(places, heights, color=SERIES[0], linewidth=1.5)
    for marker, size, wanted in (("o", 6, False), ("X", 10, True)):
        own = [(place, value) for place, value in known if missed[place] is wanted]
        if own:
            axes.plot(*zip(*own, strict=True), color=SERIES[0], linestyle="", marker=marker,
                      markersize=size)  # fmt: skip
    if bound is not None:
        axes.axhline(bound, color=INK, linewidth=1.0, dashes=(1, 3))
        axes.annotate(
            f"limit {shown_as.metric(name, bound)}", (0.01, bound),
            xycoords=("axes fraction", "data"), color=INK, fontsize=TEXT_SIZE,
            verticalalignment="bottom",
        )  # fmt: skip
    if unit_of(name) == "seconds" and bound is None:
        axes.set_ylim(0, max(heights) * 1.15 or 1.0)
    step = -(-len(ids) // _MOST_LABELS)
    axes.xaxis.set_major_locator(FixedLocator(list(range(0, len(ids), step))))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: ids[int(x)] if x < len(ids) else ""))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda y, _: shown_as.metric(name, y)))
    axes.set_xlabel("run, the oldest first; a cross: it did not pass")
    axes.set_xlim(-0.5, len(ids) - 0.5)
    dress(axes)
