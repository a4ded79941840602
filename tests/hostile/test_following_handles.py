"""Wrong input to users, stocks, observers, watch lists, alerts, preferences and gateways."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pykka
import pytest

from actors import (
    AccountHandle,
    Brokerage,
    Channel,
    Direction,
    Event,
    Reason,
    Refused,
    Stock,
    StockHandle,
    User,
)
from actors.addresses import EXCHANGE
from actors.delivery import ConsoleGateway, HttpGateway, SmtpGateway
from actors.delivery.gateway import Gateway
from actors.messages.alerts import SetAlert
from actors.messages.orders import CommandRejected
from simulation.virtual_time import VirtualTimeRuntime


class Told:
    """An observer that does nothing."""

    def update(self, symbol: str, old_price: int, new_price: int) -> None:
        """Take a change."""


@pytest.fixture
def exchange() -> Iterator[Brokerage]:
    with Brokerage(VirtualTimeRuntime()) as brokerage:
        yield brokerage


@pytest.fixture
def apple(exchange: Brokerage) -> StockHandle:
    return exchange.add_stock(Stock("AAPL", "Apple Inc.", "150.00"))


@pytest.fixture
def alice(exchange: Brokerage, apple: StockHandle) -> AccountHandle:
    return exchange.register_account(User("U001", "Alice", "alice@example.com"), "10000")


@pytest.mark.parametrize(
    ("user", "message"),
    [
        (User("U2", None), "the name of user U2 must be text"),  # type: ignore[arg-type]
        (User("U2", "Bob\nEve"), "the name of user U2 must be text on one line"),
        (User("U2", "Bob", 5), "the email of user U2"),  # type: ignore[arg-type]
        (User("U2", "Bob", "a@b.c\r\nBcc: d@e.f"), "the email of user U2"),
        (User("U2", "Bob", "", "1" * 201), "the phone of user U2"),
        (User("x" * 101, "Bob"), "a user needs an id in text, without slashes"),
    ],
)
def test_a_user_who_could_not_be_read_again_is_refused(
    exchange: Brokerage, user: User, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        exchange.register_account(user, "1.00")

    assert exchange.users() == []


@pytest.mark.parametrize(
    ("symbol", "name"),
    [(5, "x"), (" ", "x"), ("A ", "x"), ("x" * 101, "x"), ("A", None), ("A", "x\ny"), ("A", 5)],
)
def test_a_stock_that_could_not_be_read_again_is_refused(symbol: Any, name: Any) -> None:
    with pytest.raises(ValueError, match=r"a stock needs a symbol|the name of A must be text"):
        Stock(symbol, name, "1.00")


def test_a_file_is_not_ruined_by_what_was_refused(tmp_path: Path) -> None:
    path = tmp_path / "floor.db"
    with Brokerage(journal=path) as exchange:
        exchange.add_stock(Stock("AAPL", "Apple Inc.", "150.00"))
        for refused in (
            lambda: exchange.add_stock(Stock("B", None, "1")),  # type: ignore[arg-type]
            lambda: exchange.register_account(User("U2", None), "1"),  # type: ignore[arg-type]
        ):
            with pytest.raises(ValueError, match="must be text"):
                refused()

    with Brokerage(journal=path) as exchange:
        assert exchange.search("AAPL") == ["AAPL"]


@pytest.mark.parametrize("observer", [None, 5, object(), print, Told])
def test_who_cannot_be_told_is_no_observer(apple: StockHandle, observer: Any) -> None:
    with pytest.raises(TypeError, match=r"has a method update\(symbol, old_price, new_price\)"):
        apple._brokerage.observe(apple, observer)


@pytest.mark.parametrize("interval", [-1, "1", None, True, float("nan"), float("inf"), 1e30])
def test_an_interval_is_a_number_of_seconds(apple: StockHandle, interval: Any) -> None:
    with pytest.raises(ValueError, match="an interval is from 0 to 86,400 seconds"):
        apple._brokerage.observe(apple, Told(), interval)


@pytest.mark.parametrize("stock", [None, 5, [5], Stock("AAPL", "x", "1")])
def test_what_is_no_stock_is_named_everywhere(alice: AccountHandle, stock: Any) -> None:
    watchlist = alice._brokerage.watchlist("U001")
    one = stock[0] if isinstance(stock, list) else stock
    for act in (
        lambda: alice._brokerage.observe(stock, Told()),
        lambda: alice.alerts.add(one, Direction.ABOVE, "1"),
        lambda: watchlist.add(one),
        lambda: watchlist.remove(one),
    ):
        with pytest.raises(ValueError, match="give a stock or its symbol"):
            act()


@pytest.mark.parametrize("name", ["", None, 5, "x" * 201, "a\nb", "\x1b[2J"])
def test_a_watch_list_has_a_name_that_can_be_shown(alice: AccountHandle, name: Any) -> None:
    watchlist = alice._brokerage.watchlist("U001")

    for act in (watchlist.read, lambda name: watchlist.add("AAPL", name)):
        with pytest.raises(ValueError, match="a watch list has a name of 1 to 200"):
            act(name)


@pytest.mark.parametrize("limit", [-1, 1_001, "x", None, 1.5, True])
def test_a_length_of_history_is_a_whole_number(apple: StockHandle, limit: Any) -> None:
    with pytest.raises(ValueError, match="ask for 0 to 1,000, not"):
        apple.history(limit)


def test_an_alert_needs_a_direction_and_a_yes_or_no(alice: AccountHandle) -> None:
    with pytest.raises(TypeError, match=r"give Direction\.ABOVE or Direction\.BELOW, not 'above'"):
        alice.alerts.add("AAPL", "above", "1.00")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="give True or False, not 'yes'"):
        alice.alerts.add("AAPL", Direction.ABOVE, "1.00", repeats="yes")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("channel", "events", "message"),
    [
        ("email", [Event.DEPOSIT], "a channel is meant, like Channel.EMAIL, not 'email'"),
        (Channel.EMAIL, "deposit", "events are meant, .* not 'deposit'"),
        (Channel.EMAIL, ["deposit"], "events are meant"),
        (Channel.EMAIL, Event.DEPOSIT, "events are meant"),
        (Channel.EMAIL, None, "events are meant"),
    ],
)
def test_preferences_are_of_channels_and_events(
    alice: AccountHandle, channel: Any, events: Any, message: str
) -> None:
    with pytest.raises(TypeError, match=message):
        alice.preferences.set(channel, events)


@pytest.mark.parametrize("gateway", [None, 5, print, ConsoleGateway])
def test_what_is_no_gateway_serves_no_channel(exchange: Brokerage, gateway: Any) -> None:
    with pytest.raises(TypeError, match="a gateway is meant"):
        exchange.notifications.deliver(Channel.SMS, gateway)


@pytest.mark.parametrize("act", ["deliver", "read", "dead_letters", "flush"])
def test_what_is_no_channel_is_named(exchange: Brokerage, act: str) -> None:
    handle: Any = getattr(exchange.notifications, act)
    gateway = (ConsoleGateway(sys.stdout),) if act == "deliver" else ()

    with pytest.raises(TypeError, match=r"a channel is meant, like Channel\.EMAIL, not 'email'"):
        handle("email", *gateway)


def test_a_second_gateway_is_refused_in_words(exchange: Brokerage) -> None:
    exchange.notifications.deliver(Channel.CONSOLE, ConsoleGateway(sys.stdout))

    with pytest.raises(ValueError, match="console has a gateway already"):
        exchange.notifications.deliver(Channel.CONSOLE, ConsoleGateway(sys.stdout))


@pytest.mark.parametrize(
    "make",
    [
        lambda: SmtpGateway("", 25, "a@b.c"),
        lambda: SmtpGateway(None, 25, "a@b.c"),  # type: ignore[arg-type]
        lambda: SmtpGateway("localhost", "25", "a@b.c"),  # type: ignore[arg-type]
        lambda: SmtpGateway("localhost", 70_000, "a@b.c"),
        lambda: SmtpGateway("localhost", 25, None),  # type: ignore[arg-type]
        lambda: SmtpGateway("localhost", 25, "a@b.c", timeout_s=0),
        lambda: HttpGateway(5),  # type: ignore[arg-type]
        lambda: HttpGateway("http://x:99999/"),
        lambda: HttpGateway("http://[::1"),
        lambda: HttpGateway("http://x/a b"),
        lambda: HttpGateway("http://x/ü"),
        lambda: HttpGateway("http://x/", headers={"A": 5}),  # type: ignore[dict-item]
        lambda: HttpGateway("http://x/", headers={"A": "ü"}),
        lambda: HttpGateway("http://x/", timeout_s=-1),
    ],
)
def test_a_gateway_that_could_never_send_is_refused_at_once(make: Callable[[], Gateway]) -> None:
    with pytest.raises(ValueError, match=r"is meant|is a whole number|is no e-mail|waited|cannot"):
        make()


def test_a_stream_that_cannot_be_written_to_is_refused() -> None:
    with pytest.raises(TypeError, match="a stream to write to is meant"):
        ConsoleGateway(5)  # type: ignore[arg-type]


def test_a_command_that_cannot_be_read_is_refused_to_whoever_sent_it(
    alice: AccountHandle,
) -> None:
    told: list[Any] = []
    runtime = alice._brokerage.runtime
    runtime.attach("stranger", lambda envelope: told.append(envelope.message))
    bad: Any = SetAlert(7, alice.address, "AAPL", "above", 5, False, "stranger", "U001")  # type: ignore[arg-type]

    runtime.send(EXCHANGE, bad)
    runtime.run_until_idle()

    (answer,) = told
    assert isinstance(answer, CommandRejected)
    assert (answer.command_id, answer.account) == (7, alice.address)


def test_nobody_waits_for_ever_in_virtual_time_though_timers_go_on(
    alice: AccountHandle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("actors.client.PATIENCE_S", 0.2)
    alice._brokerage.watchlist("U001").add("AAPL")
    alice._brokerage.log_in("U001")
    alice._brokerage.runtime.stop(alice.address)

    with pytest.raises(pykka.Timeout, match=r"within 0\.2 s"):
        alice.deposit("1.00")


@pytest.mark.parametrize("look", ["orders", "transactions"])
def test_the_history_of_an_account_is_for_its_own_user(
    exchange: Brokerage, alice: AccountHandle, look: str
) -> None:
    bob = exchange.register_account(User("U002", "Bob"))
    for user, address, reason in (
        (bob.user, alice.address, Reason.NOT_OWNER),
        (bob.user, "account/U999-1", Reason.NOT_OWNER),
        (User("U999", "Nobody"), alice.address, Reason.UNKNOWN_ACCOUNT),
    ):
        with pytest.raises(Refused) as refused:
            getattr(AccountHandle(exchange, user, address), look)()
        assert refused.value.reason is reason


def test_an_observer_may_leave_a_brokerage_that_is_closed(apple: StockHandle) -> None:
    exchange = apple._brokerage
    observed = exchange.observe(apple, Told())
    exchange.close()

    observed.detach()

    assert not observed.is_attached


@pytest.mark.parametrize("entries", [None, 5, "abc", [None], ["x"]])
def test_what_is_no_log_is_not_replayed(exchange: Brokerage, entries: Any) -> None:
    with pytest.raises(TypeError, match="entries of a log are meant"):
        exchange.commands.replay(entries)


@pytest.mark.parametrize("since", ["x", None, float("nan"), float("inf")])
def test_a_log_is_looked_up_since_an_instant(exchange: Brokerage, since: Any) -> None:
    with pytest.raises(ValueError, match="seconds on the runtime's clock"):
        exchange.commands.history(since=since)
