"""Whatever people hand to a handle, it is done or refused in one sentence, and nothing breaks."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from actors import Brokerage, OrderType, PriceType, Stock, User
from simulation.virtual_time import VirtualTimeRuntime

VALUES = st.one_of(
    st.sampled_from([
        "AAPL", "10", "0.0001", "1e9", "-1", "", "NaN", "inf", "٣", 1, 0, -1, 2**63, 10**40, True,
        None, 1.5, float("nan"), Decimal(7), Decimal("NaN"), b"1", [], {}, OrderType.BUY,
        OrderType.SELL, PriceType.MARKET, PriceType.LIMIT, object(),
    ]),
    st.integers(), st.text(max_size=20), st.decimals(), st.floats(),
)  # fmt: skip
ON_ACCOUNTS = {
    "deposit": 1, "withdraw": 1, "transfer_shares": 3, "place_order": 5, "open_orders": 0,
}  # fmt: skip
ON_BROKERAGE = {
    "register_account": 2, "add_stock": 1, "quote": 1, "search": 1, "account": 1, "stock": 1,
}  # fmt: skip
Calls = tuple[Brokerage, Any]


@pytest.fixture
def floor() -> Iterator[Calls]:
    """Give a brokerage with one stock and one account."""
    with Brokerage(runtime=VirtualTimeRuntime()) as exchange:
        account = exchange.register_account(User("U1", "Ann"), initial_balance="10000.00")
        exchange.add_stock(Stock("AAPL", "Apple Inc.", "150.00"))
        yield exchange, account


def call(target: Any, verb: str, values: list[Any]) -> str:
    """Call a handle; return what it refused to do, in its words."""
    try:
        getattr(target, verb)(*values)
    except (ValueError, TypeError, KeyError) as refusal:
        return str(refusal)
    return ""


@pytest.mark.parametrize("verb", [*ON_ACCOUNTS, *ON_BROKERAGE])
@given(data=st.data())
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_handle_refuses_nonsense_and_the_floor_goes_on(
    floor: Calls, verb: str, data: st.DataObject
) -> None:
    exchange, account = floor
    count = {**ON_ACCOUNTS, **ON_BROKERAGE}[verb]
    values = data.draw(st.lists(VALUES, min_size=count, max_size=count))

    said = call(account if verb in ON_ACCOUNTS else exchange, verb, values)

    assert "Traceback" not in said
    assert not exchange.runtime.supervisor.failures
    assert 0 <= account.held <= account.cash
