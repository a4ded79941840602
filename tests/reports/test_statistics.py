"""Percentiles are values that were measured, and are shown only where enough lie above."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.statistics import (
    PERCENTILES,
    WHOLE,
    describe,
    is_undersampled,
    nearest_rank,
    spectrum,
    undersampled,
)


@given(
    values=st.lists(st.integers(0, 10**9), min_size=1, max_size=300),
    parts=st.sampled_from([*PERCENTILES.values()]),
)
def test_a_percentile_is_the_smallest_value_that_enough_values_do_not_exceed(
    values: list[int], parts: int
) -> None:
    wanted = Fraction(parts, WHOLE) * len(values)
    expected = min(v for v in values if sum(other <= v for other in values) >= wanted)
    assert nearest_rank(np.sort(np.array(values)), parts) == expected


@pytest.mark.parametrize(("count", "hidden"), [(999, True), (1_000, False)])
def test_a_p99_needs_ten_values_above_it(count: int, hidden: bool) -> None:
    assert is_undersampled(count, 99_000) is hidden
    assert ("p99" in undersampled(count)) is hidden


def test_latencies_are_described_in_seconds() -> None:
    found = describe(np.array([1_000_000, 2_000_000, 6_000_000]), seconds=2.0)
    assert (found["count"], found["rate"], found["mean"]) == (3, 1.5, 3.0)
    assert (found["min"], found["p50"], found["max"]) == (1.0, 2.0, 6.0)
    assert found["sd"] == pytest.approx(math.sqrt(7))


def test_the_spectrum_rises_and_ends_where_ten_values_are_left_above() -> None:
    points = spectrum(np.arange(1, 10_001))
    latencies = [latency for _, latency in points]
    assert points[0][0] == 1
    assert points[-1] == (1_000.0, 9_990 / 1e6)
    assert latencies == sorted(latencies)


def test_a_handful_of_values_has_no_spectrum() -> None:
    assert spectrum(np.arange(19)) == []
