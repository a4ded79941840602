"""Notifications from the event to the customer, on both runtimes, whoever crashes on the way."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actors import (
    AccountHandle,
    Brokerage,
    Channel,
    Direction,
    Event,
    OrderType,
    PriceType,
    Reason,
    Refused,
    Stock,
    StockHandle,
    User,
)
from actors.addresses import EXCHANGE, alerts_of, notifier_of
from actors.delivery import ConsoleGateway, Gateway, Unsendable
from actors.delivery.gateway import one_by_one
from actors.dispatch import Pace
from actors.domain.notifications import Notification, Route
from actors.messages.alerts import SetAlert
from actors.messages.funds import DepositCash
from actors.messages.market import SetPrice
from actors.messages.notifications import SetPreferences, Undelivered
from simulation.audit import Auditor
from simulation.channels import ChannelModel
from simulation.clock import Clock
from simulation.notification_plan import ChannelPlan, OutagePlan
from simulation.virtual_time import VirtualTimeRuntime

ALICE = "account/U1-1"
DOLLAR = 10_000


class Refusing(Gateway):
    """A channel that takes nothing."""

    def send_all(self, notifications: list[Notification], confirm: Any) -> list[Undelivered]:
        def refuse(_: Notification) -> None:
            raise Unsendable("no such mailbox", is_final=True)

        return one_by_one(notifications, refuse, confirm)


@pytest.fixture
def screen(exchange: Brokerage) -> io.StringIO:
    """Give what customers see on the console."""
    stream = io.StringIO()
    exchange.notifications.deliver(Channel.CONSOLE, ConsoleGateway(stream))
    return stream


@pytest.fixture(autouse=True)
def gateways_close(request: pytest.FixtureRequest) -> Any:
    yield
    if "exchange" in request.fixturenames:
        request.getfixturevalue("exchange").notifications.close()


def test_nobody_is_told_anything_who_has_not_asked_for_it(
    exchange: Brokerage, alice: AccountHandle, screen: io.StringIO
) -> None:
    alice.deposit("5.00")
    exchange.notifications.flush(Channel.CONSOLE)

    assert screen.getvalue() == ""


def test_a_customer_is_told_what_happens_to_orders_and_cash(
    exchange: Brokerage, alice: AccountHandle, apple: StockHandle, screen: io.StringIO
) -> None:
    alice.preferences.set(Channel.CONSOLE, Event)
    alice.place_order(apple, 10, OrderType.BUY, PriceType.MARKET)
    alice.place_order(apple, 10, OrderType.BUY, PriceType.LIMIT, "100.00").cancel()
    alice.deposit("5.00")
    exchange.notifications.flush(Channel.CONSOLE)

    assert screen.getvalue() == (
        "Alice: Order U001-1-1 was executed: 10 AAPL at $150.00.\n"
        "Alice: Order U001-1-2 was cancelled; nothing more will happen to it.\n"
        "Alice: $5.00 came in, as transaction U001-1/3.\n"
    )


def test_an_alert_is_told_when_its_price_is_met_and_can_be_removed(
    exchange: Brokerage, alice: AccountHandle, apple: StockHandle, screen: io.StringIO
) -> None:
    alice.preferences.set(Channel.CONSOLE, [Event.PRICE_ALERT])
    alice.alerts.add(apple, Direction.ABOVE, "160.00")
    gone = alice.alerts.add(apple, Direction.BELOW, "140.00")
    gone.remove()
    for price in ("159.99", "160.50", "139.00", "161.00"):
        apple.set_price(price)
    exchange.notifications.flush(Channel.CONSOLE)

    assert screen.getvalue() == (
        "Alice: AAPL is at $160.50; you asked to be told when it is above $160.00.\n"
    )
    assert alice.alerts.list() == []
    with pytest.raises(Refused) as refused:
        gone.remove()
    assert refused.value.reason is Reason.UNKNOWN_ALERT


def test_preferences_of_one_channel_leave_the_others_alone(alice: AccountHandle) -> None:
    alice.preferences.set(Channel.EMAIL, [Event.DEPOSIT])
    alice.preferences.set(Channel.SMS, [Event.WITHDRAWAL], to="+1 555 0001")
    alice.preferences.set(Channel.CONSOLE, [])

    assert alice.preferences.read().routes == (
        Route(Channel.EMAIL, "alice@example.com", (Event.DEPOSIT,)),
        Route(Channel.SMS, "+1 555 0001", (Event.WITHDRAWAL,)),
    )
    alice.preferences.set(Channel.EMAIL, [])
    assert [route.channel for route in alice.preferences.read().routes] == [Channel.SMS]


def test_a_channel_that_cannot_lead_there_is_refused_with_a_hint(alice: AccountHandle) -> None:
    with pytest.raises(ValueError, match="sms cannot lead to '';"):
        alice.preferences.set(Channel.SMS, [Event.DEPOSIT])
    with pytest.raises(ValueError, match="email cannot lead to"):
        alice.preferences.set(Channel.EMAIL, [Event.DEPOSIT], to="a@b.c\nBcc: d@e.f")


def test_what_a_provider_refuses_is_listed_with_the_reason(
    exchange: Brokerage, alice: AccountHandle
) -> None:
    exchange.notifications.deliver(Channel.EMAIL, Refusing())
    alice.preferences.set(Channel.EMAIL, [Event.DEPOSIT])
    alice.deposit("5.00")
    exchange.notifications.flush(Channel.EMAIL)

    (letter,) = exchange.notifications.dead_letters(Channel.EMAIL)
    assert letter.reason == "no such mailbox"
    assert letter.notification.to == "alice@example.com"


def test_one_channel_that_fails_does_not_slow_another(
    exchange: Brokerage, alice: AccountHandle, screen: io.StringIO
) -> None:
    alice.preferences.set(Channel.CONSOLE, [Event.DEPOSIT])
    alice.preferences.set(Channel.EMAIL, [Event.DEPOSIT])  # to a gateway that is not there
    exchange.runtime.attach("gateway/email", lambda _: None)
    for _ in range(3):
        alice.deposit("5.00")
    exchange.notifications.flush(Channel.CONSOLE)

    assert screen.getvalue().count("$5.00 came in") == 3
    assert exchange.notifications.read(Channel.EMAIL).waiting == 3


def test_a_channel_has_one_gateway_and_a_gateway_one_channel(exchange: Brokerage) -> None:
    gateway = ConsoleGateway(io.StringIO())
    exchange.notifications.deliver(Channel.CONSOLE, gateway)

    with pytest.raises(ValueError, match="console has a gateway already"):
        exchange.notifications.deliver(Channel.CONSOLE, ConsoleGateway(io.StringIO()))
    with pytest.raises(ValueError, match="one channel of one brokerage"):
        exchange.notifications.deliver(Channel.EMAIL, gateway)


def test_what_was_not_sent_is_sent_when_the_brokerage_is_opened_again(path: Path) -> None:
    with Brokerage(journal=path) as exchange:
        exchange.runtime.attach("gateway/console", lambda _: None)
        alice = exchange.register_account(User("U1", "Alice"))
        alice.preferences.set(Channel.CONSOLE, [Event.DEPOSIT])
        alice.deposit("5.00")
    screen = io.StringIO()
    with Brokerage(journal=path) as exchange:
        exchange.notifications.deliver(Channel.CONSOLE, ConsoleGateway(screen))
        exchange.notifications.flush(Channel.CONSOLE)

    assert screen.getvalue() == "Alice: $5.00 came in, as transaction U1-1/1.\n"


CRASHES = st.lists(
    st.tuples(
        st.sampled_from(["deposit", "price", "crash", "wait"]),
        st.integers(0, 9),
        st.floats(0.01, 1.5),
    ),
    max_size=30,
)


@given(CRASHES, st.floats(0.0, 0.5), st.booleans())
@settings(deadline=None, max_examples=60)
def test_whoever_crashes_nothing_is_lost_and_nothing_is_shown_twice(
    steps: list[tuple[str, int, float]], failures: float, has_outage: bool
) -> None:
    runtime = VirtualTimeRuntime(Clock())
    auditor = Auditor()
    runtime.follow(auditor)
    pace = Pace(20.0, capacity=4, patience_s=1.0, attempts=100)
    brokerage = Brokerage(runtime, paces={Channel.EMAIL: pace})
    outages = (OutagePlan(1.0, 3.0),) if has_outage else ()
    model = ChannelModel(
        runtime, ChannelPlan("email", 1.0, 1, 20.0, 0.2, failures, outages=outages), 1
    )
    brokerage.list_stock(Stock("ACME", "Acme Inc.", "10.00"))
    brokerage.open_account(User("U1", "Alice"))
    runtime.attach("client", lambda _: None)
    runtime.run(until_s=0.1)
    everything = (Route(Channel.EMAIL, "a@b.c", tuple(Event)),)
    runtime.send(EXCHANGE, SetPreferences(1, ALICE, everything, user="U1"), "client")
    for number, dollars in enumerate((9, 10, 11)):
        alert = SetAlert(
            2 + number, ALICE, "ACME", Direction.ABOVE, dollars * DOLLAR, True, user="U1"
        )
        runtime.send(EXCHANGE, alert, "client")
    runtime.run(until_s=0.2)
    for number, (what, which, wait_s) in enumerate(steps):
        act(brokerage, what, which, 100 + number)
        runtime.run(until_s=runtime.now + wait_s)
    for _ in range(2_000):
        if not any(cell.actor.outbox() for cell in runtime.cells.values()):
            break
        runtime.run(until_s=runtime.now + 1.0)

    audit = auditor.finish()
    assert audit.passed, audit.render()
    notifier = runtime.cells[notifier_of(Channel.EMAIL)].actor.state
    assert model.counts["shown"] == notifier.delivered
    assert notifier.given_up == 0
    assert not runtime.supervisor.failures


def act(brokerage: Brokerage, what: str, which: int, command_id: int) -> None:
    runtime = brokerage.runtime
    if what == "deposit":
        runtime.send(EXCHANGE, DepositCash(command_id, ALICE, DOLLAR, user="U1"), "client")
        runtime.run_until_idle()  # a door that crashes would forget it
    elif what == "price":
        runtime.send("stock/ACME", SetPrice((7 + which) * DOLLAR))
    elif what == "crash":
        fragile = (ALICE, notifier_of(Channel.EMAIL), alerts_of("ACME"))
        address = fragile[which % len(fragile)]
        runtime.crash(address)
        runtime.restart(address)
