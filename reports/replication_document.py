"""Tells what the replications of a scenario have shown."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

from reports import format as shown_as
from reports.document import Document, Drawing, Grid
from reports.experiment_figures import draw_spectra
from reports.warm_up import from_to, in_words_of_all
from simulation.records import METRICS_FILE, SERIES_FILE, read_json

Facts = dict[str, Any]

_LATENCIES: Final = ("p50", "p99", "p999", "max")
_HEADINGS: Final = {"p999": "p99.9"}
_OTHERS: Final = (
    "rate.offered", "rate.completed", "refused.share", "errors.share", "availability",
    "utilisation.mean", "utilisation.max", "total.requests", "total.executed",
)  # fmt: skip
_MOST_SPECTRA: Final = 4


def document_of(folder: Path) -> Document:
    """Return what a group of replications has to say, from its `metrics.json`."""
    facts = read_json(folder / METRICS_FILE)
    run, verdict = facts["run"], facts["verdict"]
    return Document(
        title=f"{run['scenario']}  seed {run['seed']}  {_how_many(run)}",
        state=shown_as.WORDS[verdict["word"]],
        question=run["description"] or "",
        facts=_made_with(facts),
        sentences=_sentences(facts),
        grids=tuple(_grids(facts)),
        drawings=_drawings(folder, facts),
    )


def _how_many(run: Facts) -> str:
    done, planned = run["replications"], run["planned"]
    return f"{done} replications" if done == planned else f"{done} of {planned} replications"


def _made_with(facts: Facts) -> tuple[tuple[str, str], ...]:
    run = facts["run"]
    shown = {
        "warm-up": warm_ups_in_words(run["warm_ups"]),
        "measured": _measured(run),
        "wall-clock": shown_as.duration(run["wall_s"]),
        "digest": (run["digest"] or shown_as.MISSING)[:16],
        "again": run["command"],
    }
    return tuple(shown.items())


def warm_ups_in_words(warm_ups: Sequence[Facts]) -> str:
    """Say what was left out of some runs; a dash where there are none."""
    return in_words_of_all(warm_ups, shown_as.brief_duration) if warm_ups else shown_as.MISSING


def _measured(run: Facts) -> str:
    if not run["measured_s"]:
        return shown_as.MISSING
    return f"{from_to(run['measured_s'], shown_as.duration)} {run['clock']} in each replication"


def _sentences(facts: Facts) -> tuple[str, ...]:
    run, verdict = facts["run"], facts["verdict"]
    told = [run["error"]] if run["error"] else []
    checked = sum(row["checked"] for row in verdict["audit"])
    broken = [row for row in verdict["audit"] if row["broken"]]
    told += [f"{row['id']} {row['title']}: {text}" for row in broken for text in row["findings"]]
    if not broken and verdict["audit"]:
        told.append(
            f"nothing lost: {len(verdict['audit'])} invariants, "
            f"{shown_as.count(checked)} checks over all replications"
        )
    told += [
        f"{row['event']}: seen in {row['seen_in']} of {row['of']} replications"
        for row in verdict["must_see"]
        if row["seen_in"] < row["of"]
    ]
    return (*told, *verdict["handlers"])


def _grids(facts: Facts) -> list[Grid]:
    count = facts["run"]["replications"]
    over = f"mean over {count} replications, with its 95 % interval"
    return [
        Grid(f"limits, judged by means over {count} replications",
             ("limit", "bound", "mean", "95 % interval", ""), _limit_rows(facts),
             note=_notes(facts)),
        Grid(f"latency: mean of each percentile over {count} replications, ± half the interval",
             ("operation", *(_HEADINGS.get(name, name) for name in _LATENCIES)),
             _latency_rows(facts)),
        Grid(f"other metrics: {over}", ("metric", "mean", "95 % interval"), _other_rows(facts)),
        Grid("replications", ("number", "seed", "verdict", "digest"), _replication_rows(facts)),
    ]  # fmt: skip


def _limit_rows(facts: Facts) -> tuple[tuple[str, ...], ...]:
    return tuple(
        (
            row["metric"], row["text"] + ("*" if row["note"] else ""),
            shown_as.metric(row["judged_by"], row["measured"]),
            interval_in_words(row["judged_by"], row.get("low"), row.get("high")),
            shown_as.OUTCOMES[row["outcome"]],
        )
        for row in facts["verdict"]["limits"]
    )  # fmt: skip


def _notes(facts: Facts) -> str:
    """Return the notes of the limits with a star; what is said of several is said once."""
    told: dict[str, None] = {}
    for row in facts["verdict"]["limits"]:
        if row["note"]:
            is_own = row["judged_by"] == row["metric"]
            told[f"{row['metric']}: {row['note']}" if is_own else row["note"]] = None
    return f"* {'; '.join(told)}" if told else ""


def interval_in_words(name: str, low: float | None, high: float | None) -> str:
    """Write an interval in the unit of its metric; a dash where there is none."""
    if low is None or high is None:
        return shown_as.MISSING
    return f"{shown_as.metric(name, low)} … {shown_as.metric(name, high)}"


def _latency_rows(facts: Facts) -> tuple[tuple[str, ...], ...]:
    return tuple(
        (name, *(_with_half(facts, f"latency.{name}.{statistic}") for statistic in _LATENCIES))
        for name in shown_as.operations(facts["metrics"])
    )


def _with_half(facts: Facts, name: str) -> str:
    """Write a mean with half of its interval; a dash where too few values are behind it."""
    interval = facts["intervals"].get(name)
    if interval is None or name in facts["undersampled"]:
        return shown_as.MISSING
    return mean_and_half(name, interval)


def mean_and_half(name: str, interval: Facts) -> str:
    """Write a mean and half of its interval in one unit, such as `22.6 ± 8.96 ms`."""
    mean = shown_as.metric(name, interval["mean"])
    if interval["low"] is None:
        return mean
    number, _, unit = mean.partition(" ")
    scale = interval["mean"] / float(number.replace(",", "")) if _is_plain(number) else 0
    # One end may have been cut at what the metric can be.
    half = max(interval["high"] - interval["mean"], interval["mean"] - interval["low"])
    if not scale:
        return f"{mean} ± {shown_as.metric(name, half)}"
    return f"{number} ± {shown_as.figures(half / scale)} {unit}".rstrip()


def _is_plain(number: str) -> bool:
    return (
        number.replace(",", "").replace(".", "").isdecimal() and float(number.replace(",", "")) > 0
    )


def _other_rows(facts: Facts) -> tuple[tuple[str, ...], ...]:
    known = facts["intervals"]
    return tuple(
        (
            name, shown_as.metric(name, known[name]["mean"]),
            interval_in_words(name, known[name]["low"], known[name]["high"]),
        )
        for name in _OTHERS
        if name in known
    )  # fmt: skip


def _replication_rows(facts: Facts) -> tuple[tuple[str, ...], ...]:
    return tuple(
        (
            str(row["number"]), str(row["seed"] if row["seed"] is not None else shown_as.MISSING),
            shown_as.WORDS.get(row["word"], row["word"]),
            (row["digest"] or shown_as.MISSING)[:16],
        )
        for row in facts["replications"]
    )  # fmt: skip


def _drawings(folder: Path, facts: Facts) -> tuple[Drawing, ...]:
    finished = [row["folder"] for row in facts["replications"] if row["finished"]]
    series = [read_json(folder / name / SERIES_FILE) for name in finished]
    limits = (row["metric"].split(".") for row in facts["verdict"]["limits"])
    limited = dict.fromkeys(parts[1] for parts in limits if parts[0] == "latency")
    names = [name for name in limited if any(one["spectrum"].get(name) for one in series)]
    return tuple(
        Drawing(
            f"spectrum-{name}", f"Latency of {name} by percentile, one line for each replication",
            (), 340,
            partial(draw_spectra, sides=[[one["spectrum"].get(name, []) for one in series]],
                    clock=facts["run"]["clock"]),
        )
        for name in names[:_MOST_SPECTRA]
    )  # fmt: skip
