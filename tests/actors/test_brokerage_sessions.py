"""A brokerage over several sessions, as people hold it: early orders, refusals, days in a row."""

from __future__ import annotations

from pathlib import Path

import pytest

from actors.brokerage import Brokerage
from actors.domain.market_hours import Hours, MarketHours, TradingCalendar
from actors.domain.orders import OrderStatus, OrderType, PriceType, Reason
from actors.domain.users import User
from actors.handles import OrderHandle
from actors.stock import Stock
from simulation.virtual_time import VirtualTimeRuntime

BUY, MARKET, LIMIT = OrderType.BUY, PriceType.MARKET, PriceType.LIMIT
HOUR = 3_600 * 1_000_000
DAYS = TradingCalendar(
    (
        MarketHours(2 * HOUR, 8 * HOUR, "2024-07-05 at 09:30 in New York"),
        MarketHours(26 * HOUR, 32 * HOUR, "2024-07-08 at 09:30 in New York"),
    )
)


class Floor:
    """A brokerage in virtual time with $10,000 of Alice's and AAPL at $150."""

    def __init__(self, hours: Hours, *, early_limits: bool = False) -> None:
        self.runtime = VirtualTimeRuntime()
        self.brokerage = Brokerage(self.runtime, hours=hours, early_limits=early_limits)
        self.alice = self.brokerage.register_account(User("U001", "Alice"), "10000")
        self.apple = self.brokerage.add_stock(Stock("AAPL", "Apple Inc.", "150"))

    def buy(self, price_type: PriceType, limit: str | None = None) -> OrderHandle:
        return self.alice.place_order(self.apple, 10, BUY, price_type, limit)

    def until(self, hours: float) -> None:
        self.runtime.run(until_s=hours * 3_600)


def test_early_orders_of_two_days_execute_or_expire_on_their_own_day() -> None:
    floor = Floor(DAYS, early_limits=True)
    friday, cheap = floor.buy(LIMIT, "160"), floor.buy(LIMIT, "140")
    assert (friday.status, floor.alice.held) == (OrderStatus.PENDING, 3_000 * 10_000)

    floor.until(3)
    assert (friday.status, cheap.status) == (OrderStatus.EXECUTED, OrderStatus.PENDING)
    floor.until(9)
    assert cheap.status is OrderStatus.EXPIRED

    monday = floor.buy(LIMIT, "140")
    floor.apple.set_price("139")
    assert monday.status is OrderStatus.PENDING
    floor.until(27)

    assert (monday.status, monday.execution_price) == (OrderStatus.EXECUTED, 139 * 10_000)
    assert floor.buy(MARKET).status is OrderStatus.EXECUTED


@pytest.mark.parametrize(
    ("hours", "sentence"),
    [
        (DAYS, "The market is closed. The next session opens on 2024-07-05 at 09:30 in New York."),
        (
            MarketHours(2 * HOUR, 3 * HOUR),
            "The market is closed. The next session opens in 1 hour 59 minutes.",
        ),
    ],
)
def test_a_refusal_says_in_words_when_the_market_opens(hours: Hours, sentence: str) -> None:
    floor = Floor(hours)
    floor.runtime.run(until_s=1.0)

    order = floor.buy(MARKET)

    assert (order.status, order.reason) == (OrderStatus.REJECTED, Reason.MARKET_CLOSED)
    assert order.refused is not None
    assert str(order.refused) == sentence
    assert order.refused.next_session_us == 2 * HOUR


def test_after_the_last_session_a_refusal_only_says_that_the_market_is_closed() -> None:
    floor = Floor(DAYS, early_limits=True)
    floor.until(40)

    order = floor.buy(LIMIT, "160")

    assert str(order.refused) == "The market is closed."


def test_an_early_order_is_still_there_when_its_file_is_opened_again(tmp_path: Path) -> None:
    path = tmp_path / "floor.db"
    with Brokerage(journal=path, hours=DAYS, early_limits=True) as brokerage:
        alice = brokerage.register_account(User("U001", "Alice"), "10000")
        apple = brokerage.add_stock(Stock("AAPL", "Apple Inc.", "150"))
        alice.place_order(apple, 10, BUY, LIMIT, "160")

    with Brokerage(journal=path, hours=DAYS, early_limits=True) as brokerage:
        alice = brokerage.account("U001")
        assert alice.held == 1_600 * 10_000
        (order,) = alice.open_orders()
        assert order.status is OrderStatus.PENDING
        assert order.cancel()
        assert alice.held == 0


def test_a_file_of_one_session_goes_on_with_a_calendar(tmp_path: Path) -> None:
    path = tmp_path / "floor.db"
    with Brokerage(journal=path) as brokerage:
        alice = brokerage.register_account(User("U001", "Alice"), "10000")
        apple = brokerage.add_stock(Stock("AAPL", "Apple Inc.", "150"))
        alice.place_order(apple, 10, BUY, LIMIT, "140")

    hours = TradingCalendar((MarketHours(0, 2**60),))
    with Brokerage(journal=path, hours=hours) as brokerage:
        brokerage.runtime.run_until_idle(5.0)
        alice = brokerage.account("U001")
        assert alice.held == 0  # its session is not one of the calendar
        order = alice.place_order("AAPL", 10, BUY, MARKET)
        assert order.status is OrderStatus.EXECUTED
