"""The witness of a run: audits it, writes its journal and its books, and knows nothing else.

It hears what the actors recorded and what the clients asked and were told, in one order. It can
be part of the run's process, or a process of its own on another core, which hears encoded facts
through a pipe: then not even a bug of the simulation could touch its memory.
"""

from __future__ import annotations

import os
import signal
import struct
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO, Final, TypeAlias

import msgspec

from actors.domain.market_hours import Hours
from actors.messages.base import Address, Fact, Message
from actors.messages.facts import AnyFact
from simulation.audit import Auditor, Digest, JournalWriter
from simulation.audit.journal_file import ANY_MESSAGE, JOURNAL_FILE
from simulation.audit.model import View
from simulation.audit.staleness import UNIT_US
from simulation.bookkeeper import Bookkeeper
from simulation.collector import calm_collector
from simulation.notice_book import NoticeBook
from simulation.recorder import BackgroundWriter, ColumnWriter
from simulation.records import SCHEMAS

Talk: TypeAlias = tuple[int, Address, int, Any]

_FACTS, _ASKED, _TOLD, _FOLDED, _TOOK_OVER, _MEASURED, _BALANCES = range(7)
_RECORDS_PER_FRAME: Final = 4_096
_LENGTH: Final = struct.Struct("<I")
_TABLES: Final = ("orders", "transactions", "prices", "refusals", "notifications", "staleness")


class Charge(msgspec.Struct, frozen=True):
    """What a witness is to do.

    Attributes:
        folder: The run's folder.
        hours: When executions are lawful; microseconds on the run's clock.
        accepted_share: Least share of orders that must be accepted, 0 to 1.
        keep_journal: Write everything heard to the folder.
        collar_bp: Width of the collar of market orders, in basis points; None if not known.
        copies: The network may deliver twice what a client sent once.
        staleness_us: How stale the price on a screen may be; None where only the end counts.
        counts_from_us: From when on staleness is counted.
    """

    folder: str
    hours: Hours
    accepted_share: float
    keep_journal: bool
    collar_bp: int | None = None
    copies: bool = False
    staleness_us: int | None = None
    counts_from_us: int = 0


class Testimony(msgspec.Struct, frozen=True):
    """What a witness says in the end.

    Attributes:
        digest: SHA-256 over the journal in order.
        passed: The audit found nothing.
        audit: Content of `audit.json`.
        events: How often each must-see event happened, as far as facts tell.
        cash: The ledger's cash outside, with the street and in accounts, 1/10,000 USD.
        updates: How many prices screens were told, and how many a newer one replaced, by kind.
    """

    digest: str
    passed: bool
    audit: dict[str, Any]
    events: dict[str, int]
    cash: dict[str, int]
    updates: dict[str, int]


