"""A strategy of one's own: a stop-loss, added without touching the brokerage, on both runtimes."""

from __future__ import annotations

import doctest
from pathlib import Path

import msgspec
import pytest

import actors.domain.strategies
from actors import (
    AccountHandle,
    Brokerage,
    OrderHandle,
    OrderStatus,
    OrderType,
    PriceType,
    Reason,
    Stock,
    StockHandle,
    User,
)
from actors.commands import Outcome, SellCommand
from actors.domain.market_hours import MarketHours, TradingCalendar
from actors.domain.order_factory import InvalidOrder
from actors.domain.strategies import STRATEGIES, OrderStrategy, add_strategy
from actors.messages.facts import OrderEntered, OrderExecuted
from actors.order_book import OrderBook
from actors.runtimes.journal import JournalError
from simulation.audit.auditor import Auditor
from simulation.virtual_time import VirtualTimeRuntime

DOLLAR = 10_000
BUY, SELL = OrderType.BUY, OrderType.SELL
MARKET, LIMIT = PriceType.MARKET, PriceType.LIMIT
EARLY = TradingCalendar((MarketHours(60_000_000, 120_000_000),), early_limits=True)


class StopLossStrategy(OrderStrategy):
    """At market once the price falls to the one that the customer named; a buy once it rises."""

    @staticmethod
    def worst_price(
        order_type: OrderType, limit_price: int | None, seen_price: int | None, collar_bp: int
    ) -> int:
        assert limit_price is not None
        return 1 if order_type is SELL else limit_price + limit_price * collar_bp // 10_000

    @staticmethod
    def is_due(order_type: OrderType, worst_price: int, trigger_price: int, price: int) -> bool:
        return price <= trigger_price if order_type is SELL else price >= trigger_price


STOP_LOSS = add_strategy("STOP_LOSS", StopLossStrategy())


@pytest.fixture
def auditor(exchange: Brokerage) -> Auditor:
    """Give an auditor that reads along."""
    auditor = Auditor(collar_bp=500)
    exchange.runtime.follow(auditor)
    return auditor


def stop_loss(account: AccountHandle, stock: StockHandle) -> OrderHandle:
    """Hold ten shares at $100, and sell them at market once the price falls to $90."""
    stock.set_price("100.00")
    account.place_order(stock, 10, BUY, MARKET)
    return account.place_order(stock, 10, SELL, STOP_LOSS, "90.00")


def test_ten_shares_are_sold_at_market_once_the_price_falls_to_90(
    exchange: Brokerage, apple: StockHandle, alice: AccountHandle
) -> None:
    order = stop_loss(alice, apple)

    apple.set_price("90.01")
    assert order.status is OrderStatus.PENDING
    apple.set_price("88.50")

    assert (order.status, order.execution_price) == (OrderStatus.EXECUTED, 885_000)
    assert alice.cash == (10_000 - 1_000 + 885) * DOLLAR
    assert alice.portfolio.get_holdings_summary() == {}


def test_a_stop_that_is_met_when_it_comes_in_executes_at_once(
    exchange: Brokerage, apple: StockHandle, alice: AccountHandle
) -> None:
    alice.place_order(apple, 10, BUY, MARKET)

    order = alice.place_order(apple, 10, SELL, STOP_LOSS, "150.00")

    exchange.runtime.run_until_idle(10.0)
    assert (order.status, order.execution_price) == (OrderStatus.EXECUTED, 150 * DOLLAR)


def test_its_shares_are_held_while_it_waits_and_free_when_it_is_cancelled(
    apple: StockHandle, alice: AccountHandle
) -> None:
    order = stop_loss(alice, apple)
    assert alice.place_order(apple, 1, SELL, MARKET).reason is Reason.INSUFFICIENT_SHARES

    assert order.cancel()

    apple.set_price("80.00")
    assert order.status is OrderStatus.CANCELLED
    assert alice.place_order(apple, 10, SELL, MARKET).status is OrderStatus.EXECUTED


