"""A journal's SQLite file, read and judged as bytes, before SQLite may touch it.

Layout of pages and of the write-ahead log: https://www.sqlite.org/fileformat2.html.
"""

from __future__ import annotations

import os
import sqlite3
import struct
import sys
from hashlib import blake2b
from itertools import count
from pathlib import Path
from typing import Any, Final, NamedTuple

from actors.runtimes.journal import JournalError

VERSION: Final = 1
APPLICATION: Final = int.from_bytes(b"OOJ1")
PAGE: Final = 4_096

SCHEMA: Final = (
    "CREATE TABLE journal (one INTEGER PRIMARY KEY, last INTEGER, at_us INTEGER, "
    "entries INTEGER, seals INTEGER, seal INTEGER) STRICT",
    "CREATE TABLE actors (number INTEGER PRIMARY KEY, address TEXT, epoch INTEGER, "
    "seal INTEGER) STRICT",
    "CREATE TABLE batches (number INTEGER PRIMARY KEY, actor INTEGER, epoch INTEGER, "
    "facts BLOB, seal INTEGER) STRICT",
    "CREATE TABLE snapshots (actor INTEGER PRIMARY KEY, after INTEGER, state BLOB, "
    "seal INTEGER) STRICT",
    "CREATE TABLE notes (number INTEGER PRIMARY KEY, name TEXT, content BLOB, seal INTEGER) STRICT",
)
TABLES: Final = ("actors", "batches", "snapshots", "notes")
_HEAD: Final = "journal"

_MAGIC: Final = b"SQLite format 3\0"
_VERSION_AT: Final = 60
_APPLICATION_AT: Final = 68
_PAGES_AT: Final = 28
_FIXED: Final = (
    (16, struct.pack(">HBBBBBB", PAGE, 2, 2, 0, 64, 32, 32)),  # 2: with a write-ahead log
    (44, struct.pack(">IIII", 4, 0, 0, 1)),  # format, cache, no vacuum, UTF-8
    (64, bytes(4)),
    (72, bytes(20)),
)

_LOG_HEADER: Final = struct.Struct(">8I")
_FRAME: Final = struct.Struct(">6I")
_LOG_MAGIC: Final = (0x377F0682, 0x377F0683)
_LOG_FORMAT: Final = 3_007_000
_WORD: Final = 0xFFFFFFFF
_SEAL: Final = 2**63
_UNWRITTEN: Final = 65_536  # pages, taken and given back within one transaction


def seal_of(table: str, *values: Any) -> int:
    """Return the checksum of a row: 63 bits of BLAKE2b over its table and its values."""
    digest = blake2b(table.encode(), digest_size=8)
    for value in values:
        content = value if type(value) is bytes else str(value).encode()
        digest.update(b"%d:%b" % (len(content), content))
    return int.from_bytes(digest.digest()) % _SEAL


def sum_of(seals: int, *more: int) -> int:
    """Add seals, or take them off where they are negative; so no row can vanish unseen."""
    return (seals + sum(more)) % _SEAL


class Content(NamedTuple):
    """What a file holds, every row judged.

    Attributes:
        last: Number of the last batch.
        at_us: Where the clock stood.
        entries: How many rows there are.
        seals: Their sum.
        actors: Number, address, epoch and seal.
        batches: Number, actor, epoch, facts and seal, in the order of the append.
        snapshots: Actor, number of the last batch within, state and seal.
        notes: Number, name, content and seal.
    """

    last: int
    at_us: int
    entries: int
    seals: int
    actors: list[tuple[int, str, int, int]]
    batches: list[tuple[int, int, int, bytes, int]]
    snapshots: list[tuple[int, int, bytes, int]]
    notes: list[tuple[int, str, bytes, int]]


def read_content(path: Path, main: bytes) -> Content:
    """Judge a file and return what it holds; nothing is written.

    Args:
        path: Its name; its write-ahead log, if any, lies beside it.
        main: Its bytes.

    Raises:
        JournalError: It is no journal, of a newer version, or damaged.
    """
    _check_header(path, main)
    image = bytearray(main)
    _apply_log(path, image)
    _check_fixed(path, image)
    pages = int.from_bytes(image[_PAGES_AT : _PAGES_AT + 4])
    if not pages or len(image) < pages * PAGE:
        whole = len(image) // PAGE
        raise JournalError(f"{path}: the journal is torn: {whole:,} of {pages:,} pages are there")
    image[18] = image[19] = 1  # in memory there is no log
    return _judged(path, bytes(image[: pages * PAGE]))


