"""A closed account waits for no price any more, and nobody waits for one on its behalf."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from kit import Kit

from actors import Brokerage, Channel, Direction, Event, Stock, User
from actors.account import Account
from actors.addresses import EXCHANGE, alerts_of, notifier_of
from actors.client import Refused
from actors.domain.notifications import Route
from actors.messages.alerts import AlertTriggered, ArmAlert, DisarmAlert, RemoveAlert, SetAlert
from actors.messages.funds import CloseAccount
from actors.messages.notification_facts import AlertDropped
from actors.messages.notifications import Receipt, SetPreferences
from actors.messages.orders import CommandAccepted, CommandRejected
from simulation.virtual_time import VirtualTimeRuntime

ME, CLIENT = "account/U1-1", "client"
WATCHER, OTHER = alerts_of("ACME"), alerts_of("EMCA")
EMAIL = notifier_of(Channel.EMAIL)
ALL = Route(Channel.EMAIL, "a@b.c", tuple(Event))


@pytest.fixture
def account() -> Iterator[Kit]:
    """Give an account with alerts on two stocks, which both know of."""
    with Kit(Account, "U1", address=ME, peers=[EXCHANGE, CLIENT, EMAIL, WATCHER, OTHER]) as kit:
        ask(kit, SetPreferences(1, ME, (ALL,), CLIENT, "U1"))
        for number, symbol in ((2, "ACME"), (3, "EMCA")):
            ask(kit, SetAlert(number, ME, symbol, Direction.ABOVE, 5, True, CLIENT, "U1"))
            kit.expect(alerts_of(symbol), ArmAlert)
            kit.deliver(Receipt(1), alerts_of(symbol))
        yield kit


def ask(kit: Kit, command: Any) -> None:
    kit.deliver(command, EXCHANGE)
    kit.expect(EXCHANGE, CommandAccepted)


def close(kit: Kit) -> None:
    ask(kit, CloseAccount(4, ME, CLIENT, "U1"))


def test_closing_takes_back_every_alert_in_the_batch_of_the_close(account: Kit) -> None:
    account.facts()

    close(account)

    assert account.expect(WATCHER, DisarmAlert) == DisarmAlert(ME, 2, 1)
    assert account.expect(OTHER, DisarmAlert) == DisarmAlert(ME, 2, 1)
    assert account.facts_of(AlertDropped) == [AlertDropped(2, 2), AlertDropped(2, 3)]


def test_what_was_taken_back_is_said_again_until_it_is_known(account: Kit) -> None:
    close(account)
    account.drop()
    account.restart()

    assert account.expect(WATCHER, DisarmAlert) == DisarmAlert(ME, 2, 1)
    assert account.expect(OTHER, DisarmAlert) == DisarmAlert(ME, 2, 1)


def test_an_alert_that_fires_meanwhile_is_acknowledged_and_owes_nothing(account: Kit) -> None:
    close(account)
    account.drop()

    account.deliver(AlertTriggered(1, 2, 7), WATCHER)

    assert account.expect(WATCHER, Receipt) == Receipt(1)


def test_an_alert_of_a_closed_account_cannot_be_removed_once_more(account: Kit) -> None:
    close(account)
    account.drop()

    account.deliver(RemoveAlert(5, ME, 2, CLIENT, "U1"), EXCHANGE)

    account.expect(EXCHANGE, CommandRejected)


@pytest.mark.parametrize("on_threads", [False, True], ids=["virtual time", "threads"])
def test_nobody_watches_a_price_for_an_account_that_is_closed(on_threads: bool) -> None:
    with Brokerage(None if on_threads else VirtualTimeRuntime()) as exchange:
        account = exchange.register_account(User("U1", "Ann"))
        stock = exchange.add_stock(Stock("ACME", "Acme Inc.", "10.00"))
        account.alerts.add(stock, Direction.ABOVE, "11.00", repeats=True)

        account.close()
        exchange.runtime.run_until_idle(10.0)

        alerts: Any = exchange.runtime.cells[WATCHER].actor
        assert not alerts.state.watches
        assert account.alerts.list() == []
        with pytest.raises(Refused, match="closed"):
            account.alerts.add(stock, Direction.BELOW, "9.00")
