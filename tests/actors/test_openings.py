"""The front door alone: accounts that come to be, and questions about what has been."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from kit import Kit
from msgspec.structs import replace

from actors.domain.orders import Reason
from actors.exchange import StockExchange
from actors.messages.control import AccountReady, RegisterAccount
from actors.messages.history import FindOrders, GetTransactions
from actors.messages.orders import CommandRejected

USER = "ann"
ANN = "account/ann-1"


@pytest.fixture
def kit() -> Iterator[Kit]:
    """Give an exchange that knows one account."""
    with Kit(StockExchange, address="exchange", peers=("client", "history")) as kit:
        kit.deliver(RegisterAccount(ANN, USER))
        kit.facts()
        yield kit


def test_who_registers_an_account_is_told_when_it_can_be_used_and_again_when_asked_again(
    kit: Kit,
) -> None:
    opening = RegisterAccount("account/ann-2", USER, 8, "client")

    for _ in range(2):
        kit.deliver(opening)
        assert kit.expect("client", AccountReady) == AccountReady(8, "account/ann-2")


def test_nobody_is_told_that_an_account_of_another_user_is_ready(kit: Kit) -> None:
    kit.deliver(RegisterAccount(ANN, "bob", 8, "client"))

    assert kit.expect("client", CommandRejected).reason is Reason.NOT_OWNER


@pytest.mark.parametrize(
    "question", [FindOrders(7, ANN, user=USER), GetTransactions(7, ANN, user=USER)]
)
def test_questions_about_the_past_go_to_the_history(kit: Kit, question: Any) -> None:
    kit.deliver(question, sender="client")

    assert kit.expect("history", type(question)) == replace(question, reply_to="client")
