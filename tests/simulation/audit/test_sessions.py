"""Sessions and early limit orders: what the audit says if a fact about them is wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from story import ALICE, BUY, CLIENT, DOLLAR, LIMIT, MARKET, Story, broken, judge

from actors.domain.market_hours import MarketHours, TradingCalendar
from actors.domain.orders import PriceType, Reason
from actors.messages import facts as f
from actors.messages import orders
from actors.messages.orders import Ending
from simulation.audit.sessions import Sessions

MONDAY, TUESDAY = MarketHours(10_000, 20_000), MarketHours(30_000, 40_000)
DAYS = TradingCalendar((MONDAY, TUESDAY), early_limits=True)
BOOK = "book/ACME"
Change = Callable[[Story], None]


class TwoDays(Story):
    """Monday: one early order executes at the opening, one expires; Tuesday: one executes."""

    def __init__(self) -> None:
        super().__init__()
        met, unmet = self.early(11, MONDAY), self.early(9, MONDAY)
        self.open(MONDAY, met)
        self.at_us = MONDAY.closes_us
        self.close_day(unmet)
        self.refuse_at(25_000)
        tomorrow = self.early(11, TUESDAY)
        self.open(TUESDAY, tomorrow)

    def early(self, dollars: int, day: MarketHours) -> str:
        order_id = self.place(5, BUY, dollars * DOLLAR)
        deferred = f.OrderDeferred(order_id, day.opens_us)
        self.append(BOOK, self.entered(order_id), deferred)
        self.append(ALICE, f.SubmitConfirmed(order_id))
        return order_id

    def open(self, day: MarketHours, *met: str) -> None:
        self.at_us = day.opens_us
        executions = [self.executed(order_id) for order_id in met]
        self.append(BOOK, f.SessionOpened(day.opens_us, self.at_us), *executions)
        for executed in executions:
            self.settle(executed)

    def close_day(self, *waiting: str) -> None:
        ends = [f.OrderFinished(order_id, ALICE, 0, Ending.EXPIRED) for order_id in waiting]
        self.append(BOOK, f.SessionClosed(self.at_us), *ends)
        for order_id in waiting:
            self.close(order_id, Ending.EXPIRED)

    def refuse_at(self, at_us: int) -> None:
        """Let a market order be refused, as the market is closed."""
        self.at_us = at_us
        command = self.next_command()
        self.ask(
            orders.PlaceOrder(
                command, ALICE, "ACME", BUY, MARKET, 5, None, self.price, CLIENT, "U1"
            )
        )
        refused = f.CommandRefused(
            command, 0, Reason.MARKET_CLOSED, "ACME", 0, next_session_us=TUESDAY.opens_us
        )
        self.append(ALICE, refused)
        self.tell(orders.CommandRejected(command, ALICE, Reason.MARKET_CLOSED, TUESDAY.opens_us))


def alter(kind: type, nth: int = 0, **changes: Any) -> Change:
    return lambda story: story.alter(kind, nth, **changes)


def drop(kind: type, nth: int = 0) -> Change:
    return lambda story: story.drop(kind, nth)


def opens_early(story: Story) -> None:
    """Let the book execute what came early as it comes, before any opening."""
    order_id = story.place(5, BUY, 11 * DOLLAR)
    executed = story.executed(order_id)
    story.append(BOOK, story.entered(order_id), executed)
    story.settle(executed)


def never_closes(story: Story) -> None:
    """Let an order of Tuesday wait for ever."""
    order_id = story.place(5, BUY, 9 * DOLLAR)
    story.wait_in_book(order_id)
    story.at_us = TUESDAY.closes_us + 10_000_000
    story.deposit(1)


def test_a_right_journal_of_two_days_is_clean() -> None:
    result = judge(TwoDays(), DAYS)

    assert not broken(result), result.render()


@pytest.mark.parametrize(
    ("change", "breaks"),
    [
        (alter(f.OrderDeferred, session_us=TUESDAY.opens_us), "A08"),
        (drop(f.OrderDeferred), "A08"),
        (drop(f.OrderExecuted), "A08"),
        (alter(f.OrderFinished, ending=Ending.PRICE_RAN_AWAY), "A08"),
        (drop(f.OrderFinished), "A16"),
        (drop(f.SessionClosed), "A12"),
        (drop(f.SessionOpened), "A08"),
        (alter(f.SessionOpened, at_us=9_999), "A12"),
        (alter(f.SessionOpened, session_us=9_999), "A12"),
        (alter(f.SessionOpened, 1, session_us=MONDAY.opens_us), "A12"),
        (alter(f.OrderExecuted, 1, at_us=19_999), "A12"),
        (alter(f.OrderPlaced, 2, at_us=40_000), "A12"),
        (alter(f.CommandRefused, next_session_us=-1), "A17"),
        (alter(f.CommandRefused, next_session_us=TUESDAY.opens_us + 1), "A17"),
        (alter(orders.PlaceOrder, 2, price_type=LIMIT, limit_price=DOLLAR), "A17"),
        (never_closes, "A16"),
    ],
)
def test_a_wrong_fact_about_sessions_is_found(change: Change, breaks: str) -> None:
    story = TwoDays()

    change(story)

    assert breaks in broken(judge(story, DAYS))


def test_an_early_order_that_executes_before_the_opening_is_out_of_hours() -> None:
    story = Story()

    opens_early(story)

    assert "A12" in broken(judge(story, DAYS))


def test_an_order_is_not_to_be_taken_early_where_that_is_not_said() -> None:
    late = TradingCalendar(DAYS.sessions)

    assert "A12" in broken(judge(TwoDays(), late))


@given(
    st.lists(st.integers(0, 60), min_size=2, max_size=8, unique=True),
    st.integers(-5, 70), st.booleans(), st.sampled_from(PriceType),
)  # fmt: skip
def test_the_audit_finds_the_session_that_the_rule_finds(
    edges: list[int], at_us: int, is_early: bool, price_type: PriceType
) -> None:
    pairs = zip(sorted(edges)[::2], sorted(edges)[1::2], strict=False)
    calendar = TradingCalendar(tuple(MarketHours(*pair) for pair in pairs), is_early)

    found = calendar.session_for(at_us, can_wait=price_type is LIMIT)

    expected = None if found is None else (found.opens_us, found.closes_us)
    assert Sessions(calendar).for_order(at_us, price_type) == expected
