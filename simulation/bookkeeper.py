"""The bookkeeper: reads the journal along and writes the tables of orders, money and prices."""

from __future__ import annotations

from actors.domain.ledger import (
    OUTSIDE,
    STREET,
    USD,
    Ledger,
    deposit_entries,
    execution_entries,
    share_transfer_entries,
    withdrawal_entries,
)
from actors.domain.orders import OrderStatus, OrderType, Reason
from actors.messages.base import Address
from actors.messages.facts import (
    CashDeposited,
    CashWithdrawn,
    CommandRefused,
    ExecutionSettled,
    OrderClosed,
    OrderDeferred,
    OrderFinished,
    OrderPlaced,
    PriceSet,
    QuoteApplied,
    QuoteNoted,
    SharesTransferred,
    SubmitConfirmed,
)
from actors.messages.orders import Ending
from simulation.fact_reader import FactReader
from simulation.recorder import ColumnWriter
from simulation.stop_orders import STOP_MARKET

_STATUS_NAMES = {status: status.value for status in OrderStatus}
_BUY = OrderType.BUY


class _Order:
    """What is known of an open order until its row is written."""

    __slots__ = ("address", "executed", "executed_us", "placed", "price", "waited")

    def __init__(self, address: Address, placed: OrderPlaced) -> None:
        self.address = address
        self.placed = placed
        self.executed = 0
        self.executed_us = -1
        self.price = 0
        self.waited = False


def _kind_of(order: _Order) -> str:
    return "stop_order" if order.placed.price_type is STOP_MARKET else "limit_order"


