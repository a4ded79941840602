"""Draws what changes over the time of a run: load, latencies, queues, books and volume."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, LogNorm
from matplotlib.ticker import FuncFormatter, NullLocator

from reports.figures.day import Day
from reports.figures.look import SERIES, count_axis, dress, latency_axis, steps
from reports.format import dollars

LOAD: Final = ("offered", "sent", "completed", "refused")
SHOWN: Final = {"p50": "p50", "p90": "p90", "p99": "p99", "max": "max"}
SIDES: Final = ("buy", "sell")
USERS: Final = {
    "logged_in": "users logged in", "logins_per_s": "log-ins per second",
    "in_flight": "requests in flight",
}  # fmt: skip

# From hardly anything to the full colour of the first series: legible on light and on dark.
_HEAT: Final = LinearSegmentedColormap.from_list(
    "heat", [(0.0, f"{SERIES[0]}2b"), (1.0, f"{SERIES[0]}ff")]
)


def load(ax: Axes, series: Mapping[str, Any], day: Day, *, with_legend: bool = True) -> Axes:
    """Draw requests offered, sent, completed and refused per second.

    Args:
        ax: Where.
        series: `load` of `series.json`.
        day: When things happened.
        with_legend: Name the lines above the axes.
    """
    _draw_steps(ax, series, LOAD, day)
    count_axis(ax, f"requests per second ({day.clock})")
    return dress(ax, with_legend=with_legend)


def percentiles(ax: Axes, series: Mapping[str, Any], day: Day, *, with_legend: bool = True) -> Axes:
    """Draw percentiles of the latency of all operations, each bin's from its own values.

    A line has a gap where fewer than ten values lie beyond the percentile.

    Args:
        ax: Where.
        series: `latency` of `series.json`.
        day: When things happened.
        with_legend: Name the lines above the axes.
    """
    _draw_steps(ax, series, tuple(SHOWN), day)
    latency_axis(ax, day.clock)
    return dress(ax, with_legend=with_legend)


def operations(
    ax: Axes, series: Mapping[str, Any], names: Sequence[str], day: Day, *,
    with_legend: bool = True,
) -> Axes:  # fmt: skip
    """Draw the p99 of some operations, each stretch of time from its own values.

    Args:
        ax: Where.
        series: `operations` of `series.json`.
        names: Up to eight operations.
        day: When things happened.
        with_legend: Name the lines above the axes.
    """
    _draw_steps(ax, {**series, **series["p99"]}, names, day)
    latency_axis(ax, day.clock)
    return dress(ax, with_legend=with_legend)


def users(ax: Axes, series: Mapping[str, Any], day: Day, *, with_legend: bool = True) -> Axes:
    """Draw how many users are logged in, how many come, and what they wait for; not its zeros.

    Args:
        ax: Where.
        series: `users` of `series.json`.
        day: When things happened.
        with_legend: Name the lines above the axes.
    """
    shown = {name: [value or None for value in series[key]] for key, name in USERS.items()}
    ax.set_yscale("log")
    _draw_steps(ax, {**series, **shown}, tuple(USERS.values()), day)
    ax.yaxis.set_major_formatter(FuncFormatter(lambda y, _: f"{y:,.10g}"))
    ax.yaxis.set_minor_locator(NullLocator())
    ax.set_ylabel("number (log)")
    return dress(ax, with_legend=with_legend)


def heatmap(ax: Axes, series: Mapping[str, Any], day: Day) -> Axes:
    """Draw how many answers there were by time and latency; the fuller, the more of them.

    It is drawn as one image of a pixel for each cell.

    Args:
        ax: Where.
        series: `heat` of `series.json`.
        day: When things happened.
    """
    edges = day.edges(series)
    if edges:
        counts = np.array(series["counts"], float).T
        ax.pcolormesh(
            edges, series["edges_s"], np.ma.masked_equal(counts, 0.0), cmap=_HEAT,
            norm=LogNorm(1.0, max(2.0, counts.max())), rasterized=True, antialiased=False,
        )  # fmt: skip
        ax.set_ylim(series["edges_s"][0], series["edges_s"][-1])
        day.mark(ax, edges[0], edges[-1])
    latency_axis(ax, day.clock)
    return dress(ax)


def mailboxes(
    ax: Axes, series: Mapping[str, Any], names: Sequence[str], day: Day, *,
    with_legend: bool = True,
) -> Axes:  # fmt: skip
    """Draw how many messages waited for some classes of actors, the most in each bin.

    Args:
        ax: Where.
        series: `queues` of `series.json`.
        names: Up to eight classes.
        day: When things happened.
        with_legend: Name the lines above the axes.
    """
    _draw_steps(ax, series, names, day)
    count_axis(ax, "messages waiting, at most")
    return dress(ax, with_legend=with_legend)


def books(ax: Axes, series: Mapping[str, Any], day: Day, *, with_legend: bool = True) -> Axes:
    """Draw how many limit orders waited in all order books together, by side.

    Args:
        ax: Where.
        series: `books` of `series.json`.
        day: When things happened.
        with_legend: Name the lines above the axes.
    """
    _draw_steps(ax, series, SIDES, day)
    count_axis(ax, "limit orders waiting")
    return dress(ax, with_legend=with_legend)


def volume(ax: Axes, series: Mapping[str, Any], day: Day) -> Axes:
    """Draw what was traded per second, in USD.

    Args:
        ax: Where.
        series: `volume` of `series.json`.
        day: When things happened.
    """
    edges = day.edges(series)
    if edges:
        heights = [amount / 10_000 for amount in series["per_s"]]
        ax.stairs(heights, edges, fill=True, color=SERIES[0])
        day.mark(ax, edges[0], edges[-1])
    count_axis(ax, f"volume per second ({day.clock})")
    ax.yaxis.set_major_formatter(FuncFormatter(lambda y, _: dollars(y)))
    return dress(ax)


def _draw_steps(ax: Axes, series: Mapping[str, Any], names: Sequence[str], day: Day) -> None:
    edges = day.edges(series)
    if not edges:
        return
    for place, name in enumerate(names):
        steps(ax, edges, series[name], place, name)
    day.mark(ax, edges[0], edges[-1])
