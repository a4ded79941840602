"""The journal on disk: one SQLite file, which outlives the process."""

from __future__ import annotations

import os
import sqlite3
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock, RLock
from typing import Any, BinaryIO, Final, NamedTuple
from weakref import WeakValueDictionary

import msgspec

from actors.messages.base import Address, Fact
from actors.messages.facts import AnyFact
from actors.runtimes.journal import Fenced, JournalError, MemoryJournal, Pages, Pen
from actors.runtimes.sqlite_file import Content, create, head_row, read_content, seal_of, sum_of

if sys.platform != "win32":
    import fcntl

_PRAGMAS: Final = (
    "PRAGMA locking_mode=EXCLUSIVE",  # held until the file is closed; no shared memory beside it
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA fullfsync=ON",
    "PRAGMA trusted_schema=OFF",
)

_opening: Final = Lock()
_open_here: Final[WeakValueDictionary[tuple[int, int], BinaryIO]] = WeakValueDictionary()


class Written(NamedTuple):
    """One batch, as the file keeps it.

    Attributes:
        number: Its place in the order of all appends, from 1.
    """

    number: int
    address: Address
    epoch: int
    facts: list[Fact]


class _FilePages(Pages):
    """The pages of an actor, and which rows of the file they are."""

    __slots__ = ("address", "number", "rows", "seal", "snapshot_seal")

    def __init__(self, number: int, address: Address) -> None:
        super().__init__()
        self.number = number
        self.address = address
        self.seal: int | None = None  # of the actor's own row, if it is written
        self.snapshot_seal: int | None = None
        self.rows: list[tuple[int, int]] = []  # number and seal of each batch after the snapshot


