"""Watch lists and live portfolios, by hand, on each runtime and through restarts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from players import let_pass, wait_until

from actors import AccountHandle, Brokerage, OrderType, PriceType, Stock, StockHandle, User
from actors.addresses import EXCHANGE, account_of
from actors.client import Refused
from actors.domain.orders import Reason
from actors.messages.orders import CommandRejected
from actors.messages.queries import LogIn, LogOut
from actors.messages.watching import (
    GetWatchlist,
    UnwatchSymbol,
    WatchAnswer,
    WatchlistAnswer,
    WatchSymbol,
)
from actors.runtimes.threads import ThreadRuntime
from actors.watch_handles import WatchlistHandle
from actors.watchlist import MOST_LISTS, MOST_SYMBOLS

DOLLAR = 10_000


@pytest.fixture
def mine(exchange: Brokerage, apple: StockHandle, alice: AccountHandle) -> WatchlistHandle:
    """Give Alice's watch lists, and Microsoft besides Apple."""
    exchange.add_stock(Stock("MSFT", "Microsoft", "300.00"))
    return exchange.watchlist("U001")


def let_conflation_pass(exchange: Brokerage) -> None:
    let_pass(exchange.runtime, 0.3)


def test_a_watch_list_shows_the_latest_prices_and_their_change(
    mine: WatchlistHandle, apple: StockHandle
) -> None:
    mine.add(apple)
    mine.add("MSFT")
    apple.set_price("151.50")

    lines = [(line.symbol, line.price, line.change) for line in mine.read()]

    assert lines == [("AAPL", 1_515_000, 15_000), ("MSFT", 3_000_000, 0)]


def test_lists_have_names_and_end_with_their_last_symbol(
    mine: WatchlistHandle, apple: StockHandle
) -> None:
    mine.add(apple, "fruit")
    mine.add("MSFT", "tech")
    mine.remove(apple, "fruit")
    mine.remove("MSFT", "fruit")

    assert mine.names == ["tech"]
    assert mine.read("fruit") == []


def test_a_symbol_is_on_a_list_only_once(mine: WatchlistHandle, apple: StockHandle) -> None:
    mine.add(apple)
    mine.add(apple)

    assert [line.symbol for line in mine.read()] == ["AAPL"]


def test_a_symbol_that_is_not_listed_cannot_be_watched(mine: WatchlistHandle) -> None:
    with pytest.raises(Refused) as refused:
        mine.add("NONE")

    assert refused.value.reason is Reason.UNKNOWN_SYMBOL


def test_lists_are_bounded(exchange: Brokerage, mine: WatchlistHandle) -> None:
    for number in range(MOST_SYMBOLS):
        exchange.add_stock(Stock(f"S{number}", "One of many", 1))
        mine.add(f"S{number}")
    for number in range(MOST_LISTS - 1):
        mine.add("AAPL", f"list {number}")

    with pytest.raises(Refused, match="no room"):
        mine.add("AAPL")
    with pytest.raises(Refused, match="no room"):
        mine.add("AAPL", "one more")
    mine.add("S1")


class Asker:
    """A client that sends what it likes."""

    def __init__(self, exchange: Brokerage) -> None:
        self.answers: list[Any] = []
        self._runtime = exchange.runtime
        self._runtime.attach("client", lambda envelope: self.answers.append(envelope.message))

    def ask(self, message: Any) -> Any:
        self._runtime.send(EXCHANGE, message, "client")
        self._runtime.run_until_idle(5.0)
        return self.answers[-1]


ALICE = account_of("U001")


def test_a_repeated_command_gets_the_same_answer_and_does_nothing_more(
    exchange: Brokerage, mine: WatchlistHandle
) -> None:
    asker = Asker(exchange)
    add = WatchSymbol(7, ALICE, "favourites", "AAPL", user="U001")
    asker.ask(add)
    asker.ask(UnwatchSymbol(8, ALICE, "favourites", "AAPL", user="U001"))

    assert asker.ask(add) == WatchAnswer(7, ALICE)
    assert mine.read() == []


def test_another_command_under_the_same_id_is_refused(
    exchange: Brokerage, mine: WatchlistHandle
) -> None:
    asker = Asker(exchange)
    asker.ask(WatchSymbol(7, ALICE, "favourites", "AAPL", user="U001"))

    answer = asker.ask(WatchSymbol(7, ALICE, "favourites", "MSFT", user="U001"))

    assert answer == WatchAnswer(7, ALICE, Reason.DUPLICATE_COMMAND)