def test_a_stop_buy_never_costs_more_than_what_is_held_for_it(
    apple: StockHandle, alice: AccountHandle
) -> None:
    order = alice.place_order(apple, 10, BUY, STOP_LOSS, "160.00")
    assert alice.held == 1_680 * DOLLAR

    apple.set_price("170.00")
    assert order.status is OrderStatus.PENDING
    apple.set_price("168.00")

    assert (order.status, order.execution_price) == (OrderStatus.EXECUTED, 168 * DOLLAR)
    assert (alice.cash, alice.held) == (8_320 * DOLLAR, 0)


def test_it_needs_a_price(apple: StockHandle, alice: AccountHandle) -> None:
    with pytest.raises(InvalidOrder, match="the limit price is missing"):
        alice.place_order(apple, 10, SELL, STOP_LOSS)


def test_the_close_expires_one_that_waits() -> None:
    runtime = VirtualTimeRuntime()
    exchange = Brokerage(runtime, hours=MarketHours(0, 60_000_000))
    alice = exchange.register_account(User("U001", "Alice"), "10000.00")
    order = stop_loss(alice, exchange.add_stock(Stock("AAPL", "Apple Inc.", "100.00")))

    runtime.run(until_s=61.0)

    assert order.status is OrderStatus.EXPIRED
    assert alice.open_orders() == []


def test_one_that_is_given_early_waits_for_its_trigger_in_its_session() -> None:
    runtime, auditor = VirtualTimeRuntime(), Auditor(EARLY, collar_bp=500)
    runtime.follow(auditor)
    exchange = Brokerage(runtime, hours=EARLY)
    alice = exchange.register_account(User("U001", "Alice"), "10000.00")
    apple = exchange.add_stock(Stock("AAPL", "Apple Inc.", "100.00"))
    alice.transfer_shares(apple, 20, "1000.00")
    met, unmet = (alice.place_order(apple, 10, SELL, STOP_LOSS, stop) for stop in ("90", "80"))

    runtime.run(until_s=61.0)
    assert met.status is OrderStatus.PENDING
    apple.set_price("89.00")
    assert (met.status, met.execution_price) == (OrderStatus.EXECUTED, 89 * DOLLAR)
    runtime.run(until_s=121.0)

    assert unmet.status is OrderStatus.EXPIRED
    assert auditor.finish().findings == []
    assert runtime.supervisor.failures == []


