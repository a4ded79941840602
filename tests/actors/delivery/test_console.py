"""The console: a line for each notification, on the stream that the caller gives."""

from __future__ import annotations

import io
from typing import Any

from actors.delivery import ConsoleGateway


def test_each_notification_is_one_line(batch_to: Any) -> None:
    stream = io.StringIO()

    result = ConsoleGateway(stream).deliver(batch_to("Alice", "Bob"))

    assert stream.getvalue() == (
        "Alice: $5.00 came in, as transaction U1-1/1.\nBob: $5.00 came in, as transaction U1-1/1.\n"
    )
    assert result.delivered == ("account/U1-1/1", "account/U1-1/2")


def test_what_is_asked_for_again_is_confirmed_and_not_shown_again(batch_to: Any) -> None:
    stream = io.StringIO()
    gateway = ConsoleGateway(stream)
    gateway.deliver(batch_to("Alice"))

    result = gateway.deliver(batch_to("Alice", "Bob"))

    assert stream.getvalue().count("Alice") == 1
    assert result.delivered == ("account/U1-1/1", "account/U1-1/2")


def test_no_text_of_a_user_is_a_command_to_a_terminal_or_a_second_line(batch_to: Any) -> None:
    stream = io.StringIO()

    ConsoleGateway(stream).deliver(batch_to("\x1b[2JMallory", about="x\r\nAlice: you won\u202e"))

    assert stream.getvalue() == (
        "\\x1b[2JMallory: $5.00 came in, as transaction x\\r\\nAlice: you won\\u202e.\n"
    )


def test_a_stream_that_takes_nothing_is_a_channel_that_is_down(batch_to: Any) -> None:
    stream = io.StringIO()
    stream.close()

    result = ConsoleGateway(stream).deliver(batch_to("Alice"))

    assert result.is_down
    assert result.delivered == ()
