"""What people hold of the price feed: observers, histories, watch lists and live portfolios."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import msgspec

from actors.addresses import EXCHANGE, account_of, feed_of, owner_of, view_of, watchlist_of
from actors.client import PATIENCE_S, Refused
from actors.domain.price_history import KEPT, PastPrice
from actors.handles.stock import StockHandle, symbol_of
from actors.messages.base import Address, CommandId
from actors.messages.feed import GetHistory, HistoryAnswer
from actors.messages.queries import LogIn, LogOut
from actors.messages.watching import (
    FollowSessions,
    GetWatchlist,
    PortfolioShown,
    PortfolioUpdate,
    SessionBegins,
    ShownLine,
    UnwatchSymbol,
    WatchAnswer,
    WatchLine,
    WatchlistUpdate,
    WatchSymbol,
)
from actors.notes import STOCK, STOCK_NOTE, decode
from actors.observers import Observed, ObserverActor, PriceObserver, check_observer
from actors.portfolio_view import PortfolioView
from actors.price_feed import PriceFeed
from actors.runtimes.mailbox import Envelope
from actors.watchlist import Watchlist

if TYPE_CHECKING:
    from actors.brokerage import Brokerage

_FAVOURITES: Final = "favourites"
_LONGEST_NAME: Final = 200
LONGEST_INTERVAL_S: Final = 86_400
"""Of an observer; whoever wants to know less often asks."""


class WatchHandles:
    """The part of a brokerage that lets people follow prices.

    Feeds are started when somebody first wants to follow a price, and the actors of a user's
    watch lists when that user first wants one: a brokerage in which nobody does pays nothing.

    Attributes:
        conflation_us: At most one update of a symbol in so many microseconds, for watch lists
            and live portfolios.
    """

    conflation_us = 250_000
    _screens: dict[str, tuple[CommandId, Address]]  # by user: the log-in, and where it shows
    _feeds_are_open = False
    _ports = 0

    def open_feeds(self: Any) -> None:
        """Start a feed for each stock, now and for those that are listed later."""
        with self._changing:
            if self._feeds_are_open:
                return
            self._feeds_are_open = True
            for symbol in self._noted(STOCK):
                self._start_feed(symbol, decode(self._notes[STOCK + symbol], type=STOCK_NOTE)[2])

    def _start_feed(self: Any, symbol: str, opening: int) -> None:
        if self._feeds_are_open:
            self.runtime.spawn(feed_of(symbol), PriceFeed, symbol, opening)

    def _new_port(self: Any, kind: str) -> Address:
        with self._changing:
            self._ports += 1
            return f"{kind}/{self.client}-{self._ports}"

    def observe(
        self: Any,
        stocks: StockHandle | str | Iterable[StockHandle | str],
        observer: PriceObserver,
        interval_s: float = 0.0,
    ) -> Observed:
        """Let an observer be told each change of some prices, until it is detached.

        Args:
            stocks: One or several, or their symbols.
            observer: Whoever has a method `update(symbol, old_price, new_price)`.
            interval_s: At most one update of a symbol within so many seconds, the newest price;
                0 for every change.

        Raises:
            TypeError: Nothing can be told to the observer.
            ValueError: A stock is not listed, none is named, or the interval is out of range.
        """
        self.refuse_if_closed()
        check_observer(observer)
        if type(interval_s) not in (int, float) or not 0 <= interval_s <= LONGEST_INTERVAL_S:
            raise ValueError(
                f"an interval is from 0 to {LONGEST_INTERVAL_S:,} seconds, not {interval_s!r}"
            )
        several: Any = stocks  # be it no stock at all
        is_one = isinstance(several, (str, StockHandle)) or not isinstance(several, Iterable)
        named = [several] if is_one else list(several)
        symbols = [self.stock(symbol_of(stock)).symbol for stock in named]
        if not symbols:
            raise ValueError('name at least one stock to observe, like "AAPL"')
        observed = Observed(observer, symbols, interval_s)
        self.open_feeds()
        address = self._new_port("observer")
        observed.attached(self.runtime, address)
        self.runtime.spawn(address, ObserverActor, observed)
        self.runtime.run_until_idle(PATIENCE_S)
        return observed

    def open_watching(self: Any, user_id: str) -> None:
        """Let a user have watch lists and live portfolios; doing it again changes nothing.

        A user logs in by the first account, and all accounts follow that session.
        """
        self.open_feeds()
        self._follow_sessions(user_id)

    def _follow_sessions(self: Any, user_id: str) -> list[Address]:
        """Start whoever follows prices for a user and does not yet; return the new addresses."""
        new: list[Address] = self._start_watching(user_id)
        for address in new:
            self.runtime.send(EXCHANGE, FollowSessions(account_of(user_id), address))
        return new

    def _join_session(self: Any, user_id: str) -> None:
        """Let an account that was just opened have its live portfolio, at once in a session."""
        if watchlist_of(user_id) not in self.runtime.cells:
            return
        new = self._follow_sessions(user_id)
        with self._changing:  # a log-out takes the screen off first, and so is heard later
            if user_id in self._screens:
                number, screen = self._screens[user_id]
                whose = account_of(user_id), self.client, screen
                for address in new:
                    self.runtime.send(address, SessionBegins(number, *whose, ()))

    def _start_watching(self: Any, user_id: str) -> list[Address]:
        """Start the actors that follow prices for a user, and return the addresses of new ones."""
        wanted: list[tuple[Address, Any, str]] = [(watchlist_of(user_id), Watchlist, user_id)]
        for number in range(1, self.count_of_accounts(user_id) + 1):
            account = account_of(user_id, number)
            wanted.append((view_of(account), PortfolioView, account))
        with self._changing:
            new = [one for one in wanted if one[0] not in self.runtime.cells]
            for address, kind, whose in new:
                self.runtime.spawn(address, kind, whose, self.conflation_us)
        return [address for address, _, _ in new]

    def _bring_back_watching(self: Any, followers: Mapping[Address, Sequence[Address]]) -> None:
        """Start again whom the exchange tells of sessions, and finish what a crash interrupted."""
        for account, known in followers.items():
            self.open_feeds()
            for address in self._start_watching(owner_of(account)):
                if address not in known:
                    self.runtime.send(EXCHANGE, FollowSessions(account, address))

    def watchlist(self: Any, user_id: str) -> WatchlistHandle:
        """Return the watch lists of a user.

        Raises:
            ValueError: This user has no account.
        """
        self.account(user_id)
        self.open_watching(user_id)
        return WatchlistHandle(self, user_id)

    def log_in(self: Any, user_id: str) -> SessionHandle:
        """Log a user in, and follow portfolios and watch lists until the log-out.

        A user has one session: a later one takes its place, and an earlier screen goes dark.

        Raises:
            ValueError: This user has no account.
        """
        self.account(user_id)
        self.open_watching(user_id)
        return SessionHandle(self, user_id, self._new_port("screen"))


class WatchlistHandle:
    """The watch lists of one user, as that user holds them."""

    def __init__(self, brokerage: Brokerage, user_id: str) -> None:
        self._brokerage = brokerage
        self.user_id = user_id

    def add(self, stock: StockHandle | str, name: str = _FAVOURITES) -> None:
        """Put a stock on a list; the list comes to be with its first one.

        Raises:
            Refused: The stock is not listed, or there is no room for more.
        """
        self._change(WatchSymbol, stock, name)

    def remove(self, stock: StockHandle | str, name: str = _FAVOURITES) -> None:
        """Take a stock off a list, if it is there; the list ends with its last one."""
        self._change(UnwatchSymbol, stock, name)

    def read(self, name: str = _FAVOURITES) -> list[WatchLine]:
        """Return what is on a list, with the latest price of each and its change."""
        return list(self._ask(name).lines)

    @property
    def names(self) -> list[str]:
        """The names of all lists, the oldest first."""
        return list(self._ask(_FAVOURITES).names)

    def _ask(self, name: str) -> Any:
        _check_name(name)
        brokerage = self._brokerage
        command_id, account = brokerage.next_command_id(), account_of(self.user_id)
        return brokerage.ask(
            GetWatchlist(command_id, account, name, brokerage.client, self.user_id)
        )

    def _change(self, kind: Any, stock: StockHandle | str, name: str) -> None:
        brokerage, symbol = self._brokerage, symbol_of(stock)
        _check_name(name)
        command_id, account = brokerage.next_command_id(), account_of(self.user_id)
        answer = brokerage.ask(
            kind(command_id, account, name, symbol, brokerage.client, self.user_id)
        )
        assert isinstance(answer, WatchAnswer)
        if answer.reason is not None:
            raise Refused(answer.reason)


class LivePortfolio:
    """The holdings of one account, as a screen shows them.

    Attributes:
        lines: The holdings, by symbol, with the price that each is valued at.
        value: What they are worth, 1/10,000 USD.
        cost: What they have cost.
    """

    def __init__(self) -> None:
        self.lines: dict[str, ShownLine] = {}
        self.value = self.cost = 0

    @property
    def profit_loss(self) -> int:
        """What the holdings are worth, less what they have cost, 1/10,000 USD."""
        return self.value - self.cost

    def take(self, news: PortfolioShown | PortfolioUpdate) -> None:
        """Show what was told."""
        self.value = news.current_value
        if isinstance(news, PortfolioShown):
            self.lines = {line.symbol: line for line in news.lines}
            self.cost = news.cost_total
        else:
            line, price = self.lines[news.symbol], news.price
            shown = msgspec.structs.replace(line, number=news.number, price=price)
            self.lines[news.symbol] = shown


class SessionHandle:
    """A user who is logged in: what the screen shows.

    Attributes:
        portfolios: The live portfolio of each account, by its address.
        watched: What is on watch lists, by symbol, as far as it was told since the log-in.
        updates: How often the screen was told something.
    """

    def __init__(self, brokerage: Brokerage, user_id: str, screen: Address) -> None:
        self._brokerage = brokerage
        self.user_id = user_id
        self.screen = screen
        self.portfolios: dict[Address, LivePortfolio] = {}
        self.updates = 0
        self.watched: dict[str, WatchLine] = {}
        brokerage.runtime.attach(screen, self._take)
        self._say(LogIn)

    def portfolio(self, number: int = 1) -> LivePortfolio:
        """Return the live portfolio of an account by its number, from 1.

        Raises:
            ValueError: The user has no such account.
        """
        return self._portfolio_at(self._brokerage.account(self.user_id, number).address)

    def _portfolio_at(self, account: Address) -> LivePortfolio:
        return self.portfolios.setdefault(account, LivePortfolio())

    @property
    def value(self) -> int:
        """What all holdings are worth, 1/10,000 USD."""
        return sum(portfolio.value for portfolio in list(self.portfolios.values()))

    @property
    def profit_loss(self) -> int:
        """What all holdings are worth, less what they have cost, 1/10,000 USD."""
        return sum(portfolio.profit_loss for portfolio in list(self.portfolios.values()))

    def log_out(self) -> None:
        """End the session; the screen is told nothing more."""
        self._say(LogOut)

    def _say(self, kind: Any) -> None:
        brokerage = self._brokerage
        account, client = account_of(self.user_id), brokerage.client
        command_id = brokerage.next_command_id()
        self._note_screen(command_id if kind is LogIn else None)
        brokerage.ask(kind(command_id, account, client, self.user_id, self.screen))
        brokerage.runtime.run_until_idle(PATIENCE_S)

    def _note_screen(self, log_in: CommandId | None) -> None:
        """Let accounts that are opened from here on be shown here, or not any more."""
        screens = self._brokerage._screens
        with self._brokerage._changing:
            if log_in is not None:
                screens[self.user_id] = log_in, self.screen
            elif screens.get(self.user_id, (0, ""))[1] == self.screen:
                del screens[self.user_id]

    def _take(self, envelope: Envelope) -> None:
        self.updates += 1
        match envelope.message:
            case PortfolioShown() | PortfolioUpdate() as news:
                self._portfolio_at(news.account).take(news)
            case WatchlistUpdate() as news:
                self.watched[news.line.symbol] = news.line


def _check_name(name: object) -> None:
    is_name = type(name) is str and name.isprintable() and 0 < len(name) <= _LONGEST_NAME
    if not is_name:
        raise ValueError(
            f"a watch list has a name of 1 to {_LONGEST_NAME} characters on one line, not {name!r}"
        )


def history_of(brokerage: Brokerage, symbol: str, limit: int) -> list[PastPrice]:
    """Return the latest prices of a stock, the oldest of them first."""
    if type(limit) is not int or not 0 <= limit <= KEPT:
        raise ValueError(
            f"a stock keeps its last {KEPT:,} prices; ask for 0 to {KEPT:,}, not {limit!r}"
        )
    query = GetHistory(brokerage.next_command_id(), symbol, limit, brokerage.client)
    answer = brokerage.ask(query)
    assert isinstance(answer, HistoryAnswer)
    first = answer.last - len(answer.prices) + 1
    pairs = zip(answer.prices, answer.at_us, strict=True)
    return [PastPrice(number, *pair) for number, pair in enumerate(pairs, first)]
