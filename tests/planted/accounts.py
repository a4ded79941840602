"""Accounts with a bug in how they settle and close orders."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec.structs import replace

from actors.account import Account
from actors.account_state import OpenOrder
from actors.actor import Outbox
from actors.addresses import book_of
from actors.domain.orders import OrderStatus, OrderType
from actors.messages.base import Address, Fact, Message, OrderId
from actors.messages.control import Remind
from actors.messages.facts import ExecutionSettled, OrderClosed, OrderPlaced
from actors.messages.orders import (
    CancelOrder,
    CancelSubmitted,
    Ending,
    EndReport,
    ExecutionReport,
    OrderReport,
    PlaceOrder,
)
from planted.activation import act_up
from planted.lax import LaxState

_BUY = OrderType.BUY
_CANCELLED = OrderStatus.CANCELLED


class _KeepsClosedOrders(Account):
    """Remembers closed orders, which a right account forgets, to do wrong with them later."""

    state_type = LaxState

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.closed: dict[OrderId, OpenOrder] = {}

    def close(self, order_id: OrderId, order: OpenOrder, ending: Ending) -> None:
        super().close(order_id, order, ending)
        self.closed[order_id] = order

    def settle(self, report: ExecutionReport, book: Address) -> None:
        order = self.closed.get(report.order_id)
        if order is not None and self.can_settle_again(order, report):
            act_up()
            self.settle_again(order, report)
        super().settle(report, book)

    def can_settle_again(self, order: OpenOrder, report: ExecutionReport) -> bool:
        owned = self.state.portfolio.quantity(order.symbol)
        return order.order_type is _BUY or owned >= report.quantity

    def settle_again(self, order: OpenOrder, report: ExecutionReport) -> None:
        raise NotImplementedError


class SettlesAgain(_KeepsClosedOrders):
    """A redelivered execution moves cash and shares a second time."""

    def settle_again(self, order: OpenOrder, report: ExecutionReport) -> None:
        self.record(replace(self.settlement(order, report), hold_used=0))


class SecondTransaction(_KeepsClosedOrders):
    """A redelivered execution leaves a second transaction, which moves nothing."""

    def settle_again(self, order: OpenOrder, report: ExecutionReport) -> None:
        holding = self.state.portfolio.holdings.get(order.symbol)
        cost = 0 if holding is None else holding.cost
        self.record(
            replace(
                self.settlement(order, report),
                quantity=0, amount=0, hold_used=0, realised=0, cost_after=cost,
            )
        )  # fmt: skip


class ReleasesOnTimeout(Account):
    """An order that its book has not confirmed in time is taken for dead, and its hold released."""

    def resend(self) -> None:
        for order_id, order in list(self.state.open_orders.items()):
            if not order.submitted:
                act_up()
                self.close(order_id, order, Ending.CANCELLED)
        super().resend()


class ReleasesOnLastWord(Account):
    """The book's last word releases the hold, though executions are still on their way."""

    def take_end(self, report: EndReport, book: Address) -> None:
        order = self.state.open_orders.get(report.order_id)
        super().take_end(report, book)
        if order is not None and report.order_id in self.state.open_orders:
            act_up()
            self.close(report.order_id, order, report.ending)


class ReleasesOnFirstFill(Account):
    """The first of several executions releases the whole hold."""

    state_type = LaxState

    def settlement(self, order: OpenOrder, report: ExecutionReport) -> ExecutionSettled:
        right = super().settlement(order, report)
        if report.quantity == order.quantity:
            return right
        act_up()
        return replace(right, hold_used=order.hold)


class AcknowledgesFirst(Account):
    """An execution is acknowledged at once, and taken down by a later handler."""

    def settle(self, report: ExecutionReport, book: Address) -> None:
        if report.order_id not in self.state.open_orders or book == self.address:
            super().settle(report, book_of(report.execution_id.partition(":")[0]))
            return
        act_up()
        self.acknowledge(report.order_id, report.execution_id, report.executed, book)
        self.send(self.address, report)


class CloseSettled(Message, frozen=True):
    """Ask an account, by itself, to close an order that it has settled."""

    order_id: OrderId


class ClosesSeparately(Account):
    """An order is settled in one record of the journal and closed in another one."""

    def close(self, order_id: OrderId, order: OpenOrder, ending: Ending) -> None:
        if order.executed is None and order.settled:
            act_up()
            self.send(self.address, CloseSettled(order_id))
        else:
            super().close(order_id, order, ending)

    def receive(self, message: Any, sender: Address) -> None:
        if isinstance(message, CloseSettled):
            order = self.state.open_orders.get(message.order_id)
            if order is not None:
                super().close(message.order_id, order, Ending.FILLED)
        else:
            super().receive(message, sender)


