"""E-mail over real SMTP, to a server in this process."""

from __future__ import annotations

import smtplib
import socket
import ssl
from collections.abc import Iterator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest

from actors.delivery import SmtpGateway

aiosmtpd_controller = pytest.importorskip(
    "aiosmtpd.controller", reason="the tests of e-mail need aiosmtpd"
)


class Mailbox:
    """A mail server's side: keeps what it takes, and refuses some recipients."""

    def __init__(self) -> None:
        self.letters: list[EmailMessage] = []
        self.replies: dict[str, str] = {}  # by recipient
        self.reply_to_data = ""

    async def handle_RCPT(  # noqa: N802 - the name that aiosmtpd calls
        self, server: Any, session: Any, envelope: Any, address: str, options: Any
    ) -> str:
        reply = self.replies.get(address, "250 OK")
        if reply.startswith("250"):
            envelope.rcpt_tos.append(address)
        return reply

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        if self.reply_to_data:
            return self.reply_to_data
        letter = message_from_bytes(envelope.content, EmailMessage, policy=default)
        self.letters.append(letter)
        return "250 OK"


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def port(mailbox: Mailbox) -> Iterator[int]:
    """Run a mail server for the test, and give its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        free = probe.getsockname()[1]
    server = aiosmtpd_controller.Controller(mailbox, hostname="127.0.0.1", port=free)
    server.start()
    yield free
    server.stop()


def gateway_to(port: int) -> SmtpGateway:
    return SmtpGateway("127.0.0.1", port, "news@broker.example", timeout_s=5.0)


def test_a_notification_arrives_as_a_message(batch_to: Any, mailbox: Mailbox, port: int) -> None:
    result = gateway_to(port).deliver(batch_to("alice@example.com"))

    letter = mailbox.letters[0]
    assert result.delivered == ("account/U1-1/1",)
    assert letter["From"] == "news@broker.example"
    assert letter["To"] == "alice@example.com"
    assert letter["Subject"] == "$5.00 came in"
    assert letter["Message-ID"] == "<account%2FU1-1%2F1@broker.example>"
    assert letter.get_content().strip() == "$5.00 came in, as transaction U1-1/1."


def test_a_repetition_has_the_same_message_id(batch_to: Any, mailbox: Mailbox, port: int) -> None:
    gateway_to(port).deliver(batch_to("alice@example.com"))
    gateway_to(port).deliver(batch_to("alice@example.com"))  # another one: it remembers nothing

    first, second = mailbox.letters
    assert first["Message-ID"] == second["Message-ID"]


def test_what_a_gateway_has_sent_it_does_not_send_again(
    batch_to: Any, mailbox: Mailbox, port: int
) -> None:
    gateway = gateway_to(port)
    gateway.deliver(batch_to("alice@example.com"))
    result = gateway.deliver(batch_to("alice@example.com"))

    assert len(mailbox.letters) == 1
    assert result.delivered == ("account/U1-1/1",)


def test_a_refusal_is_final_or_worth_another_try_as_its_code_says(
    batch_to: Any, mailbox: Mailbox, port: int
) -> None:
    mailbox.replies = {"gone@x.example": "550 no such user", "full@x.example": "452 mailbox full"}

    result = gateway_to(port).deliver(
        batch_to("gone@x.example", "full@x.example", "alice@example.com")
    )

    gone, full = result.undelivered
    assert result.delivered == ("account/U1-1/3",)
    assert (gone.id, gone.is_final) == ("account/U1-1/1", True)
    assert (full.id, full.is_final) == ("account/U1-1/2", False)
    assert "550" in gone.reason


def test_a_message_that_is_refused_does_not_stop_the_next(
    batch_to: Any, mailbox: Mailbox, port: int
) -> None:
    mailbox.reply_to_data = "554 not today"

    result = gateway_to(port).deliver(batch_to("a@x.example", "b@x.example"))

    assert [failure.is_final for failure in result.undelivered] == [True, True]


@pytest.mark.parametrize(
    "to",
    ["a@b.c\r\nBcc: all@x.example", "a@b.c>\nRCPT TO:<b@x.example", "alice", "a b@c.example", "@"],
)
def test_nothing_can_be_smuggled_into_a_header(
    batch_to: Any, mailbox: Mailbox, port: int, to: str
) -> None:
    result = gateway_to(port).deliver(batch_to(to))

    assert [failure.is_final for failure in result.undelivered] == [True]
    assert mailbox.letters == []


def test_text_of_a_user_is_text_in_the_message(batch_to: Any, mailbox: Mailbox, port: int) -> None:
    about = "x\r\n.\r\nMAIL FROM:<evil@x.example>\r\n<b>ä</b>"

    gateway_to(port).deliver(batch_to("alice@example.com", about=about))

    letter = mailbox.letters[0]
    assert letter.get_content_type() == "text/plain"
    assert "MAIL FROM:<evil@x.example>" in letter.get_content()
    assert len(mailbox.letters) == 1


def test_no_server_is_no_fault_of_the_notification(batch_to: Any) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        free = probe.getsockname()[1]

    result = gateway_to(free).deliver(batch_to("alice@example.com"))

    assert result.is_down
    assert result.undelivered == ()


def test_a_server_that_hangs_up_is_down_and_what_it_took_is_confirmed(
    batch_to: Any, mailbox: Mailbox, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    send = smtplib.SMTP.send_message
    sent: list[Any] = []

    def hang_up(self: smtplib.SMTP, message: Any) -> Any:
        if sent:
            raise smtplib.SMTPServerDisconnected("gone")
        sent.append(message)
        return send(self, message)

    monkeypatch.setattr(smtplib.SMTP, "send_message", hang_up)
    result = gateway_to(port).deliver(batch_to("a@x.example", "b@x.example"))

    assert result.is_down
    assert result.delivered == ("account/U1-1/1",)


def test_a_password_never_travels_in_plain_text() -> None:
    with pytest.raises(ValueError, match="a login needs TLS"):
        SmtpGateway("mail.example", 25, "news@broker.example", user="me", password="secret")


def test_a_server_without_tls_is_not_told_a_password(batch_to: Any, port: int) -> None:
    gateway = SmtpGateway(
        "127.0.0.1", port, "news@broker.example", user="me", password="secret",
        tls=ssl.create_default_context(),
    )  # fmt: skip

    assert gateway.deliver(batch_to("a@x.example")).is_down


@pytest.mark.parametrize("sender", ["", "nobody", "a@b\nBcc: c@d", "a b@c"])
def test_a_sender_that_is_no_address_is_refused_at_once(sender: str) -> None:
    with pytest.raises(ValueError, match="is no e-mail address"):
        SmtpGateway("mail.example", 25, sender)
