"""What people hold of the price feed: observers, histories, watch lists and live portfolios."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import msgspec

from actors.addresses import feed_of
from actors.domain.price_history import KEPT, PastPrice
from actors.handles import PATIENCE_S, StockHandle
from actors.messages.feed import GetHistory, HistoryAnswer
from actors.observers import Observed, ObserverActor, PriceObserver
from actors.price_feed import PriceFeed

if TYPE_CHECKING:
    from actors.brokerage import Brokerage

_STOCK_NOTE = tuple[str, str, int]


class WatchHandles:
    """The part of a brokerage that lets people follow prices.

    Feeds are started when somebody first wants to follow a price, so that a brokerage in which
    nobody does pays nothing for them.
    """

    _feeds_are_open = False
    _observers = 0

    def open_feeds(self: Any) -> None:
        """Start a feed for each stock, now and for those that are listed later."""
        with self._changing:
            if self._feeds_are_open:
                return
            self._feeds_are_open = True
            for symbol in self._noted("stock/"):
                note = self._notes[f"stock/{symbol}"]
                self._start_feed(symbol, msgspec.msgpack.decode(note, type=_STOCK_NOTE)[2])

    def _start_feed(self: Any, symbol: str, opening: int) -> None:
        if self._feeds_are_open:
            self.runtime.spawn(feed_of(symbol), PriceFeed, symbol, opening)

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
            ValueError: A stock is not listed, or the interval is negative.
        """
        self.refuse_if_closed()
        if interval_s < 0:
            raise ValueError(f"an interval is not negative, as {interval_s:g} s is")
        named = [stocks] if isinstance(stocks, (str, StockHandle)) else list(stocks)
        symbols = [stock if isinstance(stock, str) else stock.symbol for stock in named]
        observed = Observed(observer, (self.stock(symbol).symbol for symbol in symbols), interval_s)
        self.open_feeds()
        with self._changing:
            self._observers += 1
            address = f"observer/{self._observers}"
        observed.attached(self.runtime, address)
        self.runtime.spawn(address, ObserverActor, observed)
        self.runtime.run_until_idle(PATIENCE_S)
        return observed


def history_of(brokerage: Brokerage, symbol: str, limit: int) -> list[PastPrice]:
    """Return the latest prices of a stock, the oldest of them first."""
    if not 0 <= limit <= KEPT:
        raise ValueError(f"a stock keeps its last {KEPT:,} prices; ask for 0 to {KEPT}")
    query = GetHistory(brokerage.next_command_id(), symbol, limit, brokerage.client)
    answer = brokerage.ask(query)
    assert isinstance(answer, HistoryAnswer)
    first = answer.last - len(answer.prices) + 1
    pairs = zip(answer.prices, answer.at_us, strict=True)
    return [PastPrice(number, *pair) for number, pair in enumerate(pairs, first)]
