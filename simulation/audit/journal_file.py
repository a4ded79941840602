"""The journal of a whole run as a file: written as it grows, read again to be judged.

A file is a header (magic, format version), chunks, and an end mark, which is a chunk of length 0.
A chunk is its stored length, its unpacked length and the CRC-32 of what is stored (little-endian,
32 bits each), then that: records packed with Zstandard. A record is its length (32 bits), its
kind (8 bits) and a MessagePack array of an address, facts or a message or an epoch, and the time.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO, Final, Literal, NamedTuple, Union

import msgspec
import pyarrow as pa

from actors.domain.market_hours import MarketHours, with_early_limits
from actors.messages.base import Address, Fact, Message
from actors.messages.catalogue import MESSAGES
from actors.messages.facts import AnyFact
from simulation.audit.auditor import Auditor
from simulation.audit.findings import AuditResult
from simulation.records import (
    PLAN_FILE,
    RUN_FILE,
    UnreadableRun,
    UnwritableRun,
    read_json,
    status_of,
)

JOURNAL_FILE: Final = "journal.bin"
VERSION: Final = 2
"""Since 2 a journal says when another incarnation of an actor takes over; 1 is read as well."""

_MAGIC: Final = b"OpenOutcryJournal"
_HEADER: Final = struct.Struct("<17sH")
_CHUNK_HEAD: Final = struct.Struct("<III")
_RECORD_HEAD: Final = struct.Struct("<IB")
_CHUNK: Final = 1_024 * 1_024
_CHUNK_AT_MOST: Final = 256 * _CHUNK
_FACTS: Final = 0
_ASKED: Final = 1
_TOLD: Final = 2
_TOOK_OVER: Final = 3
_VERSIONS: Final = frozenset({1, VERSION})
_MICROSECONDS: Final = 1_000_000


class JournalError(ValueError):
    """A file that is no journal, of a later version, or damaged; says where."""

    def __init__(self, path: Path, offset: int, what: str) -> None:
        super().__init__(f"{path}: byte {offset:,}: {what}")


class Record(NamedTuple):
    """One call of a follower: facts appended, talk of a client, or an epoch that begins."""

    kind: Literal["appended", "asked", "told", "took_over"]
    address: Address
    content: Any
    at_us: int


class JournalWriter:
    """A follower that writes everything it hears into a file.

    Args:
        path: The file; it is replaced.

    Raises:
        UnwritableRun: The file cannot be written, now or later.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._buffer = bytearray()
        self._encode_into = msgspec.msgpack.Encoder().encode_into
        self._codec = pa.Codec("zstd")
        try:
            self._file: BinaryIO = path.open("wb")
            self._file.write(_HEADER.pack(_MAGIC, VERSION))
        except OSError as error:
            raise UnwritableRun(path, error) from error

    def appended(self, address: Address, facts: Sequence[Fact], at_us: int) -> None:
        """Write one batch."""
        self._record(_FACTS, (address, facts, at_us))

    def asked(self, client: Address, message: Message, at_us: int) -> None:
        """Write what a client asked."""
        self._record(_ASKED, (client, message, at_us))

    def told(self, client: Address, message: Message, at_us: int) -> None:
        """Write what a client was told."""
        self._record(_TOLD, (client, message, at_us))

    def took_over(self, address: Address, epoch: int, at_us: int) -> None:
        """Write that another incarnation of an actor appends from here on."""
        self._record(_TOOK_OVER, (address, epoch, at_us))

    def close(self) -> None:
        """Write what waits, and the end mark; without it the file counts as torn."""
        if self._file.closed:
            return
        try:
            self._flush()
            self._write(_CHUNK_HEAD.pack(0, 0, 0))
        finally:
            self._file.close()

    def _record(self, kind: int, content: tuple[Any, ...]) -> None:
        buffer = self._buffer
        start = len(buffer)
        self._encode_into(content, buffer, start + _RECORD_HEAD.size)
        _RECORD_HEAD.pack_into(buffer, start, len(buffer) - start - _RECORD_HEAD.size, kind)
        if len(buffer) >= _CHUNK:
            self._flush()

    def _flush(self) -> None:
        if not self._buffer:
            return
        stored = self._codec.compress(self._buffer, asbytes=True)
        head = _CHUNK_HEAD.pack(len(stored), len(self._buffer), zlib.crc32(stored))
        self._buffer.clear()
        self._write(head + stored)

    def _write(self, data: bytes) -> None:
        try:
            self._file.write(data)
        except OSError as error:
            raise UnwritableRun(self._path, error) from error


def read_journal(path: Path) -> Iterator[Record]:
    """Read a journal, one chunk at a time; nothing in it is ever executed.

    Yields:
        Its records, in the order in which they were written.

    Raises:
        JournalError: The file cannot be opened, is no journal, is of a later version, or is torn
            or damaged; what comes before the damage has been yielded by then.
    """
    try:
        file = path.open("rb")
    except OSError as error:
        raise JournalError(path, 0, f"cannot be read: {error.strerror}") from error
    with file:
        _check_header(path, file.read(_HEADER.size))
        while chunk := _read_chunk(path, file):
            yield from _records(path, *chunk)
        if file.read(1):
            raise JournalError(path, file.tell() - 1, "something follows the end mark")


