"""Judging further accounts, and what customers read of their orders and transactions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace
from story import ALICE, CLIENT, DOLLAR, Story, broken, judge

from actors.domain.orders import OrderStatus, OrderType, PriceType, Reason
from actors.messages import facts as f
from actors.messages.control import AccountReady, RegisterAccount
from actors.messages.funds import DepositCash
from actors.messages.history import FindOrders, FoundOrders, GetTransactions, TransactionsAnswer
from actors.messages.orders import CommandRejected
from actors.messages.queries import GetAccount
from actors.order_history.lines import OrderLine, TransactionLine

SECOND = "account/U1-2"
LINE = OrderLine(
    1, "U1-1-1", 3, ALICE, "ACME", OrderType.BUY, PriceType.MARKET, 1, 1, 0, -1, -1,
    OrderStatus.PENDING, 0, 0, None, 0,
)  # fmt: skip


def opening() -> Story:
    """Let a customer open one more account."""
    story = Story()
    story.ask(RegisterAccount(SECOND, "U1", 950, CLIENT))
    story.append(SECOND, f.AccountOpened("U1"))
    story.append("exchange", f.AccountRegistered(SECOND, "U1"))
    story.tell(AccountReady(950, SECOND))
    return story


def line(number: int) -> TransactionLine:
    return TransactionLine(number, f"U1-1/{number}", ALICE, "deposit", "", "", "", 0, 0, 1, 0, 0)


def reading() -> Story:
    """Let a customer read both transactions and an order."""
    story = Story(shares=20)
    story.ask(GetTransactions(951, ALICE, 0, 50, CLIENT, "U1"))
    story.tell(TransactionsAnswer(951, ALICE, (line(1), line(2)), 2))
    story.ask(FindOrders(952, ALICE, reply_to=CLIENT, user="U1"))
    story.tell(FoundOrders(952, ALICE, (LINE,), 1))
    return story


def alter(kind: type, **changed: Any) -> Callable[[Story], None]:
    def plant(story: Story) -> None:
        (at,) = (n for n, event in enumerate(story.events) if type(event.content) is kind)
        event = story.events[at]
        story.events[at] = event._replace(content=replace(event.content, **changed))

    return plant


def drop(kind: type) -> Callable[[Story], None]:
    def plant(story: Story) -> None:
        story.events = [event for event in story.events if type(event.content) is not kind]

    return plant


def forget_registration(story: Story) -> None:
    """Let the door never have heard of the new account."""
    story.events = [
        event for event in story.events if event.content != [f.AccountRegistered(SECOND, "U1")]
    ]


def give_away(story: Story) -> None:
    """Give an account to another user."""
    story.append("exchange", f.AccountRegistered(SECOND, "U2"))


@pytest.mark.parametrize(
    ("base", "plant", "expected"),
    [
        (opening, forget_registration, {"A14"}),
        (opening, drop(AccountReady), {"A16"}),
        (opening, give_away, {"A25"}),
        (opening, alter(RegisterAccount, user="U2"), {"A25"}),
        (reading, alter(TransactionsAnswer, total=3), {"A09"}),
        (reading, alter(TransactionsAnswer, rows=(line(2), line(2))), {"A09"}),
        (reading, alter(TransactionsAnswer, rows=(line(1),)), {"A09"}),
        (reading, alter(TransactionsAnswer, rows=()), {"A09"}),
        (reading, alter(FoundOrders, rows=(replace(LINE, account=SECOND),)), {"A09"}),
        (reading, drop(TransactionsAnswer), {"A16"}),
        (reading, drop(FoundOrders), {"A16"}),
        (reading, alter(GetTransactions, user="U2"), {"A25"}),
        (reading, alter(FindOrders, user="U2"), {"A25"}),
    ],
)
def test_what_is_wrong_with_an_opening_or_a_record_is_found(
    base: Callable[[], Story], plant: Callable[[Story], None], expected: set[str]
) -> None:
    story = base()
    assert judge(story).passed

    plant(story)

    result = judge(story)
    assert broken(result) == expected, result.render()


@pytest.mark.parametrize("is_refused", [True, False])
def test_a_stranger_who_asks_before_the_opening_is_told_no_more_than_later(
    is_refused: bool,
) -> None:
    story = Story(cash=DOLLAR)
    story.append("exchange", f.AccountRegistered(SECOND, "U1"))
    story.ask(DepositCash(953, SECOND, DOLLAR, CLIENT, "U2"))
    story.append(SECOND, f.AccountOpened("U1"))
    story.ask(DepositCash(953, SECOND, DOLLAR, CLIENT, "U2"))
    refusal = CommandRejected(953, SECOND, Reason.NOT_OWNER)
    story.tell(refusal if is_refused else replace(refusal, reason=Reason.INVALID_AMOUNT))

    assert broken(judge(story)) == (set() if is_refused else {"A25"})


def test_an_owner_who_asked_before_the_door_knew_may_hear_of_it_later() -> None:
    story = Story(cash=DOLLAR)
    story.append(SECOND, f.AccountOpened("U1"))
    story.ask(GetAccount(953, SECOND, CLIENT, "U1"))
    story.append("exchange", f.AccountRegistered(SECOND, "U1"))
    story.tell(CommandRejected(953, SECOND, Reason.NOT_OWNER))

    assert judge(story).passed


def test_an_owner_may_be_a_stranger_until_the_door_knows_the_account() -> None:
    story = Story(cash=DOLLAR)
    story.append(SECOND, f.AccountOpened("U1"))
    story.ask(GetAccount(953, SECOND, CLIENT, "U1"))
    story.tell(CommandRejected(953, SECOND, Reason.NOT_OWNER))
    assert judge(story).passed

    story.append("exchange", f.AccountRegistered(SECOND, "U1"))
    story.ask(GetAccount(954, SECOND, CLIENT, "U1"))
    story.tell(CommandRejected(954, SECOND, Reason.NOT_OWNER))

    assert broken(judge(story)) == {"A25"}
