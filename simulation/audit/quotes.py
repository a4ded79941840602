"""Follows prices from their stocks to the books and to the market data (A13, A16)."""

from __future__ import annotations

from typing import Final

from actors.addresses import MARKET_DATA, book_of
from actors.domain.money import dollars
from actors.messages.base import Address
from actors.messages.facts import FollowerAdded, PriceSet, QuoteApplied, QuoteNoted, StockListed
from actors.messages.notification_facts import AlertPriceNoted
from simulation.audit.model import Handler, Quoted
from simulation.audit.world import World

_FEED: Final = "feed/"
_PRICES_KEPT: Final = 1_024  # of each symbol, for followers that lag behind


class QuoteAudit:
    """Compares every price that arrives with the one that was set.

    Attributes:
        noted: Prices by number, as the market data noted them, of each symbol; the latest ones.
        latest: The number of the last one.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._set: dict[str, dict[int, int]] = {}
        self._numbers: dict[str, int] = {}  # of the last price of each symbol
        self._followers: dict[tuple[str, Address], None] = {}
        self._applied: dict[Address, int] = {}
        self.noted: dict[str, dict[int, int]] = {}
        self.latest: dict[str, int] = {}
        self.quotes = 0

    def handlers(self) -> dict[type, Handler]:
        """Return what judges each type of fact."""
        return {
            PriceSet: self.price_set,
            QuoteNoted: self.quote_noted,
            FollowerAdded: self.follower_added,
            StockListed: self.stock_listed,
        }

    def price_set(self, stock: Quoted, fact: PriceSet) -> None:
        """Remember a price, for those who follow the stock; none may be missing before it."""
        symbol = stock.symbol
        last = self._numbers.get(symbol, 0)
        self._numbers[symbol] = fact.number
        if fact.number != last + 1:
            self._world.report(
                "A13", f"price {fact.number} of {symbol} was set after price {last}", cause=fact
            )
        _keep(self._set, symbol, fact)

    def quote_noted(self, market_data: Quoted, fact: QuoteNoted) -> None:
        """Check that the market data has the price that the stock set, and none older."""
        symbol = fact.symbol
        self.check(symbol, fact, self.latest.get(symbol, 0))
        self.latest[symbol] = fact.number
        self._applied[f"{market_data.address} {symbol}"] = fact.number
        _keep(self.noted, symbol, fact)

    def watched(self, watcher: Address, symbol: str, fact: AlertPriceNoted, before: int) -> None:
        """Check that those who watch a price for customers have the one that the stock set."""
        self.check(symbol, fact, before)
        self._applied[f"{watcher} {symbol}"] = fact.number

    def last_of(self, symbol: str) -> int:
        """Return the number of the last price that was set; 0 for none."""
        return self._numbers.get(symbol, 0)

    def follower_added(self, stock: Quoted, fact: FollowerAdded) -> None:
        """Remember who must know the stock's last price in the end."""
        if not fact.follower.startswith(_FEED):  # whose subscribers say in the end what it knew
            self._followers[stock.symbol, fact.follower] = None

    def stock_listed(self, _: Quoted, fact: StockListed) -> None:
        """Expect that a listed stock is followed, whether or not the wish for that got there."""
        for follower in (book_of(fact.symbol), MARKET_DATA):
            self._followers[fact.symbol, follower] = None

    def check(
        self, symbol: str, fact: QuoteApplied | QuoteNoted | AlertPriceNoted, before: int
    ) -> None:
        """Check that a price which arrived is newer than the one before, and was set so."""
        self.quotes += 1
        if fact.number <= before:
            self._world.report(
                "A13", f"quote {fact.number} of {symbol} is taken after quote {before}", cause=fact
            )
        prices = self._set.get(symbol)
        price = None if prices is None else prices.get(fact.number)
        if price == fact.price:
            return
        if price is not None:
            self._world.report(
                "A13", f"price {fact.number} of {symbol} was set to {dollars(price)} and arrived "
                f"as {dollars(fact.price)}", cause=fact,
            )  # fmt: skip
        elif fact.number > self._numbers.get(symbol, 0):
            self._world.report(
                "A13", f"price {fact.number} of {symbol} arrived, and was never set", cause=fact
            )

    def check_rest(self, books: dict[Address, Quoted]) -> None:
        """Report followers that do not know the last price of their stock."""
        for symbol, follower in self._followers:
            book = books.get(follower)
            number = self._applied.get(f"{follower} {symbol}", book.number if book else 0)
            last = self._numbers.get(symbol, 0)
            if number != last:
                self._world.report(
                    "A16", f"{follower} never heard of price {last} of {symbol}; the last one "
                    f"it knows is {max(0, number)}",
                )  # fmt: skip


def _keep(table: dict[str, dict[int, int]], symbol: str, fact: PriceSet | QuoteNoted) -> None:
    prices = table.get(symbol)
    if prices is None:
        prices = table[symbol] = {}
    elif len(prices) >= _PRICES_KEPT:
        del prices[next(iter(prices))]
    prices[fact.number] = fact.price
