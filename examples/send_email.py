"""Real e-mail to a local server: a deposit and an execution, each as a letter.

Run it with `python examples/send_email.py`: it starts a mail server of its own, which only shows
what it gets, and needs aiosmtpd for that (`pip install aiosmtpd`). To let a server of yours take
the letters, name it: `python examples/send_email.py localhost 25 you@example.com`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from socket import socket
from typing import Any

from actors import Brokerage, Channel, Event, OrderType, PriceType, Stock, User
from actors.delivery import SmtpGateway

SENDER = "broker@example.com"


class Mailbox:
    """The receiving side: shows each letter that comes in, and takes it."""

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        """Take a letter; aiosmtpd calls this by its name."""
        letter = message_from_bytes(envelope.content, policy=policy.default)
        print(f"to {letter['To']}: {letter['Subject']}")
        print(f"  {letter.get_content().strip()}")
        return "250 OK"


@contextmanager
def local_server() -> Iterator[tuple[str, int]]:
    """Run a mail server in this process, on a port that is free."""
    try:
        from aiosmtpd.controller import Controller
    except ImportError:
        sys.exit("pip install aiosmtpd, or name a server: send_email.py HOST PORT YOUR_ADDRESS")
    with socket() as probe:
        probe.bind(("127.0.0.1", 0))
        host, port = probe.getsockname()
    server = Controller(Mailbox(), hostname=host, port=port)
    server.start()
    try:
        yield host, port
    finally:
        server.stop()


def send_letters(host: str, port: int, to: str) -> None:
    """Deposit and buy, and tell a customer of both by e-mail."""
    with Brokerage() as exchange:
        exchange.notifications.deliver(Channel.EMAIL, SmtpGateway(host, port, SENDER))
        account = exchange.register_account(User("U001", "Alice", to))
        apple = exchange.add_stock(Stock("AAPL", "Apple Inc.", "150.00"))
        account.preferences.set(Channel.EMAIL, [Event.DEPOSIT, Event.ORDER_EXECUTED])

        account.deposit("10000.00")
        await_letters(exchange)
        account.place_order(apple, 10, OrderType.BUY, PriceType.MARKET)
        await_letters(exchange)

        told = exchange.notifications.read(Channel.EMAIL)
        print(f"{told.delivered} letters sent, {told.given_up} given up")
        for letter in told.dead_letters:
            print(f"  {letter.reason}")


def await_letters(exchange: Brokerage) -> None:
    """Wait until the mail server has taken, or refused, what there is."""
    try:
        exchange.notifications.flush(Channel.EMAIL, timeout_s=10.0)
    except TimeoutError as error:
        sys.exit(f"{error}: is there a mail server?")


def main() -> None:
    """Send to the server that was named, or to one of our own."""
    if len(sys.argv) == 1:
        with local_server() as (host, port):
            send_letters(host, port, "alice@example.com")
    elif len(sys.argv) == 4 and sys.argv[2].isdecimal():
        send_letters(sys.argv[1], int(sys.argv[2]), sys.argv[3])
    else:
        sys.exit("usage: send_email.py [HOST PORT YOUR_ADDRESS]")


if __name__ == "__main__":
    main()
