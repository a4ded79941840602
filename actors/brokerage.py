"""A whole brokerage on a runtime, and the handles that people and notebooks hold."""

from __future__ import annotations

import itertools
import threading
from decimal import Decimal
from types import TracebackType
from typing import Any, Self

import msgspec
import pykka

from actors.account import Account
from actors.domain.market_hours import ALWAYS_OPEN, MarketHours
from actors.domain.money import money
from actors.domain.order_factory import InvalidOrder, OrderFactory
from actors.domain.orders import OrderStatus, OrderType, PriceType, Reason
from actors.exchange import EXCHANGE, MARKET_DATA, StockExchange
from actors.market_data import MarketData
from actors.messages.base import Address, CommandId, Message, OrderId
from actors.messages.control import RegisterAccount
from actors.messages.funds import DepositCash, TransferShares, WithdrawCash
from actors.messages.market import ListStock, SetPrice
from actors.messages.orders import (
    CancelOrder,
    CommandRejected,
    OrderAccepted,
    OrderReport,
    PlaceOrder,
)
from actors.messages.queries import (
    AccountAnswer,
    GetAccount,
    GetPortfolio,
    GetQuote,
    HoldingLine,
    PortfolioAnswer,
    SearchStocks,
)
from actors.order_book import OrderBook
from actors.runtimes.mailbox import Envelope
from actors.runtimes.runtime import Runtime
from actors.runtimes.threads import ThreadRuntime
from actors.stock import Stock

Amount = str | int | Decimal
_PATIENCE_S = 30.0


class User(msgspec.Struct, frozen=True):
    """A customer.

    Attributes:
        id: Unique, without slashes.
        name: As people write it.
        email: Where notifications go.
        phone: Where text messages go.
    """

    id: str
    name: str
    email: str = ""
    phone: str = ""


class Refused(ValueError):  # noqa: N818 - the brokerage's word; it is an answer, not a failure
    """The brokerage refused a command; nothing happened.

    Attributes:
        reason: Why.
    """

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.sentence)
        self.reason = reason


class _Client:
    """The client's side: hands each answer to whoever waits for it, and keeps order reports."""

    def __init__(self) -> None:
        self.waiting: dict[CommandId, pykka.Future[Any]] = {}
        self.reports: dict[CommandId, OrderReport] = {}
        self.reported: dict[CommandId, pykka.Future[Any]] = {}

    def take(self, envelope: Envelope) -> None:
        message = envelope.message
        if isinstance(message, OrderReport):
            self.reports[message.command_id] = message
            future = self.reported.pop(message.command_id, None)
        else:
            future = self.waiting.pop(message.command_id, None)
        if future is not None:
            future.set(message)


