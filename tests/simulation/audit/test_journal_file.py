"""A journal is read as it was written, or refused with the place of the damage."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from story import DOLLAR, Story, broken
from tampering import Event, tell_all

from actors.messages import facts as f
from simulation.audit import JournalError, JournalWriter, read_journal, replay
from simulation.audit.journal_file import JOURNAL_FILE
from simulation.records import UnwritableRun

PLAN: dict[str, Any] = {
    "starts_at_s": 33_900,
    "market": {"opens_s": 33_900, "closes_s": 33_901},
    "accepted_share": 0.5,
}


def told(trades: int = 3) -> Story:
    story = Story(cash=100_000 * DOLLAR)
    for _ in range(trades):
        story.trade()
    return story


def write(story: Story, path: Path) -> Path:
    writer = JournalWriter(path)
    tell_all(story, writer)
    writer.close()
    return path


def read(path: Path) -> list[Event]:
    return [Event(*record) for record in read_journal(path)]


def run_folder(folder: Path, story: Story, plan: Any = PLAN) -> Path:
    folder.mkdir(exist_ok=True)
    write(story, folder / JOURNAL_FILE)
    (folder / "plan.json").write_text(json.dumps(plan), encoding="utf-8")
    return folder


def test_what_was_written_is_read_again_in_the_same_order(tmp_path: Path) -> None:
    story = told()

    assert read(write(story, tmp_path / "journal")) == story.events


def test_a_journal_of_many_chunks_is_read_again(tmp_path: Path) -> None:
    event = ("book/ACME", [f.QuoteApplied(n, n) for n in range(10_000)], 7)
    writer = JournalWriter(tmp_path / "journal")
    for _ in range(20):
        writer.appended(*event)
    writer.close()

    assert list(read_journal(tmp_path / "journal")) == [("appended", *event)] * 20


def test_a_journal_says_who_took_over(tmp_path: Path) -> None:
    story = told()
    story.take_over("book/ACME", 2)
    story.take_over("book/ACME", 1)

    assert read(write(story, tmp_path / "journal"))[-1] == story.events[-1]
    assert broken(replay(run_folder(tmp_path / "run", story))) == {"A19"}


def test_a_journal_of_the_first_version_is_read_as_well(tmp_path: Path) -> None:
    story = told()
    path = write(story, tmp_path / "journal")
    data = bytearray(path.read_bytes())
    struct.pack_into("<H", data, 17, 1)
    path.write_bytes(data)

    assert read(path) == story.events


def test_a_recorded_run_is_judged_by_the_collar_of_its_plan(tmp_path: Path) -> None:
    right = PLAN | {"market": PLAN["market"] | {"collar_bp": 1_000}}
    wrong = PLAN | {"market": PLAN["market"] | {"collar_bp": 999}}

    assert replay(run_folder(tmp_path / "right", told(), right)).passed
    assert "A15" in broken(replay(run_folder(tmp_path / "wrong", told(), wrong)))


def test_a_recorded_run_is_judged_as_it_was_live(tmp_path: Path) -> None:
    story = told()
    wrong = told()
    wrong.alter(f.ExecutionSettled, amount=1)

    assert replay(run_folder(tmp_path / "right", story)).passed
    assert broken(replay(run_folder(tmp_path / "wrong", wrong))) == {"A01"}


def test_a_recorded_run_is_judged_by_the_hours_and_the_share_of_its_plan(tmp_path: Path) -> None:
    early = PLAN | {"market": {"opens_s": 33_901, "closes_s": 40_000}}
    strict = PLAN | {"accepted_share": 1.01}

    assert broken(replay(run_folder(tmp_path / "early", told(), early))) == {"A12"}
    assert broken(replay(run_folder(tmp_path / "strict", told(), strict))) == {"A17"}


def test_a_run_that_was_interrupted_need_not_be_at_rest(tmp_path: Path) -> None:
    story = told()
    story.place()
    folder = run_folder(tmp_path, story)
    assert broken(replay(folder)) == {"A16"}

    (folder / "run.json").write_text('{"status": "interrupted"}', encoding="utf-8")

    assert replay(folder).passed


@pytest.mark.parametrize("plan", [{}, {"market": {}}, PLAN | {"market": None}])
def test_a_run_without_its_plan_is_refused(tmp_path: Path, plan: Any) -> None:
    folder = run_folder(tmp_path, told(), plan)

    with pytest.raises(ValueError, match=r"plan\.json: "):
        replay(folder)


def test_a_foreign_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "photo.png"
    path.write_bytes(b"\x89PNG and so on, for quite a while")

    with pytest.raises(JournalError, match=r"photo\.png: byte 0: this is not a journal"):
        read(path)


def test_an_empty_file_and_a_missing_one_are_refused(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()

    with pytest.raises(JournalError, match="not a journal"):
        read(tmp_path / "empty")
    with pytest.raises(JournalError, match="cannot be read: No such file"):
        read(tmp_path / "missing")


def test_a_journal_of_a_later_version_is_refused(tmp_path: Path) -> None:
    path = write(told(), tmp_path / "journal")
    data = bytearray(path.read_bytes())
    struct.pack_into("<H", data, 17, 9)
    path.write_bytes(data)

    with pytest.raises(
        JournalError, match="byte 17: a journal of format 9; this version reads 1 to 2"
    ):
        read(path)


def test_a_chunk_that_claims_to_be_huge_is_refused_unread(tmp_path: Path) -> None:
    path = write(told(), tmp_path / "journal")
    data = bytearray(path.read_bytes())
    struct.pack_into("<I", data, 23, 2**32 - 1)
    path.write_bytes(data)

    with pytest.raises(JournalError, match="byte 19: damaged: a chunk of an impossible length"):
        read(path)


def test_a_journal_that_something_follows_is_refused(tmp_path: Path) -> None:
    path = write(told(), tmp_path / "journal")
    path.write_bytes(path.read_bytes() + b"!")

    with pytest.raises(JournalError, match="something follows the end mark"):
        read(path)


@given(cut=st.integers(0, 10_000))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
def test_a_journal_torn_anywhere_is_refused(tmp_path: Path, cut: int) -> None:
    path = write(told(), tmp_path / "journal")
    data = path.read_bytes()
    path.write_bytes(data[: cut % len(data)])

    with pytest.raises(JournalError, match=r"torn|not a journal"):
        read(path)


@given(place=st.integers(0, 10_000), bit=st.integers(0, 7))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100)
def test_a_journal_damaged_anywhere_is_refused(tmp_path: Path, place: int, bit: int) -> None:
    path = write(told(), tmp_path / "journal")
    data = bytearray(path.read_bytes())
    data[place % len(data)] ^= 1 << bit
    path.write_bytes(data)

    with pytest.raises(JournalError, match=r"journal: byte [\d,]+: "):
        read(path)


def test_a_folder_that_cannot_be_written_to_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnwritableRun, match="cannot be written"):
        JournalWriter(tmp_path / "nowhere" / "journal")
