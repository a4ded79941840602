"""A simulated disk: what is appended becomes durable with the next group commit of its node."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from struct import Struct
from typing import Any, Final, NamedTuple
from zlib import crc32

import msgspec

from actors.messages.base import Address, Fact
from actors.messages.facts import AnyFact
from actors.runtimes.journal import MemoryJournal, Pages, Pen

_HEAD: Final = Struct("<II")  # length and checksum of a record


class DiskFull(OSError):  # noqa: N818 - named for what happened
    """The disk of a node has no room for another record."""


class DiskPages(Pages):
    """The journal of one actor on a disk.

    Attributes:
        node: Whose disk it is on.
        unsynced: How many of its last batches are not durable yet.
        offered: A snapshot that takes their place as soon as the last of them is durable.
    """

    __slots__ = ("is_buffered", "node", "offered", "unsynced")

    def __init__(self, node: str, *, is_buffered: bool) -> None:
        super().__init__()
        self.node = node
        self.is_buffered = is_buffered
        self.unsynced = 0
        self.offered: bytes | None = None

    def turn(self, snapshot: bytes) -> None:
        """Let a snapshot take the place of all facts so far, once they are durable."""
        if self.is_buffered:
            self.offered = snapshot
        else:
            super().turn(snapshot)

    def keep(self, snapshot: bytes) -> None:
        """Let a durable snapshot take the place of every batch that is durable as well."""
        rest = self.batches[len(self.batches) - self.unsynced :]
        facts = sum(_count(batch) for batch in rest)
        super().turn(snapshot)
        self.batches, self.facts = rest, facts


class Record(NamedTuple):
    """A batch that is written and not durable yet, and the snapshot that comes with it."""

    pages: DiskPages
    batch: bytes
    facts: int
    snapshot: bytes | None


class SimulatedDisk(MemoryJournal):
    """A journal whose last records are lost when their node crashes.

    Args:
        keep_all: Keep every fact; else snapshots make room, as in memory.
        fact_types: The union of the facts that actors may record.
        node_of: Names the node of an address.
        is_buffered: Records become durable by `sync`; else at once.

    Attributes:
        full: Nodes whose disk has no room.
    """

    def __init__(
        self,
        *,
        keep_all: bool = True,
        fact_types: Any = AnyFact,
        node_of: Callable[[Address], str] = lambda _: "",
        is_buffered: bool = False,
    ) -> None:
        super().__init__(keep_all=keep_all, fact_types=fact_types)
        self.node_of = node_of
        self.is_buffered = is_buffered
        self.full: set[str] = set()
        self._unsynced: dict[str, list[Record]] = {}

    def open(self, address: Address) -> Pen:
        """Start an incarnation of an actor: it alone may append from now on."""
        if address not in self._pages:
            self._pages[address] = DiskPages(self.node_of(address), is_buffered=self.is_buffered)
        return super().open(address)

    def append(self, pen: Pen, facts: list[Fact], state: msgspec.Struct) -> bytes:
        """Append one batch, all of it or nothing, and return it as it was encoded.

        Raises:
            Fenced: A later incarnation has started.
            DiskFull: There is no room for it.
        """
        pages: DiskPages = pen.pages
        if pages.node in self.full:
            raise DiskFull(f"the disk of {pages.node} is full")
        batch = super().append(pen, facts, state)
        if self.is_buffered:
            snapshot, pages.offered = pages.offered, None
            pages.unsynced += 1
            unsynced = self._unsynced.setdefault(pages.node, [])
            unsynced.append(Record(pages, batch, len(facts), snapshot))
        return batch

    def unsynced(self, node: str) -> int:
        """Return how many records of a node are not durable yet."""
        return len(self._unsynced.get(node, ()))

    def sync(self, node: str, count: int) -> None:
        """Make the first records that wait on a node durable."""
        records = self._unsynced.get(node, [])
        for record in records[:count]:
            record.pages.unsynced -= 1
            if record.snapshot is not None:
                record.pages.keep(record.snapshot)
        self._unsynced[node] = records[count:]

    def take_snapshot(self, address: Address, state: msgspec.Struct) -> None:
        """Let an actor's state make room for its facts, if all of them are durable."""
        pages = self._pages[address]
        assert isinstance(pages, DiskPages), "every journal of a disk is on one"
        if not pages.unsynced and not self._keep_all:
            pages.keep(self._encode(state))

    def crash(self, node: str, keep: int = 0, *, is_torn: bool = False) -> int:
        """Lose what a node has not made durable, as if it were read back from a raw disk.

        Args:
            node: That crashes.
            keep: How many of the records had reached the disk by chance.
            is_torn: Half of the next one had as well.

        Returns:
            How many records were found whole, and are durable from now on.
        """
        records = self._unsynced.get(node, [])
        written = b"".join(_frame(record.batch) for record in records[:keep])
        if is_torn and keep < len(records):
            torn = _frame(records[keep].batch)
            written += torn[: -(len(torn) // 2)]
        whole = len(read_frames(written))
        for record in reversed(records[whole:]):
            record.pages.batches.pop()
            record.pages.facts -= record.facts
            record.pages.unsynced -= 1
        del records[whole:]
        self.sync(node, whole)
        return whole


_decode_batch = msgspec.msgpack.Decoder(list[msgspec.Raw]).decode


def _count(batch: bytes) -> int:
    """Return how many facts a batch holds."""
    return len(_decode_batch(batch))


def _frame(batch: bytes) -> bytes:
    return _HEAD.pack(len(batch), crc32(batch)) + batch


def read_frames(written: bytes) -> Sequence[bytes]:
    """Return the records of a raw disk, up to the first that is torn."""
    batches: list[bytes] = []
    start = 0
    while start + _HEAD.size <= len(written):
        length, checksum = _HEAD.unpack_from(written, start)
        start += _HEAD.size
        batch = written[start : start + length]
        if len(batch) < length or crc32(batch) != checksum:
            break
        batches.append(batch)
        start += length
    return batches
