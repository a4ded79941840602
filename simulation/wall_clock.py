"""A workload replayed by the wall clock: the same brokerage on threads, measured and audited.

In an open loop every command is sent at its intended instant, whatever became of those before,
and its latency counts from that instant. In a closed loop so many commands are in flight and no
more: as fast as it goes. One at a time, two runtimes end with the same accounts.
"""

from __future__ import annotations

import threading
import time
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice
from types import TracebackType
from typing import Any, Final, NamedTuple, Self

import msgspec
import numpy as np

from actors.account_state import AccountState
from actors.addresses import EXCHANGE, HISTORY, stock_of
from actors.brokerage import Brokerage
from actors.domain.money import UNITS_PER_DOLLAR
from actors.domain.users import User
from actors.messages.base import Address, Message
from actors.messages.control import RegisterAccount
from actors.messages.facts import AnyFact
from actors.messages.market import SetPrice
from actors.messages.orders import OrderAccepted
from actors.order_history.desk import answer_of
from actors.runtimes.journal import MemoryJournal
from actors.runtimes.mailbox import Envelope
from actors.runtimes.runtime import Runtime
from actors.runtimes.supervision import Failure
from actors.runtimes.threads import ThreadRuntime
from actors.stock import Stock
from simulation.audit import Auditor, AuditResult
from simulation.audit.balances import balances_of
from simulation.clients import MICROSECONDS
from simulation.collector import calm_collector
from simulation.commands import CLIENT, Commands
from simulation.customer_names import user_id
from simulation.measured import Measured
from simulation.prices import PriceTape
from simulation.workload import Workload
from simulation.workload.numbering import Numbering
from simulation.workload.workload import ORDER_SEARCH, PLACE_MARKET, TRANSACTIONS

PATIENCE_S: Final = 30.0  # without any answer before those that are missing are given up
_TICK: Final = -1
_encode = msgspec.msgpack.Encoder().encode


class Step(NamedTuple):
    """One thing to be sent.

    Attributes:
        at_s: Its intended instant, seconds since the start of the workload.
        row: Of the command in the workload; -1 for a tick.
        recipient: The exchange, or a stock.
        message: The command or the price.
    """

    at_s: float
    row: int
    recipient: Address
    message: Any


def steps_of(workload: Workload, tape: PriceTape) -> list[Step]:
    """Merge commands and ticks in the order of their instants; a tick goes first."""
    rows = np.arange(len(workload))
    ticks = zip(tape.at_us.tolist(), tape.symbol.tolist(), tape.price.tolist(), strict=True)
    steps = [
        Step(at_us / MICROSECONDS, _TICK, stock_of(tape.symbols[symbol]), SetPrice(price, at_us))
        for at_us, symbol, price in ticks
    ]
    intended_s = (workload.intended_us / MICROSECONDS).tolist()
    for row, message in Commands(workload).in_order(rows):
        steps.append(Step(intended_s[row], row, EXCHANGE, message))
    return sorted(steps, key=lambda step: step.at_s)


def open_brokerage(runtime: Runtime[Any], workload: Workload, tape: PriceTape) -> Brokerage:
    """Start a brokerage that never closes, with the stocks of a tape and a workload's customers."""
    needs_history = np.isin(workload.operation, (ORDER_SEARCH, TRANSACTIONS)).any()
    brokerage = Brokerage(runtime, searchable=bool(needs_history))
    for symbol, name, price in zip(tape.symbols, tape.names, tape.opening.tolist(), strict=True):
        brokerage.list_stock(Stock(symbol, name, Decimal(price) / UNITS_PER_DOLLAR))
    for number in range(1, Numbering(workload).firsts + 1):
        brokerage.open_account(User(user_id(number), f"User {number}"))
    if needs_history:
        runtime.attach(HISTORY, lambda envelope: _search(brokerage, envelope))
    runtime.run_until_idle()
    return brokerage


def _search(brokerage: Brokerage, envelope: Envelope) -> None:
    """Answer a question about orders or transactions; whoever asks waits for it."""
    asked: Any = envelope.message
    answer = answer_of(brokerage.history, asked)
    brokerage.runtime.send(asked.reply_to, answer)


