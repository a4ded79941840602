"""Users with several accounts, and what people read of them, on each runtime."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest

from actors import (
    AccountHandle,
    Brokerage,
    OrderHandle,
    OrderStatus,
    OrderType,
    PriceType,
    Reason,
    Refused,
    Stock,
    StockHandle,
    User,
)
from actors.domain.notifications import Channel, Event
from actors.domain.thresholds import Direction
from actors.notification_handles import AlertHandle

DOLLAR = 10_000
BUY, SELL = OrderType.BUY, OrderType.SELL
MARKET, LIMIT = PriceType.MARKET, PriceType.LIMIT


def test_a_user_has_one_or_more_accounts(exchange: Brokerage, alice: AccountHandle) -> None:
    second = exchange.user("U001").open_account("500.00")

    assert [account.cash for account in exchange.user("U001").accounts()] == [
        10_000 * DOLLAR,
        500 * DOLLAR,
    ]
    assert exchange.account("U001", 2).address == second.address != alice.address
    assert [account.address for account in exchange.accounts()] == [alice.address, second.address]


@pytest.mark.parametrize("number", [0, 2, -1, True, "1"])
def test_an_account_that_a_user_does_not_have_is_named(
    exchange: Brokerage, alice: AccountHandle, number: int
) -> None:
    with pytest.raises(ValueError, match="user U001 has accounts 1 to 1, no account"):
        exchange.account("U001", number)


def test_all_accounts_of_a_user_are_there_again_when_the_file_is_reopened(tmp_path: Path) -> None:
    with Brokerage(journal=tmp_path / "floor.db") as exchange:
        exchange.register_account(User("U001", "Alice"), "10.00")
        exchange.user("U001").open_account("20.00")
        exchange.user("U001").open_account().close()

    with Brokerage(journal=tmp_path / "floor.db") as exchange:
        first, second, third = exchange.user("U001").accounts()
        assert (first.cash, second.cash) == (10 * DOLLAR, 20 * DOLLAR)
        with pytest.raises(Refused, match="closed"):
            third.deposit("1.00")


def test_an_account_with_cash_is_not_closed(alice: AccountHandle) -> None:
    with pytest.raises(Refused, match="must be empty") as refused:
        alice.close()
    assert refused.value.reason is Reason.ACCOUNT_NOT_EMPTY

    alice.withdraw("10000.00")
    alice.close()

    with pytest.raises(Refused, match="closed"):
        alice.deposit("1.00")


def test_a_handle_of_a_stranger_reads_and_changes_nothing(
    exchange: Brokerage, alice: AccountHandle, apple: StockHandle
) -> None:
    bob = exchange.register_account(User("U002", "Bob"), "10.00")
    intruder = AccountHandle(exchange, bob.user, alice.address)

    own = alice.place_order(apple, 1, BUY, MARKET)
    alert = alice.alerts.add(apple, Direction.ABOVE, "200.00")

    order = intruder.place_order(apple, 1, BUY, MARKET)
    attempts: list[Callable[[], object]] = [
        intruder.read,
        intruder.portfolio.read,
        intruder.close,
        intruder.open_orders,
        lambda: intruder.deposit("1"),
        lambda: intruder.withdraw("1"),
        lambda: intruder.transfer_shares(apple, 1, "1"),
        lambda: intruder.net_worth,
        intruder.orders,
        intruder.transactions,
        intruder.preferences.read,
        lambda: intruder.preferences.set(Channel.EMAIL, [Event.DEPOSIT], "b@x.example"),
        lambda: intruder.alerts.add(apple, Direction.ABOVE, "200.00"),
        intruder.alerts.list,
        AlertHandle(intruder, alert.alert).remove,
        lambda: OrderHandle(intruder, "AAPL", own.order_id).status,
        lambda: OrderHandle(intruder, "AAPL", own.order_id).execution_price,
        OrderHandle(intruder, "AAPL", own.order_id).cancel,
    ]
    reasons = []
    for attempt in attempts:
        with pytest.raises(Refused) as refused:
            attempt()
        reasons.append(refused.value.reason)

    assert (order.status, order.reason) == (OrderStatus.REJECTED, Reason.NOT_OWNER)
    assert reasons == [Reason.NOT_OWNER] * len(attempts)
    assert OrderHandle(bob, "AAPL", own.order_id).status is OrderStatus.PENDING
    assert alice.cash == 9_850 * DOLLAR
    assert len(alice.alerts.list()) == 1


def test_what_is_held_is_valued_with_its_average_cost(
    alice: AccountHandle, apple: StockHandle
) -> None:
    alice.place_order(apple, 2, BUY, MARKET)
    apple.set_price("155.00")
    alice.place_order(apple, 1, BUY, MARKET)

    line = alice.portfolio.get_holdings_summary()["AAPL"]

    assert line.average_cost == Fraction((2 * 150 + 155) * DOLLAR, 3)
    assert (line.current_value, line.profit_loss) == (465 * DOLLAR, 10 * DOLLAR)
    assert alice.net_worth == (10_000 + 10) * DOLLAR


def test_the_average_cost_of_two_buys_decides_what_a_sale_realises(exchange: Brokerage) -> None:
    acme = exchange.add_stock(Stock("ACME", "Acme Inc.", "90.00"))
    account = exchange.register_account(User("U1", "Ann"), "8000.00")
    account.transfer_shares(acme, 100, "5000.00")
    sell = account.place_order(acme, 100, SELL, LIMIT, "100.00")
    buy = account.place_order(acme, 100, BUY, LIMIT, "80.00")
    assert (sell.status, buy.status) == (OrderStatus.PENDING, OrderStatus.PENDING)

    acme.set_price("80.00")
    assert buy.status is OrderStatus.EXECUTED
    line = account.portfolio.get_holdings_summary()["ACME"]
    assert (line.quantity, line.average_cost) == (200, Fraction(65 * DOLLAR))

    acme.set_price("100.00")
    assert sell.status is OrderStatus.EXECUTED
    line = account.portfolio.get_holdings_summary()["ACME"]
    assert (line.quantity, line.average_cost) == (100, Fraction(65 * DOLLAR))
    assert account.portfolio.get_profit_loss() == {
        "profit_loss": 3_500 * DOLLAR,
        "percentage": pytest.approx(100 * 35 / 65),
        "cost_total": 6_500 * DOLLAR,
        "current_value": 10_000 * DOLLAR,
        "realised": 3_500 * DOLLAR,
    }


def test_preferences_of_a_user_are_those_of_every_account_also_of_later_ones(
    exchange: Brokerage, alice: AccountHandle
) -> None:
    user = exchange.user("U001")
    second, closed = user.open_account(), user.open_account()
    closed.close()

    user.preferences.set(Channel.CONSOLE, [Event.DEPOSIT])
    later = user.open_account()

    for account in (alice, second, later):
        (route,) = account.preferences.read().routes
        assert (route.channel, route.events) == (Channel.CONSOLE, (Event.DEPOSIT,))
    assert closed.preferences.read().routes == ()


def test_wrong_preferences_of_a_user_change_no_account(
    exchange: Brokerage, alice: AccountHandle
) -> None:
    user = exchange.user("U001")
    second = user.open_account()

    with pytest.raises(ValueError, match="email cannot lead to 'nowhere'"):
        user.preferences.set(Channel.EMAIL, [Event.DEPOSIT], to="nowhere")

    assert [one.preferences.read().routes for one in (alice, second)] == [(), ()]
