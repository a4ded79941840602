"""The audit trail: what every handle has asked for, and what became of it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeAlias

from actors.account_state import Outcome as Answered
from actors.commands.entries import Entries, Entry, Line, Outcome, Update
from actors.commands.files import LogFile
from actors.commands.messages import command_of
from actors.commands.values import OrderCommand
from actors.domain.orders import OrderStatus, Reason
from actors.messages.base import Address, CommandId
from actors.messages.orders import (
    CommandAccepted,
    CommandRejected,
    OrderAccepted,
    OrderReport,
)
from actors.messages.watching import WatchAnswer
from actors.runtimes.journal import JournalError

Key: TypeAlias = tuple[Address, CommandId]
Fate: TypeAlias = Callable[[Any], Answered | None]
"""What an account knows of the command that an entry holds."""

KEPT: Final = 10_000
"""Entries in memory, the newest."""

_ANSWERS = CommandAccepted, CommandRejected, OrderAccepted, OrderReport, WatchAnswer
_UNANSWERED = Outcome.UNANSWERED
_ENDINGS: Final = {
    OrderStatus.EXECUTED: Outcome.EXECUTED,
    OrderStatus.CANCELLED: Outcome.CANCELLED,
    OrderStatus.EXPIRED: Outcome.EXPIRED,
    OrderStatus.REJECTED: Outcome.REFUSED,  # only by a book whose price ran away
}


class Trail:
    """Every command that a client of a brokerage has sent, in order.

    It sits where all handles send and hear, so that nothing passes it by. Memory holds the
    newest entries, and the numbers of those whose end is not known; a file holds all.

    Args:
        now: Seconds on the runtime's clock.
        path: The file; None for memory alone.
        kept: How many entries are kept in memory.
    """

    def __init__(
        self, now: Callable[[], float], path: Path | None = None, kept: int = KEPT
    ) -> None:
        self._now = now
        self._file = None if path is None else LogFile(path)
        self._kept = kept
        self._changing = threading.RLock()  # of this log, not of any actor's state
        self._entries = Entries(kept)
        self._waiting: dict[Key, list[int]] = {}  # for an answer
        self._orders: dict[Key, list[int]] = {}  # for how the order ends
        self._undoing: dict[Key, int] = {}
        self._latest: dict[Key, int] = {}

    def open(self, fate: Fate, address_of: Callable[[Any], Address]) -> None:
        """Take up what the file holds; where a crash has cut the end off, ask the accounts.

        Raises:
            JournalError: The file is damaged, or cannot be used.
        """
        if self._file is None:
            return
        open_ended: dict[int, Entry] = {}
        for line in self._file.lines():
            self._entries.take(line)
            if isinstance(line, Entry):
                open_ended[line.number] = line
            elif line.outcome is not Outcome.ACCEPTED or not _is_order(open_ended, line.number):
                open_ended.pop(line.number, None)
        self._file.mend()
        for number, entry in open_ended.items():
            command: Any = entry.command
            answered = fate(command)
            if answered is not None:
                self._learn(number, (address_of(command), command.command_id), entry, answered)

    def _learn(self, number: int, key: Key, entry: Entry, answered: Answered) -> None:
        """Write down what an account knows of a command whose end was not written down."""
        is_order = isinstance(entry.command, OrderCommand)
        order_id = answered.order_id if is_order else ""
        if answered.reason is not None:
            self._note(Update(number, Outcome.REFUSED, answered.reason))
        elif answered.is_pending:
            self._waiting.setdefault(key, []).append(number)
        elif is_order and answered.status is not None:
            self._note(_ending(number, answered.status, order_id, answered.price))
        else:
            self._note(Update(number, Outcome.ACCEPTED, None, order_id))
            if is_order:
                self._orders.setdefault(key, []).append(number)

    def will_undo(self, key: Key, number: int) -> None:
        """Let the next command under this key be the one that undoes an entry."""
        self._undoing[key] = number

    def asked(self, message: Any) -> None:
        """Write down a command before it is sent; a mere question is none.

        Raises:
            JournalError: The file cannot be written.
        """
        command = command_of(message)
        if command is None:
            return
        key = _key_of(message)
        with self._changing:
            entry = self._add(command, undoes=None if key is None else self._undoing.pop(key, None))
            if key is not None:
                self._waiting.setdefault(key, []).append(entry.number)
                self._latest.pop(key, None)
                self._latest[key] = entry.number
            for known in (self._waiting, self._latest):  # what is never answered, and what was
                if len(known) > self._kept:
                    del known[next(iter(known))]

    def refused(self, command: Any, reason: Reason, detail: str = "") -> Entry:
        """Write down a command that has not even reached the door."""
        with self._changing:
            return self._add(command, Outcome.REFUSED, reason, detail)

    def repeated(self, command: Any, key: Key) -> Entry:
        """Answer from the log what its account need not remember any more, as it was answered.

        What is not in the log any more is refused: it must not be carried out once more.
        """
        with self._changing:
            before = self._entry_of(command, key)
            if before is None:
                detail = f"command {key[1]} was answered long ago; nothing is known of it any more"
                return self._add(command, Outcome.REFUSED, Reason.INVALID_COMMAND, detail)
            if before.command != command:
                return self._add(command, Outcome.REFUSED, Reason.DUPLICATE_COMMAND)
            again = self._add(command)
            order_id, price = before.order_id, before.price
            self._note(
                Update(
                    again.number, before.outcome, before.reason, order_id, price, before.detail
                )
            )  # fmt: skip
            self._latest[key] = again.number
            if key in self._orders:
                self._orders[key].append(again.number)
            return self.latest(key)

    def _entry_of(self, command: Any, key: Key) -> Entry | None:
        """Return the newest entry of a command, or of another one under its number."""
        latest = self.entry(self._latest[key]) if key in self._latest else None
        if latest is not None and latest.command == command:
            return latest
        named = command.user, command.account, command.command_id
        found = [
            entry
            for entry in self.history(command.user)
            if getattr(entry.command, "command_id", None) == key[1]
            and (entry.command.user, getattr(entry.command, "account", 0), key[1]) == named
        ]
        same = [entry for entry in found if entry.command == command]
        return (same or found)[-1] if found else latest

    def told(self, message: Any, more: str = "") -> None:
        """Write down an answer, or how an order has ended.

        A file that cannot be written lets nothing fail here: the next command is refused.

        Args:
            message: What was told.
            more: A sentence that belongs to a refusal, as when the market opens next.
        """
        if not isinstance(message, _ANSWERS):
            return
        key = message.account, message.command_id
        with self._changing:
            if isinstance(message, OrderReport):
                self._end(key, message)
            elif numbers := self._waiting.get(key):
                number = numbers.pop(0)
                if not numbers:
                    del self._waiting[key]
                self._answer(key, number, message, more)

    def _answer(self, key: Key, number: int, message: Any, more: str) -> None:
        reason = getattr(message, "reason", None)
        if reason is not None:
            detail = f"{reason.sentence} {more}" if more else ""
            self._note_quietly(Update(number, Outcome.REFUSED, reason, detail=detail))
        elif not isinstance(message, OrderAccepted):
            self._note_quietly(Update(number, Outcome.ACCEPTED))
        elif not self._has_ended(number):  # the report may overtake the answer
            self._note_quietly(Update(number, Outcome.ACCEPTED, None, message.order_id))
            self._orders.setdefault(key, []).append(number)

    def _end(self, key: Key, report: OrderReport) -> None:
        for number in [*self._orders.pop(key, []), *self._waiting.get(key, [])]:
            self._note_quietly(_ending(number, report.status, report.order_id, report.price))

    def entry(self, number: int) -> Entry | None:
        """Return an entry as it stands now."""
        entry = self._entries.by_number.get(number)
        if entry is None and 0 < number <= self._entries.last:
            entry = next((each for each in self.history() if each.number == number), None)
        return entry

    def latest(self, key: Key) -> Entry:
        """Return the newest entry of a command."""
        entry = self.entry(self._latest[key])
        assert entry is not None, "what was just asked is still there"
        return entry

    def history(self, user: str | None = None) -> list[Entry]:
        """Return the entries in order: all that the file has, else those in memory."""
        with self._changing:
            entries = self._entries
            if self._file is not None and entries.last > len(entries.by_number):
                entries = Entries(user=user)
                for line in self._file.lines():
                    entries.take(line)
            found = list(entries.by_number.values())
        return [each for each in found if user is None or each.command.user == user]

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            self._file.close()

    def _add(
        self,
        command: Any,
        outcome: Outcome = _UNANSWERED,
        reason: Reason | None = None,
        detail: str = "",
        undoes: int | None = None,
    ) -> Entry:
        entry = Entry(
            self._entries.last + 1, int(self._now() * 1e6), command, outcome, reason,
            detail=detail, undoes=undoes,
        )  # fmt: skip
        self._note(entry)
        return entry

    def _note(self, line: Line) -> None:
        if self._file is not None:
            self._file.write(line)
        self._entries.take(line)

    def _note_quietly(self, line: Line) -> None:
        try:
            self._note(line)
        except JournalError:
            self._entries.take(line)

    def _has_ended(self, number: int) -> bool:
        entry = self._entries.by_number.get(number)
        return entry is not None and entry.outcome is not _UNANSWERED


def _ending(number: int, status: OrderStatus, order_id: str, price: int) -> Update:
    reason = Reason.PRICE_RAN_AWAY if status is OrderStatus.REJECTED else None
    return Update(number, _ENDINGS[status], reason, order_id, price)


def _is_order(entries: dict[int, Entry], number: int) -> bool:
    return number in entries and isinstance(entries[number].command, OrderCommand)


def _key_of(message: Any) -> Key | None:
    """Return what an answer will be known by; None where a client has sent no such thing."""
    key = message.account, message.command_id
    return key if type(key[0]) is str and type(key[1]) is int else None
