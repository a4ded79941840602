"""Order books with a bug in how they dedupe, execute and end orders."""

from __future__ import annotations

from collections import deque
from typing import Any

import msgspec
from msgspec.structs import replace

from actors.account import Account
from actors.account_state import OpenOrder
from actors.actor import Outbox
from actors.domain.market_hours import Hours, MarketHours
from actors.domain.orders import OrderType, PriceType
from actors.domain.text_set import TextSet
from actors.messages.base import Address, CommandId, Fact, OrderId
from actors.messages.facts import OrderExecuted, OrderPlaced, OrderTombstoned, ReportConfirmed
from actors.messages.orders import (
    CancelSubmitted,
    Ending,
    EndReport,
    ExecutionReport,
    ReportAck,
    SubmitAck,
    SubmitOrder,
)
from actors.order_book import BookState, OrderBook, Report
from planted.activation import act_up

_BUY = OrderType.BUY
_MARKET = PriceType.MARKET
_LIMIT = PriceType.LIMIT
_WINDOW = 8


def forget_ended(state: BookState, order_id: OrderId) -> None:
    """Let a book forget that an order has ended; no sound book does that."""
    kept, state.ended = state.ended, TextSet()
    for other in kept:
        if other != order_id:
            state.ended.add(other)


class NoSubmitDedupe(OrderBook):
    """An order that comes again after its end is taken in again."""

    def enter(self, order: SubmitOrder) -> None:
        if order.order_id in self.state.ended:
            act_up()
            forget_ended(self.state, order.order_id)
        super().enter(order)


class HighWaterMark(OrderBook):
    """Of each account, the book takes in only orders newer than the newest it has seen."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.newest: dict[Address, int] = {}

    def enter(self, order: SubmitOrder) -> None:
        order_id = order.order_id
        number = int(order_id.rpartition("-")[2])
        newest = self.newest.get(order.account, 0)
        self.newest[order.account] = max(number, newest)
        if number >= newest or order_id in self.state.ended or order_id in self.state.booked:
            super().enter(order)
            return
        act_up()
        self.send(order.account, SubmitAck(order_id))


class WindowOfEight(OrderBook):
    """The book remembers the last eight orders that ended, and takes older ones for new."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.window: deque[OrderId] = deque()
        self.fell_out: set[OrderId] = set()

    def take_out(self, order_id: OrderId) -> None:
        super().take_out(order_id)
        self.window.append(order_id)
        if len(self.window) > _WINDOW:
            self.fell_out.add(self.window[0])
            forget_ended(self.state, self.window.popleft())

    def enter(self, order: SubmitOrder) -> None:
        if order.order_id in self.fell_out:
            act_up()
        super().enter(order)


class NoTombstone(OrderBook):
    """A cancel that overtakes its order leaves no tombstone for it to meet."""

    def cancel(self, request: CancelSubmitted) -> None:
        state, order_id = self.state, request.order_id
        if order_id in state.booked or order_id in state.ended:
            super().cancel(request)
            return
        act_up()
        self.send(request.account, EndReport(order_id, 0, Ending.CANCELLED))


class TombstoneInMemory(OrderBook):
    """A tombstone does not outlive a crash."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.stones: set[OrderId] = set()
        self.laid: set[OrderId] = set()

    def cancel(self, request: CancelSubmitted) -> None:
        if request.order_id in self.stones - set(self.state.unconfirmed):
            return
        is_new = request.order_id not in {*self.state.ended, *self.state.booked, *self.stones}
        super().cancel(request)
        if is_new:
            self.stones.add(request.order_id)

    def apply(self, fact: Any) -> None:
        super().apply(fact)
        if isinstance(fact, OrderTombstoned):
            forget_ended(self.state, fact.order_id)
            self.laid.add(fact.order_id)

    def enter(self, order: SubmitOrder) -> None:
        if order.order_id in self.stones:
            self.send(order.account, SubmitAck(order.order_id))
            return
        if order.order_id in self.laid:
            act_up()
        super().enter(order)


class CancelOverwritesReport(OrderBook):
    """A cancel of an order that was executed replaces the report that is not confirmed yet."""

    def cancel(self, request: CancelSubmitted) -> None:
        report = self.state.unconfirmed.get(request.order_id)
        if report is not None and report.execution_id is not None:
            act_up()
            self.record(OrderTombstoned(request.order_id, request.account))
        super().cancel(request)


class AssumesDelivery(OrderBook):
    """A report counts as confirmed as soon as it is sent."""

    def report(self, order_id: OrderId, report: Report) -> None:
        act_up()
        self.send(report.account, self.report_of(order_id, report))
        self.record(ReportConfirmed(order_id, report.execution_id, True))


class ConfirmsTheOldest(OrderBook):
    """An acknowledgement confirms the oldest report, whichever one it is for."""

    def confirm(self, ack: ReportAck) -> None:
        if ack.order_id not in self.state.unconfirmed:
            return
        oldest, report = next(iter(self.state.unconfirmed.items()))
        if oldest != ack.order_id:
            act_up()
        self.record(ReportConfirmed(oldest, report.execution_id, True))


class RenamesResent(OrderBook):
    """A report that is sent again carries a new execution id."""

    def outbox(self) -> Outbox:
        waiting = super().outbox()
        for about, (account, report) in waiting.items():
            if isinstance(report, ExecutionReport):
                act_up()
                renamed = replace(report, execution_id=f"{report.execution_id}0")
                waiting[about] = account, renamed
        return waiting


class ExecutionsRestart(OrderBook):
    """The numbers of executions begin anew after a crash."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.made = 0

    def record(self, fact: Fact) -> None:
        if isinstance(fact, OrderExecuted):
            self.made += 1
            if self.made <= self.state.executions:
                act_up()
            fact = replace(fact, execution_id=f"{self.symbol}:{self.made}")
        super().record(fact)


