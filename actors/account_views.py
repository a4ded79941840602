"""What an account tells of itself: values made from its state, which change nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from actors.account_state import AccountState
from actors.domain.orders import OrderType, PriceType
from actors.messages.base import Address, Message
from actors.messages.orders import PlaceOrder
from actors.messages.queries import (
    AccountAnswer,
    GetAccount,
    GetPortfolio,
    HoldingLine,
    OpenOrderLine,
    ValuePortfolio,
)
from actors.messages.watching import FollowHoldings, HoldingsTold
from actors.subscriptions import LEASE_S

if TYPE_CHECKING:
    from actors.actor import Actor


def valuation_of(state: AccountState, query: GetPortfolio) -> ValuePortfolio:
    """Return the question to the market data what the holdings are worth."""
    return ValuePortfolio(
        query.command_id, query.account, state.cash, state.held, state.portfolio.realised,
        _holdings(state), query.reply_to, state.revision,
    )  # fmt: skip


def answer_of(state: AccountState, query: GetAccount) -> AccountAnswer:
    """Return balances, holdings and open orders."""
    lines = tuple(
        OpenOrderLine(
            order_id, order.symbol, order.order_type, order.price_type, order.quantity,
            order.worst_price, bool(order.cancels),
        )
        for order_id, order in state.open_orders.items()
    )  # fmt: skip
    return AccountAnswer(
        query.command_id, query.account, state.cash, state.held, state.portfolio.realised,
        _holdings(state), lines, state.revision, state.is_closed,
    )  # fmt: skip


class Watchers:
    """Those whom an account tells its holdings, each for a while; after a crash they ask again."""

    def __init__(self, account: Actor) -> None:
        self._account = account
        self._until_s: dict[Address, float] = {}

    def add(self, request: FollowHoldings) -> None:
        """Tell somebody the holdings from here on, and now if it does not know them."""
        self._until_s[request.follower] = self._account.now + LEASE_S
        if self._account.state.revision > request.known:
            self._account.send(request.follower, self._holdings())

    def tell(self) -> None:
        """Tell everybody that the holdings have changed."""
        if not self._until_s:
            return  # as nearly always, and every execution asks
        for watcher, until_s in list(self._until_s.items()):
            if until_s < self._account.now:
                del self._until_s[watcher]
            else:
                self._account.send(watcher, self._holdings())

    def _holdings(self) -> HoldingsTold:
        state = self._account.state
        return HoldingsTold(self._account.address, state.revision, _holdings(state))


def _holdings(state: AccountState) -> tuple[HoldingLine, ...]:
    return tuple(
        HoldingLine(symbol, holding.quantity, holding.held, holding.cost)
        for symbol, holding in state.portfolio.holdings.items()
    )


def refused_order(command: Message) -> tuple[OrderType | None, PriceType | None, int, int]:
    """Return side, kind, shares and price of an order that is refused; of no order, nothing."""
    if not isinstance(command, PlaceOrder):
        return None, None, 0, 0
    price = command.seen_price if command.limit_price is None else command.limit_price
    return command.order_type, command.price_type, command.quantity, price or 0
