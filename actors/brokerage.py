"""A whole brokerage on a runtime."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Self

import msgspec

from actors.account_state import AccountState
from actors.addresses import EXCHANGE, MARKET_DATA, alerts_of, book_of, stock_of
from actors.alerts import Alerts
from actors.client import PATIENCE_S, Client
from actors.commands.log import CommandLog
from actors.customers import Customers
from actors.dispatch import Pace
from actors.domain.market_hours import ALWAYS_OPEN, Hours, with_early_limits
from actors.domain.notifications import Channel
from actors.exchange import StockExchange
from actors.handles import FIRST_COMMAND_ID, StockHandle
from actors.market_data import MarketData
from actors.messages.base import Address, CommandId, OrderId
from actors.messages.market import ListStock
from actors.messages.orders import OrderReport
from actors.messages.queries import GetQuote, QuoteAnswer, SearchStocks
from actors.notes import COMMANDS, NOTE_TYPES, STOCK, STOCK_NOTE, decode, encode
from actors.notification_handles import DeliveryHandle, open_notifiers
from actors.options import check_options, check_search
from actors.order_book import OrderBook
from actors.order_history import NoHistory, SearchableOrders, history_beside
from actors.runtimes.journal import Journal, JournalError
from actors.runtimes.runtime import Runtime
from actors.runtimes.sqlite_journal import SqliteJournal
from actors.runtimes.threads import ThreadRuntime
from actors.stock import Stock
from actors.watch_handles import WatchHandles

_COMMANDS_PER_NOTE = 4_096


class Brokerage(Customers, SearchableOrders, WatchHandles):
    """Puts the actors together: one exchange, its market data, stocks, books and accounts.

    With a journal in a file, everything that anybody was told is on disk before it is told, and
    whoever opens the file again finds it: accounts to the cent, open orders, stocks and prices.

    Args:
        runtime: Who serves the actors; by default a thread of this process.
        journal: A file, made if it does not exist, or a journal; by default in memory. Only for
            the default runtime, as any other one brings its own.
        hours: When orders may be placed and executed, on the runtime's clock: one session, or
            a `TradingCalendar` of many.
        early_limits: Limit orders given outside of hours are taken for the next session.
        collar_bp: Width of a market order's collar, whole basis points from 0 to 10,000.
        in_flight_limit: Commands in flight above which the door refuses more.
        client: Address under which the handles talk to the exchange.
        searchable: Keep the history of all orders and transactions, for people to search.
        paces: How fast each channel of notifications may be used, where that is not as usual.

    Raises:
        ValueError: Both a runtime and a journal are given, or something is of the wrong kind.
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
        hours: Hours = ALWAYS_OPEN,
        early_limits: bool = False,
        collar_bp: int = 500,
        in_flight_limit: int = 10_000,
        client: Address = "handles",
        searchable: bool = True,
        paces: Mapping[Channel, Pace] = MappingProxyType({}),
    ) -> None:
        check_options(
            runtime=runtime, journal=journal, hours=hours, early_limits=early_limits,
            collar_bp=collar_bp, in_flight_limit=in_flight_limit, client=client,
            searchable=searchable, paces=paces,
        )  # fmt: skip
        if runtime is not None and journal is not None:
            raise ValueError("a runtime brings its own journal; give one of the two")
        self.client = client
        self.hours = with_early_limits(hours) if early_limits else hours
        self.collar_bp = collar_bp
        self.in_flight_limit = in_flight_limit
        self._is_closed = False
        self._changing = threading.Lock()  # of this handle, not of any actor's state
        self._screens = {}
        self._own_journal: Journal | None = None
        if isinstance(journal, (str, os.PathLike)):
            self._own_journal = SqliteJournal(journal, keep_all=True, note_types=NOTE_TYPES)
            journal = self._own_journal
        self.runtime: Runtime[Any] = runtime or ThreadRuntime(journal=journal)
        self._notes = self.runtime.journal.notes
        self._next_command = self._commands_noted = self._first_own = self._first_command()
        self.history = (
            history_beside(self.runtime, self._addresses()) if searchable else NoHistory()
        )
        self._paces = paces
        self.notifications = DeliveryHandle(self, paces)
        self.commands = CommandLog(self, getattr(self._own_journal, "path", None))
        self._client = Client(self.runtime, client, self.commands.trail, self.hours)
        try:
            self._open()
        except BaseException:
            self.close()
            raise

    def _first_command(self) -> CommandId:
        """Return a command id above all that were used with this journal before."""
        noted = self._notes.get(COMMANDS)
        return FIRST_COMMAND_ID if noted is None else decode(noted, type=int)

    def _open(self) -> None:
        """Start everybody, and bring back whom the journal knows; then let them talk."""
        on_threads = self.runtime if isinstance(self.runtime, ThreadRuntime) else None
        if on_threads is not None:
            on_threads.on_halt.append(self._client.fail)
        with self._standing_still():
            self.runtime.spawn(EXCHANGE, StockExchange, self.in_flight_limit)
            self.runtime.spawn(MARKET_DATA, MarketData)
            open_notifiers(self.runtime, self._paces)
            try:
                self._bring_back()
                self.commands.open()
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
        for symbol in self._noted(STOCK):
            _, name, price = decode(self._notes[STOCK + symbol], type=STOCK_NOTE)
            self._start_stock(symbol, name, price, symbol not in listed, symbol not in quoted)
        for address, user_id in self._addresses().items():
            self._start_account(user_id, address, address not in known)
        self._bring_back_watching(exchange.session_followers)

    def __enter__(self) -> Self:
        self.refuse_if_closed()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Stop all actors; closing twice does nothing more."""
        if not self._is_closed:
            self._is_closed = True
            try:
                self.notifications.close()
                self.runtime.close()
            finally:
                self.history.close()
                self.commands.trail.close()
                if self._own_journal is not None:
                    self._own_journal.close()

    @property
    def is_closed(self) -> bool:
        """Tell whether nobody is at work here any more."""
        return self._is_closed

    def refuse_if_closed(self) -> None:
        """Raise RuntimeError if nobody is at work here any more, or who works here asks.

        So an observer that asks the brokerage is refused before anything has been sent.
        """
        if self._is_closed:
            raise RuntimeError("this brokerage is closed; make a new one")
        self.runtime._refuse_in_handler()

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
            self.runtime.journal.note(STOCK + stock.symbol, encode(content))
            self._start_stock(*content)
        return StockHandle(self, stock.symbol, stock.name)

    def _start_stock(
        self, symbol: str, name: str, first_price: int, is_new: bool = True, is_news: bool = True
    ) -> None:
        self.runtime.spawn(stock_of(symbol), Stock, symbol, name, Decimal(first_price) / 10_000)
        self.runtime.spawn(book_of(symbol), OrderBook, symbol, self.hours)
        self.runtime.spawn(alerts_of(symbol), Alerts, symbol)
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
        note = self._notes.get(f"{STOCK}{symbol}")
        if note is None:
            raise ValueError(f"no stock is listed under {symbol or repr(symbol)}")
        return StockHandle(self, symbol, decode(note, type=STOCK_NOTE)[1])

    def stocks(self) -> list[StockHandle]:
        """Return all stocks, in the order of their listing."""
        return [self.stock(symbol) for symbol in self._noted(STOCK)]

    def search(self, text: str, limit: int = 10) -> list[str]:
        """Find symbols by the beginning of the symbol or by words of the name.

        Raises:
            ValueError: It is no text, or too long, or the limit is out of range.
        """
        check_search(text, limit)
        command_id = self.next_command_id()
        return list(self.ask(SearchStocks(command_id, text, limit, self.client)).symbols)

    def next_command_id(self) -> CommandId:
        """Return a command id that was not used before, here or before the journal was reopened."""
        with self._changing:
            command_id = self._next_command
            if command_id == self._commands_noted:
                # Durable no later than any fact of a command that uses one of these.
                self._commands_noted += _COMMANDS_PER_NOTE
                self.runtime.journal.note(COMMANDS, encode(self._commands_noted))
            self._next_command += 1
            # Before anybody has a later one: else the answer to that would release this one.
            self._client.releasing.given(command_id)
        return command_id

    def has_given(self, command_id: CommandId) -> bool:
        """Tell whether a command may have this id: one that people choose, or one given before."""
        return 0 <= command_id < max(FIRST_COMMAND_ID, self._next_command)

    def has_released(self, account: Address, command_id: CommandId) -> bool:
        """Tell whether an account need not remember a command any more, as its answer is here."""
        if self._client.releasing.has_released(account, command_id):
            return True
        is_older = FIRST_COMMAND_ID <= command_id < self._first_own
        return is_older and self._has_forgotten(account, command_id)

    def _has_forgotten(self, account: Address, command_id: CommandId) -> bool:
        """Tell whether an account has forgotten a command from before the journal was reopened."""
        if account not in self.runtime.cells:
            return False
        with self._standing_still():
            state: AccountState = self.runtime.rebuilt(account).state
        return state.has_forgotten(command_id) and command_id not in state.commands

    def _standing_still(self) -> AbstractContextManager[None]:
        """Return what lets nobody append to the journal, nor hear what was appended."""
        runtime = self.runtime
        return runtime.starting() if isinstance(runtime, ThreadRuntime) else nullcontext()

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
            return decode(noted, type=int)
        price = self.quote(symbol)
        self.runtime.journal.note(name, encode(price))
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