def prepare(brokerage: Brokerage, message: Any) -> None:
    """Start the account that a message is about to register."""
    if type(message) is RegisterAccount:
        brokerage.start_account(message.user, message.account)


def replay_one_at_a_time(runtime: Runtime[Any], workload: Workload, tape: PriceTape) -> Brokerage:
    """Replay a workload so that each command waits until nothing is under way; on any runtime."""
    brokerage = open_brokerage(runtime, workload, tape)
    runtime.attach(CLIENT, lambda _: None)
    for step in steps_of(workload, tape):
        prepare(brokerage, step.message)
        runtime.send(step.recipient, step.message, "" if step.row == _TICK else CLIENT)
        runtime.run_until_idle()
    return brokerage


@dataclass(frozen=True, slots=True)
class Judgement:
    """What became of the brokerage.

    Attributes:
        audit: The verdict of the audit.
        failures: Handlers that raised.
        dead_letters: Messages to nobody, by class.
    """

    audit: AuditResult
    failures: tuple[Failure, ...]
    dead_letters: dict[str, int]

    @property
    def passed(self) -> bool:
        """Whether nothing was lost and nothing broke."""
        return self.audit.passed and not self.failures and not self.dead_letters


class Hearing:
    """Keeps what a runtime lets its followers hear, and plays it to an auditor afterwards.

    An auditor that judged at once would take its time from the workers that are measured.
    """

    def __init__(self) -> None:
        self._heard: list[Any] = []  # method, address, content, instant; flat, to be quick

    def wrote(self, address: Address, facts: bytes, at_us: int) -> None:
        """Take a batch of facts as the journal encoded them."""
        self._heard += ("appended", address, facts, at_us)

    def asked(self, client: Address, message: Message, at_us: int) -> None:
        """Take a message that a client sent."""
        self._heard += ("asked", client, message, at_us)

    def told(self, client: Address, message: Message, at_us: int) -> None:
        """Take a message that left for a client."""
        self._heard += ("told", client, message, at_us)

    def play_to(self, auditor: Auditor) -> None:
        """Let an auditor hear everything, in order."""
        decode = msgspec.msgpack.Decoder(list[AnyFact]).decode
        quarters = iter(self._heard)
        for method, address, content, at_us in zip(*[quarters] * 4, strict=True):
            facts = decode(content) if method == "appended" else content
            getattr(auditor, method)(address, facts, at_us)


