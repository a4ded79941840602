"""Kills a brokerage again and again, and looks whether anything that anybody was told is missing.

Usage, from the root of a checkout: python benchmarks/kill.py [--kills N] [--seconds S]

A process serves several customers on a journal in a file, and is sent SIGKILL at a random moment.
The file is opened again, customers repeat what they have no answer to, and then everything is
compared: what they were told, what the journal says, what the accounts hold, and the audit. Then
the next process goes on with the same file. Every other file makes room by snapshots; the others
keep all, so that their whole history is audited.
"""

from __future__ import annotations

import argparse
import os
import select
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
from kill_load import ASKED, CUSTOMERS, TOLD, open_floor, read
from printing import busy_neighbours, machine

from actors import Brokerage, OrderType, Reason
from actors.actor import Actor, Birth, being_born
from actors.addresses import EXCHANGE
from actors.messages.base import Address, CommandId
from actors.messages.facts import (
    CancelRequested,
    CashDeposited,
    CashWithdrawn,
    CommandRefused,
    OrderPlaced,
    SharesTransferred,
)
from actors.messages.funds import DepositCash, WithdrawCash
from actors.messages.orders import (
    CommandAccepted,
    CommandRejected,
    OrderAccepted,
    OrderReport,
)
from actors.messages.queries import AccountAnswer, GetAccount
from actors.runtimes.sqlite_journal import SqliteJournal
from actors.runtimes.threads import ThreadRuntime
from simulation.audit import Auditor
from simulation.audit.journal_file import ANY_MESSAGE

KILLS_PER_FILE = 20
PATIENCE_S = 60.0
_COMMANDS = (
    CashDeposited, CashWithdrawn, SharesTransferred, OrderPlaced, CommandRefused, CancelRequested,
)  # fmt: skip
_CASH = {DepositCash: 1, WithdrawCash: -1}
_LOAD = Path(__file__).with_name("kill_load.py")
_decode = msgspec.msgpack.Decoder(tuple[str, ANY_MESSAGE]).decode

Key = tuple[Address, CommandId]


class Lost(Exception):  # noqa: N818 - the word of this benchmark
    """Something that was told is not there, or is there twice."""


@dataclass
class Customers:
    """What the customers of one file have sent and were told, over all its kills."""

    asked: dict[Key, Any] = field(default_factory=dict)
    replies: dict[Key, Any] = field(default_factory=dict)
    reports: dict[Key, OrderReport] = field(default_factory=dict)
    reads: list[AccountAnswer] = field(default_factory=list)
    latest: list[Any] = field(default_factory=list)  # sent or told since the last judgement

    def heard(self, kind: str, message: Any) -> None:
        """Take one record."""
        key = (message.account, message.command_id)
        self.latest.append((kind, message))
        if kind == ASKED:
            self.asked[key] = message
        elif type(message) is OrderReport:
            self._same(self.reports, key, message)
        elif type(message) is AccountAnswer:
            self.reads.append(message)
            self.replies[key] = message
        elif self.replies.get(key) != message:
            self._replied(key, message)

    def _replied(self, key: Key, message: Any) -> None:
        before = self.replies.get(key)
        if before is not None and not is_of_the_door(before):
            raise Lost(f"{key} was answered {before}, and then {message}")
        self.replies[key] = message

    def _same(self, where: dict[Key, Any], key: Key, message: Any) -> None:
        if where.setdefault(key, message) != message:
            raise Lost(f"{key} was told {where[key]}, and then {message}")

    def unanswered(self) -> list[Any]:
        """Return what is to be repeated: no reply, or no report of an accepted order."""
        return [
            message
            for key, message in self.asked.items()
            if key not in self.replies
            or (type(self.replies[key]) is OrderAccepted and key not in self.reports)
        ]


def is_of_the_door(reply: Any) -> bool:
    """Tell whether a reply leaves the command undecided, so that a repeat may be carried out."""
    return type(reply) is CommandRejected and reply.reason is Reason.BUSY


