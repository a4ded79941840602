"""Each invariant fires on a wrong fact planted in an otherwise right journal."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from story import ALICE, BUY, CLIENT, DOLLAR, HOURS, SELL, Story, broken, judge
from tampering import contents
from told_stories import (
    closed,
    full_story,
    notified,
    reading,
    refused,
    resting,
    trade,
    triggering,
    visited,
    waiting,
)

from actors.domain.orders import OrderStatus, OrderType, Reason
from actors.messages import facts as f
from actors.messages import funds, orders, queries
from actors.messages import notification_facts as n
from actors.messages.notifications import SendBatch
from actors.messages.orders import Ending
from simulation.audit import Auditor


def test_a_right_story_of_every_kind_passes_and_everything_was_checked() -> None:
    result = judge(full_story())

    assert result.passed, result.render()
    assert [row.id for row in result.invariants if not row.checks] == []


def test_what_was_not_checked_is_shown_with_no_checks() -> None:
    result = Auditor().finish(at_rest=False)

    assert result.passed
    assert {row.id for row in result.invariants if row.checks} == set()


def alter(kind: type, nth: int = 0, **changes: object) -> Callable[[Story], None]:
    return lambda story: story.alter(kind, nth, **changes)


def repeat(kind: type, **changes: object) -> Callable[[Story], None]:
    return lambda story: story.repeat(kind, 0, **changes)


def drop(kind: type, nth: int = 0) -> Callable[[Story], None]:
    return lambda story: story.drop(kind, nth)


def before(kind: type, other: type) -> Callable[[Story], None]:
    return lambda story: story.move_to_front_of(kind, other)


def reject(reason: Reason) -> Callable[[Story], None]:
    """Tell the client that placed the last order that it was refused after all."""

    def tell(story: Story) -> None:
        placed = list(story.orders.values())[-1]
        story.tell(orders.CommandRejected(placed.command_id, ALICE, reason))

    return tell


def pass_by(story: Story) -> None:
    """Let a price pass an order by that it should trigger."""
    story.quote(8 * DOLLAR)


def execute_later(story: Story) -> None:
    """Let what a price triggers execute in a batch of its own."""
    at, _ = story.find(f.OrderExecuted)
    quote, *executions = story.events[at].content
    story.events[at] = story.events[at]._replace(content=[quote])
    story.events.insert(at + 1, story.events[at]._replace(content=executions))


def let_a_due_order_run_away(story: Story) -> None:
    """End a market order whose price is well within its collar."""
    order_id = story.place(3)
    ended = f.OrderFinished(order_id, ALICE, 0, Ending.PRICE_RAN_AWAY)
    story.append("book/ACME", story.entered(order_id), ended)
    story.close(order_id, Ending.PRICE_RAN_AWAY)


def let_a_stranger_in(story: Story) -> None:
    """Answer a stranger with a balance."""
    story.ask(queries.GetAccount(77, ALICE, CLIENT, user="U2"))
    story.tell(story.balances(77))


def turn_the_owner_away(story: Story) -> None:
    """Refuse a command of the owner as a stranger's."""
    story.refuse_at_the_door(Reason.NOT_OWNER)


def close_twice_refused_as_not_empty(story: Story) -> None:
    """Refuse to close an account that is empty."""
    story.refuse_closing(Reason.ACCOUNT_NOT_EMPTY)


def end_without_a_cause(ending: Ending) -> Callable[[Story], None]:
    """End an order that waits and that nobody wants out."""
    return lambda story: story.end("U1-1-1", ending)


Plant = Callable[[Story], None]