class ExecutesAtTheLimit(OrderBook):
    """A limit order is executed at its own limit instead of at the quote."""

    def record(self, fact: Fact) -> None:
        if isinstance(fact, OrderExecuted):
            order = self.state.booked[fact.order_id]
            if order.price_type is _LIMIT and order.worst_price != fact.price:
                act_up()
                fact = replace(fact, price=order.worst_price)
        super().record(fact)


class NoCollar(OrderBook):
    """A market order is executed however far the price has run from what its customer saw."""

    def finish(self, order_id: OrderId, account: Address, ending: Ending) -> None:
        if ending is Ending.PRICE_RAN_AWAY and self.state.price:
            act_up()
            self.execute(order_id)
        else:
            super().finish(order_id, account, ending)


class WrongSide(OrderBook):
    """A limit order to sell is executed while the price is below its limit."""

    def enter(self, order: SubmitOrder) -> None:
        super().enter(order)
        booked = self.state.booked.get(order.order_id)
        price = self.state.price
        if booked is None or booked.order_type is _BUY or not 0 < price < booked.worst_price:
            return
        act_up()
        self.execute(order.order_id)


class ClosesLate(OrderBook):
    """For the book the session ends a second later than for the market: a tick still executes."""

    def __init__(self, symbol: str, hours: Hours) -> None:
        super().__init__(symbol, hours)
        if isinstance(hours, MarketHours) and hours.ever_closes():
            self.hours = replace(hours, closes_us=hours.closes_us + 1_000_000)
        self.closes_us = hours.sessions[-1].closes_us

    def execute(self, order_id: OrderId) -> None:
        if self.now_us >= self.closes_us:
            act_up()
        super().execute(order_id)


class CloseForgetsSells(OrderBook):
    """The end of the session expires the buys that wait, and not the sells."""

    def finish(self, order_id: OrderId, account: Address, ending: Ending) -> None:
        if ending is Ending.EXPIRED and self.state.is_closed and order_id in self.state.sells:
            act_up()
        else:
            super().finish(order_id, account, ending)


class CloseInSetOrder(OrderBook):
    """The end of the session expires what waits in the order of a set, which no run repeats."""

    def close_session(self) -> None:
        waiting = {*self.state.buys, *self.state.sells}
        if len(waiting) > 1 and not self.hours.until_close_us(self.now_us):
            act_up()
            for order_id in waiting:
                self.finish(order_id, self.state.booked[order_id].account, Ending.EXPIRED)
        super().close_session()


class TimedSubmit(SubmitOrder, frozen=True):
    """Ask a book to execute an order, and say when its account had it."""

    at_us: int = 0


class TellsTime(Account):
    """An account that tells the book when it had an order; by itself that does no harm."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.times: dict[CommandId, int] = {}

    def record(self, fact: Fact) -> None:
        if isinstance(fact, OrderPlaced):
            self.times[fact.command_id] = fact.at_us
        super().record(fact)

    def submission(self, order_id: OrderId, order: OpenOrder) -> SubmitOrder:
        plain = super().submission(order_id, order)
        fields = msgspec.structs.asdict(plain)
        return TimedSubmit(**fields, at_us=self.times.get(order.command_id, self.now_us))


class HoursByMessageTime(OrderBook):
    """Whether the market is open is judged by the time in the message, not by the book's clock."""

    told_us: int | None = None

    def is_open(self) -> bool:
        return super().is_open() if self.told_us is None else self.hours.is_open(self.told_us)

    def enter(self, order: SubmitOrder) -> None:
        self.told_us = order.at_us if isinstance(order, TimedSubmit) else None
        if self.is_open() and not super().is_open():
            act_up()
        super().enter(order)
        self.told_us = None