@pytest.mark.parametrize("account", [ALICE, account_of("nobody"), account_of("U002")])
@pytest.mark.parametrize("kind", [WatchSymbol, UnwatchSymbol, GetWatchlist])
def test_nobody_else_reads_or_changes_a_list_or_learns_whether_there_is_one(
    exchange: Brokerage, mine: WatchlistHandle, kind: Any, account: str
) -> None:
    for user, name in (("U002", "Bob"), ("U003", "Cy")):
        exchange.register_account(User(user, name))
    content = ("favourites",) if kind is GetWatchlist else ("favourites", "AAPL")

    answer = Asker(exchange).ask(kind(7, account, *content, user="U003"))

    assert answer == CommandRejected(7, account, Reason.NOT_OWNER)


def test_the_watch_list_itself_serves_its_own_user_only(
    exchange: Brokerage, mine: WatchlistHandle
) -> None:
    asker = Asker(exchange)
    for message in (
        WatchSymbol(7, ALICE, "favourites", "AAPL", "client", "U002"),
        GetWatchlist(8, ALICE, "favourites", "client", "U002"),
    ):
        exchange.runtime.send("watchlist/U001", message, "client")
    exchange.runtime.run_until_idle(5.0)

    assert [answer.reason for answer in asker.answers] == [Reason.NOT_OWNER] * 2
    assert mine.names == []


@pytest.mark.parametrize("name", ["", "a\nb", "x" * 201, 5, None])
def test_a_name_that_is_none_is_refused(
    exchange: Brokerage, mine: WatchlistHandle, name: Any
) -> None:
    answer = Asker(exchange).ask(GetWatchlist(7, ALICE, name, user="U001"))

    assert answer.reason is Reason.INVALID_COMMAND


def test_a_question_is_answered_only_when_every_price_is_there(
    exchange: Brokerage, mine: WatchlistHandle
) -> None:
    mine.add("AAPL")
    exchange.runtime.crash("feed/AAPL")
    asker = Asker(exchange)
    exchange.runtime.send(EXCHANGE, GetWatchlist(9, ALICE, "favourites", user="U001"), "client")
    let_pass(exchange.runtime, 0.05)
    assert not asker.answers
    exchange.runtime.dead_letters.clear()

    exchange.runtime.restart("feed/AAPL")
    let_pass(exchange.runtime, 1.1)

    assert isinstance(asker.answers[0], WatchlistAnswer)
    assert asker.answers[0].lines[0].price == 150 * DOLLAR


def test_whoever_is_not_logged_in_is_subscribed_to_nothing(
    exchange: Brokerage, mine: WatchlistHandle
) -> None:
    mine.add("AAPL")
    mine.read()
    exchange.runtime.run_until_idle(5.0)

    assert not exchange.runtime.cells["feed/AAPL"].actor.groups


def test_a_screen_follows_watch_lists_and_portfolio_until_the_log_out(
    exchange: Brokerage, mine: WatchlistHandle, apple: StockHandle, alice: AccountHandle
) -> None:
    mine.add("MSFT")
    alice.place_order(apple, 10, OrderType.BUY, PriceType.MARKET)
    session = exchange.log_in("U001")
    assert (session.value, session.profit_loss) == (1_500 * DOLLAR, 0)

    apple.set_price("152.00")
    exchange.stock("MSFT").set_price("310.00")
    let_conflation_pass(exchange)
    session.log_out()
    apple.set_price("153.00")
    let_conflation_pass(exchange)

    assert (session.value, session.profit_loss) == (1_520 * DOLLAR, 20 * DOLLAR)
    assert session.watched["MSFT"].change == 10 * DOLLAR
    assert not exchange.runtime.cells["feed/AAPL"].actor.groups


def test_a_live_portfolio_learns_what_is_bought_and_sold(
    exchange: Brokerage, mine: WatchlistHandle, alice: AccountHandle
) -> None:
    session = exchange.log_in("U001")
    alice.place_order("AAPL", 10, OrderType.BUY, PriceType.MARKET)
    alice.place_order("MSFT", 2, OrderType.BUY, PriceType.MARKET)
    alice.place_order("AAPL", 4, OrderType.SELL, PriceType.MARKET)
    let_conflation_pass(exchange)

    lines = session.portfolio().lines
    assert {symbol: line.quantity for symbol, line in lines.items()} == {"AAPL": 6, "MSFT": 2}
    assert session.value == (6 * 150 + 2 * 300) * DOLLAR
    assert session.profit_loss == 0