@pytest.mark.parametrize(
    ("base", "plant", "expected"),
    [
        (trade, alter(f.CashDeposited, amount=1_000 * DOLLAR + 1), {"A01"}),
        (trade, alter(f.ExecutionSettled, amount=100 * DOLLAR - 1), {"A01"}),
        (trade, alter(f.SharesTransferred, quantity=21), {"A02", "A07"}),
        (waiting, alter(f.SharesTransferred, quantity=21), {"A02"}),
        (trade, alter(f.OrderPlaced, hold=9), {"A15"}),
        (trade, alter(f.OrderPlaced, nth=1, hold=120 * DOLLAR), {"A03"}),
        (trade, alter(f.ExecutionSettled, nth=1, hold_used=100 * DOLLAR), {"A03"}),
        (trade, alter(f.OrderClosed, released=1), {"A03"}),
        (waiting, alter(f.OrderClosed, released=0), {"A03"}),
        (trade, alter(f.OrderClosed, status=OrderStatus.CANCELLED), {"A04", "A14"}),
        (trade, repeat(f.OrderClosed), {"A04"}),
        (waiting, alter(f.OrderEnded, ending=Ending.EXPIRED), {"A04"}),
        (waiting, before(f.OrderClosed, f.OrderFinished), {"A04"}),
        (waiting, repeat(f.CancelRequested, command_id=77), {"A04", "A10"}),
        (waiting, alter(f.OrderFinished, executed=1), {"A05"}),
        (waiting, alter(f.OrderEnded, executed=1), {"A05"}),
        (trade, alter(f.OrderEntered, quantity=9), {"A05"}),
        (trade, alter(f.OrderExecuted, executed=9), {"A05"}),
        (trade, before(f.ReportConfirmed, f.ExecutionSettled), {"A05"}),
        (trade, alter(f.ExecutionSettled, transaction_id="U1-1/1"), {"A06"}),
        (trade, alter(f.ExecutionSettled, realised=1), {"A07"}),
        (trade, alter(f.ExecutionSettled, cost_after=1), {"A07"}),
        (trade, alter(f.OrderPlaced, nth=1, command_id=1), {"A10", "A14"}),
        (refused, repeat(f.CommandRefused, reason=Reason.TOO_LATE), {"A10"}),
        (refused, alter(f.CommandRefused, needed=1), set()),  # the client's word counts
        (refused, alter(orders.CommandRejected, reason=Reason.TOO_LATE), {"A10"}),
        (refused, drop(f.CommandRefused), {"A14"}),
        (trade, alter(f.OrderExecuted, at_us=HOURS.closes_us), {"A05", "A12", "A14"}),
        (trade, alter(f.ExecutionSettled, at_us=1), {"A05"}),
        (trade, alter(f.ExecutionSettled, 1, symbol="ACNE", cost_after=100 * DOLLAR), {"A05"}),
        (trade, reject(Reason.MARKET_CLOSED), {"A10"}),
        (waiting, reject(Reason.MARKET_CLOSED), {"A10"}),
        (resting, reject(Reason.MARKET_CLOSED), {"A10"}),
        (trade, alter(f.QuoteApplied, price=9 * DOLLAR), {"A13"}),
        (waiting, alter(orders.OrderReport, status=OrderStatus.EXPIRED), {"A14"}),
        (trade, before(orders.OrderAccepted, f.OrderPlaced), {"A14"}),
        (trade, before(orders.CommandAccepted, f.CashDeposited), {"A14"}),
        (trade, before(orders.OrderReport, f.ExecutionSettled), {"A14", "A16"}),
        (waiting, drop(f.OrderEntered), {"A16", "A04"}),
        (trade, alter(f.QuoteNoted, price=1), {"A13"}),
        (trade, alter(orders.PlaceOrder, quantity=9), {"A10"}),
        (trade, alter(orders.PlaceOrder, order_type=BUY), {"A10"}),
        (trade, alter(orders.PlaceOrder, symbol="ACNE"), {"A10", "A20"}),
        (waiting, alter(orders.PlaceOrder, limit_price=1), {"A10"}),
        (trade, alter(orders.OrderReport, price=1), {"A14"}),
        (trade, alter(orders.OrderReport, quantity=1), {"A14"}),
        (waiting, before(f.ReportConfirmed, f.OrderEnded), {"A05"}),
        (resting, repeat(f.OrderEntered), {"A05"}),
        (
            trade,
            alter(
                f.ExecutionSettled,
                nth=1,
                price=9 * DOLLAR,
                amount=90 * DOLLAR,
                cost_after=170 * DOLLAR,
            ),
            {"A01", "A05"},
        ),
        (resting, pass_by, {"A08"}),
        (triggering, execute_later, {"A08"}),
        (resting, alter(f.OrderEntered, worst_price=12 * DOLLAR), {"A08", "A15"}),
        (trade, let_a_due_order_run_away, {"A08"}),
        (resting, end_without_a_cause(Ending.CANCELLED), {"A04"}),
        (resting, end_without_a_cause(Ending.EXPIRED), {"A08"}),
        (resting, end_without_a_cause(Ending.PRICE_RAN_AWAY), {"A08"}),
        (triggering, drop(f.OrderFinished), {"A04", "A16"}),
        (reading, alter(queries.AccountAnswer, revision=1), {"A09"}),
        (reading, alter(queries.AccountAnswer, nth=1, revision=2), {"A09"}),
        (reading, alter(queries.AccountAnswer, revision=99), {"A09"}),
        (reading, alter(queries.AccountAnswer, realised=1), {"A09"}),
        (reading, alter(queries.AccountAnswer, cash=1), {"A09", "A20"}),
        (reading, alter(queries.AccountAnswer, holdings=()), {"A09", "A20"}),
        (reading, alter(queries.PortfolioAnswer, current_value=1), {"A09"}),
        (reading, alter(queries.PortfolioAnswer, cost_total=1), {"A09"}),
        (reading, alter(queries.PortfolioAnswer, prices=(1,)), {"A09"}),
        (reading, alter(queries.QuoteAnswer, price=1), {"A09"}),
        (reading, alter(queries.QuoteAnswer, number=7), {"A09"}),
        (trade, alter(orders.PlaceOrder, nth=1, seen_price=12 * DOLLAR), {"A15"}),
        (trade, alter(f.OrderEntered, worst_price=8 * DOLLAR), {"A15"}),
        (trade, alter(f.OrderPlaced, nth=1, hold=109 * DOLLAR), {"A15"}),
        (trade, drop(orders.PlaceOrder), {"A10"}),
        (trade, drop(funds.DepositCash), set()),  # the first word of a client: none was heard yet
        (waiting, drop(orders.CancelOrder), {"A10"}),
        (resting, drop(f.SubmitConfirmed), {"A16"}),
        (resting, drop(f.PriceSet), {"A13", "A16"}),
        (triggering, drop(f.PriceSet), {"A13"}),
        (triggering, alter(f.PriceSet, nth=1, number=3), {"A13", "A16"}),
        (triggering, drop(f.QuoteNoted, nth=1), {"A16"}),
        (trade, drop(f.ReportConfirmed), {"A16"}),
        (notified, drop(n.NotificationsOwed), {"A23"}),
        (notified, drop(n.NotificationTaken), {"A23"}),
        (notified, drop(n.NotificationsDelivered), {"A23"}),
        (notified, drop(n.DebtSettled), {"A23"}),
        (notified, repeat(n.NotificationTaken), {"A23"}),
        (notified, repeat(SendBatch, revision=99), {"A23"}),
        (visited, alter(orders.CommandRejected, reason=Reason.TOO_LATE), {"A25"}),
        (visited, drop(orders.CommandRejected), {"A16"}),
        (visited, let_a_stranger_in, {"A25"}),
        (trade, turn_the_owner_away, {"A25"}),
        (closed, alter(f.CashWithdrawn, amount=9), {"A01", "A25"}),
        (closed, alter(f.CommandRefused, reason=Reason.ACCOUNT_CLOSED), {"A10", "A17"}),
        (closed, close_twice_refused_as_not_empty, {"A17"}),
        (trade, drop(orders.OrderReport), {"A16"}),
        (trade, drop(orders.CommandAccepted), {"A16"}),
    ],
)
def test_a_planted_fact_is_found(
    base: Callable[[], Story], plant: Plant, expected: set[str]
) -> None:
    story = base()
    assert judge(story).passed

    plant(story)

    result = judge(story)
    assert broken(result) == expected, result.render()


