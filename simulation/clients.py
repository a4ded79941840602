"""The clients of a simulated run: they send on time, whatever becomes of what they sent before."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from actors.addresses import EXCHANGE, owner_of
from actors.domain.orders import OrderStatus, Reason
from actors.messages.base import Address
from actors.messages.funds import ForgetCommands
from actors.messages.orders import CommandRejected, OrderAccepted, OrderReport
from actors.messages.watching import WatchAnswer
from actors.runtimes.mailbox import Envelope
from simulation.abort import Watchdog
from simulation.answers import Answers, parts_us, to_us
from simulation.client_events import ANSWERED, DONE, refusal_event
from simulation.columns import Coded
from simulation.commands import CLIENT, MADE_AT_ONCE, Commands, account_addresses
from simulation.forgetting import Forgetting
from simulation.reading_on import PAGED, ReadingOn
from simulation.recorder import ColumnWriter
from simulation.records import OPERATIONS, ROWS_PER_CHUNK, SCHEMAS
from simulation.retries import Retries
from simulation.sender import Sender
from simulation.spans import Spans
from simulation.timeline import PerSecond
from simulation.virtual_time import VirtualTimeRuntime
from simulation.workload import Workload
from simulation.workload.workload import BALANCE, OPEN_ACCOUNT, PLACE_MARKET, UNDO

MICROSECONDS: Final = 1_000_000
_WRITTEN_AT_ONCE: Final = 8_192  # answers: each waits as a dozen objects until then

_REASONS: Final = ("", *(reason.value for reason in Reason))
_CODES: Final = {reason: code for code, reason in enumerate(Reason, 1)}
_STATUSES: Final = ("ok", "rejected", "unanswered")
_OK, _REJECTED, _UNANSWERED = range(3)
_BUSY: Final = Reason.BUSY
_CODE_OF_BUSY: Final = _CODES[_BUSY]
_REASON_OF_STATUS: Final = {
    OrderStatus.REJECTED: Reason.PRICE_RAN_AWAY,
    OrderStatus.EXPIRED: Reason.MARKET_CLOSED,
}


class Clients:
    """All users' clients: they send each command after its network delay and book the answers.

    A client that retries sends a command again until it has its last word; in the end it asks
    again for the limit orders that it believes are open. Now and then it says below which of
    its commands it will not ask again.

    Args:
        runtime: Whose exchange they talk to.
        workload: What they send, and when they mean to.
        delays_s: Network delay of each command, one way and the other, shape (2, commands).
        table: The table `requests`, which gets a row for each command.
        retry_after_s: First wait before a command is sent again, in seconds; None for never.
        screen: Where those who log in want to see live prices; empty for nowhere.
        spans: Takes the answers whose way is worth telling.
        open_account: Starts the account of a user at an address, before it is registered.
    """

    def __init__(
        self,
        runtime: VirtualTimeRuntime,
        workload: Workload,
        delays_s: NDArray[np.float64],
        table: ColumnWriter,
        retry_after_s: float | None = None,
        screen: str = "",
        spans: Spans | None = None,
        open_account: Callable[[str, Address], None] = lambda user, account: None,
    ) -> None:
        self._runtime = runtime
        self._spans = spans
        self._open_account = open_account
        self._reading_on = ReadingOn()
        self._workload = workload
        self._table = table
        self.judged_by: Watchdog | None = None
        self.events: Counter[str] = Counter()
        self.per_second = PerSecond()
        self.answered = 0
        self._is_answered = bytearray(len(workload))
        self._is_final = self._is_answered
        self._repeated: set[int] = set()
        self._open_limits: set[int] = set()  # accepted, and not reported to have ended
        self._doubted: set[int] = set()  # those that are asked for again in the end
        self._retries: Retries | None = None
        if retry_after_s is not None:
            self._is_final = bytearray(len(workload))
            self._retries = Retries(runtime, retry_after_s, self._is_awaited, self._repeat)
        self._accounts = workload.account.data  # quicker to look into than an array
        self._forgetting = Forgetting(workload, self._is_final)
        self._operation = workload.operation.tobytes()
        self._accepted_s: dict[int, float] = {}
        self._rows = _rows_by_command(workload)
        self._done = Answers()
        self._addresses = account_addresses(workload)
        self._nodes = [
            runtime.cluster.nodes.index(runtime.cluster.place(address))
            for address in self._addresses
        ]
        self._commands = Commands(workload, screen)
        self._delays_s = delays_s[0].copy()  # a part would keep the whole
        self._order = np.argsort(self._arrive_s(slice(None)), kind="stable").astype(np.int32)
        runtime.client_delays = array("d", delays_s[1].tobytes())
        runtime.attach(CLIENT, self.take)
        self.sender = Sender(runtime, self._arrivals(), self._send)

    def _arrive_s(self, rows: slice | NDArray[np.int32]) -> NDArray[np.float64]:
        """Return when the commands in some rows reach the exchange."""
        instants_s: NDArray[np.float64] = (
            self._workload.intended_us[rows] / MICROSECONDS + self._delays_s[rows]
        )
        return instants_s

    def _arrivals(self) -> Iterator[tuple[float, int, Any, float]]:
        """Yield each command as it arrives: when, its row, its message, its network delay."""
        for start in range(0, len(self._order), MADE_AT_ONCE):
            rows = self._order[start : start + MADE_AT_ONCE]
            instants_s, delays_s = self._arrive_s(rows).tolist(), self._delays_s[rows].tolist()
            yield from zip(
                instants_s, rows.tolist(), self._commands.messages(rows), delays_s, strict=True
            )

    def _send(self, arrival: tuple[Any, ...]) -> None:
        _, row, message, delay_s = arrival
        if self._operation[row] >= BALANCE:
            message = self._errand(row, message)
        self._runtime.send_traced(EXCHANGE, message, CLIENT, row, delay_s)
        if self._retries is not None:
            self._retries.expect(row)

    def _errand(self, row: int, message: Any) -> Any:
        """Return what is sent of a message, once what it needs is there."""
        if self._operation[row] == OPEN_ACCOUNT:
            self._open_account(message.user, message.account)
        return self._reading_on.continued(row, message)

    def _is_awaited(self, row: int) -> bool:
        return not self._is_answered[row] or row in self._doubted

    def _repeat(self, row: int) -> None:
        """Send a command again; all the time since it was meant to be sent is lost on its way."""
        self._repeated.add(row)
        lost_s = self._runtime.env._now - int(self._workload.intended_us[row]) / MICROSECONDS
        message = self._reading_on.continued(row, self._commands.message(row))
        self._runtime.send_traced(EXCHANGE, message, CLIENT, row, lost_s)

    def reconcile(self) -> None:
        """Ask again for the limit orders whose end may have passed unheard."""
        if self._retries is not None:
            self._doubted = set(self._open_limits)
            for row in sorted(self._doubted):
                self._repeat(row)
                self._retries.expect(row)

    def repeated(self) -> int:
        """Return how often a command was sent again."""
        return 0 if self._retries is None else self._retries.sent

    def is_settled(self) -> bool:
        """Tell whether clients that retry know what became of everything that was sent."""
        return self._retries is None or (
            not self._doubted and self.answered >= self.sender.sent == len(self._workload)
        )

    def take(self, envelope: Envelope) -> None:
        """Book an answer; a market order is answered when it has come to its end."""
        message = envelope.message
        row = message.command_id if self._rows is None else self._rows[message.command_id]
        if self._is_answered[row]:
            self._take_more(row, type(message))
            return
        reason, accepted_s, executed_us = 0, -1.0, -1
        is_final = True
        kind = type(message)
        if kind is OrderAccepted:
            accepted_s = envelope.stamp_s
            if self._operation[row] == PLACE_MARKET:
                self._accepted_s.setdefault(row, accepted_s)
                return
            is_final = self._retries is None
        elif kind is OrderReport:
            accepted_s = self._accepted_s.pop(row, -1.0)
            executed_us = message.executed_us
            if message.status in _REASON_OF_STATUS:
                reason = _CODES[_REASON_OF_STATUS[message.status]]
        elif kind is CommandRejected:
            if message.reason is _BUSY and row in self._repeated:
                return  # it says nothing of what the first one may have done
            reason = _CODES[message.reason]
            self._count_rejection(row, message.reason)
        elif kind is WatchAnswer and message.reason is not None:
            reason = _CODES[message.reason]
            self.events["list_refused"] += 1
        else:
            self._count_answer(row, kind, message)
        self._is_answered[row] = 1
        self.answered += 1
        self._done.add(row, reason, accepted_s, executed_us, envelope)
        if self._spans is not None and reason != _CODE_OF_BUSY:
            self._spans.take(row, envelope)
        if self.answered % _WRITTEN_AT_ONCE == 0:
            self.write()
        if is_final:
            self._finish(row)
        else:
            self._open_limits.add(row)

    def _take_more(self, row: int, kind: type) -> None:
        """Take what is said about a limit order that was accepted before."""
        if self._retries is None:
            return
        if kind is OrderReport and row in self._open_limits:
            self._open_limits.discard(row)
            self._doubted.discard(row)
            self._finish(row)
        elif kind is OrderAccepted:
            self._doubted.discard(row)

    def _finish(self, row: int) -> None:
        """Take down that a command has its last word, and let its account forget old ones."""
        self._is_final[row] = 1
        account = self._accounts[row]
        below = self._forgetting.take(account)
        if below is not None:
            address = self._addresses[account]
            news = ForgetCommands(address, below, owner_of(address))
            self._runtime.send_traced(EXCHANGE, news, CLIENT, -1, 0.0)

    def _count_rejection(self, row: int, reason: Reason) -> None:
        event = refusal_event(self._operation[row], reason)
        if event:
            self.events[event] += 1
        if reason is _BUSY:
            self.events["busy"] += 1

    def _count_answer(self, row: int, kind: type, message: Any) -> None:
        event = ANSWERED.get(kind) or DONE.get(kind, {}).get(self._operation[row])
        if event is not None:
            self.events[event] += 1
        if kind in PAGED:
            self._reading_on.take(row, message)
        elif kind is WatchAnswer:
            self.events["list_changed"] += 1

    def unanswered(self) -> int:
        """Return how many commands that were to be sent have no answer."""
        return len(self._workload) - self.answered

    def finish(self) -> None:
        """Write the rows that are left, with those of commands that were sent in vain."""
        self.write()
        sent = self._order[: self.sender.sent]
        rows = np.sort(sent[np.frombuffer(self._is_answered, np.uint8)[sent] == 0])
        for start in range(0, len(rows), ROWS_PER_CHUNK):
            chunk = rows[start : start + ROWS_PER_CHUNK]
            nothing = np.full(len(chunk), -1, np.int64)
            self._append(
                chunk, np.full(len(chunk), _UNANSWERED), np.zeros(len(chunk), np.int64),
                [nothing] * 3, [np.zeros(len(chunk), np.int64)] * 5,
            )  # fmt: skip

    def write(self) -> None:
        """Write the rows of the answers that have come since the last time."""
        done, self._done = self._done, Answers()
        if not len(done):
            return
        values = done.columns()
        rows, reasons, traces, executed_us = values[:4].astype(np.int64)
        accepted_us, answered_us = to_us(values[4]), to_us(values[5])
        self._count_undone(rows, reasons)
        latency_us = answered_us - self._workload.intended_us[rows]
        is_refused = reasons == _CODE_OF_BUSY
        self.per_second.add(answered_us, latency_us, is_refused)
        if self.judged_by is not None:
            self.judged_by.take(rows, latency_us, is_refused)
        parts = parts_us(values[6:], latency_us, traces == rows)
        times = [accepted_us, executed_us, answered_us]
        self._append(rows, np.where(reasons > 0, _REJECTED, _OK), reasons, times, parts)

    def _count_undone(self, rows: NDArray[Any], reasons: NDArray[Any]) -> None:
        """Count what was undone; facts cannot tell it from a cancel or a withdrawal."""
        undos = self._workload.operation[rows] == UNDO
        if undos.any():
            brought = self._workload.amount[rows] > 0
            self.events["undo_refused"] += int((undos & (reasons > 0)).sum())
            self.events["deposit_undone"] += int((undos & (reasons == 0) & brought).sum())
            self.events["order_undone"] += int((undos & (reasons == 0) & ~brought).sum())

    def _append(
        self, rows: NDArray[Any], statuses: NDArray[Any], reasons: NDArray[Any],
        times: list[NDArray[Any]], parts: list[NDArray[Any]],
    ) -> None:  # fmt: skip
        workload = self._workload
        accounts = workload.account[rows]
        symbols = np.add(workload.symbol[rows], 1, dtype=np.int64)
        intended_us = workload.intended_us[rows]
        names = [node.name for node in self._runtime.cluster.nodes]
        regions = [node.region for node in self._runtime.cluster.nodes]
        nodes = np.asarray(self._nodes)[accounts]
        values = (
            workload.command_id[rows], Coded(workload.operation[rows], OPERATIONS),
            workload.user[rows], accounts, Coded(symbols, ("", *workload.symbols)),
            intended_us, intended_us, *times, Coded(statuses, _STATUSES),
            Coded(reasons, _REASONS), *parts, Coded(nodes, regions), Coded(nodes, names),
        )  # fmt: skip
        self._table.append_columns(dict(zip(SCHEMAS["requests"].names, values, strict=True)))


def _rows_by_command(workload: Workload) -> dict[int, int] | None:
    """Map command ids to rows; None where they are the same."""
    if np.array_equal(workload.command_id, np.arange(len(workload))):
        return None
    return {command_id: row for row, command_id in enumerate(workload.command_id.tolist())}