def test_all_accounts_of_a_user_are_followed_in_one_session(
    exchange: Brokerage, mine: WatchlistHandle, apple: StockHandle, alice: AccountHandle
) -> None:
    second = exchange.user("U001").open_account("5000.00")
    alice.place_order(apple, 10, OrderType.BUY, PriceType.MARKET)
    second.place_order("MSFT", 2, OrderType.BUY, PriceType.MARKET)
    session = exchange.log_in("U001")
    let_conflation_pass(exchange)

    apple.set_price("152.00")
    exchange.stock("MSFT").set_price("310.00")
    let_conflation_pass(exchange)
    session.log_out()

    assert session.portfolio(1).value == 1_520 * DOLLAR
    assert session.portfolio(2).value == 620 * DOLLAR
    assert (session.value, session.profit_loss) == (2_140 * DOLLAR, 40 * DOLLAR)
    assert not exchange.runtime.cells["feed/MSFT"].actor.groups


def test_a_log_out_ends_no_session_that_was_begun_elsewhere_meanwhile(
    exchange: Brokerage, apple: StockHandle, alice: AccountHandle
) -> None:
    alice.place_order(apple, 10, OrderType.BUY, PriceType.MARKET)
    at_the_desk, on_the_phone = exchange.log_in("U001"), exchange.log_in("U001")
    at_the_desk.log_out()

    apple.set_price("152.00")
    let_conflation_pass(exchange)

    assert (at_the_desk.value, on_the_phone.value) == (1_500 * DOLLAR, 1_520 * DOLLAR)
    on_the_phone.log_out()
    assert not exchange.runtime.cells["feed/AAPL"].actor.groups


def test_an_account_that_is_opened_later_is_followed_from_the_next_log_in_on(
    exchange: Brokerage, apple: StockHandle, alice: AccountHandle
) -> None:
    exchange.log_in("U001").log_out()
    second = exchange.user("U001").open_account("5000.00")
    second.place_order(apple, 1, OrderType.BUY, PriceType.MARKET)

    session = exchange.log_in("U001")
    let_conflation_pass(exchange)

    assert session.portfolio(2).value == 150 * DOLLAR
    session.log_out()


@pytest.mark.parametrize("crashed", ["feed/AAPL", "watchlist/U001", "view/U001-1", ALICE])
def test_a_session_goes_on_after_a_crash(
    exchange: Brokerage, mine: WatchlistHandle, alice: AccountHandle, crashed: str
) -> None:
    if isinstance(exchange.runtime, ThreadRuntime):
        pytest.skip("it would take ten seconds by the wall clock")
    mine.add("AAPL")
    alice.place_order("AAPL", 10, OrderType.BUY, PriceType.MARKET)
    session = exchange.log_in("U001")

    exchange.runtime.crash(crashed)
    exchange.runtime.restart(crashed)
    exchange.stock("AAPL").set_price("160.00")
    let_pass(exchange.runtime, 11.0)

    assert session.value == 1_600 * DOLLAR
    assert session.watched["AAPL"].price == 160 * DOLLAR


def test_a_late_copy_of_a_log_in_begins_no_session(
    exchange: Brokerage, mine: WatchlistHandle
) -> None:
    asker, log_in = Asker(exchange), LogIn(50, ALICE, user="U001")
    for message in (log_in, LogOut(51, ALICE, user="U001"), log_in):
        asker.ask(message)

    for address in ("watchlist/U001", "view/U001-1"):
        assert not exchange.runtime.cells[address].actor.state.session.is_open
    assert len(asker.answers) == 3


def test_watch_lists_outlive_the_process(path: Path) -> None:
    with Brokerage(journal=path) as exchange:
        exchange.add_stock(Stock("AAPL", "Apple Inc.", "150.00"))
        exchange.register_account(User("U001", "Alice"))
        exchange.watchlist("U001").add("AAPL", "fruit")

    with Brokerage(journal=path) as exchange:
        exchange.stock("AAPL").set_price("151.00")
        assert [line.change for line in exchange.watchlist("U001").read("fruit")] == [DOLLAR]
        session = exchange.log_in("U001")
        wait_until(lambda: "AAPL" in session.watched)


def test_nobody_has_watch_lists_without_an_account(exchange: Brokerage) -> None:
    with pytest.raises(ValueError, match="user U009 has no account here"):
        exchange.watchlist("U009")


def test_a_view_that_a_crash_left_unregistered_is_told_of_sessions_after_reopening(
    path: Path,
) -> None:
    with Brokerage(journal=path) as exchange:
        apple = exchange.add_stock(Stock("AAPL", "Apple Inc.", "150.00"))
        alice = exchange.register_account(User("U001", "Alice"))
        exchange.log_in("U001").log_out()
        second = exchange.user("U001").open_account()
        second.transfer_shares(apple, 2, "100.00")
        exchange._start_watching(alice.user.id)  # and then it crashes

    with Brokerage(journal=path) as exchange:
        session = exchange.log_in("U001")
        wait_until(lambda: session.portfolio(2).value == 300 * DOLLAR)
        session.log_out()
