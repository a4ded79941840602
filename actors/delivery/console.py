"""The console: notifications as lines of text on a stream."""

from __future__ import annotations

from collections.abc import Callable
from typing import TextIO

from actors.delivery.gateway import Gateway, Unreachable, one_by_one
from actors.domain.notifications import Notification, body_of
from actors.messages.notifications import Undelivered


class ConsoleGateway(Gateway):
    """Writes each notification as one line.

    Args:
        stream: Where to; it belongs to the caller, who closes it.

    Raises:
        TypeError: Nothing can be written to it.
    """

    def __init__(self, stream: TextIO) -> None:
        super().__init__()
        if not callable(getattr(stream, "write", None)):
            raise TypeError(f"a stream to write to is meant, like sys.stdout, not {stream!r}")
        self._stream = stream

    def send_all(
        self, notifications: list[Notification], confirm: Callable[[str], None]
    ) -> list[Undelivered]:
        """Write a line for each.

        Raises:
            Unreachable: The stream takes nothing.
        """
        return one_by_one(notifications, self._write, confirm)

    def _write(self, notification: Notification) -> None:
        line = harmless(f"{notification.to}: {body_of(notification.occasion)}")
        try:
            self._stream.write(line + "\n")
            self._stream.flush()
        except (OSError, ValueError) as error:
            raise Unreachable(str(error)) from error


def harmless(text: str) -> str:
    """Return a text on one line that no terminal takes for a command."""
    return "".join(
        sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in text
    )
