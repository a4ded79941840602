"""Confidence intervals over replications, and how many replications would decide a question.

Replications are independent and alike, the values within one are neither; so every interval of a
mean here is one over replications.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Final

from numpy.typing import NDArray

from reports.statistics import WHOLE

CONFIDENCE: Final = 0.95
MOST_REPLICATIONS: Final = 1_000  # beyond that nobody repeats a run to decide a question

_HALVINGS: Final = 60


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean and the interval that holds the true one with 95 % confidence.

    Attributes:
        mean: Mean of the values.
        low: Lower end; None where a single value tells nothing about the spread.
        high: Upper end; None likewise.
        sd: Standard deviation of the values, dividing by n - 1; 0 for a single one.
        count: How many values there are.
    """

    mean: float
    low: float | None
    high: float | None
    sd: float
    count: int

    def holds(self, value: float) -> bool:
        """Tell whether a value lies in the interval; without one it is the mean alone."""
        if self.low is None or self.high is None:
            return value == self.mean
        return self.low <= value <= self.high

    def within(self, least: float, most: float) -> Interval:
        """Return the interval cut at what its mean can be.

        The true mean lies in what is left as often as in the whole: it is never outside. How
        often that is rests on Student's t as before, so near an end a few replications promise
        less than they seem to. Source: R. G. Newcombe, Statistics in Medicine 17(8), 1998, on
        intervals of proportions that overshoot, and on cutting them.

        Args:
            least: The least that a value can be; may be infinite.
            most: The most that it can be, likewise.
        """
        if self.low is None or self.high is None:
            return self
        return replace(self, low=max(self.low, least), high=min(self.high, most))


def t_probability(t: float, freedom: int) -> float:
    """Return the probability that Student's t lies between -t and t.

    Exact for whole degrees of freedom: a finite sum of powers of a cosine. Source: Abramowitz
    and Stegun, Handbook of Mathematical Functions, 1964, formulas 26.7.3 and 26.7.4.

    Args:
        t: At least 0.
        freedom: Degrees of freedom, at least 1.
    """
    return _probability(math.atan(t / math.sqrt(freedom)), freedom)


def _probability(angle: float, freedom: int) -> float:
    sine, cosine = math.sin(angle), math.cos(angle)
    is_odd = freedom % 2 == 1
    term = cosine if is_odd else 1.0
    total = term if freedom > 1 else 0.0
    for number in range(2 if is_odd else 1, freedom - 1, 2):
        term *= cosine * cosine * number / (number + 1)
        total += term
    return 2.0 / math.pi * (angle + sine * total) if is_odd else sine * total


@lru_cache(maxsize=1_024)
def t_quantile(freedom: int, confidence: float = CONFIDENCE) -> float:
    """Return the t that lies so far out that [-t, t] has the probability `confidence`.

    Args:
        freedom: Degrees of freedom, at least 1.
        confidence: Above 0 and below 1.
    """
    low, high = 0.0, math.pi / 2
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if _probability(middle, freedom) < confidence:
            low = middle
        else:
            high = middle
    return math.sqrt(freedom) * math.tan((low + high) / 2)


def interval_of_mean(values: Sequence[float], confidence: float = CONFIDENCE) -> Interval:
    """Return the mean of values from independent replications, with its interval.

    Source: A. M. Law, Simulation Modeling and Analysis, 5th edition, 2015, section 9.4.1: the
    mean plus and minus t(n - 1) s / sqrt(n).

    Args:
        values: At least one.
        confidence: Above 0 and below 1.
    """
    count = len(values)
    mean = math.fsum(values) / count
    if min(values) == max(values):
        mean = values[0]  # not what rounding makes of it
    if count == 1:
        return Interval(mean, None, None, 0.0, 1)
    sd = math.sqrt(math.fsum((value - mean) ** 2 for value in values) / (count - 1))
    half = t_quantile(count - 1, confidence) * sd / math.sqrt(count)
    return Interval(mean, mean - half, mean + half, sd, count)


def replications_needed(interval: Interval, bound: float) -> int | None:
    """Return how many replications would tell the mean from a bound, if it stays where it is.

    Source: Law (2015), section 9.4.1: the least i, no less than n, for which
    t(i - 1) s / sqrt(i) is at most the distance to be told.

    Returns:
        At least 2; None for more than 1,000, or where a single value tells no spread.
    """
    distance = abs(interval.mean - bound)
    if interval.count < 2:
        return None

    def decides(count: int) -> bool:
        return t_quantile(count - 1) * interval.sd / math.sqrt(count) < distance

    if not decides(MOST_REPLICATIONS):
        return None
    low, high = interval.count, MOST_REPLICATIONS  # the half-width falls with the count
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if decides(middle) else (middle + 1, high)
    return low


def difference_of_pairs(base: Sequence[float], new: Sequence[float]) -> Interval:
    """Return the mean of `new - base` with its interval, pair by pair.

    Pairs that share their random numbers differ by little more than what was changed. Source:
    Law (2015), section 10.2.1.
    """
    return interval_of_mean([after - before for before, after in zip(base, new, strict=True)])


def difference_of_means(base: Sequence[float], new: Sequence[float]) -> Interval:
    """Return the mean of `new` less that of `base`, for values that are not paired.

    Source: B. L. Welch, Biometrika 29(3/4), 1938; Law (2015), section 10.2.2. The degrees of
    freedom are rounded down, which makes the interval a little wider.
    """
    one, other = interval_of_mean(base), interval_of_mean(new)
    mean = other.mean - one.mean
    count = min(one.count, other.count)
    if count < 2:
        return Interval(mean, None, None, 0.0, count)
    shares = [part.sd**2 / part.count for part in (one, other)]
    variance = math.fsum(shares)
    if not variance:
        return Interval(mean, mean, mean, 0.0, count)
    squares = zip(shares, (one, other), strict=True)
    freedom = variance**2 / math.fsum(share**2 / (part.count - 1) for share, part in squares)
    # 8 degrees are 8, though floats may say that they are a little less.
    half = t_quantile(max(1, math.floor(freedom + 1e-9))) * math.sqrt(variance)
    return Interval(mean, mean - half, mean + half, math.sqrt(variance * count), count)


def rank_interval(count: int, parts: int) -> tuple[int, int] | None:
    """Return the ranks between which a percentile lies with 95 % confidence.

    It holds for *independent* values only. Source: H. A. David and H. N. Nagaraja, Order
    Statistics, 3rd edition, 2003, section 7.1, with the normal approximation of the binomial.

    Args:
        count: How many values there are.
        parts: The percentile in parts of `WHOLE`.

    Returns:
        Two ranks from 1 on; None where they would lie outside the values.
    """
    share = parts / WHOLE
    half = 1.959964 * math.sqrt(count * share * (1 - share))
    low, high = math.floor(count * share - half), math.ceil(count * share + half) + 1
    return (low, high) if low >= 1 and high <= count else None


def seems_independent(values: NDArray[Any]) -> bool:
    """Tell whether neighbours are uncorrelated, as independent values would be in 95 of 100 cases.

    Source: G. E. P. Box, G. M. Jenkins, Time Series Analysis, 1970, section 2.1.6: the standard
    error of the autocorrelation of white noise is about 1 / sqrt(n).
    """
    if len(values) < 2:
        return False
    centred = values - values.mean()
    variance = float((centred**2).sum())
    if not variance:
        return False
    correlation = float((centred[:-1] * centred[1:]).sum()) / variance
    return abs(correlation) < 1.959964 / math.sqrt(len(values))
