"""The whole brokerage on both runtimes, through the handles that people hold."""

from __future__ import annotations

import pickle
import threading
from collections.abc import Callable
from typing import Any

import pytest

import actors
from actors import (
    AccountHandle,
    Brokerage,
    OrderStatus,
    OrderType,
    PriceType,
    Reason,
    Refused,
    Stock,
    StockHandle,
    User,
)
from actors.account import Account
from actors.domain.market_hours import MarketHours
from actors.exchange import StockExchange
from actors.market_data import MarketData
from actors.messages.base import Address, Message
from actors.messages.facts import ExecutionSettled
from actors.order_book import OrderBook
from actors.runtimes.runtime import Runtime
from actors.runtimes.threads import ThreadRuntime
from simulation.virtual_time import VirtualTimeRuntime

Maker = Callable[..., Runtime[Any]]

DOLLAR = 10_000
BUY, SELL = OrderType.BUY, OrderType.SELL
MARKET, LIMIT = PriceType.MARKET, PriceType.LIMIT


def test_somebody_registers_buys_at_market_and_sees_profit_and_loss(make_runtime: Maker) -> None:
    with Brokerage(make_runtime()) as exchange:
        account = exchange.register_account(
            User("U001", "Alice", "alice@example.com", "555-0001"), initial_balance="10000.00"
        )
        apple = exchange.add_stock(Stock("AAPL", "Apple Inc.", "150.00"))
        order = account.place_order(apple, 10, OrderType.BUY, PriceType.MARKET)

        assert (order.status, order.execution_price) == (OrderStatus.EXECUTED, 150 * DOLLAR)
        apple.set_price("165.00")
        assert account.portfolio.get_profit_loss() == {
            "profit_loss": 150 * DOLLAR,
            "percentage": 10.0,
            "cost_total": 1_500 * DOLLAR,
            "current_value": 1_650 * DOLLAR,
            "realised": 0,
        }


def test_a_sale_realises_profit_and_pays_cash(apple: StockHandle, alice: AccountHandle) -> None:
    alice.place_order(apple, 10, BUY, MARKET)
    apple.set_price("160.00")

    alice.place_order(apple, 4, SELL, MARKET)

    assert alice.portfolio.get_profit_loss()["realised"] == 40 * DOLLAR
    assert alice.cash == (10_000 - 1_500 + 640) * DOLLAR
    assert alice.portfolio.get_holdings_summary()["AAPL"].quantity == 6


def test_the_current_price_follows_the_market(apple: StockHandle) -> None:
    apple.set_price("151.2345")

    assert apple.current_price == 1_512_345


def test_cash_comes_in_and_goes_out(alice: AccountHandle) -> None:
    alice.deposit("0.0001")
    alice.withdraw("10000.00")

    assert (alice.cash, alice.held, alice.available) == (1, 0, 1)
    with pytest.raises(Refused, match="available cash does not cover"):
        alice.withdraw("0.0002")


def test_what_is_held_cannot_be_withdrawn(apple: StockHandle, alice: AccountHandle) -> None:
    alice.place_order(apple, 40, BUY, LIMIT, "100.00")

    with pytest.raises(Refused) as refused:
        alice.withdraw("6000.0001")
    assert refused.value.reason is Reason.INSUFFICIENT_FUNDS
    alice.withdraw("6000")
    assert (alice.cash, alice.held, alice.available) == (4_000 * DOLLAR, 4_000 * DOLLAR, 0)


def test_the_collar_and_not_the_price_decides_what_an_account_can_afford(
    apple: StockHandle, alice: AccountHandle
) -> None:
    # 63 shares at $157.50, the collar's edge, cost $9,922.50; 64 would cost $10,080.
    order = alice.place_order(apple, 63, BUY, MARKET)

    assert order.status is OrderStatus.EXECUTED
    assert alice.cash == (10_000 - 63 * 150) * DOLLAR
    assert alice.held == 0


