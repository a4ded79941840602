"""What became of a small world: what broke, what was seen, and a digest of it all."""

from __future__ import annotations

import hashlib

from msgspec import Struct

from actors.messages.base import Address
from simulation.audit.findings import AuditResult


class Trouble(Struct, frozen=True):
    """Something that broke without being an invariant.

    Attributes:
        name: The same for what is alike, like "Account raised AssertionError".
        sentence: What happened, and where.
    """

    name: str
    sentence: str


class Verdict(Struct):
    """What became of a small world.

    Attributes:
        digest: SHA-256 over its journal, in order.
        audit: What the auditor found.
        troubles: What broke besides: handlers that raised, a step limit.
        steps: Events that its clock went through.
        seen: Situations that came up.
        decisions: For faults, by number of the fault, in order, each once.
    """

    digest: str
    audit: AuditResult
    troubles: list[Trouble]
    steps: int
    seen: list[str]
    decisions: dict[int, list[str]]

    @property
    def broken(self) -> list[str]:
        """Ids of the invariants that broke, each once, what showed first in front."""
        shown = [finding.invariant for finding in self.audit.findings]
        counted = [row.id for row in self.audit.invariants if row.findings]
        return list(dict.fromkeys([*shown, *counted]))

    @property
    def signs(self) -> list[str]:
        """By what this failure is known: invariants that broke, then names of troubles."""
        return list(dict.fromkeys([*self.broken, *(trouble.name for trouble in self.troubles)]))

    @property
    def passed(self) -> bool:
        """Whether nothing was lost and nothing raised."""
        return self.audit.passed and not self.troubles

    def story(self, sign: str) -> str:
        """Tell what shows one sign of a failure first."""
        found = [finding for finding in self.audit.findings if finding.invariant == sign]
        if found:
            return found[0].render()
        return "\n".join(f"{one.name}: {one.sentence}" for one in self.troubles if one.name == sign)


class Chain:
    """A follower that hashes the journal's bytes: equal worlds have equal digests."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256()

    def wrote(self, address: Address, facts: bytes, at_us: int) -> None:
        """Take one batch."""
        self._hash.update(b"%b %d " % (address.encode(), at_us))
        self._hash.update(facts)

    def hexdigest(self) -> str:
        """Return the digest of everything so far."""
        return self._hash.hexdigest()