class BasisByProceeds(Account):
    """A sale lessens the cost basis by its proceeds instead of by the cost of what was sold."""

    def settlement(self, order: OpenOrder, report: ExecutionReport) -> ExecutionSettled:
        right = super().settlement(order, report)
        if order.order_type is _BUY or not right.realised:
            return right
        act_up()
        return replace(right, realised=0, cost_after=right.cost_after - right.realised)


class SettlesAtOwnPrice(Account):
    """An execution is settled at the price that was held for, not at the one that was made."""

    def settlement(self, order: OpenOrder, report: ExecutionReport) -> ExecutionSettled:
        if report.price != order.worst_price:
            act_up()
        return super().settlement(order, replace(report, price=order.worst_price))


class ExpiresByOwnClock(Account):
    """The account expires its orders itself, by a clock that is a little fast."""

    _FAST_US = 200_000

    def place_order(self, command: PlaceOrder) -> None:
        super().place_order(command)
        if self.hours.ever_closes():
            left_us = self.hours.until_close_us(self.now_us) - self._FAST_US
            self.send_later(max(0, left_us) / 1e6, Remind())

    def resend(self) -> None:
        if self.hours.until_close_us(self.now_us) <= self._FAST_US:
            for order_id, order in list(self.state.open_orders.items()):
                act_up()
                self.close(order_id, order, Ending.EXPIRED)
        super().resend()


class CancelOutlivesOrder(Account):
    """A cancel stays in the outbox after its order has ended, and is sent for ever."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.wanted_out: dict[OrderId, str] = {}

    def cancel_order(self, command: CancelOrder) -> None:
        super().cancel_order(command)
        for order_id, order in self.state.open_orders.items():
            if order.cancels:
                self.wanted_out[order_id] = order.symbol

    def outbox(self) -> Outbox:
        waiting = super().outbox()
        for order_id, symbol in self.wanted_out.items():
            if order_id not in self.state.open_orders:
                act_up()
                cancel = CancelSubmitted(order_id, self.address)
                waiting[order_id, "cancel"] = book_of(symbol), cancel
        return waiting


class KeepsCancelledHold(Account):
    """An order that was cancelled is closed, and its hold is not released."""

    def record(self, fact: Fact) -> None:
        if isinstance(fact, OrderClosed) and fact.status is _CANCELLED and fact.released:
            act_up()
            fact = replace(fact, released=0)
        super().record(fact)


class ReleasesTwice(Account):
    """The end of an order that was not executed releases its hold twice."""

    state_type = LaxState

    def record(self, fact: Fact) -> None:
        if isinstance(fact, OrderClosed) and fact.released:
            act_up()
            fact = replace(fact, released=2 * fact.released)
        super().record(fact)


class ReleasesOnCancel(Account):
    """A cancel releases the hold at once, before the book has answered."""

    def cancel_order(self, command: CancelOrder) -> None:
        super().cancel_order(command)
        for order_id, order in list(self.state.open_orders.items()):
            if order.cancels:
                act_up()
                self.close(order_id, order, Ending.CANCELLED)


class HoldsLastPrice(Account):
    """A market buy holds at the price its customer saw, not at the worst one it may meet."""

    state_type = LaxState

    def place_order(self, command: PlaceOrder) -> None:
        self.seen_price = command.seen_price
        super().place_order(command)

    def record(self, fact: Fact) -> None:
        if isinstance(fact, OrderPlaced) and fact.order_type is _BUY and self.seen_price:
            act_up()
            fact = replace(fact, hold=fact.quantity * self.seen_price)
        super().record(fact)


class _RememberingState(LaxState, array_like=True):
    cash_before: dict[OrderId, int] = msgspec.field(default_factory=dict)

    def _apply_placed(self, fact: OrderPlaced) -> None:
        super()._apply_placed(fact)
        self.cash_before[fact.order_id] = self.cash

    def _apply_settled(self, fact: ExecutionSettled) -> None:
        remembered = self.cash_before.pop(fact.order_id, self.cash)
        if remembered != self.cash:
            act_up()
        self.cash = remembered
        super()._apply_settled(fact)


class WritesBackRememberedCash(Account):
    """A settlement starts from the cash that was there when its order was placed: a lost update."""

    state_type = _RememberingState


class ReportsLimitPrice(Account):
    """A client is told the limit of its order as the price of the execution."""

    def close(self, order_id: OrderId, order: OpenOrder, ending: Ending) -> None:
        self.worst_price = order.worst_price
        super().close(order_id, order, ending)

    def send(self, recipient: Address, message: Any) -> None:
        if isinstance(message, OrderReport) and message.quantity:
            if message.price != self.worst_price:
                act_up()
            message = replace(message, price=self.worst_price)
        super().send(recipient, message)
