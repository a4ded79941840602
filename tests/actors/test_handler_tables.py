"""Tests that every message and fact that an actor is said to know has its handler."""

from __future__ import annotations

from typing import Any, get_args

import pytest

from actors import account, account_state, exchange, order_book
from actors.messages.base import ByKind, Message
from actors.messages.facts import AccountFact, BookFact
from actors.messages.orders import SubmitOrder


def kinds_of(union: Any) -> set[type]:
    return set(get_args(union))


@pytest.mark.parametrize(
    ("table", "union"),
    [
        (exchange._HANDLERS, exchange.ExchangeMessage),
        (account._HANDLERS, account.AccountMessage),
        (account_state._APPLIES, AccountFact),
        (order_book._HANDLERS, order_book.BookMessage),
        (order_book._APPLIES, BookFact),
    ],
    ids=["door", "account", "state of an account", "book", "state of a book"],
)
def test_a_table_has_exactly_what_the_actor_is_said_to_know(table: ByKind[Any], union: Any) -> None:
    assert set(table) >= kinds_of(union)
    assert all(any(issubclass(kind, known) for known in kinds_of(union)) for kind in table)


class LaterSubmit(SubmitOrder, frozen=True):
    """A submit of a later version."""


def test_a_class_has_what_its_nearest_base_has() -> None:
    table: ByKind[str] = ByKind({Message: "any", SubmitOrder: "submit"})

    assert table[LaterSubmit] == "submit"


def test_a_class_without_a_known_base_is_refused_by_its_name() -> None:
    with pytest.raises(TypeError, match="nothing is known of a LaterSubmit here"):
        ByKind[str]()[LaterSubmit]
