"""A user's further accounts: shown where the user is logged in, told of alike, closed for good."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from actors import AccountHandle, Brokerage, OrderType, PriceType, Stock, StockHandle, User
from actors.client import Refused
from actors.domain.notifications import Channel, Event
from actors.domain.orders import Reason
from actors.domain.thresholds import Direction
from simulation.audit.auditor import Auditor

DOLLAR = 10_000
BUY, MARKET = OrderType.BUY, PriceType.MARKET
SOME, OTHERS = [Event.DEPOSIT], [Event.WITHDRAWAL]


@pytest.fixture
def auditor(exchange: Brokerage) -> Auditor:
    """Give an auditor that reads along."""
    auditor = Auditor(collar_bp=500)
    exchange.runtime.follow(auditor)
    return auditor


def wanted(account: AccountHandle) -> list[Event]:
    """Return what goes to the console."""
    return [event for route in account.preferences.read().routes for event in route.events]


def test_an_account_that_is_opened_in_a_session_is_shown_on_the_screen_at_once(
    exchange: Brokerage, auditor: Auditor, apple: StockHandle, alice: AccountHandle
) -> None:
    user = exchange.user("U001")
    screen = user.log_in()

    savings = user.open_account("1000.00")
    savings.place_order(apple, 2, BUY, MARKET)
    exchange.runtime.run_until_idle(10.0)
    assert (screen.value, screen.portfolio(2).value) == (300 * DOLLAR, 300 * DOLLAR)
    apple.set_price("160.00")
    if hasattr(exchange.runtime, "run"):
        exchange.runtime.run(until_s=exchange.runtime.now + 1.0)
    else:
        wait_until(lambda: screen.value == 320 * DOLLAR)

    assert (screen.value, screen.profit_loss) == (320 * DOLLAR, 20 * DOLLAR)
    screen.log_out()
    exchange.runtime.run_until_idle(10.0)
    assert auditor.finish().findings == []


def wait_until(is_so: Any) -> None:
    """Wait for what another thread does within an interval of conflation."""
    import time

    deadline_s = time.monotonic() + 10.0
    while not is_so():
        assert time.monotonic() < deadline_s, "it never came"
        time.sleep(0.01)


def test_after_the_log_out_a_new_account_is_followed_from_the_next_log_in_on(
    exchange: Brokerage, apple: StockHandle, alice: AccountHandle
) -> None:
    user = exchange.user("U001")
    dark = user.log_in()
    dark.log_out()

    user.open_account("1000.00").place_order(apple, 2, BUY, MARKET)
    exchange.runtime.run_until_idle(10.0)

    assert dark.value == 0
    screen = user.log_in()
    exchange.runtime.run_until_idle(10.0)
    assert screen.value == 300 * DOLLAR


def test_a_user_who_never_watched_anything_pays_for_no_live_portfolio(
    exchange: Brokerage, alice: AccountHandle
) -> None:
    exchange.user("U001").open_account()

    assert not [address for address in exchange.runtime.cells if address.startswith("view/")]


def test_a_new_account_begins_with_the_preferences_of_one_that_is_open(
    exchange: Brokerage, alice: AccountHandle
) -> None:
    user = exchange.user("U001")
    user.preferences.set(Channel.CONSOLE, SOME)
    second = user.open_account()
    alice.withdraw("10000.00")
    alice.close()
    user.preferences.set(Channel.CONSOLE, OTHERS)

    third = user.open_account()

    assert (wanted(alice), wanted(second), wanted(third)) == (SOME, OTHERS, OTHERS)


def test_preferences_of_a_user_whose_accounts_are_all_closed_are_refused(
    exchange: Brokerage, alice: AccountHandle
) -> None:
    user = exchange.user("U001")
    user.preferences.set(Channel.CONSOLE, SOME)
    alice.withdraw("10000.00")
    before = alice.is_closed
    alice.close()
    assert (before, alice.is_closed) == (False, True)

    with pytest.raises(Refused) as refused:
        user.preferences.set(Channel.CONSOLE, OTHERS)

    assert refused.value.reason is Reason.ACCOUNT_CLOSED
    assert wanted(user.open_account()) == SOME


def test_an_alert_whose_handle_is_gone_is_removed_by_its_line(path: Path) -> None:
    with Brokerage(journal=path) as exchange:
        alice = exchange.register_account(User("U001", "Alice"))
        exchange.add_stock(Stock("AAPL", "Apple Inc.", "150.00"))
        alice.alerts.add("AAPL", Direction.ABOVE, "160.00")

    with Brokerage(journal=path) as exchange:
        alerts = exchange.account("U001").alerts
        (line,) = alerts.list()
        alerts.remove(line)

        assert alerts.list() == []
        with pytest.raises(Refused, match="no such alert"):
            alerts.remove(line)


@pytest.mark.parametrize("nonsense", [None, 7, "AAPL"])
def test_what_is_no_line_of_the_list_removes_no_alert(alice: AccountHandle, nonsense: Any) -> None:
    with pytest.raises(TypeError, match=r"as alerts.list\(\) returns it"):
        alice.alerts.remove(nonsense)
