"""Draws latencies: their spectrum of percentiles and their distribution."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any, Final, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from reports.figures.look import (
    DASHES,
    INK,
    SERIES,
    dress,
    duration_ticks,
    latency_axis,
    page_width,
    put_text,
)
from reports.format import brief_duration
from reports.statistics import WHOLE, parts_of

Spectrum = Sequence[Sequence[float]]  # points (1/(1-q), latency in seconds)

_MARKED: Final = ("p50", "p99")
_MARKS: Final = ((), (2, 2))  # dashes
_PIXELS_BESIDE: Final = 70  # of the axis of latencies
_PIXELS_BEHIND: Final = 60  # of the bound behind a stair
_RIDGE: Final = 0.82  # height of the highest ridge, where rows are 1 apart


class Stair(NamedTuple):
    """The limits on one operation: at most `bounds_s[i]` up to `one_in[i]`, which is 1/(1-q)."""

    operation: str
    one_in: list[float]
    bounds_s: list[float]


def main_operations(
    metrics: Mapping[str, Any], names: Sequence[str], limits: Sequence[Mapping[str, Any]]
) -> list[str]:
    """Return up to eight operations to draw: those with limits, then the most frequent."""
    limited = {limit["metric"].split(".")[1] for limit in limits if "latency." in limit["metric"]}
    ranked = sorted(
        names, key=lambda name: (name not in limited, -metrics[f"latency.{name}.count"], name)
    )
    chosen = set(ranked[: len(SERIES)])
    return [name for name in names if name in chosen]


def spectrum(
    ax: Axes,
    spectra: Mapping[str, Spectrum],
    names: Sequence[str],
    *,
    limits: Sequence[Mapping[str, Any]] = (),
    earlier: Mapping[str, Spectrum] | None = None,
    clock: str = "virtual",
    with_legend: bool = True,
) -> Axes:
    """Draw latency over percentile, both axes logarithmic.

    Args:
        ax: Where.
        spectra: `spectrum` of `series.json`: by operation, points of 1/(1-q) and seconds.
        names: Up to eight operations, one line each.
        limits: Those of the verdict; the ones on percentiles are drawn as stairs, under which
            the line of their operation has to pass.
        earlier: The spectra of an earlier run, drawn as thin lines.
        clock: `virtual` or `wall-clock`.
        with_legend: Name the lines above the axes.
    """
    for place, name in enumerate(names):
        if spectra.get(name):
            _draw_line(ax, spectra[name], place, linewidth=1.8, label=name)
        if earlier and earlier.get(name):
            _draw_line(ax, earlier[name], place, linewidth=0.7)
    ax.set_xscale("log")
    stairs = stairs_of(limits, names)
    for stair in stairs:
        _draw_stair(ax, stair, SERIES[list(names).index(stair.operation)])
    ends = {end for stair in stairs for end in zip(stair.one_in, stair.bounds_s, strict=True)}
    for one_in, bound_s in sorted(ends):
        put_text(
            ax, brief_duration(bound_s), (one_in, bound_s), xytext=(5, 0),
            textcoords="offset points", verticalalignment="center",
        )  # fmt: skip
    ax.set_xlim(1, max(2.0, ax.get_xlim()[1] * 1.15, _with_room(ax, max(ends, default=(1.0,))[0])))
    latency_axis(ax, clock)
    ax.xaxis.set_major_locator(FixedLocator([2, 10, 100, 1_000, 10_000, 100_000]))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"p{100 - 100 / x:.10g}"))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.set_xlabel("percentile q, spaced by 1/(1 − q), log")
    return dress(ax, with_legend=with_legend)


def _with_room(ax: Axes, one_in: float) -> float:
    """Return where the axis must end, so that what is written behind a point fits before it."""
    room_px = page_width(ax) - _PIXELS_BESIDE
    return float(one_in ** (room_px / (room_px - _PIXELS_BEHIND)))


def _draw_line(ax: Axes, points: Spectrum, place: int, **settings: Any) -> None:
    one_in, latency_s = zip(*points, strict=True)
    ax.plot(one_in, latency_s, color=SERIES[place], dashes=DASHES[place], **settings)


def stairs_of(limits: Sequence[Mapping[str, Any]], names: Sequence[str]) -> list[Stair]:
    """Return the limits on percentiles of these operations, as one stair for each."""
    found = sorted(
        (name, WHOLE / (WHOLE - parts_of(statistic)), float(limit["bound"]))
        for limit in limits
        for family, name, statistic in [(*limit["metric"].split("."), "", "")[:3]]
        if family == "latency" and name in names and parts_of(statistic)
    )
    return [
        Stair(name, [step[1] for step in steps], [step[2] for step in steps])
        for name, own in groupby(found, key=lambda step: step[0])
        for steps in [list(own)]
    ]


def _draw_stair(ax: Axes, stair: Stair, colour: str) -> None:
    edges = [1.0, *stair.one_in]
    ax.stairs(stair.bounds_s, edges, color=colour, linewidth=2.2, alpha=0.55, baseline=None)
    ax.plot(stair.one_in, stair.bounds_s, marker="|", markersize=9, color=colour, linewidth=0)


def distribution(
    ax: Axes,
    series: Mapping[str, Any],
    names: Sequence[str],
    metrics: Mapping[str, float],
    *,
    clock: str = "virtual",
) -> Axes:
    """Draw how the latencies of each operation are spread, a ridge each, with p50 and p99.

    Ridges have one height, whatever the number of requests behind them.

    Args:
        ax: Where.
        series: `distribution` of `series.json`: bins of equal width on a logarithmic axis.
        names: Up to eight operations, from the top.
        metrics: Those of `metrics.json`, for the percentiles that are marked; one that is not
            there is not.
        clock: `virtual` or `wall-clock`.
    """
    edges = series["edges_s"]
    drawn = [name for name in names if any(series["counts"].get(name, ()))]
    for row, name in enumerate(drawn):
        counts = np.array(series["counts"][name], float)
        base = len(drawn) - 1.0 - row
        ax.stairs(
            base + _RIDGE * counts / counts.max(), edges, baseline=base, fill=True,
            color=SERIES[list(names).index(name)],
        )  # fmt: skip
        for place, statistic in enumerate(_MARKED):
            if (latency_s := metrics.get(f"latency.{name}.{statistic}")) is not None:
                _mark(ax, latency_s, base, place)
    ax.set_xscale("log")
    duration_ticks(ax.xaxis)
    ax.set_yticks([len(drawn) - 1.0 - row for row in range(len(drawn))], drawn, va="bottom")
    ax.set_ylim(-0.12, max(len(drawn), 1))
    ax.set_xlabel(f"latency ({clock} time, log)")
    return dress(ax)


def _mark(ax: Axes, latency_s: float, base: float, place: int) -> None:
    ax.plot([latency_s] * 2, [base, base + 0.92], color=INK, linewidth=1.2, dashes=_MARKS[place])
