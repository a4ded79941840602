"""A right book that executes in two slices: accounts understand it, and some bugs need it."""

from __future__ import annotations

from typing import Any

from actors.messages.base import OrderId
from actors.messages.facts import OrderExecuted, OrderFinished, ReportConfirmed
from actors.messages.orders import Ending, EndReport, ExecutionReport, ReportAck
from actors.order_book import OrderBook, Report

_FILLED = Ending.FILLED


class SlicingBook(OrderBook):
    """Executes orders of two shares or more in two slices, and says the last word by itself.

    It stands in for a venue with partial fills: rule C of the accounts can be broken only where
    an execution and the last word travel apart. What is unconfirmed is kept under the order's
    id for the last word, and under order and execution together for a slice.
    """

    def execute(self, order_id: OrderId) -> None:
        state = self.state
        order = state.booked[order_id]
        first = order.quantity // 2
        if not first:
            super().execute(order_id)
            return
        for quantity in (first, order.quantity - first):
            execution_id = f"{self.symbol}:{state.executions + 1}"
            self.record(
                OrderExecuted(
                    execution_id, order_id, order.account, order.order_type, quantity,
                    state.price, self.now_us, None,
                )
            )  # fmt: skip
            key = _key(order_id, execution_id)
            self.report(key, state.unconfirmed[key])
        self.record(OrderFinished(order_id, order.account, order.quantity, _FILLED))
        self.report(order_id, state.unconfirmed[order_id])

    def report_of(self, order_id: OrderId, report: Report) -> ExecutionReport | EndReport:
        order_id, _, execution_id = order_id.partition(" ")
        if not execution_id:
            return super().report_of(order_id, report)
        return ExecutionReport(
            execution_id, order_id, report.executed, report.price, report.at_us, None
        )

    def confirm(self, ack: ReportAck) -> None:
        if ack.ended:
            super().confirm(ack)
        elif _key(ack.order_id, ack.execution_id or "") in self.state.unconfirmed:
            self.record(ReportConfirmed(ack.order_id, ack.execution_id, False))

    def apply(self, fact: Any) -> None:
        state = self.state
        if isinstance(fact, OrderExecuted) and fact.executed is None:
            state.executions += 1
            state.unconfirmed[_key(fact.order_id, fact.execution_id)] = Report(
                fact.account, fact.execution_id, fact.price, fact.at_us, fact.quantity, _FILLED
            )
        elif isinstance(fact, ReportConfirmed) and fact.execution_id and not fact.ended:
            del state.unconfirmed[_key(fact.order_id, fact.execution_id)]
        else:
            super().apply(fact)


def _key(order_id: OrderId, execution_id: str) -> str:
    return f"{order_id} {execution_id}"
