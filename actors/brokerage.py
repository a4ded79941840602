"""A whole brokerage on a runtime."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from contextlib import nullcontext
from decimal import Decimal
from types import TracebackType
from typing import Any, Final, Self

import msgspec

from actors.account import Account
from actors.addresses import EXCHANGE, MARKET_DATA, account_of, book_of, stock_of
from actors.client import PATIENCE_S, Client
from actors.domain.market_hours import ALWAYS_OPEN, MarketHours
from actors.domain.money import money
from actors.domain.users import User
from actors.exchange import StockExchange
from actors.handles import FIRST_COMMAND_ID, AccountHandle, Amount, StockHandle, UserHandle
from actors.market_data import MarketData
from actors.messages.base import Address, CommandId, OrderId
from actors.messages.control import RegisterAccount
from actors.messages.market import ListStock
from actors.messages.orders import OrderReport
from actors.messages.queries import GetQuote, QuoteAnswer, SearchStocks
from actors.order_book import OrderBook
from actors.runtimes.journal import Journal, JournalError
from actors.runtimes.runtime import Runtime
from actors.runtimes.sqlite_journal import SqliteJournal
from actors.runtimes.threads import ThreadRuntime
from actors.stock import Stock
from actors.watch_handles import WatchHandles

_COMMANDS_PER_NOTE = 4_096
_USER = "user/"
_STOCK = "stock/"
_ACCOUNTS = "accounts/"  # how many a user has, where it is not one
_COMMANDS = "commands"
_STOCK_NOTE = tuple[str, str, int]
NOTE_TYPES: Final = {"user": User, "accounts": int, "stock": _STOCK_NOTE, "commands": int}
"""What a brokerage notes in its journal besides facts."""

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.decode


class Brokerage(WatchHandles):
    """Puts the actors together: one exchange, its market data, stocks, books and accounts.

    With a journal in a file, everything that anybody was told is on disk before it is told, and
    whoever opens the file again finds it: accounts to the cent, open orders, stocks and prices.

    Args:
        runtime: Who serves the actors; by default a thread of this process.
        journal: A file, made if it does not exist, or a journal; by default in memory. Only for
            the default runtime, as any other one brings its own.
        hours: When orders may be placed and executed, on the runtime's clock.
        collar_bp: Width of a market order's collar, in basis points.
        in_flight_limit: Commands in flight above which the door refuses more.
        client: Address under which the handles talk to the exchange.

    Raises:
        ValueError: Both a runtime and a journal are given.
        JournalError: The file cannot be used; it is left as it was.

    Example:
        >>> with Brokerage() as exchange:
        ...     account = exchange.register_account(User("U001", "Alice"), "10000.00")
        ...     apple = exchange.add_stock(Stock("AAPL", "Apple Inc.", "150.00"))
        ...     order = account.place_order(apple, 10, OrderType.BUY, PriceType.MARKET)
        ...     order.status.value
        'EXECUTED'

        What a file has kept is there again when it is opened again:

        >>> with Brokerage(journal="floor.db") as exchange:
        ...     account = exchange.register_account(User("U001", "Alice"), "10000.00")
        ...     apple = exchange.add_stock(Stock("AAPL", "Apple Inc.", "150.00"))
        ...     order = account.place_order(apple, 10, OrderType.BUY, PriceType.LIMIT, "140.00")
        >>> with Brokerage(journal="floor.db") as exchange:
        ...     alice = exchange.account("U001")
        ...     exchange.stock("AAPL").set_price("139.50")
        ...     alice.user.name, alice.cash, alice.portfolio.get_holdings_summary()["AAPL"].quantity
        ('Alice', 86050000, 10)
    """

    def __init__(
        self,
        runtime: Runtime[Any] | None = None,
        *,
        journal: str | os.PathLike[str] | Journal | None = None,
        hours: MarketHours = ALWAYS_OPEN,
        collar_bp: int = 500,
        in_flight_limit: int = 10_000,
        client: Address = "handles",
    ) -> None:
        if runtime is not None and journal is not None:
            raise ValueError("a runtime brings its own journal; give one of the two")
        self.client = client
        self.hours = hours
        self.collar_bp = collar_bp
        self.in_flight_limit = in_flight_limit
        self._is_closed = False
        self._changing = threading.Lock()  # of this handle, not of any actor's state
        self._own_journal: Journal | None = None
        if isinstance(journal, (str, os.PathLike)):
            journal = self._own_journal = SqliteJournal(journal, note_types=NOTE_TYPES)
        self.runtime: Runtime[Any] = runtime or ThreadRuntime(journal=journal)
        self._notes = self.runtime.journal.notes
        self._next_command = self._commands_noted = self._first_command()
        self._client = Client(self.runtime, client)
        try:
            self._open()
        except BaseException:
            self.close()
            raise

    def _first_command(self) -> CommandId:
        """Return a command id above all that were used with this journal before."""
        noted = self._notes.get(_COMMANDS)
        return FIRST_COMMAND_ID if noted is None else _decode(noted, type=int)

    def _open(self) -> None:
        """Start everybody, and bring back whom the journal knows; then let them talk."""
        on_threads = self.runtime if isinstance(self.runtime, ThreadRuntime) else None
        if on_threads is not None:
            on_threads.on_halt.append(self._client.fail)
        with nullcontext() if on_threads is None else on_threads.starting():
            self.runtime.spawn(EXCHANGE, StockExchange, self.in_flight_limit)
            self.runtime.spawn(MARKET_DATA, MarketData)
            try:
                self._bring_back()
            except msgspec.MsgspecError as error:
                raise JournalError(
                    f"what the journal has noted does not decode: {error}"
                ) from error
        self.runtime.run_until_idle(PATIENCE_S)

    def _bring_back(self) -> None:
        """Start the stocks and accounts that are noted, and finish what a crash interrupted."""
        exchange: Any = self.runtime.rebuilt(EXCHANGE).state
        listed, known = exchange.symbols, exchange.accounts
        quoted = self.runtime.rebuilt(MARKET_DATA).state.names
        for symbol in self._noted(_STOCK):
            _, name, price = _decode(self._notes[_STOCK + symbol], type=_STOCK_NOTE)
            self._start_stock(symbol, name, price, symbol not in listed, symbol not in quoted)
        for user_id in self._noted(_USER):
            for number in range(1, self.count_of_accounts(user_id) + 1):
                address = account_of(user_id, number)
                self._start_account(user_id, address, address not in known)
        self._bring_back_watching(exchange.session_followers)

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
            try:
                self.runtime.close()
            finally:
                if self._own_journal is not None:
                    self._own_journal.close()

    def refuse_if_closed(self) -> None:
        """Raise RuntimeError if nobody is at work here any more."""
        if self._is_closed:
            raise RuntimeError("this brokerage is closed; make a new one")

    def register_account(self, user: User, initial_balance: Amount = 0) -> AccountHandle:
        """Take in a user, open the first account, and deposit its first cash.

        Raises:
            ValueError: The user has an account already, or the balance is not an amount.
        """
        return self._with_balance(lambda: self.open_account(user), user, initial_balance)

    def open_one_more(self, user: User, initial_balance: Amount = 0) -> AccountHandle:
        """Open one more account for a user who is known; see `UserHandle.open_account`."""
        return self._with_balance(lambda: self._open_next(user.id), user, initial_balance)

    def _with_balance(
        self, open_account: Callable[[], Address], user: User, initial_balance: Amount
    ) -> AccountHandle:
        balance = money(initial_balance)
        if balance < 0:
            raise ValueError(f"an initial balance must not be negative, as {initial_balance} is")
        handle = AccountHandle(self, user, open_account())
        self.runtime.run_until_idle(PATIENCE_S)
        if balance:
            handle.deposit(initial_balance)
        return handle

    def open_account(self, user: User) -> Address:
        """Start the actor of a new user's account and register it, without waiting."""
        self.refuse_if_closed()
        if not isinstance(user, User):
            raise TypeError(f'a user is meant, like User("U001", "Alice"), not {user!r}')
        if type(user.id) is not str or not user.id.isprintable() or not user.id or "/" in user.id:
            raise ValueError(f"a user needs an id in text, without slashes, not {user.id!r}")
        address = account_of(user.id)
        with self._changing:
            if address in self.runtime.cells:
                raise ValueError(
                    f"user {user.id} has an account already; "
                    f'open one more with user("{user.id}").open_account()'
                )
            # What is noted is started again, however far this has got: so the note comes first.
            self.runtime.journal.note(_USER + user.id, _encode(user))
            self._start_account(user.id, address)
        return address

    def _open_next(self, user_id: str) -> Address:
        self.refuse_if_closed()
        with self._changing:
            number = self.count_of_accounts(user_id) + 1
            address = account_of(user_id, number)
            self.runtime.journal.note(_ACCOUNTS + user_id, _encode(number))
            self._start_account(user_id, address)
        return address

    def _start_account(self, user_id: str, address: Address, is_new: bool = True) -> None:
        self.runtime.spawn(address, Account, user_id, self.collar_bp, self.hours)
        if is_new:
            self.runtime.send(EXCHANGE, RegisterAccount(address, user_id))

    def user(self, user_id: str) -> UserHandle:
        """Return a user.

        Raises:
            ValueError: This user has no account here.
        """
        note = self._notes.get(f"{_USER}{user_id}")
        if note is None:
            raise ValueError(f"user {user_id} has no account here")
        return UserHandle(self, _decode(note, type=User))

    def users(self) -> list[UserHandle]:
        """Return all users, in the order in which they came."""
        return [self.user(user_id) for user_id in self._noted(_USER)]

    def account(self, user_id: str, number: int = 1) -> AccountHandle:
        """Return an account of a user by its number, from 1.

        Raises:
            ValueError: This user has none, or not so many.
        """
        user = self.user(user_id).user
        count = self.count_of_accounts(user_id)
        if type(number) is not int or not 1 <= number <= count:
            raise ValueError(f"user {user_id} has accounts 1 to {count}, no account {number!r}")
        return AccountHandle(self, user, account_of(user_id, number))

    def count_of_accounts(self, user_id: str) -> int:
        """Return how many accounts a user has, closed ones included."""
        noted = self._notes.get(_ACCOUNTS + user_id)
        return 1 if noted is None else _decode(noted, type=int)

    def accounts(self) -> list[AccountHandle]:
        """Return all accounts, user by user, in the order in which the users came."""
        return [account for user in self.users() for account in user.accounts()]

    def _noted(self, kind: str) -> list[str]:
        return [name.removeprefix(kind) for name in list(self._notes) if name.startswith(kind)]

    def add_stock(self, stock: Stock) -> StockHandle:
        """List a stock: start it and its book, and make it known."""
        handle = self.list_stock(stock)
        self.runtime.run_until_idle(PATIENCE_S)
        return handle

    def list_stock(self, stock: Stock) -> StockHandle:
        """List a stock without waiting until everybody knows it."""
        self.refuse_if_closed()
        if not isinstance(stock, Stock):
            raise TypeError(
                f'a stock is meant, like Stock("AAPL", "Apple Inc.", "150.00"), not {stock!r}'
            )
        content = stock.symbol, stock.name, stock.first_price
        with self._changing:
            if stock_of(stock.symbol) in self.runtime.cells:
                raise ValueError(f"{stock.symbol} is listed already")
            self.runtime.journal.note(_STOCK + stock.symbol, _encode(content))
            self._start_stock(*content)
        return StockHandle(self, stock.symbol, stock.name)

    def _start_stock(
        self, symbol: str, name: str, first_price: int, is_new: bool = True, is_news: bool = True
    ) -> None:
        self.runtime.spawn(stock_of(symbol), Stock, symbol, name, Decimal(first_price) / 10_000)
        self.runtime.spawn(book_of(symbol), OrderBook, symbol, self.hours)
        self._start_feed(symbol, first_price)
        if is_new:
            self.runtime.send(EXCHANGE, ListStock(symbol, name))
        if is_news:
            self.runtime.send(MARKET_DATA, ListStock(symbol, name))

    def stock(self, symbol: str) -> StockHandle:
        """Return a listed stock.

        Raises:
            ValueError: No stock is listed under this symbol.
        """
        note = self._notes.get(f"{_STOCK}{symbol}")
        if note is None:
            raise ValueError(f"no stock is listed under {symbol}")
        return StockHandle(self, symbol, _decode(note, type=_STOCK_NOTE)[1])

    def stocks(self) -> list[StockHandle]:
        """Return all stocks, in the order of their listing."""
        return [self.stock(symbol) for symbol in self._noted(_STOCK)]

    def search(self, text: str, limit: int = 10) -> list[str]:
        """Find symbols by the beginning of the symbol or by words of the name."""
        command_id = self.next_command_id()
        return list(self.ask(SearchStocks(command_id, text, limit, self.client)).symbols)

    def next_command_id(self) -> CommandId:
        """Return a command id that was not used before, here or before the journal was reopened."""
        with self._changing:
            command_id = self._next_command
            if command_id == self._commands_noted:
                # Durable no later than any fact of a command that uses one of these.
                self._commands_noted += _COMMANDS_PER_NOTE
                self.runtime.journal.note(_COMMANDS, _encode(self._commands_noted))
            self._next_command += 1
        return command_id

    def ask(self, message: Any) -> Any:
        """Send a command or a question to the exchange and wait for the answer.

        Raises:
            Refused: It was refused.
            pykka.Timeout: There was no answer.
            RuntimeError: The brokerage is closed.
            JournalError: The journal cannot be written, so that nothing happens any more.
        """
        self.refuse_if_closed()
        return self._client.ask(message)

    def quote(self, symbol: str) -> int:
        """Return the current quote of a symbol.

        Raises:
            Refused: No stock is listed under this symbol.
        """
        answer = self.ask(GetQuote(self.next_command_id(), symbol, self.client))
        assert isinstance(answer, QuoteAnswer)
        return answer.price

    def seen_price(self, symbol: str, account: Address, command_id: CommandId) -> int:
        """Return the quote that a customer saw when a command was first sent.

        It is noted, as the command can be repeated after a crash, and must be the same then.
        """
        name = f"seen/{account}/{command_id}"
        noted = self._notes.get(name)
        if noted is not None:
            return _decode(noted, type=int)
        price = self.quote(symbol)
        self.runtime.journal.note(name, _encode(price))
        return price

    def await_report(self, order_id: OrderId) -> OrderReport:
        """Wait until an order has come to its end.

        Raises:
            pykka.Timeout: It does not come to its end by itself.
        """
        return self._client.await_report(order_id)

    def report_of(self, order_id: OrderId) -> OrderReport | None:
        """Return how an order ended, if that was told since this brokerage was opened."""
        return self._client.report_of(order_id)
