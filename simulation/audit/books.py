"""Judges what books, stocks and the market data record (A04, A05, A12, A13, A16)."""

from __future__ import annotations

from typing import Final

from actors.domain.market_hours import ALWAYS_OPEN, MarketHours
from actors.domain.money import dollars
from actors.messages.facts import (
    OrderEntered,
    OrderExecuted,
    OrderFinished,
    OrderTombstoned,
    PriceSet,
    QuoteApplied,
    QuoteNoted,
    ReportConfirmed,
    SessionClosed,
)
from actors.messages.orders import Ending
from simulation.audit.findings import shares
from simulation.audit.model import BUY, PENDING, Handler, Order, Quoted, World, is_later

_PRICES_KEPT: Final = 1_024  # of each symbol, for followers that lag behind
_FILLED: Final = Ending.FILLED
_CANCELLED: Final = Ending.CANCELLED


class BookAudit:
    """Follows orders through their books, and prices from their stocks to the books."""

    def __init__(self, world: World, hours: MarketHours | None) -> None:
        self._world = world
        self._orders = world.orders
        self._legs = world.legs
        self._prices: dict[str, dict[int, int]] = {}
        hours = hours or ALWAYS_OPEN
        self._opens_us = hours.opens_us
        self._closes_us = hours.closes_us
        self.entered = 0
        self.executed = 0
        self.finished = 0
        self.confirmed = 0
        self.quotes = 0

    def handlers(self) -> dict[type, Handler]:
        """Return what judges each type of fact."""
        return {
            OrderEntered: self.order_entered,
            OrderExecuted: self.order_executed,
            OrderFinished: self.order_finished,
            OrderTombstoned: self.order_tombstoned,
            ReportConfirmed: self.report_confirmed,
            QuoteApplied: self.quote_applied,
            QuoteNoted: self.quote_noted,
            PriceSet: self.price_set,
            SessionClosed: self.session_closed,
        }

    @staticmethod
    def session_closed(book: Quoted, _: SessionClosed) -> None:
        """Let nothing execute in a book from here on."""
        book.closed = True

    def price_set(self, stock: Quoted, fact: PriceSet) -> None:
        """Remember a price, for those who follow the stock."""
        prices = self._prices.get(stock.symbol)
        if prices is None:
            prices = self._prices[stock.symbol] = {}
        elif len(prices) >= _PRICES_KEPT:
            del prices[next(iter(prices))]
        prices[fact.number] = fact.price

    def quote_noted(self, _: Quoted, fact: QuoteNoted) -> None:
        """Check that the market data has the price that the stock set."""
        self._check_price(fact.symbol, fact)

    def quote_applied(self, book: Quoted, fact: QuoteApplied) -> None:
        """Let a price stand in a book; it must be newer than the one before."""
        if fact.number <= book.number:
            self._world.report(
                "A13", f"quote {fact.number} is applied after quote {book.number}", cause=fact
            )
        book.number = fact.number
        book.price = fact.price
        self._check_price(book.symbol, fact)

    def _check_price(self, symbol: str, fact: QuoteApplied | QuoteNoted) -> None:
        self.quotes += 1
        prices = self._prices.get(symbol)
        price = None if prices is None else prices.get(fact.number)
        if price is not None and price != fact.price:
            self._world.report(
                "A13", f"price {fact.number} of {symbol} was set to {dollars(price)} and arrived "
                f"as {dollars(fact.price)}", cause=fact,
            )  # fmt: skip

    def order_entered(self, book: Quoted, fact: OrderEntered) -> None:
        """Check that the order is the one that its account placed, and new to the book."""
        order = self._orders.get(fact.order_id)
        self.entered += 1
        if order is None:
            self._unknown(fact)
            return
        placed = order.placed
        if order.entered or order.ending is not None:
            self._world.report(
                "A05", "the book takes in an order that it had before", fact.order_id, fact
            )
        if (
            placed.quantity != fact.quantity
            or placed.worst_price != fact.worst_price
            or placed.order_type is not fact.order_type
            or placed.price_type is not fact.price_type
            or placed.symbol != book.symbol
            or order.account != fact.account
        ):
            self._world.report(
                "A05", f"the order in {book.address} is not the one that was placed: {placed!r}",
                fact.order_id, fact,
            )  # fmt: skip
        order.entered = True

    def order_executed(self, book: Quoted, fact: OrderExecuted) -> None:
        """Let an execution fly to its account; judge its number, its time and its price."""
        self.executed += 1
        execution_id = fact.execution_id
        last = book.last_execution_id
        book.last_execution_id = execution_id
        self._legs[execution_id] = fact
        price = fact.price
        if (
            price != book.price
            or book.closed
            or not self._opens_us <= fact.at_us < self._closes_us
            or len(execution_id) < len(last)
            or (execution_id <= last and len(execution_id) == len(last))
        ):
            self._explain_place(book, fact, last)
        order = self._orders.get(fact.order_id)
        if order is None:
            self._unknown(fact)
            return
        placed = order.placed
        quantity = fact.quantity
        executed = order.executed + quantity
        if (
            order.ending is not None
            or quantity <= 0
            or executed > placed.quantity
            or (
                price > placed.worst_price if fact.order_type is BUY else price < placed.worst_price
            )
            or not order.entered
            or order.account != fact.account
        ):
            self._explain_execution(order, fact, executed)
        order.executed = executed
        order.execution = fact
        order.unconfirmed += 1
        if fact.executed is not None:
            order.ending = _FILLED
            if fact.executed != executed:
                self._explain_sum(fact, executed)

    def order_finished(self, _: Quoted, fact: OrderFinished) -> None:
        """Take the book's last word on an order."""
        order = self._orders.get(fact.order_id)
        self.finished += 1
        if order is None:
            self._unknown(fact)
            return
        if order.ending is not None or not order.entered:
            self._world.report(
                "A04", "the book ends an order that does not wait in it", fact.order_id, fact
            )
        if fact.executed != order.executed:
            self._explain_sum(fact, order.executed)
        order.ending = fact.ending
        order.unconfirmed += 1

    def order_tombstoned(self, _: Quoted, fact: OrderTombstoned) -> None:
        """Take note that the book ended an order that has not come in yet."""
        order = self._orders.get(fact.order_id)
        self.finished += 1
        if order is None:
            self._unknown_stone(fact)
            return
        if order.entered or order.ending is not None:
            self._world.report(
                "A04", "the book lays a tombstone for an order that it has had", fact.order_id,
                fact,
            )  # fmt: skip
        order.ending = _CANCELLED
        order.unconfirmed += 1

    def report_confirmed(self, _: Quoted, fact: ReportConfirmed) -> None:
        """Check that the account has durably what it is said to have, and that it was told."""
        order = self._orders.get(fact.order_id)
        self.confirmed += 1
        if order is None:
            return  # confirmed once more, after both ends were done
        missing = not order.ended if fact.execution_id is None else fact.execution_id in self._legs
        if missing or not order.unconfirmed:
            self._world.report(
                "A05", "a report counts as confirmed that its account "
                f"{'has not taken down' if missing else 'was never sent'}", fact.order_id, fact,
            )  # fmt: skip
        order.unconfirmed -= 1
        if (
            order.unconfirmed <= 0
            and order.status is not PENDING
            and (order.reported or not order.asked)
        ):
            self._world.forget(order)

    def _unknown(self, fact: OrderEntered | OrderExecuted | OrderFinished) -> None:
        self._world.report(
            "A16", f"the book deals with an order that {fact.account} never placed, or that both "
            "are done with", fact.order_id, fact,
        )  # fmt: skip

    def _unknown_stone(self, fact: OrderTombstoned) -> None:
        """Report a stone for an order that never was; for one that is long done it is in order.

        A cancel may come to a book that is done with the order and has forgotten it.
        """
        last = self._world.account(fact.account).last_order_id
        if (len(fact.order_id), fact.order_id) > (len(last), last):
            self._world.report(
                "A16", f"a tombstone for an order that {fact.account} never placed",
                fact.order_id, fact,
            )  # fmt: skip

    def _explain_place(self, book: Quoted, fact: OrderExecuted, last: str) -> None:
        if not is_later(fact.execution_id, last):
            self._world.report(
                "A05", f"execution id {fact.execution_id} does not come after {last}, the book's "
                "last one", fact.order_id, fact,
            )  # fmt: skip
        if fact.price != book.price:
            self._world.report(
                "A13", f"an execution at {dollars(fact.price)}, while the quote stood at "
                f"{dollars(book.price)}", fact.order_id, fact,
            )  # fmt: skip
        if book.closed or not self._opens_us <= fact.at_us < self._closes_us:
            self._explain_hours(fact)

    def _explain_execution(self, order: Order, fact: OrderExecuted, executed: int) -> None:
        worst_price = order.placed.worst_price
        if fact.price > worst_price if fact.order_type is BUY else fact.price < worst_price:
            self._world.report(
                "A13", f"a {fact.order_type.value} executed at {dollars(fact.price)}, beyond its "
                f"worst price of {dollars(worst_price)}", fact.order_id, fact,
            )  # fmt: skip
        if not order.entered or order.account != fact.account:
            self._world.report(
                "A05", "the book executes an order that this account did not bring into it",
                fact.order_id, fact,
            )  # fmt: skip
        if order.ending is not None or not 0 < fact.quantity <= executed <= order.placed.quantity:
            self._explain_too_much(order, fact, executed)

    def _explain_sum(self, fact: OrderExecuted | OrderFinished, executed: int) -> None:
        self._world.report(
            "A05", f"the book reports {fact.executed:,} shares executed in all, and its "
            f"executions sum to {executed:,}", fact.order_id, fact,
        )  # fmt: skip

    def _explain_hours(self, fact: OrderExecuted) -> None:
        self._world.report(
            "A12", f"an execution at {fact.at_us / 1e6:,.6f} s by the book's clock; the market "
            f"is open from {self._opens_us / 1e6:,.6f} s to {self._closes_us / 1e6:,.6f} s, if "
            "the book has not closed before", fact.order_id, fact,
        )  # fmt: skip

    def _explain_too_much(self, order: Order, fact: OrderExecuted, executed: int) -> None:
        placed = order.placed
        self._world.report(
            "A04", f"an execution of {shares(fact.quantity, placed.symbol)} makes {executed:,} of "
            f"{placed.quantity:,} ordered; the order was "
            f"{'ended' if order.ending is not None else order.status.value} by then",
            fact.order_id, fact,
        )  # fmt: skip