def test_limit_orders_of_two_accounts_trigger_by_price_then_time(
    exchange: Brokerage, apple: StockHandle, alice: AccountHandle
) -> None:
    bob = exchange.register_account(User("U002", "Bob"), "10000")
    for account, limit in [(alice, "140"), (bob, "145"), (bob, "140"), (alice, "145")]:
        account.place_order(apple, 1, BUY, LIMIT, limit)
    executed: list[Address] = []

    class Follower:
        def appended(self, address: Address, facts: Any, at_us: int) -> None:
            executed.extend(f.order_id for f in facts if type(f).__name__ == "OrderExecuted")

    exchange.runtime.follow(Follower())
    apple.set_price("139.00")

    assert executed == ["U002-1-1", "U001-1-2", "U001-1-1", "U002-1-2"]
    assert (alice.cash, bob.cash) == (9_722 * DOLLAR, 9_722 * DOLLAR)


def test_a_limit_order_waits_and_executes_at_the_better_price(
    apple: StockHandle, alice: AccountHandle
) -> None:
    order = alice.place_order(apple, 10, BUY, LIMIT, "140.00")
    assert order.status is OrderStatus.PENDING
    assert alice.held == 1_400 * DOLLAR

    apple.set_price("139.50")

    assert (order.status, order.execution_price) == (OrderStatus.EXECUTED, 1_395_000)
    assert (alice.cash, alice.held) == (8_605 * DOLLAR, 0)


def test_an_order_can_be_cancelled_while_all_cash_is_held(
    apple: StockHandle, alice: AccountHandle
) -> None:
    order = alice.place_order(apple, 100, BUY, LIMIT, "100.00")
    assert alice.available == 0

    assert order.cancel()

    assert order.status is OrderStatus.CANCELLED
    assert alice.available == 10_000 * DOLLAR
    assert not order.cancel()


def test_an_order_that_was_executed_cannot_be_cancelled(
    apple: StockHandle, alice: AccountHandle
) -> None:
    order = alice.place_order(apple, 1, BUY, MARKET)

    assert not order.cancel()
    assert order.status is OrderStatus.EXECUTED


def test_the_same_command_again_is_the_same_order(apple: StockHandle, alice: AccountHandle) -> None:
    first = alice.place_order(apple, 10, BUY, MARKET, command_id=1_000)
    again = alice.place_order(apple, 10, BUY, MARKET, command_id=1_000)

    assert (again.order_id, again.status) == (first.order_id, OrderStatus.EXECUTED)
    assert alice.cash == 8_500 * DOLLAR


def test_the_same_command_again_is_the_same_order_though_the_price_has_moved(
    apple: StockHandle, alice: AccountHandle
) -> None:
    first = alice.place_order(apple, 10, BUY, MARKET, command_id=1_000)
    apple.set_price("151.00")
    again = alice.place_order(apple, 10, BUY, MARKET, command_id=1_000)

    assert (again.order_id, again.status) == (first.order_id, OrderStatus.EXECUTED)
    assert alice.cash == 8_500 * DOLLAR


def test_another_order_under_the_same_command_is_rejected(
    apple: StockHandle, alice: AccountHandle
) -> None:
    alice.place_order(apple, 1, BUY, LIMIT, "100", command_id=1_000)
    other = alice.place_order(apple, 2, BUY, LIMIT, "100", command_id=1_000)

    assert other.reason is Reason.DUPLICATE_COMMAND
    assert alice.held == 100 * DOLLAR


def test_shares_can_be_brought_along(apple: StockHandle, alice: AccountHandle) -> None:
    alice.transfer_shares(apple, 10, "1000.00")

    assert alice.place_order(apple, 10, SELL, MARKET).status is OrderStatus.EXECUTED
    assert alice.portfolio.get_profit_loss()["realised"] == 500 * DOLLAR


def test_stocks_are_found_by_prefix_and_by_words(exchange: Brokerage, apple: StockHandle) -> None:
    exchange.add_stock(Stock("AMZN", "Amazon.com, Inc.", "180"))
    exchange.add_stock(Stock("APLE", "Apple Hospitality REIT", "15"))

    assert set(exchange.search("a")) == {"AAPL", "AMZN", "APLE"}
    assert exchange.search("hospitality apple") == ["APLE"]
    assert exchange.search("nothing like it") == []


