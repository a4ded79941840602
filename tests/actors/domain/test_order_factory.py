"""The order factory makes valid orders and refuses the others with a reason."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.domain.money import MAX_MONEY, InvalidAmount
from actors.domain.order_factory import (
    MAX_PRICE,
    MAX_QUANTITY,
    InvalidOrder,
    OrderFactory,
    checked_price,
)
from actors.domain.orders import Order, OrderType, PriceType, Reason

HUGE = pytest.param(10**6_000, id="huge")  # Python refuses to print it
MARKET_BUY: dict[str, Any] = {
    "symbol": "AAPL",
    "quantity": 10,
    "order_type": OrderType.BUY,
    "price_type": PriceType.MARKET,
    "seen_price": 1_500_000,
}
LIMIT_SELL: dict[str, Any] = {
    "symbol": "AAPL",
    "quantity": 10,
    "order_type": OrderType.SELL,
    "price_type": PriceType.LIMIT,
    "limit_price": 1_600_000,
}


def refusal(valid: dict[str, Any], **changes: Any) -> InvalidOrder:
    with pytest.raises(InvalidOrder) as refused:
        OrderFactory.create_order(**(valid | changes))
    return refused.value


def test_a_market_order_carries_the_quote_its_customer_saw() -> None:
    order = OrderFactory.create_order(**MARKET_BUY)
    assert order == Order("AAPL", OrderType.BUY, PriceType.MARKET, 10, None, 1_500_000)


def test_a_limit_order_carries_its_limit() -> None:
    order = OrderFactory.create_order(**LIMIT_SELL)
    assert order == Order("AAPL", OrderType.SELL, PriceType.LIMIT, 10, 1_600_000, None)


def test_a_limit_order_may_tell_the_quote_as_well() -> None:
    assert OrderFactory.create_order(**LIMIT_SELL, seen_price=1).seen_price == 1


@pytest.mark.parametrize("valid", [MARKET_BUY, LIMIT_SELL])
@pytest.mark.parametrize("quantity", [0, -1, MAX_QUANTITY + 1, HUGE, 1.5, 2.0, True, "10"])
def test_a_quantity_that_is_no_count_of_shares_is_refused(
    valid: dict[str, Any], quantity: object
) -> None:
    refused = refusal(valid, quantity=quantity)
    assert refused.reason is Reason.INVALID_QUANTITY
    assert "give a whole number from 1 to 10,000,000" in str(refused)


@pytest.mark.parametrize("price", [0, -1, 1.5, True, "150.00", MAX_PRICE + 1, HUGE])
@pytest.mark.parametrize(
    ("valid", "price_name"),
    [(MARKET_BUY, "seen_price"), (LIMIT_SELL, "limit_price"), (LIMIT_SELL, "seen_price")],
)
def test_a_price_out_of_range_is_refused(
    valid: dict[str, Any], price_name: str, price: object
) -> None:
    refused = refusal(valid, **{price_name: price})
    assert refused.reason is Reason.INVALID_PRICE
    assert f"a {price_name.replace('_', ' ')} of" in str(refused)
    assert "from $0.0001 to $1,000,000.00" in str(refused)


@pytest.mark.parametrize(
    ("valid", "changes", "sentence"),
    [
        (LIMIT_SELL, {"limit_price": None}, "the limit price is missing"),
        (MARKET_BUY, {"seen_price": None}, "the seen price is missing"),
        (MARKET_BUY, {"limit_price": 1}, "a market order has no limit price; leave it out"),
    ],
)
def test_each_price_type_has_the_prices_it_needs(
    valid: dict[str, Any], changes: dict[str, Any], sentence: str
) -> None:
    refused = refusal(valid, **changes)
    assert refused.reason is Reason.INVALID_PRICE
    assert sentence in str(refused)


@given(st.integers(1, 2 * MAX_QUANTITY), st.integers(1, 2 * MAX_PRICE))
def test_no_order_is_worth_more_than_can_be_counted(quantity: int, price: int) -> None:
    changes = {"quantity": quantity, "limit_price": price}
    if quantity <= MAX_QUANTITY and price <= MAX_PRICE:
        OrderFactory.create_order(**(LIMIT_SELL | changes))
        assert quantity * price <= MAX_MONEY
    else:
        refusal(LIMIT_SELL, **changes)


@pytest.mark.parametrize("quantity", [1, MAX_QUANTITY])
def test_the_highest_price_is_the_same_for_every_quantity(quantity: int) -> None:
    highest = LIMIT_SELL | {"quantity": quantity, "limit_price": MAX_PRICE}
    assert OrderFactory.create_order(**highest).limit_price == MAX_PRICE
    assert refusal(highest, limit_price=MAX_PRICE + 1).reason is Reason.INVALID_PRICE


@pytest.mark.parametrize(
    ("price", "units"), [("0.0001", 1), (150, 1_500_000), ("1000000", MAX_PRICE)]
)
def test_the_price_of_a_stock_is_converted(price: str | int, units: int) -> None:
    assert checked_price("AAPL", price) == units


@pytest.mark.parametrize("price", [0, "-0.0001", "1000000.0001", 10**9])
def test_the_price_of_a_stock_out_of_range_is_refused(price: str | int) -> None:
    with pytest.raises(ValueError, match="price of AAPL must be above zero and at most") as refused:
        checked_price("AAPL", price)
    assert str(refused.value).endswith(f"not {price}")


@pytest.mark.parametrize("price", ["cheap", "0.00001", 1.5])
def test_the_price_of_a_stock_that_is_no_amount_is_refused(price: Any) -> None:
    with pytest.raises(InvalidAmount):
        checked_price("AAPL", price)


@pytest.mark.parametrize("symbol", ["", None, 7])
def test_an_order_without_a_symbol_is_refused(symbol: object) -> None:
    assert refusal(MARKET_BUY, symbol=symbol).reason is Reason.UNKNOWN_SYMBOL


@pytest.mark.parametrize("changes", [{"order_type": "BUY"}, {"price_type": "MARKET"}])
def test_words_in_place_of_types_are_refused(changes: dict[str, Any]) -> None:
    refused = refusal(MARKET_BUY, **changes)
    assert refused.reason is Reason.INVALID_ORDER
    assert "OrderType.BUY or SELL" in str(refused)


def test_of_several_mistakes_the_first_in_precedence_is_named() -> None:
    assert refusal(MARKET_BUY, quantity=0, seen_price=0).reason is Reason.INVALID_QUANTITY
    assert refusal(MARKET_BUY, symbol="", quantity=0).reason is Reason.UNKNOWN_SYMBOL


def test_a_refusal_can_be_copied_and_sent() -> None:
    refused = refusal(MARKET_BUY, quantity=0)
    for twin in (copy.copy(refused), pickle.loads(pickle.dumps(refused))):
        assert (twin.reason, str(twin)) == (refused.reason, str(refused))
