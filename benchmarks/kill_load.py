"""The process that `kill.py` kills: a brokerage on a file, under the load of several customers.

Whatever a customer sends is written to standard output before it is sent, and whatever one is
told when it is told: records of a length (32 bits, big-endian) and a MessagePack array.
"""

from __future__ import annotations

import argparse
import os
import struct
import sys
import threading
from random import Random
from typing import Any, Final

import msgspec

from actors import Brokerage, OrderType, PriceType, Stock, ThreadRuntime, User
from actors.addresses import EXCHANGE, account_of, stock_of
from actors.brokerage import NOTE_TYPES
from actors.messages.base import Message
from actors.messages.funds import DepositCash, TransferShares, WithdrawCash
from actors.messages.market import SetPrice
from actors.messages.orders import CancelOrder, PlaceOrder
from actors.messages.queries import GetAccount
from actors.runtimes.mailbox import Envelope
from actors.runtimes.sqlite_journal import SqliteJournal

CUSTOMERS: Final = "customers"
ACCOUNTS: Final = tuple(account_of(f"U{n:03}") for n in range(12))
SYMBOLS: Final = ("AAPL", "MSFT", "IBM", "XOM")
ASKED: Final = "asked"
TOLD: Final = "told"

_LENGTH: Final = struct.Struct(">I")
_PRICE: Final = 1_000_000  # 1/10,000 USD
_TICK_EVERY: Final = 20
_KINDS: Final = ("deposit", "withdraw", "transfer", "market", "limit", "cancel", "read")
_WEIGHTS: Final = (10, 5, 5, 45, 20, 8, 7)
_encode = msgspec.msgpack.Encoder().encode


def open_floor(path: str, keep_all: bool) -> tuple[SqliteJournal, ThreadRuntime]:
    """Open the file, on a runtime that serves nobody yet."""
    journal = SqliteJournal(path, keep_all=keep_all, note_types=NOTE_TYPES)
    return journal, ThreadRuntime(journal=journal)


def user_of(account: str) -> str:
    """Return the user of one of these accounts."""
    return account.removeprefix("account/").removesuffix("-1")


class Customers:
    """Send commands, so many at a time, and write down what they send and are told.

    Args:
        seed: Of all decisions.
        first_command: Above every command id that was used with this file before.
    """

    def __init__(self, runtime: ThreadRuntime, seed: int, first_command: int) -> None:
        self._runtime = runtime
        self._random = Random(seed)
        self._command = first_command
        self._prices = dict.fromkeys(SYMBOLS, _PRICE)
        self._placed: list[tuple[str, int]] = []
        self._turn = threading.Lock()
        runtime.attach(CUSTOMERS, self.take)

    def take(self, envelope: Envelope) -> None:
        """Write down what a customer is told, and go on."""
        write(TOLD, envelope.message)
        if type(envelope.message).__name__ != "OrderReport":
            self.send()

    def send(self) -> None:
        """Send the next command, and move a price now and then."""
        with self._turn:
            self._command += 1
            if self._command % _TICK_EVERY == 0:
                self._move_price()
            message = self._next(self._command)
            write(ASKED, message)
            self._runtime.send(EXCHANGE, message, CUSTOMERS)

    def _move_price(self) -> None:
        symbol = self._random.choice(SYMBOLS)
        price = self._prices[symbol] * self._random.randint(980, 1_020) // 1_000
        self._prices[symbol] = price = min(max(price, _PRICE // 2), _PRICE * 2)
        self._runtime.send(stock_of(symbol), SetPrice(price))

    def _next(self, command: int) -> Message:
        decide = self._random
        account = decide.choice(ACCOUNTS)
        user = user_of(account)
        kind = decide.choices(_KINDS, _WEIGHTS)[0]
        match kind:
            case "deposit":
                return DepositCash(command, account, decide.randint(1, 10**9), CUSTOMERS, user)
            case "withdraw":
                return WithdrawCash(command, account, decide.randint(1, 10**7), CUSTOMERS, user)
            case "transfer":
                symbol, quantity = decide.choice(SYMBOLS), decide.randint(1, 100)
                return TransferShares(command, account, symbol, quantity, _PRICE, CUSTOMERS, user)
            case "cancel" if self._placed:
                account, order = self._placed.pop(decide.randrange(len(self._placed)))
                return CancelOrder(command, account, "", order, CUSTOMERS, user_of(account))
            case "read":
                return GetAccount(command, account, CUSTOMERS, user)
        return self._order(command, account, kind == "limit")

    def _order(self, command: int, account: str, is_limit: bool) -> Message:
        decide = self._random
        symbol, quantity = decide.choice(SYMBOLS), decide.randint(1, 20)
        order_type = decide.choice((OrderType.BUY, OrderType.SELL))
        price = self._prices[symbol]
        if is_limit:
            self._placed.append((account, command))
            price = price * decide.randint(970, 1_030) // 1_000
        price_type = PriceType.LIMIT if is_limit else PriceType.MARKET
        limit, seen = (price, None) if is_limit else (None, price)
        return PlaceOrder(
            command,
            account,
            symbol,
            order_type,
            price_type,
            quantity,
            limit,
            seen,
            CUSTOMERS,
            user_of(account),
        )


def write(kind: str, message: Any) -> None:
    """Write a record in one piece: it is there as a whole, or not at all."""
    record = _encode((kind, message))
    os.write(sys.stdout.fileno(), _LENGTH.pack(len(record)) + record)


def read(data: bytes) -> list[bytes]:
    """Return the records that are there as a whole."""
    records = []
    at = 0
    while at + _LENGTH.size <= len(data):
        (length,) = _LENGTH.unpack_from(data, at)
        record = data[at + _LENGTH.size : at + _LENGTH.size + length]
        if len(record) < length:
            break
        records.append(record)
        at += _LENGTH.size + length
    return records


def main() -> None:
    """Open the file and let customers in, until the end comes from outside."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("path")
    parser.add_argument("seed", type=int)
    parser.add_argument("first_command", type=int)
    parser.add_argument("in_flight", type=int)
    parser.add_argument("--keep-all", action="store_true")
    arguments = parser.parse_args()
    _, runtime = open_floor(arguments.path, arguments.keep_all)
    customers = Customers(runtime, arguments.seed, arguments.first_command)
    brokerage = Brokerage(runtime)
    for symbol in set(SYMBOLS) - {stock.symbol for stock in brokerage.stocks()}:
        brokerage.add_stock(Stock(symbol, symbol, "100.00"))
    for account in set(ACCOUNTS) - {account.address for account in brokerage.accounts()}:
        user = account.partition("/")[2].removesuffix("-1")
        brokerage.open_account(User(user, f"Customer {user}"))
    runtime.run_until_idle(30.0)
    for _ in range(arguments.in_flight):
        customers.send()
    threading.Event().wait()


if __name__ == "__main__":
    main()
