"""The handles that people and notebooks hold: a stock, an account, its portfolio, an order."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeAlias

from actors.addresses import stock_of
from actors.domain.money import money
from actors.domain.order_factory import OrderFactory, checked_price
from actors.domain.orders import OrderStatus, OrderType, PriceType, Reason
from actors.domain.price_history import PastPrice
from actors.domain.users import User
from actors.messages.base import Address, CommandId, Message, OrderId
from actors.messages.funds import DepositCash, TransferShares, WithdrawCash
from actors.messages.market import SetPrice
from actors.messages.orders import CancelOrder, OrderAccepted, PlaceOrder
from actors.messages.queries import (
    AccountAnswer,
    GetAccount,
    GetPortfolio,
    HoldingLine,
    PortfolioAnswer,
)

if TYPE_CHECKING:
    from actors.brokerage import Brokerage

Amount: TypeAlias = str | int | Decimal
FIRST_COMMAND_ID = 2**40  # of those that handles choose themselves
PATIENCE_S = 30.0  # wall-clock seconds that a handle waits for an answer


class Refused(ValueError):  # noqa: N818 - the brokerage's word; it is an answer, not a failure
    """The brokerage refused a command; nothing happened.

    Attributes:
        reason: Why.
    """

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.sentence)
        self.reason = reason


class StockHandle:
    """A listed stock, as people hold it."""

    def __init__(self, brokerage: Brokerage, symbol: str, name: str) -> None:
        self._brokerage = brokerage
        self.symbol = symbol
        self.name = name

    @property
    def current_price(self) -> int:
        """The latest price, 1/10,000 USD."""
        return self._brokerage.quote(self.symbol)

    def history(self, limit: int = 100) -> list[PastPrice]:
        """Return at most so many of the last 1,000 prices, the oldest first, with their times."""
        from actors.watch_handles import history_of

        return history_of(self._brokerage, self.symbol, limit)

    def set_price(self, price: Amount) -> None:
        """Move the price, and wait until everybody has heard of it.

        Raises:
            ValueError: It is not an amount above zero.
        """
        self._brokerage.refuse_if_closed()
        units = checked_price(self.symbol, price)
        self._brokerage.runtime.send(stock_of(self.symbol), SetPrice(units))
        self._brokerage.runtime.run_until_idle(PATIENCE_S)

    def __repr__(self) -> str:
        return f"<stock {self.symbol} ({self.name})>"


class AccountHandle:
    """A customer's account, as people hold it."""

    def __init__(self, brokerage: Brokerage, user: User, address: Address) -> None:
        self._brokerage = brokerage
        self.user = user
        self.address = address
        self.portfolio = PortfolioHandle(self)

    def deposit(self, amount: Amount) -> None:
        """Pay cash in.

        Raises:
            ValueError: It is not an amount above zero.
        """
        self._command(DepositCash, self._positive(amount))

    def withdraw(self, amount: Amount) -> None:
        """Pay cash out; only what is not held can leave.

        Raises:
            ValueError: It is not an amount above zero.
            Refused: So much is not available.
        """
        self._command(WithdrawCash, self._positive(amount))

    def transfer_shares(self, stock: StockHandle | str, quantity: int, cost: Amount) -> None:
        """Bring shares from another broker, with what they once cost in all."""
        if type(quantity) is not int or quantity <= 0:
            raise ValueError(f"transfer a positive whole number of shares, not {quantity!r}")
        self._command(TransferShares, _symbol(stock), quantity, money(cost))

    def place_order(
        self,
        stock: StockHandle | str,
        quantity: int,
        order_type: OrderType,
        price_type: PriceType,
        limit_price: Amount | None = None,
        *,
        command_id: CommandId | None = None,
    ) -> OrderHandle:
        """Place an order; a market order is waited for, a limit order may go on waiting.

        Args:
            stock: What is bought or sold.
            quantity: Whole shares, at least 1.
            order_type: Buy or sell.
            price_type: At market or at a limit.
            limit_price: Of a limit order.
            command_id: Give the same one again to repeat a command whose answer was lost; a
                whole number below FIRST_COMMAND_ID, from where handles take their own.

        Returns:
            A handle; its status is REJECTED, with a reason, if the brokerage refused.

        Raises:
            InvalidOrder: No market could carry this order out.
            Refused: No stock is listed under this symbol; or, with a `command_id`, the brokerage
                is too busy to say what became of it: it may stand from before, so ask again.
        """
        brokerage, symbol = self._brokerage, _symbol(stock)
        limit = None if limit_price is None else money(limit_price)
        if command_id is None:
            command_id = brokerage.next_command_id()
        elif type(command_id) is not int or not 0 <= command_id < FIRST_COMMAND_ID:
            raise ValueError(
                f"a command id is a whole number from 0 to {FIRST_COMMAND_ID - 1:,}, "
                f"not {command_id!r}"
            )
        if price_type is PriceType.MARKET and command_id < FIRST_COMMAND_ID:
            seen = brokerage.seen_price(symbol, self.address, command_id)
        else:
            seen = brokerage.quote(symbol)
        order = OrderFactory.create_order(symbol, quantity, order_type, price_type, limit, seen)
        handle = OrderHandle(self, symbol)
        handle._place(
            PlaceOrder(
                command_id, self.address, symbol, order_type, price_type, quantity,
                order.limit_price, seen if price_type is PriceType.MARKET else None,
                brokerage.client,
            )
        )  # fmt: skip
        return handle

    def open_orders(self) -> list[OrderHandle]:
        """Return the orders that have not come to their end, the oldest first."""
        return [OrderHandle(self, line.symbol, line.order_id) for line in self.read().open_orders]

    def read(self) -> AccountAnswer:
        """Return balances, holdings and open orders."""
        brokerage = self._brokerage
        command_id = brokerage.next_command_id()
        answer = brokerage.ask(GetAccount(command_id, self.address, brokerage.client))
        assert isinstance(answer, AccountAnswer)
        return answer

    @property
    def cash(self) -> int:
        """All cash, 1/10,000 USD."""
        return self.read().cash

    @property
    def held(self) -> int:
        """Cash set aside for open buy orders, 1/10,000 USD."""
        return self.read().held

    @property
    def available(self) -> int:
        """Cash that is not held, 1/10,000 USD."""
        answer = self.read()
        return answer.cash - answer.held

    def _command(self, kind: Any, *content: Any) -> None:
        brokerage = self._brokerage
        brokerage.ask(kind(brokerage.next_command_id(), self.address, *content, brokerage.client))

    def _positive(self, amount: Amount) -> int:
        units = money(amount)
        if units <= 0:
            raise ValueError(f"give an amount above zero, not {amount}")
        return units

    def __repr__(self) -> str:
        return f"<account {self.address.partition('/')[2]} of {self.user.name}>"