def _check_header(path: Path, main: bytes) -> None:
    fits = len(main) >= 100 and main.startswith(_MAGIC)
    if not fits or int.from_bytes(main[_APPLICATION_AT:72]) != APPLICATION:
        raise JournalError(f"{path}: this is not a journal of Open Outcry")
    version = int.from_bytes(main[_VERSION_AT:64])
    if version > VERSION:
        raise JournalError(
            f"{path}: a journal of format {version}; this version of Open Outcry reads {VERSION}"
        )
    if version != VERSION:
        raise JournalError(f"{path}: damaged: no journal has format {version}")


def _check_fixed(path: Path, image: bytearray) -> None:
    for at, expected in _FIXED:
        if image[at : at + len(expected)] != expected:
            raise JournalError(f"{path}: damaged: the header, from byte {at} on")


def log_of(path: Path) -> Path:
    """Return where SQLite keeps the write-ahead log of a file."""
    return path.with_name(f"{path.name}-wal")


def _apply_log(path: Path, image: bytearray) -> None:
    """Put the pages of every whole transaction of the log where they belong."""
    log = log_of(path)
    data = log.read_bytes() if log.exists() else b""
    if not data:
        return
    frames = _frames(log, data)
    committed = max((n for n, frame in enumerate(frames) if frame.pages), default=-1)
    frames = frames[: committed + 1]
    _check_places(log, frames, len(image) // PAGE)
    for frame in frames:
        end = frame.page * PAGE
        if len(image) < end:
            image.extend(bytes(end - len(image)))
        image[end - PAGE : end] = data[frame.at : frame.at + PAGE]


def _check_places(log: Path, frames: list[_Frame], pages: int) -> None:
    """Refuse a page where its transaction has none, before it takes up memory."""
    at_most = pages + len(frames) + _UNWRITTEN
    limit = 0
    for number in range(len(frames), 0, -1):
        frame = frames[number - 1]
        limit = min(frame.pages or limit, at_most)
        if not 1 <= frame.page <= limit:
            raise JournalError(
                f"{log}: damaged: frame {number:,} is page {frame.page:,}, of {limit:,} at most"
            )


class _Frame(NamedTuple):
    """One page in the log."""

    page: int
    pages: int  # of the file after the transaction that this frame ends; else 0
    at: int  # byte in the log where the page begins
    is_current: bool  # of this generation of the log, and not of one before
    is_whole: bool  # its checksum follows from that of the frame before


def _frames(log: Path, data: bytes) -> list[_Frame]:
    """Return the frames up to the first that was never written whole.

    The last transaction may be torn: a crash interrupted it, and nobody was told of it. What
    comes before was synced, so a frame there that does not fit has been damaged since.
    """
    frames = _all_frames(log, data)
    end = next((n for n, f in enumerate(frames) if not (f.is_current and f.is_whole)), len(frames))
    later = [n for n in range(end + 1, len(frames)) if frames[n].is_current and frames[n].is_whole]
    commit = next((n for n in later if frames[n].pages), len(frames))
    if later and (frames[end].is_current or later[-1] > commit):
        raise JournalError(f"{log}: damaged: the checksum of frame {end + 1:,} does not fit")
    return frames[:end]


def _all_frames(log: Path, data: bytes) -> list[_Frame]:
    if len(data) < _LOG_HEADER.size:
        raise JournalError(f"{log}: damaged: the log has no header")
    magic, version, page_size, _, *salts, one, two = _LOG_HEADER.unpack_from(data)
    order = ">" if magic & 1 else "<"
    sums = _checksum(order, data[:24], (0, 0))
    if magic not in _LOG_MAGIC or (version, page_size) != (_LOG_FORMAT, PAGE) or sums != (one, two):
        raise JournalError(f"{log}: damaged: the header of the log")
    frames = []
    for at in range(_LOG_HEADER.size, len(data) - PAGE - _FRAME.size + 1, PAGE + _FRAME.size):
        page, pages, *frame_salts, one, two = _FRAME.unpack_from(data, at)
        page_at = at + _FRAME.size
        is_current = frame_salts == salts
        expected = sums
        if is_current:
            expected = _checksum(order, data[at : at + 8], sums)
            expected = _checksum(order, data[page_at : page_at + PAGE], expected)
        frames.append(_Frame(page, pages, page_at, is_current, expected == (one, two)))
        sums = one, two
    return frames


def _checksum(order: str, data: bytes, sums: tuple[int, int]) -> tuple[int, int]:
    """Go on with the running checksum of SQLite's log."""
    one, two = sums
    words = iter(struct.unpack(f"{order}{len(data) // 4}I", data))
    for word in words:
        one = (one + word + two) & _WORD
        two = (two + next(words) + one) & _WORD
    return one, two


def _judged(path: Path, image: bytes) -> Content:
    """Read every row out of an image, and check it."""
    database = sqlite3.connect(":memory:")
    try:
        database.deserialize(image)
        problem = database.execute("PRAGMA integrity_check(1)").fetchone()[0]
        if problem != "ok":
            raise JournalError(f"{path}: damaged: {' '.join(problem.split())}")
        schema = database.execute("SELECT sql FROM sqlite_schema ORDER BY rootpage").fetchall()
        if schema != [(statement,) for statement in SCHEMA]:
            raise JournalError(f"{path}: damaged: its tables are not those of a journal")
        return _content(path, database)
    except (sqlite3.Error, OverflowError, UnicodeError) as error:
        raise JournalError(f"{path}: damaged: {error}") from error
    finally:
        database.close()


def _content(path: Path, database: sqlite3.Connection) -> Content:
    rows = {
        # The tables are named above, none by the file.
        table: database.execute(f"SELECT * FROM {table} ORDER BY 1").fetchall()
        for table in (_HEAD, *TABLES)
    }
    for table, found in rows.items():
        for row in found:
            if None in row or row[-1] != seal_of(table, *row[:-1]):
                raise JournalError(f"{path}: damaged: row {row[0]:,} of {table} is not as written")
    if len(rows[_HEAD]) != 1:
        raise JournalError(f"{path}: damaged: it has no head")
    _, last, at_us, entries, seals, _ = rows.pop(_HEAD)[0]
    found = [row for table in TABLES for row in rows[table]]
    if len(found) != entries or sum_of(0, *(row[-1] for row in found)) != seals:
        raise JournalError(
            f"{path}: damaged: {len(found):,} rows are there, and not the {entries:,} written"
        )
    return Content(last, at_us, entries, seals, **rows)


def create(path: Path) -> None:
    """Write an empty journal, which appears whole or not at all.

    Raises:
        JournalError: It cannot be written here.
    """
    draft = next(
        draft for n in count() if not (draft := path.with_name(f"{path.name}.new-{n}")).exists()
    )
    try:
        _write_empty(draft)
        os.link(draft, path)  # unlike a rename, it never takes the place of somebody else's file
        _sync_folder(path.parent)
    except (OSError, sqlite3.Error) as error:
        raise JournalError(f"{path}: cannot be made: {error}") from error
    finally:
        draft.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    """Make names durable."""
    if sys.platform != "win32":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _write_empty(draft: Path) -> None:
    database = sqlite3.connect(draft, isolation_level=None)
    try:
        database.execute(f"PRAGMA page_size={PAGE}")
        database.execute(f"PRAGMA application_id={APPLICATION}")
        database.execute(f"PRAGMA user_version={VERSION}")
        database.execute("PRAGMA synchronous=FULL")
        database.execute("BEGIN")
        for statement in SCHEMA:
            database.execute(statement)
        row = head_row(0, 0, 0, 0)
        database.execute(f"INSERT INTO {_HEAD} VALUES (?, ?, ?, ?, ?, ?)", row)
        database.execute("COMMIT")
        database.execute("PRAGMA journal_mode=WAL")
    finally:
        database.close()


def head_row(last: int, at_us: int, entries: int, seals: int) -> tuple[int, ...]:
    """Return the one row that says what else must be there."""
    head = (1, last, at_us, entries, seals)
    return (*head, seal_of(_HEAD, *head))