class Replay:
    """A brokerage on threads, its clients and their commands, from the first to the last.

    Each part of the workload is sent in its own way; the next part begins where the one before
    has ended, when everything has come to rest.

    Args:
        workload: What is sent.
        tape: The prices, sent in between.
        workers: Threads of the runtime.
        runtime: A runtime to take instead.
        audited: Keep what is needed for `judge`.

    Example:
        >>> with Replay(workload, tape) as replay:
        ...     replay.closed(in_flight=100, until_s=plan.warm_up_s)
        ...     measured = replay.open()
        ...     assert replay.judge().passed
    """

    def __init__(
        self,
        workload: Workload,
        tape: PriceTape,
        *,
        workers: int = 2,
        runtime: ThreadRuntime | None = None,
        audited: bool = True,
    ) -> None:
        self._steps = steps_of(workload, tape)
        self._begun = 0  # of the steps
        self._operation = workload.operation
        self._is_market = bytes(workload.operation == PLACE_MARKET)
        self._sent_s = array("d", [np.nan]) * len(workload)
        self._answered_s = array("d", [np.nan]) * len(workload)
        self._waiting: dict[int, int] = {}  # rows by command id
        self._left: Iterator[Step] | None = None  # to be sent upon answers, in a closed loop
        self._turn = threading.Lock()  # keeps the order of a closed loop
        self._is_sent = True
        self._answered = 0  # roughly, where there are several workers: a sign of life
        self._at_rest = threading.Event()
        self.runtime = runtime or ThreadRuntime(workers, MemoryJournal(keep_all=False))
        self._hearing = Hearing() if audited else None
        if self._hearing is not None:
            self.runtime.follow(self._hearing)
        self.brokerage = open_brokerage(self.runtime, workload, tape)
        self.runtime.attach(CLIENT, self._take)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        self.runtime.close()

    def open(self, until_s: float = np.inf) -> Measured:
        """Send each command that is meant before `until_s` at its intended instant.

        A feeder that cannot keep up sends late, and the latencies show it; `Measured` tells.
        """
        steps = self._part(until_s)
        if not steps:
            return self._measured([], 0.0)
        with calm_collector():
            shift_s = self.runtime.now - steps[0].at_s
            for step in steps:
                wait_s = step.at_s + shift_s - self.runtime.now
                if wait_s > 0:
                    time.sleep(wait_s)
                self._send(step)
            self._is_sent = True
            self._await_answers()
        return self._measured(steps, shift_s)

    def closed(self, in_flight: int, until_s: float = np.inf) -> Measured:
        """Send each command that is meant before `until_s` as soon as an earlier one is answered.

        Args:
            in_flight: Most commands under way at any moment, at least 1.
            until_s: Seconds since the start of the workload.
        """
        steps = self._part(until_s)
        with calm_collector():
            self._left = iter(steps)
            for _ in range(in_flight):
                self._send_next(self._left)
            self._await_answers()
        return self._measured(steps, None)

    def judge(self) -> Judgement:
        """Wait until nothing is under way, and audit everything that has happened so far.

        Raises:
            ValueError: The replay was told not to keep what an audit needs.
        """
        if self._hearing is None:
            raise ValueError("a replay with audited=False cannot be judged")
        runtime = self.runtime
        runtime.run_until_idle(PATIENCE_S)
        auditor = Auditor()
        self._hearing.play_to(auditor)
        for address, cell in runtime.cells.items():
            live, folded = cell.actor.state, runtime.rebuilt(address).state
            shown = (b"", b"") if live == folded else (_encode(live), _encode(folded))
            auditor.compare_folded(address, *shown)
            if isinstance(live, AccountState):
                auditor.compare_balances(address, balances_of(live))
        failures = tuple(runtime.supervisor.failures)
        return Judgement(auditor.finish(at_rest=True), failures, dict(runtime.dead_letters))

    def _part(self, until_s: float) -> list[Step]:
        rest = islice(self._steps, self._begun, None)
        steps = [step for step in rest if step.at_s < until_s]
        self._begun += len(steps)
        self._is_sent = False
        self._at_rest.clear()
        return steps

    def _send(self, step: Step) -> None:
        row, message = step.row, step.message
        if row == _TICK:
            self.runtime.send(step.recipient, message)
            return
        self._waiting[message.command_id] = row
        prepare(self.brokerage, message)
        self._sent_s[row] = self.runtime.now
        self.runtime.send_traced(step.recipient, message, CLIENT, row)

    def _send_next(self, left: Iterator[Step]) -> None:
        """Send the next command of a closed loop, and the ticks before it."""
        with self._turn:
            for step in left:
                self._send(step)
                if step.row != _TICK:
                    return
            self._is_sent = True

    def _take(self, envelope: Envelope) -> None:
        """Book an answer; a market order is answered when it has come to its end."""
        message = envelope.message
        row = self._waiting.get(message.command_id)
        if row is None or (self._is_market[row] and type(message) is OrderAccepted):
            return
        # Two workers may bring two answers at once; one of them takes the row out.
        if self._waiting.pop(message.command_id, None) is None:
            return
        self._answered_s[row] = envelope.stamp_s
        if self._left is not None:
            self._send_next(self._left)
        self._answered += 1
        if self._is_over():
            self._at_rest.set()

    def _await_answers(self) -> None:
        """Wait for all answers, or until none has come for a long time."""
        answered = -1
        while not self._is_over() and answered != self._answered:
            answered = self._answered
            self._at_rest.wait(PATIENCE_S)
        self._left = None
        self._waiting.clear()
        self.runtime.run_until_idle(PATIENCE_S)

    def _is_over(self) -> bool:
        return self._is_sent and not self._waiting

    def _measured(self, steps: list[Step], shift_s: float | None) -> Measured:
        rows = np.array([step.row for step in steps if step.row != _TICK], np.int64)
        sent_s = np.frombuffer(self._sent_s)[rows]
        intended_s = sent_s
        if shift_s is not None:
            intended_s = np.array([step.at_s for step in steps if step.row != _TICK]) + shift_s
        answered_s = np.frombuffer(self._answered_s)[rows]
        return Measured(self._operation[rows], intended_s, sent_s, answered_s)
