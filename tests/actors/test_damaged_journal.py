"""A journal file that is not ours, of a newer version, torn or damaged: refused, untouched."""

from __future__ import annotations

import sqlite3
import struct
from pathlib import Path
from typing import Any

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
from hypothesis import given
from hypothesis import strategies as st
from players import CounterState

from actors.notes import NOTE_TYPES
from actors.runtimes.journal import JournalError
from actors.runtimes.sqlite_file import (
    VERSION,
    _checksum,
    create,
    head_row,
    log_of,
    seal_of,
    sum_of,
)
from actors.runtimes.sqlite_journal import SqliteJournal


def test_a_file_of_a_newer_version_is_refused(journal: SqliteJournal, path: Path) -> None:
    fill(journal)
    journal.close()
    data = bytearray(path.read_bytes())
    data[60:64] = (VERSION + 1).to_bytes(4)
    path.write_bytes(data)

    with refused_untouched(path, f"format {VERSION + 1}; this version of Open Outcry reads"):
        open_journal(path)


def test_a_file_of_a_newer_version_is_refused_with_its_log(
    journal: SqliteJournal, tmp_path: Path
) -> None:
    fill(journal)
    folder = tmp_path / "newer"
    folder.mkdir()
    copy = crashed(journal.path, folder / "copy.db")
    data = bytearray(copy.read_bytes())
    data[60:64] = (VERSION + 1).to_bytes(4)
    copy.write_bytes(data)

    with refused_untouched(copy, "reads"):
        open_journal(copy)


@pytest.mark.parametrize("content", [b"", b"hello", b"SQLite format 3\0", bytes(5_000)])
def test_a_file_that_is_no_journal_is_refused(path: Path, content: bytes) -> None:
    path.write_bytes(content)

    with refused_untouched(path, "not a journal of Open Outcry"):
        open_journal(path)


def test_somebody_elses_database_is_refused(path: Path) -> None:
    stranger = sqlite3.connect(path)
    stranger.execute("CREATE TABLE people (name TEXT)")
    stranger.close()

    with refused_untouched(path, "not a journal of Open Outcry"):
        open_journal(path)


def test_a_place_that_cannot_be_used_is_refused(tmp_path: Path) -> None:
    with pytest.raises(JournalError, match=r"nowhere.*cannot be made"):
        open_journal(tmp_path / "nowhere" / "floor.db")
    with pytest.raises(JournalError, match="no regular file"):
        open_journal(tmp_path)


def test_facts_that_do_not_decode_are_refused(journal: SqliteJournal, path: Path) -> None:
    Writer(journal, "counter/0").add(1)
    journal.close()

    with refused_untouched(path, "batch 1, of counter/0, does not decode"):
        SqliteJournal(path)


@pytest.mark.parametrize("table", ["actors", "batches", "snapshots", "notes"])
def test_a_row_that_vanished_without_a_trace_is_missed(
    journal: SqliteJournal, path: Path, table: str
) -> None:
    fill(journal)
    journal.close()
    intruder = sqlite3.connect(path, isolation_level=None)
    intruder.execute(f"DELETE FROM {table} WHERE rowid = (SELECT max(rowid) FROM {table})")
    intruder.close()

    with refused_untouched(path, "rows are there, and not the .* written"):
        open_journal(path)


Row = tuple[Any, ...]


def written(path: Path, **rows: Row) -> None:
    """Make a journal of rows that are sealed as they should be, whatever they say."""
    create(path)
    sealed = {table: (*row, seal_of(table, *row)) for table, row in rows.items()}
    intruder = sqlite3.connect(path, isolation_level=None)
    for table, row in sealed.items():
        intruder.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(row))})", row)
    head = head_row(1, 0, len(rows), sum_of(*(row[-1] for row in sealed.values())))
    intruder.execute("REPLACE INTO journal VALUES (?, ?, ?, ?, ?, ?)", head)
    intruder.close()


ACTOR: Row = (1, "counter/0", 1)


@pytest.mark.parametrize(
    ("rows", "match"),
    [
        ({"snapshots": (7, 0, b"\x90")}, "damaged: a snapshot of actor 7, which is not there"),
        ({"batches": (1, 7, 1, b"\x90")}, "damaged: batch 1, of actor 7, which is not there"),
        ({"actors": ACTOR, "batches": (1, 1, 1, None)}, "row 1 of batches is not as written"),
        ({"actors": ACTOR, "batches": (1, 1, 1, b"\x91" * 9_999)}, "batch 1, .* does not decode"),
        ({"notes": (1, "user/U1", b"\xc1")}, "damaged: the note user/U1 does not decode"),
        ({"notes": (1, "user/U1", b"\x81\xa1\xff\x01")}, "the note user/U1 does not decode"),
        ({"notes": (1, "stock/X", b"\x93\xa1X\xa1X\xa1X")}, "the note stock/X does not decode"),
        ({"notes": (1, "commands", b"\xa1X")}, "the note commands does not decode"),
    ],
)
def test_rows_that_are_well_sealed_and_make_no_sense_are_refused(
    path: Path, rows: dict[str, Row], match: str
) -> None:
    written(path, **rows)

    with refused_untouched(path, match):
        open_journal(path, note_types=NOTE_TYPES)


def log_with(page: int, pages: int) -> bytes:
    """Return a log of one frame whose checksums are right."""
    header = struct.pack(">6I", 0x377F0683, 3_007_000, 4_096, 0, 1, 2)
    sums = _checksum(">", header, (0, 0))
    frame = struct.pack(">2I", page, pages)
    after = _checksum(">", frame + bytes(4_096), sums)
    return (
        header + struct.pack(">2I", *sums) + frame + struct.pack(">4I", 1, 2, *after) + bytes(4_096)
    )


