"""The journal in a file: what it keeps, what it refuses, and what a crash cannot take."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest
from files import (
    ALL,
    Writer,
    content_of,
    crashed,
    fill,
    kept,
    often,
    open_journal,
    refused_untouched,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from players import Added, CounterState

from actors.messages.base import Address
from actors.runtimes.journal import Fenced, JournalError, MemoryJournal
from actors.runtimes.sqlite_journal import SqliteJournal

ROOT = Path(__file__).parents[2]


def test_what_was_committed_is_there_again(journal: SqliteJournal, path: Path) -> None:
    fill(journal)
    before = kept(journal, *ALL)

    journal.close()

    again = open_journal(path)
    assert kept(again, *ALL) == before
    assert again.snapshot_of("counter/0") is not None
    assert again.facts_of("counter/2") == [Added(5)]
    assert again.resumes_at_us == 70
    again.close()
    assert list(content_of(path.parent)) == ["floor.db"]


def test_what_was_committed_survives_a_crash_and_nothing_else_does(
    journal: SqliteJournal, tmp_path: Path
) -> None:
    counter = Writer(journal, "counter/0")
    counter.add(1)
    journal.note("a", b"1")
    journal.commit(0)
    counter.add(2)
    journal.note("b", b"2")

    again = open_journal(crashed(journal.path, tmp_path / "copy.db"))

    assert again.facts_of("counter/0") == [Added(1)]
    assert again.notes == {"a": b"1"}
    again.close()


def test_closing_makes_durable_what_waits(journal: SqliteJournal, path: Path) -> None:
    Writer(journal, "counter/0").add(1)
    journal.close()
    journal.close()

    again = open_journal(path)
    assert again.facts_of("counter/0") == [Added(1)]
    again.close()


def test_an_epoch_never_goes_back_when_the_file_is_reopened(
    journal: SqliteJournal, path: Path
) -> None:
    old = journal.open("counter/0")
    new = journal.open("counter/0")
    with pytest.raises(Fenced):
        journal.append(old, [Added(1)], CounterState())
    journal.append(new, [Added(2)], CounterState())
    journal.close()

    again = open_journal(path)
    assert again.open("counter/0").epoch == new.epoch + 1
    again.close()


def test_a_file_stays_small_however_much_is_written(path: Path) -> None:
    sizes = []
    journal = open_journal(path)
    counters = [Writer(journal, f"counter/{n}") for n in range(20)]
    for n in range(40_000):
        counter = counters[n % 20]
        counter.state = CounterState()  # a state that does not grow
        counter.add(n)
        if n % 500 == 499:
            journal.commit(n)
            sizes.append(path.stat().st_size)
    journal.close()

    assert sizes[-1] <= 1.2 * sizes[len(sizes) // 4]
    assert path.stat().st_size < 1_000_000


def test_a_journal_that_keeps_all_yields_its_history_in_the_order_of_the_append(path: Path) -> None:
    journal = open_journal(path, keep_all=True)
    one, two = Writer(journal, "counter/1"), Writer(journal, "counter/2")
    for n in range(200):
        (one if n % 3 else two).add(n)
    journal.commit(0)

    history = list(journal.history())
    later = list(journal.history(after=198))

    assert [batch.facts for batch in history] == [[Added(n)] for n in range(200)]
    assert [batch.number for batch in later] == [199, 200]
    assert history[3].address == "counter/2"
    assert journal.snapshot_of("counter/1") is not None
    before = kept(journal, "counter/1", "counter/2")
    journal.close()
    again = open_journal(path, keep_all=True)
    assert kept(again, "counter/1", "counter/2") == before
    assert list(again.history()) == history
    again.close()


@settings(often, max_examples=30)
@given(st.lists(st.tuples(st.integers(0, 2), st.sampled_from("acrk")), max_size=120))
def test_however_it_is_used_it_brings_back_what_was_committed(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[int, str]]
) -> None:
    folder = tmp_path_factory.mktemp("used")
    journal = open_journal(folder / "0.db")
    durable: dict[str, list[Any]] = {a: [] for a in ALL}
    for number, (which, verb) in enumerate(steps):
        if verb == "a":
            state = state_of(journal, ALL[which])
            state.amounts += range(number, number + 20)
            facts: list[Any] = [Added(n) for n in range(number, number + 20)]
            journal.append(journal.open(ALL[which]), facts, state)
            continue
        if verb == "c":
            journal.commit(number)
        elif verb == "r":
            journal.close()
            journal = open_journal(journal.path)
        else:
            copy = crashed(journal.path, folder / f"{number}.db")
            journal._database.close()
            journal._lock_file.close()
            journal = open_journal(copy)
            assert {a: state_of(journal, a).amounts for a in ALL} == durable
        durable = {a: state_of(journal, a).amounts for a in ALL}
    journal.close()


def state_of(journal: MemoryJournal, address: Address) -> CounterState:
    """Fold what a journal has of a counter."""
    snapshot = journal.snapshot_of(address)
    state = (
        CounterState() if snapshot is None else msgspec.msgpack.decode(snapshot, type=CounterState)
    )
    state.amounts += [fact.amount for fact in journal.facts_of(address)]  # type: ignore[attr-defined]
    return state


def test_a_second_process_is_refused_while_the_first_has_the_file(
    journal: SqliteJournal, path: Path
) -> None:
    fill(journal)
    before = content_of(path.parent)

    script = (
        "import sys; from actors.runtimes.sqlite_journal import SqliteJournal\n"
        "try: SqliteJournal(sys.argv[1])\n"
        "except Exception as error: print(type(error).__name__, error)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, path], capture_output=True, text=True, cwd=ROOT, check=True
    )

    assert done.stdout.strip() == f"JournalError {path}: another process has this journal open"
    assert content_of(path.parent) == before
    Writer(journal, "counter/9").add(1)
    journal.commit(1)


def test_a_second_journal_of_one_process_is_refused_too(journal: SqliteJournal, path: Path) -> None:
    fill(journal)

    with refused_untouched(path, "this process has this journal open already"):
        open_journal(path)


def test_a_link_to_an_open_file_is_refused_too(journal: SqliteJournal, path: Path) -> None:
    path.with_name("link.db").hardlink_to(path)

    with refused_untouched(path.with_name("link.db"), "this process has this journal open already"):
        open_journal(path.with_name("link.db"))


def test_a_second_journal_of_one_process_lets_no_other_program_in(
    journal: SqliteJournal, path: Path
) -> None:
    fill(journal)
    with pytest.raises(JournalError):
        open_journal(path)

    script = (
        "import sqlite3, sys\n"
        "try: sqlite3.connect(sys.argv[1], timeout=0).execute('DELETE FROM batches')\n"
        "except sqlite3.OperationalError as error: print(error)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, path], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "database is locked"


def test_other_programs_cannot_write_to_an_open_file(journal: SqliteJournal, path: Path) -> None:
    fill(journal)

    stranger = sqlite3.connect(path, timeout=0)
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        stranger.execute("DELETE FROM batches")
    stranger.close()


def test_a_disk_that_is_full_takes_nothing_of_a_commit(path: Path) -> None:
    journal = open_journal(path)
    counter = Writer(journal, "counter/0")
    counter.add(1)
    journal.commit(0)
    journal._database.execute("PRAGMA max_page_count=20")
    counter.state.amounts = [*range(100_000)]
    counter.add(*range(100_000))

    with pytest.raises(JournalError, match=r"floor\.db: cannot be written: .*full"):
        journal.commit(1)
    with pytest.raises(JournalError, match="full"):
        counter.add(2)
    with pytest.raises(JournalError, match="full"):
        journal.commit(2)

    journal.close()
    again = open_journal(path)
    assert again.facts_of("counter/0") == [Added(1)]
    again.close()


@pytest.mark.parametrize("path", ["/dev/full", "/dev/zero", "/"])
def test_what_is_no_regular_file_is_refused_and_not_read(path: str) -> None:
    with pytest.raises(JournalError, match="no regular file"):
        SqliteJournal(path)


def test_what_is_no_path_is_refused() -> None:
    with pytest.raises(JournalError, match="not by 5"):
        SqliteJournal(5)  # type: ignore[arg-type]
