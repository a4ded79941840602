"""Reads the journal along: each fact goes to what takes its type."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from actors.messages.base import Address, Fact

Take: TypeAlias = Callable[[Address, Any, int], None]
"""Takes a fact: whose it is, the fact, and when it was appended, in microseconds."""


class FactReader:
    """A follower that takes some types of facts, and passes over the others.

    Args:
        takes: What takes each of these types.

    Attributes:
        events: How often each must-see event happened, as far as these facts tell.
    """

    def __init__(self, takes: Mapping[type, Take]) -> None:
        self.events: Counter[str] = Counter()
        self._takes = takes

    def appended(self, address: Address, facts: Sequence[Fact], at_us: int) -> None:
        """Take a batch of facts."""
        for fact in facts:
            take = self._takes.get(type(fact))
            if take is not None:
                take(address, fact, at_us)
