"""A customer's account, as people hold it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from actors.domain.money import money
from actors.domain.orders import OrderType, PriceType
from actors.domain.users import User
from actors.handles.order import OrderHandle, order_message
from actors.handles.portfolio import PortfolioHandle
from actors.handles.stock import Amount, StockHandle, symbol_of
from actors.messages.base import Address, CommandId
from actors.messages.funds import CloseAccount, DepositCash, TransferShares, WithdrawCash
from actors.messages.queries import AccountAnswer, GetAccount
from actors.notification_handles import AlertsHandle, PreferencesHandle
from actors.order_history import AccountHistory
from actors.releasing import FIRST_COMMAND_ID

if TYPE_CHECKING:
    from actors.brokerage import Brokerage


class AccountHandle(AccountHistory):
    """A customer's account, as people hold it."""

    def __init__(self, brokerage: Brokerage, user: User, address: Address) -> None:
        self._brokerage = brokerage
        self.user = user
        self.address = address
        self.portfolio = PortfolioHandle(self)
        self.preferences = PreferencesHandle(self)
        self.alerts = AlertsHandle(self)

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
        self._command(TransferShares, symbol_of(stock), quantity, money(cost))

    def close(self) -> None:
        """Close the account for good; it then takes no further commands.

        Raises:
            Refused: It has cash, shares or open orders, or is closed already.
        """
        self._command(CloseAccount)

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
        brokerage, symbol = self._brokerage, symbol_of(stock)
        if command_id is None:
            command_id = brokerage.next_command_id()
        elif type(command_id) is not int or not 0 <= command_id < FIRST_COMMAND_ID:
            raise ValueError(
                f"a command id is a whole number from 0 to {FIRST_COMMAND_ID - 1:,}, "
                f"not {command_id!r}"
            )
        handle = OrderHandle(self, symbol)
        handle._place(
            order_message(
                brokerage, self.user.id, self.address, command_id, symbol, quantity, order_type,
                price_type, None if limit_price is None else money(limit_price),
            )
        )  # fmt: skip
        return handle

    def open_orders(self) -> list[OrderHandle]:
        """Return the orders that have not come to their end, the oldest first."""
        return [OrderHandle(self, line.symbol, line.order_id) for line in self.read().open_orders]

    def read(self) -> AccountAnswer:
        """Return balances, holdings and open orders."""
        answer = self._command(GetAccount)
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

    @property
    def net_worth(self) -> int:
        """All cash and the holdings at their latest prices, 1/10,000 USD."""
        answer = self.portfolio.read()
        return answer.cash + answer.current_value

    @property
    def is_closed(self) -> bool:
        """Whether the account takes no further commands."""
        return self.read().is_closed

    def _command(self, kind: Any, *content: Any) -> Any:
        """Send a command or a question of the owner, and return the answer."""
        brokerage = self._brokerage
        command_id = brokerage.next_command_id()
        return brokerage.ask(
            kind(command_id, self.address, *content, brokerage.client, self.user.id)
        )

    def _positive(self, amount: Amount) -> int:
        units = money(amount)
        if units <= 0:
            raise ValueError(f"give an amount above zero, not {amount}")
        return units

    def __repr__(self) -> str:
        return f"<account {self.address.partition('/')[2]} of {self.user.name}>"
