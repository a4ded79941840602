"""Draws what became of requests: how soon each operation was answered, and latency over load."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from matplotlib.ticker import FuncFormatter

from reports.figures.look import PAPER, SERIES, dress, latency_axis, page_width

LOADED: Final = ("p50", "p99", "max")
_WIDE: Final = (0.000_5, 0.007, 0.0)  # half the width of a mark, of the width of the axes
_HIGH: Final = (0.0, 0.0, 0.016)  # half its height, of the height of the axes


class Spans(NamedTuple):
    """How soon the requests of an operation were answered: shares that sum to 1."""

    operation: str
    shares: Sequence[float]


def ranges(
    ax: Axes, rows: Sequence[Spans], names: Sequence[str], *, with_legend: bool = True
) -> Axes:
    """Draw the answers of each operation by how soon they came, a bar each.

    Args:
        ax: Where.
        rows: From the top.
        names: What each share is of.
        with_legend: Name them above the axes.
    """
    for place, name in enumerate(names):
        there = [number for number, row in enumerate(rows) if row.shares[place]]
        left = [sum(rows[number].shares[:place]) for number in there]
        ax.barh(there, [rows[number].shares[place] for number in there], left=left, height=0.66,
                color=SERIES[place], edgecolor=PAPER, linewidth=0.8, label=name)  # fmt: skip
    ax.set_yticks(range(len(rows)), [row.operation for row in rows])
    ax.set_ylim(len(rows) - 0.4, -0.6)
    ax.set_xlim(0, 1)
    ax.set_xticks(np.linspace(0, 1, 6 if page_width(ax) > 550 else 3))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x * 100:.0f} %"))
    ax.set_xlabel("share of the requests of the operation")
    dress(ax, with_legend=with_legend).grid(visible=False, axis="y")
    return ax


def against_load(
    ax: Axes, series: Mapping[str, Any], *, clock: str = "virtual", with_legend: bool = True
) -> Axes:
    """Draw the latency of each stretch of time over the load that was offered in it.

    A median is a dot, a p99 a dash, a maximum an upright stroke.

    Args:
        ax: Where.
        series: `latency` of `series.json`, with at least one answer.
        clock: `virtual` or `wall-clock`.
        with_legend: Name the marks above the axes.
    """
    points = [_points(series, name) for name in LOADED]
    every = np.vstack(points)
    ax.set_xlim(0, max(1.0, float(every[:, 0].max(initial=0.0))) * 1.05)
    ax.set_yscale("log")
    ax.set_ylim(float(every[:, 1].min()) / 1.3, float(every[:, 1].max()) * 1.3)
    for place, (name, own) in enumerate(zip(LOADED, points, strict=True)):
        if len(own):
            ax.add_patch(_marks(ax, own, place, name))
    latency_axis(ax, clock)
    ax.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:,.10g}"))
    ax.set_xlabel(f"requests offered per second ({clock})")
    return dress(ax, with_legend=with_legend)


def _points(series: Mapping[str, Any], name: str) -> np.ndarray[Any, np.dtype[np.float64]]:
    pairs = zip(series["offered"], series[name], strict=True)
    found = [(load, latency_s) for load, latency_s in pairs if latency_s]
    return np.array(found, float).reshape(-1, 2)


def _marks(
    ax: Axes, points: np.ndarray[Any, np.dtype[np.float64]], place: int, name: str
) -> PathPatch:
    """Return short strokes as one shape: an element for each would fill the page."""
    wide = _WIDE[place] * ax.get_xlim()[1]
    low, high = ax.get_ylim()
    high = float((high / low) ** _HIGH[place])
    shift = np.array([wide, 0.0])
    ends = np.stack([points - shift, points + shift], axis=1)
    ends[:, 0, 1] /= high
    ends[:, 1, 1] *= high
    codes = [Path.MOVETO, Path.LINETO] * len(points)
    shape = Path(ends.reshape(-1, 2), codes)
    shape.should_simplify = False
    return PathPatch(
        shape, fill=False, edgecolor=SERIES[place], capstyle="round", label=name,
        linewidth=4.0 if place == 0 else 2.0,
    )  # fmt: skip
