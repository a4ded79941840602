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
from actors.messages.notification_facts import AnyNotificationFact, NoticeFact
from actors.messages.orders import Ending


class AccountOpened(Fact, frozen=True):
    """An account exists, empty."""

    user: str


class AccountClosed(Fact, frozen=True):
    """An account that was empty takes no further commands."""

    command_id: CommandId
    fingerprint: int  # of the command's content
    at_us: int


class CommandsForgotten(Fact, frozen=True):
    """No command from one number up to another will be answered again: its client has it all."""

    below: CommandId
    since: CommandId = 0


class CashDeposited(Fact, frozen=True):
    """Cash came in from outside."""

    command_id: CommandId
    fingerprint: int  # of the command's content
    transaction_id: TransactionId
    amount: int
    at_us: int


class CashWithdrawn(Fact, frozen=True):
    """Cash left to the outside."""

    command_id: CommandId
    fingerprint: int
    transaction_id: TransactionId
    amount: int
    at_us: int


class SharesTransferred(Fact, frozen=True):
    """Shares came in from another broker."""

    command_id: CommandId
    fingerprint: int
    transaction_id: TransactionId
    symbol: str
    quantity: int
    cost: int
    at_us: int


class CommandRefused(Fact, frozen=True):
    """The account refused a command; a repeat of it will be refused likewise.

    `needed` is what a refused order would have held, or the amount or the shares that were to be
    moved. What follows it tells of a refused order, for whoever searches orders.
    """

    command_id: CommandId
    fingerprint: int
    reason: Reason
    symbol: str
    needed: int
    order_type: OrderType | None = None  # None where the command placed no order
    price_type: PriceType | None = None
    quantity: int = 0
    price: int = 0  # the limit, or the quote that the customer saw
    at_us: int = -1
    next_session_us: int = -1  # when the market opens next, if it was closed; -1 for unknown


class OrderPlaced(Fact, frozen=True):
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
    trigger_price: int = 0  # that the customer named, where it is not the worst one


class SubmitConfirmed(Fact, frozen=True):
    """The book has the order; it need not be submitted again."""

    order_id: OrderId


class CancelRequested(Fact, frozen=True):
    """The customer wants the order out; the book has been asked."""

    order_id: OrderId
    command_id: CommandId
    fingerprint: int
    client: Address


class ExecutionSettled(Fact, frozen=True):
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


class OrderEnded(Fact, frozen=True):
    """The book's last word on an order is in."""

    order_id: OrderId
    executed: int
    ending: Ending


class OrderClosed(Fact, frozen=True):
    """An order is done at both ends; what was left of its hold is released."""

    order_id: OrderId
    status: OrderStatus
    released: int  # 1/10,000 USD for a buy, shares for a sell
    at_us: int


class StockListed(Fact, frozen=True):
    """A stock can be traded from here on."""

    symbol: str
    name: str


class AccountRegistered(Fact, frozen=True):
    """The exchange takes commands for this account, from its user."""

    account: Address
    user: str


class PriceSet(Fact, frozen=True):
    """A stock has a new price."""

    number: int
    price: int
    due_us: int = -1  # when its source says that it became true; -1 for unknown


class FollowerAdded(Fact, frozen=True):
    """A stock tells its prices to this address."""

    follower: Address


class QuoteApplied(Fact, frozen=True):
    """A book executes at this price from here on."""

    number: int
    price: int


class QuoteNoted(Fact, frozen=True):
    """The market data values at this price from here on."""

    symbol: str
    number: int
    price: int


class OrderEntered(Fact, frozen=True):
    """An order came into the book."""

    order_id: OrderId
    account: Address
    order_type: OrderType
    price_type: PriceType
    quantity: int
    worst_price: int
    trigger_price: int = 0


class OrderExecuted(Fact, frozen=True):
    """The commit point: an order executed at the current price. `executed` as in the report."""

    execution_id: ExecutionId
    order_id: OrderId
    account: Address
    order_type: OrderType
    quantity: int
    price: int
    at_us: int
    executed: int | None  # quantity executed in all, if this execution ends the order


class OrderFinished(Fact, frozen=True):
    """The book is done with an order that this fact ends without an execution."""

    order_id: OrderId
    account: Address
    executed: int
    ending: Ending


class OrderTombstoned(Fact, frozen=True):
    """A cancel came before its order; the order will meet this stone."""

    order_id: OrderId
    account: Address


class ReportConfirmed(Fact, frozen=True):
    """The account has a report durably; it need not be sent again."""

    order_id: OrderId
    execution_id: ExecutionId | None
    ended: bool


class OrderDeferred(Fact, frozen=True):
    """An order that has come into the book is for a session which is not open yet."""

    order_id: OrderId
    session_us: int  # opening of that session


class SessionOpened(Fact, frozen=True):
    """The book executes from here on, and what was deferred for this session waits in it."""

    session_us: int  # opening of the session, by the calendar
    at_us: int


class SessionClosed(Fact, frozen=True):
    """The book's trading day is over."""

    at_us: int


class SessionFollowed(Fact, frozen=True):
    """The exchange tells this address when the user of an account logs in and out."""

    account: Address
    follower: Address


class WatchlistOpened(Fact, frozen=True):
    """A user can have watch lists."""

    user: str


class SymbolWatched(Fact, frozen=True):
    """A symbol is on a watch list."""

    command_id: CommandId
    fingerprint: int
    name: str  # of the list
    symbol: str


class SymbolUnwatched(Fact, frozen=True):
    """A symbol is not on a watch list, whether or not it was."""

    command_id: CommandId
    fingerprint: int
    name: str
    symbol: str


class WatchRefused(Fact, frozen=True):
    """A watch list was not changed; a repeat of the command will be refused likewise."""

    command_id: CommandId
    fingerprint: int
    reason: Reason


class ViewOpened(Fact, frozen=True):
    """The portfolio of an account can be shown live."""

    account: Address


class SessionBegun(Fact, frozen=True):
    """The user has logged in; live prices are shown on this screen, if any."""

    command_id: CommandId
    screen: Address


class SessionEnded(Fact, frozen=True):
    """The user has logged out."""

    command_id: CommandId


AccountFact: TypeAlias = (
    AccountOpened
    | AccountClosed
    | CommandsForgotten
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
    | NoticeFact
)
BookFact: TypeAlias = (
    QuoteApplied
    | OrderEntered
    | OrderDeferred
    | OrderExecuted
    | OrderFinished
    | OrderTombstoned
    | ReportConfirmed
    | SessionOpened
    | SessionClosed
)
StockFact: TypeAlias = StockListed | PriceSet | FollowerAdded
MarketDataFact: TypeAlias = StockListed | QuoteNoted
ExchangeFact: TypeAlias = StockListed | AccountRegistered | SessionFollowed
WatchlistFact: TypeAlias = (
    WatchlistOpened | SymbolWatched | SymbolUnwatched | WatchRefused | CommandsForgotten
    | SessionBegun | SessionEnded
)  # fmt: skip
ViewFact: TypeAlias = ViewOpened | SessionBegun | SessionEnded
AnyFact: TypeAlias = (
    AccountFact
    | BookFact
    | StockFact
    | MarketDataFact
    | ExchangeFact
    | WatchlistFact
    | ViewFact
    | AnyNotificationFact
)
