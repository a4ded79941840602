"""What the log of commands holds: one entry a command, and what has become of it."""

from __future__ import annotations

from enum import Enum
from typing import TypeAlias

import msgspec

from actors.commands.values import AnyCommand
from actors.domain.money import dollars
from actors.domain.orders import Reason
from actors.messages.base import OrderId


class Outcome(Enum):
    """What has become of a command."""

    UNANSWERED = "unanswered"
    ACCEPTED = "accepted"  # of an order: it waits
    REFUSED = "refused"
    EXECUTED = "executed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class Entry(msgspec.Struct, frozen=True, tag=True, omit_defaults=True):
    """A command and what has become of it so far.

    Attributes:
        number: Of the entry, from 1.
        at_us: When it was given, by the runtime's clock.
        reason: Why it was refused, if it was.
        order_id: The order that it placed.
        price: Of the execution, 1/10,000 USD; 0 where there was none.
        detail: More about a refusal, in words.
        undoes: Number of the entry that this command undoes.
        undone_by: Number of the entry that has undone this one, or is about to.
    """

    number: int
    at_us: int
    command: AnyCommand
    outcome: Outcome = Outcome.UNANSWERED
    reason: Reason | None = None
    order_id: OrderId = ""
    price: int = 0
    detail: str = ""
    undoes: int | None = None
    undone_by: int | None = None

    @property
    def sentence(self) -> str:
        """The outcome in words."""
        if self.reason is not None:
            return f"{self.outcome.value}: {self.detail or self.reason.sentence}"
        at = f" at {dollars(self.price)}" if self.price else ""
        return f"{self.outcome.value}{at}"


class Update(msgspec.Struct, frozen=True, tag=True, omit_defaults=True):
    """What has become of the command of an entry."""

    number: int
    outcome: Outcome
    reason: Reason | None = None
    order_id: OrderId = ""
    price: int = 0
    detail: str = ""


Line: TypeAlias = Entry | Update


def updated(entry: Entry, update: Update) -> Entry:
    """Return an entry with what has become of it."""
    return msgspec.structs.replace(
        entry,
        outcome=update.outcome,
        reason=update.reason,
        order_id=update.order_id or entry.order_id,
        price=update.price,
        detail=update.detail or entry.detail,
    )


class Entries:
    """Entries by number, as the lines of a log make them.

    Args:
        at_most: How many are kept, the newest; None for all.
        user: Of whom; None for everybody.
    """

    def __init__(self, at_most: int | None = None, user: str | None = None) -> None:
        self.by_number: dict[int, Entry] = {}
        self.last = 0
        self._at_most = at_most
        self._user = user

    def take(self, line: Line) -> None:
        """Take a line; where there is no room left, the oldest entry goes."""
        if isinstance(line, Entry):
            self._add(line)
            return
        entry = self.by_number.get(line.number)
        if entry is not None:
            self.by_number[line.number] = updated(entry, line)
            if entry.undoes is not None and line.outcome is Outcome.REFUSED:
                self._mark_undone(entry.undoes, None)

    def _add(self, entry: Entry) -> None:
        self.last = max(self.last, entry.number)
        if entry.undoes is not None:
            self._mark_undone(entry.undoes, entry.number)
        if self._user is None or entry.command.user == self._user:
            self.by_number[entry.number] = entry
            if self._at_most is not None and len(self.by_number) > self._at_most:
                del self.by_number[next(iter(self.by_number))]

    def _mark_undone(self, number: int, by: int | None) -> None:
        entry = self.by_number.get(number)
        if entry is not None:
            self.by_number[number] = msgspec.structs.replace(entry, undone_by=by)