class Bookkeeper(FactReader):
    """Follows a runtime, keeps its double-entry ledger, and writes four tables.

    Args:
        orders: The tables, as for the others.
        transactions: See above.
        prices: See above.
        refusals: See above.

    Attributes:
        ledger: Every transaction with its counterparty; one that does not balance is refused.
    """

    def __init__(
        self,
        orders: ColumnWriter,
        transactions: ColumnWriter,
        prices: ColumnWriter,
        refusals: ColumnWriter,
    ) -> None:
        super().__init__(
            {
                OrderPlaced: self._placed,
                ExecutionSettled: self._settled,
                OrderClosed: self._closed,
                SubmitConfirmed: self._waits,
                OrderDeferred: self._deferred,
                OrderFinished: self._finished,
                CashDeposited: self._deposited,
                CashWithdrawn: self._withdrawn,
                SharesTransferred: self._transferred,
                CommandRefused: self._refused,
                PriceSet: self._price_set,
                QuoteApplied: self._quote_applied,
                QuoteNoted: self._quote_noted,
            }
        )
        self.ledger = Ledger()
        self._orders = orders
        self._transactions = transactions
        self._prices = prices
        self._refusals = refusals
        self._open: dict[str, _Order] = {}
        self._due_us: dict[tuple[str, int], int] = {}  # of prices on their way, by their number
        self._half_known: dict[tuple[str, int], int] = {}

    def finish(self) -> None:
        """Write the orders that are still open."""
        for order_id, order in self._open.items():
            self._write(order_id, order, -1, "PENDING")
        self._open = {}

    def cash(self) -> dict[str, int]:
        """Return the ledger's cash, 1/10,000 USD: it sums to zero, as every entry has its other.

        Returns:
            `outside` (negative: what was deposited less what was withdrawn), `street` (what its
            trades brought the counterparty) and `accounts`.
        """
        self.ledger.check()
        balances = dict(self.ledger.balances.get(USD, {}))
        outside, street = balances.pop(OUTSIDE, 0), balances.pop(STREET, 0)
        return {"outside": outside, "street": street, "accounts": sum(balances.values())}

    def _placed(self, address: Address, fact: OrderPlaced, _: int) -> None:
        self._open[fact.order_id] = _Order(address, fact)
        self.events["order_accepted"] += 1

    def _waits(self, _: Address, fact: SubmitConfirmed, __: int) -> None:
        order = self._open[fact.order_id]
        order.waited = True
        self.events[f"{_kind_of(order)}_waited"] += 1

    def _deferred(self, _: Address, __: OrderDeferred, ___: int) -> None:
        self.events["limit_order_early"] += 1

    def _settled(self, address: Address, fact: ExecutionSettled, _: int) -> None:
        order = self._open[fact.order_id]
        order.executed += fact.quantity
        order.price, order.executed_us = fact.price, fact.at_us
        self.events["order_executed"] += 1
        if order.waited:
            self.events[f"{_kind_of(order)}_triggered"] += 1
        self.ledger.post(
            execution_entries(address, fact.symbol, fact.order_type, fact.quantity, fact.price)
        )
        is_buy = fact.order_type is _BUY
        self._transactions.append(
            fact.transaction_id, address, "buy" if is_buy else "sell", fact.order_id,
            fact.execution_id, fact.symbol, fact.quantity, fact.price,
            -fact.amount if is_buy else fact.amount, fact.realised, fact.at_us, 0,
        )  # fmt: skip

    def _closed(self, _: Address, fact: OrderClosed, __: int) -> None:
        order = self._open.pop(fact.order_id)
        if fact.status is OrderStatus.CANCELLED:
            self.events["order_cancelled"] += 1
        elif fact.status is OrderStatus.EXPIRED:
            self.events["order_expired"] += 1
        self._write(fact.order_id, order, fact.at_us, _STATUS_NAMES[fact.status])

    def _write(self, order_id: str, order: _Order, closed_us: int, status: str) -> None:
        placed = order.placed
        self._orders.append(
            order_id, placed.command_id, order.address, placed.symbol, placed.order_type.value,
            placed.price_type.value, placed.quantity, placed.worst_price, placed.at_us,
            order.executed_us, closed_us, status, order.executed, order.price,
        )  # fmt: skip

    def _finished(self, _: Address, fact: OrderFinished, __: int) -> None:
        if fact.ending is Ending.PRICE_RAN_AWAY:
            self.events["price_ran_away"] += 1

    def _deposited(self, address: Address, fact: CashDeposited, _: int) -> None:
        self.events["deposit_made"] += 1
        self.ledger.post(deposit_entries(address, fact.amount))
        self._moved(address, "deposit", fact, fact.amount)

    def _withdrawn(self, address: Address, fact: CashWithdrawn, _: int) -> None:
        self.events["withdrawal_made"] += 1
        self.ledger.post(withdrawal_entries(address, fact.amount))
        self._moved(address, "withdraw", fact, -fact.amount)

    def _moved(
        self, address: Address, kind: str, fact: CashDeposited | CashWithdrawn, amount: int
    ) -> None:
        self._transactions.append(
            fact.transaction_id, address, kind, "", "", "", 0, 0, amount, 0, fact.at_us, 0
        )

    def _transferred(self, address: Address, fact: SharesTransferred, _: int) -> None:
        self.ledger.post(share_transfer_entries(OUTSIDE, address, fact.symbol, fact.quantity))
        self._transactions.append(
            fact.transaction_id, address, "transfer", "", "", fact.symbol, fact.quantity, 0, 0, 0,
            fact.at_us, fact.cost,
        )  # fmt: skip

    def _refused(self, address: Address, fact: CommandRefused, _: int) -> None:
        if fact.order_type is not None and fact.price_type is not None:
            self._refusals.append(
                fact.command_id, address, fact.symbol, fact.order_type.value,
                fact.price_type.value, fact.quantity, fact.price, fact.at_us, fact.reason.value,
            )  # fmt: skip
        if fact.reason is Reason.TOO_LATE:
            self.events["cancel_too_late"] += 1
        elif fact.reason is Reason.INSUFFICIENT_FUNDS and not fact.symbol:
            self.events["withdrawal_rejected"] += 1
        elif fact.reason is Reason.MARKET_CLOSED:
            self.events["order_outside_hours"] += 1

    def _price_set(self, address: Address, fact: PriceSet, _: int) -> None:
        if fact.due_us >= 0:
            self._due_us[address.partition("/")[2], fact.number] = fact.due_us

    def _quote_applied(self, address: Address, fact: QuoteApplied, at_us: int) -> None:
        self._tick_known(address.partition("/")[2], fact.number, fact.price, at_us, at_book=True)

    def _quote_noted(self, _: Address, fact: QuoteNoted, at_us: int) -> None:
        self._tick_known(fact.symbol, fact.number, fact.price, at_us, at_book=False)

    def _tick_known(
        self, symbol: str, number: int, price: int, at_us: int, *, at_book: bool
    ) -> None:
        """Write a tick's row when both its book and the valuation know it."""
        if (symbol, number) not in self._due_us:
            return  # a listing, or a price set by hand
        other_us = self._half_known.pop((symbol, number), None)
        if other_us is None:
            self._half_known[symbol, number] = at_us
            return
        book_us, valuation_us = (at_us, other_us) if at_book else (other_us, at_us)
        intended_us = self._due_us.pop((symbol, number))
        self._prices.append(symbol, number, price, intended_us, book_us, valuation_us)
