"""The figures of a run for notebooks: each draws on axes, given or its own, and returns them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final, Protocol

from matplotlib.axes import Axes

from reports import figures
from reports.document import Drawing
from reports.drawings import spans_of
from reports.figures import DASHES, SERIES, Day
from reports.format import busiest, operations
from reports.journey_figure import draw_journey, rows_of
from reports.sheets import SPANS
from simulation.journeys import Journey
from simulation.records import SERIES_FILE, read_json

Facts = dict[str, Any]

_WIDTH: Final = 9.0  # inches
_HEIGHT: Final = 4.0
_PIXELS_PER_INCH: Final = 90
_MOST_QUEUES: Final = 8


class Drawn(Protocol):
    """What figures are drawn of."""

    path: Path

    @property
    def summary(self) -> Facts:
        """Content of `metrics.json`."""


class Plots:
    """Draws a run. Every figure takes `ax`; without it, it makes a figure of its own.

    Args:
        run: What is drawn.
        refuse: Makes the error about an operation that the run does not have.
    """

    def __init__(self, run: Drawn, refuse: Callable[[str], Exception] = ValueError) -> None:
        self._run = run
        self._refuse = refuse

    def spectrum(
        self, operations: str | Sequence[str] | None = None, ax: Axes | None = None
    ) -> Axes:
        """Draw latency over percentile, a line for each operation, with the limits."""
        facts = self._run.summary
        names, limits = self._named(operations), facts["verdict"]["limits"]
        clock = facts["run"]["clock"]
        return _on(ax, lambda axes: figures.spectrum(
            axes, self._series("spectrum"), names, limits=limits, clock=clock
        ))  # fmt: skip

    def distribution(
        self, operations: str | Sequence[str] | None = None, ax: Axes | None = None
    ) -> Axes:
        """Draw how the latencies of each operation are spread."""
        facts, spread = self._run.summary, self._series("distribution")
        names = [name for name in self._named(operations) if name in spread["counts"]]
        hidden = set(facts["undersampled"])
        known = {name: value for name, value in facts["metrics"].items() if name not in hidden}
        return _on(ax, lambda axes: figures.distribution(
            axes, spread, names, known, clock=facts["run"]["clock"]
        ), 1.0 + 0.6 * len(names))  # fmt: skip

    def load(self, ax: Axes | None = None) -> Axes:
        """Draw requests offered, sent, completed and refused per second over the day."""
        return _on(ax, lambda axes: figures.load(axes, self._series("load"), self._day()))

    def percentiles(self, ax: Axes | None = None) -> Axes:
        """Draw p50, p90, p99 and maximum over the day."""
        return _on(ax, lambda axes: figures.percentiles(axes, self._series("latency"), self._day()))

    def operations(self, operations: Sequence[str] | None = None, ax: Axes | None = None) -> Axes:
        """Draw the p99 of each operation over the day."""
        series = self._series("operations")
        names = [name for name in operations or self._main() if name in series["p99"]]
        return _on(ax, lambda axes: figures.operations(axes, series, names, self._day()))

    def users(self, ax: Axes | None = None) -> Axes:
        """Draw users logged in, log-ins per second and requests in flight over the day."""
        return _on(ax, lambda axes: figures.users(axes, self._series("users"), self._day()))

    def against_load(self, ax: Axes | None = None) -> Axes:
        """Draw p50, p99 and maximum of each stretch of time over the load in it."""
        clock = self._run.summary["run"]["clock"]
        return _on(ax, lambda axes: figures.against_load(
            axes, self._series("latency"), clock=clock
        ))  # fmt: skip

    def ranges(self, ax: Axes | None = None) -> Axes:
        """Draw how soon the requests of each operation were answered."""
        rows = spans_of(self._run.summary)
        return _on(ax, lambda axes: figures.ranges(axes, rows, tuple(SPANS.values())),
                   1.0 + 0.35 * len(rows))  # fmt: skip

    def heatmap(self, ax: Axes | None = None) -> Axes:
        """Draw how many answers there were by time and latency."""
        return _on(ax, lambda axes: figures.heatmap(axes, self._series("heat"), self._day()))

    def mailboxes(self, ax: Axes | None = None) -> Axes:
        """Draw the messages that waited, by class of actors, over the day."""
        queues = self._series("queues")
        names = [name for name in busiest(self._run.summary["metrics"]) if name in queues]
        return _on(ax, lambda axes: figures.mailboxes(
            axes, queues, names[:_MOST_QUEUES], self._day()
        ))  # fmt: skip

    def books(self, ax: Axes | None = None) -> Axes:
        """Draw the limit orders that waited, by side, over the day."""
        return _on(ax, lambda axes: figures.books(axes, self._series("books"), self._day()))

    def parts(self, operations: str | Sequence[str] | None = None, ax: Axes | None = None) -> Axes:
        """Draw where the time went, at the median and among the slowest 1 %."""
        facts = self._run.summary
        names = [
            name for name in self._named(operations)
            if f"parts.{name}.median.network" in facts["metrics"]
        ]  # fmt: skip
        bars = figures.bars_of(facts["metrics"], names, facts["undersampled"])
        return _on(ax, lambda axes: figures.parts(axes, bars), 1.2 + 0.45 * len(bars))

    def rejections(self, ax: Axes | None = None) -> Axes:
        """Draw why requests were rejected."""
        rows = figures.rejections_of(self._run.summary["metrics"])
        return _on(ax, lambda axes: figures.ranked(axes, rows, "requests, share of all"),
                   1.0 + 0.35 * len(rows))  # fmt: skip

    def traded(self, ax: Axes | None = None) -> Axes:
        """Draw the stocks that were traded most."""
        rows = figures.traded_of(self._run.summary["metrics"])
        return _on(ax, lambda axes: figures.ranked(axes, rows, "volume in USD, share of all"),
                   1.0 + 0.35 * len(rows))  # fmt: skip

    def mix(self, ax: Axes | None = None) -> Axes:
        """Draw orders by side, by price, and by what became of them."""
        divisions = figures.mixes_of(self._run.summary["metrics"])
        return _on(ax, lambda axes: figures.mixes(axes, divisions), 3.0)

    def profits(self, ax: Axes | None = None) -> Axes:
        """Draw how many accounts won or lost how much."""
        return _on(ax, lambda axes: figures.profits(axes, self._series("profit")), 5.0)

    def _series(self, name: str) -> Any:
        return read_json(self._run.path / SERIES_FILE).get(name, {})

    def _day(self) -> Day:
        return Day.of(self._run.summary)

    def _named(self, asked: str | Sequence[str] | None) -> list[str]:
        """Return the operations that were asked for, else the main ones."""
        names = [asked] if isinstance(asked, str) else list(asked or self._main())
        known = operations(self._run.summary["metrics"])
        unknown = [name for name in names if name not in known]
        if unknown:
            raise self._refuse(f"no operation {unknown[0]!r:.40}; there are {', '.join(known)}")
        if len(names) > len(SERIES):
            raise self._refuse(f"{len(names)} operations; at most {len(SERIES)} can be drawn")
        return names

    def _main(self) -> list[str]:
        facts = self._run.summary
        metrics = facts["metrics"]
        limits = facts["verdict"]["limits"]
        return figures.main_operations(metrics, operations(metrics), limits)


def waterfall(journey: Journey, ax: Axes | None = None) -> Axes:
    """Draw the hops of one order over virtual time."""
    height = 1.6 + 0.36 * rows_of(journey)
    return _on(ax, lambda axes: draw_journey(axes, journey), height)


def drawn(drawing: Drawing, ax: Axes | None = None) -> Axes:
    """Draw a figure of a document, and name its lines."""
    axes = _on(ax, drawing.draw, drawing.height / _PIXELS_PER_INCH)
    if drawing.keys and axes.get_legend() is None:
        _explain(axes, drawing.keys)
    return axes


def _on(ax: Axes | None, draw: Callable[[Axes], object], height: float = _HEIGHT) -> Axes:
    axes = _own_axes(height) if ax is None else ax
    draw(axes)
    return axes


def _own_axes(height: float) -> Axes:
    # Notebooks show what pyplot knows of; nothing else here touches its state.
    from matplotlib import pyplot as plt

    _, axes = plt.subplots(figsize=(_WIDTH, height), layout="constrained")
    return axes


def _explain(axes: Axes, keys: Sequence[str]) -> None:
    from matplotlib.lines import Line2D

    handles = [
        Line2D([], [], color=SERIES[place], dashes=DASHES[place]) for place in range(len(keys))
    ]
    legend = axes.legend(
        handles, list(keys), loc="lower center", bbox_to_anchor=(0.5, 1.0), frameon=False,
        ncols=min(len(keys), 6),
    )  # fmt: skip
    for text in legend.get_texts():
        text.set_parse_math(False)  # two dollar signs are two amounts
