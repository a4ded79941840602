"""The history of a live brokerage: what became of every order, and where the money went."""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import takewhile
from typing import Any, Final
from zlib import crc32

import msgspec

from actors.domain.order_query import (
    SORT_COLUMNS,
    Cursor,
    Group,
    Grouping,
    OrderQuery,
    Statement,
    group_from,
    groups_of,
    page_of,
    total_of,
)
from actors.messages.base import Address, Fact
from actors.order_history.folding import Folding
from actors.order_history.lines import OrderPage, TransactionLine, TransactionPage, order_line
from actors.order_history.store import Position, Store, Unusable, closing_on_error, remove
from actors.runtimes.runtime import Runtime
from actors.runtimes.sqlite_journal import SqliteJournal

logger = logging.getLogger("openoutcry.actors")

_WRITE_EVERY_S: Final = 0.1
_WAITING_AT_MOST: Final = 50_000  # batches; then whoever appends has to wait
_BATCHES_PER_TRANSACTION: Final = 10_000
_BATCHES_MARKED: Final = 32  # by which a journal is known: enough that some tell the time
_encode = msgspec.msgpack.Encoder().encode

_SPAN: Final = 16  # times as many are looked through, where too few are there

Batch = tuple[Address, Sequence[Fact]]


class SearchFailed(RuntimeError):  # noqa: N818 - named for what happened
    """The history cannot be read or written any more; the brokerage itself goes on."""


class OrderHistory:
    """Every order and transaction of a brokerage, to be searched by people.

    It follows the runtime: what is appended waits in a queue, which costs its actor next to
    nothing, until a thread of its own writes it, or somebody asks. So an answer has everything
    that was durable when it was asked. It belongs to no actor, and no actor waits for it.

    What it holds is derived: if it cannot be written any more, searching ends with an error,
    and trading goes on.

    Args:
        store: Where the rows are.
        missed: What the journal had appended before, and the store has not.
        before: The last batches that the store has.
        last: Number of the last batch of the journal; where it has dropped some, that is not
            how many there are.

    Attributes:
        store: See above.
    """

    def __init__(
        self,
        store: Store | None = None,
        missed: Iterable[Batch] = (),
        before: Iterable[Batch] = (),
        last: int | None = None,
    ) -> None:
        self.store = store or Store()
        self._position = self.store.position()
        self._folding = Folding(*self.store.counts(), self.store.open_rows())
        self._waiting: deque[Batch] = deque()
        self._catching_up = threading.Lock()
        self._failed = ""
        self._is_closed = threading.Event()
        self._has_work = threading.Event()
        self._last = deque(before, maxlen=_BATCHES_MARKED)
        for batch in missed:
            self.appended(*batch, 0)
        self.catch_up()
        if last is not None and last != self._position.batches:
            self._position = Position(last, mark_of(self._last))
            self.store.put([], [], self._position)
        self._thread = threading.Thread(target=self._work, name="order history", daemon=True)
        self._thread.start()

    def appended(self, address: Address, facts: Sequence[Fact], _: int) -> None:
        """Take a batch of facts, in the order of the append."""
        waiting = self._waiting
        waiting.append((address, facts))
        if not self._has_work.is_set():
            self._has_work.set()
        if len(waiting) > _WAITING_AT_MOST:
            self.catch_up()

    def catch_up(self) -> None:
        """Write what waits."""
        with self._catching_up:
            while self._waiting and not self._failed:
                self._write_some()

    def _write_some(self) -> None:
        waiting, folding = self._waiting, self._folding
        count = min(len(waiting), _BATCHES_PER_TRANSACTION)
        for _ in range(count):
            batch = waiting.popleft()
            folding.take(*batch)
            self._last.append(batch)
        try:
            position = Position(self._position.batches + count, mark_of(self._last))
            self.store.put(*folding.changes(), position)
            self._position = position
        except sqlite3.Error as error:
            self._fail(error)

    def _fail(self, error: Exception) -> None:
        self._failed = f"the history of orders cannot be written: {error}"
        logger.error("%s; orders cannot be searched until the brokerage is reopened", self._failed)

    def _work(self) -> None:
        """Write now and then, as long as anything happens: whoever is idle costs nothing."""
        while not self._is_closed.is_set():
            self._has_work.wait()
            self._is_closed.wait(_WRITE_EVERY_S)
            self._has_work.clear()  # what closes says so first, and is seen above
            self.catch_up()
            if self._failed:
                self._waiting.clear()

    def search(self, query: OrderQuery) -> OrderPage:
        """Return a page of the orders that fit.

        Raises:
            SearchFailed: The history is broken.
        """
        found, ((total,),) = self._ask(page_of(query), total_of(query))
        rows = tuple(order_line(row) for row in found[: query.limit])
        end = None
        if len(found) > query.limit:
            end = Cursor(getattr(rows[-1], SORT_COLUMNS[query.sort]), rows[-1].number)
        return OrderPage(rows, total, end)

    def aggregate(self, query: OrderQuery, by: Grouping) -> tuple[Group, ...]:
        """Sum up the orders that fit, by symbol or by day of the brokerage's clock.

        Raises:
            SearchFailed: The history is broken.
        """
        (found,) = self._ask(groups_of(query, by))
        return tuple(group_from(key_of(by, row[0]), row) for row in found)

    def transactions(
        self, account: Address, after: Cursor | None = None, limit: int = 50
    ) -> TransactionPage:
        """Return a page of an account's transactions, in the order in which they happened.

        Raises:
            InvalidQuery: The limit or the cursor is impossible.
            SearchFailed: The history is broken.
        """
        query = OrderQuery(account, limit=limit, after=after)  # which judges all of it
        number = 0 if query.after is None else query.after.number
        where = "FROM transactions WHERE account = ?"
        found, ((total,),) = self._ask(
            Statement(
                f"SELECT * {where} AND number > ? ORDER BY number LIMIT ?",
                (account, number, limit + 1),
            ),
            Statement(f"SELECT count(*) {where}", (account,)),
        )
        rows = tuple(TransactionLine(*row) for row in found[:limit])
        end = Cursor(rows[-1].number, rows[-1].number) if len(found) > limit else None
        return TransactionPage(rows, total, end)

    def _ask(self, *statements: Statement) -> list[list[tuple[Any, ...]]]:
        self.catch_up()
        try:
            if not self._failed:
                return self.store.ask(*statements)
        except sqlite3.Error as error:
            raise SearchFailed(f"the history of orders cannot be read: {error}") from error
        raise SearchFailed(self._failed)

    def close(self) -> None:
        """Write what waits, and let go of the file; closing twice does nothing more."""
        if not self._is_closed.is_set():
            self._is_closed.set()
            self._has_work.set()
            self._thread.join()
            self.catch_up()
            self.store.close()
            self._failed = self._failed or "the brokerage is closed"


