"""One account alone: whose it is, and how it is closed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from customer import BUY, DOLLAR, ME, PEERS, limit, place
from kit import Kit
from msgspec.structs import replace

from actors.account import Account
from actors.domain.orders import Reason
from actors.messages.facts import AccountClosed, CommandRefused
from actors.messages.funds import (
    CloseAccount,
    DepositCash,
    ForgetCommands,
    TransferShares,
    WithdrawCash,
)
from actors.messages.orders import CancelOrder, CommandAccepted, CommandRejected
from actors.messages.queries import GetAccount, GetPortfolio


@pytest.fixture
def kit() -> Iterator[Kit]:
    """Give an empty account."""
    with Kit(Account, "U1", address=ME, peers=PEERS) as kit:
        kit.facts()
        yield kit


CLOSE = CloseAccount(9, ME, "client", "U1")
OF_THE_OWNER = [
    limit(3, BUY, 4, 100), CancelOrder(3, ME, "U1-1-7", -1, "client", "U1"),
    DepositCash(3, ME, 5, "client", "U1"), WithdrawCash(3, ME, 5, "client", "U1"),
    TransferShares(3, ME, "AAPL", 2, 9, "client", "U1"), CLOSE,
    GetAccount(3, ME, "client", "U1"), GetPortfolio(3, ME, "client", "U1"),
]  # fmt: skip


def kind_of(message: Any) -> str:
    return type(message).__name__


@pytest.mark.parametrize("user", ["U2", "", "u1"])
@pytest.mark.parametrize("message", OF_THE_OWNER, ids=kind_of)
def test_a_stranger_is_refused_even_past_the_door(kit: Kit, message: Any, user: str) -> None:
    kit.deliver(replace(message, user=user))

    (answer,) = kit.drop()
    assert isinstance(answer, CommandRejected)
    assert answer.reason is Reason.NOT_OWNER
    assert kit.facts() == []


@pytest.mark.parametrize("command", OF_THE_OWNER[:6], ids=kind_of)
def test_a_stranger_cannot_use_up_a_command_id_of_the_owner(kit: Kit, command: Any) -> None:
    kit.deliver(replace(command, user="U2"))
    kit.drop()

    kit.deliver(command)

    assert Reason.DUPLICATE_COMMAND not in [getattr(m, "reason", None) for m in kit.drop()]
    assert kit.facts()


def test_a_stranger_cannot_make_an_account_forget(kit: Kit) -> None:
    deposit = DepositCash(3, ME, 5, "client", "U1")
    kit.deliver(deposit)
    kit.deliver(ForgetCommands(ME, 9, "U2"))
    kit.drop()

    kit.deliver(deposit)

    assert kit.expect("exchange", CommandAccepted).command_id == 3


def test_an_empty_account_is_closed_for_good(kit: Kit) -> None:
    kit.deliver(CLOSE)
    kit.expect("exchange", CommandAccepted)
    assert [type(fact) for fact in kit.facts()] == [AccountClosed]

    for number, command in enumerate(OF_THE_OWNER[:6], 20):
        if type(command) is not CancelOrder:
            kit.deliver(replace(command, command_id=number))
            assert kit.expect("exchange", CommandRejected).reason is Reason.ACCOUNT_CLOSED


def test_an_account_that_was_closed_says_so_again(kit: Kit) -> None:
    kit.deliver(CLOSE)
    kit.drop()
    kit.restart()

    kit.deliver(CLOSE)

    assert kit.expect("exchange", CommandAccepted).command_id == 9


@pytest.mark.parametrize("what", ["cash", "shares", "an open order"])
def test_an_account_that_is_not_empty_stays_open(kit: Kit, what: str) -> None:
    if what == "shares":
        kit.deliver(TransferShares(1, ME, "AAPL", 2, 9, "client", "U1"))
    else:
        kit.deliver(DepositCash(1, ME, 100 * DOLLAR, "client", "U1"))
    kit.drop()
    if what == "an open order":
        place(kit, limit(2, BUY, 1, 100))
    kit.facts()

    kit.deliver(CLOSE)

    assert kit.expect("exchange", CommandRejected).reason is Reason.ACCOUNT_NOT_EMPTY
    assert [type(fact) for fact in kit.facts()] == [CommandRefused]
    kit.deliver(DepositCash(30, ME, 5, "client", "U1"))
    assert kit.expect("exchange", CommandAccepted).command_id == 30