class Witness:
    """A witness in the process of its run."""

    def __init__(self, charge: Charge) -> None:
        folder = Path(charge.folder)
        self._background = BackgroundWriter()
        self._tables = [
            ColumnWriter(SCHEMAS[name], folder, name, self._background) for name in _TABLES
        ]
        self._auditor = Auditor(
            charge.hours, charge.accepted_share, charge.collar_bp, copies=charge.copies,
            staleness_us=charge.staleness_us, counts_from_us=charge.counts_from_us,
        )  # fmt: skip
        self._digest = Digest()
        *tables, notifications, self._staleness = self._tables
        self._books = Bookkeeper(*tables)
        self._notices = NoticeBook(notifications)
        self._journal = JournalWriter(folder / JOURNAL_FILE) if charge.keep_journal else None
        self._on_append = [
            self._digest.appended, self._auditor.appended, self._books.appended,
            self._notices.appended,
        ]  # fmt: skip
        self._on_asked = [self._auditor.asked]
        self._on_told = [self._auditor.told]
        if self._journal is not None:
            self._on_append.append(self._journal.appended)
            self._on_asked.append(self._journal.asked)
            self._on_told.append(self._journal.told)

    def appended(self, address: Address, facts: Sequence[Fact], at_us: int) -> None:
        """Take a batch of facts."""
        for follow in self._on_append:
            follow(address, facts, at_us)

    def took_over(self, address: Address, epoch: int, at_us: int) -> None:
        """Take that another incarnation of an actor appends from here on."""
        self._auditor.took_over(address, epoch, at_us)
        if self._journal is not None:
            self._journal.took_over(address, epoch, at_us)

    def asked(self, client: Address, message: Message, at_us: int) -> None:
        """Take a message that a client sent."""
        for follow in self._on_asked:
            follow(client, message, at_us)

    def told(self, client: Address, message: Message, at_us: int) -> None:
        """Take a message that left for a client."""
        for follow in self._on_told:
            follow(client, message, at_us)

    def compare_folded(self, address: Address, live: bytes, folded: bytes) -> None:
        """Take an actor's state, as it lived and as its journal gives it."""
        self._auditor.compare_folded(address, live, folded)

    def compare_balances(self, address: Address, balances: View) -> None:
        """Take what an account says in the end that it has."""
        self._auditor.compare_balances(address, balances)

    def measured(self, address: Address, what: str, value: int, bound: int) -> None:
        """Take a size that was measured, and what it may be at most."""
        self._auditor.measured(address, what, value, bound)

    def abandon(self) -> None:
        """Keep the rows, and say nothing, because the run came to grief."""
        self._close()

    def _close(self) -> None:
        if self._journal is not None:
            self._journal.close()
        for table in self._tables:
            table.close()
        self._background.close()

    def testify(self, *, at_rest: bool) -> Testimony:
        """Write what is left, judge what is only known in the end, and say it all."""
        self._books.finish()
        self._notices.finish()
        for (view, units), count in sorted(self._auditor.staleness.counts.items()):
            self._staleness.append(view, units * UNIT_US, count)
        self._close()
        audit = self._auditor.finish(at_rest)
        events = dict(self._books.events + self._notices.events)
        digest, cash = self._digest.hexdigest(), self._books.cash()
        return Testimony(digest, audit.passed, audit.to_json(), events, cash, self._updates())

    def _updates(self) -> dict[str, int]:
        staleness = self._auditor.staleness
        sent = {f"{view}.sent": count for view, count in staleness.sent.items()}
        return sent | {f"{view}.conflated": n for view, n in staleness.conflated.items()}


class WitnessProcess:
    """A witness in a process of its own; what it hears is on its way a little later."""

    def __init__(self, charge: Charge) -> None:
        self._complaints = tempfile.TemporaryFile()  # noqa: SIM115 - open until the testimony
        paths = [path or str(Path.cwd()) for path in sys.path]
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "simulation.witness"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._complaints,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        )
        self._encode = msgspec.msgpack.Encoder().encode
        self._waiting: list[Talk] = []
        self._send(self._encode(charge))

    def wrote(self, address: Address, facts: bytes, at_us: int) -> None:
        """Take a batch of facts as the journal encoded them."""
        self._waiting.append((_FACTS, address, at_us, facts))
        if len(self._waiting) >= _RECORDS_PER_FRAME:
            self._flush()

    def took_over(self, address: Address, epoch: int, at_us: int) -> None:
        """Take that another incarnation of an actor appends from here on."""
        self._waiting.append((_TOOK_OVER, address, at_us, epoch))

    def asked(self, client: Address, message: Message, at_us: int) -> None:
        """Take a message that a client sent."""
        self._waiting.append((_ASKED, client, at_us, message))
        if len(self._waiting) >= _RECORDS_PER_FRAME:
            self._flush()

    def told(self, client: Address, message: Message, at_us: int) -> None:
        """Take a message that left for a client."""
        self._waiting.append((_TOLD, client, at_us, message))
        if len(self._waiting) >= _RECORDS_PER_FRAME:
            self._flush()

    def compare_folded(self, address: Address, live: bytes, folded: bytes) -> None:
        """Take an actor's state, as it lived and as its journal gives it."""
        self._waiting.append((_FOLDED, address, 0, (live, folded)))
        if len(self._waiting) >= _RECORDS_PER_FRAME:
            self._flush()

    def compare_balances(self, address: Address, balances: View) -> None:
        """Take what an account says in the end that it has."""
        self._waiting.append((_BALANCES, address, 0, balances))
        if len(self._waiting) >= _RECORDS_PER_FRAME:
            self._flush()

    def measured(self, address: Address, what: str, value: int, bound: int) -> None:
        """Take a size that was measured, and what it may be at most."""
        self._waiting.append((_MEASURED, address, 0, (what, value, bound)))
        if len(self._waiting) >= _RECORDS_PER_FRAME:
            self._flush()

    def testify(self, *, at_rest: bool) -> Testimony:
        """Let the witness come to its end.

        Raises:
            RuntimeError: It died before; says what it complained of.
        """
        self._flush()
        self._send(b"")
        self._send(self._encode(at_rest))
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        answer = self._process.stdout.read()
        self._process.stdout.close()
        if self._process.wait() != 0:
            raise self._death()
        self._complaints.close()
        return msgspec.msgpack.decode(answer, type=Testimony)

    def abandon(self) -> None:
        """Let the witness go without a testimony, because the run came to grief."""
        stdin: Any = self._process.stdin
        with suppress(OSError):
            stdin.close()
        stdout: Any = self._process.stdout
        stdout.close()
        self._process.wait()
        self._complaints.close()

    def _flush(self) -> None:
        waiting, self._waiting = self._waiting, []
        if waiting:
            self._send(self._encode(waiting))

    def _send(self, frame: bytes) -> None:
        stdin: Any = self._process.stdin
        try:
            stdin.write(_LENGTH.pack(len(frame)))
            stdin.write(frame)
        except (BrokenPipeError, OSError) as error:
            raise self._death() from error

    def _death(self) -> RuntimeError:
        self._process.kill()
        self._process.wait()
        self._complaints.seek(0)
        last = self._complaints.read().decode(errors="replace").strip()[-2_000:]
        return RuntimeError(f"the witness of the run died: {last or 'without a word'}")


