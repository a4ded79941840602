"""An order, as people hold it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from actors.client import Refused
from actors.domain.order_factory import OrderFactory
from actors.domain.orders import OrderStatus, OrderType, PriceType, Reason
from actors.domain.pricing import worst_price_of
from actors.domain.strategies import STRATEGIES, waits
from actors.messages.base import Address, CommandId, Message, OrderId
from actors.messages.orders import CancelOrder, OrderAccepted, OrderReport, PlaceOrder
from actors.releasing import FIRST_COMMAND_ID

if TYPE_CHECKING:
    from actors.brokerage import Brokerage
    from actors.handles.account import AccountHandle


def order_message(
    brokerage: Brokerage,
    user: str,
    account: Address,
    command_id: CommandId,
    symbol: str,
    quantity: int,
    order_type: OrderType,
    price_type: PriceType,
    limit_price: int | None,
    seen_price: int | None = None,
) -> PlaceOrder:
    """Return the command that places an order, with the quote that its customer sees.

    Below FIRST_COMMAND_ID, this is the quote that was seen at the first use of the command id.
    A `seen_price` takes its place.

    Raises:
        InvalidOrder: No market could carry this order out, or its strategy fails.
        Refused: No stock is listed under this symbol.
    """
    needs_quote = type(price_type) is PriceType and STRATEGIES[price_type].needs_quote
    if seen_price is not None:
        seen = seen_price
    elif needs_quote and command_id < FIRST_COMMAND_ID:
        seen = brokerage.seen_price(symbol, account, command_id)
    else:
        seen = brokerage.quote(symbol)
    order = OrderFactory.create_order(symbol, quantity, order_type, price_type, limit_price, seen)
    worst_price_of(price_type, order_type, order.limit_price, seen, brokerage.collar_bp)
    return PlaceOrder(
        command_id, account, symbol, order_type, price_type, quantity, order.limit_price,
        seen if needs_quote else None, brokerage.client, user,
    )  # fmt: skip


class OrderHandle:
    """An order, as people hold it."""

    def __init__(self, account: AccountHandle, symbol: str, order_id: OrderId = "") -> None:
        self._account = account
        self.symbol = symbol
        self.order_id = order_id  # empty if it was never accepted
        self.reason: Reason | None = None
        self.refused: Refused | None = None  # why in words, and when the market opens next

    def _place(self, command: PlaceOrder) -> None:
        brokerage = self._account._brokerage
        try:
            accepted: Message = brokerage.ask(command)
        except Refused as refused:
            is_repeatable = command.command_id < FIRST_COMMAND_ID
            if refused.reason is Reason.UNKNOWN_SYMBOL or (
                refused.reason is Reason.BUSY and is_repeatable
            ):
                raise
            self.reason, self.refused = refused.reason, refused
            return
        assert isinstance(accepted, OrderAccepted)
        self.order_id = accepted.order_id
        if not waits(command.price_type):
            brokerage.await_report(self.order_id)

    @property
    def status(self) -> OrderStatus:
        """Where the order stands, as far as its client has been told."""
        if self.reason is not None:
            return OrderStatus.REJECTED
        report = self._report()
        return OrderStatus.PENDING if report is None else report.status

    @property
    def execution_price(self) -> int | None:
        """Price of its execution, 1/10,000 USD; None as long as there is none."""
        report = self._report()
        return report.price if report is not None and report.quantity else None

    def _report(self) -> OrderReport | None:
        """Return how the order ended, if it did and is one of the account's."""
        brokerage, account = self._account._brokerage, self._account
        report = brokerage.report_of(self.order_id)
        if report is not None:
            brokerage.refuse_stranger(account.user.id, account.address)
        return report if report is not None and report.account == account.address else None

    def cancel(self) -> bool:
        """Take the order out; return False if it had already come to its end.

        Raises:
            Refused: The account has no such order, or the brokerage is too busy to take it out.
        """
        brokerage = self._account._brokerage
        if not self.order_id:
            return False
        try:
            self._account._command(CancelOrder, self.order_id, -1)
        except Refused as refused:
            if refused.reason is not Reason.TOO_LATE:
                raise
            return False
        brokerage.await_report(self.order_id)
        return True

    def __repr__(self) -> str:
        return f"<order {self.order_id}: {self.status.value}>"
