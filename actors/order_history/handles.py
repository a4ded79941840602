"""How people search: the part of a brokerage's and of an account's handle that asks the history."""

from __future__ import annotations

from typing import TYPE_CHECKING

from actors.domain.order_query import Cursor, Group, Grouping, InvalidQuery, OrderQuery, Sort, word
from actors.domain.orders import OrderStatus, OrderType
from actors.domain.users import User
from actors.messages.base import Address
from actors.order_history.history import OrderHistory
from actors.order_history.lines import OrderPage, TransactionPage

if TYPE_CHECKING:
    from actors.brokerage import Brokerage


def _query(
    account: Address,
    symbol: str,
    status: OrderStatus | str | None,
    order_type: OrderType | str | None,
    since_us: int | None,
    until_us: int | None,
) -> OrderQuery:
    return OrderQuery(
        account, symbol, word(OrderStatus, status), word(OrderType, order_type), since_us, until_us
    )


class SearchableOrders:
    """A brokerage whose orders can be searched."""

    history: OrderHistory

    def search_orders(
        self,
        *,
        account: Address = "",
        symbol: str = "",
        status: OrderStatus | str | None = None,
        order_type: OrderType | str | None = None,
        since_us: int | None = None,
        until_us: int | None = None,
        sort: Sort | str = Sort.TIME,
        descending: bool = False,
        limit: int = 50,
        after: Cursor | None = None,
    ) -> OrderPage:
        """Search the orders of everybody, the rejected ones included.

        Args:
            account: Address of an account, as `AccountHandle.address`; empty for any.
            symbol: Empty for any.
            status: None for any.
            order_type: Buy or sell; None for both.
            since_us: Placed at or after this instant, microseconds on the runtime's clock.
            until_us: Placed before it.
            sort: By time of placing, symbol, quantity, or value of what was executed.
            descending: Newest or largest first.
            limit: Rows of a page, at most 10,000.
            after: `next` of the page before. What has come in since is never shown twice, and
                nothing is left out.

        Raises:
            InvalidQuery: Something of it cannot be asked.
            SearchFailed: The history cannot be read or written any more.
        """
        query = _query(account, symbol, status, order_type, since_us, until_us)
        return self.history.search(_shown_as(query, word(Sort, sort), descending, limit, after))

    def sum_orders(
        self,
        by: Grouping | str,
        *,
        account: Address = "",
        symbol: str = "",
        status: OrderStatus | str | None = None,
        order_type: OrderType | str | None = None,
        since_us: int | None = None,
        until_us: int | None = None,
    ) -> tuple[Group, ...]:
        """Sum up the orders that fit, by "symbol" or by "day" of the runtime's clock.

        Raises:
            InvalidQuery: Something of it cannot be asked.
            SearchFailed: The history cannot be read or written any more.
        """
        grouping = word(Grouping, by)
        if grouping is None:
            raise InvalidQuery("say what to sum up by: symbol or day")
        query = _query(account, symbol, status, order_type, since_us, until_us)
        return self.history.aggregate(query, grouping)


class AccountHistory:
    """An account whose orders and transactions can be looked up."""

    user: User
    address: Address
    _brokerage: Brokerage

    def orders(
        self,
        *,
        symbol: str = "",
        status: OrderStatus | str | None = None,
        order_type: OrderType | str | None = None,
        since_us: int | None = None,
        until_us: int | None = None,
        sort: Sort | str = Sort.TIME,
        descending: bool = False,
        limit: int = 50,
        after: Cursor | None = None,
    ) -> OrderPage:
        """Search the orders of this account, as `Brokerage.search_orders` does those of all.

        Raises:
            Refused: It is not an account of the handle's user.
            InvalidQuery: Something of it cannot be asked.
            SearchFailed: The history cannot be read or written any more.
        """
        self._brokerage.refuse_stranger(self.user.id, self.address)
        return self._brokerage.search_orders(
            account=self.address, symbol=symbol, status=status, order_type=order_type,
            since_us=since_us, until_us=until_us, sort=sort, descending=descending, limit=limit,
            after=after,
        )  # fmt: skip

    def transactions(self, *, limit: int = 50, after: Cursor | None = None) -> TransactionPage:
        """Return deposits, withdrawals, transfers and executions, in the order they happened.

        Raises:
            Refused: It is not an account of the handle's user.
            InvalidQuery: The limit or the cursor is impossible.
            SearchFailed: The history cannot be read or written any more.
        """
        self._brokerage.refuse_stranger(self.user.id, self.address)
        return self._brokerage.history.transactions(self.address, after, limit)


def _shown_as(
    query: OrderQuery, sort: Sort | None, descending: bool, limit: int, after: Cursor | None
) -> OrderQuery:
    if sort is None:
        raise InvalidQuery("say what to sort by: time, symbol, quantity or value")
    return OrderQuery(
        query.account, query.symbol, query.status, query.order_type, query.since_us,
        query.until_us, sort, descending, limit, after,
    )  # fmt: skip
