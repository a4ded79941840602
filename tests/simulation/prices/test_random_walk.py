"""Invented prices: geometric Brownian motion in whole cents."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from simulation.plan import Plan
from simulation.prices import PricesError, make_tape
from simulation.prices.random_walk import TRADING_YEAR_S, brownian_prices, walk_name, walk_symbol
from simulation.streams import Streams

PlanMaker = Callable[..., Plan]


def test_log_returns_have_the_drift_and_volatility_asked_for() -> None:
    rng = np.random.default_rng(1)
    count = 4_000
    ends = [
        int(
            brownian_prices(10**8, 0.1, 0.3, np.array([TRADING_YEAR_S / 4, TRADING_YEAR_S]), rng)[1]
        )
        for _ in range(count)
    ]

    returns = np.log(np.array(ends) / 10**8)

    assert abs(returns.mean() - 0.1) < 3 * 0.3 / np.sqrt(count)
    assert abs(returns.std() / 0.3 - 1) < 3 / np.sqrt(2 * count)


def test_prices_are_whole_cents_above_zero() -> None:
    rng = np.random.default_rng(1)

    prices = brownian_prices(200, 0.0, 5.0, np.linspace(0, TRADING_YEAR_S, 1_000), rng)

    assert (prices % 100 == 0).all()
    assert prices.min() == 100


def test_ticks_come_at_their_rate_within_market_hours_only(plan_of: PlanMaker) -> None:
    tape = make_tape(plan_of(kind="walk", symbols=4, ticks_per_s=0.5, volatility=5.0), Streams(1))

    expected = 4 * 0.5 * 23_400
    assert abs(len(tape) - expected) < 3 * np.sqrt(expected) + 0.05 * expected
    assert tape.at_us.min() >= 60 * 10**6
    assert tape.at_us.max() < 23_460 * 10**6


def test_a_run_that_ends_early_has_no_later_ticks(plan_of: PlanMaker) -> None:
    tape = make_tape(plan_of(kind="walk", duration_s=100.0, ticks_per_s=1.0), Streams(1))

    assert tape.at_us.min() >= 60 * 10**6
    assert tape.at_us.max() < 160 * 10**6


def test_a_run_before_the_opening_has_opening_prices_only(plan_of: PlanMaker) -> None:
    tape = make_tape(plan_of(kind="walk", starts_at_s=0, start_price=123_400), Streams(1))

    assert len(tape) == 0
    assert tape.opening.tolist() == [123_400, 123_400]


def test_no_tick_repeats_the_price_before_it(plan_of: PlanMaker) -> None:
    tape = make_tape(
        plan_of(kind="walk", symbols=1, volatility=0.02, start_price=10_000), Streams(1)
    )

    assert (np.diff(tape.price) != 0).all()


def test_one_more_symbol_leaves_the_prices_of_the_others(plan_of: PlanMaker) -> None:
    two = make_tape(plan_of(kind="walk", symbols=2), Streams(1))
    three = make_tape(plan_of(kind="walk", symbols=3), Streams(1))

    assert three.price[three.symbol == 1].tolist() == two.price[two.symbol == 1].tolist()


def test_invented_symbols_and_names_are_all_different() -> None:
    assert len({walk_symbol(number) for number in range(1_000)}) == 1_000
    assert len({walk_name(number) for number in range(1_000)}) == 1_000


@pytest.mark.parametrize("symbols", [0, 40_000])
def test_a_number_of_symbols_out_of_range_is_refused(plan_of: PlanMaker, symbols: int) -> None:
    with pytest.raises(PricesError, match=r"market\.symbols: \d+ is out of range"):
        make_tape(plan_of(kind="walk", symbols=symbols), Streams(1))
