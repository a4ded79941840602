"""When things happened in a run, drawn along a time axis: warm-up, market events, faults."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple, Self

from matplotlib.axes import Axes
from matplotlib.patches import PathPatch
from matplotlib.path import Path

from reports.figures.look import SHADE, SOFT, TEXT_SIZE, put_text, time_axis

_THINNEST_BAND: Final = 300  # of the width
_MOST_ROWS: Final = 8  # of faults above the axes
_ROW: Final = 0.055  # of the height of the axes
_LASTS_S: Final = 1.0  # from here on a fault shades what was measured while it lasted


class Day(NamedTuple):
    """What belongs to every figure over time.

    Attributes:
        starts_at_s: Time of day at which the run begins, seconds after midnight.
        warm_up_s: Length of the time that does not count, seconds.
        clock: `virtual` or `wall-clock`.
        faults: As in `metrics.json`.
        events: What the market did: `at_s` after the start, and its `name`.
    """

    starts_at_s: float = 0.0
    warm_up_s: float = 0.0
    clock: str = "virtual"
    faults: Sequence[Mapping[str, Any]] = ()
    events: Sequence[Mapping[str, Any]] = ()

    @classmethod
    def of(cls, facts: Mapping[str, Any]) -> Self:
        """Return that of a run, from the contents of its `metrics.json`."""
        run = facts["run"]
        return cls(
            run["starts_at_s"], run["warm_up_s"], run["clock"], facts["faults"],
            facts.get("market", ()),
        )  # fmt: skip

    def edges(self, series: Mapping[str, Any]) -> list[float]:
        """Return the edges of the bins of a series as times of day, one more than there are bins.

        Args:
            series: Has `from_s`, the beginnings of its bins after the start, and `bin_s`.
        """
        begins = [self.starts_at_s + begin for begin in series["from_s"]]
        return [*begins, begins[-1] + series["bin_s"]] if begins else []

    def mark(self, ax: Axes, start_s: float, end_s: float) -> None:
        """Label the time axis and mark on it the warm-up, the market's events and the faults."""
        time_axis(ax, start_s, end_s, self.clock)
        if self.warm_up_s > 0:
            ax.axvspan(
                start_s,
                min(self.starts_at_s + self.warm_up_s, end_s),
                color=SHADE,
                linewidth=0,
                zorder=0,
            )
        for event in self.events:
            self._mark_event(ax, event, start_s, end_s)
        for place, fault in enumerate(self.faults):
            self._mark_fault(ax, fault, place, start_s, end_s)

    def _mark_event(self, ax: Axes, event: Mapping[str, Any], start_s: float, end_s: float) -> None:
        at_s = self.starts_at_s + event["at_s"]
        if not start_s < at_s < end_s:
            return
        ax.axvline(at_s, color=SOFT, linewidth=1.0, dashes=(1, 2))
        is_late = at_s - start_s > 0.8 * (end_s - start_s)
        put_text(
            ax, f" {event['name']} ", (at_s, 0.97), xycoords=("data", "axes fraction"),
            fontsize=TEXT_SIZE - 2, horizontalalignment="right" if is_late else "left",
            verticalalignment="top",
        )  # fmt: skip

    def _mark_fault(
        self, ax: Axes, fault: Mapping[str, Any], place: int, start_s: float, end_s: float
    ) -> None:
        """Draw when a fault was there: a bar above the axes, and shade below if it lasted."""
        bottom = 1.015 + _ROW * (place % _MOST_ROWS)
        bands = [
            (max(self.starts_at_s + first_s, start_s), min(self.starts_at_s + last_s, end_s))
            for first_s, last_s in fault["bands"]
            if self.starts_at_s + last_s >= start_s and self.starts_at_s + first_s < end_s
        ]
        least_s = (end_s - start_s) / _THINNEST_BAND
        lasting = [band for band in bands if band[1] - band[0] >= _LASTS_S]
        wide = [(first_s, max(last_s, first_s + least_s)) for first_s, last_s in bands]
        _fill(ax, lasting, (0.0, 1.0), color=SHADE, linewidth=0, zorder=0)
        _fill(ax, wide, (bottom, bottom + _ROW * 0.7), color=SOFT, linewidth=0, clip_on=False)
        for first_s, _ in bands[:1]:
            put_text(
                ax, f"{fault['number']} ", (first_s, bottom), xycoords=("data", "axes fraction"),
                fontsize=TEXT_SIZE - 2, horizontalalignment="right", verticalalignment="bottom",
            )  # fmt: skip


def _fill(
    ax: Axes, bands: Sequence[tuple[float, float]], height: tuple[float, float], **look: Any
) -> None:
    """Fill bands of time from one height of the axes to another, as one shape."""
    low, high = height
    boxes = [
        Path([(start, low), (end, low), (end, high), (start, high), (start, low)], closed=True)
        for start, end in bands
    ]
    if boxes:
        shape = PathPatch(
            Path.make_compound_path(*boxes), transform=ax.get_xaxis_transform(), **look
        )
        ax.add_patch(shape)
