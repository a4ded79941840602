"""Writes `report.html`: one page without scripts or outside addresses, same run, same bytes."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Final

import jinja2
from markupsafe import Markup
from matplotlib.axes import Axes

from reports import format as shown_as
from reports.brokerage_figures import (
    draw_mixes,
    draw_profits,
    draw_ranked,
    mixes_of,
    rejections_of,
    traded_of,
)
from reports.figures import (
    DASHES,
    LOAD,
    bars_of,
    draw_load,
    draw_parts,
    draw_spectrum,
    main_operations,
)
from reports.metrics import summarise
from reports.requests import PARTS
from reports.statistics import STATISTICS
from reports.svg import Size, draw
from simulation.metric_names import AVAILABILITY_PROMISED, PROFIT, SPREAD
from simulation.records import METRICS_FILE, PAGE_FILE, SERIES_FILE, UnwritableRun, read_json

Facts = dict[str, Any]
Drawing = tuple[str, list[str], int, Callable[[Axes], None]]  # title, keys, height

_WIDE: Final = 1_060
_NARROW: Final = 330


def write(folder: Path) -> Path:
    """Write the page of a recorded run; its metrics are made first where they are missing.

    Raises:
        UnreadableRun: The folder is not a recorded run.
        UnwritableRun: The page cannot be written.
    """
    facts = read_json(folder / METRICS_FILE) or summarise(folder)
    text = render(facts, read_json(folder / SERIES_FILE), _resolved(folder))
    page = folder / PAGE_FILE
    try:
        page.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UnwritableRun(page, error) from error
    return page


def _resolved(folder: Path) -> str:
    file = folder / "scenario.resolved.toml"
    return file.read_text(encoding="utf-8") if file.is_file() else ""


def render(facts: Facts, series: Facts, scenario: str) -> str:
    """Return the page as text.

    Args:
        facts: The contents of `metrics.json`.
        series: The contents of `series.json`.
        scenario: The resolved scenario.
    """
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).with_name("templates")),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    metrics = facts["metrics"]
    names = shown_as.operations(metrics)
    return environment.get_template("page.html.j2").render(
        run=facts["run"], verdict=facts["verdict"], metrics=metrics,
        show=lambda name: shown_as.shown(name, metrics, facts["undersampled"]),
        format=shown_as, operations=names, statistics=STATISTICS,
        words=shown_as.WORDS, outcomes=shown_as.OUTCOMES,
        figures=_figures(facts, series, names), scenario=scenario,
        busiest=shown_as.busiest(metrics), rejected=rejections_of(metrics),
        parts=PARTS, bars=bars_of(metrics, _parted(facts, names), facts["undersampled"]),
        traded=traded_of(metrics), faults=facts["faults"],
        promised=AVAILABILITY_PROMISED, spread=SPREAD, profit=PROFIT,
        retention=_retention(metrics),
    )  # fmt: skip


def _figures(facts: Facts, series: Facts, names: list[str]) -> dict[str, Facts]:
    metrics, run = facts["metrics"], facts["run"]
    limits = facts["verdict"]["limits"]
    lines = main_operations(metrics, names, limits)
    bars = bars_of(metrics, _parted(facts, names), facts["undersampled"])
    clock = run["clock"]
    drawings: dict[str, Drawing] = {
        "spectrum": (
            "Latency by percentile, one line per operation", lines, 400,
            partial(draw_spectrum, spectra=series["spectrum"], names=lines, limits=limits,
                    clock=clock),
        ),
        "load": (
            "Requests offered, sent, completed and refused per second over the day",
            list(LOAD), 320,
            partial(draw_load, load=series["load"], starts_at_s=run["starts_at_s"],
                    warm_up_s=run["warm_up_s"], clock=clock, faults=facts["faults"]),
        ),
        "parts": (
            "Shares of the latency by part, at the median and among the slowest 1 %",
            list(PARTS), 70 + 38 * len(bars), partial(draw_parts, bars=bars),
        ),
        **_brokerage_figures(metrics, series),
    }  # fmt: skip
    wanted = {"spectrum": any(series["spectrum"].values()), "parts": bool(bars)}
    return {
        name: _both_sizes(name, *drawing)
        for name, drawing in drawings.items()
        if wanted.get(name, True)
    }


def _brokerage_figures(metrics: Facts, series: Facts) -> dict[str, Drawing]:
    """Return the figures of the brokerage that there is something to draw in."""
    rejected, traded, mixes = rejections_of(metrics), traded_of(metrics), mixes_of(metrics)
    drawings: dict[str, Drawing] = {}
    if rejected:
        drawings["rejections"] = (
            "Rejected requests by reason", [], 60 + 26 * len(rejected),
            partial(draw_ranked, rows=rejected, what="requests, share of all"),
        )  # fmt: skip
    if mixes:
        drawings["mix"] = (
            "Accepted orders by side, by price and by what became of them", [], 250,
            partial(draw_mixes, mixes=mixes),
        )  # fmt: skip
    if traded:
        drawings["traded"] = (
            "The most traded stocks by volume in USD", [], 60 + 26 * len(traded),
            partial(draw_ranked, rows=traded, what="volume in USD, share of all"),
        )  # fmt: skip
    profits = series.get("profit") or {}
    if any(map(any, profits.values())):
        drawings["profits"] = (
            "How many accounts won or lost how much", list(profits), 420,
            partial(draw_profits, profits=profits),
        )  # fmt: skip
    return drawings


def _retention(metrics: Facts) -> dict[str, float]:
    """Return which share of users came back, by days since they first came."""
    prefix = "business.retention.day_"
    found = {name.removeprefix(prefix): value for name, value in metrics.items()
             if name.startswith(prefix)}  # fmt: skip
    return dict(sorted(found.items(), key=lambda item: int(item[0])))


def _parted(facts: Facts, names: list[str]) -> list[str]:
    """Return the operations to draw that can be taken apart: those of ticks cannot."""
    metrics = facts["metrics"]
    drawn = main_operations(metrics, names, facts["verdict"]["limits"])
    return [name for name in drawn if f"parts.{name}.median.network" in metrics]


def _both_sizes(
    name: str, title: str, keys: list[str], height: int, drawing: Callable[[Axes], None]
) -> Facts:
    narrow = max(height, 280) if keys else height  # bars without keys have a row each
    sizes = {"wide": Size(_WIDE, height), "narrow": Size(_NARROW, narrow)}
    return {
        "title": title,
        "keys": [(key, " ".join(map(str, DASHES[place]))) for place, key in enumerate(keys)],
        **{
            kind: Markup(draw(f"{name}-{kind}", title, size, drawing))
            for kind, size in sizes.items()
        },
    }
