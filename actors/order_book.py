"""An order book of the quote venue: it alone decides what becomes of a submitted order."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final, TypeAlias

import msgspec

from actors.actor import Outbox
from actors.addresses import OPERATIONS, stock_of
from actors.domain.market_hours import ALWAYS_OPEN, Hours
from actors.domain.matching import PriceTimeQueue
from actors.domain.orders import OrderType, PriceType
from actors.domain.pricing import StrategyFailed, is_wanted
from actors.domain.strategies import STRATEGIES, can_execute
from actors.domain.text_set import TextSet
from actors.messages.base import Address, ByKind, ExecutionId, OrderId
from actors.messages.control import Alarm, Remind
from actors.messages.facts import (
    BookFact,
    OrderDeferred,
    OrderEntered,
    OrderExecuted,
    OrderFinished,
    OrderTombstoned,
    QuoteApplied,
    ReportConfirmed,
    SessionClosed,
    SessionOpened,
)
from actors.messages.market import (
    CloseSession,
    FollowPrice,
    LookAtClock,
    PriceAck,
    PriceChanged,
)
from actors.messages.orders import (
    CancelSubmitted,
    Ending,
    EndReport,
    ExecutionReport,
    ReportAck,
    SubmitAck,
    SubmitOrder,
)
from actors.session_keeping import SessionKeeper

BookMessage: TypeAlias = (
    SubmitOrder | ReportAck | PriceChanged | CancelSubmitted | CloseSession | LookAtClock | Remind
)

_BUY = OrderType.BUY  # looking an enumeration's member up in its class is slow in Python 3.11
_LIMIT = PriceType.LIMIT
_MARKET = PriceType.MARKET


class BookedOrder(msgspec.Struct, array_like=True, gc=False):
    """An order that has come in and has not ended."""

    account: Address
    order_type: OrderType
    price_type: PriceType
    quantity: int
    worst_price: int
    trigger_price: int = 0


class Report(msgspec.Struct, array_like=True, gc=False):
    """What an account has been told of an order's end and has not acknowledged.

    Attributes:
        execution_id: None for an end without an execution.
        executed: Shares executed in all.
    """

    account: Address
    execution_id: ExecutionId | None
    price: int
    at_us: int
    executed: int
    ending: Ending


class BookState(msgspec.Struct, array_like=True):
    """What a book durably knows."""

    number: int = 0  # of the last price change that was applied
    price: int = 0  # 0 before the first quote
    booked: dict[OrderId, BookedOrder] = {}
    buys: PriceTimeQueue = msgspec.field(default_factory=lambda: PriceTimeQueue(OrderType.BUY))
    sells: PriceTimeQueue = msgspec.field(default_factory=lambda: PriceTimeQueue(OrderType.SELL))
    # So that no late copy of a submit is executed again.
    ended: TextSet = msgspec.field(default_factory=TextSet)
    unconfirmed: dict[OrderId, Report] = {}
    executions: int = 0
    is_closed: bool = False  # its trading day is over
    # Those that wait by the rule of a strategy of somebody's own, the oldest first.
    watched: dict[OrderId, None] = {}
    session_us: int | None = None  # opening of the session that was opened last
    deferred: dict[OrderId, int] = {}  # to the opening of the session that it is for


class OrderBook(SessionKeeper):
    """The waiting orders of one symbol, executed whole at the current price.

    Invariants: an order is booked or ended, never both; it is executed at most once, at the
    current price, and never at a price worse than its worst one.

    Args:
        symbol: What is traded.
        hours: When the book executes, judged by its own clock. With a calendar, each session
            begins and ends by a fact, so that nothing of one is carried over into another.
    """

    state_type = BookState
    state: BookState

    def __init__(self, symbol: str, hours: Hours = ALWAYS_OPEN) -> None:
        super().__init__(hours)
        self.symbol = symbol

    def on_start(self) -> None:
        self.promise(stock_of(self.symbol), FollowPrice(self.address))
        self.await_close()

    def on_recovered(self) -> None:
        super().on_recovered()
        self.await_close()

    def outbox(self) -> Outbox:
        """Return the reports that no account has acknowledged, and the wish for a first price."""
        waiting: Outbox = {
            order_id: (report.account, self.report_of(order_id, report))
            for order_id, report in self.state.unconfirmed.items()
        }
        if not self.state.number:
            waiting[FollowPrice] = stock_of(self.symbol), FollowPrice(self.address)
        return waiting

    def await_close(self) -> None:
        """Set the alarm clock: for the close, or for whatever comes next in a calendar."""
        if self.has_sessions:
            bell_us = self.next_bell_us()
            if bell_us is not None:
                self.send_later(max(0, bell_us - self.now_us) / 1e6, LookAtClock())
        elif self.hours.ever_closes():
            self.send_later(self.hours.until_close_us(self.now_us) / 1e6, CloseSession())

    def receive(self, message: BookMessage, sender: Address) -> None:
        _HANDLERS[type(message)](self, message)

    def look_at_clock(self) -> None:
        self.keep_time()
        self.await_close()

    def enter(self, order: SubmitOrder) -> None:
        """Execute an order, let it wait, or end it with nothing executed; each order once."""
        order_id, state = order.order_id, self.state
        if order_id in state.ended or order_id in state.booked:
            self.send(order.account, SubmitAck(order_id))
            return
        self.keep_time()
        self.record(
            OrderEntered(
                order_id, order.account, order.order_type, order.price_type, order.quantity,
                order.worst_price, order.trigger_price,
            )
        )  # fmt: skip
        strategy = STRATEGIES[order.price_type]
        if not self.is_open() or not self.is_of_this_session(order.session_us):
            self.defer_or_expire(order)
        elif (
            state.price
            and strategy.can_execute(order.order_type, order.worst_price, state.price)
            and (not strategy.is_watched or self.is_due(order))
        ):
            self.execute(order_id)
        elif strategy.waits:
            self.send(order.account, SubmitAck(order_id))
        else:
            self.finish(order_id, order.account, Ending.PRICE_RAN_AWAY)

    def is_due(self, order: SubmitOrder | BookedOrder) -> bool:
        """Tell whether a watched order is to execute now, and its hold covers that."""
        side, worst, price = order.order_type, order.worst_price, self.state.price
        if not can_execute(side, worst, price):
            return False
        try:
            return is_wanted(order.price_type, side, worst, order.trigger_price, price)
        except StrategyFailed as failed:  # it waits on: nobody else's order may suffer from it
            self.send(OPERATIONS, Alarm(f"{self.address}: {failed}"))
            return False

    def defer_or_expire(self, order: SubmitOrder) -> None:
        """Let an order wait for its session, or end it because that is over."""
        if self.is_to_come(order.session_us, order.price_type):
            self.record(OrderDeferred(order.order_id, order.session_us))
            self.send(order.account, SubmitAck(order.order_id))
        else:
            self.finish(order.order_id, order.account, Ending.EXPIRED)

    def execute(self, order_id: OrderId) -> None:
        """Execute a booked order whole, at the current price."""
        state = self.state
        order = state.booked[order_id]
        quantity = order.quantity
        self.record(
            OrderExecuted(
                f"{self.symbol}:{state.executions + 1}", order_id, order.account,
                order.order_type, quantity, state.price, self.now_us, quantity,
            )
        )  # fmt: skip
        self.report(order_id, state.unconfirmed[order_id])

    def finish(self, order_id: OrderId, account: Address, ending: Ending) -> None:
        """End an order with nothing executed."""
        self.record(OrderFinished(order_id, account, 0, ending))
        self.report(order_id, self.state.unconfirmed[order_id])

    def report(self, order_id: OrderId, report: Report) -> None:
        self.promise(report.account, self.report_of(order_id, report))

    def report_of(self, order_id: OrderId, report: Report) -> ExecutionReport | EndReport:
        executed = report.executed
        if report.execution_id is None:
            return EndReport(order_id, executed, report.ending)
        return ExecutionReport(
            report.execution_id, order_id, executed, report.price, report.at_us, executed
        )

    def change_price(self, change: PriceChanged) -> None:
        """Execute every waiting order whose limit is met, by price, then by time."""
        self.keep_time()
        state = self.state
        is_news = change.number > state.number
        if is_news:
            self.record(QuoteApplied(change.number, change.price))
        self.send(stock_of(self.symbol), PriceAck(state.number))
        if is_news and self.is_open():
            self.execute_what_is_met()

    def execute_what_is_met(self) -> None:
        for queue in (self.state.buys, self.state.sells):
            while (order_id := queue.first_met(self.state.price)) is not None:
                self.execute(order_id)
        if self.state.watched:
            booked = self.state.booked
            due = [each for each in self.state.watched if self.is_due(booked[each])]
            for order_id in due:
                self.execute(order_id)

    def cancel(self, request: CancelSubmitted) -> None:
        """Take an order out; if it has not come in yet, leave a stone for it to meet."""
        order_id, state = request.order_id, self.state
        if order_id in state.booked:
            self.finish(order_id, request.account, Ending.CANCELLED)
        elif order_id in state.unconfirmed:
            self.report(order_id, state.unconfirmed[order_id])
        elif order_id not in state.ended:
            self.record(OrderTombstoned(order_id, request.account))
            self.report(order_id, state.unconfirmed[order_id])

    def confirm(self, ack: ReportAck) -> None:
        if ack.order_id in self.state.unconfirmed:
            self.record(ReportConfirmed(ack.order_id, ack.execution_id, ack.ended))

    def close_session(self) -> None:
        """Expire what still waits, best price first; a timer may be early by its rounding."""
        if self.hours.until_close_us(self.now_us):
            self.await_close()
            return
        if not self.state.is_closed:
            self.expire_session()

    def expire_session(self) -> None:
        self.record(SessionClosed(self.now_us))
        self.expire([*self.state.buys, *self.state.sells, *self.state.watched])

    def expire(self, order_ids: Iterable[OrderId]) -> None:
        for order_id in order_ids:
            self.finish(order_id, self.state.booked[order_id].account, Ending.EXPIRED)

    def apply(self, fact: BookFact) -> None:
        _APPLIES[type(fact)](self, fact)

    def apply_confirmed(self, fact: ReportConfirmed) -> None:
        del self.state.unconfirmed[fact.order_id]

    def apply_quote(self, fact: QuoteApplied) -> None:
        self.state.number, self.state.price = fact.number, fact.price

    def apply_finished(self, fact: OrderFinished) -> None:
        self.take_out(fact.order_id)
        self.state.unconfirmed[fact.order_id] = Report(
            fact.account, None, 0, -1, fact.executed, fact.ending
        )

    def apply_tombstone(self, fact: OrderTombstoned) -> None:
        self.state.ended.add(fact.order_id)
        self.state.unconfirmed[fact.order_id] = Report(
            fact.account, None, 0, -1, 0, Ending.CANCELLED
        )

    def apply_closed(self, _: SessionClosed) -> None:
        self.state.is_closed = True

    def apply_deferred(self, fact: OrderDeferred) -> None:
        self.wait_no_more(fact.order_id, self.state.booked[fact.order_id])
        self.defer(fact.order_id, fact.session_us)

    def apply_entered(self, fact: OrderEntered) -> None:
        order = self.state.booked[fact.order_id] = BookedOrder(
            fact.account, fact.order_type, fact.price_type, fact.quantity, fact.worst_price,
            fact.trigger_price,
        )  # fmt: skip
        self.let_wait(fact.order_id, order)

    def let_wait(self, order_id: OrderId, order: BookedOrder) -> None:
        """Let an order wait for its price, behind all that came before it."""
        if order.price_type is _LIMIT:
            self.queue_of(order.order_type).add(order_id, order.worst_price)
        elif order.price_type is not _MARKET:
            self.state.watched[order_id] = None

    def wait_no_more(self, order_id: OrderId, order: BookedOrder) -> None:
        if order.price_type is _LIMIT:
            self.queue_of(order.order_type).remove(order_id)
        elif order.price_type is not _MARKET:
            del self.state.watched[order_id]

    def apply_executed(self, fact: OrderExecuted) -> None:
        state = self.state
        self.take_out(fact.order_id)
        state.executions += 1
        state.unconfirmed[fact.order_id] = Report(
            fact.account, fact.execution_id, fact.price, fact.at_us, fact.quantity, Ending.FILLED
        )

    def apply_opened(self, fact: SessionOpened) -> None:
        """Let wait what was deferred, in the order in which it came."""
        state = self.state
        state.session_us, state.is_closed = fact.session_us, False
        for order_id in [
            one for one, for_us in state.deferred.items() if for_us == fact.session_us
        ]:
            self.undefer(order_id)
            self.let_wait(order_id, state.booked[order_id])

    def take_out(self, order_id: OrderId) -> None:
        order = self.state.booked.pop(order_id)
        if not self.undefer(order_id):
            self.wait_no_more(order_id, order)
        self.state.ended.add(order_id)

    def queue_of(self, order_type: OrderType) -> PriceTimeQueue:
        return self.state.buys if order_type is _BUY else self.state.sells


_HANDLERS: Final[ByKind[Callable[[OrderBook, Any], None]]] = ByKind({
    SubmitOrder: lambda book, order: book.enter(order),
    ReportAck: lambda book, ack: book.confirm(ack),
    PriceChanged: lambda book, change: book.change_price(change),
    CancelSubmitted: lambda book, request: book.cancel(request),
    CloseSession: lambda book, _: book.close_session(),
    LookAtClock: lambda book, _: book.look_at_clock(),
    Remind: lambda book, _: book.resend(),
})  # fmt: skip
_APPLIES: Final[ByKind[Callable[[OrderBook, Any], None]]] = ByKind({
    OrderEntered: lambda book, fact: book.apply_entered(fact),
    OrderExecuted: lambda book, fact: book.apply_executed(fact),
    ReportConfirmed: lambda book, fact: book.apply_confirmed(fact),
    QuoteApplied: lambda book, fact: book.apply_quote(fact),
    OrderFinished: lambda book, fact: book.apply_finished(fact),
    OrderTombstoned: lambda book, fact: book.apply_tombstone(fact),
    SessionClosed: lambda book, fact: book.apply_closed(fact),
    OrderDeferred: lambda book, fact: book.apply_deferred(fact),
    SessionOpened: lambda book, fact: book.apply_opened(fact),
})  # fmt: skip