class Brokerage:
    """Puts the actors together: one exchange, its market data, stocks, books and accounts.

    Args:
        runtime: Who serves the actors; by default two threads of this process.
        hours: When orders may be placed and executed, on the runtime's clock.
        collar_bp: Width of a market order's collar, in basis points.
        in_flight_limit: Commands in flight above which the door refuses more.
        client: Address under which the handles talk to the exchange.

    Example:
        >>> with Brokerage() as exchange:
        ...     account = exchange.register_account(User("U001", "Alice"), "10000.00")
        ...     apple = exchange.add_stock(Stock("AAPL", "Apple Inc.", "150.00"))
        ...     order = account.place_order(apple, 10, OrderType.BUY, PriceType.MARKET)
        ...     order.status.value
        'EXECUTED'
    """

    def __init__(
        self,
        runtime: Runtime[Any] | None = None,
        *,
        hours: MarketHours = ALWAYS_OPEN,
        collar_bp: int = 500,
        in_flight_limit: int = 10_000,
        client: Address = "handles",
    ) -> None:
        self.client = client
        self.runtime: Runtime[Any] = runtime or ThreadRuntime()
        self.hours = hours
        self.collar_bp = collar_bp
        self._client = _Client()
        self._command_ids = itertools.count(1)
        self._registering = threading.Lock()  # of this handle, not of any actor's state
        self.runtime.attach(client, self._client.take)
        self.runtime.spawn(EXCHANGE, StockExchange, hours, in_flight_limit)
        self.runtime.spawn(MARKET_DATA, MarketData)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop all actors."""
        self.runtime.close()

    def register_account(self, user: User, initial_balance: Amount = 0) -> AccountHandle:
        """Open an account for a user, and deposit its first cash.

        Raises:
            ValueError: The user already has this account, or the balance is not an amount.
        """
        balance = money(initial_balance)
        if balance < 0:
            raise ValueError(f"an initial balance must not be negative, as {initial_balance} is")
        address = self.open_account(user)
        handle = AccountHandle(self, user, address)
        self.runtime.run_until_idle(_PATIENCE_S)
        if balance:
            handle.deposit(initial_balance)
        return handle

    def open_account(self, user: User) -> Address:
        """Start the actor of a user's account and register it, without waiting."""
        if not user.id or "/" in user.id or not user.id.isprintable():
            raise ValueError(f"a user needs an id without slashes, not {user.id!r}")
        address = f"account/{user.id}-1"
        with self._registering:
            self.runtime.spawn(address, Account, user.id, self.collar_bp)
        self.runtime.send(EXCHANGE, RegisterAccount(address))
        return address

    def add_stock(self, stock: Stock) -> StockHandle:
        """List a stock: start it and its book, and make it known."""
        handle = self.list_stock(stock)
        self.runtime.run_until_idle(_PATIENCE_S)
        return handle

    def list_stock(self, stock: Stock) -> StockHandle:
        """List a stock without waiting until everybody knows it."""
        symbol, name, price = stock.symbol, stock.name, stock.first_price
        with self._registering:
            self.runtime.spawn(f"stock/{symbol}", Stock, symbol, name, Decimal(price) / 10_000)
            self.runtime.spawn(f"book/{symbol}", OrderBook, symbol, self.hours)
        self.runtime.send(EXCHANGE, ListStock(symbol, name))
        self.runtime.send(MARKET_DATA, ListStock(symbol, name))
        return StockHandle(self, symbol, name)

    def search(self, text: str, limit: int = 10) -> list[str]:
        """Find symbols by the beginning of the symbol or by words of the name."""
        command_id = self.next_command_id()
        return list(self.ask(SearchStocks(command_id, text, limit, self.client)).symbols)

    def next_command_id(self) -> CommandId:
        """Return a command id that was not used here before."""
        return next(self._command_ids)

    def ask(self, message: Any) -> Any:
        """Send a command or a question to the exchange and wait for the answer.

        Raises:
            Refused: It was refused.
            pykka.Timeout: There was no answer.
        """
        future = self._expect(self._client.waiting, message.command_id)
        self.runtime.send(EXCHANGE, message, self.client)
        answer = future.get(timeout=_PATIENCE_S)
        if isinstance(answer, CommandRejected):
            raise Refused(answer.reason)
        return answer

    def _expect(
        self, where: dict[CommandId, pykka.Future[Any]], command_id: CommandId
    ) -> pykka.Future[Any]:
        future = Account._create_future()
        future.runtime = self.runtime
        where[command_id] = future
        return future

    def await_report(self, command_id: CommandId) -> OrderReport:
        """Wait until an order has come to its end.

        Raises:
            pykka.Timeout: It does not come to its end by itself.
        """
        future = self._expect(self._client.reported, command_id)
        report = self._client.reports.get(command_id)
        if report is not None:
            self._client.reported.pop(command_id, None)
            return report
        answer = future.get(timeout=_PATIENCE_S)
        assert isinstance(answer, OrderReport)
        return answer

    def report_of(self, command_id: CommandId) -> OrderReport | None:
        """Return how an order ended, if it has."""
        return self._client.reports.get(command_id)


