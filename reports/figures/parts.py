"""Draws where the time goes: of many requests as bars, of one as a waterfall through the actors."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import pairwise
from typing import Any, Final, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter

from reports.figures.look import INK, PAPER, SERIES, TEXT_SIZE, dress, page_width, put_text
from reports.format import MISSING, brief_duration, duration
from reports.parts import PARTS

_PIXELS_PER_LETTER: Final = 7.0
_PIXELS_BESIDE: Final = 190  # of the names of bars and the times behind them


class Bar(NamedTuple):
    """How the time of some requests divides: the mean seconds of each of the `PARTS`."""

    operation: str
    which: str
    times: list[float]


def bars_of(
    metrics: Mapping[str, Any], names: Sequence[str], undersampled: Collection[str]
) -> list[Bar]:
    """Return the bars of these operations, at the median and among the slowest 1 %.

    The latter is left out where fewer than ten requests stand behind it.
    """
    bands = {"median": "median", "slowest": "slowest 1 %"}
    return [
        Bar(name, which, [metrics[f"parts.{name}.{band}.{part}"] for part in PARTS])
        for name in names
        for band, which in bands.items()
        if f"parts.{name}.{band}.{PARTS[0]}" in metrics
        and not (band == "slowest" and f"latency.{name}.p99" in undersampled)
    ]


def parts(ax: Axes, bars: Sequence[Bar], *, with_legend: bool = True) -> Axes:
    """Draw how the time of each bar divides.

    Bars have one length, 100 %, since a slow request takes many times longer; the mean time
    that a bar stands for is written beside it.

    Args:
        ax: Where.
        bars: From the top.
        with_legend: Name the parts above the axes.
    """
    room_px = page_width(ax) - _PIXELS_BESIDE
    for row, bar in enumerate(bars):
        _draw_bar(ax, row, bar.times, room_px)
    labels = [f"{bar.operation}\n{bar.which}" for bar in bars]
    ax.set_yticks(range(len(labels)), labels)
    ax.set_ylim(len(labels) - 0.4, -0.6)
    ax.set_xlim(0, 1)
    ax.set_xticks(np.linspace(0, 1, 6 if page_width(ax) > 550 else 3))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x * 100:.0f} %"))
    ax.set_xlabel("share of the latency")
    return _with_parts_named(dress(ax), with_legend=with_legend)


def _draw_bar(ax: Axes, row: int, times: Sequence[float], room_px: float) -> None:
    total = sum(times)
    shares = [time / total if total else 0.0 for time in times]
    edges = np.cumsum([0.0, *shares])
    ax.barh([row] * len(times), np.diff(edges), left=edges[:-1], height=0.72,
            color=SERIES[: len(times)], edgecolor=PAPER, linewidth=0.8)  # fmt: skip
    for place, (left, right) in enumerate(pairwise(edges)):
        if (right - left) * room_px > _PIXELS_PER_LETTER * (len(PARTS[place]) + 1):
            put_text(
                ax, PARTS[place], ((left + right) / 2, row), color=PAPER,
                horizontalalignment="center", verticalalignment="center",
            )  # fmt: skip
    ax.annotate(
        duration(total) if total else MISSING, (1.01, row), color=INK, fontsize=TEXT_SIZE,
        verticalalignment="center", annotation_clip=False,
    )  # fmt: skip


def waterfall(
    ax: Axes, hops: Sequence[Mapping[str, Any]], *, clock: str = "virtual",
    with_legend: bool = True,
) -> Axes:  # fmt: skip
    """Draw the way of one request through the actors, a row for each message.

    Args:
        ax: Where.
        hops: In order, each with the `actor` that a message went to, the `message`, since when
            (`from_s`, seconds after the intended start), and the seconds of each of the `PARTS`
            until what it caused could leave.
        clock: `virtual` or `wall-clock`.
        with_legend: Name the parts above the axes.
    """
    for row, hop in enumerate(hops):
        edges = hop["from_s"] + np.cumsum([0.0, *(hop[part] for part in PARTS)])
        ax.barh([row] * len(PARTS), np.diff(edges), left=edges[:-1], height=0.6,
                color=SERIES[: len(PARTS)])  # fmt: skip
        total_s = float(edges[-1] - edges[0])
        put_text(
            ax, duration(total_s), (float(edges[-1]), row), xytext=(5, 0),
            textcoords="offset points", verticalalignment="center",
        )  # fmt: skip
    labels = [f"{hop['actor']}\n{hop['message']}" for hop in hops]
    ax.set_yticks(range(len(labels)), labels, parse_math=False)
    ax.set_ylim(len(labels) - 0.4, -0.6)
    ends = [hop["from_s"] + sum(hop[part] for part in PARTS) for hop in hops]
    ax.set_xlim(0, max(ends, default=1.0) * (1.0 + 75.0 / max(page_width(ax) - 190.0, 80.0)))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda x, _: brief_duration(x)))
    ax.locator_params(axis="x", nbins=max(2, int(page_width(ax) / 130)))
    ax.set_xlabel(f"time since the intended start ({clock})")
    return _with_parts_named(dress(ax), with_legend=with_legend)


def _with_parts_named(ax: Axes, *, with_legend: bool) -> Axes:
    if with_legend:
        patches = [Patch(color=SERIES[place], label=name) for place, name in enumerate(PARTS)]
        ax.legend(
            handles=patches, loc="lower left", bbox_to_anchor=(0.0, 1.02), ncols=len(PARTS),
            frameon=False, fontsize=TEXT_SIZE - 2, labelcolor=INK, borderaxespad=0.0,
        )  # fmt: skip
    return ax