def test_an_order_that_its_strategy_has_no_price_for_is_refused(
    apple: StockHandle, alice: AccountHandle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(StopLossStrategy, "worst_price", lambda *_: 0)

    order = alice.place_order(apple, 1, BUY, STOP_LOSS, "160.00")

    assert (order.status, order.reason) == (OrderStatus.REJECTED, Reason.INVALID_ORDER)


def test_it_can_be_given_as_a_command_and_undone(
    exchange: Brokerage, apple: StockHandle, alice: AccountHandle
) -> None:
    alice.place_order(apple, 10, BUY, MARKET)

    entry = exchange.commands.execute(
        SellCommand("U001", "AAPL", 10, "90.00", price_type=STOP_LOSS)
    )

    assert entry.outcome is Outcome.ACCEPTED
    assert exchange.commands.undo(entry).outcome is Outcome.ACCEPTED


def test_the_audit_judges_it_by_its_own_rule(
    exchange: Brokerage, auditor: Auditor, apple: StockHandle, alice: AccountHandle
) -> None:
    stop_loss(alice, apple)
    limit = alice.place_order(apple, 1, BUY, LIMIT, "89.00")
    alice.place_order(apple, 1, BUY, STOP_LOSS, "95.00").cancel()
    apple.set_price("90.01")
    apple.set_price("89.00")
    exchange.runtime.run_until_idle(10.0)

    result = auditor.finish()

    assert limit.status is OrderStatus.EXECUTED
    assert result.findings == []
    assert {each.id: each.checks for each in result.invariants}["A08"] > 0


@pytest.mark.parametrize("answer", [False, True])
def test_the_audit_finds_a_book_that_executes_it_too_late_or_too_early(
    exchange: Brokerage,
    auditor: Auditor,
    apple: StockHandle,
    alice: AccountHandle,
    answer: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(OrderBook, "is_due", lambda *_: answer)
    stop_loss(alice, apple)
    apple.set_price("95.00")
    apple.set_price("90.00")
    exchange.runtime.run_until_idle(10.0)

    result = auditor.finish()

    assert "A08" in {finding.invariant for finding in result.findings}


def test_a_book_and_an_account_that_crash_bring_it_back(
    exchange: Brokerage, apple: StockHandle, alice: AccountHandle
) -> None:
    order = stop_loss(alice, apple)
    exchange.runtime.run_until_idle(10.0)
    for address in ("book/AAPL", alice.address):
        exchange.runtime.crash(address)
        exchange.runtime.restart(address)
    exchange.runtime.run_until_idle(10.0)

    apple.set_price("90.00")

    assert (order.status, order.execution_price) == (OrderStatus.EXECUTED, 90 * DOLLAR)


def test_it_waits_on_in_a_file_that_is_opened_again(path: Path) -> None:
    with Brokerage(journal=path) as exchange:
        alice = exchange.register_account(User("U001", "Alice"), "10000.00")
        stop_loss(alice, exchange.add_stock(Stock("AAPL", "Apple Inc.", "100.00")))

    with Brokerage(journal=path) as exchange:
        alice = exchange.account("U001")
        (line,) = alice.read().open_orders
        assert line.price_type is STOP_LOSS
        exchange.stock("AAPL").set_price("90.00")

        assert alice.cash == 9_900 * DOLLAR
        assert exchange.commands.history()[-1].price == 90 * DOLLAR


def test_a_file_with_a_strategy_that_nobody_has_added_is_refused_by_its_name(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Brokerage(journal=path) as exchange:
        alice = exchange.register_account(User("U001", "Alice"), "10000.00")
        stop_loss(alice, exchange.add_stock(Stock("AAPL", "Apple Inc.", "100.00")))
    before = path.read_bytes()

    monkeypatch.setattr("actors.domain.orders._ADDED", {})
    with pytest.raises(JournalError, match=r"STOP_LOSS.*add its strategy first"):
        Brokerage(journal=path)

    assert path.read_bytes() == before


def test_a_book_where_none_waits_asks_no_strategy(
    exchange: Brokerage,
    apple: StockHandle,
    alice: AccountHandle,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def never(*_: object) -> bool:
        raise AssertionError("a limit order needs no strategy to be asked")

    monkeypatch.setattr(OrderBook, "is_due", never)
    order = alice.place_order(apple, 1, BUY, LIMIT, "140.00")

    apple.set_price("140.00")

    assert order.status is OrderStatus.EXECUTED


@pytest.mark.parametrize("name", ["MARKET", "LIMIT", "", "stop", "A B", None, 7])
def test_a_strategy_needs_a_name_of_its_own(name: str) -> None:
    with pytest.raises(ValueError, match="name"):
        add_strategy(name, StopLossStrategy())


def test_a_price_type_that_was_added_is_written_read_and_found_by_name() -> None:
    fact = OrderEntered("U1-1", "account/U1-1", "SELL", STOP_LOSS, 1, 1, 9)  # type: ignore[arg-type]
    encoded = msgspec.msgpack.encode(fact)

    assert msgspec.msgpack.decode(encoded, type=OrderEntered).price_type is STOP_LOSS
    assert PriceType("STOP_LOSS") is STOP_LOSS is add_strategy("STOP_LOSS", StopLossStrategy())
    assert list(PriceType) == [MARKET, LIMIT]
    with pytest.raises(ValueError, match="NOBODYS"):
        PriceType("NOBODYS")


def test_the_documented_example_runs() -> None:
    own = STRATEGIES[STOP_LOSS]
    try:
        failures, tried = doctest.testmod(actors.domain.strategies)
    finally:
        STRATEGIES[STOP_LOSS] = own

    assert (failures, tried > 0) == (0, True)


def test_what_was_recorded_before_there_were_triggers_is_read_with_none() -> None:
    new = OrderEntered("U1-1", "account/U1-1", BUY, LIMIT, 1, DOLLAR)
    fields = msgspec.json.decode(msgspec.json.encode(new))

    old = msgspec.json.decode(msgspec.json.encode(fields[:-1]), type=OrderEntered)

    assert old == new
    assert OrderExecuted.__struct_fields__[-1] == "executed"
