"""Histograms of latencies in HdrHistogram's own formats, which its tools read and add up.

Source: G. Tene, HdrHistogram 2.x, `HistogramLogWriter` (format version 1.3) and
`AbstractHistogram.encodeIntoCompressedByteBuffer` (version 2).
"""

from __future__ import annotations

import base64
import struct
import zlib
from collections.abc import Iterable, Iterator
from itertools import pairwise
from math import ceil
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np

from reports.findings import Window
from reports.requests import Requests
from simulation.histogram import Integers, places_of

_FIGURES: Final = 3  # significant
_COOKIE: Final = 0x1C849303 | 0x10
_COMPRESSED_COOKIE: Final = 0x1C849304 | 0x10
_HEAD: Final = struct.Struct(">iiiiqqd")
_COMPRESSED_HEAD: Final = struct.Struct(">ii")
SUB_BUCKETS: Final = 2_048
_US_PER_MS: Final = 1_000.0
_US_PER_S: Final = 1_000_000
_MOST_INTERVALS: Final = 120
_BITS: Final = 7  # of a number in each of its bytes


class Interval(NamedTuple):
    """The latencies of one stretch of time.

    Attributes:
        from_s: Its beginning, seconds after the start of the log.
        length_s: Its length.
        latency_us: They.
        tag: What they are of; empty for everything.
    """

    from_s: float
    length_s: float
    latency_us: Integers
    tag: str = ""


def buckets_for(most: int) -> int:
    """Return how many buckets a histogram has that holds values up to so much."""
    return max(1, int(most).bit_length() - (SUB_BUCKETS.bit_length() - 1) + 1)


def log_of(intervals: Iterable[Interval], starts_at_s: float) -> Iterator[str]:
    """Yield the lines of an interval log; maxima are in milliseconds, histograms in microseconds.

    Args:
        intervals: By time.
        starts_at_s: When it begins, in seconds; the log calls that seconds since the epoch.
    """
    yield "#[Histogram log format version 1.3]"
    yield f"#[StartTime: {starts_at_s:.3f} (seconds since epoch), as the clock of the run says]"
    yield "#[Units: histograms in microseconds, Interval_Max in milliseconds]"
    yield '"StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram"'
    for one in intervals:
        tag = f"Tag={one.tag}," if one.tag else ""
        most_ms = int(one.latency_us.max(initial=0)) / _US_PER_MS
        yield f"{tag}{one.from_s:.3f},{one.length_s:.3f},{most_ms:.3f},{encoded(one.latency_us)}"


def encoded(values: Integers) -> str:
    """Return the histogram of some values as HdrHistogram encodes it in logs."""
    payload = _zig_zag(_runs(values))
    most = max(int(values.max(initial=0)), 2 * SUB_BUCKETS)
    head = _HEAD.pack(_COOKIE, len(payload), 0, _FIGURES, 1, most, 1.0)
    pressed = zlib.compress(head + payload)
    text = base64.b64encode(_COMPRESSED_HEAD.pack(_COMPRESSED_COOKIE, len(pressed)) + pressed)
    return text.decode("ascii")


def _runs(values: Integers) -> Integers:
    """Return the counts of the places in order; so many zeros in a row as one negative number."""
    counts = np.bincount(places_of(values)) if len(values) else np.zeros(1, np.int64)
    filled = np.flatnonzero(counts)
    zeros = np.diff(filled, prepend=-1) - 1
    both: Integers = np.stack([-zeros, counts[filled]], axis=1).ravel()
    found: Integers = both[both != 0]
    return found


def _zig_zag(numbers: Integers) -> bytes:
    """Encode numbers as ZigZag LEB128: small ones of either sign take one byte."""
    left = (numbers << 1) ^ (numbers >> 63)
    bits = int(left.max(initial=0)).bit_length()
    groups = left[:, np.newaxis] >> np.arange(0, max(bits, 1), _BITS)
    is_last = groups < 0x80
    is_written = np.ones_like(is_last)
    is_written[:, 1:] = groups[:, 1:] > 0
    coded = np.where(is_last, groups, groups & 0x7F | 0x80).astype(np.uint8)
    return coded[is_written].tobytes()


def intervals_of(folder: Path, run: dict[str, Any]) -> Iterator[Interval]:
    """Yield the latencies that count of a recorded run: of everything, then by operation.

    Args:
        folder: The run.
        run: The facts `run` of its `metrics.json`.
    """
    from_s, length_s = float(run["warm_up_s"]), float(run["measured_s"])
    window = Window(round(from_s * _US_PER_S), round((from_s + length_s) * _US_PER_S))
    requests = Requests(folder, window, float(run["virtual_s"]))
    served = np.flatnonzero(requests.served)
    order = served[np.argsort(requests.intended[served], kind="stable")]
    intended, codes = requests.intended[order], requests.operation.codes[order]
    latency_us, words = requests.answered[order] - intended, requests.operation.words
    for tag in ("", *sorted(words)):
        own = codes == words.index(tag) if tag else np.ones(len(codes), bool)
        yield from _cut(tag, intended[own], latency_us[own], window)


def _cut(tag: str, intended: Integers, latency_us: Integers, window: Window) -> Iterator[Interval]:
    """Cut latencies at whole seconds; what was meant later than the window is in the last one."""
    step_us = _US_PER_S * max(1, ceil(window.seconds / _MOST_INTERVALS))
    edges_us = [*range(window.start_us, window.end_us, step_us)] or [window.start_us]
    places = [*np.searchsorted(intended, edges_us).tolist(), len(intended)]
    for (first, last), edge_us in zip(pairwise(places), edges_us, strict=True):
        if last > first:
            length_us = min(step_us, max(window.end_us - edge_us, 1))
            yield Interval(edge_us / _US_PER_S, length_us / _US_PER_S, latency_us[first:last], tag)
