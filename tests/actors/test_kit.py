"""The kit itself: it must be able to fail."""

from __future__ import annotations

import pytest
from kit import Kit

from actors.actor import Actor
from actors.messages.base import Address, Message
from actors.messages.facts import AccountOpened
from actors.messages.market import CloseSession, SetPrice


class Echo(Actor):
    """Repeats to its sender what it hears, and records it."""

    def receive(self, message: Message, sender: Address) -> None:
        if isinstance(message, CloseSession):
            raise ArithmeticError("told to fail")
        self.record(AccountOpened(sender))
        self.send(sender, message)

    def apply(self, fact: AccountOpened) -> None:
        """Know nothing durably."""


class Forgetful(Echo):
    """Changes its state without a fact."""

    def receive(self, message: Message, sender: Address) -> None:
        self.state = [message]


def echo(actor_class: type[Actor] = Echo) -> Kit:
    return Kit(actor_class, address="echo", peers=["client", "other"])


def test_a_message_that_was_expected_is_returned() -> None:
    with echo() as kit:
        kit.deliver(SetPrice(1), "client")

        assert kit.expect("client", SetPrice) == SetPrice(1)
        assert kit.facts() == [AccountOpened("client")]
        assert kit.facts() == []


def test_messages_to_one_peer_are_expected_in_their_order() -> None:
    with echo() as kit:
        kit.deliver(SetPrice(1), "client")
        kit.deliver(SetPrice(2), "client")

        assert kit.expect("client", SetPrice) == SetPrice(1)
        assert kit.expect("client", SetPrice) == SetPrice(2)


def test_a_message_that_nobody_expected_fails() -> None:
    kit = echo()
    kit.deliver(SetPrice(1), "client")

    with pytest.raises(AssertionError, match=r"nobody expected: \{'client': \[SetPrice"):
        kit.close()


def test_a_message_that_does_not_come_fails() -> None:
    with echo() as kit, pytest.raises(AssertionError, match="nothing was said to other"):
        kit.expect("other", SetPrice)


def test_a_message_of_another_type_fails_and_stays() -> None:
    with echo() as kit:
        kit.deliver(SetPrice(1), "client")

        with pytest.raises(AssertionError, match="expected a CloseSession"):
            kit.expect("client", CloseSession)
        kit.expect("client", SetPrice)


def test_a_handler_that_raises_fails() -> None:
    kit = echo()

    with pytest.raises(AssertionError, match="told to fail while it handled CloseSession"):
        kit.deliver(CloseSession(), "client")


def test_talking_to_a_stranger_fails() -> None:
    kit = echo()

    with pytest.raises(AssertionError, match=r"does not know: \{'SetPrice': 1\}"):
        kit.deliver(SetPrice(1), "stranger")


def test_a_state_that_no_fact_explains_fails() -> None:
    kit = echo(Forgetful)
    kit.deliver(SetPrice(1), "client")

    with pytest.raises(AssertionError, match="facts do not lead"):
        kit.close()


def test_what_was_dropped_is_not_missed() -> None:
    with echo() as kit:
        kit.deliver(SetPrice(1), "client")

        assert kit.drop() == [SetPrice(1)]
