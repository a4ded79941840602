"""SMS and push: notifications as JSON, posted to a provider's gateway."""

from __future__ import annotations

import http.client
import json
import ssl
from collections.abc import Callable, Mapping
from contextlib import closing
from typing import Final
from urllib.parse import SplitResult, quote, urlsplit

from actors.delivery.gateway import Gateway, Unreachable, Unsendable, one_by_one
from actors.domain.notifications import Notification, body_of, subject_of
from actors.messages.notifications import Undelivered

_TOO_MANY: Final = 429
_AGAIN: Final = frozenset({408, 425, _TOO_MANY})  # of the client's errors, those that may pass
_LONGEST_WAIT_S: Final = 3_600.0
_LONGEST_ANSWER: Final = 65_536  # bytes; nothing in it is needed


class HttpGateway(Gateway):
    """Posts each notification to a URL, one connection for a batch.

    The `Idempotency-Key` is the notification's id, so that a receiver can tell a repetition.
    2xx means sent; 408, 425, 429 and 5xx are worth another try, after `Retry-After` where that
    is given in seconds; anything else is final. Redirects are not followed.

    Args:
        url: Where to; `http` or `https`.
        headers: Sent along, such as an authorization.
        tls: Context for `https`; by default the system's.
        timeout_s: Seconds for each answer.

    Raises:
        ValueError: The URL is none, or headers cannot be sent.
    """

    def __init__(
        self,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        tls: ssl.SSLContext | None = None,
        timeout_s: float = 10.0,
    ) -> None:
        super().__init__()
        parts = _parts_of(url)
        if not isinstance(headers, Mapping | None):
            raise ValueError(f'headers are meant, like {{"Authorization": "..."}}, not {headers!r}')
        for name, value in (headers or {}).items():
            if not _is_plain(name) or not _is_plain(value):
                raise ValueError(
                    f"the header {name!r} is no text, or has characters that cannot be sent"
                )
        self._host, self._port = str(parts.hostname), parts.port
        self._path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        self._headers = {"Content-Type": "application/json", **(headers or {})}
        self._tls = (tls or ssl.create_default_context()) if parts.scheme == "https" else None
        self._timeout_s = self._checked_timeout(timeout_s)

    def send_all(
        self, notifications: list[Notification], confirm: Callable[[str], None]
    ) -> list[Undelivered]:
        """Post each of them.

        Raises:
            Unreachable: The provider is not there, is silent for too long, or breaks off.
        """
        try:
            with closing(self._connect()) as server:
                return one_by_one(notifications, lambda one: self._post(server, one), confirm)
        except (http.client.HTTPException, OSError) as error:
            raise Unreachable(f"{type(error).__name__} from {self._host}") from error

    def _connect(self) -> http.client.HTTPConnection:
        if self._tls is None:
            return http.client.HTTPConnection(self._host, self._port, timeout=self._timeout_s)
        return http.client.HTTPSConnection(
            self._host, self._port, timeout=self._timeout_s, context=self._tls
        )

    def _post(self, server: http.client.HTTPConnection, notification: Notification) -> None:
        key = {"Idempotency-Key": quote(notification.id, safe="/-")}
        server.request("POST", self._path, _content(notification), self._headers | key)
        answer = server.getresponse()
        if len(answer.read(_LONGEST_ANSWER)) == _LONGEST_ANSWER:
            server.close()  # whatever follows; the next request connects again
        if not 200 <= answer.status < 300:
            is_passing = answer.status in _AGAIN or answer.status >= 500
            wait_s = _wait_s(answer.headers.get("Retry-After", ""))
            what = f"the provider said {answer.status} {answer.reason}"
            raise Unsendable(what, is_final=not is_passing, retry_after_s=wait_s)


def _parts_of(url: str) -> SplitResult:
    """Return the parts of a URL that can be posted to; who logs in does so by a header."""
    try:
        parts = urlsplit(url)
        is_one = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except (ValueError, AttributeError, TypeError):  # no port, half an address, or no text
        is_one = False
    if not is_one or not _is_plain(url) or " " in url or parts.username is not None:
        raise ValueError(f"a URL like https://sms.example.com/send is meant, not {url!r}")
    return parts


def _is_plain(text: object) -> bool:
    return type(text) is str and text.isascii() and text.isprintable()


def _content(notification: Notification) -> bytes:
    occasion = notification.occasion
    return json.dumps(
        {
            "id": notification.id,
            "to": notification.to,
            "event": occasion.event.value,
            "title": subject_of(occasion),
            "text": body_of(occasion),
        }
    ).encode()


def _wait_s(retry_after: str) -> float:
    """Return the seconds of a `Retry-After`; 0 where it is absent or a date."""
    text = retry_after.strip()
    is_number = text.isascii() and text.isdigit() and len(text) < 10
    return min(float(text), _LONGEST_WAIT_S) if is_number else 0.0
