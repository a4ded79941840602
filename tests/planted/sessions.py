"""Books with a bug in how they keep their sessions."""

from __future__ import annotations

from collections.abc import Iterable

from actors.domain.market_hours import Hours
from actors.domain.strategies import STRATEGIES
from actors.messages.base import OrderId
from actors.messages.orders import SubmitOrder
from actors.order_book import OrderBook
from planted.activation import act_up


class ExecutesBeforeTheOpening(OrderBook):
    """An early order whose limit is met is executed as it comes in, before the opening."""

    def defer_or_expire(self, order: SubmitOrder) -> None:
        price, strategy = self.state.price, STRATEGIES[order.price_type]
        is_met = price and strategy.can_execute(order.order_type, order.worst_price, price)
        if is_met and self.is_to_come(order.session_us, order.price_type):
            act_up()
            self.execute(order.order_id)
        else:
            super().defer_or_expire(order)


class ExpiresWithTheNextSession(OrderBook):
    """An order that came in early outlives its session, and expires with the one after it."""

    def __init__(self, symbol: str, hours: Hours) -> None:
        super().__init__(symbol, hours)
        self.early: set[OrderId] = set()

    def defer_or_expire(self, order: SubmitOrder) -> None:
        super().defer_or_expire(order)
        if order.order_id in self.state.deferred:
            self.early.add(order.order_id)

    def expire(self, order_ids: Iterable[OrderId]) -> None:
        for order_id in order_ids:
            if order_id in self.early:
                act_up()
                self.early.discard(order_id)
            else:
                super().expire([order_id])


class SessionIgnored(OrderBook):
    """An order that comes in late is executed in a session that is not its own."""

    def is_of_this_session(self, session_us: int) -> bool:
        if not super().is_of_this_session(session_us):
            act_up()
        return True


class OpeningMissesOrders(OrderBook):
    """The opening executes nothing: early orders wait for the first tick of the session."""

    def execute_what_is_met(self) -> None:
        if self.is_opening:
            act_up()
        else:
            super().execute_what_is_met()

    is_opening = False

    def open_session(self) -> None:
        self.is_opening = any(self.state.deferred)
        super().open_session()
        self.is_opening = False
