"""What the brokerage refuses, on both runtimes: one clear error each, and nothing half done."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from actors import (
    AccountHandle,
    Brokerage,
    InvalidOrder,
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
from actors.domain.money import InvalidAmount
from actors.messages.funds import DepositCash
from actors.runtimes.runtime import Runtime

Maker = Callable[..., Runtime[Any]]

DOLLAR = 10_000
BUY, SELL = OrderType.BUY, OrderType.SELL
MARKET, LIMIT = PriceType.MARKET, PriceType.LIMIT


def balances(account: AccountHandle) -> tuple[int, int, Any]:
    answer = account.read()
    return answer.cash, answer.held, answer.holdings


@pytest.mark.parametrize("amount", [-1, 0, "-0.01", 0.1, "much", True, "0.00001"])
@pytest.mark.parametrize("verb", ["deposit", "withdraw"])
def test_what_is_no_amount_above_zero_moves_nothing(
    alice: AccountHandle, verb: str, amount: Any
) -> None:
    with pytest.raises(ValueError, match=r"above zero|amount|exactly|decimals"):
        getattr(alice, verb)(amount)

    assert balances(alice) == (10_000 * DOLLAR, 0, ())


@pytest.mark.parametrize(
    ("quantity", "price_type", "limit", "error", "words"),
    [
        (0.5, MARKET, None, InvalidOrder, "whole number"),
        (0, MARKET, None, InvalidOrder, "whole number"),
        (-1, MARKET, None, InvalidOrder, "whole number"),
        (1, LIMIT, None, InvalidOrder, "limit price is missing"),
        (1, LIMIT, "0", InvalidOrder, "limit price of .0.00 is"),
        (1, LIMIT, "-5", InvalidOrder, "limit price of -.5.00 is"),
        (1, LIMIT, 99.5, InvalidAmount, "float"),
        (1, MARKET, "100", InvalidOrder, "no limit price"),
    ],
)
def test_an_order_that_no_market_could_carry_out_is_one_clear_error(
    apple: StockHandle, alice: AccountHandle, quantity: Any, price_type: PriceType, limit: Any,
    error: type[Exception], words: str,
) -> None:  # fmt: skip
    with pytest.raises(error, match=words):
        alice.place_order(apple, quantity, BUY, price_type, limit)

    assert balances(alice) == (10_000 * DOLLAR, 0, ())


def test_an_unknown_symbol_is_one_clear_error(alice: AccountHandle) -> None:
    with pytest.raises(Refused, match="No stock is listed under this symbol"):
        alice.place_order("NONE", 1, BUY, MARKET)

    assert balances(alice) == (10_000 * DOLLAR, 0, ())


@pytest.mark.parametrize(
    ("quantity", "order_type", "reason"),
    [(64, BUY, Reason.INSUFFICIENT_FUNDS), (1, SELL, Reason.INSUFFICIENT_SHARES)],
)
def test_an_order_that_is_not_covered_is_rejected_and_changes_nothing(
    apple: StockHandle, alice: AccountHandle, quantity: int, order_type: OrderType, reason: Reason
) -> None:
    order = alice.place_order(apple, quantity, order_type, MARKET)

    assert (order.status, order.reason) == (OrderStatus.REJECTED, reason)
    assert order.execution_price is None
    assert not order.cancel()
    assert balances(alice) == (10_000 * DOLLAR, 0, ())


def test_a_user_or_stock_that_is_there_already_is_refused(
    exchange: Brokerage, apple: StockHandle, alice: AccountHandle
) -> None:
    with pytest.raises(ValueError, match="has an account already"):
        exchange.register_account(User("U001", "Alice again"), "5")
    with pytest.raises(ValueError, match="AAPL is listed already"):
        exchange.add_stock(Stock("AAPL", "Another apple", "1"))

    assert alice.cash == 10_000 * DOLLAR
    assert apple.current_price == 150 * DOLLAR


@pytest.mark.parametrize("balance", ["-1", 0.5, "lots"])
def test_an_account_with_an_impossible_balance_is_not_opened(
    exchange: Brokerage, balance: Any
) -> None:
    with pytest.raises(ValueError, match=r"negative|exactly|not an amount"):
        exchange.register_account(User("U009", "Zoe"), balance)

    assert "account/U009-1" not in exchange.runtime.cells


@pytest.mark.parametrize("price", ["0", -1, 1.5, "dear", "1000000.0001"])
def test_an_impossible_price_is_refused_and_the_old_one_stays(
    apple: StockHandle, price: Any
) -> None:
    with pytest.raises(ValueError, match=r"above zero|exactly|not an amount"):
        apple.set_price(price)

    assert apple.current_price == 150 * DOLLAR


def test_a_busy_door_rejects_an_order_with_its_reason(make_runtime: Maker) -> None:
    exchange = Brokerage(make_runtime(), in_flight_limit=0)
    apple = exchange.add_stock(Stock("AAPL", "Apple Inc.", "150"))
    account = exchange.register_account(User("U001", "Alice"))

    order = account.place_order(apple, 1, BUY, MARKET)

    assert (order.status, order.reason) == (OrderStatus.REJECTED, Reason.BUSY)


def test_a_busy_door_does_not_mean_that_an_order_has_come_to_its_end(make_runtime: Maker) -> None:
    with Brokerage(runtime=make_runtime(), in_flight_limit=1) as exchange:
        alice = exchange.register_account(User("U1", "Alice"), initial_balance="10000.00")
        apple = exchange.add_stock(Stock("AAPL", "Apple Inc.", "150.00"))
        order = alice.place_order(apple, 10, BUY, LIMIT, "140.00")
        exchange.runtime.cells["exchange"].actor.in_flight_limit = 0

        with pytest.raises(Refused, match="later"):
            order.cancel()

        assert order.status is OrderStatus.PENDING


def test_a_closed_brokerage_says_so_at_once(make_runtime: Any) -> None:
    exchange = Brokerage(make_runtime())
    alice = exchange.register_account(User("U1", "Alice"), "10")
    apple = exchange.add_stock(Stock("AAPL", "Apple Inc.", "1"))
    exchange.close()

    exchange.close()

    for use in (
        lambda: alice.deposit("1"),
        lambda: alice.cash,
        lambda: alice.place_order(apple, 1, OrderType.BUY, PriceType.MARKET),
        lambda: apple.set_price("2"),
        lambda: exchange.register_account(User("U2", "Bob")),
        lambda: exchange.add_stock(Stock("IBM", "IBM", "1")),
        exchange.__enter__,
    ):
        with pytest.raises(RuntimeError, match="closed"):
            use()


def test_a_command_sent_twice_at_once_is_answered_twice_and_carried_out_once() -> None:
    with Brokerage() as exchange:
        alice = exchange.register_account(User("U1", "Alice"), "1000")
        apple = exchange.add_stock(Stock("AAPL", "Apple Inc.", "1"))
        orders: list[OrderHandle] = []

        def place() -> None:
            order = alice.place_order(apple, 1, OrderType.BUY, PriceType.MARKET, command_id=7)
            orders.append(order)

        pair = [threading.Thread(target=place) for _ in range(2)]
        for thread in pair:
            thread.start()
        for thread in pair:
            thread.join(20.0)

        assert [order.status for order in orders] == [OrderStatus.EXECUTED] * 2
        assert len({order.order_id for order in orders}) == 1
        assert alice.cash == 999 * DOLLAR


@pytest.mark.parametrize("command_id", ["x", -1, 2**40, True, 1.0])
def test_a_command_id_that_is_none_is_refused(
    exchange: Brokerage, apple: StockHandle, alice: AccountHandle, command_id: Any
) -> None:
    with pytest.raises(ValueError, match="command id"):
        alice.place_order(apple, 1, OrderType.BUY, PriceType.MARKET, command_id=command_id)

    assert alice.read().holdings == ()


def test_busy_is_no_answer_to_a_repeated_order_that_may_stand(make_runtime: Maker) -> None:
    with Brokerage(runtime=make_runtime(), in_flight_limit=1) as exchange:
        alice = exchange.register_account(User("U1", "Alice"), initial_balance="10000.00")
        exchange.register_account(User("U2", "Bob"), initial_balance="1.00")
        apple = exchange.add_stock(Stock("AAPL", "Apple Inc.", "150.00"))
        order = alice.place_order(apple, 10, BUY, LIMIT, "140.00", command_id=7)
        exchange.runtime.crash("account/U2-1")
        never_answered = DepositCash(5, "account/U2-1", DOLLAR, "handles", user="U2")
        exchange.runtime.send("exchange", never_answered, "handles")
        exchange.runtime.run_until_idle(5.0)

        with pytest.raises(Refused, match="later"):
            alice.place_order(apple, 10, BUY, LIMIT, "140.00", command_id=7)

        assert order.status is OrderStatus.PENDING
        assert len(alice.open_orders()) == 1
        exchange.runtime.restart("account/U2-1")
