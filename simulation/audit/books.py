"""Judges what books record (A04, A05, A08, A12, A13, A15, A16, A21)."""

from __future__ import annotations

from typing import Final

from actors.domain.money import dollars
from actors.domain.orders import PriceType
from actors.domain.strategies import STRATEGIES
from actors.messages.facts import (
    OrderEntered,
    OrderExecuted,
    OrderFinished,
    OrderPlaced,
    OrderTombstoned,
    QuoteApplied,
    ReportConfirmed,
)
from actors.messages.orders import Ending
from simulation.audit.bounds import Bounds
from simulation.audit.findings import shares, told_of
from simulation.audit.model import BUY, PENDING, Handler, Order, Quoted, is_later
from simulation.audit.priority import NaiveBook, rule_of
from simulation.audit.quotes import QuoteAudit
from simulation.audit.sessions import Sessions
from simulation.audit.world import World

_LIMIT: Final = PriceType.LIMIT
_EXPIRED: Final = Ending.EXPIRED
_RAN_AWAY: Final = Ending.PRICE_RAN_AWAY
_FILLED: Final = Ending.FILLED
_CANCELLED: Final = Ending.CANCELLED


class BookAudit:
    """Follows orders through their books, next to a naive book that gets the same inputs.

    Args:
        world: What all parts share.
        quotes: What judges the prices that arrive.
        sessions: When executions are allowed.
        bounds: What no book may exceed.
    """

    def __init__(
        self, world: World, quotes: QuoteAudit, sessions: Sessions, bounds: Bounds
    ) -> None:
        self._world = world
        self._check_quote = quotes.check
        self._orders = world.orders
        self._legs = world.legs
        self._unconfirmed_at_most = bounds.unconfirmed
        self._sessions = sessions
        self.entered = 0
        self.executed = 0
        self.finished = 0
        self.confirmed = 0

    def handlers(self) -> dict[type, Handler]:
        """Return what judges each type of fact."""
        return {
            OrderEntered: self.order_entered,
            OrderExecuted: self.order_executed,
            OrderFinished: self.order_finished,
            OrderTombstoned: self.order_tombstoned,
            ReportConfirmed: self.report_confirmed,
            QuoteApplied: self.quote_applied,
        }

    def quote_applied(self, book: Quoted, fact: QuoteApplied) -> None:
        """Let a price stand in a book, and make due what it triggers."""
        self._check_quote(book.symbol, fact, book.number)
        book.number = fact.number
        book.price = fact.price
        if self._is_open(self._world.at_us):
            book.naive.trigger(fact.price)

    def end_batch(self, book: Quoted) -> None:
        """Report what a batch had to do and has not done."""
        is_closing = book.naive.closing
        for order_id in book.naive.settle():
            order = self._orders.get(order_id)
            if order is None:
                continue
            is_new = order_id not in book.naive.keys
            if is_new and order.ending is None and order.placed.price_type is _LIMIT:
                book.naive.wait(order_id, order.placed.order_type, order.placed.worst_price)
            self._world.report(
                "A08", f"at {dollars(book.price)} the book should have "
                f"{self._should(book, order)}, and has not", order_id, order.placed,
            )  # fmt: skip
        for order_id in book.naive.waiting() if is_closing else ():
            self._world.report(
                "A16", f"the order still waits after the close of {book.address}", order_id
            )

    def _is_open(self, at_us: int) -> bool:
        return self._sessions.at(at_us) is not None

    def _should(self, book: Quoted, order: Order) -> str:
        placed = order.placed
        what = f"this {placed.order_type.value} at {dollars(placed.worst_price)}"
        price, worst = book.price, placed.worst_price
        is_met = price <= worst if placed.order_type is BUY else price >= worst
        is_due = price > 0 and is_met and self._is_open(self._world.at_us)
        return f"{'executed' if is_due else 'ended'} {what}"

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
        if placed.worst_price != fact.worst_price:
            self._world.report(
                "A15", f"the book may go as far as {dollars(fact.worst_price)}, and the account "
                f"holds for {dollars(placed.worst_price)}", fact.order_id, fact,
            )  # fmt: skip
        if (
            placed.quantity != fact.quantity
            or placed.order_type is not fact.order_type
            or placed.price_type is not fact.price_type
            or placed.symbol != book.symbol
            or placed.trigger_price != fact.trigger_price
            or order.account != fact.account
        ):
            self._world.report(
                "A05", f"the order in {book.address} is not the one that was placed: "
                f"{told_of(placed)}", fact.order_id, fact,
            )  # fmt: skip
        order.entered = True
        self._enter_naively(book, fact, placed)

    def _enter_naively(self, book: Quoted, fact: OrderEntered, placed: OrderPlaced) -> None:
        """Let the naive book say what must become of an order that came in."""
        price, worst, naive = book.price, fact.worst_price, book.naive
        at_us, sessions = self._world.at_us, self._sessions
        if not sessions.is_open_for(book, placed, at_us):
            is_to_come = sessions.is_to_come(book, placed, at_us)
            naive.end_at_once(fact.order_id, None if is_to_come else _EXPIRED)
        elif STRATEGIES[fact.price_type].is_watched:
            self._enter_by_rule(naive, fact, price)
        elif price > 0 and (price <= worst if fact.order_type is BUY else price >= worst):
            naive.execute_at_once(fact.order_id, fact.order_type)
        elif fact.price_type is _LIMIT:
            naive.wait(fact.order_id, fact.order_type, worst)
        else:
            naive.end_at_once(fact.order_id, _RAN_AWAY)

    @staticmethod
    def _enter_by_rule(naive: NaiveBook, fact: OrderEntered, price: int) -> None:
        """Judge a strategy of somebody's own by its own rule, which is all that is known of it."""
        rule = rule_of(fact)
        if price > 0 and rule(price):
            naive.execute_at_once(fact.order_id, fact.order_type)
        elif STRATEGIES[fact.price_type].waits:
            naive.watch(fact.order_id, fact.order_type, rule)
        else:
            naive.end_at_once(fact.order_id, _RAN_AWAY)

    def order_executed(self, book: Quoted, fact: OrderExecuted) -> None:
        """Let an execution fly to its account; judge its number, its time and its price."""
        self.executed += 1
        execution_id = fact.execution_id
        last = book.last_execution_id
        book.last_execution_id = execution_id
        self._legs[execution_id] = fact
        amiss = book.naive.executed(fact.order_id, fact.order_type)
        book.unconfirmed += 1
        if (
            fact.price != book.price
            or book.closed
            or self._sessions.at(fact.at_us) is None
            or len(execution_id) < len(last)
            or (execution_id <= last and len(execution_id) == len(last))
        ):
            self._explain_place(book, fact, last)
        order = self._orders.get(fact.order_id)
        if order is None:
            self._unknown(fact)
            return
        if self._sessions.by_fact and self._sessions.of(order.placed) != self._sessions.at(
            fact.at_us
        ):
            self._explain_hours(fact)
        self._execute(order, fact, amiss)
        if book.unconfirmed > self._unconfirmed_at_most:
            self._explain_size(book)

    def _execute(self, order: Order, fact: OrderExecuted, amiss: str) -> None:
        """Judge an execution by the order, and let it grow."""
        placed = order.placed
        price, quantity = fact.price, fact.quantity
        executed = order.executed + quantity
        if (
            order.ending is not None
            or quantity <= 0
            or executed > placed.quantity
            or (price > order.worst if fact.order_type is BUY else price < order.worst)
            or not order.entered
            or order.account != fact.account
            or placed.order_type is not fact.order_type
        ):
            self._explain_execution(order, fact, executed)
        elif (amiss or quantity != placed.quantity) and self._is_open(fact.at_us):
            self._explain_priority(order, fact, amiss)
        order.executed = executed
        order.execution = fact
        order.unconfirmed += 1
        if fact.executed is not None:
            order.ending = _FILLED
            if fact.executed != executed:
                self._explain_sum(fact, executed)

    def order_finished(self, book: Quoted, fact: OrderFinished) -> None:
        """Take the book's last word on an order."""
        order = self._orders.get(fact.order_id)
        self.finished += 1
        book.unconfirmed += 1
        had_to = book.naive.ended(fact.order_id, fact.ending)
        book.deferred.pop(fact.order_id, None)
        if order is None:
            self._unknown(fact)
            return
        if order.ending is not None or not order.entered:
            self._world.report(
                "A04", "the book ends an order that does not wait in it", fact.order_id, fact
            )
        elif not had_to:
            self._judge_ending(book, order, fact, had_to)
        if fact.executed != order.executed:
            self._explain_sum(fact, order.executed)
        order.ending = fact.ending
        order.unconfirmed += 1

    def _judge_ending(
        self, book: Quoted, order: Order, fact: OrderFinished, had_to: bool | None
    ) -> None:
        """Judge the end of an order that did not have to end."""
        is_over = self._sessions.is_over_for(order.placed, self._world.at_us)
        if fact.ending is _CANCELLED:
            if not order.cancels:
                self._explain_cancel(fact)
        elif had_to is False or fact.ending is not _EXPIRED or not is_over:
            self._world.report(
                "A08", f"the book ends an order as {fact.ending.value}, which should have "
                f"{'executed' if had_to is False else 'waited'} at {dollars(book.price)}",
                fact.order_id, fact,
            )  # fmt: skip

    def order_tombstoned(self, book: Quoted, fact: OrderTombstoned) -> None:
        """Take note that the book ended an order that has not come in yet."""
        order = self._orders.get(fact.order_id)
        self.finished += 1
        book.unconfirmed += 1
        if order is None:
            self._unknown_stone(fact)
            return
        if order.entered or order.ending is not None:
            self._world.report(
                "A04", "the book lays a tombstone for an order that it has had", fact.order_id,
                fact,
            )  # fmt: skip
        if not order.cancels:
            self._explain_cancel(fact)
        order.ending = _CANCELLED
        order.unconfirmed += 1

    def report_confirmed(self, book: Quoted, fact: ReportConfirmed) -> None:
        """Check that the account has durably what it is said to have, and that it was told."""
        order = self._orders.get(fact.order_id)
        self.confirmed += 1
        book.unconfirmed -= 1
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
        if book.closed or not self._is_open(fact.at_us):
            self._explain_hours(fact)

    def _explain_execution(self, order: Order, fact: OrderExecuted, executed: int) -> None:
        worst_price = order.worst
        if fact.price > worst_price if fact.order_type is BUY else fact.price < worst_price:
            self._world.report(
                "A13", f"a {fact.order_type.value} executed at {dollars(fact.price)}, beyond its "
                f"worst price of {dollars(worst_price)}", fact.order_id, fact,
            )  # fmt: skip
        is_other = order.placed.order_type is not fact.order_type
        if is_other or not order.entered or order.account != fact.account:
            self._world.report(
                "A05", f"the book executes a {fact.order_type.value} of {fact.account}, which that "
                "account did not bring into it",
                fact.order_id, fact,
            )  # fmt: skip
        if order.ending is not None or not 0 < fact.quantity <= executed <= order.placed.quantity:
            self._explain_too_much(order, fact, executed)

    def _explain_priority(self, order: Order, fact: OrderExecuted, amiss: str) -> None:
        placed = order.placed
        self._world.report(
            "A08", f"a {placed.order_type.value} at {dollars(placed.worst_price)} for "
            f"{placed.quantity:,} executes {fact.quantity:,} at {dollars(fact.price)} "
            f"{amiss or 'and not the whole of it'}", fact.order_id, fact,
        )  # fmt: skip

    def _explain_cancel(self, fact: OrderFinished | OrderTombstoned) -> None:
        self._world.report(
            "A04", "the book cancels an order, and nobody has asked for that", fact.order_id, fact
        )

    def _explain_size(self, book: Quoted) -> None:
        self._world.report(
            "A21", f"{book.unconfirmed:,} reports of {book.address} are not confirmed; at most "
            f"{self._unconfirmed_at_most:,} may be",
        )  # fmt: skip

    def _explain_sum(self, fact: OrderExecuted | OrderFinished, executed: int) -> None:
        self._world.report(
            "A05", f"the book reports {fact.executed:,} shares executed in all, and its "
            f"executions sum to {executed:,}", fact.order_id, fact,
        )  # fmt: skip

    def _explain_hours(self, fact: OrderExecuted) -> None:
        self._world.report(
            "A12", f"an execution at {fact.at_us / 1e6:,.6f} s by the book's clock; the market "
            f"is open {self._sessions.in_words()}, if this is the order's session and "
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