def serve(source: BinaryIO, sink: BinaryIO) -> None:
    """Be the witness of a run in another process, until it says that it is over.

    A run that dies leaves its rows and no testimony.
    """
    charge = msgspec.msgpack.decode(_frame(source), type=Charge)
    witness = Witness(charge)
    decode = msgspec.msgpack.Decoder(list[tuple[int, str, int, msgspec.Raw]]).decode
    while frame := _frame(source):
        _hear(witness, decode(frame))
    rest = _frame(source)
    testimony = witness.testify(at_rest=bool(rest) and msgspec.msgpack.decode(rest, type=bool))
    if rest:
        sink.write(msgspec.msgpack.encode(testimony))
        sink.flush()


def _frame(source: BinaryIO) -> bytes:
    head = source.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return b""
    frame = source.read(_LENGTH.unpack(head)[0])
    return frame if len(frame) == _LENGTH.unpack(head)[0] else b""  # torn: the run died


_decode_bytes = msgspec.msgpack.Decoder(bytes).decode
_decode_facts = msgspec.msgpack.Decoder(list[AnyFact]).decode
_decode_message = msgspec.msgpack.Decoder(ANY_MESSAGE).decode
_decode_epoch = msgspec.msgpack.Decoder(int).decode
_decode_measured = msgspec.msgpack.Decoder(tuple[str, int, int]).decode
_decode_balances = msgspec.msgpack.Decoder(View).decode
_decode_folded = msgspec.msgpack.Decoder(tuple[bytes, bytes]).decode


def _hear(witness: Witness, records: list[tuple[int, str, int, msgspec.Raw]]) -> None:
    appended, asked, told = witness.appended, witness.asked, witness.told
    for kind, address, at_us, content in records:
        if kind == _FACTS:
            appended(address, _decode_facts(_decode_bytes(content)), at_us)
        elif kind == _ASKED:
            asked(address, _decode_message(content), at_us)
        elif kind == _TOLD:
            told(address, _decode_message(content), at_us)
        elif kind == _FOLDED:
            witness.compare_folded(address, *_decode_folded(content))
        elif kind == _TOOK_OVER:
            witness.took_over(address, _decode_epoch(content), at_us)
        elif kind == _BALANCES:
            witness.compare_balances(address, _decode_balances(content))
        else:
            witness.measured(address, *_decode_measured(content))


def main() -> None:
    """Serve the process that started this one."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the run, which then says so
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    with calm_collector():
        serve(sys.stdin.buffer, sys.stdout.buffer)


if __name__ == "__main__":
    main()
