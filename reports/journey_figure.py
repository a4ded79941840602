"""The waterfall of one command: a row for each hop, a bar for each part of its time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain, pairwise
from typing import Any, Final, NamedTuple

import numpy as np
from matplotlib.axes import Axes

from reports.figures import INK, SERIES, TEXT_SIZE, dress
from reports.figures.look import SHADE
from reports.format import duration
from reports.journey import in_time, parts_of, since_click_s
from reports.parts import OF_A_HOP, PARTS
from simulation.journeys import Hop, Journey

# Parts differ by more than their colour.
_HATCHES: Final = dict(zip(OF_A_HOP, ("", r"\\", "////", "", "xxxx"), strict=True))
_CUT: Final = 0.3  # what is cut short is drawn as wide as this share of all work
_BREAK: Final = 0.03  # of it: the gap in the bar of a way that is cut short
_ROWS_AT_MOST: Final = 40
_APART: Final = 0.12  # of the axis: labels nearer than that would touch
_TOUCHING_S: Final = 1e-9


class Span(NamedTuple):
    """A while, in seconds after the click."""

    start_s: float
    end_s: float


class Axis:
    """Places instants on an axis on which whatever is no work, and takes long, is cut short.

    Work is waiting for an actor or a worker, service and commit, which take microseconds; the
    network takes milliseconds, and a limit order waits for its price for hours.

    Args:
        work: Spans of work, apart from each other and in order.
        busy: Spans in which a message is on its way or at work, likewise; at least one.
    """

    def __init__(self, work: Sequence[Span], busy: Sequence[Span]) -> None:
        self.work = work
        work_s = sum(span.end_s - span.start_s for span in work)
        widest = _CUT * (work_s or busy[-1].end_s)
        begins = {span.start_s: span.end_s for span in work}
        known = sorted({0.0, *chain.from_iterable([*work, *busy])})
        drawn, works_until_s = [0.0], -1.0
        for start_s, end_s in pairwise(known):
            works_until_s = max(works_until_s, begins.get(start_s, -1.0))
            is_work = start_s < works_until_s
            drawn.append(drawn[-1] + (end_s - start_s if is_work else min(end_s - start_s, widest)))
        self._known, self._drawn = known, drawn

    def place(self, after_s: float) -> float:
        """Return where an instant is drawn, from 0."""
        return float(np.interp(after_s, self._known, self._drawn))

    def width(self, span: Span) -> float:
        """Return how wide a span is drawn."""
        return self.place(span.end_s) - self.place(span.start_s)

    def is_cut(self, span: Span) -> bool:
        """Tell whether a span is drawn much shorter than it is."""
        return self.width(span) < 0.9 * (span.end_s - span.start_s)

    @property
    def end(self) -> float:
        """Where the axis ends."""
        return self._drawn[-1]


def draw_journey(axes: Axes, journey: Journey, *, legend: bool = True) -> None:
    """Draw a journey's hops from the top down, over virtual time since the click.

    Each bar shows, in this order, the network, the waits for the actor and for a worker, the
    service, and the wait for what the handler recorded to become durable. Beside it stands how
    long that was. What is no work is cut short where it would hide the work: the bar of a way
    over the network then has a gap, and a pause in which nothing happens is shaded.

    Args:
        axes: Where to.
        journey: What of; at most its first 40 hops are drawn.
        legend: Explain the parts within the axes.
    """
    hops = in_time(journey)[:_ROWS_AT_MOST]
    busy = _busy(journey, hops)
    axis = Axis(_work(journey, hops), busy)
    for one, other in pairwise(busy):
        _draw_pause(axes, Span(one.end_s, other.start_s), axis)
    for row, hop in enumerate(hops):
        _draw_hop(axes, row, hop, journey, axis)
    axes.set_yticks(range(len(hops)), [_label(hop) for hop in hops])
    axes.set_ylim(len(hops) - 0.4, -0.6)
    axes.set_xlim(0, axis.end * 1.12)  # room for the time of the last hop
    _label_times(axes, axis)
    axes.set_xlabel("virtual time since the click; network and pauses cut short")
    if legend:
        _explain(axes)
    dress(axes)


def rows_of(journey: Journey) -> int:
    """Return how many hops are drawn."""
    return min(len(journey.hops), _ROWS_AT_MOST)


def _work(journey: Journey, hops: Sequence[Hop]) -> list[Span]:
    """Join the spans in which some actor has work."""
    spans = [
        Span(since_click_s(journey, hop.sent_s + hop.network_s),
             since_click_s(journey, hop.at_s + hop.commit_s))
        for hop in hops if hop.outcome != "told"
    ]  # fmt: skip
    return _joined(spans)


def _busy(journey: Journey, hops: Sequence[Hop]) -> list[Span]:
    """Join the spans in which anything happens."""
    spans = (
        Span(since_click_s(journey, hop.sent_s), since_click_s(journey, hop.at_s + hop.commit_s))
        for hop in hops
    )
    return _joined(spans) or [Span(0.0, 1e-3)]


def _joined(spans: Iterable[Span]) -> list[Span]:
    joined: list[Span] = []
    for span in sorted(spans):
        if joined and span.start_s <= joined[-1].end_s + _TOUCHING_S:
            joined[-1] = Span(joined[-1].start_s, max(joined[-1].end_s, span.end_s))
        else:
            joined.append(span)
    return joined


def _draw_hop(axes: Axes, row: int, hop: Hop, journey: Journey, axis: Axis) -> None:
    at_s = since_click_s(journey, hop.sent_s)
    begins = axis.place(at_s)
    for part, time_s in parts_of(hop).items():
        span = Span(at_s, at_s + time_s)
        at_s = span.end_s
        for left, width in _pieces(axis, span):
            axes.barh(row, width, left=left, height=0.66, **_look_of(part))
    # A service of microseconds would be too thin to be seen.
    axes.plot([begins, begins], [row - 0.33, row + 0.33], color=INK, linewidth=1)
    text = duration(sum(parts_of(hop).values()))
    axes.annotate(text, (axis.place(at_s), row), xytext=(5, 0), textcoords="offset points",
                  color=INK, fontsize=TEXT_SIZE - 2, verticalalignment="center")  # fmt: skip


def _look_of(part: str) -> dict[str, Any]:
    return {
        "color": SERIES[PARTS.index(part)], "edgecolor": INK, "linewidth": 0,
        "hatch": _HATCHES[part],
    }  # fmt: skip


def _pieces(axis: Axis, span: Span) -> list[tuple[float, float]]:
    """Return left edge and width of the bar of a span: one, or two with a gap in between."""
    left, width = axis.place(span.start_s), axis.width(span)
    piece = (width - _BREAK * axis.end) / 2
    if piece <= 0 or not axis.is_cut(span):
        return [(left, width)]
    return [(left, piece), (left + width - piece, piece)]


def _draw_pause(axes: Axes, pause: Span, axis: Axis) -> None:
    left, width = axis.place(pause.start_s), axis.width(pause)
    if width < _BREAK * axis.end:
        return
    axes.axvspan(left, left + width, color=SHADE, linewidth=0)
    axes.annotate(
        f"{duration(pause.end_s - pause.start_s)} later", (left + width / 2, 0.97),
        xycoords=("data", "axes fraction"), color=INK, fontsize=TEXT_SIZE - 1,
        horizontalalignment="center", verticalalignment="top", rotation=90,
    )  # fmt: skip


def _label(hop: Hop) -> str:
    if hop.outcome in {"crashed", "lost"}:
        return f"{hop.message} {hop.outcome}"
    return f"{hop.actor}  {hop.message or 'comes back'}"


def _label_times(axes: Axes, axis: Axis) -> None:
    """Label the click, and where each stretch of work begins; those too near go without."""
    instants = [0.0]
    for span in axis.work:
        if axis.place(span.start_s) - axis.place(instants[-1]) > _APART * axis.end:
            instants.append(span.start_s)
    axes.set_xticks([axis.place(at_s) for at_s in instants], list(map(duration, instants)))


def _explain(axes: Axes) -> None:
    for part in OF_A_HOP:
        axes.barh([0], [0], label=part, **_look_of(part))
    axes.legend(
        loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=len(OF_A_HOP), frameon=False,
        fontsize=TEXT_SIZE - 1, labelcolor=INK,
    )  # fmt: skip
