"""What actors owe each other: said until it is confirmed, and taken once however often it is said.

The debtor numbers what it owes to each creditor from 1 upwards and keeps it in its outbox; the
creditor needs to remember no more than up to which number it has everything, and the few above.
"""

from __future__ import annotations

from typing import Generic, TypeVar

import msgspec

from actors.actor import Outbox
from actors.messages.base import Address, Message

M = TypeVar("M", bound=Message)


class Owed(msgspec.Struct, Generic[M], array_like=True):
    """The debtor's side: part of an actor's state, changed by facts alone.

    Attributes:
        counts: How many were ever owed, by creditor.
        waiting: What is not confirmed, by creditor and number.
    """

    counts: dict[Address, int] = {}
    waiting: dict[Address, dict[int, M]] = {}

    def next_number(self, creditor: Address) -> int:
        """Return the number of the next thing owed to a creditor."""
        return self.counts.get(creditor, 0) + 1

    def add(self, creditor: Address, number: int, message: M) -> None:
        """Owe one more thing."""
        assert number == self.next_number(creditor), "debts are numbered without a gap"
        self.counts[creditor] = number
        self.waiting.setdefault(creditor, {})[number] = message

    def has(self, creditor: Address, number: int) -> bool:
        """Tell whether something is owed and not confirmed."""
        return number in self.waiting.get(creditor, ())

    def settle(self, creditor: Address, number: int) -> None:
        """Owe something no more, as the creditor durably has it."""
        left = self.waiting[creditor]
        del left[number]
        if not left:
            del self.waiting[creditor]

    def outbox(self) -> Outbox:
        """Return what must be said again, by creditor and number."""
        return {
            (creditor, number): (creditor, message)
            for creditor, messages in self.waiting.items()
            for number, message in messages.items()
        }


class Known(msgspec.Struct, array_like=True, gc=False):
    """The creditor's side: which numbers of one debtor it has.

    Attributes:
        upto: It has all from 1 to this one.
        above: Those it has besides, rising; few, as debts are said about in order.
    """

    upto: int = 0
    above: tuple[int, ...] = ()

    def has(self, number: int) -> bool:
        """Tell whether a number is known."""
        return number <= self.upto or number in self.above

    def add(self, number: int) -> None:
        """Know a number, at most once."""
        assert not self.has(number), f"{number} is known already"
        rest = sorted((*self.above, number))
        while rest and rest[0] == self.upto + 1:
            self.upto = rest.pop(0)
        self.above = tuple(rest)