def replay(folder: Path) -> AuditResult:
    """Judge a recorded run again, from its journal and its plan alone.

    A run that was interrupted or failed is not blamed for what was still on its way.

    Raises:
        JournalError: As `read_journal`.
        UnreadableRun: The plan is missing, or not the plan of a run.
    """
    auditor = _auditor_for(folder / PLAN_FILE)
    for kind, address, content, at_us in read_journal(folder / JOURNAL_FILE):
        getattr(auditor, kind)(address, content, at_us)
    status = status_of({"status": "complete"} | read_json(folder / RUN_FILE))
    return auditor.finish(at_rest=status not in {"interrupted", "aborted", "failed"})


def _auditor_for(path: Path) -> Auditor:
    plan = read_json(path)
    if not plan:
        raise UnreadableRun(f"{path}: missing; a journal is judged by the plan of its run")
    try:
        starts_at_s, market_plan = plan["starts_at_s"], plan["market"]
        hours = MarketHours(
            round((market_plan["opens_s"] - starts_at_s) * _MICROSECONDS),
            round((market_plan["closes_s"] - starts_at_s) * _MICROSECONDS),
        )
        is_early = market_plan.get("early_limits", False)
        return Auditor(
            with_early_limits(hours) if is_early else hours, float(plan["accepted_share"]),
            market_plan.get("collar_bp"),
            copies=any(fault["kind"] == "duplicate" for fault in plan.get("faults", ())),
            staleness_us=staleness_bound_us(plan),
        )  # fmt: skip
    except (KeyError, TypeError) as error:
        raise UnreadableRun(f"{path}: not the plan of a run: {error!r}") from error


def staleness_bound_us(plan: dict[str, Any]) -> int | None:
    """Return how stale screens may be in a run; None where faults happen or nobody looks."""
    subscriptions = plan.get("subscriptions")
    if subscriptions is None or plan.get("faults"):
        return None
    return int(float(subscriptions["staleness_s"]) * _MICROSECONDS)


def _check_header(path: Path, header: bytes) -> None:
    if len(header) < _HEADER.size or not header.startswith(_MAGIC):
        raise JournalError(path, 0, "this is not a journal of Open Outcry")
    _, version = _HEADER.unpack(header)
    if version not in _VERSIONS:
        raise JournalError(
            path,
            len(_MAGIC),
            f"a journal of format {version}; this version reads {min(_VERSIONS)} to {VERSION}",
        )


def _read_chunk(path: Path, file: BinaryIO) -> tuple[int, bytes] | None:
    """Return the place of a chunk and its records, or None at the end mark."""
    offset = file.tell()
    head = file.read(_CHUNK_HEAD.size)
    if len(head) < _CHUNK_HEAD.size:
        raise JournalError(path, offset, "the journal is torn: its end mark is missing")
    stored_length, length, crc = _CHUNK_HEAD.unpack(head)
    if not stored_length and not length and not crc:
        return None
    if max(stored_length, length) > _CHUNK_AT_MOST:
        raise JournalError(path, offset, "damaged: a chunk of an impossible length")
    stored = file.read(stored_length)
    if len(stored) < stored_length:
        raise JournalError(
            path, offset, f"the journal is torn: {len(stored):,} of {stored_length:,} bytes"
        )
    if zlib.crc32(stored) != crc:
        raise JournalError(path, offset, "damaged: the checksum of a chunk does not fit")
    try:
        return offset, pa.Codec("zstd").decompress(stored, length, asbytes=True)
    except (OSError, pa.ArrowException) as error:
        raise JournalError(path, offset, f"damaged: a chunk cannot be unpacked: {error}") from error


def _records(path: Path, offset: int, chunk: bytes) -> Iterator[Record]:
    view = memoryview(chunk)
    at = 0
    try:
        while at < len(view):
            length, code = _RECORD_HEAD.unpack_from(view, at)
            at += _RECORD_HEAD.size
            if length > len(view) - at:
                raise ValueError("a record is longer than its chunk")
            kind, decoder = _DECODERS[code]
            address, content, at_us = decoder.decode(view[at : at + length])
            at += length
            yield Record(kind, address, content, at_us)
    except (ValueError, IndexError, struct.error) as error:
        raise JournalError(path, offset, f"damaged, {at:,} bytes into its records: {error}") from (
            error
        )


def _record_of(content: Any) -> Any:
    """Return the decoder of a record."""
    return msgspec.msgpack.Decoder(tuple.__class_getitem__((str, content, int)))


# A union of what the modules define is a value, which annotations cannot express.
ANY_MESSAGE: Final[Any] = Union.__getitem__(MESSAGES)
_OF_FACTS: Final[Any] = _record_of(list[AnyFact])
_OF_MESSAGES: Final[Any] = _record_of(ANY_MESSAGE)
_OF_EPOCHS: Final[Any] = _record_of(int)
_DECODERS: Final[tuple[tuple[Any, Any], ...]] = (
    ("appended", _OF_FACTS),
    ("asked", _OF_MESSAGES),
    ("told", _OF_MESSAGES),
    ("took_over", _OF_EPOCHS),
)
