"""The figures of a run for notebooks: each draws on axes, given or its own, and returns them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final, Protocol

from matplotlib.axes import Axes

from reports.brokerage_figures import (
    draw_mixes,
    draw_profits,
    draw_ranked,
    mixes_of,
    rejections_of,
    traded_of,
)
from reports.document import Drawing
from reports.figures import (
    DASHES,
    LOAD,
    SERIES,
    bars_of,
    draw_load,
    draw_parts,
    draw_spectrum,
    main_operations,
)
from reports.format import operations
from reports.journey_figure import draw_journey, rows_of
from reports.paint import on_paper
from reports.requests import PARTS
from simulation.journeys import Journey
from simulation.records import SERIES_FILE, read_json

Facts = dict[str, Any]

_WIDTH: Final = 9.0  # inches
_HEIGHT: Final = 4.0
_PIXELS_PER_INCH: Final = 90


class Drawn(Protocol):
    """What figures are drawn of."""

    path: Path

    @property
    def summary(self) -> Facts:
        """Content of `metrics.json`."""


class Plots:
    """Draws a run. Every figure takes `ax`; without it, it makes a figure of its own."""

    def __init__(self, run: Drawn) -> None:
        self._run = run

    def spectrum(self, operations: Sequence[str] | None = None, ax: Axes | None = None) -> Axes:
        """Draw latency over percentile, a line for each operation, with the limits."""
        facts, verdict = self._run.summary, self._run.summary["verdict"]
        names = list(operations or self._main(facts))
        spectra = self._series("spectrum")
        return _on(
            ax, lambda axes: draw_spectrum(
                axes, spectra, names, verdict["limits"], facts["run"]["clock"]
            ), keys=names,
        )  # fmt: skip

    def load(self, ax: Axes | None = None) -> Axes:
        """Draw requests offered, sent, completed and refused per second over the day."""
        run, faults = self._run.summary["run"], self._run.summary["faults"]
        load = self._series("load")
        return _on(
            ax, lambda axes: draw_load(
                axes, load, run["starts_at_s"], run["warm_up_s"], run["clock"], faults
            ), keys=LOAD,
        )  # fmt: skip

    def parts(self, operations: Sequence[str] | None = None, ax: Axes | None = None) -> Axes:
        """Draw where the time went, at the median and among the slowest 1 %."""
        facts = self._run.summary
        names = [
            name for name in operations or self._main(facts)
            if f"parts.{name}.median.network" in facts["metrics"]
        ]  # fmt: skip
        bars = bars_of(facts["metrics"], names, facts["undersampled"])
        height = 1.2 + 0.45 * len(bars)
        return _on(ax, lambda axes: draw_parts(axes, bars), height, PARTS, lines=False)

    def rejections(self, ax: Axes | None = None) -> Axes:
        """Draw why requests were rejected."""
        rows = rejections_of(self._run.summary["metrics"])
        return _on(ax, lambda axes: draw_ranked(axes, rows, "requests, share of all"),
                   1.0 + 0.35 * len(rows))  # fmt: skip

    def traded(self, ax: Axes | None = None) -> Axes:
        """Draw the stocks that were traded most."""
        rows = traded_of(self._run.summary["metrics"])
        return _on(ax, lambda axes: draw_ranked(axes, rows, "volume in USD, share of all"),
                   1.0 + 0.35 * len(rows))  # fmt: skip

    def mix(self, ax: Axes | None = None) -> Axes:
        """Draw orders by side, by price, and by what became of them."""
        mixes = mixes_of(self._run.summary["metrics"])
        return _on(ax, lambda axes: draw_mixes(axes, mixes), 3.0)

    def profits(self, ax: Axes | None = None) -> Axes:
        """Draw how many accounts won or lost how much."""
        profits = self._series("profit")
        return _on(ax, lambda axes: draw_profits(axes, profits), 5.0, list(profits))

    def _series(self, name: str) -> Any:
        return read_json(self._run.path / SERIES_FILE).get(name, {})

    def _main(self, facts: Facts) -> list[str]:
        metrics = facts["metrics"]
        return main_operations(metrics, operations(metrics), facts["verdict"]["limits"])


def waterfall(journey: Journey, ax: Axes | None = None) -> Axes:
    """Draw the hops of one order over virtual time."""
    height = 1.6 + 0.36 * rows_of(journey)
    return _on(ax, lambda axes: draw_journey(axes, journey), height)


def drawn(drawing: Drawing, ax: Axes | None = None) -> Axes:
    """Draw a figure of a document."""
    return _on(ax, drawing.draw, drawing.height / _PIXELS_PER_INCH, drawing.keys)


def _on(
    ax: Axes | None,
    draw: Callable[[Axes], object],
    height: float = _HEIGHT,
    keys: Sequence[str] = (),
    *,
    lines: bool = True,
) -> Axes:
    """Draw on axes, explain what stands for what, and give them colours that a reader sees."""
    axes = _own_axes(height) if ax is None else ax
    draw(axes)
    if keys:
        _explain(axes, keys, lines=lines)
    return on_paper(axes)


def _own_axes(height: float) -> Axes:
    # Notebooks show what pyplot knows of; nothing else here touches its state.
    from matplotlib import pyplot as plt

    _, axes = plt.subplots(figsize=(_WIDTH, height), layout="constrained")
    return axes


def _explain(axes: Axes, keys: Sequence[str], *, lines: bool) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    handles: list[Any] = [
        Line2D([], [], color=SERIES[place], dashes=DASHES[place]) if lines
        else Patch(color=SERIES[place])
        for place in range(len(keys))
    ]  # fmt: skip
    axes.legend(
        handles, list(keys), loc="lower center", bbox_to_anchor=(0.5, 1.0), frameon=False,
        ncols=min(len(keys), 6),
    )  # fmt: skip
