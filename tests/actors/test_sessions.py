"""A book and an account with a calendar: early orders, and one session after the other."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kit import Kit

from actors.account import Account
from actors.domain.market_hours import Hours, MarketHours, TradingCalendar
from actors.domain.orders import OrderType, PriceType, Reason
from actors.messages.facts import OrderExecuted, SessionClosed, SessionOpened
from actors.messages.funds import DepositCash
from actors.messages.market import FollowPrice
from actors.messages.orders import (
    CancelSubmitted,
    CommandAccepted,
    CommandRejected,
    Ending,
    EndReport,
    ExecutionReport,
    OrderAccepted,
    PlaceOrder,
    ReportAck,
    SubmitAck,
    SubmitOrder,
)
from actors.order_book import OrderBook

BUY, SELL = OrderType.BUY, OrderType.SELL
MARKET, LIMIT = PriceType.MARKET, PriceType.LIMIT
ME, BOOK = "account/U1-1", "book/AAPL"
SECOND = 1_000_000
MONDAY, TUESDAY, FRIDAY = 10 * SECOND, 30 * SECOND, 90 * SECOND
DAYS = tuple(
    MarketHours(opens_us, opens_us + 10 * SECOND) for opens_us in (MONDAY, TUESDAY, FRIDAY)
)
EARLY = TradingCalendar(DAYS, early_limits=True)
LATE = TradingCalendar(DAYS)


def book(hours: Hours = EARLY, starts_at_s: float = 0.0) -> Kit:
    """Return a book that knows a price of 100."""
    peers = (ME, "stock/AAPL")
    kit = Kit(OrderBook, "AAPL", hours, address=BOOK, peers=peers, starts_at_s=starts_at_s)
    assert kit.expect("stock/AAPL", FollowPrice) == FollowPrice(BOOK)
    kit.tell_price("AAPL", 1, 100)
    return kit


def submit(
    order_id: str, worst: int, session_us: int, price_type: PriceType = LIMIT
) -> SubmitOrder:
    return SubmitOrder(order_id, ME, BUY, price_type, 5, worst, session_us=session_us)


def wait(kit: Kit, order_id: str, worst: int, session_us: int) -> None:
    kit.deliver(submit(order_id, worst, session_us))
    assert kit.expect(ME, SubmitAck) == SubmitAck(order_id)


def expire(kit: Kit, order_id: str) -> None:
    """Take the end of an order, and confirm it."""
    assert kit.expect(ME, EndReport) == EndReport(order_id, 0, Ending.EXPIRED)
    kit.deliver(ReportAck(order_id, None, True))


def test_an_early_order_waits_and_executes_at_the_opening() -> None:
    with book() as kit:
        wait(kit, "a", 105, MONDAY)
        kit.tell_price("AAPL", 2, 90)
        kit.advance(9.9)
        kit.expect_silence()

        kit.advance(0.2)

        report = kit.expect(ME, ExecutionReport)
        assert (report.order_id, report.price, report.at_us) == ("a", 90, MONDAY)


def test_early_orders_keep_their_place_before_those_of_the_session() -> None:
    with book() as kit:
        wait(kit, "first", 95, MONDAY)
        wait(kit, "second", 95, MONDAY)
        kit.advance(10.1)
        wait(kit, "third", 95, MONDAY)

        kit.tell_price("AAPL", 2, 95)

        told = [kit.expect(ME, ExecutionReport).order_id for _ in range(3)]
        assert told == ["first", "second", "third"]


def test_an_order_expires_at_the_close_of_its_own_session() -> None:
    with book() as kit:
        wait(kit, "of monday", 90, MONDAY)
        wait(kit, "of tuesday", 90, TUESDAY)

        kit.advance(20.1)
        expire(kit, "of monday")
        kit.advance(19.8)
        kit.expect_silence()
        kit.advance(0.2)

        expire(kit, "of tuesday")


def test_an_order_whose_session_is_over_expires_though_another_one_is_open() -> None:
    with book(starts_at_s=31.0) as kit:
        kit.deliver(submit("late", 105, MONDAY))

        assert kit.expect(ME, EndReport) == EndReport("late", 0, Ending.EXPIRED)


@pytest.mark.parametrize("price_type", [LIMIT, MARKET])
def test_a_book_that_takes_no_early_orders_expires_them(price_type: PriceType) -> None:
    with book(LATE) as kit:
        kit.deliver(submit("a", 105, MONDAY, price_type))

        assert kit.expect(ME, EndReport) == EndReport("a", 0, Ending.EXPIRED)


def test_a_market_order_never_waits_for_a_session() -> None:
    with book() as kit:
        kit.deliver(submit("a", 105, MONDAY, MARKET))

        assert kit.expect(ME, EndReport) == EndReport("a", 0, Ending.EXPIRED)


def test_an_order_for_a_day_that_the_calendar_does_not_have_expires() -> None:
    with book() as kit:
        kit.deliver(submit("a", 105, MONDAY + 1 - 10 * SECOND))

        assert kit.expect(ME, EndReport) == EndReport("a", 0, Ending.EXPIRED)


def test_an_early_order_can_be_cancelled() -> None:
    with book() as kit:
        wait(kit, "a", 105, MONDAY)

        kit.deliver(CancelSubmitted("a", ME), ME)

        assert kit.expect(ME, EndReport) == EndReport("a", 0, Ending.CANCELLED)
        kit.deliver(ReportAck("a", None, True))
        kit.advance(15.0)


@pytest.mark.parametrize("hours", [EARLY, LATE])
def test_a_book_opens_again_at_each_session(hours: TradingCalendar) -> None:
    with book(hours) as kit:
        for number, opens_us in enumerate((MONDAY, TUESDAY, FRIDAY)):
            kit.advance(opens_us / SECOND + 1 - kit.runtime.now)
            kit.deliver(submit(f"o{number}", 105, opens_us, MARKET))
            assert kit.expect(ME, ExecutionReport).order_id == f"o{number}"
            kit.deliver(ReportAck(f"o{number}", f"AAPL:{number + 1}", True))

        kit.advance(60.0)
        assert [fact.session_us for fact in kit.facts_of(SessionOpened)] == [
            MONDAY, TUESDAY, FRIDAY,
        ]  # fmt: skip
        assert len(kit.facts_of(SessionClosed)) == 3


def test_an_order_at_the_very_opening_does_not_depend_on_the_alarm_clock() -> None:
    with book(LATE, starts_at_s=12.0) as kit:
        kit.runtime.crash(BOOK)
        kit.runtime.env.run(until=TUESDAY / SECOND)
        kit.runtime.dead_letters.clear()  # the alarm of the old book
        kit.runtime.restart(BOOK)

        kit.deliver(submit("a", 105, TUESDAY, MARKET))

        assert kit.expect(ME, ExecutionReport).order_id == "a"


def test_a_session_that_is_closed_stays_closed_should_the_clock_go_back() -> None:
    with book(starts_at_s=19.0) as kit:
        kit.advance(1.1)
        longer = (MarketHours(MONDAY, MONDAY + 15 * SECOND), *DAYS[1:])
        kit.actor.hours = TradingCalendar(longer, early_limits=True)

        kit.deliver(submit("a", 105, MONDAY))

        assert kit.expect(ME, EndReport) == EndReport("a", 0, Ending.EXPIRED)


def test_a_book_that_was_down_for_a_session_expires_what_was_meant_for_it() -> None:
    with book() as kit:
        wait(kit, "a", 105, MONDAY)
        wait(kit, "b", 105, TUESDAY)
        kit.runtime.crash(BOOK)
        kit.runtime.env.run(until=25.0)
        kit.runtime.dead_letters.clear()

        kit.runtime.restart(BOOK)
        kit.advance(0.001)

        expire(kit, "a")
        kit.advance(6.0)
        assert kit.expect(ME, ExecutionReport).order_id == "b"


def test_what_a_calendar_no_longer_has_expires_at_the_next_opening() -> None:
    with book() as kit:
        wait(kit, "a", 105, TUESDAY)
        kit.actor.hours = TradingCalendar((DAYS[2],), early_limits=True)

        kit.advance(95.0)

        assert kit.expect(ME, EndReport) == EndReport("a", 0, Ending.EXPIRED)
        kit.drop()


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["submit", "price", "wait", "cancel", "restart"]),
        st.integers(0, 9), st.integers(90, 110),
    ),
    max_size=30,
)  # fmt: skip


@settings(max_examples=60)
@given(STEPS)
def test_whatever_comes_nothing_executes_outside_of_its_own_session(
    steps: list[tuple[str, int, int]],
) -> None:
    sessions = {f"o{which}": DAYS[which % 3] for which in range(10)}
    with book() as kit:
        for number, (what, which, price) in enumerate(steps, 2):
            match what:
                case "submit":
                    order_id = f"o{which}"
                    kit.deliver(submit(order_id, price, sessions[order_id].opens_us))
                case "price":
                    kit.tell_price("AAPL", number, price)
                case "cancel":
                    kit.deliver(CancelSubmitted(f"o{which}", ME), ME)
                case "wait":
                    kit.advance(which + 0.5)
                case "restart":
                    kit.restart()
            kit.drop()
        kit.advance(max(0.0, 101.0 - kit.runtime.now))
        kit.drop()
        for fact in kit.facts_of(OrderExecuted):
            assert sessions[fact.order_id].is_open(fact.at_us)
        assert not kit.state.booked, "after the last session nothing waits"
        kit.runtime.dead_letters.clear()  # alarms of books that crashed


def account(hours: Hours = EARLY, starts_at_s: float = 0.0) -> Kit:
    """Return an account with cash for 100 shares at 100."""
    peers = ("exchange", BOOK, "client", "market-data")
    kit = Kit(Account, "U1", 500, hours, address=ME, peers=peers, starts_at_s=starts_at_s)
    kit.deliver(DepositCash(1, ME, 10_000, "client", user="U1"))
    assert kit.expect("exchange", CommandAccepted) == CommandAccepted(1, ME)
    return kit


def order(command_id: int, price_type: PriceType = LIMIT) -> PlaceOrder:
    limit, seen = (100, None) if price_type is LIMIT else (None, 95)
    return PlaceOrder(
        command_id, ME, "AAPL", BUY, price_type, 4, limit, seen, reply_to="client", user="U1"
    )


@pytest.mark.parametrize(
    ("starts_at_s", "session_us"),
    [(0.0, MONDAY), (10.0, MONDAY), (19.9, MONDAY), (20.0, TUESDAY), (50.0, FRIDAY)],
)
def test_an_early_limit_order_is_held_and_submitted_for_its_session(
    starts_at_s: float, session_us: int
) -> None:
    with account(starts_at_s=starts_at_s) as kit:
        kit.deliver(order(2))

        assert kit.expect("exchange", OrderAccepted).command_id == 2
        assert kit.expect(BOOK, SubmitOrder).session_us == session_us
        assert kit.state.held == 400


def test_an_order_is_submitted_again_for_the_session_that_it_was_taken_for() -> None:
    with account() as kit:
        kit.deliver(order(2))
        kit.drop()
        kit.advance(25.0)
        kit.drop()

        kit.restart()

        assert kit.expect(BOOK, SubmitOrder).session_us == MONDAY


@pytest.mark.parametrize(
    ("hours", "price_type", "starts_at_s", "next_us"),
    [
        (EARLY, MARKET, 0.0, MONDAY),
        (EARLY, MARKET, 45.0, FRIDAY),
        (EARLY, LIMIT, 100.0, -1),
        (LATE, LIMIT, 20.0, TUESDAY),
        (LATE, LIMIT, 100.0, -1),
    ],
)
def test_what_cannot_wait_is_refused_with_the_next_opening_and_always_so(
    hours: Hours, price_type: PriceType, starts_at_s: float, next_us: int
) -> None:
    with account(hours, starts_at_s) as kit:
        kit.deliver(order(2, price_type))
        refused = CommandRejected(2, ME, Reason.MARKET_CLOSED, next_us)
        assert kit.expect("exchange", CommandRejected) == refused
        kit.advance(46.0)
        kit.restart()

        kit.deliver(order(2, price_type))

        assert kit.expect("exchange", CommandRejected) == refused


def test_an_early_order_repeated_after_the_opening_is_the_same_order() -> None:
    with account() as kit:
        kit.deliver(order(2))
        accepted = kit.expect("exchange", OrderAccepted)
        kit.drop()
        kit.deliver(SubmitAck(accepted.order_id))
        kit.advance(12.0)

        kit.deliver(order(2))

        assert kit.expect("exchange", OrderAccepted) == accepted
        assert kit.state.held == 400
