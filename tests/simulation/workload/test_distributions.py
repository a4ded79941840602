"""Popularity of stocks, sizes of orders, searches, and sums within groups."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulation.plan import Profile
from simulation.workload.grouped import group_starts, ranks, running_minima, running_sums
from simulation.workload.order_sizes import odd_lot_weights, order_sizes
from simulation.workload.popularity import sample, zipf_weights
from simulation.workload.queries import draw_queries

COUNT = 50_000


def rng() -> np.random.Generator:
    return np.random.default_rng(1)


def near(share: float, expected: float, count: int = COUNT) -> bool:
    return abs(share - expected) < 3 * math.sqrt(expected * (1 - expected) / count)


def test_zipf_weights_fall_with_the_power_of_the_rank() -> None:
    weights = zipf_weights(100, 0.8)

    assert weights.sum() == pytest.approx(1.0)
    assert weights[0] / weights[9] == pytest.approx(10**0.8)


def test_samples_have_the_shares_of_their_weights() -> None:
    drawn = sample(np.array([0.0, 1.0, 0.0, 3.0, 0.0]), COUNT, rng())

    assert set(drawn.tolist()) == {1, 3}
    assert near(float((drawn == 3).mean()), 0.75)


def test_order_sizes_have_the_shares_of_the_profile() -> None:
    profile = Profile(odd_lot_share=0.35, round_lot_share=0.53, largest_order=100_000)

    sizes = order_sizes(profile, COUNT, rng())

    assert near(float((sizes < 100).mean()), 0.35)
    assert near(float((sizes == 100).mean()), 0.53)
    large = sizes[sizes > 100]
    assert near(float((large > 200).mean()), 2**-profile.size_tail_index, len(large))


def test_odd_lots_have_their_mean() -> None:
    sizes = order_sizes(Profile(odd_lot_share=1.0, round_lot_share=0.0), COUNT, rng())

    assert abs(sizes.mean() - 18.0) < 3 * sizes.std() / np.sqrt(COUNT)
    assert (sizes.min(), sizes.max() <= 99) == (1, True)


@pytest.mark.parametrize("mean", [1.0, 2.0, 50.0, 75.0, 99.0])
def test_any_mean_of_odd_lots_can_be_had(mean: float) -> None:
    assert np.average(np.arange(1, 100), weights=odd_lot_weights(mean)) == pytest.approx(mean)


@pytest.mark.parametrize("largest", [1, 50, 1_000])
def test_no_order_is_above_the_largest(largest: int) -> None:
    profile = Profile(largest_order=largest, size_tail_index=0.1)

    assert order_sizes(profile, 1_000, rng()).max() == largest


def test_searches_are_beginnings_of_symbols_and_words_of_names() -> None:
    drawn = draw_queries(
        ["AB", "CD.0215"], ["Alpha Inc.", "(Beta)"], np.array([1, 1]), 1_000, rng()
    )

    assert list(drawn.texts) == sorted(
        ["A", "AB", "Alpha", "Beta", "C", "CD", "CD.", "CD.0", "CD.02", "CD.021", "CD.0215", "Inc"]
    )
    assert len(drawn.numbers) == 1_000


def test_searches_that_nobody_makes_are_not_listed() -> None:
    drawn = draw_queries(["AB", "CD"], ["Alpha", "Beta"], np.array([1, 0]), 100, rng())

    assert drawn.texts == ("A", "AB", "Alpha")


@given(st.lists(st.lists(st.integers(-50, 50), min_size=1, max_size=8), min_size=1, max_size=8))
def test_sums_ranks_and_minima_stay_within_their_groups(groups: list[list[int]]) -> None:
    names = np.concatenate([np.full(len(group), number) for number, group in enumerate(groups)])
    values = np.concatenate([np.array(group) for group in groups])
    starts = group_starts(names)

    minima = np.concatenate([np.minimum.accumulate(group) for group in groups])
    sums = np.concatenate([np.cumsum(group) for group in groups])
    assert running_minima(values, starts).tolist() == minima.tolist()
    assert running_sums(values.astype(float), starts).tolist() == sums.tolist()
    assert ranks(starts, len(values)).tolist() == [n for group in groups for n in range(len(group))]
