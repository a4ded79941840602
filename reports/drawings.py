"""Which figures a run has, with the words that belong to each: for the page and for files."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

from matplotlib.axes import Axes

from reports import figures
from reports import format as shown_as
from reports.figures import LOAD, SHOWN, SIDES, Bar, Day, bars_of, main_operations
from reports.outcomes import RANGES
from reports.parts import PARTS
from reports.sheets import SPANS, drawn_request, offered_operations

Facts = Mapping[str, Any]

_MOST_QUEUES = 8


class Drawing(NamedTuple):
    """A figure and its words.

    Attributes:
        name: Of its file, and of its place on the page.
        title: What it shows.
        told: What can be seen on it, for those who cannot see it.
        caption: How to read it.
        draw: Draws it on axes.
        height: In pixels of the page.
        keys: The names of its lines or areas, if there are several.
        is_line: They are lines.
    """

    name: str
    title: str
    told: str
    caption: str
    draw: Callable[..., Axes]
    height: int = 320
    keys: Sequence[str] = ()
    is_line: bool = True


def drawings_of(facts: Facts, series: Facts, earlier: Facts | None = None) -> dict[str, Drawing]:
    """Return the figures of a run for which there is something to draw, by name.

    Args:
        facts: The contents of `metrics.json`.
        series: The contents of `series.json`.
        earlier: Those of an earlier run, for comparison.
    """
    made = [*_latency(facts, series, earlier), *_outcomes(facts, series),
            *_over_time(facts, series), *_parts(facts), *_brokerage(facts, series)]  # fmt: skip
    return {drawing.name: drawing for drawing in made}


def _show(facts: Facts, name: str) -> str:
    return shown_as.shown(name, facts["metrics"], facts["undersampled"])


def _shown(facts: Facts) -> dict[str, float]:
    """Return the metrics that enough values stand behind."""
    hidden = set(facts["undersampled"])
    return {name: value for name, value in facts["metrics"].items() if name not in hidden}


def _percentiles_told(facts: Facts, names: Sequence[str]) -> str:
    return "; ".join(
        f"{name}: p50 {_show(facts, f'latency.{name}.p50')}, p99 "
        f"{_show(facts, f'latency.{name}.p99')}, at most {_show(facts, f'latency.{name}.max')}"
        for name in names
    )


def _main(facts: Facts) -> list[str]:
    names = shown_as.operations(facts["metrics"])
    return main_operations(facts["metrics"], names, facts["verdict"]["limits"])


def _latency(facts: Facts, series: Facts, earlier: Facts | None) -> Iterator[Drawing]:
    names, clock = _main(facts), facts["run"]["clock"]
    if any(series["spectrum"].get(name) for name in names):
        beside = " Thin lines are the earlier run." if earlier else ""
        yield Drawing(
            "spectrum", "Latency by percentile, a line for each operation",
            _percentiles_told(facts, names),
            f"Latency at each percentile, {clock} time. Stairs are limits, in the colour of their "
            "operation: a line that stays below its stair up to the stair's end meets them. Lines "
            f"end where ten values are left above.{beside}",
            partial(
                figures.spectrum, spectra=series["spectrum"], names=names,
                limits=facts["verdict"]["limits"], clock=clock,
                earlier=earlier and earlier["spectrum"],
            ),
            400, names,
        )  # fmt: skip
    spread = series.get("distribution")
    served = [name for name in names if spread and name in spread["counts"]]
    if spread and served:
        yield Drawing(
            "distribution", "How the latencies of each operation are spread",
            _percentiles_told(facts, served),
            "Each ridge is one operation, drawn to the same height; it is highest where most of "
            f"its latencies lie. Marked are its p50, and dashed its p99 "
            f"where enough values lie beyond it. {clock.capitalize()} time, log.",
            partial(figures.distribution, series=spread, names=served, metrics=_shown(facts),
                    clock=clock),
            70 + 52 * len(served),
        )  # fmt: skip


def _marks_told(day: Day) -> str:
    """Tell what is marked on figures over time."""
    marks = " The warm-up is shaded; it does not count." if day.warm_up_s else ""
    if day.faults:
        marks += (" Bars above the axes are faults with their numbers; while one lasts, it is "
                  "shaded below.")  # fmt: skip
    return marks


def _over_time(facts: Facts, series: Facts) -> Iterator[Drawing]:
    day = Day.of(facts)
    marks = _marks_told(day)
    yield Drawing(
        "load", "Requests offered, sent, completed and refused per second",
        f"Offered {_show(facts, 'rate.offered')}, completed {_show(facts, 'rate.completed')}, "
        f"refused {_show(facts, 'rate.refused')} on average.",
        f"Requests per {day.clock} second. Where completed falls below offered, the system falls "
        f"behind.{marks}",
        partial(figures.load, series=series["load"], day=day), 300, LOAD,
    )  # fmt: skip
    if not series.get("heat"):
        return
    told = _percentiles_told(facts, ["all"]) if "latency.all.p50" in facts["metrics"] else ""
    yield Drawing(
        "percentiles", "Percentiles of the latency of all operations over time", told,
        "Of the requests meant to start in each stretch of time, each percentile from its own "
        f"values. A line has a gap where fewer than ten values lie beyond it.{marks}",
        partial(figures.percentiles, series=series["latency"], day=day), 330, list(SHOWN),
    )  # fmt: skip
    yield Drawing(
        "heatmap", "Answers by time and latency", told,
        "The fuller the colour, the more answers (log); empty where there were none. What was "
        f"meant to start at a time stands above that time.{marks}",
        partial(figures.heatmap, series=series["heat"], day=day), 330,
    )  # fmt: skip


def _outcomes(facts: Facts, series: Facts) -> Iterator[Drawing]:
    """Yield what became of requests, who was there, and what the load did to latencies."""
    yield from _ranges(facts)
    day, users = Day.of(facts), series.get("users") or {}
    if any(users.get("logged_in", ())):
        yield Drawing(
            "users", "Users logged in, log-ins per second and requests in flight over time",
            f"At most {max(users['logged_in']):,} users and {max(users['in_flight']):,} requests.",
            "Users and requests at the end of each stretch of time, log-ins within it; zeros are "
            f"left out.{_marks_told(day)}",
            partial(figures.users, series=users, day=day), 280, tuple(figures.USERS.values()),
        )  # fmt: skip
    latency = series.get("latency") or {}
    if any(latency.get("p99", ())) and "offered" in latency:
        yield Drawing(
            "against_load", "Latency of all operations against the load that was offered",
            _percentiles_told(facts, ["all"]) if "latency.all.p50" in facts["metrics"] else "",
            "Each stretch of time by the requests that were meant to start in it: its median is a "
            "dot, its p99 a dash, its maximum an upright stroke. Marks that rise to the right are "
            "a system that slows down under load.",
            partial(figures.against_load, series=latency, clock=day.clock), 330, figures.LOADED,
            is_line=False,
        )  # fmt: skip
    yield from _operations(facts, series, day)


def _operations(facts: Facts, series: Facts, day: Day) -> Iterator[Drawing]:
    operations = series.get("operations") or {"p99": {}}
    names = [name for name in _main(facts) if any(operations["p99"].get(name, ()))]
    if names:
        yield Drawing(
            "operations", "p99 of the latency of each main operation over time",
            _percentiles_told(facts, names),
            "Of the requests meant to start in each stretch of time. A line has a gap where fewer "
            f"than ten values lie beyond the p99.{_marks_told(day)}",
            partial(figures.operations, series=operations, names=names, day=day), 330, names,
        )  # fmt: skip


def spans_of(facts: Facts) -> list[figures.Spans]:
    """Return how soon each operation was answered, the most frequent first."""
    return [
        figures.Spans(name, [facts["metrics"][f"ranges.{name}.{span}.share"] for span in RANGES])
        for name in offered_operations(facts)
    ]


def _ranges(facts: Facts) -> Iterator[Drawing]:
    rows = spans_of(facts)
    if any(row.shares[0] < 1 for row in rows):
        yield Drawing(
            "ranges", "How soon the requests of each operation were answered",
            "; ".join(f"{row.operation}: {shown_as.share(row.shares[0])} in time" for row in rows),
            "In time is within what is promised: a search within 100 ms, orders, cancels and undos "
            "within 500 ms, all else within 1 s. A rejection for the customer's own reasons is an "
            "answer.",
            partial(figures.ranges, rows=rows, names=tuple(SPANS.values())), 60 + 26 * len(rows),
            tuple(SPANS.values()), is_line=False,
        )  # fmt: skip


def _parts(facts: Facts) -> Iterator[Drawing]:
    bars = _bars(facts)
    if bars:
        yield Drawing(
            "parts", "Shares of the latency by part, at the median and among the slowest 1 %",
            "; ".join(f"{bar.operation}, {bar.which}: mostly {_largest(bar)}" for bar in bars),
            "Mean share of each part among the requests around the median (p45 to p55) and among "
            "the slowest 1 %, with their mean latency behind it. Mailbox: waiting for the actor. "
            "Worker: waiting for a worker of the node. Commit: until the facts were durable.",
            partial(figures.parts, bars=bars), 70 + 38 * len(bars), PARTS, is_line=False,
        )  # fmt: skip
    slow = drawn_request(facts)
    if slow:
        yield Drawing(
            "waterfall", f"The way of command {slow['command_id']} through the actors",
            f"{slow['operation']}, {shown_as.duration(slow['latency_s'])} in all: "
            + ", then ".join(f"{hop['message']} to {hop['actor']}" for hop in slow["hops"]),
            "Each row is a message, from when it was sent until what it caused could leave.",
            partial(figures.waterfall, hops=slow["hops"], clock=facts["run"]["clock"]),
            70 + 40 * len(slow["hops"]), PARTS, is_line=False,
        )  # fmt: skip


def _bars(facts: Facts) -> list[Bar]:
    """Return the bars of the operations that can be taken apart: those of ticks cannot."""
    return bars_of(facts["metrics"], _main(facts), facts["undersampled"])


def _largest(bar: Bar) -> str:
    largest = max(range(len(PARTS)), key=bar.times.__getitem__)
    return f"{PARTS[largest]} ({shown_as.duration(bar.times[largest])})"


def _brokerage(facts: Facts, series: Facts) -> Iterator[Drawing]:
    yield from _queues(facts, series)
    day, metrics = Day.of(facts), facts["metrics"]
    books, volume = series.get("books") or {}, series.get("volume") or {}
    if any(map(any, (books.get(side, ()) for side in SIDES))):
        yield Drawing(
            "books", "Limit orders that wait in the order books, by side, over time",
            "; ".join(f"{side}: at most {_show(facts, f'books.{side}.max')}" for side in SIDES),
            "Limit orders that wait in all books together, the most in each stretch of time.",
            partial(figures.books, series=books, day=day), 280, SIDES,
        )  # fmt: skip
    if any(volume.get("per_s", ())):
        yield Drawing(
            "volume", "Value of all executions per second over time",
            f"{_show(facts, 'business.volume_usd')} in all.",
            "What was traded, in USD per second.",
            partial(figures.volume, series=volume, day=day), 240,
        )  # fmt: skip
    yield from _mixes(metrics)
    profits = series.get("profit") or {}
    if any(map(any, profits.values())):
        yield Drawing(
            "profits", "How many accounts won or lost how much",
            f"{_show(facts, 'profit.users_share')} of the users have a profit.",
            "Accounts by what they won or lost, in powers of ten.",
            partial(figures.profits, series=profits), 420, list(profits), is_line=False,
        )  # fmt: skip


def _queues(facts: Facts, series: Facts) -> Iterator[Drawing]:
    queues, day = series.get("queues") or {}, Day.of(facts)
    names = [name for name in shown_as.busiest(facts["metrics"]) if any(queues.get(name, ()))]
    if names:
        yield Drawing(
            "mailboxes", "Messages that wait for each class of actors, over time",
            "; ".join(f"{n}: at most {_show(facts, f'queue.{n}.max')}" for n in names),
            "Messages in all mailboxes of a class together, looked at once a second; the most in "
            "each stretch of time.",
            partial(figures.mailboxes, series=queues, names=names[:_MOST_QUEUES], day=day), 280,
            names[:_MOST_QUEUES],
        )  # fmt: skip


def _mixes(metrics: Mapping[str, Any]) -> Iterator[Drawing]:
    rejected, traded = figures.rejections_of(metrics), figures.traded_of(metrics)
    if rejected:
        yield Drawing(
            "rejections", "Rejected requests by reason",
            "; ".join(f"{row.name}: {row.text}" for row in rejected),
            "Requests of any kind that were rejected in the measured time, with their share of "
            "all requests.",
            partial(figures.ranked, rows=rejected, what="requests, share of all"),
            60 + 26 * len(rejected),
        )  # fmt: skip
    divisions = figures.mixes_of(metrics)
    if divisions:
        yield Drawing(
            "mix", "Accepted orders by side, by price and by what became of them",
            "; ".join(f"{part.name} {part.text}" for _, parts in divisions for part in parts),
            "Accepted orders of the whole run. Parts too small to be named here are in the list "
            "above.",
            partial(figures.mixes, divisions=divisions), 250,
        )  # fmt: skip
    if traded:
        yield Drawing(
            "traded", "The most traded stocks by volume in USD",
            "; ".join(f"{row.name}: {row.text}" for row in traded),
            "The ten stocks with the most volume, with their share of all volume.",
            partial(figures.ranked, rows=traded, what="volume in USD, share of all"),
            60 + 26 * len(traded),
        )  # fmt: skip
