"""Market data: the latest quotes, search by symbol and name, and what a portfolio is worth."""

from __future__ import annotations

from typing import Final, TypeAlias, assert_never

import msgspec

from actors.actor import Actor, Outbox
from actors.addresses import stock_of
from actors.domain.search import SymbolIndex
from actors.messages.base import Address
from actors.messages.control import Remind
from actors.messages.facts import MarketDataFact, QuoteNoted, StockListed
from actors.messages.market import FollowPrice, ListStock, PrepareSearch, PriceAck, PriceChanged
from actors.messages.queries import (
    GetQuote,
    PortfolioAnswer,
    QuoteAnswer,
    SearchAnswer,
    SearchStocks,
    ValuePortfolio,
)

MarketDataMessage: TypeAlias = (
    PriceChanged | GetQuote | SearchStocks | ValuePortfolio | ListStock | PrepareSearch | Remind
)

PREPARES_AFTER_S: Final = 1.0
"""After a listing; it waits until none has come for so long."""
_SEARCHES_KEPT = 10_000


class Quote(msgspec.Struct, array_like=True, gc=False):
    """The latest price of a symbol, and which change of it this is."""

    number: int
    price: int


class MarketDataState(msgspec.Struct, array_like=True):
    """Names and latest quotes by symbol."""

    names: dict[str, str] = {}
    quotes: dict[str, Quote] = {}


class MarketData(Actor):
    """Answers what changes nothing: quotes, searches, valuations.

    What it has noted of a price is what every profit and loss is calculated with.
    """

    state_type = MarketDataState
    state: MarketDataState

    def __init__(self) -> None:
        super().__init__()
        self.index = SymbolIndex()
        self.found: dict[tuple[str, int], tuple[str, ...]] = {}  # by search, until a listing
        self.listed = 0  # stocks, when the timer was set that is on its way; 0 for no timer

    def derive(self) -> None:
        for symbol, name in self.state.names.items():
            self.index.add(symbol, name)

    def on_recovered(self) -> None:
        super().on_recovered()
        self.prepare_later()

    def outbox(self) -> Outbox:
        """Return the wishes for a first price."""
        quotes = self.state.quotes
        return {
            symbol: (stock_of(symbol), FollowPrice(self.address))
            for symbol in self.state.names
            if symbol not in quotes
        }

    def receive(self, message: MarketDataMessage, sender: Address) -> None:
        match message:
            case PriceChanged():
                self.note(message)
            case GetQuote():
                self.quote(message)
            case ValuePortfolio():
                self.value(message)
            case SearchStocks():
                self.search(message)
            case ListStock():
                self.record(StockListed(message.symbol, message.name))
                self.promise(stock_of(message.symbol), FollowPrice(self.address))
                if not self.listed:
                    self.prepare_later()
            case PrepareSearch():
                self.prepare()
            case Remind():
                self.resend()
            case _:
                assert_never(message)

    def note(self, change: PriceChanged) -> None:
        """Take a price, unless a newer one is known."""
        known = self.state.quotes.get(change.symbol)
        if known is None or change.number > known.number:
            self.record(QuoteNoted(change.symbol, change.number, change.price))
        number = self.state.quotes[change.symbol].number
        self.send(stock_of(change.symbol), PriceAck(number))

    def quote(self, query: GetQuote) -> None:
        known = self.state.quotes.get(query.symbol)
        number, price = (0, 0) if known is None else (known.number, known.price)
        self.send(query.reply_to, QuoteAnswer(query.command_id, query.symbol, price, number))

    def prepare_later(self) -> None:
        """Set the timer that makes the index, so that no search has to wait for it."""
        self.listed = len(self.state.names)
        if self.listed:
            self.send_later(PREPARES_AFTER_S, PrepareSearch())

    def prepare(self) -> None:
        """Make the index, unless stocks are being listed."""
        if len(self.state.names) == self.listed:
            self.listed = 0
            self.index.prepare()
        else:
            self.prepare_later()

    def search(self, query: SearchStocks) -> None:
        key = (query.text, query.limit)
        found = self.found.get(key)
        if found is None:
            found = tuple(self.index.search(query.text, query.limit))
            if len(self.found) == _SEARCHES_KEPT:
                self.found.clear()
            self.found[key] = found
        self.send(query.reply_to, SearchAnswer(query.command_id, found))

    def value(self, query: ValuePortfolio) -> None:
        """Value holdings at the latest prices; what has none yet is worth nothing."""
        quotes = self.state.quotes
        prices = tuple(
            quotes[line.symbol].price if line.symbol in quotes else 0 for line in query.holdings
        )
        worth = cost = 0
        for line, price in zip(query.holdings, prices, strict=True):
            worth += line.quantity * price
            cost += line.cost
        self.send(
            query.reply_to,
            PortfolioAnswer(
                query.command_id, query.account, query.cash, query.held, query.holdings, prices,
                worth, cost, query.realised, query.revision,
            ),
        )  # fmt: skip

    def apply(self, fact: MarketDataFact) -> None:
        match fact:
            case QuoteNoted():
                self.state.quotes[fact.symbol] = Quote(fact.number, fact.price)
            case StockListed():
                self.state.names[fact.symbol] = fact.name
                self.index.add(fact.symbol, fact.name)
                self.found.clear()
            case _:
                assert_never(fact)
