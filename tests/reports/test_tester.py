"""What a run took of its machine, and whether the tester itself was too slow."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from reports import console, page
from reports.metrics import summarise
from reports.tester import bottleneck
from simulation.own_cost import OwnCost

RecordRun = Callable[..., Path]
TAKEN = {"wall_s": 10.0, "processor_s": 7.5, "peak_bytes": 200 * 2**20,
         "witness_processor_s": 1.5, "witness_peak_bytes": 50 * 2**20}  # fmt: skip


def facts(clock: str, late_s: float, processor_s: float = 1.0) -> dict[str, Any]:
    run = {"clock": clock, "machine": {"cores": 2}, "wall_s": 10.0, "processor_s": processor_s}
    return {"run": run, "metrics": {"sending.max": late_s}}


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (facts("virtual", 3.0, 20.0), ""),
        (facts("wall-clock", 0.1), ""),
        (facts("wall-clock", 0.5), "sent up to 500 ms late"),
        (facts("wall-clock", 0.0, 19.0), "95.0 % of the machine's processors"),
    ],
)
def test_only_a_tester_by_the_wall_clock_can_be_too_slow(given: dict[str, Any], told: str) -> None:
    assert (told in bottleneck(given)) if told else (bottleneck(given) == "")


def test_the_page_and_the_console_say_what_a_run_took(record_run: RecordRun) -> None:
    folder = record_run(count=500, counters={"events": {}, "virtual_s": 61.0, **TAKEN})
    found = summarise(folder)
    file = io.StringIO()
    console.render(found, folder, Console(file=file, width=80, color_system=None))
    text = page.write(folder).read_text(encoding="utf-8")

    assert "processor time 7.50 s · memory at its peak 200 MiB ·" in file.getvalue()
    assert "of its witness 1.50 s, 50 MiB" in file.getvalue()
    assert "<dd>7.50 s</dd>" in text
    assert "<dd>1.50 s, 50 MiB</dd>" in text


def test_a_name_and_its_value_stay_in_one_line(record_run: RecordRun) -> None:
    folder = record_run()
    file = io.StringIO()
    console.render(summarise(folder), folder, Console(file=file, width=80, color_system=None))
    lines = file.getvalue().splitlines()

    assert not [line for line in lines if line.endswith((" accepted", " offered", " requests"))]
    assert max(map(len, lines[: lines.index("the brokerage")])) <= 80


def test_what_is_taken_is_counted_from_the_beginning() -> None:
    cost = OwnCost()
    sum(range(100_000))
    taken = cost.taken()
    assert 0 < taken["processor_s"] < 10
    assert taken["peak_bytes"] > 2**20
    assert taken["witness_processor_s"] >= 0