class NoHistory(OrderHistory):
    """Stands where nobody is to search: it hears nothing, and says so when asked."""

    def __init__(self) -> None:
        """Have nothing."""

    def _ask(self, *statements: Statement) -> list[list[tuple[Any, ...]]]:
        raise SearchFailed("this brokerage keeps no history of orders; it was made so")

    def close(self) -> None:
        """Do nothing."""


def key_of(by: Grouping, key: Any) -> str:
    """Name what a group is of."""
    return f"day {key}" if by is Grouping.DAY else str(key)


def mark_of(batches: Iterable[Batch]) -> int:
    """Return a checksum of batches."""
    return crc32(_encode([[address, *facts] for address, facts in batches]))


def history_beside(runtime: Runtime[Any], accounts: Iterable[Address]) -> OrderHistory:
    """Open the history that belongs to a runtime's journal, and let it read along.

    A journal that keeps all facts in a file has its history in a file of its own beside it,
    `floor.db-orders`; whatever is wrong with that, it is made again from the journal. Beside
    any other journal it is in memory, and begins with what that still has.

    Args:
        runtime: On whose journal nobody has appended yet.
        accounts: Whose facts there may be.
    """
    journal = runtime.journal
    if isinstance(journal, SqliteJournal) and journal.keeps_history:
        history = _durable(journal)
    else:
        facts = ((account, journal.facts_of(account)) for account in accounts)
        history = OrderHistory(Store(), facts)
    runtime.follow(history)
    return history


def _durable(journal: SqliteJournal) -> OrderHistory:
    path = journal.path.with_name(f"{journal.path.name}-orders")
    try:
        return _caught_up(journal, Store(path))
    except (Unusable, sqlite3.Error) as error:
        logger.warning("%s: made again from %s, as %s", path, journal.path.name, error)
    try:
        remove(path)
        return OrderHistory(Store(path), _after(journal, 0), (), journal.last)
    except (OSError, Unusable, sqlite3.Error) as error:
        message = "%s: cannot be made, so orders are searched in memory: %s"
        logger.error(message, path, error)
        return OrderHistory(Store(), _after(journal, 0))


def _caught_up(journal: SqliteJournal, store: Store) -> OrderHistory:
    """Return a history that goes on where its store ended, if that has read this journal."""
    with closing_on_error(store):
        position = store.position()
        before = _last_before(journal, position.batches)
        if position.batches and mark_of(before) != position.mark:
            raise Unusable("it belongs to another journal")
        return OrderHistory(store, _after(journal, position.batches), before, journal.last)


def _last_before(journal: SqliteJournal, number: int) -> Sequence[Batch]:
    """Return the last batches up to one; a journal may have dropped some in between."""
    batches: Sequence[Batch] = []
    span = _BATCHES_MARKED
    while len(batches) < _BATCHES_MARKED and span < _SPAN * (number + _BATCHES_MARKED):
        written = journal.history(max(0, number - span))
        taken = takewhile(lambda batch: batch.number <= number, written)
        batches = [(batch.address, batch.facts) for batch in taken][-_BATCHES_MARKED:]
        span *= _SPAN
    return batches


def _after(journal: SqliteJournal, number: int) -> Iterator[Batch]:
    return ((written.address, written.facts) for written in journal.history(number))
