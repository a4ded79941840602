"""What went wrong stands in the report, with when and how much."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from reports.faults import fault_rows
from reports.metrics import summarise
from reports.page import write

SECOND = 1_000_000
RecordRun = Callable[..., Path]


def test_each_fault_has_a_row_with_its_decisions_and_what_they_did(made_up_run: Path) -> None:
    partition, drop = fault_rows(made_up_run)

    assert (partition["kind"], partition["decisions"], partition["effects"]) == ("partition", 1, 40)
    assert (drop["kind"], drop["decisions"], drop["effects"]) == ("drop", 3, 3)
    assert drop["places"] == ["client>exchange", "exchange>account/1"]
    assert (drop["first_s"], drop["last_s"]) == (25.0, 50.0)


def test_a_fault_that_lasts_is_a_band_and_decisions_close_together_are_one(
    made_up_run: Path,
) -> None:
    partition, drop = fault_rows(made_up_run)

    assert partition["bands"] == [[20.0, 30.0]]
    assert drop["bands"] == [[25.0, 25.4], [50.0, 50.0]]


def test_bands_that_overlap_are_joined_whatever_their_order(record_run: RecordRun) -> None:
    at_us = ((40, 45), (10, 30), (20, 25), (44, 50))
    faults = [(a * SECOND, b * SECOND, 1, "slow_node", "n", f"{a}", 1) for a, b in at_us]

    (row,) = fault_rows(record_run(faults=faults, count=100))

    assert row["bands"] == [[10.0, 30.0], [40.0, 50.0]]


def test_the_page_lists_the_faults_and_draws_their_bands(record_run: RecordRun) -> None:
    without = write(record_run(faults=(), count=2_000)).read_text()
    page = write(record_run(count=2_000)).read_text()

    assert "Faults" in page
    assert "1 partition" in page
    assert "09:30:20" in page
    assert "Bars above the axes are faults" in page
    assert "Bars above" not in without
    assert page.count("<path") > without.count("<path")


def test_a_run_without_faults_has_none(record_run: RecordRun) -> None:
    assert summarise(record_run(faults=(), count=100))["faults"] == []