def test_the_close_expires_what_waits_and_refuses_what_comes() -> None:
    runtime = VirtualTimeRuntime()
    exchange = Brokerage(runtime, hours=MarketHours(0, 60_000_000))
    alice = exchange.register_account(User("U001", "Alice"), "10000")
    apple = exchange.add_stock(Stock("AAPL", "Apple Inc.", "150"))
    order = alice.place_order(apple, 10, BUY, LIMIT, "100")
    assert alice.held == 1_000 * DOLLAR

    runtime.run(until_s=61.0)

    assert order.status is OrderStatus.EXPIRED
    assert (alice.cash, alice.held) == (10_000 * DOLLAR, 0)
    late = alice.place_order(apple, 10, BUY, MARKET)
    assert (late.status, late.reason) == (OrderStatus.REJECTED, Reason.MARKET_CLOSED)


def test_everything_survives_the_crash_of_every_actor(
    exchange: Brokerage, apple: StockHandle, alice: AccountHandle
) -> None:
    alice.place_order(apple, 10, BUY, MARKET)
    waiting = alice.place_order(apple, 10, BUY, LIMIT, "100")
    before = alice.read()

    for address in list(exchange.runtime.cells):
        exchange.runtime.crash(address)
        exchange.runtime.restart(address)
        exchange.runtime.run_until_idle(2.0)

    assert alice.read().holdings == before.holdings
    assert (alice.cash, alice.held) == (before.cash, before.held)
    apple.set_price("99.00")
    assert waiting.status is OrderStatus.EXECUTED


def test_messages_survive_pickling_on_their_way(
    exchange: Brokerage, monkeypatch: pytest.MonkeyPatch
) -> None:
    for kind in (Account, OrderBook, StockExchange, MarketData, Stock):
        monkeypatch.setattr(kind, "receive", pickled(kind.receive))

    apple = exchange.add_stock(Stock("AAPL", "Apple Inc.", "150.00"))
    alice = exchange.register_account(User("U001", "Alice"), "10000.00")
    alice.place_order(apple, 10, BUY, MARKET)
    alice.place_order(apple, 1, BUY, LIMIT, "140").cancel()

    assert alice.portfolio.get_profit_loss()["cost_total"] == 1_500 * DOLLAR
    assert exchange.search("apple") == ["AAPL"]


def pickled(receive: Any) -> Any:
    def receive_a_copy(self: Any, message: Message, sender: Address) -> None:
        receive(self, pickle.loads(pickle.dumps(message)), sender)

    return receive_a_copy


def test_money_is_conserved_when_twenty_threads_trade_at_once() -> None:
    with Brokerage(ThreadRuntime(2)) as exchange:
        apple = exchange.add_stock(Stock("AAPL", "Apple Inc.", "150.00"))
        accounts = [
            exchange.register_account(User(f"U{n}", f"User {n}"), "10000") for n in range(20)
        ]
        threads = [threading.Thread(target=trade, args=(each, apple)) for each in accounts]
        for thread in threads:
            thread.start()
        for price in ("148.00", "152.00", "150.00"):
            apple.set_price(price)
        for thread in threads:
            thread.join()

        for account in accounts:
            check_money(exchange, account)
        assert exchange.runtime.supervisor.failures == []


def trade(account: AccountHandle, stock: StockHandle) -> None:
    for n in range(10):
        account.place_order(stock, 3, BUY, MARKET)
        account.place_order(stock, 2, SELL, MARKET)
        account.place_order(stock, 1, BUY, LIMIT, "100").cancel()
        account.deposit(n + 1)


def check_money(exchange: Brokerage, account: AccountHandle) -> None:
    """Assert that cash is what came in, less what settlements took."""
    facts = exchange.runtime.journal.facts_of(account.address)
    settled = [fact for fact in facts if isinstance(fact, ExecutionSettled)]
    spent = sum(f.amount if f.order_type is BUY else -f.amount for f in settled)
    assert len(settled) == 20
    assert account.cash == (10_000 + 55) * DOLLAR - spent
    assert account.held == 0
    assert account.portfolio.get_holdings_summary()["AAPL"].quantity == 10


def test_the_package_names_what_it_gives() -> None:
    assert {name for name in actors.__all__ if not hasattr(actors, name)} == set()
