"""The audit on whole stories: what it finds, what it lets pass, and how it says so."""

from __future__ import annotations

import pytest
from msgspec.structs import replace
from story import ALICE, BUY, DOLLAR, SELL, Story, broken, judge
from told_stories import full_story, trade, waiting

from actors.domain.orders import OrderStatus, OrderType, Reason
from actors.messages import facts as f
from actors.messages import orders, queries
from actors.messages.orders import Ending
from simulation.audit import Auditor
from simulation.audit.findings import Concerned, Funds


def test_an_execution_counter_that_starts_again_is_found() -> None:
    story = Story()
    story.trade()
    story.executions = 0
    story.trade()

    assert broken(judge(story)) == {"A05"}


def test_an_order_counter_that_starts_again_is_found() -> None:
    story = Story()
    story.trade()
    story.orders.clear()
    story.trade()

    assert broken(judge(story)) == {"A10"}


def test_an_execution_settled_twice_is_found_by_all_that_it_breaks() -> None:
    story = trade()
    at, _ = story.find(f.ExecutionSettled)
    settled, closed = story.events[at].content
    again = replace(settled, transaction_id="U1-1/99")
    story.events[at] = story.events[at]._replace(content=[settled, again, closed])

    assert {"A01", "A02", "A05", "A06"} <= broken(judge(story))


def test_an_execution_that_no_account_applies_is_found_when_all_is_at_rest() -> None:
    story = Story()
    order_id = story.place()
    story.append("book/ACME", story.entered(order_id), story.executed(order_id))

    assert broken(judge(story)) == {"A05", "A16"}
    assert judge(story, at_rest=False).passed


def test_an_execution_beyond_the_limit_is_found_though_it_is_at_the_quote() -> None:
    story = Story()
    order_id = story.place(5, BUY, limit=9 * DOLLAR)
    story.wait_in_book(order_id)
    story.trigger(8 * DOLLAR, order_id)
    assert judge(story).passed

    for kind in (f.OrderPlaced, f.OrderEntered):
        story.alter(kind, worst_price=7 * DOLLAR)
    story.alter(f.OrderPlaced, hold=5 * 7 * DOLLAR)
    story.alter(f.ExecutionSettled, hold_used=5 * 7 * DOLLAR)
    story.alter(orders.PlaceOrder, limit_price=7 * DOLLAR)

    assert broken(judge(story)) == {"A13"}


def test_an_execution_beside_the_quote_is_found_though_both_ends_agree() -> None:
    story = Story()
    order_id = story.place(10)
    story.price = 9 * DOLLAR
    executed = story.executed(order_id)
    story.append("book/ACME", story.entered(order_id), executed)
    story.settle(executed)

    assert broken(judge(story)) == {"A13"}


def test_an_execution_that_costs_what_others_need_is_found_before_they_do() -> None:
    story = Story(cash=100 * DOLLAR)
    first, second = (story.place(10, BUY, limit=5 * DOLLAR) for _ in range(2))
    for order_id in (first, second):
        story.wait_in_book(order_id)
    story.trigger(6 * DOLLAR, first)

    assert broken(judge(story)) == {"A03", "A13"}


def test_a_close_before_the_last_execution_has_settled_is_found() -> None:
    story = Story()
    order_id = story.place(10)
    half = replace(story.executed(order_id), quantity=5, executed=None)
    story.append("book/ACME", story.entered(order_id), half)
    story.append("book/ACME", f.OrderFinished(order_id, ALICE, 5, Ending.CANCELLED))
    ended = f.OrderEnded(order_id, 5, Ending.CANCELLED)
    released = story.orders[order_id].hold
    story.append(ALICE, ended, f.OrderClosed(order_id, OrderStatus.EXECUTED, released, 0))

    finding = next(found for found in judge(story).findings if "closed as" in found.sentence)

    assert finding.invariant == "A04"
    assert "0 of 5 executed shares settled" in finding.sentence


def test_what_is_missing_at_the_end_is_said_in_words() -> None:
    unconfirmed, unknown = trade(), Story()
    unconfirmed.drop(f.ReportConfirmed)
    unknown.place()

    assert "1 reports of the book are not confirmed" in judge(unconfirmed).findings[0].sentence
    assert "the book does not know the order" in judge(unknown).findings[0].sentence


def test_a_price_that_is_older_than_the_one_that_stands_is_found() -> None:
    story = Story()
    story.quote(11 * DOLLAR)
    story.repeat(f.QuoteApplied)

    assert broken(judge(story)) == {"A13", "A16"}  # nor does the book know the last one


def test_an_execution_after_the_book_has_closed_is_found() -> None:
    story = Story()
    story.append("book/ACME", f.SessionClosed(story.at_us))
    story.trade()

    assert broken(judge(story)) == {"A12"}


def test_hours_are_judged_only_where_there_are_any() -> None:
    result = judge(trade(), hours=None)

    assert result.passed
    assert {row.id: row.checks for row in result.invariants}["A12"] == 0


def test_a_withdrawal_of_what_is_held_is_found() -> None:
    story = Story()
    story.wait_in_book(story.place(100, BUY, limit=5 * DOLLAR))
    story.withdraw(600 * DOLLAR)

    assert broken(judge(story)) == {"A03"}


def test_two_sells_of_the_same_shares_are_found() -> None:
    story = Story(shares=10)
    for _ in range(2):
        story.wait_in_book(story.place(6, SELL, limit=20 * DOLLAR))

    assert broken(judge(story)) == {"A03"}


