"""Questions about the orders and transactions of one account, answered page by page."""

from __future__ import annotations

from actors.domain.order_query import Sort
from actors.domain.orders import OrderStatus, OrderType
from actors.messages.base import Address, CommandId, Message
from actors.order_history.lines import OrderLine, TransactionLine


class FindOrders(Message, frozen=True):
    """Ask for orders of an account that fit, sorted; `after` is where the page before ended.

    Instants are microseconds on the brokerage's clock, -1 for none. It is the door that asks
    whose account it is; whoever keeps the history answers, where there is a desk for it.
    """

    command_id: CommandId
    account: Address
    symbol: str = ""
    status: OrderStatus | None = None
    order_type: OrderType | None = None
    since_us: int = -1
    until_us: int = -1
    sort: Sort = Sort.TIME
    descending: bool = False
    limit: int = 50
    after: tuple[int | str, int] | None = None
    reply_to: Address = ""
    user: str = ""


class FoundOrders(Message, frozen=True):
    """Tell a page of the orders that fit, how many do, and where the page ends if more follow."""

    command_id: CommandId
    account: Address
    rows: tuple[OrderLine, ...]
    total: int
    end: tuple[int | str, int] | None = None


class GetTransactions(Message, frozen=True):
    """Ask for the transactions of an account behind a number, in the order they happened."""

    command_id: CommandId
    account: Address
    after: int = 0
    limit: int = 50
    reply_to: Address = ""
    user: str = ""


class TransactionsAnswer(Message, frozen=True):
    """Tell a page of transactions, how many there are in all, and where the page ends; 0: last."""

    command_id: CommandId
    account: Address
    rows: tuple[TransactionLine, ...]
    total: int
    end: int = 0