NUMBERS = [
    (kind, name)
    for kind in (f.CashDeposited, f.CashWithdrawn, f.SharesTransferred, f.OrderPlaced,
                 f.ExecutionSettled, f.OrderClosed, f.OrderExecuted)
    for name in ("amount", "quantity", "cost", "worst_price", "hold", "price", "hold_used",
                 "realised", "cost_after", "released", "executed")
    if name in kind.__struct_fields__
]  # fmt: skip


@given(
    field=st.sampled_from(NUMBERS),
    which=st.integers(0, 10),
    change=st.integers(-(10**6), 10**6).filter(bool),
)
def test_no_number_that_moves_money_or_shares_can_be_changed_unseen(
    field: tuple[type, str], which: int, change: int
) -> None:
    kind, name = field
    story = full_story()
    there = sum(type(fact) is kind for event in story.events for fact in contents(event))
    at, within = story.find(kind, which % there)
    fact = story.events[at].content[within]

    story.alter(kind, which % there, **{name: getattr(fact, name) + change})

    assert not judge(story).passed


@given(
    st.lists(
        st.tuples(st.integers(1, 9), st.sampled_from([BUY, SELL]), st.sampled_from("tceo")),
        max_size=12,
    )
)
def test_no_right_story_is_blamed(steps: list[tuple[int, OrderType, str]]) -> None:
    story = Story(shares=200, cash=100_000 * DOLLAR)
    left = []
    for number, (quantity, order_type, what) in enumerate(steps):
        if what == "t":
            story.quote((9 + number % 2) * DOLLAR + number)
            story.trade(quantity, order_type)
            continue
        limit = 10 * DOLLAR + number
        if what == "e":  # far away, so that no price triggers it
            limit = DOLLAR if order_type is BUY else 100 * DOLLAR
        story.quote(limit + (1 if order_type is BUY else -1))
        order_id = story.place(quantity, order_type, limit)
        story.wait_in_book(order_id)
        if what == "e":
            left.append(order_id)
        elif what == "c":
            story.cancel(order_id)
        else:
            story.trigger(limit, order_id)
    story.close_session(*left)

    result = judge(story)

    assert result.passed, result.render()
