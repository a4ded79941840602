"""An account's state without its assertions, so that a planted bug reaches the audit."""

from __future__ import annotations

from actors.account_state import AccountState, OpenOrder, Outcome
from actors.domain.orders import OrderStatus, OrderType, Reason
from actors.domain.portfolio import Holding
from actors.messages.facts import (
    CashDeposited,
    CashWithdrawn,
    ExecutionSettled,
    OrderClosed,
    OrderPlaced,
)

_BUY = OrderType.BUY


class LaxState(AccountState, array_like=True):
    """What an account believes when nothing stops it from believing the impossible."""

    def _apply_placed(self, fact: OrderPlaced) -> None:
        self.orders += 1
        self.commands[fact.command_id] = Outcome(fact.fingerprint, fact.order_id)
        self.open_orders[fact.order_id] = OpenOrder(
            fact.command_id, fact.client, fact.symbol, fact.order_type, fact.price_type,
            fact.quantity, fact.worst_price, fact.hold, trigger_price=fact.trigger_price,
            placed_us=fact.at_us,
        )  # fmt: skip
        self._hold(fact.symbol, fact.order_type, fact.hold)

    def _apply_settled(self, fact: ExecutionSettled) -> None:
        order = self.open_orders.get(fact.order_id)
        if order is not None:
            order.hold -= fact.hold_used
            order.settled += fact.quantity
            order.submitted = True
            order.applied = (*order.applied, fact.execution_id)
            order.price, order.executed_us = fact.price, fact.at_us
        self.transactions += 1
        self._hold(fact.symbol, fact.order_type, -fact.hold_used)
        sign = 1 if fact.order_type is _BUY else -1
        self.cash -= sign * fact.amount
        holding = self._holding(fact.symbol)
        holding.quantity += sign * fact.quantity
        holding.cost = fact.cost_after
        self.portfolio.realised += fact.realised
        self._drop_empty(fact.symbol)

    def _apply_closed(self, fact: OrderClosed) -> None:
        order = self.open_orders.pop(fact.order_id)
        self._hold(order.symbol, order.order_type, -fact.released)
        outcome = self.commands[order.command_id]
        outcome.status, outcome.settled = fact.status, order.settled
        outcome.price, outcome.executed_us = order.price, order.executed_us
        self._decide_cancels(fact, order)

    def _decide_cancels(self, fact: OrderClosed, order: OpenOrder) -> None:
        reason = None if fact.status is OrderStatus.CANCELLED else Reason.TOO_LATE
        for command_id in order.cancels:
            outcome = self.commands[command_id]
            outcome.is_pending, outcome.reason = False, reason

    def _apply_money(self, fact: CashDeposited | CashWithdrawn, amount: int) -> None:
        self.cash += amount
        self.transactions += 1
        self.commands[fact.command_id] = Outcome(fact.fingerprint)

    def _hold(self, symbol: str, order_type: OrderType, amount: int) -> None:
        if order_type is _BUY:
            self.held += amount
        else:
            self._holding(symbol).held += amount

    def _holding(self, symbol: str) -> Holding:
        return self.portfolio.holdings.setdefault(symbol, Holding(0, 0, 0))

    def _drop_empty(self, symbol: str) -> None:
        holding = self._holding(symbol)
        if not holding.quantity and not holding.held:
            del self.portfolio.holdings[symbol]
