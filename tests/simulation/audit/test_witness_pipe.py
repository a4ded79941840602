"""A witness in a process of its own hears what the one in this process hears."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
from story import ALICE, HOURS, Story
from told_stories import full_story

from simulation.audit import replay
from simulation.witness import Charge, Witness, WitnessProcess
from simulation.witness import Testimony as Said  # pytest takes what begins with Test for tests

Talker = Witness | WitnessProcess


def said_after(witness: Talker, story: Story) -> Said:
    """Let a witness hear a story, and what was measured at its end."""
    encode = msgspec.msgpack.Encoder().encode
    cash, held, realised, lines = story.view()
    for kind, address, content, at_us in story.events:
        if kind == "appended" and isinstance(witness, WitnessProcess):
            witness.wrote(address, encode(content), at_us)
        else:
            getattr(witness, kind)(address, content, at_us)
    witness.measured(ALICE, "messages in the mailbox", 2, 1)
    witness.compare_folded(ALICE, b"same", b"same")
    witness.compare_balances(ALICE, (cash, held, realised + 1, lines))
    return witness.testify(at_rest=True)


def charge(folder: Path, collar_bp: int | None) -> Charge:
    folder.mkdir()
    return Charge(str(folder), HOURS, 0.0, keep_journal=False, collar_bp=collar_bp)


@pytest.mark.parametrize(("collar_bp", "broken"), [(1_000, {"A11", "A19", "A21"}), (500, {"A15"})])
def test_epochs_measures_and_the_collar_go_through_the_pipe(
    tmp_path: Path, collar_bp: int, broken: set[str]
) -> None:
    story = full_story()
    story.take_over(ALICE, 1)

    here = said_after(Witness(charge(tmp_path / "here", collar_bp)), story)
    there = said_after(WitnessProcess(charge(tmp_path / "there", collar_bp)), story)

    assert msgspec.json.encode(here) == msgspec.json.encode(there)
    rows: list[Any] = there.audit["invariants"]
    assert broken <= {row["id"] for row in rows if row["findings"]}


def test_a_kept_journal_has_the_epochs_as_well(tmp_path: Path) -> None:
    kept = msgspec.structs.replace(charge(tmp_path / "run", 1_000), keep_journal=True)
    story = full_story()
    story.take_over(ALICE, 1)
    said_after(Witness(kept), story)
    plan = '{"starts_at_s": 0, "market": {"opens_s": 0, "closes_s": 1}, "accepted_share": 0}'
    (tmp_path / "run" / "plan.json").write_text(plan, encoding="utf-8")

    assert {row.id for row in replay(tmp_path / "run").invariants if row.findings} == {"A19"}
