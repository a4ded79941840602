"""Facts: what each actor records in its journal before its messages leave."""

from __future__ import annotations

from typing import TypeAlias

from actors.domain.orders import OrderStatus, OrderType, PriceType, Reason
from actors.messages.base import (
    Address,
    CommandId,
    ExecutionId,
    Fact,
    OrderId,
    TransactionId,
)
from actors.messages.orders import Ending


class AccountOpened(Fact):
    """An account exists, empty."""

    user: str


class CashDeposited(Fact):
    """Cash came in from outside."""

    command_id: CommandId
    fingerprint: int  # of the command's content
    transaction_id: TransactionId
    amount: int
    at_us: int


class CashWithdrawn(Fact):
    """Cash left to the outside."""

    command_id: CommandId
    fingerprint: int
    transaction_id: TransactionId
    amount: int
    at_us: int


class SharesTransferred(Fact):
    """Shares came in from another broker."""

    command_id: CommandId
    fingerprint: int
    transaction_id: TransactionId
    symbol: str
    quantity: int
    cost: int
    at_us: int


class CommandRefused(Fact):
    """The account refused a command; a repeat of it will be refused likewise.

    For an order refused for want of funds or shares, `needed` is what it would have held.
    """

    command_id: CommandId
    fingerprint: int
    reason: Reason
    symbol: str
    needed: int


class OrderPlaced(Fact):
    """An order was accepted and its worst case is held: cash for a buy, shares for a sell."""

    order_id: OrderId
    command_id: CommandId
    fingerprint: int
    client: Address
    symbol: str
    order_type: OrderType
    price_type: PriceType
    quantity: int
    worst_price: int
    hold: int  # 1/10,000 USD for a buy, shares for a sell
    at_us: int


class SubmitConfirmed(Fact):
    """The book has the order; it need not be submitted again."""

    order_id: OrderId


class CancelRequested(Fact):
    """The customer wants the order out; the book has been asked."""

    order_id: OrderId
    command_id: CommandId
    fingerprint: int
    client: Address


class ExecutionSettled(Fact):
    """An execution moved cash and shares, and used up its part of the hold; a transaction."""

    execution_id: ExecutionId
    order_id: OrderId
    transaction_id: TransactionId
    symbol: str
    order_type: OrderType
    quantity: int
    price: int
    amount: int  # cash moved: quantity x price
    hold_used: int  # 1/10,000 USD for a buy, shares for a sell
    realised: int  # profit of a sell, against average cost; 0 for a buy
    cost_after: int  # cost in all of what is held of the symbol afterwards
    at_us: int  # of the execution, by the book's clock


class OrderEnded(Fact):
    """The book's last word on an order is in."""

    order_id: OrderId
    executed: int
    ending: Ending


class OrderClosed(Fact):
    """An order is done at both ends; what was left of its hold is released."""

    order_id: OrderId
    status: OrderStatus
    released: int  # 1/10,000 USD for a buy, shares for a sell
    at_us: int


class StockListed(Fact):
    """A stock can be traded from here on."""

    symbol: str
    name: str


class AccountRegistered(Fact):
    """The exchange takes commands for this account."""

    account: Address


class PriceSet(Fact):
    """A stock has a new price."""

    number: int
    price: int


class FollowerAdded(Fact):
    """A stock tells its prices to this address."""

    follower: Address


class QuoteApplied(Fact):
    """A book executes at this price from here on."""

    number: int
    price: int


class QuoteNoted(Fact):
    """The market data values at this price from here on."""

    symbol: str
    number: int
    price: int


class OrderEntered(Fact):
    """An order came into the book."""

    order_id: OrderId
    account: Address
    order_type: OrderType
    price_type: PriceType
    quantity: int
    worst_price: int


class OrderExecuted(Fact):
    """The commit point: an order executed at the current price. `executed` as in the report."""

    execution_id: ExecutionId
    order_id: OrderId
    account: Address
    order_type: OrderType
    quantity: int
    price: int
    at_us: int
    executed: int | None  # quantity executed in all, if this execution ends the order


class OrderFinished(Fact):
    """The book is done with an order that this fact ends without an execution."""

    order_id: OrderId
    account: Address
    executed: int
    ending: Ending


class OrderTombstoned(Fact):
    """A cancel came before its order; the order will meet this stone."""

    order_id: OrderId
    account: Address


class ReportConfirmed(Fact):
    """The account has a report durably; it need not be sent again."""

    order_id: OrderId
    execution_id: ExecutionId | None
    ended: bool


class SessionClosed(Fact):
    """The book's trading day is over."""

    at_us: int


AnyFact: TypeAlias = (
    AccountOpened
    | CashDeposited
    | CashWithdrawn
    | SharesTransferred
    | CommandRefused
    | OrderPlaced
    | SubmitConfirmed
    | CancelRequested
    | ExecutionSettled
    | OrderEnded
    | OrderClosed
    | StockListed
    | AccountRegistered
    | PriceSet
    | FollowerAdded
    | QuoteApplied
    | QuoteNoted
    | OrderEntered
    | OrderExecuted
    | OrderFinished
    | OrderTombstoned
    | ReportConfirmed
    | SessionClosed
)
