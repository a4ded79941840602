"""One order book alone: what it executes, when, at which price, and how it ends an order."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kit import Kit

from actors.domain.market_hours import MarketHours
from actors.domain.orders import OrderType, PriceType
from actors.messages.facts import OrderEntered, OrderExecuted, OrderTombstoned, SessionClosed
from actors.messages.market import FollowPrice
from actors.messages.orders import (
    CancelSubmitted,
    Ending,
    EndReport,
    ExecutionReport,
    ReportAck,
    SubmitAck,
    SubmitOrder,
)
from actors.order_book import OrderBook

BUY, SELL = OrderType.BUY, OrderType.SELL
MARKET, LIMIT = PriceType.MARKET, PriceType.LIMIT
ANN, BOB = "account/ann", "account/bob"
PEERS = (ANN, BOB, "stock/AAPL")


def book(*, price: int = 100, hours: MarketHours | None = None, starts_at_s: float = 0.0) -> Kit:
    """Return a book that knows a price, as change number 1; 0 for none yet."""
    arguments = ("AAPL",) if hours is None else ("AAPL", hours)
    kit = Kit(OrderBook, *arguments, address="book/AAPL", peers=PEERS, starts_at_s=starts_at_s)
    assert kit.expect("stock/AAPL", FollowPrice) == FollowPrice("book/AAPL")
    if price:
        kit.tell_price("AAPL", 1, price)
    kit.facts()
    return kit


@pytest.fixture
def kit() -> Iterator[Kit]:
    """Give a book at a price of 100."""
    with book() as kit:
        yield kit


def submit(
    order_id: str, order_type: OrderType, price_type: PriceType, worst: int, account: str = ANN
) -> SubmitOrder:
    return SubmitOrder(order_id, account, order_type, price_type, 5, worst)


def wait(kit: Kit, order_id: str, order_type: OrderType, worst: int, account: str = ANN) -> None:
    """Let a limit order wait."""
    kit.deliver(submit(order_id, order_type, LIMIT, worst, account))
    assert kit.expect(account, SubmitAck) == SubmitAck(order_id)


@pytest.mark.parametrize(("order_type", "worst"), [(BUY, 105), (BUY, 100), (SELL, 95)])
@pytest.mark.parametrize("price_type", [MARKET, LIMIT])
def test_an_order_whose_price_is_met_executes_whole_at_once_at_the_current_price(
    kit: Kit, order_type: OrderType, worst: int, price_type: PriceType
) -> None:
    kit.advance(2.5)
    kit.deliver(submit("a", order_type, price_type, worst))

    assert kit.expect(ANN, ExecutionReport) == ExecutionReport("AAPL:1", "a", 5, 100, 2_500_000, 5)
    assert [type(fact) for fact in kit.facts()] == [OrderEntered, OrderExecuted]


@pytest.mark.parametrize(("order_type", "worst"), [(BUY, 99), (SELL, 101)])
def test_a_market_order_whose_price_ran_away_ends_with_nothing_executed(
    kit: Kit, order_type: OrderType, worst: int
) -> None:
    kit.deliver(submit("a", order_type, MARKET, worst))
    kit.tell_price("AAPL", 2, worst)

    assert kit.expect(ANN, EndReport) == EndReport("a", 0, Ending.PRICE_RAN_AWAY)


def test_a_book_that_knows_no_price_executes_nothing() -> None:
    with book(price=0) as kit:
        kit.deliver(submit("m", BUY, MARKET, 1_000))
        assert kit.expect(ANN, EndReport).ending is Ending.PRICE_RAN_AWAY
        wait(kit, "l", BUY, 1_000)

        kit.tell_price("AAPL", 1, 999)
        assert kit.expect(ANN, ExecutionReport).price == 999


@pytest.mark.parametrize(("order_type", "worst", "met"), [(BUY, 90, 89), (SELL, 110, 112)])
def test_a_limit_order_waits_for_its_price_and_executes_at_the_current_one(
    kit: Kit, order_type: OrderType, worst: int, met: int
) -> None:
    wait(kit, "a", order_type, worst)
    kit.tell_price("AAPL", 2, worst + (1 if order_type is BUY else -1))
    kit.expect_silence()

    kit.tell_price("AAPL", 3, met)

    assert kit.expect(ANN, ExecutionReport).price == met


def test_orders_that_trigger_together_go_by_price_then_time_in_one_batch(kit: Kit) -> None:
    for order_id, limit in [("a", 80), ("b", 90), ("c", 80), ("d", 90), ("e", 70)]:
        wait(kit, order_id, BUY, limit)

    kit.facts()
    kit.tell_price("AAPL", 2, 80)

    assert [kit.expect(ANN, ExecutionReport).order_id for _ in range(4)] == ["b", "d", "a", "c"]
    executed = [fact.order_id for fact in kit.facts() if isinstance(fact, OrderExecuted)]
    assert executed == ["b", "d", "a", "c"]


def test_sells_that_trigger_together_go_by_the_lowest_price_first(kit: Kit) -> None:
    for order_id, limit in [("a", 120), ("b", 110), ("c", 110)]:
        wait(kit, order_id, SELL, limit)

    kit.tell_price("AAPL", 2, 120)

    assert [kit.expect(ANN, ExecutionReport).order_id for _ in range(3)] == ["b", "c", "a"]


@pytest.mark.parametrize("number", [0, 1, 2])
def test_a_price_that_is_not_newer_is_refused(kit: Kit, number: int) -> None:
    kit.tell_price("AAPL", 2, 101)
    wait(kit, "a", BUY, 90)
    kit.facts()

    kit.tell_price("AAPL", number, 50)

    assert kit.facts() == []
    assert kit.state.price == 101


def test_a_submit_that_comes_twice_waits_once_and_executes_once(kit: Kit) -> None:
    wait(kit, "a", BUY, 90)
    wait(kit, "a", BUY, 90)

    kit.tell_price("AAPL", 2, 90)
    kit.expect(ANN, ExecutionReport)
    kit.expect_silence()
    wait(kit, "a", BUY, 90)
    kit.tell_price("AAPL", 3, 80)

    assert len(kit.facts_of(OrderExecuted)) == 1


def test_a_submit_that_comes_again_after_a_crash_is_known(kit: Kit) -> None:
    wait(kit, "w", BUY, 90)
    kit.deliver(submit("x", BUY, MARKET, 105))
    kit.restart()
    kit.drop()

    wait(kit, "w", BUY, 90)
    wait(kit, "x", BUY, 105)

    assert len(kit.facts_of(OrderEntered)) == 2


def test_a_waiting_order_can_be_cancelled_once(kit: Kit) -> None:
    wait(kit, "a", BUY, 90)

    for _ in range(2):
        kit.deliver(CancelSubmitted("a", ANN), ANN)
        assert kit.expect(ANN, EndReport) == EndReport("a", 0, Ending.CANCELLED)

    kit.tell_price("AAPL", 2, 50)


def test_a_cancel_that_overtakes_its_order_leaves_a_stone_that_the_order_meets(kit: Kit) -> None:
    kit.deliver(CancelSubmitted("a", ANN), ANN)
    assert kit.expect(ANN, EndReport) == EndReport("a", 0, Ending.CANCELLED)
    assert kit.facts() == [OrderTombstoned("a", ANN)]

    kit.restart()
    kit.drop()
    wait(kit, "a", BUY, 105)
    assert kit.facts_of(OrderExecuted) == []


def test_a_cancel_of_an_executed_order_gets_the_same_execution_again(kit: Kit) -> None:
    kit.deliver(submit("a", BUY, MARKET, 105))
    report = kit.expect(ANN, ExecutionReport)

    kit.deliver(CancelSubmitted("a", ANN), ANN)

    assert kit.expect(ANN, ExecutionReport) == report


def test_a_cancel_after_the_account_has_confirmed_the_end_needs_no_word(kit: Kit) -> None:
    kit.deliver(submit("a", BUY, MARKET, 105))
    kit.drop()
    kit.deliver(ReportAck("a", "AAPL:1", True), ANN)
    kit.facts()

    kit.deliver(CancelSubmitted("a", ANN), ANN)

    assert kit.facts() == []


def test_what_no_account_has_confirmed_is_reported_again_after_a_crash(kit: Kit) -> None:
    kit.deliver(submit("a", BUY, MARKET, 105))
    kit.deliver(submit("b", BUY, MARKET, 99))
    kit.deliver(submit("c", BUY, MARKET, 105, BOB))
    kit.deliver(CancelSubmitted("d", ANN), ANN)
    kit.deliver(ReportAck("c", "AAPL:2", True), BOB)
    said = [message for message in kit.drop() if getattr(message, "order_id", "") != "c"]

    kit.restart()

    assert kit.drop() == said


def test_a_report_that_was_confirmed_is_confirmed_once(kit: Kit) -> None:
    kit.deliver(submit("a", BUY, MARKET, 105))
    kit.drop()
    kit.facts()

    for _ in range(2):
        kit.deliver(ReportAck("a", "AAPL:1", True), ANN)
    kit.deliver(ReportAck("nobody's", "AAPL:1", True), ANN)

    assert len(kit.facts()) == 1
    kit.restart()


def test_a_book_asks_for_its_first_price_until_it_hears_one() -> None:
    with book(price=0) as kit:
        kit.advance(2.1)
        assert kit.expect("stock/AAPL", FollowPrice) == FollowPrice("book/AAPL")

        kit.restart()
        assert kit.expect("stock/AAPL", FollowPrice) == FollowPrice("book/AAPL")

        kit.tell_price("AAPL", 1, 100)
        kit.advance(100.0)


def test_executions_are_numbered_on_after_a_crash(kit: Kit) -> None:
    kit.deliver(submit("a", BUY, MARKET, 105))
    kit.restart()
    kit.drop()

    kit.deliver(submit("b", BUY, MARKET, 105))

    assert kit.expect(ANN, ExecutionReport).execution_id == "AAPL:2"


def test_waiting_orders_keep_their_place_through_a_crash(kit: Kit) -> None:
    for order_id, limit in [("a", 80), ("b", 90), ("c", 80), ("d", 90)]:
        wait(kit, order_id, BUY, limit)
    kit.deliver(CancelSubmitted("b", ANN), ANN)
    kit.deliver(ReportAck("b", None, True), ANN)
    kit.restart()
    kit.drop()

    kit.tell_price("AAPL", 2, 70)

    assert [kit.expect(ANN, ExecutionReport).order_id for _ in range(3)] == ["d", "a", "c"]


HOURS = MarketHours(10_000_000, 20_000_000)


def test_the_close_expires_what_waits_best_price_first() -> None:
    with book(hours=HOURS, starts_at_s=15.0) as kit:
        wait(kit, "a", BUY, 80)
        wait(kit, "b", SELL, 120)
        wait(kit, "c", BUY, 90)
        kit.advance(4.9)
        kit.expect_silence()
        kit.facts()

        kit.advance(0.2)

        assert kit.facts()[0] == SessionClosed(20_000_000)
        ends = [kit.expect(ANN, EndReport) for _ in range(3)]
        assert [end.order_id for end in ends] == ["c", "a", "b"]
        assert {end.ending for end in ends} == {Ending.EXPIRED}


def test_a_book_that_has_closed_stays_closed_should_its_clock_go_back() -> None:
    with book(hours=HOURS, starts_at_s=19.9) as kit:
        kit.advance(0.2)
        kit.actor.hours = MarketHours(10_000_000, 30_000_000)

        kit.deliver(submit("a", BUY, LIMIT, 80))

        assert kit.expect(ANN, EndReport) == EndReport("a", 0, Ending.EXPIRED)


@pytest.mark.parametrize("starts_at_s", [9.0, 20.0, 30.0])
@pytest.mark.parametrize("price_type", [MARKET, LIMIT])
def test_nothing_executes_outside_hours(starts_at_s: float, price_type: PriceType) -> None:
    with book(hours=HOURS, starts_at_s=starts_at_s) as kit:
        kit.deliver(submit("a", BUY, price_type, 105))

        assert kit.expect(ANN, EndReport) == EndReport("a", 0, Ending.EXPIRED)
        assert kit.facts_of(OrderExecuted) == []


def test_a_price_before_the_opening_is_the_one_at_which_the_first_order_executes() -> None:
    with book(hours=HOURS, starts_at_s=5.0) as kit:
        kit.tell_price("AAPL", 2, 103)
        kit.advance(5.0)

        kit.deliver(submit("a", BUY, MARKET, 105))

        assert kit.expect(ANN, ExecutionReport).price == 103


def test_a_book_that_was_down_over_the_close_expires_what_waited() -> None:
    with book(hours=HOURS, starts_at_s=15.0) as kit:
        wait(kit, "a", BUY, 80)
        kit.runtime.crash("book/AAPL")
        kit.runtime.run(until_s=25.0)
        kit.runtime.dead_letters.clear()  # the timer of the old book

        kit.runtime.restart("book/AAPL")
        kit.advance(0.001)

        assert kit.expect(ANN, EndReport) == EndReport("a", 0, Ending.EXPIRED)


def test_a_book_closes_its_session_once_however_often_it_restarts() -> None:
    with book(hours=HOURS, starts_at_s=15.0) as kit:
        wait(kit, "a", BUY, 80)
        kit.restart()  # the timer of the old book goes off as well
        kit.advance(6.0)
        assert kit.expect(ANN, EndReport) == EndReport("a", 0, Ending.EXPIRED)
        kit.deliver(ReportAck("a", None, True))
        kit.restart()
        kit.advance(6.0)

        assert kit.state.is_closed
        assert kit.facts_of(SessionClosed) == [SessionClosed(20_000_000)]


@pytest.mark.parametrize("opens_us", [0, 1, 333_333])
@pytest.mark.parametrize("starts_at_s", [0.1, 0.7, 1 / 3])
def test_nothing_waits_beyond_the_close_however_its_instant_is_rounded(
    opens_us: int, starts_at_s: float
) -> None:
    for closes_us in range(1_000_000, 1_000_050, 7):
        hours = MarketHours(opens_us, closes_us)
        with book(hours=hours, starts_at_s=starts_at_s) as kit:
            kit.advance(1.1 - starts_at_s)
            (closed,) = kit.facts_of(SessionClosed)
            assert closed.at_us >= closes_us


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["submit", "cancel", "price"]), st.integers(0, 5), st.integers(90, 110)
    ),
    max_size=40,
)


@settings(max_examples=60)
@given(STEPS)
def test_whatever_comes_an_order_ends_at_most_once_and_never_at_a_worse_price(
    steps: list[tuple[str, int, int]],
) -> None:
    with book() as kit:
        for number, (what, which, price) in enumerate(steps, 2):
            order_type = BUY if which % 2 else SELL
            if what == "submit":
                kit.deliver(submit(f"o{which}", order_type, LIMIT if which % 3 else MARKET, price))
            elif what == "cancel":
                kit.deliver(CancelSubmitted(f"o{which}", ANN), ANN)
            else:
                kit.tell_price("AAPL", number, price)
            kit.drop()
        check_ends(kit)


def check_ends(kit: Kit) -> None:
    """Assert that what was recorded of the orders' ends is consistent."""
    entered = {fact.order_id: fact for fact in kit.facts_of(OrderEntered)}
    executed = kit.facts_of(OrderExecuted)
    assert len(entered) == len(kit.facts_of(OrderEntered))
    assert len({fact.order_id for fact in executed}) == len(executed)
    for fact in executed:
        worst = entered[fact.order_id].worst_price
        assert fact.price <= worst if fact.order_type is BUY else fact.price >= worst
    assert not set(kit.state.ended) & kit.state.booked.keys()
    kit.state.buys.check()
    kit.state.sells.check()
