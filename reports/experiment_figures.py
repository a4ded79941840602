"""Draws the figures of experiments: spectra over each other, and curves of latency over load."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, NullLocator

from reports.figures import DASHES, INK, SERIES, TEXT_SIZE, dress
from reports.format import brief_duration, figures, metric
from reports.knee import Curve
from simulation.metric_names import unit_of

Points = Sequence[tuple[float, float]]

_MARKS: Final = 12  # at most
_PERCENTILES: Final = (2, 10, 100, 1_000, 10_000, 100_000)


def draw_spectra(axes: Axes, sides: Sequence[Sequence[Points]], clock: str) -> None:
    """Draw latency over percentile: a colour for each side, a line for each of its runs.

    Args:
        axes: Where to draw.
        sides: For each side the spectra of its runs, as points (1/(1-q), seconds).
        clock: `virtual` or `wall-clock`.
    """
    for place, runs in enumerate(sides):
        for points in filter(None, runs):
            one_in, latency_s = zip(*points, strict=True)
            axes.plot(one_in, latency_s, color=SERIES[place], dashes=DASHES[place],
                      linewidth=1.8 if len(runs) == 1 else 1.0)  # fmt: skip
    axes.set(xscale="log", yscale="log", xlim=(1, None))
    axes.xaxis.set_major_locator(FixedLocator(list(_PERCENTILES)))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"p{100 - 100 / x:.10g}"))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(FuncFormatter(lambda y, _: brief_duration(y)))
    use_round_steps(axes.yaxis)
    axes.set_xlabel("percentile q, spaced by 1/(1 − q), log")
    axes.set_ylabel(f"latency ({clock} time, log)")
    dress(axes)


def use_round_steps(axis: Axis) -> None:
    """Let a logarithmic axis have its marks at 1, 2 and 5 times each power of ten."""
    axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0), numticks=_MARKS))
    axis.set_minor_locator(NullLocator())


def draw_curves(
    axes: Axes, curves: Sequence[Curve], name: str, clock: str, bound: float | None = None
) -> None:
    """Draw a metric over the offered load, with its intervals, its knees and its limit.

    Args:
        axes: Where to draw.
        curves: One line each.
        name: The metric.
        clock: `virtual` or `wall-clock`.
        bound: Its limit, a line across; None without one.
    """
    for place, curve in enumerate(curves):
        _draw_curve(axes, curve, place % len(SERIES))
    if bound is not None:
        axes.axhline(bound, color=INK, linewidth=1.0, dashes=(1, 3))
        axes.annotate(
            f"limit {metric(name, bound)}", (0.01, bound), xycoords=("axes fraction", "data"),
            color=INK, fontsize=TEXT_SIZE, verticalalignment="bottom",
        )  # fmt: skip
    values = [point.mean for curve in curves for point in curve.points]
    if unit_of(name) == "seconds" and values and min(values) > 0:
        axes.set_yscale("log")
        use_round_steps(axes.yaxis)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda y, _: metric(name, y)))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:,.10g}"))
    axes.set_xlabel(f"offered requests per second ({clock} time)")
    axes.set_ylabel(f"{name} ({clock} time)")
    dress(axes)


def _draw_curve(axes: Axes, curve: Curve, place: int) -> None:
    loads = [point.load for point in curve.points]
    means = [point.mean for point in curve.points]
    axes.plot(loads, means, color=SERIES[place], dashes=DASHES[place], linewidth=1.8)
    axes.plot(loads, means, color=SERIES[place], linestyle="", marker="o", markersize=5)
    for load, mean, low, high in curve.points:
        if low is not None and high is not None and high > low:
            axes.plot([load, load], [max(low, mean / 1_000), high], color=SERIES[place],
                      linewidth=1.2)  # fmt: skip
    if curve.knee is not None:
        at = means[loads.index(curve.knee)]
        axes.plot([curve.knee], [at], color=INK, linestyle="", marker="D", markersize=10,
                  fillstyle="none")  # fmt: skip
        axes.annotate(
            f"knee {figures(curve.knee)}/s", (curve.knee, at), (8, -14),
            textcoords="offset points", color=INK, fontsize=TEXT_SIZE,
        )  # fmt: skip
