"""Each kind of actor gets from its journal exactly the state in which it lived."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias
from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

import actors
from actors.account import Account
from actors.actor import Actor, NoState
from actors.addresses import EXCHANGE, stock_of
from actors.alerts import Alerts
from actors.brokerage import Brokerage
from actors.domain.market_hours import MarketHours
from actors.domain.notifications import Channel, Event, Route
from actors.domain.orders import OrderType, PriceType
from actors.domain.thresholds import Direction
from actors.domain.users import User
from actors.exchange import StockExchange
from actors.market_data import MarketData
from actors.messages.alerts import RemoveAlert, SetAlert
from actors.messages.base import Address, Message
from actors.messages.funds import (
    CloseAccount,
    DepositCash,
    ForgetCommands,
    TransferShares,
    WithdrawCash,
)
from actors.messages.market import SetPrice
from actors.messages.notifications import SetPreferences
from actors.messages.orders import CancelOrder, PlaceOrder
from actors.messages.queries import LogIn, LogOut
from actors.messages.watching import GetWatchlist, UnwatchSymbol, WatchSymbol
from actors.notifier import Notifier
from actors.observers import ObserverActor
from actors.order_book import OrderBook
from actors.portfolio_view import PortfolioView
from actors.price_feed import PriceFeed
from actors.runtimes import journal
from actors.stock import Stock
from actors.watchlist import Watchlist
from simulation.channels import ChannelModel
from simulation.notification_plan import ChannelPlan
from simulation.virtual_time import VirtualTimeRuntime

ALICE, BOB = "account/U1-1", "account/U2-1"
SYMBOLS = ("ACME", "BETA")
DOLLAR = 10_000
CLOSES_S = 40
EVERYTHING = tuple(
    Route(channel, to, tuple(Event))
    for channel, to in zip(Channel, ("me", "me@example.com", "+1 555", "device"), strict=True)
)
FACTS_BEFORE_SNAPSHOT = 5
Steps: TypeAlias = list[tuple[str, Any]]
Life: TypeAlias = Callable[[VirtualTimeRuntime, Steps], None]


def commands() -> st.SearchStrategy[Message]:
    """Generate commands of two accounts; few ids, so that many come more than once."""
    ids, accounts = st.integers(1, 12), st.sampled_from([ALICE, BOB])
    symbols, quantities = st.sampled_from(SYMBOLS), st.integers(1, 40)
    prices = st.sampled_from([n * DOLLAR for n in (8, 9, 10, 11)])
    sides = st.sampled_from(list(OrderType))
    limit = st.builds(
        PlaceOrder, ids, accounts, symbols, sides, st.just(PriceType.LIMIT), quantities, prices
    )
    market = st.builds(
        PlaceOrder, ids, accounts, symbols, sides, st.just(PriceType.MARKET), quantities,
        seen_price=prices,
    )  # fmt: skip
    amounts = st.sampled_from([DOLLAR, 300 * DOLLAR])
    any_command = st.one_of(
        limit,
        limit,
        market,
        st.builds(CancelOrder, ids, accounts, placed_by=ids),
        st.builds(DepositCash, ids, accounts, amounts),
        st.builds(WithdrawCash, ids, accounts, amounts),
        st.builds(TransferShares, ids, accounts, symbols, quantities, prices),
        st.builds(ForgetCommands, accounts, ids),
        st.builds(SetPreferences, ids, accounts, st.sampled_from([(), EVERYTHING[1:2]])),
        st.builds(
            SetAlert, ids, accounts, symbols, st.sampled_from(Direction), prices, st.booleans()
        ),
        st.builds(RemoveAlert, ids, accounts, ids),
        st.builds(LogIn, ids, accounts, screen=st.just("client")),
        st.builds(LogOut, ids, accounts),
        st.builds(WatchSymbol, ids, accounts, st.just("mine"), symbols),
        st.builds(UnwatchSymbol, ids, accounts, st.just("mine"), symbols),
        st.builds(GetWatchlist, ids, accounts, st.just("mine")),
        st.builds(CloseAccount, ids, accounts),
    )
    return st.builds(from_user, any_command, st.sampled_from(["", "", "", "U1"]))


def from_user(command: Any, user: str) -> Any:
    """Let a command come from a user; by default from the one whose account it names."""
    return replace(command, user=user or command.account.removeprefix("account/")[:-2])


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("command"), commands()),
        st.tuples(st.just("command"), commands()),
        st.tuples(
            st.just("price"),
            st.tuples(st.sampled_from(SYMBOLS), st.sampled_from([8, 9, 10, 11, 12])),
        ),
        st.tuples(st.just("wait"), st.floats(0.01, 8.0)),
        st.tuples(st.just("crash"), st.integers(0, 99)),
    ),
    max_size=30,
)


class Indifferent:
    """An observer that does nothing."""

    def update(self, symbol: str, old_price: int, new_price: int) -> None:
        pass


def live_as_a_brokerage(runtime: VirtualTimeRuntime, steps: Steps) -> None:
    """Let everybody trade, with repeated commands, crashes and perhaps the close."""
    hours = MarketHours(-1_000_000, CLOSES_S * 1_000_000)
    brokerage = Brokerage(runtime, hours=hours, client="handles")
    for symbol in SYMBOLS:
        brokerage.list_stock(Stock(symbol, f"{symbol} Inc.", "10.00"))
    for user in ("U1", "U2"):
        brokerage.open_account(User(user, f"User {user}"))
    runtime.attach("client", lambda _: None)
    runtime.run(until_s=1.0)
    for channel in Channel:
        ChannelModel(runtime, ChannelPlan(channel.value, 1.0, 1, 50.0, 0.1, 0.2, 0.1, 1.0), 1)
    for user in ("U1", "U2"):
        brokerage.open_watching(user)
    brokerage.observe(SYMBOLS, Indifferent(), interval_s=0.25)
    for number, account in enumerate((ALICE, BOB)):
        for command in (
            SetPreferences(3_000, account, EVERYTHING),
            SetAlert(4_000, account, "ACME", Direction.ABOVE, 11 * DOLLAR, True),
            SetAlert(4_001, account, "BETA", Direction.ABOVE, 11 * DOLLAR, True),
            DepositCash(1_000 + number, account, 1_000 * DOLLAR),
            TransferShares(2_000, account, "ACME", 60, 1),
        ):
            runtime.send(EXCHANGE, from_user(command, ""), "client")
    runtime.run(until_s=1.5)  # so that a crash finds everybody with a past
    for what, content in steps:
        take_step(runtime, what, content)
    runtime.run(until_s=runtime.now + 5.0)


def take_step(runtime: VirtualTimeRuntime, what: str, content: Any) -> None:
    if what == "command":
        runtime.send(EXCHANGE, content, "client")
    elif what == "price":
        symbol, dollars = content
        runtime.send(stock_of(symbol), SetPrice(dollars * DOLLAR))
    elif what == "wait":
        runtime.run(until_s=runtime.now + content)
    else:
        addresses = list(runtime.cells)
        address = addresses[content % len(addresses)]
        runtime.crash(address)
        runtime.restart(address)


LIVES: dict[type[Actor], Life] = {
    Account: live_as_a_brokerage,
    Alerts: live_as_a_brokerage,
    MarketData: live_as_a_brokerage,
    Notifier: live_as_a_brokerage,
    OrderBook: live_as_a_brokerage,
    PortfolioView: live_as_a_brokerage,
    Watchlist: live_as_a_brokerage,
    ObserverActor: live_as_a_brokerage,
    PriceFeed: live_as_a_brokerage,
    Stock: live_as_a_brokerage,
    StockExchange: live_as_a_brokerage,
}
"""How an actor of each kind comes to have a past; a new kind belongs here as well."""


def every_kind() -> list[type[Actor]]:
    """Return all kinds of actors of the package, by name."""
    for module in pkgutil.walk_packages(actors.__path__, "actors."):
        importlib.import_module(module.name)
    kinds = {
        kind for kind in below(Actor)
        if kind.__module__.startswith("actors.") and kind.receive is not Actor.receive
    }  # fmt: skip
    return sorted(kinds, key=lambda kind: kind.__name__)


def below(kind: type[Actor]) -> Iterator[type[Actor]]:
    for subclass in kind.__subclasses__():
        yield subclass
        yield from below(subclass)


def life_of(kind: type[Actor]) -> Life:
    """Return how an actor of a kind lives.

    Raises:
        AssertionError: Nobody has said so.
    """
    assert kind in LIVES, (
        f"{kind.__module__}.{kind.__name__} is an actor without a life in LIVES: say how one "
        "comes to have a past, so that its journal is shown to give back its state"
    )
    return LIVES[kind]


def live(kind: type[Actor], steps: Steps, *, keep_all: bool) -> VirtualTimeRuntime:
    with mock.patch.object(journal, "_FACTS_BEFORE_SNAPSHOT", FACTS_BEFORE_SNAPSHOT):
        runtime = VirtualTimeRuntime(journal=journal.MemoryJournal(keep_all=keep_all))
        life_of(kind)(runtime, steps)
    return runtime


@pytest.mark.parametrize("kind", every_kind(), ids=lambda kind: kind.__name__)
def test_folding_the_journal_of_an_actor_gives_its_live_state(kind: type[Actor]) -> None:
    @given(STEPS, st.booleans())
    @settings(max_examples=15, deadline=None)
    def judge(steps: Steps, keep_all: bool) -> None:
        runtime = live(kind, steps, keep_all=keep_all)
        assert not runtime.supervisor.failures
        assert_all_fold(kind, runtime)

    judge()


def assert_all_fold(kind: type[Actor], runtime: VirtualTimeRuntime) -> None:
    places: list[tuple[Address, Any]] = [
        (address, cell) for address, cell in runtime.cells.items() if cell.actor_class is kind
    ]
    assert places, f"the life of {kind.__name__} has none of its kind in it"
    for address, cell in places:
        folded = runtime.rebuilt(address)
        is_durable = kind.state_type is not NoState
        has_facts = runtime.journal.knows(address)
        assert has_facts is is_durable, f"{address} has recorded nothing in its life, or should not"
        assert folded.state == cell.actor.state, f"{address} is not what its journal makes of it"
        # Whom a stock has told is not in its journal, and it tells them again.
        if is_durable and kind is not Stock:
            assert folded.outbox() == cell.actor.outbox(), f"the outbox of {address} differs"


def test_a_kind_of_actor_that_has_no_life_is_named() -> None:
    class Newcomer(Actor):
        """An actor that somebody has just written."""

    with pytest.raises(AssertionError, match="Newcomer is an actor without a life in LIVES"):
        life_of(Newcomer)


def test_a_fact_that_its_actor_applies_otherwise_in_recovery_is_found() -> None:
    runtime = live(Account, [], keep_all=True)
    runtime.cells[ALICE].actor.state.cash += 1

    with pytest.raises(AssertionError, match="account/U1-1 is not what its journal makes of it"):
        assert_all_fold(Account, runtime)
