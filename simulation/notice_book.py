"""Reads the journal along and writes the table of notifications."""

from __future__ import annotations

from actors.messages.base import Address
from actors.messages.notification_facts import (
    AlertFired,
    AlertSet,
    NotificationGivenUp,
    NotificationsDelivered,
    NotificationsOwed,
    NotificationTaken,
    PreferencesSet,
)
from simulation.fact_reader import FactReader
from simulation.recorder import ColumnWriter


class _Row:
    """What is known of a notification until its row is written."""

    __slots__ = ("event", "number", "owed_us", "producer", "taken_us")

    def __init__(self, producer: Address, number: int, event: str, owed_us: int) -> None:
        self.producer = producer
        self.number = number
        self.event = event
        self.owed_us = owed_us
        self.taken_us = -1


class NoticeBook(FactReader):
    """Follows a runtime and writes one row for each notification that was owed.

    Args:
        table: The table `notifications`.
    """

    def __init__(self, table: ColumnWriter) -> None:
        super().__init__(
            {
                NotificationsOwed: self._owed,
                NotificationTaken: self._taken,
                NotificationsDelivered: self._delivered,
                NotificationGivenUp: self._given_up,
                AlertFired: lambda *_: self._count("alert_fired"),
                AlertSet: lambda *_: self._count("alert_set"),
                PreferencesSet: lambda *_: self._count("preferences_set"),
            }
        )
        self._table = table
        self._open: dict[tuple[str, str], _Row] = {}

    def finish(self) -> None:
        """Write the notifications that are still on their way."""
        for (channel, _), row in self._open.items():
            self._write(channel, row, -1, "waiting", "")
        self._open = {}

    def _count(self, event: str) -> None:
        self.events[event] += 1

    def _owed(self, address: Address, fact: NotificationsOwed, at_us: int) -> None:
        self._count("notification_owed")
        for debt in fact.debts:
            row = _Row(address, debt.number, fact.occasion.event.value, at_us)
            self._open[debt.channel.value, f"{address}/{debt.number}"] = row

    def _taken(self, address: Address, fact: NotificationTaken, at_us: int) -> None:
        row = self._open.get((address.partition("/")[2], fact.notification.id))
        if row is not None:
            row.taken_us = at_us

    def _delivered(self, address: Address, fact: NotificationsDelivered, at_us: int) -> None:
        self.events["notification_delivered"] += len(fact.ids)
        for notification_id in fact.ids:
            self._close(address, notification_id, at_us, "delivered", "")

    def _given_up(self, address: Address, fact: NotificationGivenUp, at_us: int) -> None:
        self._count("notification_given_up")
        self._close(address, fact.id, at_us, "given_up", fact.reason)

    def _close(
        self, address: Address, notification_id: str, at_us: int, status: str, reason: str
    ) -> None:
        channel = address.partition("/")[2]
        row = self._open.pop((channel, notification_id), None)
        if row is not None:
            self._write(channel, row, at_us, status, reason)

    def _write(self, channel: str, row: _Row, done_us: int, status: str, reason: str) -> None:
        self._table.append(
            channel, row.event, row.producer, row.number, row.owed_us, row.taken_us, done_us,
            status, reason,
        )  # fmt: skip
