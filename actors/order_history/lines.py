"""What a search of the history gives: orders and transactions as small frozen values."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from actors.domain.order_query import Cursor
from actors.domain.orders import OrderStatus, OrderType, PriceType, Reason
from actors.messages.base import Address, CommandId, OrderId, TransactionId

_REASONS = {reason.value: reason for reason in Reason}


class OrderLine(Struct, frozen=True):
    """One order, as far as it had come.

    Attributes:
        number: Its place among all orders of this history, from 1.
        order_id: Empty if it was never accepted.
        worst_price: What it could cost at most or bring at least, 1/10,000 USD; of a refused
            one its limit, or the quote that its customer saw.
        placed_us: When it was accepted or refused, microseconds on the brokerage's clock.
        executed_us: When it was last executed, by its book's clock; -1 for never.
        closed_us: When it came to its end; -1 if it has not.
        executed: Shares.
        price: Of its last execution, 1/10,000 USD; 0 without one.
        reason: Why it was rejected, if it was.
        value: What was executed, in money: 1/10,000 USD.
    """

    number: int
    order_id: OrderId
    command_id: CommandId
    account: Address
    symbol: str
    order_type: OrderType
    price_type: PriceType
    quantity: int
    worst_price: int
    placed_us: int
    executed_us: int
    closed_us: int
    status: OrderStatus
    executed: int
    price: int
    reason: Reason | None
    value: int


class TransactionLine(Struct, frozen=True):
    """One movement of cash or shares in an account; never changed once it is there.

    Attributes:
        number: Its place among all transactions of this history, from 1.
        kind: buy, sell, deposit, withdraw or transfer.
        order_id: Of a buy or sell; else empty, as are the execution's id and the symbol of cash.
        price: Of one share, 1/10,000 USD; 0 where nothing was bought or sold.
        amount: Cash that came in (above 0) or left (below 0), 1/10,000 USD.
        realised: Profit of a sell, 1/10,000 USD.
        at_us: Microseconds on the brokerage's clock.
    """

    number: int
    transaction_id: TransactionId
    account: Address
    kind: str
    order_id: OrderId
    execution_id: str
    symbol: str
    quantity: int
    price: int
    amount: int
    realised: int
    at_us: int


class OrderPage(Struct, frozen=True):
    """Some of the orders that were looked for.

    Attributes:
        rows: In the order that was asked for.
        total: How many there are on all pages.
        next: Give this as `after` to get the next page; None on the last one.
    """

    rows: tuple[OrderLine, ...]
    total: int
    next: Cursor | None


class TransactionPage(Struct, frozen=True):
    """Some of an account's transactions, with the same attributes as a page of orders."""

    rows: tuple[TransactionLine, ...]
    total: int
    next: Cursor | None


def order_line(row: tuple[Any, ...]) -> OrderLine:
    """Make an order of a row of the store."""
    (number, order_id, command_id, account, symbol, order_type, price_type, quantity, worst,
     placed_us, executed_us, closed_us, status, executed, price, reason, value) = row  # fmt: skip
    return OrderLine(
        number, order_id, command_id, account, symbol, OrderType(order_type),
        PriceType(price_type), quantity, worst, placed_us, executed_us, closed_us,
        OrderStatus(status), executed, price, _REASONS.get(reason), value,
    )  # fmt: skip
