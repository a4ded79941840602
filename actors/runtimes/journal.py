"""Journals: where facts become durable, in one order, and who reads along."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

import msgspec

from actors.messages.base import Address, Fact, Message
from actors.messages.facts import AnyFact

_FACTS_BEFORE_SNAPSHOT = 32
_BYTES_PER_FACT = 64  # roughly; so the facts take about as much as the snapshot before them


class Follower(Protocol):
    """Reads along: every batch of facts in the order of the append, and the clients' talk.

    A follower has those of these methods that it cares for. Times are microseconds on the
    runtime's clock.
    """

    def appended(self, address: Address, facts: Sequence[Fact], at_us: int) -> None:
        """Take the facts that one handler of the actor at `address` recorded, as one batch."""

    def wrote(self, address: Address, facts: bytes, at_us: int) -> None:
        """Take the same batch as the journal encoded it."""

    def took_over(self, address: Address, epoch: int, at_us: int) -> None:
        """Take that another incarnation of an actor appends from here on."""

    def asked(self, client: Address, message: Message, at_us: int) -> None:
        """Take a message that a client sent."""

    def told(self, client: Address, message: Message, at_us: int) -> None:
        """Take a message that left for a client."""


class Pages:
    """The journal of one actor: a snapshot, if any, and the encoded batches after it."""

    __slots__ = ("batches", "epoch", "facts", "limit", "snapshot")

    def __init__(self) -> None:
        self.epoch = 0  # of the incarnation that may append
        self.snapshot: bytes | None = None
        self.batches: list[bytes] = []
        self.facts = 0  # in `batches`
        self.limit = _FACTS_BEFORE_SNAPSHOT

    def turn(self, snapshot: bytes) -> None:
        """Let a snapshot take the place of all facts so far."""
        self.snapshot = snapshot
        self.batches = []
        self.facts = 0
        self.limit = max(_FACTS_BEFORE_SNAPSHOT, len(snapshot) // _BYTES_PER_FACT)


class Pen(NamedTuple):
    """The right of one incarnation of an actor to append to its pages."""

    pages: Any  # of the journal that gave it
    epoch: int


class Fenced(RuntimeError):  # noqa: N818 - named for what happened
    """An incarnation tried to append although a later one has started."""


class JournalError(Exception):
    """A journal cannot be opened, or cannot be written any more; says which and why."""


class Journal(Protocol):
    """Where facts become durable.

    Attributes:
        batches: How many have been appended.
        is_gathering: What is appended becomes durable only with the next `commit`.
        resumes_at_us: Where the clock stood when the journal was last written.
        notes: What is kept besides facts, by name.
    """

    batches: int
    is_gathering: bool
    resumes_at_us: int
    notes: dict[str, bytes]

    def open(self, address: Address) -> Pen:
        """Start an incarnation of an actor: it alone may append from now on."""

    def append(self, pen: Pen, facts: list[Fact], state: msgspec.Struct) -> bytes:
        """Append one batch, all of it or nothing, and return it as it was encoded.

        Args:
            pen: Of the incarnation that recorded them.
            facts: What one handler recorded, at least one fact.
            state: The actor's state after them, for a snapshot.

        Raises:
            Fenced: A later incarnation has started.
        """

    def knows(self, address: Address) -> bool:
        """Tell whether an actor has ever recorded anything."""

    def snapshot_of(self, address: Address) -> bytes | None:
        """Return the encoded state that the remaining facts come after, if there is one."""

    def facts_of(self, address: Address) -> list[Fact]:
        """Return the facts of one actor after its snapshot, in order."""

    def note(self, name: str, content: bytes) -> None:
        """Keep something that is no actor's: durable no later than what is appended next."""

    def commit(self, at_us: int) -> None:
        """Make durable what was appended and noted so far, all of it or nothing.

        Args:
            at_us: Where the clock stands.

        Raises:
            JournalError: It cannot be written; nothing more will be.
        """

    def close(self) -> None:
        """Let go of whatever the journal needs; nothing more is appended."""


class MemoryJournal(Journal):
    """A journal that lives as long as the process.

    Args:
        keep_all: Keep every fact; else an actor's facts make room for a snapshot of its
            state whenever they outweigh it, which bounds the memory of a long run.
        fact_types: The union of the facts that actors may record.
    """

    def __init__(self, *, keep_all: bool = True, fact_types: Any = AnyFact) -> None:
        self._keep_all = keep_all
        self._pages: dict[Address, Pages] = {}
        self._encode = msgspec.msgpack.Encoder().encode
        self._decode = msgspec.msgpack.Decoder(list[fact_types]).decode
        self.batches = 0
        self.is_gathering = False
        self.resumes_at_us = 0
        self.notes: dict[str, bytes] = {}

    def open(self, address: Address) -> Pen:
        """Start an incarnation of an actor: it alone may append from now on."""
        pages = self._pages.get(address)
        if pages is None:
            pages = self._pages[address] = Pages()
        pages.epoch += 1
        return Pen(pages, pages.epoch)

    def append(self, pen: Pen, facts: list[Fact], state: msgspec.Struct) -> bytes:
        """Append one batch, and take a snapshot of the state when one is due."""
        pages, epoch = pen
        if epoch != pages.epoch:
            raise Fenced(f"epoch {epoch} may not append any more: {pages.epoch} has started")
        batch = self._encode(facts)
        pages.batches.append(batch)
        pages.facts += len(facts)
        self.batches += 1
        if pages.facts >= pages.limit and not self._keep_all:
            pages.turn(self._encode(state))
        return batch

    def knows(self, address: Address) -> bool:
        """Tell whether an actor has ever recorded anything."""
        pages = self._pages.get(address)
        return pages is not None and (bool(pages.batches) or pages.snapshot is not None)

    def snapshot_of(self, address: Address) -> bytes | None:
        """Return the encoded state that the remaining facts come after, if there is one."""
        pages = self._pages.get(address)
        return None if pages is None else pages.snapshot

    def facts_of(self, address: Address) -> list[Fact]:
        """Return the facts of one actor after its snapshot, in order."""
        pages = self._pages.get(address)
        return [] if pages is None else [f for batch in pages.batches for f in self._decode(batch)]

    def note(self, name: str, content: bytes) -> None:
        """Keep something that is no actor's."""
        self.notes[name] = content

    def commit(self, at_us: int) -> None:
        """Do nothing: memory is as durable as it gets."""

    def close(self) -> None:
        """Do nothing."""
