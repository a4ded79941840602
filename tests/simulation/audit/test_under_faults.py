"""The audit of runs in which clients repeat themselves, actors restart and answers get lost."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from msgspec.structs import replace
from story import (
    ALICE,
    BUY,
    CLIENT,
    DOLLAR,
    LIMIT,
    OTHER_CLIENT,
    Story,
    broken,
    judge,
)
from told_stories import full_story, reading, resting, trade, waiting

from actors.domain.orders import Reason
from actors.messages import facts as f
from actors.messages import funds, orders, queries
from actors.messages.base import Fact, Message
from simulation.audit import Auditor, Bounds, judge_digests
from simulation.audit.model import Handler, Quoted


def two_at_one_limit(*, in_order: bool) -> Story:
    story = Story()
    first, second = (story.place(5, BUY, limit=9 * DOLLAR) for _ in range(2))
    for order_id in (first, second):
        story.wait_in_book(order_id)
    story.trigger(9 * DOLLAR, *((first, second) if in_order else (second, first)))
    return story


def test_the_order_that_came_first_must_execute_first() -> None:
    assert judge(two_at_one_limit(in_order=True)).passed
    assert broken(judge(two_at_one_limit(in_order=False))) == {"A08"}


def test_the_better_limit_must_execute_first() -> None:
    story = Story()
    worse, better = story.place(5, BUY, 8 * DOLLAR), story.place(5, BUY, 9 * DOLLAR)
    for order_id in (worse, better):
        story.wait_in_book(order_id)
    story.trigger(8 * DOLLAR, worse, better)

    assert broken(judge(story)) == {"A08"}


def test_an_order_that_meets_its_price_at_once_must_not_wait() -> None:
    story = Story()
    story.wait_in_book(story.place(5, BUY, limit=10 * DOLLAR))

    assert broken(judge(story)) == {"A08"}


def test_an_order_must_execute_whole() -> None:
    story = Story()
    order_id = story.place(10, BUY)
    half = replace(story.executed(order_id), quantity=5, executed=5)
    story.append("book/ACME", story.entered(order_id), half)
    settled = replace(story.settled(half), hold_used=5 * 11 * DOLLAR)
    closed = f.OrderClosed(order_id, orders.STATUS_OF_ENDING[orders.Ending.FILLED], 55 * DOLLAR, 0)
    story.append(ALICE, settled, closed)
    story.report(order_id, closed.status, half)
    story.confirm(order_id, half.execution_id)

    assert broken(judge(story)) == {"A08"}


def test_a_book_that_forgets_its_close_is_found() -> None:
    story = resting()
    story.at_us = 10_000_000
    story.deposit(DOLLAR)

    assert broken(judge(story)) == {"A16"}


@pytest.mark.parametrize("kind", [orders.PlaceOrder, orders.CancelOrder, funds.DepositCash])
def test_a_command_may_be_asked_again_before_its_answer(kind: type) -> None:
    story = waiting()
    at, _ = story.find(kind)
    story.events.insert(at, story.events[at])

    assert judge(story).passed


@pytest.mark.parametrize(
    ("kind", "answer"),
    [
        (orders.PlaceOrder, orders.OrderAccepted(3, ALICE, "U1-1-1")),
        (orders.CancelOrder, orders.CommandAccepted(4, ALICE)),
        (funds.DepositCash, orders.CommandAccepted(1, ALICE)),
    ],
)
def test_a_command_may_be_asked_again_after_its_answer(kind: type, answer: Message) -> None:
    story = waiting()
    story.repeat(kind)
    assert broken(judge(story)) == {"A16"}

    story.tell(answer)

    assert judge(story).passed


def test_an_answer_that_is_told_again_must_be_the_same() -> None:
    story = trade()
    story.repeat(orders.OrderAccepted)
    story.repeat(orders.OrderReport)
    assert judge(story).passed

    story.repeat(orders.OrderAccepted, order_id="U1-1-2")

    assert broken(judge(story)) == {"A10"}


def test_of_two_commands_under_one_id_either_may_be_taken_in() -> None:
    story = trade()
    at, _ = story.find(orders.PlaceOrder)
    other = replace(story.events[at].content, quantity=9)
    story.events.insert(at + 1, story.events[at]._replace(content=other))

    assert judge(story).passed


def test_a_late_copy_of_what_the_door_refused_may_be_taken_in() -> None:
    story = Story()
    command = story.refuse_at_the_door(Reason.BUSY)
    story.append(
        ALICE,
        f.OrderPlaced("U1-1-1", command, 0, CLIENT, "ACME", BUY, LIMIT, 1, DOLLAR, DOLLAR, 0),
    )

    assert judge(story, at_rest=False).passed


def test_what_its_client_has_released_may_be_forgotten_and_is_answered_by_silence() -> None:
    story = trade()
    story.forget(story.commands + 1)
    story.repeat(orders.PlaceOrder)

    assert judge(story).passed


def test_a_command_that_its_client_has_not_released_must_not_be_forgotten() -> None:
    story = trade()
    story.forget(story.commands)
    story.alter(f.CommandsForgotten, below=story.commands + 1)

    assert broken(judge(story)) == {"A10"}


def test_a_forgotten_command_must_not_be_carried_out_again() -> None:
    story = Story()
    story.forget(story.commands + 1)
    story.repeat(f.CashDeposited, transaction_id="U1-1/2")

    assert broken(judge(story)) == {"A10"}


def test_the_outcome_of_an_open_order_is_not_forgotten() -> None:
    story = resting()
    story.forget(story.commands + 1)
    story.cancel("U1-1-1")
    story.repeat(orders.OrderReport)

    assert judge(story).passed


def test_a_later_read_must_not_show_an_earlier_state() -> None:
    story = reading()
    stale = story.events[story.find(queries.AccountAnswer)[0]].content
    story.alter(queries.AccountAnswer, 1, **{
        name: getattr(stale, name) for name in ("cash", "held", "realised", "holdings", "revision")
    })  # fmt: skip

    assert "after it had been told of revision" in judge(story).findings[0].sentence
    assert "A09" in broken(judge(story))


def test_reads_that_overlap_may_be_answered_in_any_order() -> None:
    story = Story()
    early, late = story.next_read(), story.next_read()
    for number in (early, late):
        story.ask(queries.GetAccount(number, ALICE, CLIENT, user="U1"))
    before = story.balances(early)
    story.deposit(DOLLAR)
    story.tell(story.balances(late))
    story.tell(before)

    assert judge(story).passed


def test_a_late_copy_of_an_answer_may_answer_a_question_that_was_asked_again() -> None:
    story = Story()
    question = queries.GetAccount(story.next_read(), ALICE, CLIENT, user="U1")
    first = story.balances(question.command_id)
    story.ask(question)
    story.tell(first)
    story.deposit(DOLLAR)
    story.ask(question)
    story.tell(first)

    assert judge(story).passed


def test_a_read_must_show_what_its_client_has_been_told_before() -> None:
    story = Story()
    before = story.balances(story.next_read())
    story.deposit(DOLLAR)
    story.ask(queries.GetAccount(before.command_id, ALICE, CLIENT, user="U1"))
    story.tell(before)

    assert "A09" in broken(judge(story))


def test_a_client_that_reads_less_than_another_was_told_is_found_by_the_history_alone() -> None:
    story = Story()
    number = story.next_read()
    before = story.balances(number)
    story.deposit(DOLLAR)
    story.ask(queries.GetAccount(number, ALICE, OTHER_CLIENT, user="U1"), OTHER_CLIENT)
    story.tell(before, OTHER_CLIENT)

    result = judge(story)

    assert broken(result) == {"A20"}
    assert result.findings[0].accounts[0].address == ALICE
    assert "no sequence explains" in result.findings[0].sentence


def test_a_quote_must_not_be_older_than_one_that_was_seen() -> None:
    story = Story()
    story.quote(11 * DOLLAR)
    story.read_quote()
    story.read_quote()
    story.alter(queries.QuoteAnswer, 1, number=1, price=10 * DOLLAR)

    assert broken(judge(story)) == {"A09"}


def test_an_actor_that_restarts_writes_under_a_new_epoch() -> None:
    story = trade()
    story.take_over("book/ACME", 2)
    story.take_over("book/ACME", 3)
    story.take_over(ALICE, 2)

    assert judge(story).passed


@pytest.mark.parametrize("epochs", [(2, 1), (3, 2), (2, 2), (1,)])
def test_an_epoch_that_does_not_rise_is_found(epochs: tuple[int, ...]) -> None:
    story = trade()
    for epoch in epochs:
        story.take_over("book/ACME", epoch)

    assert broken(judge(story)) == {"A19"}


def test_the_incarnation_that_a_dead_one_has_interrupted_may_go_on() -> None:
    story = trade()
    for epoch in (2, 1, 2):
        story.take_over("book/ACME", epoch)

    assert judge(story).total == 1


@pytest.mark.parametrize(
    ("tell", "bounds"),
    [
        (trade, Bounds(unconfirmed=0)),
        (resting, Bounds(open_orders=0)),
        (trade, Bounds(commands=3)),
    ],
)
def test_what_outgrows_its_bound_is_found(tell: Callable[[], Story], bounds: Bounds) -> None:
    assert broken(judge(tell(), bounds=bounds)) == {"A21"}


def test_what_was_released_does_not_count_against_the_bound() -> None:
    story = Story()
    for _ in range(5):
        story.trade(1)
        story.forget(story.commands + 1)

    assert judge(story, bounds=Bounds(commands=2)).passed


def test_a_measured_size_beyond_its_bound_is_found() -> None:
    auditor = Auditor()
    auditor.measured("exchange", "messages in the mailbox", 100, 100)
    auditor.measured("exchange", "messages in the mailbox", 101, 100)

    result = auditor.finish()

    assert broken(result) == {"A21"}
    assert "101, and at most 100" in result.findings[0].sentence


def test_two_runs_of_one_seed_must_have_one_digest() -> None:
    assert judge_digests("a", "a") is None
    assert getattr(judge_digests("a", "b"), "invariant", "") == "A22"


class Shout(Fact, frozen=True):
    """Something that only a new kind of actor records."""

    loudness: int


class Shouting:
    """A part of the audit for it."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, int]] = []

    def handlers(self) -> dict[type, Handler]:
        return {Shout: self.shouted}

    def shouted(self, actor: Quoted, fact: Shout) -> None:
        self.heard.append((actor.address, fact.loudness))


