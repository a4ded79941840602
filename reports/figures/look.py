"""The look that all figures share: colours, dashes, text, axes of times and durations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, NullLocator

from reports.format import brief_duration, time_of_day
from reports.palette import LIGHT, SERIES_NAMES

# The colours of the light page. `reports.svg` turns them into the page's variables, so that
# there they follow light and dark.
PAPER: Final = LIGHT["paper"]
INK: Final = LIGHT["ink"]
SOFT: Final = LIGHT["soft"]
GRID: Final = LIGHT["grid"]
SHADE: Final = LIGHT["shade"]
SERIES: Final = tuple(LIGHT[name] for name in SERIES_NAMES)
# Lines differ by dash, and areas by hatch, as well as by colour.
DASHES: Final = ((), (6, 2), (2, 2), (8, 2, 2, 2), (4, 4), (10, 3), (1, 2), (6, 2, 1, 2, 1, 2))
TEXT_SIZE: Final = 12  # points; on the page, pixels

_BETWEEN_DECADES: Final = (
    (0.7, (1, 1.5, 2, 3, 4, 5, 6, 8)), (2.5, (1, 2, 5)), (np.inf, (1,)),
)  # fmt: skip
_PIXELS_PER_INCH: Final = 72
_S_PER_DAY: Final = 86_400
_STEPS_S: Final = (
    1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 21_600, 43_200,
    _S_PER_DAY, 2 * _S_PER_DAY, 7 * _S_PER_DAY, 28 * _S_PER_DAY,
)  # fmt: skip


def dress(ax: Axes, *, with_legend: bool = False) -> Axes:
    """Give axes the look of the page, and a legend above them if they are to stand alone."""
    ax.set_facecolor("none")
    ax.grid(color=GRID, linewidth=0.7)
    ax.set_axisbelow(True)
    ax.tick_params(colors=INK, labelsize=TEXT_SIZE, length=0, pad=6, bottom=False, left=False)
    ax.xaxis.label.set(color=INK, fontsize=TEXT_SIZE)
    ax.yaxis.label.set(color=INK, fontsize=TEXT_SIZE)
    for spine in ax.spines.values():
        spine.set_visible(False)
    if with_legend and ax.get_legend_handles_labels()[1]:
        ax.legend(
            loc="lower left", bbox_to_anchor=(0.0, 1.02), ncols=4, frameon=False,
            fontsize=TEXT_SIZE - 2, labelcolor=INK, handlelength=2.6, borderaxespad=0.0,
        )  # fmt: skip
    return ax


def page_width(ax: Axes) -> float:
    """Return the width of the figure that axes are in, in pixels of the page."""
    inches = ax.get_figure(root=True).get_size_inches()[0]  # type: ignore[union-attr]
    return float(inches) * _PIXELS_PER_INCH


def put_text(ax: Axes, text: str, at: tuple[float, float], **settings: object) -> None:
    """Write on axes in the page's ink; the text takes no room in the layout."""
    given: dict[str, object] = {"color": INK, "fontsize": TEXT_SIZE, **settings}
    ax.annotate(text, at, **given).set_in_layout(False)  # type: ignore[arg-type]


def time_axis(ax: Axes, start_s: float, end_s: float, clock: str) -> None:
    """Label the horizontal axis with times of day, from seconds after the first midnight."""
    most = max(3, int(page_width(ax) / 85))
    step = next((s for s in _STEPS_S if (end_s - start_s) / s <= most), _STEPS_S[-1])
    first = -(-int(start_s) // step) * step
    ax.set_xlim(start_s, end_s)
    ax.xaxis.set_major_locator(FixedLocator(list(range(first, int(end_s) + 1, step))))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda x, _: _instant(x, step)))
    ax.set_xlabel(f"time of day ({clock}, New York)")


def _instant(seconds: float, step_s: int) -> str:
    if step_s >= _S_PER_DAY:
        return f"day {int(seconds // _S_PER_DAY) + 1}"
    return time_of_day(seconds, with_seconds=step_s < 60)


def duration_ticks(axis: Axis) -> None:
    """Label a logarithmic axis with durations, between decades as well where it has few."""
    low, high = axis.get_view_interval()
    decades = np.log10(high / low) if 0 < low < high else 3.0
    between = next(subs for most, subs in _BETWEEN_DECADES if decades < most)
    axis.set_major_locator(LogLocator(10, subs=between))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(FuncFormatter(lambda value, _: brief_duration(value)))


def latency_axis(ax: Axes, clock: str) -> None:
    """Label the vertical axis with durations, logarithmic."""
    ax.set_yscale("log")
    duration_ticks(ax.yaxis)
    ax.set_ylabel(f"latency ({clock} time, log)")


def count_axis(ax: Axes, label: str) -> None:
    """Label the vertical axis with numbers from zero."""
    ax.set_ylim(0, max(ax.get_ylim()[1], 1e-9))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda y, _: f"{y:,.10g}"))
    ax.set_ylabel(label)


def steps(ax: Axes, edges: Sequence[float], values: Sequence[float], place: int, name: str) -> None:
    """Draw a series as steps, one for each bin between two edges; a gap where there is None."""
    heights = np.array([np.nan if value is None else value for value in values], float)
    ax.plot(
        edges, np.append(heights, heights[-1:]), color=SERIES[place], dashes=DASHES[place],
        linewidth=1.5, drawstyle="steps-post", label=name,
    )  # fmt: skip
