"""The digest: one number for everything that a run recorded, in order."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Final

import msgspec

from actors.messages.base import Address, Fact, Message
from simulation.audit.findings import Finding

_CHUNK: Final = 256 * 1_024


class Digest:
    """A follower that hashes every batch of facts: equal runs have equal digests (SHA-256).

    What clients asked and were told follows from the facts and the seed, and is left out.
    """

    def __init__(self) -> None:
        self._hash = hashlib.sha256()
        self._buffer = bytearray()
        self._encode_into = msgspec.msgpack.Encoder().encode_into

    def appended(self, address: Address, facts: Sequence[Fact], at_us: int) -> None:
        """Take one batch."""
        buffer = self._buffer
        self._encode_into((address, at_us, facts), buffer, -1)
        if len(buffer) >= _CHUNK:
            self._hash.update(buffer)
            buffer.clear()

    def asked(self, client: Address, message: Message, at_us: int) -> None:
        """Leave it out."""

    def told(self, client: Address, message: Message, at_us: int) -> None:
        """Leave it out."""

    def hexdigest(self) -> str:
        """Return the digest of everything taken so far, in hexadecimal digits."""
        self._hash.update(self._buffer)
        self._buffer.clear()
        return self._hash.hexdigest()


def judge_digests(digest: str, again: str) -> Finding | None:
    """Compare the digests of two runs of the same seed, which must be equal (A22).

    An auditor hears one run only; who plays a seed twice asks here.

    Returns:
        The breach, if there is one.
    """
    if digest == again:
        return None
    return Finding(
        "A22", f"the same seed has given two runs: {digest[:16]}... and {again[:16]}...",
        "", -1, "", 0, "",
    )  # fmt: skip
