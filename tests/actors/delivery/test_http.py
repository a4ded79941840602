"""SMS and push over real HTTP, to a server in this process."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from actors.delivery import HttpGateway


class Provider:
    """A provider's side: keeps what is posted, and answers as it is told."""

    def __init__(self) -> None:
        self.posts: list[tuple[str, dict[str, str], Any]] = []
        self.answers: list[tuple[int, dict[str, str]]] = []
        self.url = ""

    def take(self, path: str, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, str]]:
        self.posts.append((path, headers, json.loads(body)))
        return self.answers.pop(0) if self.answers else (202, {})


@pytest.fixture
def provider() -> Iterator[Provider]:
    """Run an HTTP server for the test."""
    side = Provider()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status, headers = side.take(self.path, dict(self.headers), body)
            if status == 0:
                self.close_connection = True
                return
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_: Any) -> None:
            """Print nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    side.url = f"http://127.0.0.1:{server.server_address[1]}/send?via=sms"
    yield side
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_notification_is_posted_as_json_with_its_id_as_key(
    batch_to: Any, provider: Provider
) -> None:
    gateway = HttpGateway(provider.url, headers={"Authorization": "Bearer x"})

    result = gateway.deliver(batch_to("+1 555"))

    path, headers, content = provider.posts[0]
    assert result.delivered == ("account/U1-1/1",)
    assert path == "/send?via=sms"
    assert headers["Idempotency-Key"] == "account/U1-1/1"
    assert headers["Authorization"] == "Bearer x"
    assert content == {
        "id": "account/U1-1/1", "to": "+1 555", "event": "deposit", "title": "$5.00 came in",
        "text": "$5.00 came in, as transaction U1-1/1.",
    }  # fmt: skip


def test_a_batch_goes_over_one_connection(batch_to: Any, provider: Provider) -> None:
    result = HttpGateway(provider.url).deliver(batch_to("1", "2", "3"))

    assert len(result.delivered) == 3
    assert [post[2]["to"] for post in provider.posts] == ["1", "2", "3"]


@pytest.mark.parametrize(
    ("status", "is_final"),
    [(400, True), (401, True), (404, True), (301, True), (408, False), (425, False), (429, False),
     (500, False), (503, False)],
)  # fmt: skip
def test_an_answer_is_final_or_worth_another_try_as_its_status_says(
    batch_to: Any, provider: Provider, status: int, is_final: bool
) -> None:
    provider.answers = [(status, {"Location": "http://127.0.0.1:9/"})]

    result = HttpGateway(provider.url).deliver(batch_to("1", "2"))

    assert [failure.is_final for failure in result.undelivered] == [is_final]
    assert result.delivered == ("account/U1-1/2",)
    assert str(status) in result.undelivered[0].reason


@pytest.mark.parametrize(
    ("value", "wait_s"),
    [("17", 17.0), ("99999999", 3_600.0), ("-1", 0.0), ("soon", 0.0), ("1e9", 0.0),
     ("Wed, 21 Oct 2026 07:28:00 GMT", 0.0)],
)  # fmt: skip
def test_a_provider_may_ask_for_patience(
    batch_to: Any, provider: Provider, value: str, wait_s: float
) -> None:
    provider.answers = [(429, {"Retry-After": value})]

    result = HttpGateway(provider.url).deliver(batch_to("1"))

    assert result.undelivered[0].retry_after_s == wait_s


def test_nobody_there_is_no_fault_of_the_notification(batch_to: Any) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]

    result = HttpGateway(f"http://127.0.0.1:{port}/").deliver(batch_to("1"))

    assert result.is_down
    assert result.undelivered == ()


def test_a_provider_that_breaks_off_is_down_and_what_it_took_is_confirmed(
    batch_to: Any, provider: Provider
) -> None:
    provider.answers = [(202, {}), (0, {})]

    result = HttpGateway(provider.url).deliver(batch_to("1", "2", "3"))

    assert result.is_down
    assert result.delivered == ("account/U1-1/1",)


def test_silence_is_not_waited_for_for_ever(batch_to: Any) -> None:
    with socket.socket() as mute:
        mute.bind(("127.0.0.1", 0))
        mute.listen()
        url = f"http://127.0.0.1:{mute.getsockname()[1]}/"

        result = HttpGateway(url, timeout_s=0.2).deliver(batch_to("1"))

    assert result.is_down


def test_no_id_becomes_a_header_of_its_own(batch_to: Any, provider: Provider) -> None:
    batch = batch_to("1", producer="account/ü\r\nX-Evil: 1")

    HttpGateway(provider.url).deliver(batch)

    headers = provider.posts[0][1]
    assert "X-Evil" not in headers
    assert headers["Idempotency-Key"].startswith("account/%C3%BC%0D%0A")


@pytest.mark.parametrize(
    "url",
    ["", "ftp://x/", "sms.example.com", "http://", "javascript:1", "http://x/a b", "http://x:y/",
     "http://x:99999/", "http://[1", "http://x/\u00fc", "http://me:secret@x/"],
)  # fmt: skip
def test_a_url_that_is_none_is_refused_at_once(url: str) -> None:
    with pytest.raises(ValueError, match="a URL like"):
        HttpGateway(url)


@pytest.mark.parametrize("value", ["b\r\nc: d", "\u65e5\u672c", "\u00fc"])
def test_a_header_that_cannot_be_sent_is_refused_at_once(value: str) -> None:
    with pytest.raises(ValueError, match="cannot be sent"):
        HttpGateway("https://x.example/", headers={"A": value})
