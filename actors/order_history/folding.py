"""Turns facts into the rows of the history: one for each order and each transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

from actors.domain.orders import OrderStatus, OrderType, Reason
from actors.messages.base import Address, Fact, OrderId
from actors.messages.facts import (
    CashDeposited,
    CashWithdrawn,
    CommandRefused,
    ExecutionSettled,
    OrderClosed,
    OrderPlaced,
    SharesTransferred,
)

Row = list[Any]

_BUY: Final = OrderType.BUY
_PENDING: Final = OrderStatus.PENDING.value
_REJECTED: Final = OrderStatus.REJECTED
_RAN_AWAY: Final = Reason.PRICE_RAN_AWAY.value
_US_PER_DAY: Final = 86_400_000_000
# Places in a row of an order.
_PLACED, _EXECUTED_AT, _CLOSED, _STATUS, _EXECUTED, _PRICE, _REASON, _VALUE = *range(9, 16), 16


class Folding:
    """Knows the open orders, and which rows have changed since they were last taken.

    Invariant: every order has one row, whose number is its place among all orders.

    Args:
        orders: How many orders there are already.
        transactions: How many transactions.
        open_rows: The rows of orders that have not come to their end.
        day_of: On which day an instant of the clock lies.

    Attributes:
        strangers: Executions and ends of orders that this history never saw placed.
    """

    def __init__(
        self,
        orders: int = 0,
        transactions: int = 0,
        open_rows: Iterable[Row] = (),
        day_of: Callable[[int], int] = lambda at_us: at_us // _US_PER_DAY,
    ) -> None:
        self.strangers = 0
        self._orders = orders
        self._transactions = transactions
        self._day_of = day_of
        self._open: dict[OrderId, Row] = {row[1]: row for row in open_rows}
        self._changed: dict[int, Row] = {}
        self._moved: list[Row] = []
        self._take: dict[type, Callable[[Address, Any], None]] = {
            OrderPlaced: self._placed,
            ExecutionSettled: self._settled,
            OrderClosed: self._closed,
            CommandRefused: self._refused,
            CashDeposited: self._deposited,
            CashWithdrawn: self._withdrawn,
            SharesTransferred: self._transferred,
        }
        self.cares_for = frozenset(self._take)

    def take(self, address: Address, facts: Iterable[Fact]) -> None:
        """Take a batch of facts of an actor."""
        for fact in facts:
            take = self._take.get(type(fact))
            if take is not None:
                take(address, fact)

    def changes(self) -> tuple[list[Row], list[Row]]:
        """Return the rows of orders and of transactions that are new or have changed."""
        orders, transactions = list(self._changed.values()), self._moved
        self._changed, self._moved = {}, []
        return orders, transactions

    def _placed(self, account: Address, fact: OrderPlaced) -> None:
        self._open[fact.order_id] = self._new_order(
            fact.order_id, fact.command_id, account, fact.symbol, fact.order_type.value,
            fact.price_type.value, fact.quantity, fact.worst_price, fact.at_us, -1, -1, _PENDING,
        )  # fmt: skip

    def _refused(self, account: Address, fact: CommandRefused) -> None:
        if fact.order_type is not None and fact.price_type is not None:
            row = self._new_order(
                "", fact.command_id, account, fact.symbol, fact.order_type.value,
                fact.price_type.value, fact.quantity, fact.price, fact.at_us, -1, fact.at_us,
                _REJECTED.value,
            )  # fmt: skip
            row[_REASON] = fact.reason.value

    def _new_order(self, *content: Any) -> Row:
        self._orders += 1
        row = [self._orders, *content, 0, 0, "", 0, self._day_of(content[_PLACED - 1])]
        self._changed[self._orders] = row
        return row

    def _settled(self, account: Address, fact: ExecutionSettled) -> None:
        is_buy = fact.order_type is _BUY
        self._move(
            fact.transaction_id, account, "buy" if is_buy else "sell", fact.order_id,
            fact.execution_id, fact.symbol, fact.quantity, fact.price,
            -fact.amount if is_buy else fact.amount, fact.realised, fact.at_us,
        )  # fmt: skip
        row = self._open.get(fact.order_id)
        if row is None:
            self.strangers += 1
            return
        row[_EXECUTED] += fact.quantity
        row[_EXECUTED_AT], row[_PRICE] = fact.at_us, fact.price
        row[_VALUE] += fact.amount
        self._changed[row[0]] = row

    def _closed(self, _: Address, fact: OrderClosed) -> None:
        row = self._open.pop(fact.order_id, None)
        if row is None:
            self.strangers += 1
            return
        row[_STATUS], row[_CLOSED] = fact.status.value, fact.at_us
        if fact.status is _REJECTED:  # by its book, which has but this one reason
            row[_REASON] = _RAN_AWAY
        self._changed[row[0]] = row

    def _deposited(self, account: Address, fact: CashDeposited) -> None:
        self._move_cash(account, "deposit", fact, fact.amount)

    def _withdrawn(self, account: Address, fact: CashWithdrawn) -> None:
        self._move_cash(account, "withdraw", fact, -fact.amount)

    def _move_cash(
        self, account: Address, kind: str, fact: CashDeposited | CashWithdrawn, amount: int
    ) -> None:
        self._move(fact.transaction_id, account, kind, "", "", "", 0, 0, amount, 0, fact.at_us)

    def _transferred(self, account: Address, fact: SharesTransferred) -> None:
        self._move(
            fact.transaction_id, account, "transfer", "", "", fact.symbol, fact.quantity, 0, 0, 0,
            fact.at_us,
        )  # fmt: skip

    def _move(self, *content: Any) -> None:
        self._transactions += 1
        self._moved.append([self._transactions, *content])