def test_a_new_kind_of_actor_joins_the_audit_with_a_part_of_its_own() -> None:
    shouting = Shouting()
    auditor = Auditor(parts=[shouting])
    auditor.appended("crier/1", [Shout(11)], 0)

    assert auditor.finish().passed
    assert shouting.heard == [("crier/1", 11)]


def test_a_finding_about_two_accounts_shows_both() -> None:
    story = full_story()
    bob = "account/U2-1"
    at, within = story.find(f.ExecutionSettled)
    stolen = story.events[at].content[within]
    story.append(bob, f.AccountOpened("U2"))
    story.append(bob, replace(stolen, transaction_id="U2-1/1"))
    story.events.insert(at, story.events.pop())
    story.events.insert(at, story.events.pop())

    finding = next(found for found in judge(story).findings if found.address == bob)

    assert {account.address for account in finding.accounts} == {bob, ALICE}
    assert max(map(len, finding.render().splitlines())) <= 80


def without(story: Story, *kinds: type[Message]) -> Story:
    """Return the story as it goes when the network loses messages of these kinds."""
    story.events = [event for event in story.events if not isinstance(event.content, kinds)]
    return story


def test_the_report_of_an_order_answers_its_command_where_the_acceptance_is_lost() -> None:
    story = Story()
    story.trade()

    assert broken(judge(without(story, orders.OrderAccepted))) == set()


def test_an_order_without_acceptance_or_report_was_never_answered() -> None:
    story = Story()
    story.trade()

    assert broken(judge(without(story, orders.OrderAccepted, orders.OrderReport))) == {"A16"}
