"""Draws the figures of a report on axes that are given, from the numbers of `series.json`."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import pairwise
from typing import Any, Final, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from reports.format import MISSING, brief_duration, duration, time_of_day
from reports.requests import PARTS
from reports.statistics import PERCENTILES

# Stand-ins that `reports.svg` turns into colours of the page, light and dark.
INK: Final = "#0000e0"
GRID: Final = "#0000e1"
SHADE: Final = "#0000e2"
SERIES: Final = tuple(f"#0000f{number}" for number in range(8))
# Lines differ by dash as well as by colour.
DASHES: Final = ((), (6, 2), (2, 2), (8, 2, 2, 2), (4, 4), (10, 3), (1, 2), (6, 2, 1, 2, 1, 2))
TEXT_SIZE: Final = 12  # pixels of the page
LOAD: Final = ("offered", "sent", "completed", "refused")

_THINNEST_BAND: Final = 400  # of the width
_STEPS_S: Final = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400)


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


def draw_spectrum(
    axes: Axes,
    spectra: Mapping[str, Sequence[tuple[float, float]]],
    names: Sequence[str],
    limits: Sequence[Mapping[str, Any]],
    clock: str,
) -> None:
    """Draw latency over percentile, both axes logarithmic, one line per name, and the limits."""
    for place, name in enumerate(names):
        if spectra.get(name):
            one_in, latency_s = zip(*spectra[name], strict=True)
            axes.plot(one_in, latency_s, color=SERIES[place], dashes=DASHES[place], linewidth=1.8)
    axes.set(xscale="log", yscale="log", xlim=(1, None))
    for limit in limits:
        _draw_limit(axes, limit, names)
    _label_bounds(axes, limits, names)
    axes.xaxis.set_major_locator(FixedLocator([2, 10, 100, 1_000, 10_000, 100_000]))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"p{100 - 100 / x:.10g}"))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(FuncFormatter(lambda y, _: brief_duration(y)))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.set_xlabel("percentile q, spaced by 1/(1 − q), log")
    axes.set_ylabel(f"latency ({clock} time, log)")
    dress(axes)


def _draw_limit(axes: Axes, limit: Mapping[str, Any], names: Sequence[str]) -> None:
    place = _place_of(limit, names)
    if place:
        (one_in, bound), colour = place, SERIES[names.index(limit["metric"].split(".")[1])]
        axes.plot([one_in / 1.7, one_in * 1.7], [bound, bound], color=colour, linewidth=3)


def _label_bounds(axes: Axes, limits: Sequence[Mapping[str, Any]], names: Sequence[str]) -> None:
    places = {place for limit in limits if (place := _place_of(limit, names))}
    for one_in, bound in sorted(places):
        axes.annotate(
            brief_duration(bound), (one_in * 1.8, bound), color=INK, fontsize=TEXT_SIZE,
            verticalalignment="center",
        )  # fmt: skip


def _place_of(limit: Mapping[str, Any], names: Sequence[str]) -> tuple[float, float] | None:
    """Return where a limit stands in the spectrum; None where it is not about a line of it."""
    family, name, statistic = (*limit["metric"].split("."), "", "")[:3]
    if family != "latency" or name not in names or statistic not in PERCENTILES:
        return None
    return 10_000 / (10_000 - PERCENTILES[statistic]), limit["bound"]


def draw_load(
    axes: Axes,
    load: Mapping[str, Any],
    starts_at_s: float,
    warm_up_s: float,
    clock: str,
    faults: Sequence[Mapping[str, Any]] = (),
) -> None:
    """Draw requests per second over the time of day; the warm-up is shaded, faults are hatched."""
    edges = np.append(load["from_s"], load["from_s"][-1] + load["bin_s"]) + starts_at_s
    for place, name in enumerate(LOAD):
        rates = np.append(load[name], load[name][-1])
        axes.plot(edges, rates, color=SERIES[place], dashes=DASHES[place], linewidth=1.4,
                  drawstyle="steps-post")  # fmt: skip
    if warm_up_s > 0:
        axes.axvspan(starts_at_s, starts_at_s + warm_up_s, color=SHADE, linewidth=0)
    axes.set(xlim=(edges[0], edges[-1]), ylim=(0, None))
    if faults:  # they stand above the curves
        axes.set_ylim(0, axes.get_ylim()[1] / (1.0 - 0.06 * min(len(faults), 8)))
    _draw_faults(axes, faults, starts_at_s)
    _time_axis(axes, edges[0], edges[-1])
    axes.yaxis.set_major_formatter(FuncFormatter(lambda y, _: f"{y:,.10g}"))
    axes.set_ylabel(f"requests per second ({clock})")
    axes.set_xlabel(f"time of day ({clock}, New York)")
    dress(axes)


def _draw_faults(axes: Axes, faults: Sequence[Mapping[str, Any]], starts_at_s: float) -> None:
    """Draw each fault as bands, by turns higher and lower, with its number above the first."""
    least_s = (axes.get_xlim()[1] - axes.get_xlim()[0]) / _THINNEST_BAND
    for place, fault in enumerate(faults):
        top = 1.0 - 0.06 * (place % 8)
        for start_s, end_s in fault["bands"]:
            axes.axvspan(
                starts_at_s + start_s, starts_at_s + max(end_s, start_s + least_s),
                ymin=top - 0.05, ymax=top, facecolor=SHADE, edgecolor=INK, linewidth=0.6,
                hatch="////",
            )  # fmt: skip
        first_s = fault["bands"][0][0]
        label = axes.annotate(
            f" {fault['number']}", (starts_at_s + first_s, top - 0.025), color=INK,
            xycoords=("data", "axes fraction"), fontsize=TEXT_SIZE - 2,
            horizontalalignment="right", verticalalignment="center",
        )  # fmt: skip
        label.set_in_layout(False)


def _time_axis(axes: Axes, start_s: float, end_s: float) -> None:
    width_in = axes.get_figure(root=True).get_size_inches()[0]  # type: ignore[union-attr]
    most = max(3, int(width_in))
    step = next((s for s in _STEPS_S if (end_s - start_s) / s <= most), _STEPS_S[-1])
    first = -(-int(start_s) // step) * step
    axes.xaxis.set_major_locator(FixedLocator(list(range(first, int(end_s) + 1, step))))
    axes.xaxis.set_major_formatter(
        FuncFormatter(lambda x, _: time_of_day(x, with_seconds=step < 60))
    )


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


def draw_parts(axes: Axes, bars: Sequence[Bar]) -> None:
    """Draw how each bar's time divides.

    Bars have one length, 100 %, since a slow request takes many times longer; the mean time
    that a bar stands for is written beside it.
    """
    for row, bar in enumerate(bars):
        _draw_bar(axes, row, bar.times)
    labels = [f"{bar.operation}\n{bar.which}" for bar in bars]
    axes.set_yticks(range(len(labels)), labels)
    axes.set_ylim(len(labels) - 0.4, -0.6)
    axes.set_xlim(0, 1)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x * 100:.0f} %"))
    axes.set_xlabel("share of the latency")
    dress(axes)


def _draw_bar(axes: Axes, row: int, times: Sequence[float]) -> None:
    total = sum(times)
    shares = [time / total if total else 0.0 for time in times]
    edges = np.cumsum([0.0, *shares])
    for place, (left, right) in enumerate(pairwise(edges)):
        axes.barh(row, right - left, left=left, height=0.72, color=SERIES[place])
    text = duration(total) if total else MISSING
    axes.annotate(text, (1.01, row), color=INK, fontsize=TEXT_SIZE, verticalalignment="center",
                  annotation_clip=False)  # fmt: skip


def dress(axes: Axes) -> None:
    """Give axes the look of the page."""
    axes.set_facecolor("none")
    axes.grid(color=GRID, linewidth=0.7)
    axes.set_axisbelow(True)
    axes.tick_params(colors=INK, labelsize=TEXT_SIZE, length=0)
    axes.xaxis.label.set(color=INK, fontsize=TEXT_SIZE)
    axes.yaxis.label.set(color=INK, fontsize=TEXT_SIZE)
    for spine in axes.spines.values():
        spine.set_visible(False)
