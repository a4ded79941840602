"""What tests of journals in files need: copies as a crash leaves them, and proof of no touch."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from players import Added, CounterState

from actors.messages.base import Address
from actors.runtimes.journal import JournalError, MemoryJournal, Pen
from actors.runtimes.sqlite_file import log_of
from actors.runtimes.sqlite_journal import SqliteJournal

ALL = ("counter/0", "counter/1", "counter/2")
often = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def crashed(path: Path, copy: Path) -> Path:
    """Copy a journal that is open, with its log, as a process that is killed leaves them."""
    copy.write_bytes(path.read_bytes())
    if log_of(path).exists():
        log_of(copy).write_bytes(log_of(path).read_bytes())
    return copy


def content_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


@contextmanager
def refused_untouched(path: Path, match: str) -> Iterator[None]:
    """Expect one clear error that names the file, and every file of its folder as it was."""
    before = content_of(path.parent)
    with pytest.raises(JournalError, match=match) as refused:
        yield
    assert str(path) in str(refused.value)
    assert content_of(path.parent) == before


def open_journal(path: Path, **options: Any) -> SqliteJournal:
    return SqliteJournal(path, fact_types=Added, **options)


class Writer:
    """An actor as its journal sees it."""

    def __init__(self, journal: MemoryJournal, address: Address) -> None:
        self.journal = journal
        self.pen: Pen = journal.open(address)
        self.state = CounterState()

    def add(self, *amounts: int) -> None:
        for amount in amounts:
            self.state.amounts.append(amount)
            self.state.total += amount
        self.journal.append(self.pen, [Added(amount) for amount in amounts], self.state)


def kept(journal: MemoryJournal, *addresses: Address) -> dict[str, Any]:
    """Return everything that a journal would bring back."""
    return {
        "notes": dict(journal.notes),
        **{a: (journal.snapshot_of(a), journal.facts_of(a)) for a in addresses},
    }


def fill(journal: SqliteJournal) -> None:
    """Write facts of three actors, one with a snapshot, and two notes, in several commits."""
    counters = [Writer(journal, f"counter/{n}") for n in range(3)]
    for n in range(70):
        counters[n % 2].add(n, n + 1)
        if n % 10 == 0:
            journal.note(f"note/{n % 3}", b"%d" % n)
            journal.commit(n)
    counters[2].add(5)
    journal.commit(70)
