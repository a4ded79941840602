"""Run folders that lost a file, or that another version wrote: one sentence that says so."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from reports.metrics import facts_of, summarise
from reports.rows import UnknownOrder, find_command, slowest
from reports.sides import read_side
from simulation.records import METRICS_FILE, UnreadableRun

RecordRun = Callable[..., Path]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"version": 999}, "its version is 999, and 1 is read here"),
        ({"version": None}, "its version is None, and 1 is read here"),
        ({"run": None}, "it is damaged: no run in it"),
        ({"metrics": [], "verdict": 1}, "it is damaged: no verdict and no metrics in it"),
    ],
)
@pytest.mark.parametrize("read", [facts_of, read_side])
def test_metrics_of_another_shape_are_refused_with_what_to_do(
    record_run: RecordRun, read: Callable[[Path], Any], change: dict[str, Any], told: str
) -> None:
    run = record_run()
    path = run / METRICS_FILE
    path.write_text(json.dumps(summarise(run) | change), encoding="utf-8")

    with pytest.raises(UnreadableRun) as refused:
        read(run)

    assert str(refused.value).startswith(f"{path}: {told}; remove it, and")


def test_metrics_that_were_removed_are_made_again(record_run: RecordRun) -> None:
    run = record_run()
    before = summarise(run)
    (run / METRICS_FILE).unlink()

    assert facts_of(run) == before


def test_a_run_whose_requests_are_gone_is_not_said_to_have_answered_none(
    record_run: RecordRun,
) -> None:
    run = record_run()
    shutil.rmtree(run / "requests")

    with pytest.raises(
        UnreadableRun, match="requests: 1 part files were recorded, and 0 are there"
    ):
        slowest(run, 3)


def test_a_command_number_that_no_table_can_hold_is_unknown(made_up_run: Path) -> None:
    with pytest.raises(UnknownOrder, match="no command 9223372036854775807; they are"):
        find_command(made_up_run, "9" * 30)