class PortfolioHandle:
    """The holdings of an account, valued at the latest prices."""

    def __init__(self, account: AccountHandle) -> None:
        self._account = account

    def read(self) -> PortfolioAnswer:
        """Return holdings, prices and value."""
        brokerage = self._account._brokerage
        query = GetPortfolio(brokerage.next_command_id(), self._account.address, brokerage.client)
        answer = brokerage.ask(query)
        assert isinstance(answer, PortfolioAnswer)
        return answer

    def calculate_value(self) -> int:
        """Return the value of all holdings, 1/10,000 USD."""
        return self.read().current_value

    def get_holdings_summary(self) -> dict[str, HoldingLine]:
        """Return quantity, held shares and cost by symbol."""
        return {line.symbol: line for line in self.read().holdings}

    def get_profit_loss(self) -> dict[str, int | float]:
        """Return what the holdings are worth against what they cost.

        Returns:
            `profit_loss`, `cost_total`, `current_value` and `realised` in 1/10,000 USD,
            `percentage` of the cost (0.0 where nothing was paid).
        """
        answer = self.read()
        profit = answer.current_value - answer.cost_total
        return {
            "profit_loss": profit,
            "percentage": 100 * profit / answer.cost_total if answer.cost_total else 0.0,
            "cost_total": answer.cost_total,
            "current_value": answer.current_value,
            "realised": answer.realised,
        }


class OrderHandle:
    """An order, as people hold it."""

    def __init__(self, account: AccountHandle, symbol: str, order_id: OrderId = "") -> None:
        self._account = account
        self.symbol = symbol
        self.order_id = order_id  # empty if it was never accepted
        self.reason: Reason | None = None

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
            self.reason = refused.reason
            return
        assert isinstance(accepted, OrderAccepted)
        self.order_id = accepted.order_id
        if command.price_type is PriceType.MARKET:
            brokerage.await_report(self.order_id)

    @property
    def status(self) -> OrderStatus:
        """Where the order stands, as far as its client has been told."""
        if self.reason is not None:
            return OrderStatus.REJECTED
        report = self._account._brokerage.report_of(self.order_id)
        return OrderStatus.PENDING if report is None else report.status

    @property
    def execution_price(self) -> int | None:
        """Price of its execution, 1/10,000 USD; None as long as there is none."""
        report = self._account._brokerage.report_of(self.order_id)
        return report.price if report is not None and report.quantity else None

    def cancel(self) -> bool:
        """Take the order out; return False if it had already come to its end."""
        brokerage = self._account._brokerage
        if not self.order_id:
            return False
        command_id = brokerage.next_command_id()
        try:
            account = self._account.address
            brokerage.ask(CancelOrder(command_id, account, self.order_id, -1, brokerage.client))
        except Refused:
            return False
        brokerage.await_report(self.order_id)
        return True

    def __repr__(self) -> str:
        return f"<order {self.order_id}: {self.status.value}>"


def _symbol(stock: StockHandle | str) -> str:
    if isinstance(stock, str):
        return stock
    if isinstance(stock, StockHandle):
        return stock.symbol
    raise ValueError(f"give a stock or its symbol, not {stock!r}")