@pytest.mark.parametrize(
    ("page", "pages"), [(0, 1), (2, 1), (0xFFFFFFF0, 1), (0xFFFFFFF0, 0xFFFFFFFF)]
)
def test_a_page_in_the_log_that_no_file_has_is_refused(path: Path, page: int, pages: int) -> None:
    create(path)
    log_of(path).write_bytes(log_with(page, pages))

    with refused_untouched(path, f"damaged: frame 1 is page {page:,}, of .* at most"):
        open_journal(path)


def test_a_log_that_makes_the_file_much_larger_is_no_damage(
    journal: SqliteJournal, tmp_path: Path
) -> None:
    counter = Writer(journal, "counter/0")
    for _ in range(3):  # snapshots, and what they make superfluous at once
        counter.add(*range(50_000))
        counter.state = CounterState()
    journal.commit(0)

    again = open_journal(crashed(journal.path, tmp_path / "copy.db"))
    assert kept(again, "counter/0") == kept(journal, "counter/0")
    again.close()


@pytest.fixture(scope="module")
def closed_file(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, dict[str, Any]]:
    """Give the bytes of a file that was closed, and what is in it."""
    path = tmp_path_factory.mktemp("closed") / "floor.db"
    journal = open_journal(path)
    fill(journal)
    content = kept(journal, *ALL)
    journal.close()
    return path.read_bytes(), content


@often
@given(data=st.data())
def test_a_flipped_byte_is_an_error_or_makes_no_difference(
    tmp_path_factory: pytest.TempPathFactory,
    closed_file: tuple[bytes, dict[str, Any]],
    data: st.DataObject,
) -> None:
    damaged = bytearray(closed_file[0])
    for _ in range(data.draw(st.integers(1, 3))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] ^= data.draw(st.integers(1, 255))
    path = tmp_path_factory.mktemp("flipped") / "floor.db"
    path.write_bytes(damaged)

    check_damaged(path, [closed_file[1]])


@often
@given(share=st.floats(0, 1, exclude_max=True))
def test_a_file_that_was_cut_off_is_refused(
    tmp_path_factory: pytest.TempPathFactory,
    closed_file: tuple[bytes, dict[str, Any]],
    share: float,
) -> None:
    path = tmp_path_factory.mktemp("cut") / "floor.db"
    path.write_bytes(closed_file[0][: int(share * len(closed_file[0]))])

    check_damaged(path, [])


@often
@given(page=st.integers(0, 100), other=st.integers(0, 100))
def test_a_page_in_the_place_of_another_one_is_refused(
    tmp_path_factory: pytest.TempPathFactory,
    closed_file: tuple[bytes, dict[str, Any]],
    page: int,
    other: int,
) -> None:
    whole = closed_file[0]
    pages = len(whole) // 4_096
    page, other = page % pages * 4_096, other % pages * 4_096
    path = tmp_path_factory.mktemp("torn") / "floor.db"
    path.write_bytes(whole[:page] + whole[other : other + 4_096] + whole[page + 4_096 :])

    check_damaged(path, [closed_file[1]])


def check_damaged(path: Path, allowed: list[dict[str, Any]]) -> None:
    """Open a damaged file: an error that leaves it as it was, or one of the states allowed."""
    before = content_of(path.parent)
    refusal = None
    try:
        journal = open_journal(path)
    except JournalError as error:
        refusal = str(error)
    if refusal is None:
        found = kept(journal, *ALL)
        journal.close()
        assert found in allowed
    else:
        assert str(path) in refusal
        assert content_of(path.parent) == before


@pytest.fixture(scope="module")
def killed_file(
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[bytes, bytes, list[dict[str, Any]]]:
    """Give a file and its log as a kill leaves them, and what was there after each commit."""
    path = tmp_path_factory.mktemp("killed") / "floor.db"
    journal = open_journal(path)
    counter, contents = Writer(journal, ALL[0]), [kept(journal, *ALL)]
    for n in range(12):
        counter.add(n)
        journal.commit(n)
        contents.append(kept(journal, *ALL))
    data = path.read_bytes(), log_of(path).read_bytes(), contents
    journal.close()
    return data


@often
@given(data=st.data())
def test_a_flipped_byte_in_the_log_is_an_error_or_costs_the_last_commit_at_most(
    tmp_path_factory: pytest.TempPathFactory,
    killed_file: tuple[bytes, bytes, list[dict[str, Any]]],
    data: st.DataObject,
) -> None:
    main, log, contents = killed_file
    damaged = bytearray(log)
    damaged[data.draw(st.integers(0, len(log) - 1))] ^= data.draw(st.integers(1, 255))
    path = tmp_path_factory.mktemp("flipped") / "floor.db"
    path.write_bytes(main)
    log_of(path).write_bytes(damaged)

    check_damaged(path, contents[-2:])


@often
@given(share=st.floats(0, 1))
def test_a_log_that_was_cut_off_goes_as_far_as_a_whole_commit(
    tmp_path_factory: pytest.TempPathFactory,
    killed_file: tuple[bytes, bytes, list[dict[str, Any]]],
    share: float,
) -> None:
    main, log, contents = killed_file
    path = tmp_path_factory.mktemp("cut") / "floor.db"
    path.write_bytes(main)
    log_of(path).write_bytes(log[: int(share * len(log))])

    check_damaged(path, contents)
