"""What an account owes its customer: by preference, once, and until it is confirmed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from kit import Kit

from actors.account import Account
from actors.account_notices import ALERTS_AT_MOST
from actors.addresses import EXCHANGE, alerts_of, book_of, notifier_of
from actors.domain.notifications import Channel, Event, Route
from actors.domain.orders import OrderType, PriceType, Reason
from actors.domain.thresholds import Direction
from actors.messages.alerts import (
    AlertTriggered,
    ArmAlert,
    DisarmAlert,
    PreferencesAnswer,
    RemoveAlert,
    SetAlert,
)
from actors.messages.funds import DepositCash, WithdrawCash
from actors.messages.notification_facts import NotificationsOwed
from actors.messages.notifications import (
    GetPreferences,
    Notify,
    Receipt,
    RoomAgain,
    SetPreferences,
)
from actors.messages.orders import (
    CommandAccepted,
    CommandRejected,
    Ending,
    EndReport,
    ExecutionReport,
    OrderAccepted,
    OrderReport,
    PlaceOrder,
    ReportAck,
    SubmitOrder,
)

ME, CLIENT = "account/U1-1", "client"
EMAIL, SMS = notifier_of(Channel.EMAIL), notifier_of(Channel.SMS)
BOOK, WATCHER = book_of("ACME"), alerts_of("ACME")
DOLLAR = 10_000
ALL = Route(Channel.EMAIL, "a@b.c", tuple(Event))


@pytest.fixture
def account() -> Iterator[Kit]:
    """Give an account with $1,000."""
    peers = [EXCHANGE, CLIENT, EMAIL, SMS, BOOK, WATCHER]
    with Kit(Account, "U1", address=ME, peers=peers) as kit:
        ask(kit, DepositCash(1, ME, 1_000 * DOLLAR, CLIENT, "U1"))
        yield kit


def ask(kit: Kit, command: Any) -> None:
    kit.deliver(command, EXCHANGE)
    kit.expect(EXCHANGE, CommandAccepted)


def refusal(kit: Kit, command: Any) -> Reason:
    kit.deliver(command, EXCHANGE)
    return kit.expect(EXCHANGE, CommandRejected).reason


def prefer(kit: Kit, *routes: Route, command_id: int = 2) -> None:
    ask(kit, SetPreferences(command_id, ME, routes, CLIENT, "U1"))


def place(kit: Kit, command_id: int = 3) -> str:
    """Place an order to buy one share at $10."""
    order = PlaceOrder(
        command_id, ME, "ACME", OrderType.BUY, PriceType.LIMIT, 1, 10 * DOLLAR, None, CLIENT, "U1"
    )
    kit.deliver(order, EXCHANGE)
    kit.expect(BOOK, SubmitOrder)
    return kit.expect(EXCHANGE, OrderAccepted).order_id


def end(kit: Kit, order_id: str, ending: Ending) -> None:
    if ending is Ending.FILLED:
        kit.deliver(ExecutionReport("ACME/1", order_id, 1, 9 * DOLLAR, 0, 1), BOOK)
    else:
        kit.deliver(EndReport(order_id, 0, ending), BOOK)
    kit.expect(BOOK, ReportAck)
    kit.expect(CLIENT, OrderReport)


def confirm(kit: Kit, notifier: str) -> Notify:
    news = kit.expect(notifier, Notify)
    kit.deliver(Receipt(news.notification.number), notifier)
    return news


def test_without_preferences_nothing_is_owed(account: Kit) -> None:
    end(account, place(account), Ending.FILLED)
    ask(account, WithdrawCash(4, ME, DOLLAR, CLIENT, "U1"))

    assert account.facts_of(NotificationsOwed) == []


@pytest.mark.parametrize(
    ("ending", "event"),
    [
        (Ending.FILLED, Event.ORDER_EXECUTED),
        (Ending.CANCELLED, Event.ORDER_CANCELLED),
        (Ending.EXPIRED, Event.ORDER_EXPIRED),
        (Ending.PRICE_RAN_AWAY, Event.ORDER_REJECTED),
    ],
)
def test_the_end_of_an_order_is_told(account: Kit, ending: Ending, event: Event) -> None:
    prefer(account, ALL)
    order_id = place(account)
    end(account, order_id, ending)

    notification = confirm(account, EMAIL).notification
    assert notification.occasion.event is event
    assert notification.occasion.about == order_id
    assert notification.to == "a@b.c"
    assert notification.user == "U1"


def test_cash_that_moves_is_told_with_its_amount(account: Kit) -> None:
    prefer(account, ALL)
    ask(account, DepositCash(3, ME, 5 * DOLLAR, CLIENT, "U1"))
    ask(account, WithdrawCash(4, ME, 2 * DOLLAR, CLIENT, "U1"))

    told = [confirm(account, EMAIL).notification.occasion for _ in range(2)]
    assert [(one.event, one.amount) for one in told] == [
        (Event.DEPOSIT, 5 * DOLLAR),
        (Event.WITHDRAWAL, 2 * DOLLAR),
    ]


def test_each_channel_gets_what_is_wanted_there_in_one_fact(account: Kit) -> None:
    prefer(account, ALL, Route(Channel.SMS, "1", (Event.WITHDRAWAL,)))
    ask(account, DepositCash(3, ME, DOLLAR, CLIENT, "U1"))
    ask(account, WithdrawCash(4, ME, DOLLAR, CLIENT, "U1"))

    assert [confirm(account, EMAIL).notification.number for _ in range(2)] == [1, 2]
    assert confirm(account, SMS).notification.number == 1
    assert [len(fact.debts) for fact in account.facts_of(NotificationsOwed)] == [1, 2]


def test_a_command_that_is_repeated_owes_nothing_more(account: Kit) -> None:
    prefer(account, ALL)
    ask(account, DepositCash(3, ME, DOLLAR, CLIENT, "U1"))
    confirm(account, EMAIL)
    ask(account, DepositCash(3, ME, DOLLAR, CLIENT, "U1"))

    assert len(account.facts_of(NotificationsOwed)) == 1


def test_what_is_owed_is_said_again_until_it_is_confirmed_also_after_a_crash(
    account: Kit,
) -> None:
    prefer(account, ALL)
    ask(account, DepositCash(3, ME, DOLLAR, CLIENT, "U1"))
    first = account.expect(EMAIL, Notify)
    account.restart()
    again = account.expect(EMAIL, Notify)
    account.advance(3.0)
    once_more = confirm(account, EMAIL)
    account.drop()
    account.advance(300.0)

    assert first == again == once_more


def test_what_is_owed_goes_where_it_was_wanted_then(account: Kit) -> None:
    prefer(account, ALL)
    ask(account, DepositCash(3, ME, DOLLAR, CLIENT, "U1"))
    account.drop()
    prefer(account, Route(Channel.EMAIL, "new@b.c", tuple(Event)), command_id=4)
    account.restart()

    assert confirm(account, EMAIL).notification.to == "a@b.c"


def test_a_receipt_that_comes_twice_or_for_nothing_does_no_harm(account: Kit) -> None:
    prefer(account, ALL)
    ask(account, DepositCash(3, ME, DOLLAR, CLIENT, "U1"))
    confirm(account, EMAIL)

    account.deliver(Receipt(1), EMAIL)
    account.deliver(Receipt(99), SMS)


def test_where_there_is_room_again_what_found_none_is_said(account: Kit) -> None:
    prefer(account, ALL)
    for command_id in range(3, 8):
        ask(account, DepositCash(command_id, ME, DOLLAR, CLIENT, "U1"))
    account.drop()
    account.deliver(RoomAgain(2), EMAIL)

    numbers = [account.expect(EMAIL, Notify).notification.number for _ in range(3)]
    assert numbers == [1, 2, 3]
    for number in range(1, 6):
        account.deliver(Receipt(number), EMAIL)


def test_an_alert_is_armed_and_its_news_is_owed_once(account: Kit) -> None:
    prefer(account, ALL)
    ask(account, SetAlert(3, ME, "ACME", Direction.ABOVE, 11 * DOLLAR, False, CLIENT, "U1"))
    request = account.expect(WATCHER, ArmAlert)
    account.deliver(Receipt(request.number), WATCHER)
    for _ in range(2):
        account.deliver(AlertTriggered(1, request.alert, 12 * DOLLAR), WATCHER)
        account.expect(WATCHER, Receipt)

    occasion = confirm(account, EMAIL).notification.occasion
    assert (occasion.event, occasion.symbol, occasion.price) == (
        Event.PRICE_ALERT, "ACME", 12 * DOLLAR,
    )  # fmt: skip
    assert account.state.notices.alerts == {}


def test_a_removed_alert_is_not_told_though_it_has_fired(account: Kit) -> None:
    prefer(account, ALL)
    ask(account, SetAlert(3, ME, "ACME", Direction.ABOVE, 11 * DOLLAR, False, CLIENT, "U1"))
    ask(account, RemoveAlert(4, ME, 3, CLIENT, "U1"))
    account.expect(WATCHER, ArmAlert)
    assert account.expect(WATCHER, DisarmAlert).armed_by == 1
    account.deliver(AlertTriggered(1, 3, 12 * DOLLAR), WATCHER)
    account.expect(WATCHER, Receipt)
    for number in (1, 2):
        account.deliver(Receipt(number), WATCHER)

    assert account.facts_of(NotificationsOwed) == []


def test_an_alert_that_is_not_there_cannot_be_removed(account: Kit) -> None:
    assert refusal(account, RemoveAlert(3, ME, 99, CLIENT, "U1")) is Reason.UNKNOWN_ALERT


def test_an_account_has_so_many_alerts_and_no_more(account: Kit) -> None:
    for number in range(ALERTS_AT_MOST):
        ask(
            account, SetAlert(10 + number, ME, "ACME", Direction.BELOW, DOLLAR, False, CLIENT, "U1")
        )
    one_more = SetAlert(9_999, ME, "ACME", Direction.BELOW, DOLLAR, False, CLIENT, "U1")

    assert refusal(account, one_more) is Reason.ALERT_LIMIT
    for number in range(1, ALERTS_AT_MOST + 1):
        account.deliver(Receipt(number), WATCHER)
    account.drop()


def test_preferences_and_alerts_can_be_read(account: Kit) -> None:
    prefer(account, ALL)
    ask(account, SetAlert(3, ME, "ACME", Direction.BELOW, DOLLAR, True, CLIENT, "U1"))
    account.expect(WATCHER, ArmAlert)
    account.deliver(Receipt(1), WATCHER)
    account.deliver(GetPreferences(4, ME, CLIENT, "U1"))

    answer = account.expect(CLIENT, PreferencesAnswer)
    assert answer.routes == (ALL,)
    assert [(line.alert, line.price, line.repeats) for line in answer.alerts] == [(3, DOLLAR, True)]