@pytest.mark.parametrize(
    ("quantity", "reason", "needed", "order_type"),
    [
        (100, Reason.INSUFFICIENT_FUNDS, 1_000 * DOLLAR, BUY),
        (10, Reason.INSUFFICIENT_SHARES, 10, SELL),
    ],
)
def test_a_refusal_of_what_was_covered_to_the_unit_is_found(
    quantity: int, reason: Reason, needed: int, order_type: OrderType
) -> None:
    story = Story(shares=10)
    story.refuse(quantity, reason, needed, order_type)
    one_more = Story(shares=10)
    one_more.refuse(quantity + 1, reason, needed + 1, order_type)

    assert broken(judge(story)) == {"A17", "A20"}
    assert judge(one_more).passed


def test_a_run_that_refuses_too_many_orders_is_found() -> None:
    story = trade()
    for _ in range(2):
        story.refuse_at_the_door(Reason.BUSY)

    assert judge(story, accepted_share=0.5).passed
    assert broken(judge(story, accepted_share=0.51)) == {"A17"}


def test_a_run_that_was_cut_off_is_not_blamed_for_how_few_orders_it_accepted() -> None:
    story = Story()
    story.refuse_at_the_door(Reason.BUSY)

    assert judge(story, accepted_share=0.5, at_rest=False).passed
    assert broken(judge(story, accepted_share=0.5)) == {"A17"}


def test_an_order_refused_at_the_door_may_be_accepted_when_it_comes_again() -> None:
    story = Story()
    command = story.refuse_at_the_door(Reason.BUSY)
    story.commands = command - 1
    story.trade()

    assert judge(story).passed


def test_a_repeated_command_may_get_the_same_answers_again() -> None:
    story = waiting()
    for kind in (orders.PlaceOrder, orders.OrderAccepted, orders.OrderReport):
        story.repeat(kind)

    assert judge(story).passed


def test_an_order_that_waits_in_its_book_is_at_rest() -> None:
    story = Story()
    story.wait_in_book(story.place(5, BUY, limit=9 * DOLLAR))

    assert judge(story).passed


def test_a_cancel_that_overtakes_its_order_leaves_a_tombstone() -> None:
    story = Story()
    order_id = story.place(5, BUY, limit=9 * DOLLAR)
    command = story.request_cancel(order_id)
    story.append("book/ACME", f.OrderTombstoned(order_id, ALICE))
    story.close(order_id, Ending.CANCELLED)
    story.tell(orders.CommandAccepted(command, ALICE))
    assert judge(story).passed

    story.drop(f.OrderTombstoned)

    assert "A04" in broken(judge(story))


def test_a_cancel_that_comes_too_late_is_refused_when_the_order_is_closed() -> None:
    story = Story()
    order_id = story.place(5, BUY, limit=9 * DOLLAR)
    story.wait_in_book(order_id)
    command = story.request_cancel(order_id)
    story.trigger(9 * DOLLAR, order_id)
    story.tell(orders.CommandRejected(command, ALICE, Reason.TOO_LATE))
    assert judge(story).passed

    story.alter(orders.CommandRejected, reason=Reason.UNKNOWN_ORDER)

    assert broken(judge(story)) == {"A10"}


def test_a_cancel_that_nobody_has_decided_must_not_be_answered() -> None:
    story = Story()
    order_id = story.place(5, BUY, limit=9 * DOLLAR)
    story.wait_in_book(order_id)
    story.tell(orders.CommandAccepted(story.request_cancel(order_id), ALICE))

    assert broken(judge(story, at_rest=False)) == {"A14"}


def test_balances_that_cannot_be_are_found_in_what_a_client_reads() -> None:
    story = Story()
    story.read()
    story.alter(queries.PortfolioAnswer, held=6)

    assert broken(judge(story)) == {"A09", "A20"}


def test_a_state_that_its_journal_does_not_fold_to_is_found() -> None:
    auditor = Auditor()
    auditor.compare_folded(ALICE, b"abc", b"abd")

    result = auditor.finish()

    assert broken(result) == {"A11"}
    assert "byte 2" in result.findings[0].sentence


def test_a_finding_shows_the_account_before_and_after_and_the_orders_journal() -> None:
    story = trade()
    story.alter(f.ExecutionSettled, cost_after=1)

    finding = judge(story).findings[0]

    assert finding.accounts == (
        Concerned(ALICE, Funds(1_000 * DOLLAR, 0), Funds(1_100 * DOLLAR, 0), {"ACME": (10, 0)}),
    )
    assert finding.order_id == "U1-1-1"
    assert finding.address == ALICE
    assert "$80.00" in finding.sentence
    assert [line.split(": ")[1] for line in finding.journal] == [
        "OrderPlaced", "OrderEntered", "OrderExecuted", "ExecutionSettled", "OrderClosed",
    ]  # fmt: skip


def test_a_hundred_findings_are_kept_in_detail_and_all_are_counted() -> None:
    auditor = Auditor()
    for _ in range(150):
        auditor.compare_folded(ALICE, b"a", b"b")

    result = auditor.finish()

    assert (result.total, len(result.findings)) == (150, 100)
    assert "50 more" in result.render()


def test_a_verdict_fits_a_terminal_and_says_the_same_in_json() -> None:
    story = full_story()
    story.alter(f.ExecutionSettled, price=1)
    result = judge(story)

    assert max(map(len, result.render().splitlines())) <= 80
    assert result.to_json()["passed"] is False
    assert len(result.to_json()["findings"]) == len(result.findings)


def test_a_gap_is_reported_once_and_not_at_every_boundary_after_it() -> None:
    story = trade()
    story.alter(f.CashDeposited, amount=1_000 * DOLLAR + 1)

    assert judge(story).total == 1


def test_a_fact_that_the_audit_cannot_judge_stops_it() -> None:
    with pytest.raises(TypeError, match="book/ACME recorded a OrderPlaced"):
        Auditor().appended("book/ACME", [trade().orders["U1-1-1"]], 0)
