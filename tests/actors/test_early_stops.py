"""Orders of a strategy of one's own that come before their session: stop orders, here."""

from __future__ import annotations

from kit import Kit

from actors import Brokerage, OrderHandle, OrderStatus, OrderType, PriceType, Stock, User
from actors.domain.market_hours import MarketHours, TradingCalendar
from actors.messages.market import FollowPrice
from actors.messages.orders import (
    CancelSubmitted,
    Ending,
    EndReport,
    ExecutionReport,
    SubmitAck,
    SubmitOrder,
)
from actors.order_book import OrderBook
from simulation.audit import Auditor
from simulation.stop_orders import STOP_MARKET
from simulation.virtual_time import VirtualTimeRuntime

BUY, SELL = OrderType.BUY, OrderType.SELL
ME, BOOK = "account/U1-1", "book/AAPL"
SECOND = 1_000_000
MONDAY, TUESDAY = 10 * SECOND, 30 * SECOND
DAYS = TradingCalendar(
    (MarketHours(MONDAY, 20 * SECOND), MarketHours(TUESDAY, 40 * SECOND)), early_limits=True
)


def book_with_an_early_stop() -> Kit:
    """Return a book at a price of 100, to which a sell came early that waits for 90."""
    kit = Kit(OrderBook, "AAPL", DAYS, address=BOOK, peers=(ME, "stock/AAPL"))
    assert kit.expect("stock/AAPL", FollowPrice) == FollowPrice(BOOK)
    kit.tell_price("AAPL", 1, 100)
    kit.deliver(SubmitOrder("a", ME, SELL, STOP_MARKET, 5, 1, 90, MONDAY))
    assert kit.expect(ME, SubmitAck) == SubmitAck("a")
    return kit


def test_an_early_stop_goes_on_waiting_for_its_price_when_the_market_opens() -> None:
    with book_with_an_early_stop() as kit:
        kit.advance(10.1)
        kit.expect_silence()

        kit.tell_price("AAPL", 2, 89)

        assert kit.expect(ME, ExecutionReport).price == 89


def test_an_early_stop_whose_price_has_come_executes_at_the_opening() -> None:
    with book_with_an_early_stop() as kit:
        kit.tell_price("AAPL", 2, 85)
        kit.expect_silence()

        kit.advance(10.1)

        report = kit.expect(ME, ExecutionReport)
        assert (report.price, report.at_us) == (85, MONDAY)


def test_an_early_stop_can_be_cancelled() -> None:
    with book_with_an_early_stop() as kit:
        kit.deliver(CancelSubmitted("a", ME))

        assert kit.expect(ME, EndReport) == EndReport("a", 0, Ending.CANCELLED)


def test_an_early_stop_that_was_never_met_expires_at_the_close() -> None:
    with book_with_an_early_stop() as kit:
        kit.advance(20.1)

        assert kit.expect(ME, EndReport) == EndReport("a", 0, Ending.EXPIRED)


def test_the_audit_follows_stops_that_come_early_through_their_sessions() -> None:
    runtime = VirtualTimeRuntime()
    auditor = Auditor(DAYS, collar_bp=500)
    runtime.follow(auditor)
    exchange = Brokerage(runtime, hours=DAYS)
    alice = exchange.register_account(User("U001", "Alice"), "10000.00")
    apple = exchange.add_stock(Stock("AAPL", "Apple Inc.", "100.00"))
    alice.transfer_shares(apple, 30, "3000.00")

    def stop(price: str, side: OrderType = SELL) -> OrderHandle:
        return alice.place_order(apple, 10, side, STOP_MARKET, price)

    limit = alice.place_order(apple, 10, BUY, PriceType.LIMIT, "90.00")
    stops = [stop("95.00"), stop("70.00"), stop("110.00", BUY)]
    apple.set_price("89.00")
    runtime.run(until_s=15.0)
    assert [order.status.value for order in (limit, *stops)] == [
        "EXECUTED", "EXECUTED", "PENDING", "PENDING",
    ]  # fmt: skip
    runtime.run(until_s=25.0)
    late = stop("80.00")
    runtime.run(until_s=45.0)

    result = auditor.finish()

    assert [order.status for order in (*stops[1:], late)] == [OrderStatus.EXPIRED] * 3
    assert result.findings == [], result.render()
    exchange.close()
