"""Judges how far behind watch lists and live portfolios are, by what screens were told (A24)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, Final

from actors.addresses import owner_of, view_of, watchlist_of
from actors.messages.base import Address, Fact
from actors.messages.facts import (
    ExecutionSettled,
    PriceSet,
    SessionBegun,
    SessionEnded,
    SessionFollowed,
    SharesTransferred,
    SymbolUnwatched,
    ViewOpened,
    WatchlistOpened,
)
from actors.messages.watching import (
    PortfolioShown,
    PortfolioUpdate,
    ShownLine,
    WatchlistAnswer,
    WatchlistUpdate,
)
from simulation.audit.log_ins import LogInAudit
from simulation.audit.model import Account, Handler, Quoted
from simulation.audit.quotes import QuoteAudit
from simulation.audit.screens import Prices, Screen
from simulation.audit.watchlists import WatchlistAudit
from simulation.audit.world import World

PORTFOLIO: Final = "portfolio"
WATCHLIST: Final = "watchlist"
UNIT_US: Final = 100
"""Staleness is counted in whole units of so many microseconds, rounded up."""
GRACE_US: Final = 5_000_000
"""For which something may still be told that was on its way when a session ended."""

Timed = Callable[[Address, Any, int], None]


class StalenessAudit:
    """Follows what each screen holds, from the prices that stocks have set.

    The staleness of what a screen holds is how long ago the price became true that came after
    it. It is measured whenever a newer price is told.

    Args:
        world: What all parts share.
        quotes: What judges the prices themselves.
        lists: What knows what is watched.
        log_ins: What knows who must have heard of a log-in.
        bound_us: How stale a screen may be at most; None where faults make that a matter of
            their own: then only what it shows in the end is judged.
        counts_from_us: From when on staleness is counted.

    Attributes:
        counts: How often a staleness was measured, by kind of screen and in units.
        sent: How many prices screens were told, by kind.
        conflated: How many they were never told, as a newer one came first.
    """

    def __init__(
        self, world: World, quotes: QuoteAudit, lists: WatchlistAudit, log_ins: LogInAudit,
        bound_us: int | None, counts_from_us: int = 0,
    ) -> None:  # fmt: skip
        self._world = world
        self._quotes = quotes
        self._lists = lists
        self._symbols = lists.symbols
        self._log_ins = log_ins
        self._bound_us = bound_us
        self._counts_from_us = counts_from_us
        self._prices: dict[str, Prices] = {}
        self._screens: dict[Address, Screen] = {}  # by address of the view or watch list
        self.counts: Counter[tuple[str, int]] = Counter()
        self.sent: Counter[str] = Counter()
        self.conflated: Counter[str] = Counter()
        self.judged = 0
        self.tellers: dict[type, Timed] = {
            PortfolioShown: self.portfolio_shown,
            PortfolioUpdate: self.portfolio_updated,
            WatchlistUpdate: self.watchlist_updated,
            WatchlistAnswer: self.watchlist_read,
        }

    def around(self, inner: Mapping[type, Handler]) -> dict[type, Handler]:
        """Return what judges facts that change holdings, around what else judges them."""
        if self._bound_us is None:
            return {}
        return {kind: self._moving(inner[kind]) for kind in (ExecutionSettled, SharesTransferred)}

    def _moving(self, inner: Handler) -> Handler:
        def moved(account: Account, fact: Fact) -> None:
            inner(account, fact)
            screen = self._screens.get(view_of(account.address))
            if screen is not None and screen.is_open:
                screen.expects(account.revision, self._world.at_us)

        return moved

    def handlers(self) -> dict[type, Handler]:
        """Return what judges each type of fact."""
        return self._lists.handlers() | {
            PriceSet: self.price_set,
            SessionBegun: self.session_begun,
            SessionEnded: self.session_ended,
            SymbolUnwatched: self.symbol_unwatched,
            WatchlistOpened: _nothing,
            ViewOpened: _nothing,
            SessionFollowed: self._log_ins.followed,
        }

    def price_set(self, stock: Quoted, fact: PriceSet) -> None:
        """Remember when a price became true."""
        self._quotes.price_set(stock, fact)
        prices = self._prices.get(stock.symbol)
        if prices is None:
            prices = self._prices[stock.symbol] = Prices()
        prices.add(fact.price, fact.due_us if fact.due_us >= 0 else self._world.at_us)

    def session_begun(self, actor: Quoted, fact: SessionBegun) -> None:
        """Expect that the screen, if there is one, is told everything from here on."""
        self._log_ins.heard(actor.address, fact.command_id)
        self._screen(actor.address).turn(is_open=bool(fact.screen), at_us=self._world.at_us)

    def session_ended(self, actor: Quoted, fact: SessionEnded) -> None:
        """Expect that the screen is told nothing more."""
        self._log_ins.heard(actor.address, fact.command_id)
        self._screen(actor.address).turn(is_open=False, at_us=self._world.at_us)

    def symbol_unwatched(self, actor: Quoted, fact: SymbolUnwatched) -> None:
        """Expect a symbol no more, unless it is on another list."""
        self._lists.unwatched(actor, fact)
        if fact.symbol not in self._symbols(actor.address):
            self._screen(actor.address).held.pop(fact.symbol, None)

    def _screen(self, address: Address) -> Screen:
        screen = self._screens.get(address)
        if screen is None:
            screen = self._screens[address] = Screen()
        return screen

    def portfolio_shown(self, _: Address, message: PortfolioShown, at_us: int) -> None:
        """Take a whole portfolio; what it is worth is computed again."""
        screen = self._open_screen(view_of(message.account), message, at_us)
        if screen is None:
            return
        self._judge_holdings(screen, message, at_us)
        for line in message.lines:
            self._hold(screen, PORTFOLIO, line.symbol, line.number, line.price, at_us)
        screen.lines = {line.symbol: line for line in message.lines}
        screen.held = {line.symbol: line.number for line in message.lines}
        screen.value = sum(line.quantity * line.price for line in message.lines)
        cost = sum(line.cost for line in message.lines)
        if (message.current_value, message.cost_total) != (screen.value, cost):
            self._report(f"the portfolio of {message.account} is shown with a wrong sum", message)

    def portfolio_updated(self, _: Address, message: PortfolioUpdate, at_us: int) -> None:
        """Take one price of a portfolio, and compute again what it is worth."""
        screen = self._open_screen(view_of(message.account), message, at_us)
        if screen is None:
            return
        self._judge_holdings(screen, message, at_us)
        symbol, price = message.symbol, message.price
        line = screen.lines.get(symbol)
        if not self._hold(screen, PORTFOLIO, symbol, message.number, price, at_us) or line is None:
            return
        before = self._prices[symbol].price(line.number) or line.price
        screen.value += line.quantity * (price - before)
        screen.lines[symbol] = ShownLine(symbol, line.quantity, line.cost, message.number, price)
        if self._bound_us is not None and message.current_value != screen.value:
            self._report(f"the portfolio of {message.account} is shown with a wrong sum", message)

    def _judge_holdings(
        self, screen: Screen, message: PortfolioShown | PortfolioUpdate, at_us: int
    ) -> None:
        """Compare how late a change of the holdings is shown with the bound."""
        moved_us = screen.shows(message.revision)
        if moved_us is None or self._bound_us is None:
            return
        self.judged += 1
        if at_us - moved_us > self._bound_us:
            late_s = (at_us - moved_us) / 1e6
            self._report(f"{message.account} is shown a change of {late_s:.3f} s ago", message)

    def watchlist_updated(self, _: Address, message: WatchlistUpdate, at_us: int) -> None:
        """Take one price of a watch list."""
        address, line = watchlist_of(owner_of(message.account)), message.line
        screen = self._open_screen(address, message, at_us)
        if screen is None:
            return
        if line.symbol not in self._symbols(address):
            left_us = self._lists.left_us(address, line.symbol, -GRACE_US)
            if self._bound_us is not None and at_us > left_us + GRACE_US:
                self._report(f"{address} is shown {line.symbol}, which nobody watches", message)
            return
        self._hold(screen, WATCHLIST, line.symbol, line.number, line.price, at_us)

    def watchlist_read(self, client: Address, message: WatchlistAnswer, at_us: int) -> None:
        """Judge the prices of an answer: how stale they were when it left."""
        self._lists.read(client, message)
        for line in message.lines:
            self.judged += 1
            self._check_price(line.symbol, line.number, line.price, message)
            prices = self._prices.get(line.symbol)
            if prices is not None:
                self._judge(WATCHLIST, line.symbol, prices.staleness_us(line.number, at_us), at_us)

    def _open_screen(self, address: Address, message: Any, at_us: int) -> Screen | None:
        """Return the screen of a session; report what is told long after its end."""
        screen = self._screen(address)
        if screen.is_open:
            return screen
        if self._bound_us is not None and at_us > screen.changed_us + GRACE_US:
            self._report(f"{address} tells a screen, though nobody is logged in", message)
        return None

    def _hold(
        self, screen: Screen, kind: str, symbol: str, number: int, price: int, at_us: int
    ) -> bool:
        """Let a screen show a price; tell whether that is newer than what it shows."""
        self.judged += 1
        self._check_price(symbol, number, price, None)
        before = screen.held.get(symbol)
        if before is None:
            screen.held[symbol] = number
            return True
        if number <= before:
            if number < before and self._bound_us is not None:
                self._report(f"price {number} of {symbol} is shown after price {before}", None)
            return False
        screen.held[symbol] = number
        self.sent[kind] += 1
        self.conflated[kind] += number - before - 1
        prices = self._prices.get(symbol)
        if prices is not None:
            self._judge(kind, symbol, prices.staleness_us(before, at_us), at_us)
        return True

    def _judge(self, kind: str, symbol: str, stale_us: int, at_us: int) -> None:
        """Count how stale a price was when the next one came, and compare that with the bound."""
        if at_us >= self._counts_from_us:
            self.counts[kind, -(-stale_us // UNIT_US)] += 1
        if self._bound_us is not None and stale_us > self._bound_us:
            self._report(
                f"a {kind} showed a price of {symbol} that had been stale for "
                f"{stale_us / 1e6:.3f} s; {self._bound_us / 1e6:g} s are allowed", None,
            )  # fmt: skip

    def _check_price(self, symbol: str, number: int, price: int, message: Any) -> None:
        prices = self._prices.get(symbol)
        last = 0 if prices is None else prices.last
        known = None if prices is None else prices.price(number)
        if number > last:
            self._report(f"price {number} of {symbol} is shown, and was never set", message)
        elif known is not None and known != price:
            self._report(f"price {number} of {symbol} is shown as {price}; it is {known}", message)

    def _report(self, sentence: str, cause: Fact | Any) -> None:
        self._world.report("A24", sentence, cause=cause)

    def check_end(self, now_us: int, *, at_rest: bool) -> None:
        """Judge what the screens show in the end: at rest the newest price of everything."""
        for address, screen in self._screens.items():
            if not screen.is_open:
                continue
            self.judged += 1
            if not at_rest and self._bound_us is not None and screen.moved:
                self._check_moved(address, screen.moved[0][1], now_us, self._bound_us)
            for symbol, number in screen.held.items():
                self._check_shown(address, symbol, number, now_us, at_rest=at_rest)
            if at_rest:
                self._check_complete(address, screen)

    def _check_moved(self, address: Address, moved_us: int, now_us: int, bound_us: int) -> None:
        if now_us - moved_us > bound_us:
            late_s = (now_us - moved_us) / 1e6
            self._report(f"{address} does not show a change of {late_s:g} s ago", None)

    def _check_shown(
        self, address: Address, symbol: str, number: int, now_us: int, *, at_rest: bool
    ) -> None:
        prices = self._prices[symbol]
        stale_us = prices.staleness_us(number, now_us)
        if at_rest and number != prices.last and self._is_wanted(address, symbol):
            self._report(
                f"in the end {address} shows price {number} of {symbol}; the last one is "
                f"{prices.last}", None,
            )  # fmt: skip
        elif not at_rest and self._bound_us is not None and stale_us > self._bound_us:
            self._report(
                f"{address} shows a price of {symbol} stale for {stale_us / 1e6:g} s", None
            )

    def _is_wanted(self, address: Address, symbol: str) -> bool:
        return address.startswith("view/") or symbol in self._symbols(address)

    def _check_complete(self, address: Address, screen: Screen) -> None:
        """Report what ought to be on a screen and is not."""
        name = address.partition("/")[2]
        if address.startswith("view/"):
            account = self._world.accounts.get(f"account/{name}")
            view = {} if account is None else account.view()[3]
            shown = {symbol: (line.quantity, line.cost) for symbol, line in screen.lines.items()}
            if shown != {symbol: (line[0], line[2]) for symbol, line in view.items()}:
                self._report(f"in the end {address} does not show what {name} holds", None)
            return
        missing = [symbol for symbol in self._symbols(address) if symbol not in screen.held]
        if missing:
            self._report(f"in the end {address} was never shown {missing[0]}", None)


def _nothing(_: Quoted, __: Fact) -> None:
    """Let a fact pass that says nothing about prices."""
