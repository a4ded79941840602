"""E-mail: notifications as messages to a mail server."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Callable
from contextlib import closing
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from urllib.parse import quote

from actors.delivery.gateway import Gateway, Unreachable, Unsendable, one_by_one
from actors.domain.notifications import Notification, body_of, subject_of
from actors.messages.notifications import Undelivered

_PERMANENT = range(500, 600)  # replies that another try would get again (RFC 5321, 4.2.1)


class SmtpGateway(Gateway):
    """Hands each notification to a mail server, one connection for a batch.

    The `Message-ID` follows from the notification's id, so that a receiver can tell a repetition.

    Args:
        host: Of the server.
        port: Of the server; 25, or 587 for submission.
        sender: E-mail address that the messages come from.
        user: To log in with; empty for no login.
        password: See `user`; kept out of every message and log.
        tls: Context for STARTTLS; None for a plain connection.
        timeout_s: Seconds for each answer of the server.

    Raises:
        ValueError: The sender is no e-mail address, host or port are none, or a password would
            travel in plain text.
    """

    def __init__(
        self,
        host: str,
        port: int,
        sender: str,
        *,
        user: str = "",
        password: str = "",
        tls: ssl.SSLContext | None = None,
        timeout_s: float = 10.0,
    ) -> None:
        super().__init__()
        if user and tls is None:
            raise ValueError("a login needs TLS; give tls=ssl.create_default_context()")
        self._sender = _address(sender)
        if type(host) is not str or not host.isprintable() or not host.strip():
            raise ValueError(f'the name of a mail server is meant, like "localhost", not {host!r}')
        if type(port) is not int or not 0 < port < 65_536:
            raise ValueError(f"a port is a whole number from 1 to 65535, not {port!r}")
        self._server = host, port
        self._login = user, password
        self._tls = tls
        self._timeout_s = self._checked_timeout(timeout_s)

    def send_all(
        self, notifications: list[Notification], confirm: Callable[[str], None]
    ) -> list[Undelivered]:
        """Send a message for each.

        Raises:
            Unreachable: The server is not there, breaks off, or does not let us in.
        """
        try:
            with closing(self._connect()) as server:
                undelivered = one_by_one(
                    notifications, lambda one: self._send(server, one), confirm
                )
                _say_goodbye(server)
                return undelivered
        except (smtplib.SMTPException, OSError) as error:
            raise Unreachable(f"{type(error).__name__} from {self._server[0]}") from error

    def _connect(self) -> smtplib.SMTP:
        server = smtplib.SMTP(*self._server, timeout=self._timeout_s)
        try:
            if self._tls is not None:
                server.starttls(context=self._tls)
            if self._login[0]:
                server.login(*self._login)
        except BaseException:
            server.close()
            raise
        return server

    def _send(self, server: smtplib.SMTP, notification: Notification) -> None:
        message = self.message_of(notification)
        try:
            server.send_message(message)
        except smtplib.SMTPRecipientsRefused as error:
            code, text = next(iter(error.recipients.values()))
            raise _refusal(code, text) from error
        except smtplib.SMTPServerDisconnected:
            raise
        except smtplib.SMTPNotSupportedError as error:
            raise Unsendable(str(error), is_final=True) from error
        except smtplib.SMTPResponseException as error:
            if error.smtp_code == 421:  # the server is about to hang up
                raise
            server.rset()
            raise _refusal(error.smtp_code, error.smtp_error) from error

    def message_of(self, notification: Notification) -> EmailMessage:
        """Return a notification as a message.

        Raises:
            Unsendable: Its destination is no e-mail address.
        """
        message = EmailMessage(policy=SMTP)
        try:
            message["From"] = self._sender
            message["To"] = _address(notification.to)
            message["Subject"] = subject_of(notification.occasion)
            message["Message-ID"] = f"<{quote(notification.id, safe='')}@{self._sender.domain}>"
            message["Auto-Submitted"] = "auto-generated"
        except (ValueError, MessageError) as error:
            raise Unsendable(f"no message can be made of it: {error}", is_final=True) from error
        message.set_content(body_of(notification.occasion))
        return message


def _address(text: str) -> Address:
    """Return an e-mail address; whatever would need quoting is none."""
    if type(text) is not str or not text.isascii() or not text.isprintable() or " " in text:
        raise ValueError(f"{text!r} is no e-mail address")
    try:
        return Address(addr_spec=text)
    except (ValueError, MessageError, IndexError) as error:
        raise ValueError(f"{text!r} is no e-mail address") from error


def _refusal(code: int, text: bytes | str) -> Unsendable:
    said = text.decode(errors="replace") if isinstance(text, bytes) else text
    return Unsendable(f"the mail server said {code} {said}", is_final=code in _PERMANENT)


def _say_goodbye(server: smtplib.SMTP) -> None:
    """End the conversation; everything is sent, so nothing depends on how that goes."""
    try:
        server.quit()
    except (smtplib.SMTPException, OSError):
        server.close()
