"""What is not confirmed is said again, by reminders and after a crash, until it is confirmed."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import msgspec
import pytest
from kit import Kit

from actors.account import Account
from actors.actor import RESEND_AFTER_S, RESEND_AT_MOST_S, RESENDS_BEFORE_ALARM
from actors.domain.orders import OrderStatus, OrderType, PriceType
from actors.messages.base import Message
from actors.messages.facts import CommandsForgotten
from actors.messages.funds import DepositCash, ForgetCommands
from actors.messages.orders import (
    CancelOrder,
    CancelSubmitted,
    CommandAccepted,
    CommandRejected,
    Ending,
    EndReport,
    ExecutionReport,
    OrderAccepted,
    OrderReport,
    PlaceOrder,
    ReportAck,
    SubmitAck,
    SubmitOrder,
)
from actors.order_book import OrderBook
from simulation.virtual_time import VirtualTimeRuntime

ME = "account/U1-1"
BOOK = "book/AAPL"
BUY = PlaceOrder(
    2, ME, "AAPL", OrderType.BUY, PriceType.LIMIT, 5, 100, reply_to="client", user="U1"
)
OVERDUE_S = 2 * RESEND_AFTER_S + 0.1  # seen by one reminder, sent again by the next


def account() -> Kit:
    """Return an account with cash and one submitted buy at a limit of 100."""
    kit = Kit(Account, "U1", address=ME, peers=("exchange", BOOK, "client"))
    kit.deliver(DepositCash(1, ME, 10_000, user="U1"))
    kit.deliver(BUY)
    kit.expect("exchange", CommandAccepted)
    kit.expect("exchange", OrderAccepted)
    return kit


def book() -> Kit:
    """Return a book at 100 that has executed one order and waits for the acknowledgement."""
    kit = Kit(OrderBook, "AAPL", address=BOOK, peers=(ME, "stock/AAPL"))
    kit.drop()
    kit.tell_price("AAPL", 1, 100)
    kit.deliver(SubmitOrder("U1-1-1", ME, OrderType.BUY, PriceType.LIMIT, 5, 100))
    return kit


def test_an_account_submits_again_until_the_book_confirms() -> None:
    with account() as kit:
        first = kit.expect(BOOK, SubmitOrder)

        kit.advance(OVERDUE_S)

        assert kit.expect(BOOK, SubmitOrder) == first
        kit.deliver(SubmitAck("U1-1-1"), BOOK)
        kit.advance(10 * RESEND_AT_MOST_S)
        kit.expect_silence()


def test_what_was_said_just_before_a_reminder_is_not_said_again_by_it() -> None:
    with account() as kit:
        kit.expect(BOOK, SubmitOrder)

        kit.advance(RESEND_AFTER_S + 0.1)

        kit.expect_silence()


def test_an_account_asks_again_for_a_cancel_until_the_order_has_ended() -> None:
    with account() as kit:
        kit.deliver(SubmitAck("U1-1-1"), BOOK)
        kit.deliver(CancelOrder(3, ME, "U1-1-1", reply_to="client", user="U1"))
        kit.drop()

        kit.advance(OVERDUE_S)

        assert kit.expect(BOOK, CancelSubmitted) == CancelSubmitted("U1-1-1", ME)
        kit.deliver(EndReport("U1-1-1", 0, Ending.CANCELLED), BOOK)
        kit.drop()
        kit.advance(10 * RESEND_AT_MOST_S)
        kit.expect_silence()


def test_a_book_reports_the_same_execution_until_it_is_acknowledged() -> None:
    with book() as kit:
        first = kit.expect(ME, ExecutionReport)

        kit.advance(OVERDUE_S)

        assert kit.expect(ME, ExecutionReport) == first
        kit.deliver(ReportAck("U1-1-1", first.execution_id, True), ME)
        kit.advance(10 * RESEND_AT_MOST_S)
        kit.expect_silence()


def test_resends_become_rarer_never_end_and_raise_one_alarm() -> None:
    with account() as kit:
        kit.drop()
        instants: list[float] = []

        while len(instants) < RESENDS_BEFORE_ALARM + 4:
            kit.advance(RESEND_AFTER_S / 4)
            instants += [kit.runtime.now] * len(kit.drop())

        gaps = [later - sooner for sooner, later in pairwise(instants)]
        assert gaps == pytest.approx(sorted(gaps), abs=RESEND_AFTER_S / 4)
        assert max(gaps) <= RESEND_AT_MOST_S + RESEND_AFTER_S / 4
        assert kit.runtime.supervisor.alarm_count == 1
        assert ME in kit.runtime.supervisor.alarms[0]


@pytest.mark.parametrize("make", [account, book])
def test_after_a_crash_the_outbox_is_sent_before_anything_else(make: Callable[[], Kit]) -> None:
    with make() as kit:
        before = kit.drop()

        kit.restart()

        assert [message for message in kit.drop() if message in before] == before
        kit.advance(OVERDUE_S)
        again: list[Message] = kit.drop()
        assert again == before, "the reminder was armed anew"


def test_a_repeated_order_that_has_ended_is_answered_with_its_report() -> None:
    with account() as kit:
        kit.deliver(ExecutionReport("AAPL:1", "U1-1-1", 5, 90, 7, 5), BOOK)
        report = kit.expect("client", OrderReport)
        kit.drop()

        kit.deliver(BUY)

        assert kit.expect("exchange", OrderAccepted).order_id == "U1-1-1"
        assert kit.expect("client", OrderReport) == report
        assert report == OrderReport(2, ME, "U1-1-1", OrderStatus.EXECUTED, 5, 90, 7)


def test_a_forgotten_command_is_answered_by_silence_and_not_carried_out_again() -> None:
    with account() as kit:
        kit.drop()
        kit.deliver(ForgetCommands(ME, 2, user="U1"))

        kit.deliver(DepositCash(1, ME, 10_000, user="U1"))

        kit.expect_silence()
        assert kit.state.cash == 10_000
        assert list(kit.state.commands) == [2]
        assert kit.facts_of(CommandsForgotten) == [CommandsForgotten(2)]


def test_the_command_of_an_open_order_is_not_forgotten() -> None:
    with account() as kit:
        kit.drop()

        kit.deliver(ForgetCommands(ME, 100, user="U1"))

        kit.deliver(CancelOrder(101, ME, placed_by=2, reply_to="client", user="U1"))
        assert kit.expect(BOOK, CancelSubmitted).order_id == "U1-1-1"


def test_a_cancel_of_an_order_whose_command_is_forgotten_comes_too_late() -> None:
    with account() as kit:
        kit.deliver(ExecutionReport("AAPL:1", "U1-1-1", 5, 90, 7, 5), BOOK)
        kit.drop()
        kit.deliver(ForgetCommands(ME, 3, user="U1"))

        kit.deliver(CancelOrder(3, ME, placed_by=2, reply_to="client", user="U1"))

        assert kit.expect("exchange", CommandRejected).reason.value == "too_late"


def test_forgetting_less_than_before_changes_nothing() -> None:
    with account() as kit:
        kit.drop()
        kit.deliver(ForgetCommands(ME, 2, user="U1"))
        before = msgspec.msgpack.encode(kit.state)

        kit.deliver(ForgetCommands(ME, 1, user="U1"))

        assert msgspec.msgpack.encode(kit.state) == before


def test_a_reminder_finds_room_in_a_full_mailbox() -> None:
    runtime = VirtualTimeRuntime(
        service_times={"default": 1.0}, mailbox_capacity=2, node_delay_s=0.0
    )
    told: list[Message] = []
    for peer in ("exchange", BOOK):
        runtime.attach(peer, lambda envelope: told.append(envelope.message))
    runtime.spawn(ME, Account, "U1")
    runtime.send(ME, DepositCash(1, ME, 10_000, user="U1"))
    runtime.run_until_idle()
    runtime.send(ME, BUY)
    runtime.run(until_s=runtime.now + 1.5)

    for number in range(100, 120):  # more than it can take, until long after the reminders
        runtime.send(ME, DepositCash(number, ME, 1, user="U1"))
        runtime.run(until_s=runtime.now + 0.5)
    runtime.run(until_s=runtime.now + OVERDUE_S + 3.0)

    assert runtime.dead_letters["DepositCash"] > 0, "the mailbox was full"
    assert runtime.dead_letters["Remind"] == 0
    assert sum(isinstance(message, SubmitOrder) for message in told) > 1


def test_a_client_cannot_make_an_account_forget_what_has_not_come_yet() -> None:
    with account() as kit:
        kit.drop()

        kit.deliver(ForgetCommands(ME, 2**63 - 1, user="U1"))

        assert kit.state.forgotten_below == 3
        kit.deliver(DepositCash(3, ME, 1, user="U1"))
        assert kit.expect("exchange", CommandAccepted).command_id == 3


def test_a_peer_that_is_gone_for_days_is_asked_at_the_same_pace() -> None:
    with account() as kit:
        for _ in range(1_100):
            kit.drop()
            kit.advance(RESEND_AT_MOST_S)

        assert kit.expect(BOOK, SubmitOrder)
        kit.drop()
