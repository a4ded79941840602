"""The rows of the history in SQLite: in memory, or in a file that can be made again."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final, NamedTuple

from actors.domain.order_query import COLUMNS, Statement
from actors.order_history.folding import Row

VERSION: Final = 1
_APPLICATION: Final = int.from_bytes(b"OOH1")
_ORDER_COLUMNS: Final = (*COLUMNS, "day")
_TRANSACTION_COLUMNS: Final = (
    "number", "transaction_id", "account", "kind", "order_id", "execution_id", "symbol",
    "quantity", "price", "amount", "realised", "at_us",
)  # fmt: skip
_TEXTS: Final = (
    "order_id", "account", "symbol", "order_type", "price_type", "status", "reason",
    "transaction_id", "kind", "execution_id",
)  # fmt: skip


def _table(name: str, columns: Iterable[str]) -> str:
    kinds = {"number": "INTEGER PRIMARY KEY"} | dict.fromkeys(_TEXTS, "TEXT NOT NULL")
    content = ", ".join(f"{column} {kinds.get(column, 'INTEGER NOT NULL')}" for column in columns)
    return f"CREATE TABLE {name} ({content}) STRICT"


SCHEMA: Final = (
    "CREATE TABLE position (one INTEGER PRIMARY KEY, batches INTEGER, mark INTEGER) STRICT",
    _table("orders", _ORDER_COLUMNS),
    _table("transactions", _TRANSACTION_COLUMNS),
    "CREATE INDEX orders_by_account ON orders (account, placed_us)",
    "CREATE INDEX orders_by_symbol ON orders (symbol, placed_us)",
    "CREATE INDEX orders_by_time ON orders (placed_us)",
    "CREATE INDEX transactions_by_account ON transactions (account)",
)
_PUT_ORDER: Final = f"REPLACE INTO orders VALUES ({', '.join('?' * len(_ORDER_COLUMNS))})"
_PUT_TRANSACTION: Final = (
    f"REPLACE INTO transactions VALUES ({', '.join('?' * len(_TRANSACTION_COLUMNS))})"
)


class Position(NamedTuple):
    """How much of the journal a store has taken.

    Attributes:
        batches: Number of the last batch, from 1.
        mark: Checksum of that batch, by which another journal is told from this one.
    """

    batches: int
    mark: int


class Unusable(Exception):  # noqa: N818 - named for what is the matter
    """A file that holds no history of this kind, or a damaged one; it can be made again."""


class Store:
    """Orders and transactions in SQLite; what is read never waits for what is written to a file.

    Args:
        path: The file, made if it does not exist; None to keep everything in memory.

    Raises:
        Unusable: The file is something else or damaged.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path
        self._writing = threading.Lock()
        is_new = path is None or not path.exists()
        if path is not None and is_new:
            remove(path)  # a log without its file belongs to nothing
        try:
            self._writer = _connect(path)
            with closing_on_error(self._writer):
                (self._create if is_new else self._check)()
        except sqlite3.Error as error:
            raise Unusable(str(error)) from error
        self._reading = self._writing if path is None else threading.Lock()
        self._reader = self._writer if path is None else _connect(path)

    def _create(self) -> None:
        with self._transaction():
            for statement in SCHEMA:
                self._writer.execute(statement)
            self._writer.execute("INSERT INTO position VALUES (1, 0, 0)")
        self._writer.execute(f"PRAGMA user_version={VERSION}")
        self._writer.execute(f"PRAGMA application_id={_APPLICATION}")

    def _check(self) -> None:
        """Refuse a file that another program made, or that does not hold together."""
        made_by = self._value("PRAGMA application_id"), self._value("PRAGMA user_version")
        if made_by != (_APPLICATION, VERSION):
            raise Unusable("it is no order history of this version")
        problem = self._value("PRAGMA quick_check(1)")
        if problem != "ok":
            raise Unusable(" ".join(str(problem).split()))
        found = self._writer.execute("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL")
        if {row[0] for row in found} != set(SCHEMA):
            raise Unusable("its tables are not those of an order history")
        self.position()

    def _value(self, question: str) -> Any:
        return self._writer.execute(question).fetchone()[0]

    def position(self) -> Position:
        """Return how much of the journal has been taken."""
        return Position(*self._writer.execute("SELECT batches, mark FROM position").fetchone())

    def counts(self) -> tuple[int, int]:
        """Return the highest number of an order and of a transaction."""
        highest = "SELECT coalesce(max(number), 0) FROM"
        return self._value(f"{highest} orders"), self._value(f"{highest} transactions")

    def open_rows(self) -> list[Row]:
        """Return the rows of the orders that have not come to their end."""
        found = self._writer.execute("SELECT * FROM orders WHERE closed_us < 0")
        return [list(row) for row in found]

    def put(self, orders: list[Row], transactions: list[Row], position: Position) -> None:
        """Write rows and how far they go, all or nothing.

        Raises:
            sqlite3.Error: They cannot be written.
        """
        with self._writing, self._transaction():
            self._writer.executemany(_PUT_ORDER, orders)
            self._writer.executemany(_PUT_TRANSACTION, transactions)
            self._writer.execute("UPDATE position SET batches = ?, mark = ?", position)

    def ask(self, *statements: Statement) -> list[list[tuple[Any, ...]]]:
        """Answer questions as of one and the same moment.

        Raises:
            sqlite3.Error: The file cannot be read.
        """
        with self._reading:
            self._reader.execute("BEGIN")
            try:
                return [self._reader.execute(*statement).fetchall() for statement in statements]
            finally:
                self._reader.execute("COMMIT")

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._writer.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            with suppress(sqlite3.Error):
                self._writer.execute("ROLLBACK")
            raise
        self._writer.execute("COMMIT")

    def close(self) -> None:
        """Let go of the file."""
        with self._reading:
            self._reader.close()
        self._writer.close()


@contextmanager
def closing_on_error(database: sqlite3.Connection | Store) -> Iterator[None]:
    """Close a database if what is done with it fails."""
    try:
        yield
    except BaseException:
        database.close()
        raise


def _connect(path: Path | None) -> sqlite3.Connection:
    database = sqlite3.connect(path or ":memory:", isolation_level=None, check_same_thread=False)
    with closing_on_error(database):
        database.execute("PRAGMA trusted_schema=OFF")
        if path is not None:
            database.execute("PRAGMA journal_mode=WAL")
            # What a power cut takes is taken from the journal again: no need to wait for the disk.
            database.execute("PRAGMA synchronous=NORMAL")
            database.execute("PRAGMA busy_timeout=10000")
    return database


def remove(path: Path) -> None:
    """Remove the file of a store, with what SQLite keeps beside it."""
    for name in (path.name, f"{path.name}-wal", f"{path.name}-shm"):
        path.with_name(name).unlink(missing_ok=True)
