"""Intervals over replications: exact quantiles, and how many replications decide a question."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.intervals import (
    Interval,
    difference_of_means,
    difference_of_pairs,
    interval_of_mean,
    rank_interval,
    replications_needed,
    seems_independent,
    t_probability,
    t_quantile,
)

# Of 95 and 99 % in the middle, as printed tables have them (two-sided).
TABLE = {
    1: (12.706, 63.657), 2: (4.303, 9.925), 3: (3.182, 5.841), 4: (2.776, 4.604),
    5: (2.571, 4.032), 9: (2.262, 3.250), 10: (2.228, 3.169), 29: (2.045, 2.756),
    30: (2.042, 2.750), 120: (1.980, 2.617),
}  # fmt: skip
finite = st.floats(min_value=-1e6, max_value=1e6, allow_nan=False)


@pytest.mark.parametrize("freedom", TABLE)
def test_quantiles_of_student_are_those_of_printed_tables(freedom: int) -> None:
    quantiles = (t_quantile(freedom, 0.95), t_quantile(freedom, 0.99))

    assert quantiles == pytest.approx(TABLE[freedom], abs=6e-4)


def test_quantiles_of_one_and_two_degrees_of_freedom_are_those_of_closed_forms() -> None:
    assert t_quantile(1, 0.95) == pytest.approx(math.tan(math.pi * 0.95 / 2), rel=1e-12)
    assert t_quantile(2, 0.95) == pytest.approx(0.95 * math.sqrt(2 / (1 - 0.95**2)), rel=1e-12)


@given(st.integers(1, 400), st.floats(0.01, 0.999))
def test_the_probability_of_a_quantile_is_the_confidence_again(
    freedom: int, confidence: float
) -> None:
    assert t_probability(t_quantile(freedom, confidence), freedom) == pytest.approx(confidence)


def test_an_interval_is_the_mean_and_t_standard_errors_around_it() -> None:
    interval = interval_of_mean([1.0, 2.0, 3.0, 4.0, 5.0])

    half = 2.776445 * math.sqrt(2.5 / 5)
    assert interval.mean == 3.0
    assert interval.low == pytest.approx(3.0 - half, rel=1e-6)
    assert interval.high == pytest.approx(3.0 + half, rel=1e-6)


def test_a_single_value_has_no_interval() -> None:
    assert interval_of_mean([7.0]) == Interval(7.0, None, None, 0.0, 1)


@given(st.floats(min_value=-1e9, max_value=1e9), st.integers(2, 9))
def test_equal_values_have_an_interval_of_no_width_at_exactly_that_value(
    value: float, count: int
) -> None:
    interval = interval_of_mean([value] * count)

    assert (interval.low, interval.mean, interval.high) == (value, value, value)


def test_nineteen_of_twenty_intervals_hold_the_true_mean() -> None:
    rng = np.random.default_rng(1)
    samples = rng.normal(10.0, 3.0, (4_000, 5))

    held = sum(interval_of_mean(list(sample)).holds(10.0) for sample in samples)

    assert held / 4_000 == pytest.approx(0.95, abs=0.011)  # three standard errors


def test_so_many_replications_decide_as_make_the_interval_short_enough() -> None:
    interval = Interval(mean=0.100, low=0.088, high=0.112, sd=0.010, count=5)

    needed = replications_needed(interval, bound=0.104)

    assert needed is not None
    half = [t_quantile(n - 1) * 0.010 / math.sqrt(n) for n in (needed - 1, needed)]
    assert half[1] < 0.004 <= half[0]


def test_no_number_of_replications_tells_a_mean_from_itself() -> None:
    assert replications_needed(interval_of_mean([1.0, 3.0]), bound=2.0) is None
    assert replications_needed(interval_of_mean([1.0]), bound=2.0) is None


def test_pairs_that_share_their_luck_show_a_small_difference() -> None:
    luck = [1.0, 9.0, 4.0, 7.0, 2.0]
    slower = [value + 0.5 + number / 100 for number, value in enumerate(luck)]

    paired, unpaired = difference_of_pairs(luck, slower), difference_of_means(luck, slower)

    assert paired.mean == pytest.approx(unpaired.mean)
    assert not paired.holds(0.0)
    assert unpaired.holds(0.0)


def test_welchs_interval_is_that_of_a_worked_example() -> None:
    # Variances 2.5 and 10, five values each: 5.88 degrees of freedom, so 5; t = 2.571.
    interval = difference_of_means([1, 2, 3, 4, 5], [2, 4, 6, 8, 10])

    assert interval.mean == 3.0
    assert interval.high == pytest.approx(3.0 + 2.570582 * math.sqrt(0.5 + 2.0), rel=1e-6)


@given(st.lists(st.integers(0, 1_000), min_size=2, max_size=9, unique=True))
def test_no_degree_of_freedom_is_lost_to_rounding(values: list[int]) -> None:
    base = [value / 7 for value in values]
    interval = difference_of_means(base, [value + 0.3 for value in base])

    error = interval_of_mean(base).sd * math.sqrt(2 / len(base))
    assert interval.high is not None
    half = interval.high - interval.mean
    assert half == pytest.approx(t_quantile(2 * len(base) - 2) * error, rel=1e-6)


@given(st.lists(finite, min_size=2, max_size=8))
def test_what_is_compared_with_itself_differs_by_nothing(values: list[float]) -> None:
    interval = difference_of_pairs(values, values)

    assert (interval.low, interval.mean, interval.high) == (0.0, 0.0, 0.0)


def test_the_ranks_around_a_percentile_hold_it_in_95_of_100_cases() -> None:
    rng = np.random.default_rng(2)
    ranks = rank_interval(1_000, 90_000)
    assert ranks is not None
    samples = np.sort(rng.exponential(1.0, (2_000, 1_000)), axis=1)

    true = -math.log(0.1)
    held = (samples[:, ranks[0] - 1] <= true) & (true <= samples[:, ranks[1] - 1])

    assert held.mean() >= 0.94


def test_too_few_values_have_no_ranks_around_a_percentile() -> None:
    assert rank_interval(100, 99_990) is None


def test_a_walk_does_not_seem_independent_and_noise_does() -> None:
    noise = np.random.default_rng(3).normal(size=2_000)

    assert seems_independent(noise)
    assert not seems_independent(np.cumsum(noise))
