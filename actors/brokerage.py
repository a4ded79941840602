"""A whole brokerage on a runtime."""

from __future__ import annotations

import itertools
import threading
from decimal import Decimal
from types import TracebackType
from typing import Any, Self

import pykka

from actors.account import Account
from actors.addresses import EXCHANGE, MARKET_DATA, account_of, book_of, stock_of
from actors.domain.market_hours import ALWAYS_OPEN, MarketHours
from actors.domain.money import money
from actors.domain.users import User
from actors.exchange import StockExchange
from actors.handles import FIRST_COMMAND_ID, PATIENCE_S, AccountHandle, Amount, Refused, StockHandle
from actors.market_data import MarketData
from actors.messages.base import Address, CommandId
from actors.messages.control import RegisterAccount
from actors.messages.market import ListStock
from actors.messages.orders import CommandRejected, OrderReport
from actors.messages.queries import GetQuote, SearchStocks
from actors.order_book import OrderBook
from actors.runtimes.mailbox import Envelope
from actors.runtimes.runtime import Runtime
from actors.runtimes.threads import ThreadRuntime
from actors.stock import Stock


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
        runtime: Who serves the actors; by default a thread of this process.
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
        self._command_ids = itertools.count(FIRST_COMMAND_ID)
        self._seen_prices: dict[CommandId, int] = {}
        self._is_closed = False
        self._registering = threading.Lock()  # of this handle, not of any actor's state
        self.runtime.attach(client, self._client.take)
        self.runtime.spawn(EXCHANGE, StockExchange, in_flight_limit)
        self.runtime.spawn(MARKET_DATA, MarketData)

    def __enter__(self) -> Self:
        self.refuse_if_closed()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop all actors; closing twice does nothing more."""
        if not self._is_closed:
            self._is_closed = True
            self.runtime.close()

    def refuse_if_closed(self) -> None:
        """Raise RuntimeError if nobody is at work here any more."""
        if self._is_closed:
            raise RuntimeError("this brokerage is closed; make a new one")

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
        self.runtime.run_until_idle(PATIENCE_S)
        if balance:
            handle.deposit(initial_balance)
        return handle

    def open_account(self, user: User) -> Address:
        """Start the actor of a user's account and register it, without waiting."""
        self.refuse_if_closed()
        if type(user.id) is not str or not user.id.isprintable() or not user.id or "/" in user.id:
            raise ValueError(f"a user needs an id in text, without slashes, not {user.id!r}")
        address = account_of(user.id)
        if address in self.runtime.cells:
            raise ValueError(f"user {user.id} has an account already")
        with self._registering:
            self.runtime.spawn(address, Account, user.id, self.collar_bp, self.hours)
        self.runtime.send(EXCHANGE, RegisterAccount(address))
        return address

    def add_stock(self, stock: Stock) -> StockHandle:
        """List a stock: start it and its book, and make it known."""
        handle = self.list_stock(stock)
        self.runtime.run_until_idle(PATIENCE_S)
        return handle

    def list_stock(self, stock: Stock) -> StockHandle:
        """List a stock without waiting until everybody knows it."""
        self.refuse_if_closed()
        symbol, name, price = stock.symbol, stock.name, stock.first_price
        if stock_of(symbol) in self.runtime.cells:
            raise ValueError(f"{symbol} is listed already")
        with self._registering:
            self.runtime.spawn(stock_of(symbol), Stock, symbol, name, Decimal(price) / 10_000)
            self.runtime.spawn(book_of(symbol), OrderBook, symbol, self.hours)
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
            RuntimeError: The brokerage is closed.
        """
        self.refuse_if_closed()
        future = self._expect(self._client.waiting, message.command_id)
        self.runtime.send(EXCHANGE, message, self.client)
        answer = future.get(timeout=PATIENCE_S)
        if isinstance(answer, CommandRejected):
            raise Refused(answer.reason)
        return answer

    def seen_price(self, symbol: str, command_id: CommandId) -> int:
        """Return the quote that a customer sees, or saw when a command was first sent.

        Raises:
            Refused: No stock is listed under this symbol.
        """
        if command_id not in self._seen_prices:
            quote = self.ask(GetQuote(self.next_command_id(), symbol, self.client))
            self._seen_prices[command_id] = quote.price
        return self._seen_prices[command_id]

    def _expect(
        self, where: dict[CommandId, pykka.Future[Any]], command_id: CommandId
    ) -> pykka.Future[Any]:
        future = Account._create_future()
        future.runtime = self.runtime
        return where.setdefault(command_id, future)  # whoever repeats a command waits along

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
        answer = future.get(timeout=PATIENCE_S)
        assert isinstance(answer, OrderReport)
        return answer

    def report_of(self, command_id: CommandId) -> OrderReport | None:
        """Return how an order ended, if it has."""
        return self._client.reports.get(command_id)
