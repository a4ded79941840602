"""Where a curve of latency over load turns up: its knee, or that it has none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

LEAST_POINTS: Final = 5
_SENSITIVITY: Final = 1.0

RULE: Final = "Kneedle (Satopää, Albrecht, Irwin, Raghavan 2011), sensitivity 1, without smoothing"


class Point(NamedTuple):
    """One cell of a curve.

    Attributes:
        load: Offered requests per second.
        mean: The metric, as the mean over replications.
        low: Lower end of its interval; None without one.
        high: Upper end; None without one.
    """

    load: float
    mean: float
    low: float | None
    high: float | None


class Curve(NamedTuple):
    """A metric over the offered load.

    Attributes:
        name: What else the cells have in common.
        points: By load.
        knee: Offered load at the knee; None where there is none.
    """

    name: str
    points: tuple[Point, ...]
    knee: float | None


class Knee(NamedTuple):
    """What was found about a knee.

    Attributes:
        at: The load at the knee; None where there is none.
        why: What was found, in words.
    """

    at: float | None
    why: str

    def as_json(self) -> dict[str, Any]:
        """Return it as plain values, with the rule it was found by."""
        return {"at": self.at, "why": self.why, "rule": RULE}


def find_knee(points: Sequence[tuple[float, float]]) -> Knee:
    """Find the knee of a curve that rises slowly at first and steeply in the end.

    Both axes are scaled to 0..1; the knee is where the curve lies deepest below the straight
    line from its first to its last point, provided that it comes back to that line by more than
    the mean distance of two loads before it sinks anew. Source: V. Satopää, J. Albrecht,
    D. Irwin, B. Raghavan, "Finding a 'Kneedle' in a Haystack: Detecting Knee Points in System
    Behavior", ICDCS Workshops 2011, for a convex and rising curve, sensitivity 1.

    Args:
        points: Load and latency, by load.

    Returns:
        The knee, one of the loads that were measured.
    """
    loads = sorted({load for load, _ in points})
    if len(loads) < LEAST_POINTS:
        return Knee(None, f"no knee: {len(loads)} loads are too few, {LEAST_POINTS} are needed")
    if len(loads) != len(points):
        return Knee(None, "no knee: several cells have the same load, so this is no curve")
    ordered = sorted(points)
    latencies = [latency for _, latency in ordered]
    if latencies[-1] <= latencies[0]:
        return Knee(None, "no knee within the range: it does not rise with the load")
    depths = _depths(ordered)
    place = _first_knee(depths)
    if place is None:
        return Knee(None, "no knee within the range: it rises evenly, or has only begun to")
    return Knee(loads[place], "the load beyond which it rises steeply")


def _depths(ordered: Sequence[tuple[float, float]]) -> list[float]:
    """Return how deep each point lies below the line from the first to the last."""
    loads, latencies = zip(*ordered, strict=True)
    width, height = loads[-1] - loads[0], latencies[-1] - latencies[0]
    return [
        (load - loads[0]) / width - (latency - latencies[0]) / height for load, latency in ordered
    ]


def _first_knee(depths: Sequence[float]) -> int | None:
    """Return the first local maximum that is followed by a clear fall."""
    clear = _SENSITIVITY / (len(depths) - 1)
    candidate: int | None = None
    for place in range(1, len(depths)):
        is_peak = place + 1 < len(depths) and (
            depths[place] >= depths[place - 1] and depths[place] > depths[place + 1]
        )
        if is_peak:
            candidate = place
        elif candidate is not None and depths[place] < depths[candidate] - clear:
            return candidate
    return None