class Floor:
    """One file, from one kill to the next.

    Args:
        path: The file.
        keeps_all: Its whole history is kept, and audited.
    """

    def __init__(self, path: Path, keeps_all: bool, decide: Random) -> None:
        self.path = path
        self.keeps_all = keeps_all
        self.customers = Customers()
        self.kills = 0
        self._decide = decide
        self._auditor = Auditor()
        self._judged = 0  # number of the last batch
        self._copies: dict[Address, Actor] = {}
        self._executed: Counter[Key] = Counter()
        self._cash: dict[tuple[Address, int], tuple[int, int]] = {}

    def run_and_kill(self, seconds: float, in_flight: int) -> None:
        """Let a process work on the file for a while, and kill it."""
        arguments = [self.path, self._decide.getrandbits(32), len(self.customers.asked), in_flight]
        command = [sys.executable, _LOAD, *arguments, *["--keep-all"][: self.keeps_all]]
        with subprocess.Popen([*map(str, command)], stdout=-1, stderr=-1) as process:
            heard = self._listen(process, seconds)
            if process.poll() is not None:
                raise Lost(f"the process ended by itself: {process.stderr.read().decode()}")  # type: ignore[union-attr]
            process.send_signal(signal.SIGKILL)
            heard += process.stdout.read()  # type: ignore[union-attr]
        for record in read(heard):
            self.customers.heard(*_decode(record))
        self.kills += 1

    def _listen(self, process: subprocess.Popen[bytes], seconds: float) -> bytes:
        """Read until the moment of the kill: in one case of ten while the process still starts."""
        assert process.stdout is not None
        early = self._decide.random() < 0.1
        wait_s = self._decide.uniform(0.05, 0.5) if early else PATIENCE_S
        deadline_s = time.monotonic() + wait_s
        heard = b""
        while (left_s := deadline_s - time.monotonic()) > 0:
            ready, _, _ = select.select([process.stdout], [], [], left_s)
            chunk = os.read(process.stdout.fileno(), 65_536) if ready else b""
            if ready and not chunk:
                break
            if chunk and not heard and not early:
                deadline_s = time.monotonic() + self._decide.uniform(0.0, seconds)
            heard += chunk
        return heard

    def reopen_and_judge(self) -> None:
        """Open the file, let the customers repeat what is unanswered, and compare.

        Raises:
            Lost: Something is missing, or there twice.
        """
        journal, runtime = open_floor(str(self.path), self.keeps_all)
        told: list[Any] = []
        runtime.attach(CUSTOMERS, lambda envelope: told.append(envelope.message))
        with Brokerage(runtime):
            self._check_told(states_of(runtime))  # before a repetition could heal it
            unanswered = self.customers.unanswered()
            known = [m for m in self.customers.asked.values() if type(m) is not GetAccount]
            again = self._decide.sample(known, min(20, len(known)))
            for message in [*unanswered, *again]:
                runtime.send(EXCHANGE, message, CUSTOMERS)
            runtime.run_until_idle(PATIENCE_S)
            for message in told:
                self.customers.heard(TOLD, message)
            self._check_runtime(runtime)
            self._check_told(states_of(runtime))
            self._check_cash(states_of(runtime))
            if self.keeps_all:
                self._check_history(journal, runtime)
        journal.close()
        self.customers.latest.clear()
        self.customers.reads.clear()

    def _check_runtime(self, runtime: ThreadRuntime) -> None:
        if runtime.supervisor.total:
            raise Lost(f"handlers raised: {runtime.supervisor.failures}")
        left = [key for key in self.customers.asked if key not in self.customers.replies]
        if left:
            raise Lost(f"never answered, also when repeated: {left}")

    def _check_told(self, states: dict[Address, Any]) -> None:
        """Compare what customers were told with what the accounts know."""
        for replies in (self.customers.replies, self.customers.reports):
            for (account, command_id), told in replies.items():
                if isinstance(told, CommandAccepted | OrderAccepted | OrderReport):
                    check_told(states[account].commands.get(command_id), told)

    def _check_cash(self, states: dict[Address, Any]) -> None:
        """Compare the cash of the accounts with what their customers count, to the cent."""
        customers = self.customers
        cash = Counter(dict.fromkeys(states, 0))
        for key, reply in customers.replies.items():
            if type(reply) is CommandAccepted:
                asked = customers.asked[key]
                cash[key[0]] += _CASH.get(type(asked), 0) * getattr(asked, "amount", 0)
        for key, report in customers.reports.items():
            paid = report.quantity * report.price
            cash[key[0]] += -paid if customers.asked[key].order_type is OrderType.BUY else paid
        for address, state in states.items():
            if state.cash != cash[address]:
                raise Lost(f"{address} has {state.cash}; its customer counts {cash[address]}")

    def _check_history(self, journal: SqliteJournal, runtime: ThreadRuntime) -> None:
        """Audit the whole history, fold it, and compare it with what was read."""
        for kind, message in self.customers.latest:
            if kind == ASKED and type(message) is not GetAccount:
                self._auditor.asked(CUSTOMERS, message, 0)
        for batch in journal.history(self._judged):
            self._judged = batch.number
            self._auditor.appended(batch.address, batch.facts, 0)
            self._fold(runtime, batch.address, batch.facts)
        for kind, message in self.customers.latest:
            if kind == TOLD and type(message) is not AccountAnswer:
                self._auditor.told(CUSTOMERS, message, 0)
        self._check_twice()
        self._check_reads()
        self._check_folded(runtime)
        result = self._auditor.finish(at_rest=True)
        if not result.passed:
            raise Lost(f"the audit is not clean: {result.findings[:3]}")

    def _fold(self, runtime: ThreadRuntime, address: Address, facts: list[Any]) -> None:
        copy = self._copies.get(address)
        if copy is None:
            cell = runtime.cells[address]
            token = being_born.set(Birth(runtime, address, cell.arguments))
            copy = self._copies[address] = cell.actor_class(*cell.arguments)
            being_born.reset(token)
        for fact in facts:
            copy.apply(fact)
            if isinstance(fact, _COMMANDS):
                self._executed[address, fact.command_id] += 1
        if address.startswith("account/"):
            self._cash[address, copy.state.revision] = copy.state.cash, copy.state.held

    def _check_twice(self) -> None:
        twice = {key: count for key, count in self._executed.items() if count > 1}
        if twice:
            raise Lost(f"executed more than once: {twice}")

    def _check_reads(self) -> None:
        for answer in self.customers.reads:
            known = self._cash.get((answer.account, answer.revision), (0, 0))
            if known != (answer.cash, answer.held):
                raise Lost(f"{answer} was read; at that revision the journal has {known}")

    def _check_folded(self, runtime: ThreadRuntime) -> None:
        for address, copy in self._copies.items():
            if runtime.cells[address].actor.state != copy.state:
                raise Lost(f"{address} is not what its whole journal folds to")


