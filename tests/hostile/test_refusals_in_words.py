"""Whoever is refused hears what was wrong, by its name, and what would have been right."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import msgspec
import pykka
import pytest

import actors.client
from actors import AccountHandle, Brokerage, OrderType, PriceType, Stock, User
from actors.account import Account
from actors.client import Refused
from actors.commands import BuyCommand, DepositCommand, TransferSharesCommand
from actors.delivery import HttpGateway
from actors.domain.market_hours import MarketHours
from actors.domain.notifications import Channel
from actors.domain.order_query import InvalidQuery
from actors.domain.orders import Reason
from actors.handles import OrderHandle
from actors.observers import ConsoleObserver
from scenarios.trading_dates import trading_calendar
from simulation.virtual_time import VirtualTimeRuntime

BUY, SELL = OrderType.BUY, OrderType.SELL
MARKET = PriceType.MARKET
NOON = datetime(2024, 7, 3, 12, tzinfo=UTC)


@pytest.fixture
def floor() -> Iterator[Brokerage]:
    """Give a brokerage with a stock and an account of $10,000."""
    with Brokerage(VirtualTimeRuntime()) as exchange:
        exchange.register_account(User("U001", "Alice"), "10000.00")
        exchange.add_stock(Stock("AAPL", "Apple Inc.", "150.00"))
        yield exchange


@pytest.fixture
def alice(floor: Brokerage) -> AccountHandle:
    return floor.account("U001")


@pytest.mark.parametrize(("text", "limit", "words"), [
    (None, 10, "search for text of at most 200 characters, not None"),
    ("x" * 201, 10, "search for text of at most 200 characters, not 'xxx"),
    ("app", -1, "at most 0 to 200 symbols, not -1"),
    ("app", 1.5, "at most 0 to 200 symbols, not 1.5"),
])  # fmt: skip
def test_a_search_that_cannot_be_says_why(
    floor: Brokerage, text: Any, limit: Any, words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        floor.search(text, limit)


def test_a_refusal_names_the_part_that_it_is_about(alice: AccountHandle) -> None:
    refused = {}
    for name, attempt in {
        "symbol": lambda: alice.place_order("NONE", 1, BUY, MARKET),
        "funds": lambda: alice.withdraw("20000.00"),
        "quantity": lambda: alice.transfer_shares("AAPL", 10**8, 1),
        "cost": lambda: alice.transfer_shares("AAPL", 1, -1),
        "order": lambda: OrderHandle(alice, "AAPL", "U001-1-9").cancel(),
    }.items():
        with pytest.raises(Refused) as caught:
            attempt()  # type: ignore[no-untyped-call]
        refused[name] = str(caught.value)
    order = alice.place_order("AAPL", 5, SELL, MARKET)

    assert refused["symbol"] == "No stock is listed under this symbol: 'NONE'."
    assert refused["funds"] == "The available cash does not cover this: $20,000.00."
    assert refused["quantity"].endswith("with what is held as well: 100,000,000.")
    assert refused["cost"].endswith("not more than can be counted: -$1.00.")
    assert refused["order"] == "The account has no such order: 'U001-1-9'."
    assert str(order.refused) == "Not so many shares are available: 5."


@pytest.mark.parametrize(("kind", "values", "words"), [
    (BuyCommand, ("U001", "AAPL", 1.5), "the quantity is 1.5; a whole number is meant"),
    (BuyCommand, ("U001", None, 1), "the symbol is None; text is meant"),
    (BuyCommand, ("U001", "AAPL", 1, None, 1, None, "X"), "the price type is 'X'; a price type"),
    (DepositCommand, ("U001", 1.5), "the amount is 1.5; an amount in dollars"),
    (DepositCommand, ("U001", object()), "the amount is <object"),
    (DepositCommand, (None, "5"), "the user is None; text is meant"),
    (DepositCommand, ("U001", "5" * 3_000), "longer than the 2,000 bytes"),
    (TransferSharesCommand, ("U001", "AAPL", 1, [1]), "the cost is [1]; an amount in dollars"),
])  # fmt: skip
def test_a_command_of_the_wrong_kind_is_refused_by_the_name_of_its_part(
    floor: Brokerage, kind: type[Any], values: tuple[Any, ...], words: str
) -> None:
    entry = floor.commands.execute(kind(*values))

    assert entry.reason is Reason.INVALID_COMMAND
    assert words in entry.sentence


def test_the_log_says_when_the_market_opens_and_says_so_again_of_a_repetition() -> None:
    hours = trading_calendar(date(2024, 7, 3), date(2024, 7, 5), clock_zero=NOON)
    with Brokerage(VirtualTimeRuntime(), hours=hours) as exchange:
        exchange.register_account(User("U001", "Alice"), "10000.00")
        exchange.add_stock(Stock("AAPL", "Apple Inc.", "150.00"))

        entry = exchange.commands.execute(BuyCommand("U001", "AAPL", 1))
        again = exchange.commands.execute(msgspec.structs.replace(entry.command))

    expected = "refused: The market is closed. The next session opens on 2024-07-03 at 09:30"
    assert entry.sentence.startswith(expected)
    assert again.sentence == entry.sentence


def test_without_a_next_session_the_log_says_only_that_the_market_is_closed() -> None:
    with Brokerage(VirtualTimeRuntime(), hours=MarketHours(0, 1)) as exchange:
        exchange.register_account(User("U001", "Alice"), "10000.00")
        exchange.add_stock(Stock("AAPL", "Apple Inc.", "150.00"))

        entry = exchange.commands.execute(BuyCommand("U001", "AAPL", 1))

    assert entry.sentence == "refused: The market is closed."


def test_who_hears_nothing_learns_that_it_may_have_been_done(
    floor: Brokerage, alice: AccountHandle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actors.client, "PATIENCE_S", 0.2)
    monkeypatch.setattr(Account, "receive", lambda *_: None)

    with pytest.raises(pykka.Timeout, match=r"DepositCash .* may have been carried out all the"):
        alice.deposit("1.00")


@pytest.mark.parametrize("events", [[[1]], [{}], "deposit", None, 5])
def test_what_are_no_events_is_one_clear_error(alice: AccountHandle, events: Any) -> None:
    with pytest.raises(TypeError, match="events are meant, like"):
        alice.preferences.set(Channel.CONSOLE, events)


@pytest.mark.parametrize("seconds", ["x", None, -1, float("nan"), float("inf")])
def test_what_is_no_time_to_wait_is_one_clear_error(floor: Brokerage, seconds: Any) -> None:
    with pytest.raises(ValueError, match="seconds to wait are meant"):
        floor.notifications.flush(Channel.CONSOLE, seconds)


@pytest.mark.parametrize("headers", [5, "Authorization: x", [("a", "b")], {"a": 5}, {1: "b"}])
def test_what_are_no_headers_is_one_clear_error(headers: Any) -> None:
    with pytest.raises(ValueError, match=r"headers are meant|cannot be sent"):
        HttpGateway("http://localhost/", headers=headers)


@pytest.mark.parametrize("days", [("x", "y"), (None, None), (date(2024, 7, 3), "2024-07-05")])
def test_what_are_no_dates_is_one_clear_error(days: Any) -> None:
    with pytest.raises(ValueError, match="dates are meant"):
        trading_calendar(days[0], days[1], clock_zero=NOON)
    with pytest.raises(ValueError, match="an instant is meant"):
        trading_calendar(date(2024, 7, 3), date(2024, 7, 5), clock_zero=days[0])


@pytest.mark.parametrize("descending", ["yes", None, 1])
def test_an_order_of_rows_is_true_or_false(alice: AccountHandle, descending: Any) -> None:
    with pytest.raises(InvalidQuery, match="descending is True or False"):
        alice.orders(descending=descending)


class TakesNothing:
    """An observer whose method takes no change."""

    def update(self) -> None:
        raise AssertionError("it cannot even be called")


def test_an_observer_that_could_never_be_told_is_refused(floor: Brokerage) -> None:
    with pytest.raises(TypeError, match=r"update\(symbol, old_price, new_price\)"):
        floor.observe("AAPL", TakesNothing())  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="at least one stock"):
        floor.observe([], ConsoleObserver(sys.stdout))
