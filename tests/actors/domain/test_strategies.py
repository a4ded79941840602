"""Market orders stay inside their collar, limit orders inside their limit."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.domain.orders import OrderType, PriceType
from actors.domain.strategies import STRATEGIES, can_execute, execution_price, waits

BUY, SELL = OrderType.BUY, OrderType.SELL
MARKET, LIMIT = STRATEGIES[PriceType.MARKET], STRATEGIES[PriceType.LIMIT]
PRICES = st.integers(1, 10**17)


@pytest.mark.parametrize(
    ("order_type", "seen_price", "collar_bp", "worst_price"),
    [
        (BUY, 1_500_000, 500, 1_575_000),
        (SELL, 1_500_000, 500, 1_425_000),
        (BUY, 1, 500, 2),
        (SELL, 19, 500, 18),
        (SELL, 1, 500, 1),
        (SELL, 100, 20_000, 1),
        (BUY, 77, 0, 77),
        (SELL, 77, 0, 77),
    ],
)
def test_the_collar_is_rounded_away_from_the_quote(
    order_type: OrderType, seen_price: int, collar_bp: int, worst_price: int
) -> None:
    assert MARKET.worst_price(order_type, None, seen_price, collar_bp) == worst_price


@given(PRICES, st.integers(0, 10_000))
def test_the_collar_is_the_exact_one_but_for_less_than_a_unit(seen: int, collar_bp: int) -> None:
    width = Fraction(seen * collar_bp, 10_000)
    assert 0 <= MARKET.worst_price(BUY, None, seen, collar_bp) - (seen + width) < 1
    lowest = MARKET.worst_price(SELL, None, seen, collar_bp)
    assert lowest == 1 or 0 <= (seen - width) - lowest < 1


@given(PRICES, PRICES, st.sampled_from(OrderType))
def test_the_worst_price_of_a_limit_order_is_its_limit(
    limit: int, seen: int, order_type: OrderType
) -> None:
    assert LIMIT.worst_price(order_type, limit, seen, 500) == limit


def test_a_market_order_without_a_quote_is_a_bug() -> None:
    with pytest.raises(AssertionError, match="the quote that its customer saw"):
        MARKET.worst_price(BUY, None, None, 500)


def test_a_market_order_with_a_limit_is_a_bug() -> None:
    with pytest.raises(AssertionError, match="has no limit price"):
        MARKET.worst_price(BUY, 10, 10, 500)


def test_a_limit_order_without_a_limit_is_a_bug() -> None:
    with pytest.raises(AssertionError, match="carries its limit"):
        LIMIT.worst_price(BUY, None, 10, 500)


@pytest.mark.parametrize(
    ("order_type", "price", "executed"),
    [(BUY, 99, True), (BUY, 100, True), (BUY, 101, False),
     (SELL, 99, False), (SELL, 100, True), (SELL, 101, True)],
)  # fmt: skip
def test_an_order_is_executed_at_the_current_price_or_not_at_all(
    order_type: OrderType, price: int, executed: bool
) -> None:
    for strategy in (MARKET, LIMIT):
        assert strategy.can_execute(order_type, 100, price) is executed
        assert strategy.execution_price(order_type, 100, price) == (price if executed else None)


@given(st.sampled_from(OrderType), PRICES, PRICES)
def test_an_execution_is_never_worse_than_the_worst_price(
    order_type: OrderType, worst_price: int, price: int
) -> None:
    executed_at = execution_price(order_type, worst_price, price)
    assert (executed_at is not None) == can_execute(order_type, worst_price, price)
    if executed_at is not None:
        assert executed_at <= worst_price if order_type is BUY else executed_at >= worst_price


def test_only_limit_orders_wait() -> None:
    assert [price_type for price_type in PriceType if waits(price_type)] == [PriceType.LIMIT]


def test_every_price_type_has_its_strategy() -> None:
    assert set(PriceType) <= set(STRATEGIES)  # whoever adds one brings its own