class SqliteJournal(MemoryJournal):
    """A journal in a file, with a write-ahead log that is synced at every commit.

    What is appended waits for the next `commit`, which writes all of it as one transaction and
    returns when it is on disk. An actor's facts are replaced by a snapshot of its state whenever
    they outweigh it, so that the file stays within a small multiple of what the actors know.

    One process at a time has the file. It is judged as a whole before anything is written to it:
    every row has a checksum, and one row says how many there are and what their checksums add up
    to. Nothing in it is ever executed.

    Args:
        path: The file; it is made if it does not exist.
        keep_all: Keep facts in the file also after a snapshot, for `history`; the file then grows
            without bound.
        fact_types: The union of the facts that actors may record.
        note_types: What notes are, by their names up to the first slash, where the file is to be
            refused if one of them is something else.

    Raises:
        JournalError: The file is open already, here or elsewhere; or it is no journal, of
            a newer version, damaged, or cannot be read or written. It is left as it was.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        keep_all: bool = False,
        fact_types: Any = AnyFact,
        note_types: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(keep_all=False, fact_types=fact_types)
        if not isinstance(path, str | os.PathLike):
            raise JournalError(f"a journal is named by the path of a file, not by {path!r}")
        self.path = Path(path).resolve()
        self.is_gathering = True
        self.keeps_history = keep_all
        self._note_types = note_types or {}
        self._changing = RLock()
        self._broken = ""  # why nothing more can be written
        self._addresses: dict[int, Address] = {}
        self._noted: dict[str, tuple[int, int]] = {}  # number and seal
        self._forget_waiting()
        if not self.path.exists():
            create(self.path)
        elif not self.path.is_file():
            raise JournalError(f"{self.path}: no journal: it is no regular file")
        self._lock_file = _locked(self.path)
        try:
            self._load(read_content(self.path, self._lock_file.read()))
            self._database = self._connect()
        except OSError as error:
            self._lock_file.close()
            raise JournalError(f"{self.path}: cannot be read: {error.strerror}") from error
        except JournalError:
            self._lock_file.close()
            raise

    def _forget_waiting(self) -> None:
        self._batches: list[tuple[int, int, int, bytes, int]] = []
        self._opened: dict[int, tuple[int, str, int, int]] = {}
        self._snapshots: dict[int, tuple[int, int, bytes, int]] = {}
        self._outdated: list[tuple[int]] = []
        self._notes: dict[str, tuple[int, str, bytes, int]] = {}

    def _connect(self) -> sqlite3.Connection:
        database = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False)
        try:
            for pragma in _PRAGMAS:
                database.execute(pragma)
            database.execute("BEGIN IMMEDIATE")
            database.execute("ROLLBACK")
        except sqlite3.Error as error:
            database.close()
            raise JournalError(f"{self.path}: cannot be opened: {error}") from error
        return database

    def _load(self, content: Content) -> None:
        """Take what a file holds into memory, as far as actors may need it again."""
        self._last, self.resumes_at_us = content.last, content.at_us
        self._entries, self._seals = content.entries, content.seals
        by_number = {}
        for number, address, epoch, seal in content.actors:
            pages = by_number[number] = self._pages[address] = _FilePages(number, address)
            pages.epoch, pages.seal = epoch, seal
            self._addresses[number] = address
        self._load_facts(content, by_number)
        for number, name, note, seal in content.notes:
            self._check_note(name, note)
            self.notes[name], self._noted[name] = note, (number, seal)

    def _load_facts(self, content: Content, by_number: dict[int, _FilePages]) -> None:
        after = dict.fromkeys(by_number, 0)
        for actor, last, state, seal in content.snapshots:
            self._check_known(f"a snapshot of actor {actor:,}", actor)
            pages = by_number[actor]
            pages.turn(state)
            pages.snapshot_seal, after[actor] = seal, last
        for number, actor, _, batch, seal in content.batches:
            self._check_known(f"batch {number:,}, of actor {actor:,}", actor)
            facts = self._decoded(number, self._addresses[actor], batch)
            if number > after[actor]:
                self._keep(by_number[actor], number, batch, len(facts), seal)

    def _check_known(self, what: str, actor: int) -> None:
        if actor not in self._addresses:
            raise JournalError(f"{self.path}: damaged: {what}, which is not there")

    def _check_note(self, name: str, note: bytes) -> None:
        kind = self._note_types.get(name.partition("/")[0])
        if kind is not None:
            with self._decoding(f"the note {name}"):
                msgspec.msgpack.decode(note, type=kind)

    def _decoded(self, number: int, address: Address, batch: bytes) -> list[Fact]:
        with self._decoding(f"batch {number:,}, of {address},"):
            facts: list[Fact] = self._decode(batch)
        return facts

    @contextmanager
    def _decoding(self, what: str) -> Iterator[None]:
        try:
            yield
        except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
            hint = "; add its strategy first, if it has one" if "enum" in str(error) else ""
            message = f"{self.path}: damaged: {what} does not decode: {error}{hint}"
            raise JournalError(message) from error

    @staticmethod
    def _keep(pages: _FilePages, number: int, batch: bytes, facts: int, seal: int) -> None:
        pages.batches.append(batch)
        pages.rows.append((number, seal))
        pages.facts += facts

    def open(self, address: Address) -> Pen:
        """Start an incarnation of an actor: it alone may append from now on."""
        with self._changing:
            pages = self._pages.get(address)
            if not isinstance(pages, _FilePages):
                pages = self._pages[address] = _FilePages(len(self._pages) + 1, address)
                self._addresses[pages.number] = address
            pages.epoch += 1
            row = (pages.number, address, pages.epoch)
            pages.seal = self._reseal(seal_of("actors", *row), pages.seal)
            self._opened[pages.number] = (*row, pages.seal)
            return Pen(pages, pages.epoch)

    def append(self, pen: Pen, facts: list[Fact], state: msgspec.Struct) -> bytes:
        """Append one batch, for the next commit, and return it as it was encoded.

        Raises:
            Fenced: A later incarnation has started.
            JournalError: An earlier commit has failed.
        """
        pages, epoch = pen
        with self._changing:
            self._refuse_if_broken()
            if epoch != pages.epoch:
                raise Fenced(f"epoch {epoch} may not append any more: {pages.epoch} has started")
            batch = self._encode(facts)
            number = self._last = self._last + 1
            row = (number, pages.number, epoch, batch)
            seal = self._reseal(seal_of("batches", *row), None)
            self._batches.append((*row, seal))
            self._keep(pages, number, batch, len(facts), seal)
            self.batches += 1
            if pages.facts >= pages.limit:
                self._turn(pages, state)
            return batch

    def _turn(self, pages: _FilePages, state: msgspec.Struct) -> None:
        """Write a snapshot, and drop the facts that it makes superfluous."""
        snapshot = self._encode(state)
        pages.turn(snapshot)
        row = (pages.number, self._last, snapshot)
        pages.snapshot_seal = self._reseal(seal_of("snapshots", *row), pages.snapshot_seal)
        self._snapshots[pages.number] = (*row, pages.snapshot_seal)
        if not self.keeps_history:
            for number, seal in pages.rows:
                self._reseal(None, seal)
                self._outdated.append((number,))
        pages.rows = []

    def note(self, name: str, content: bytes) -> None:
        """Keep something that is no actor's: durable no later than what is appended next."""
        with self._changing:
            self.notes[name] = content
            number, before = self._noted.get(name, (len(self._noted) + 1, None))
            row = (number, name, content)
            seal = self._reseal(seal_of("notes", *row), before)
            self._noted[name] = number, seal
            self._notes[name] = (*row, seal)

    def _reseal(self, seal: int | None, before: int | None) -> int:
        """Account for a row that is written, in place of another one, or dropped."""
        self._entries += (seal is not None) - (before is not None)
        self._seals = sum_of(self._seals, seal or 0, -(before or 0))
        return seal or 0

    def commit(self, at_us: int) -> None:
        """Write what waits, as one transaction, and return when it is on disk.

        Args:
            at_us: Where the clock stands.

        Raises:
            JournalError: It cannot be written; nothing of it was, and nothing more will be.
        """
        with self._changing:
            self._refuse_if_broken()
            try:
                self._write(at_us)
            except sqlite3.Error as error:
                self._broken = f"{self.path}: cannot be written: {error}"
                with suppress(sqlite3.Error):
                    self._database.execute("ROLLBACK")
                raise JournalError(self._broken) from error
            self.resumes_at_us = at_us
            self._forget_waiting()

    def _write(self, at_us: int) -> None:
        write = self._database.executemany
        self._database.execute("BEGIN IMMEDIATE")
        write("REPLACE INTO actors VALUES (?, ?, ?, ?)", self._opened.values())
        write("INSERT INTO batches VALUES (?, ?, ?, ?, ?)", self._batches)
        write("REPLACE INTO snapshots VALUES (?, ?, ?, ?)", self._snapshots.values())
        write("DELETE FROM batches WHERE number = ?", self._outdated)
        write("REPLACE INTO notes VALUES (?, ?, ?, ?)", self._notes.values())
        head = head_row(self._last, at_us, self._entries, self._seals)
        self._database.execute("REPLACE INTO journal VALUES (?, ?, ?, ?, ?, ?)", head)
        self._database.execute("COMMIT")

    def _refuse_if_broken(self) -> None:
        if self._broken:
            raise JournalError(self._broken)

    @property
    def last(self) -> int:
        """Number of the last batch that was appended."""
        return self._last

    def history(self, after: int = 0) -> Iterator[Written]:
        """Yield what is durable, in the order of the append: all of it, where all is kept.

        Args:
            after: Number of a batch; only later ones are yielded.
        """
        select = "SELECT number, actor, epoch, facts FROM batches WHERE number > ? ORDER BY number"
        for number, actor, epoch, batch in self._database.execute(select, (after,)):
            address = self._addresses[actor]
            yield Written(number, address, epoch, self._decoded(number, address, batch))

    def close(self) -> None:
        """Write what waits, and let go of the file; closing twice does nothing more.

        Raises:
            JournalError: What waits cannot be written.
        """
        with self._changing:
            if self._lock_file.closed:
                return
            try:
                if not self._broken:
                    self.commit(self.resumes_at_us)
            finally:
                self._broken = self._broken or f"{self.path}: is closed"
                self._database.close()
                self._lock_file.close()


def _locked(path: Path) -> BinaryIO:
    """Open a file that no other journal has open, until it is closed."""
    try:
        with _opening:
            _refuse_if_open_here(path)
            file = path.open("r+b")
            _lock(path, file)
            _open_here[_identity(os.fstat(file.fileno()))] = file
    except OSError as error:
        raise JournalError(f"{path}: cannot be opened: {error.strerror}") from error
    return file


def _refuse_if_open_here(path: Path) -> None:
    """Refuse a file of this process before it is touched.

    As soon as a process closes any descriptor of a file, POSIX frees all locks that it has on
    that file, also those by which SQLite keeps strangers out.
    """
    file = _open_here.get(_identity(path.stat()))
    if file is not None and not file.closed:
        raise JournalError(f"{path}: this process has this journal open already")


def _identity(status: os.stat_result) -> tuple[int, int]:
    return status.st_dev, status.st_ino


def _lock(path: Path, file: BinaryIO) -> None:
    if sys.platform != "win32":  # there, SQLite's own lock must do
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            file.close()
            raise JournalError(f"{path}: another process has this journal open") from error
