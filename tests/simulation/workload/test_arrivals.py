"""Arrival processes: their counts, their shapes, their ends."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from simulation.plan import Profile, Stage
from simulation.workload.arrivals import HALF_HOUR_S, Leg, arrivals, intraday, poisson, ramp
from simulation.workload.workload import Floats, WorkloadError

SHARES = Profile().half_hour_shares
CHI_SQUARE_12_P999 = 32.91
CHI_SQUARE_9_P999 = 27.88


def rng(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)


def chi_square(times: Floats, edges: Any, expected: Floats) -> float:
    observed, _ = np.histogram(times, edges)
    return float(((observed - expected) ** 2 / expected).sum())


def test_a_poisson_count_has_its_mean_and_variance() -> None:
    counts = np.array([len(poisson(5.0, 20.0, rng(seed))) for seed in range(1_000)])

    assert abs(counts.mean() - 100) < 3 * 10 / np.sqrt(1_000)
    assert abs(counts.var() / 100 - 1) < 3 * np.sqrt(2 / 1_000)


def test_gaps_between_poisson_arrivals_are_exponential() -> None:
    gaps = np.diff(poisson(10.0, 2_000.0, rng()))

    assert abs(gaps.mean() * 10 - 1) < 3 / np.sqrt(len(gaps))
    assert abs((gaps > 0.1).mean() - np.exp(-1)) < 3 * np.sqrt(0.25 / len(gaps))


@pytest.mark.parametrize("total", [0, 1, 12_345])
def test_a_total_is_met_exactly_by_every_shape(total: int) -> None:
    stages = [Stage(10.0, 5.0), Stage(10.0, 0.0)]

    assert len(poisson(3.0, 10.0, rng(), total=total)) == total
    assert len(ramp(0.0, stages, rng(), total=total)) == total
    assert len(intraday(SHARES, 60.0, (60.0, 23_460.0), rng(), total=total)) == total


def test_half_hours_have_their_shares_of_the_day() -> None:
    times = intraday(SHARES, -600.0, (-600.0, 22_800.0), rng(), total=50_000)

    edges = -600.0 + HALF_HOUR_S * np.arange(14)
    expected = 50_000 * np.array(SHARES) / sum(SHARES)
    assert chi_square(times, edges, expected) < CHI_SQUARE_12_P999


def test_a_part_of_the_day_has_all_arrivals_within_it() -> None:
    times = intraday((1.0, 3.0), 0.0, (900.0, 2_700.0), rng(), total=4_000)

    assert times.min() >= 900.0
    assert times.max() < 2_700.0
    assert abs((times > 1_800.0).mean() - 0.75) < 3 * np.sqrt(0.75 * 0.25 / 4_000)


def test_a_ramp_follows_its_rate() -> None:
    stages = [Stage(50.0, 100.0), Stage(0.0, 20.0), Stage(50.0, 20.0)]

    times = ramp(0.0, stages, rng(), total=20_000)

    edges = np.arange(0.0, 101.0, 10.0)
    means = np.concatenate((np.diff(edges[:6] ** 2), np.full(5, 200.0)))
    assert chi_square(times, edges, 20_000 * means / means.sum()) < CHI_SQUARE_9_P999


def test_without_a_total_a_ramp_has_its_mean_count() -> None:
    counts = [len(ramp(0.0, [Stage(10.0, 20.0)], rng(seed))) for seed in range(500)]

    assert abs(np.mean(counts) - 100) < 3 * 10 / np.sqrt(500)


def test_arrivals_are_sorted_and_never_at_the_end() -> None:
    times = arrivals([Leg(5.0, 6.0, 0.0, 1.0)], rng(), total=100_000)

    assert (np.diff(times) >= 0).all()
    assert times[0] >= 5.0
    assert times[-1] < 6.0


def test_arrivals_of_a_rate_of_zero_cannot_have_a_total() -> None:
    with pytest.raises(WorkloadError, match="rate is zero throughout"):
        ramp(0.0, [Stage(10.0, 0.0)], rng(), total=5)


def test_half_hours_outside_of_the_window_cannot_have_a_total() -> None:
    with pytest.raises(WorkloadError, match="rate is zero throughout"):
        intraday(SHARES, 60.0, (0.0, 60.0), rng(), total=5)


@pytest.mark.parametrize("total", [None, 3_000])
def test_the_arrivals_at_a_load_are_all_among_those_at_a_higher_one(total: int | None) -> None:
    stages = [Stage(20.0, 120.0), Stage(10.0, 90.0)]
    higher = [Stage(stage.duration_s, 1.3 * stage.target_per_s) for stage in stages]

    for seed in range(20):
        few = ramp(40.0, stages, rng(seed), total=total)
        many = ramp(52.0, higher, rng(seed), total=total and round(1.3 * total))

        assert len(few) < len(many)
        assert np.isin(np.round(few, 6), np.round(many, 6)).all()
