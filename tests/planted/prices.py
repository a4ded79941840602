"""Books, stocks and market data with a bug in how prices travel and what they trigger."""

from __future__ import annotations

from typing import Any

from actors.actor import Outbox
from actors.addresses import stock_of
from actors.domain.matching import PriceTimeQueue
from actors.domain.orders import OrderType
from actors.domain.strategies import can_execute
from actors.market_data import MarketData
from actors.messages.base import OrderId
from actors.messages.facts import PriceSet, QuoteApplied, QuoteNoted
from actors.messages.market import PriceAck, PriceChanged, SetPrice
from actors.order_book import OrderBook
from actors.stock import Stock
from planted.activation import act_up


class _Disordered(OrderBook):
    """Executes what a price meets, in an order of its own."""

    def change_price(self, change: PriceChanged) -> None:
        state = self.state
        if change.number <= state.number or not self.hours.is_open(self.now_us):
            super().change_price(change)
            return
        self.record(QuoteApplied(change.number, change.price))
        self.send(stock_of(self.symbol), PriceAck(state.number))
        for queue in (state.buys, state.sells):
            met = [
                one for one in queue if can_execute(queue.order_type, self.limit(one), change.price)
            ]
            wrong = sorted(met, key=self.wrong_rank)
            if wrong != met:
                act_up()
            for order_id in wrong:
                self.execute(order_id)

    def limit(self, order_id: OrderId) -> int:
        limit: int = self.state.booked[order_id].worst_price
        return limit

    def arrival(self, order_id: OrderId) -> int:
        state = self.state
        queue = state.buys if order_id in state.buys else state.sells
        arrival: int = queue.waiting[order_id]
        return arrival

    def wrong_rank(self, order_id: OrderId) -> Any:
        raise NotImplementedError


class LastComeFirst(_Disordered):
    """Among orders of one limit, the one that came last is executed first."""

    def wrong_rank(self, order_id: OrderId) -> Any:
        limit = self.limit(order_id)
        return -limit if order_id in self.state.buys else limit, -self.arrival(order_id)


class PriceIgnored(_Disordered):
    """Orders that a price meets are executed as they came, not the best limit first."""

    def wrong_rank(self, order_id: OrderId) -> Any:
        return self.arrival(order_id)


class StalePrice(OrderBook):
    """An older price that comes late is applied."""

    def change_price(self, change: PriceChanged) -> None:
        if change.number < self.state.number:
            act_up()
            self.record(QuoteApplied(change.number, change.price))
        super().change_price(change)


class MissesTriggers(OrderBook):
    """A price change executes buys that it meets, and leaves the sells to wait."""

    def change_price(self, change: PriceChanged) -> None:
        sells, self.state.sells = self.state.sells, PriceTimeQueue(OrderType.SELL)
        super().change_price(change)
        self.state.sells = sells
        if sells.first_met(change.price) is not None:
            act_up()


class ReplicaGoesBack(MarketData):
    """The market data takes an older quote that comes late."""

    def note(self, change: PriceChanged) -> None:
        known = self.state.quotes.get(change.symbol)
        if known is not None and change.number < known.number:
            act_up()
            self.record(QuoteNoted(change.symbol, change.number, change.price))
        super().note(change)


class PriceToldOnce(Stock):
    """A price that was lost on its way is not told again."""

    def outbox(self) -> Outbox:
        if super().outbox():
            act_up()
        return {}


class PriceNumbersRestart(Stock):
    """The numbers of price changes begin anew after a crash."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.made = 1

    def set_price(self, command: SetPrice) -> None:
        self.made += 1
        if self.made <= self.state.number:
            act_up()
        self.record(PriceSet(self.made, command.price))
        for follower in self.state.followers:
            self.promise(follower, self.price_changed())