def states_of(runtime: ThreadRuntime) -> dict[Address, Any]:
    """Return the states of all accounts."""
    return {
        address: cell.actor.state
        for address, cell in runtime.cells.items()
        if address.startswith("account/")
    }


def check_told(outcome: Any, told: Any) -> None:
    """Compare a reply or a report with what the account knows of the command.

    Raises:
        Lost: The account knows another story.
    """
    if outcome is None or (type(told) is not CommandAccepted and outcome.order_id != told.order_id):
        raise Lost(f"told {told}; the account knows {outcome}")
    if type(told) is OrderReport:
        known = outcome.status, outcome.settled, outcome.price, outcome.executed_us
        if known != (told.status, told.quantity, told.price, told.executed_us):
            raise Lost(f"told {told}; the account knows {outcome}")
    elif outcome.reason is not None:
        raise Lost(f"told {told}; the account refused")


def floors(folder: Path, decide: Random) -> Iterator[Floor]:
    """Yield a file again and again, and another one after so many kills."""
    number = 0
    while True:
        floor = Floor(folder / f"floor-{number}.db", number % 2 == 0, decide)
        for _ in range(KILLS_PER_FILE):
            yield floor
        floor.path.unlink()
        number += 1


def main() -> None:
    """Kill, judge, and print the count; the exit code is 1 if anything was lost."""
    arguments = parse()
    print(machine())
    print(busy_neighbours())
    began_s = time.monotonic()
    told = 0
    with TemporaryDirectory(prefix="kill-", dir=arguments.folder) as folder:
        for kills, floor in enumerate(floors(Path(folder), Random(arguments.seed))):
            spent_s = time.monotonic() - began_s
            if kills == arguments.kills or spent_s > arguments.minutes * 60:
                break
            before = len(floor.customers.replies) + len(floor.customers.reports)
            try:
                floor.run_and_kill(arguments.seconds, arguments.in_flight)
                floor.reopen_and_judge()
            except Exception as error:
                kept = Path(arguments.folder or ".") / "lost.db"
                print(f"LOST after kill {kills + 1:,}: {type(error).__name__}: {error}")
                floor.path.rename(kept)
                print(f"the file is kept as {kept}")
                raise SystemExit(1) from error
            told += len(floor.customers.replies) + len(floor.customers.reports) - before
            if kills % 25 == 24:
                print(f"  {kills + 1:,} kills, {told:,} told, {spent_s:,.0f} s", flush=True)
    print(f"{kills:,} kills in {time.monotonic() - began_s:,.0f} s: {told:,} replies and reports "
          "were told, none is missing, the audit is clean")  # fmt: skip


def parse() -> argparse.Namespace:
    """Read the command line."""
    summary, _, details = (__doc__ or "").partition("\n")
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=summary, epilog=details, formatter_class=raw)
    parser.add_argument("--kills", type=int, default=1_000, help="how many (1000)")
    parser.add_argument("--seconds", type=float, default=0.5, help="at most before a kill (0.5)")
    parser.add_argument("--minutes", type=float, default=60.0, help="at most in all (60)")
    parser.add_argument("--in-flight", type=int, default=64, help="commands at a time (64)")
    parser.add_argument("--seed", type=int, default=1, help="of all decisions (1)")
    parser.add_argument("--folder", help="where the files lie (that of temporary files)")
    return parser.parse_args()


if __name__ == "__main__":
    main()
