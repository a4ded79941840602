"""Notifications: who can be reached where, and the words for what has happened."""

from __future__ import annotations

from typing import Any

import pytest

from actors.domain.notifications import (
    EVENT_OF_STATUS,
    Channel,
    Event,
    Occasion,
    Route,
    are_routes,
    body_of,
    is_destination,
    subject_of,
)
from actors.domain.orders import OrderStatus, is_open

DOLLAR = 10_000


@pytest.mark.parametrize(
    ("channel", "to"),
    [
        (Channel.EMAIL, "alice@example.com"),
        (Channel.EMAIL, "a.b+c@x"),
        (Channel.SMS, "+1 555-0001"),
        (Channel.PUSH, "token:1/2"),
        (Channel.CONSOLE, "Alice Müller"),
    ],
)
def test_what_looks_like_a_destination_is_one(channel: Channel, to: str) -> None:
    assert is_destination(channel, to)


@pytest.mark.parametrize("channel", Channel)
@pytest.mark.parametrize(
    "to", ["", "a@b.c\r\nBcc: all@b.c", "x\x1b[2J", "1" * 201, None, 7, b"a@b"]
)
def test_nothing_with_control_characters_or_without_end_is_a_destination(
    channel: Channel, to: Any
) -> None:
    assert not is_destination(channel, to)


@pytest.mark.parametrize(
    "to", ["alice", "@example.com", "a@", "a@b@c", "a b@c", "a@b,c@d", "<a@b>", "ä@b.c"]
)
def test_what_a_mail_server_could_take_for_something_else_is_no_e_mail_address(to: str) -> None:
    assert not is_destination(Channel.EMAIL, to)


def test_a_channel_has_one_route_and_each_event_stands_in_it_once() -> None:
    route = Route(Channel.EMAIL, "a@b.c", (Event.DEPOSIT,))
    twice = Route(Channel.EMAIL, "a@b.c", (Event.DEPOSIT, Event.DEPOSIT))

    assert are_routes(())
    assert are_routes((route, Route(Channel.SMS, "1", ())))
    assert not are_routes((route, route))
    assert not are_routes((twice,))


@pytest.mark.parametrize(
    "value",
    [
        None, [], "email", (1,),
        (Route("email", "a@b.c", ()),),  # type: ignore[arg-type]
        (Route(Channel.SMS, "1", "all"),),  # type: ignore[arg-type]
        (Route(Channel.SMS, "1", ("deposit",)),),  # type: ignore[arg-type]
    ],
)  # fmt: skip
def test_whatever_a_client_may_send_that_is_no_preference_is_refused(value: Any) -> None:
    assert not are_routes(value)


def test_every_status_that_ends_an_order_is_an_event() -> None:
    assert set(EVENT_OF_STATUS) == {status for status in OrderStatus if not is_open(status)}


@pytest.mark.parametrize("event", Event)
def test_every_event_has_words(event: Event) -> None:
    occasion = Occasion(event, "U1-1-7", 0, "AAPL", 10, 150 * DOLLAR, 5 * DOLLAR)

    assert subject_of(occasion).isprintable()
    assert body_of(occasion).startswith(subject_of(occasion))
    assert body_of(occasion).endswith(".")


def test_an_execution_is_told_with_quantity_and_price() -> None:
    occasion = Occasion(Event.ORDER_EXECUTED, "U1-1-7", 0, "AAPL", 1_000, 150 * DOLLAR)

    assert body_of(occasion) == "Order U1-1-7 was executed: 1,000 AAPL at $150.00."
