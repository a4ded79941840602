"""The figures of a report, for its page, for files and for notebooks: each draws on given axes.

Every function takes `ax` first, then the numbers, and returns the axes. The numbers are those of
`series.json` and `metrics.json`; nothing is read or computed anew here. Lines, bars and axes say
their unit and whose seconds they are. On the page the colours follow light and dark; elsewhere
they are those of the light page. `with_legend=False` leaves the naming of lines to whoever draws.

    spectrum      latency by percentile, with limits as stairs and an earlier run as thin lines
    distribution  the spread of latencies, a ridge for each operation
    percentiles   p50, p90, p99 and maximum over the time of the run
    heatmap       how many answers by time and latency
    operations    p99 of each main operation over the time of the run
    users         users logged in, log-ins per second and requests in flight
    ranges        how soon the requests of each operation were answered
    against_load  latency of each stretch of time over the load that was offered in it
    load          requests offered, sent, completed and refused per second
    parts         network, waiting, service and commit, at the median and among the slowest
    waterfall     one request through the actors
    mailboxes     messages that wait, by class of actors, over time
    books         limit orders that wait, by side, over time
    volume        what was traded, over time
    ranked        bars with names: rejections by reason, the most traded stocks
    mixes         how the accepted orders divide
    profits       how many accounts won or lost how much

Figures over time take a `Day`, which marks warm-up, market events and faults: `Day.of(facts)`.
"""

from __future__ import annotations

from reports.figures.brokerage import (
    Ranked,
    mixes,
    mixes_of,
    profits,
    ranked,
    rejections_of,
    traded_of,
)
from reports.figures.day import Day
from reports.figures.latency import distribution, main_operations, spectrum
from reports.figures.look import DASHES, INK, SERIES, TEXT_SIZE, dress
from reports.figures.outcomes import LOADED, Spans, against_load, ranges
from reports.figures.over_time import (
    LOAD,
    SHOWN,
    SIDES,
    USERS,
    books,
    heatmap,
    load,
    mailboxes,
    operations,
    percentiles,
    users,
    volume,
)
from reports.figures.parts import Bar, bars_of, parts, waterfall

__all__ = [
    "DASHES", "INK", "LOAD", "LOADED", "SERIES", "SHOWN", "SIDES", "TEXT_SIZE", "USERS", "Bar",
    "Day", "Ranked", "Spans", "against_load", "bars_of", "books", "distribution", "dress",
    "heatmap", "load", "mailboxes", "main_operations", "mixes", "mixes_of", "operations", "parts",
    "percentiles", "profits", "ranges", "ranked", "rejections_of", "spectrum", "traded_of",
    "users", "volume", "waterfall",
]  # fmt: skip
