"""Tells how much load a brokerage holds, and what gives way first."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any, Final

from matplotlib.axes import Axes

from reports import format as shown_as
from reports.capacity import UNDECIDED
from reports.document import Document, Drawing, Grid
from reports.experiment_figures import use_round_steps
from reports.figures import INK, SERIES, dress
from reports.format import figures
from reports.replication_document import warm_ups_in_words
from reports.saturation import WORKERS
from simulation.records import METRICS_FILE, read_json

Facts = dict[str, Any]

_MOST_PARTS: Final = 6
_CLOSE: Final = 0.8


def document_of(folder: Path) -> Document:
    """Return what a search for a capacity has to say, from its `metrics.json`."""
    facts = read_json(folder / METRICS_FILE)
    run = facts["run"]
    return Document(
        title=f"{run['scenario']}  seed {run['seed']}  capacity",
        state=shown_as.WORDS[facts["verdict"]["word"]],
        question=run["description"] or "",
        facts=_made_with(facts),
        sentences=tuple(_sentences(facts)),
        grids=tuple(
            grid for grid in (_searched(facts), _saturation(facts), _nodes(facts)) if grid.rows
        ),
        drawings=_drawings(facts),
    )


def _made_with(facts: Facts) -> tuple[tuple[str, str], ...]:
    run, within = facts["run"], facts["within"]
    shown = {
        "searched": f"{within['least']:g} to {within['most']:g} times the scenario's load, "
        f"until passing and failing loads are within {within['precision'] * 100:g} %",
        "runs": f"{run['runs']}; in a replication every load has the same random numbers",
        "warm-up": warm_ups_in_words(run["warm_ups"]),
        "again": run["command"],
    }
    return tuple(shown.items())


def _sentences(facts: Facts) -> list[str]:
    told = [facts["run"]["error"]] if facts["run"]["error"] else []
    if facts["factor"] is None:
        return told + _too_low(facts)
    factor, offered, count = facts["factor"], facts["offered"], facts["run"]["replications"]
    holds = "holds at least" if facts["above"] else "holds up to"
    told.append(
        f"{holds} {figures(factor['mean'])} times the scenario's load: "
        f"{figures(offered['mean'])} requests/s offered, {_interval_in_words(offered, count)}"
    )
    if facts["above"]:
        told.append(
            f"the highest load that was tried still passes in {facts['above']} of {count} "
            "replications, so it may hold more: raise --most"
        )
    told += [
        f"just above, {row['metric']} {row['text']} {_is_not_met(row['example'])} in "
        f"{row['replications']} of {count} replications{_for_example(row['example'])}"
        for row in facts["missed_first"]
    ]
    return told + _first_to_fill(facts)


def _is_not_met(row: Facts) -> str:
    return "cannot be judged" if row["outcome"] == UNDECIDED else "fails"


def _interval_in_words(offered: Facts, count: int) -> str:
    if count == 1:
        return "in one replication, so without an interval: use --replications 5"
    if offered["low"] is None:
        return f"the mean over {count} replications, without an interval"
    ends = f"{figures(offered['low'])} … {figures(offered['high'])}"
    return f"95 % interval {ends} over {count} replications"


def _for_example(row: Facts) -> str:
    if row["measured"] is None:
        return f": {row['note']}"
    measured = f"{shown_as.metric(row['judged_by'], row['measured'])} in the first"
    if row["outcome"] == UNDECIDED:
        return f": {row['note']}, {measured}; make the run longer"
    return f": {measured}"


def _too_low(facts: Facts) -> list[str]:
    """Say that even the lowest load fails, and what."""
    failed = [one for one in facts["searched"] if one["tries"] and one["low"] is None]
    if not failed or facts["run"]["status"] != "complete":
        return ["the search did not come to its end"]
    lowest = min(failed[0]["tries"], key=lambda tried: tried["factor"])
    count = facts["run"]["replications"]
    told = [
        f"even the lowest load does not pass in {len(failed)} of {count} replications: "
        f"{lowest['factor']:g} times the scenario's, {figures(lowest['offered'])} requests/s"
    ]
    return told + [
        f"there, {row['metric']} {row['text']} {_is_not_met(row)}{_for_example(row)}"
        for row in lowest["missed"]
    ]


def _first_to_fill(facts: Facts) -> list[str]:
    if not facts["saturation"]:
        return []
    first = facts["saturation"][0]
    waits = [row for row in facts["saturation"] if row["name"] != WORKERS]
    told = [f"first to fill up: {_part(first, facts)}, {shown_as.share(first['utilisation'])} busy"]
    if first["utilisation"] < _CLOSE:
        told[0] += ", so the limits give way to waiting before anything is full"
    if facts["nodes"]:
        node = max(facts["nodes"], key=lambda row: row["utilisation"])
        busy = shown_as.share(node["utilisation"])
        told.append(f"busiest node: {node['name']}, {busy} of the whole run")
    if waits:
        longest = max(waits, key=lambda row: row["wait_s"])
        told.append(
            f"longest wait: messages to {_part(longest, facts)}, "
            f"{shown_as.duration(longest['wait_s'])} each in the mean"
        )
    return told


def _part(row: Facts, facts: Facts) -> str:
    if row["name"] == WORKERS:
        nodes, workers = facts["cluster"]["nodes"], facts["cluster"]["workers"]
        many = f"the {workers} workers" if workers > 1 else "the worker"
        return many + (f" of each of {nodes} nodes" if nodes > 1 else "")
    count = int(row["count"])
    return row["name"] if count == 1 else f"{row['name']} ({shown_as.count(count)} actors)"


def _searched(facts: Facts) -> Grid:
    rows = tuple(
        (
            str(one["number"]), str(len(one["tries"])), *(_at(one, end) for end in ("low", "high")),
        )
        for one in facts["searched"]
    )  # fmt: skip
    columns = ("replication", "runs", "highest that passes", "lowest that fails")
    return Grid("thresholds", columns, rows, note="times the scenario's load, and requests/s")


def _at(one: Facts, end: str) -> str:
    factor = one[end]
    tried = next((tried for tried in one["tries"] if tried["factor"] == factor), None)
    if tried is None:
        return shown_as.MISSING
    return f"{factor:.4g} x, {figures(tried['offered'])}/s"


def _rows(parts: list[Facts]) -> tuple[tuple[str, ...], ...]:
    return tuple(
        (
            row["name"], shown_as.count(row["count"]), shown_as.share(row["utilisation"]),
            shown_as.duration(row["wait_s"]),
        )
        for row in parts
    )  # fmt: skip


def _nodes(facts: Facts) -> Grid:
    columns = ("node", "workers", "busy", "mean wait of a message")
    return Grid("nodes at the capacity", columns, _rows(facts["nodes"]), note="of the whole run")


def _saturation(facts: Facts) -> Grid:
    rows = _rows(facts["saturation"][:_MOST_PARTS])
    columns = ("part", "actors", "busy", "mean wait of a message")
    note = "of a class of actors its mean actor; workers while measured, actors the whole run"
    return Grid("what is how full at the capacity", columns, rows, note=note)


def _drawings(facts: Facts) -> tuple[Drawing, ...]:
    if not any(one["tries"] for one in facts["searched"]):
        return ()
    clock = facts["run"]["clock"] or "virtual"
    height = 90 + 36 * len(facts["searched"])
    return (
        Drawing("tries", "Loads that were tried: passed and failed",
                ("dots: passed", "crosses: failed"), height,
                partial(draw_tries, searched=facts["searched"], clock=clock)),
    )  # fmt: skip


def draw_tries(axes: Axes, searched: list[Facts], clock: str) -> None:
    """Draw each load that was tried, a row for each replication: a dot passed, a cross failed."""
    for one in searched:
        for passed, marker, colour in ((True, "o", SERIES[0]), (False, "x", SERIES[1])):
            loads = [
                tried["offered"]
                for tried in one["tries"]
                if tried["passed"] is passed and tried["offered"] > 0
            ]  # nothing offered has no place on a logarithm
            axes.plot(loads, [one["number"]] * len(loads), marker=marker, color=colour,
                      linestyle="", markersize=7, markeredgewidth=2)  # fmt: skip
    axes.set_yticks([one["number"] for one in searched])
    axes.set_ylim(len(searched) + 0.6, 0.4)
    if any(tried["offered"] > 0 for one in searched for tried in one["tries"]):
        axes.set_xscale("log")
        use_round_steps(axes.xaxis)
    axes.xaxis.set_major_formatter(lambda x, _: f"{x:,.4g}")
    axes.set_xlabel(f"offered requests per second ({clock} time, log)")
    axes.set_ylabel("replication")
    dress(axes)
    axes.tick_params(colors=INK)