class StockHandle:
    """A listed stock, as people hold it."""

    def __init__(self, brokerage: Brokerage, symbol: str, name: str) -> None:
        self._brokerage = brokerage
        self.symbol = symbol
        self.name = name

    @property
    def current_price(self) -> int:
        """The latest price, 1/10,000 USD."""
        brokerage = self._brokerage
        answer = brokerage.ask(GetQuote(brokerage.next_command_id(), self.symbol, brokerage.client))
        return int(answer.price)

    def set_price(self, price: Amount) -> None:
        """Move the price, and wait until everybody has heard of it.

        Raises:
            ValueError: It is not an amount above zero.
        """
        units = money(price)
        if units <= 0:
            raise ValueError(f"the price of {self.symbol} must be above zero, not {price}")
        self._brokerage.runtime.send(f"stock/{self.symbol}", SetPrice(units))
        self._brokerage.runtime.run_until_idle(_PATIENCE_S)

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
            command_id: Give the same one again to repeat a command whose answer was lost.

        Returns:
            A handle; its status is REJECTED, with a reason, if the brokerage refused.

        Raises:
            InvalidOrder: No market could carry this order out.
            Refused: No stock is listed under this symbol.
        """
        brokerage, symbol = self._brokerage, _symbol(stock)
        limit = None if limit_price is None else money(limit_price)
        seen = brokerage.ask(GetQuote(brokerage.next_command_id(), symbol, brokerage.client)).price
        order = OrderFactory.create_order(symbol, quantity, order_type, price_type, limit, seen)
        if command_id is None:
            command_id = brokerage.next_command_id()
        handle = OrderHandle(self, command_id, symbol)
        handle._place(
            PlaceOrder(
                command_id, self.address, symbol, order_type, price_type, quantity,
                order.limit_price, seen if price_type is PriceType.MARKET else None,
                brokerage.client,
            )
        )  # fmt: skip
        return handle

    def read(self) -> AccountAnswer:
        """Return balances, holdings and open orders."""
        brokerage = self._brokerage
        answer = brokerage.ask(GetAccount(brokerage.next_command_id(), self.address, brokerage.client))
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

    def __init__(self, account: AccountHandle, command_id: CommandId, symbol: str) -> None:
        self._account = account
        self.command_id = command_id
        self.symbol = symbol
        self.order_id: OrderId | None = None
        self.reason: Reason | None = None

    def _place(self, command: PlaceOrder) -> None:
        brokerage = self._account._brokerage
        try:
            accepted: Message = brokerage.ask(command)
        except Refused as refused:
            if refused.reason is Reason.UNKNOWN_SYMBOL:
                raise
            self.reason = refused.reason
            return
        assert isinstance(accepted, OrderAccepted)
        self.order_id = accepted.order_id
        if command.price_type is PriceType.MARKET:
            brokerage.await_report(self.command_id)

    @property
    def status(self) -> OrderStatus:
        """Where the order stands, as far as its client has been told."""
        if self.reason is not None:
            return OrderStatus.REJECTED
        report = self._account._brokerage.report_of(self.command_id)
        return OrderStatus.PENDING if report is None else report.status

    @property
    def execution_price(self) -> int | None:
        """Price of its execution, 1/10,000 USD; None as long as there is none."""
        report = self._account._brokerage.report_of(self.command_id)
        return report.price if report is not None and report.quantity else None

    def cancel(self) -> bool:
        """Take the order out; return False if it had already come to its end."""
        brokerage = self._account._brokerage
        if self.order_id is None:
            return False
        command_id = brokerage.next_command_id()
        try:
            brokerage.ask(
                CancelOrder(command_id, self._account.address, self.order_id, reply_to=brokerage.client)
            )
        except Refused:
            return False
        brokerage.await_report(self.command_id)
        return True

    def __repr__(self) -> str:
        return f"<order {self.order_id or self.command_id}: {self.status.value}>"


def _symbol(stock: StockHandle | str) -> str:
    return stock if isinstance(stock, str) else stock.symbol


__all__ = ["AccountHandle", "Brokerage", "InvalidOrder", "OrderHandle", "Refused", "User"]
