"""Journals: where facts become durable, in one order, and who reads along."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import msgspec

from actors.messages.base import Address, Fact, Message
from actors.messages.facts import AnyFact

_FACTS_BEFORE_SNAPSHOT = 64


class Follower(Protocol):
    """Reads along: every batch of facts in the order of the append, and the clients' talk.

    A follower has those of these methods that it cares for. Times are microseconds on the
    runtime's clock.
    """

    def appended(self, address: Address, facts: Sequence[Fact], at_us: int) -> None:
        """Take the facts that one handler of the actor at `address` recorded, as one batch."""

    def wrote(self, address: Address, facts: bytes, at_us: int) -> None:
        """Take the same batch as the journal encoded it."""

    def asked(self, client: Address, message: Message, at_us: int) -> None:
        """Take a message that a client sent."""

    def told(self, client: Address, message: Message, at_us: int) -> None:
        """Take a message that left for a client."""


class Pages:
    """The journal of one actor: a snapshot, if any, and the encoded batches after it."""

    __slots__ = ("batches", "facts", "limit", "snapshot")

    def __init__(self) -> None:
        self.snapshot: bytes | None = None
        self.batches: list[bytes] = []
        self.facts = 0  # in `batches`
        self.limit = _FACTS_BEFORE_SNAPSHOT

    def is_empty(self) -> bool:
        """Tell whether the actor has recorded nothing yet."""
        return not self.batches and self.snapshot is None


class MemoryJournal:
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

    def open(self, address: Address) -> Pages:
        """Return the pages of an actor, to be appended to by its runtime alone."""
        return self._pages.setdefault(address, Pages())

    def append(self, pages: Pages, facts: list[Fact], state: msgspec.Struct) -> bytes:
        """Append one batch, all of it or nothing, and return it as it was encoded.

        Args:
            pages: Of the actor.
            facts: What one handler recorded, at least one fact.
            state: The actor's state after them, for a snapshot.
        """
        batch = self._encode(facts)
        pages.batches.append(batch)
        pages.facts += len(facts)
        self.batches += 1
        if pages.facts >= pages.limit and not self._keep_all:
            self._turn(pages, state)
        return batch

    def _turn(self, pages: Pages, state: msgspec.Struct) -> None:
        pages.snapshot = self._encode(state)
        pages.batches = []
        pages.facts = 0
        pages.limit = max(_FACTS_BEFORE_SNAPSHOT, len(pages.snapshot) // 32)

    def snapshot_of(self, address: Address) -> bytes | None:
        """Return the encoded state that the remaining facts come after, if there is one."""
        pages = self._pages.get(address)
        return None if pages is None else pages.snapshot

    def facts_of(self, address: Address) -> list[Fact]:
        """Return the facts of one actor after its snapshot, in order."""
        pages = self._pages.get(address)
        return [] if pages is None else [f for batch in pages.batches for f in self._decode(batch)]
