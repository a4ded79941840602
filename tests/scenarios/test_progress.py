"""How far a run is: read alike for a terminal and a notebook, and shown where it is wanted."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from scenarios import shown_progress as shown
from scenarios.gauge import Gauge, brief
from scenarios.interrupt import Interruptible, Silent
from scenarios.shown_progress import CellBar
from simulation.timeline import PerSecond


def answers(latency_us: list[int], refused: int = 0) -> PerSecond:
    counted = PerSecond()
    is_refused = np.arange(len(latency_us)) < refused
    counted.add(np.zeros(len(latency_us), np.int64), np.array(latency_us), is_refused)
    return counted


def test_the_gauge_tells_the_time_of_day_and_how_much_is_done() -> None:
    reading = Gauge(34_200).read(30.0, 120.0)

    assert reading.clock == "09:30:30"
    assert reading.share == 0.25
    assert reading.health() == ""


def test_the_gauge_tells_the_pace_and_the_time_left(monkeypatch: pytest.MonkeyPatch) -> None:
    wall_s = iter([100.0, 100.0, 102.0, 102.0])
    monkeypatch.setattr(time, "perf_counter", lambda: next(wall_s, 102.0))
    gauge = Gauge(0)
    gauge.read(0.0, 100.0)

    reading = gauge.read(20.0, 100.0)

    assert reading.ratio == 10.0
    assert reading.left_s == 8.0
    assert reading.words().endswith("x10  0:08 left")


def test_the_p99_is_of_the_latest_answers_that_were_no_refusals() -> None:
    gauge = Gauge(0)
    gauge.watch(answers([*[9_000_000] * 10, *range(1_000, 3_000)], refused=10))

    assert gauge.read(1.0, 2.0).health() == "  p99 3.0 ms  refused 10"


def test_no_p99_is_told_of_too_few_answers() -> None:
    assert answers(list(range(999))).latest_p99_s() is None
    assert answers(list(range(1_000))).latest_p99_s() == 989e-6


def test_a_warm_up_is_no_progress() -> None:
    reading = Gauge(0).read(-5.0, 100.0)

    assert reading.share == 0
    assert reading.left_s is None


@pytest.mark.parametrize(
    ("seconds", "text"), [(7.4, "0:07"), (750.0, "12:30"), (3_723.0, "1:02:03")]
)
def test_a_wait_is_written_briefly(seconds: float, text: str) -> None:
    assert brief(seconds) == text


def test_a_bar_below_a_cell_is_updated_in_place_and_not_too_often() -> None:
    pages: list[str] = []
    bar = CellBar("<mine>", 34_200, pages.append)

    for now_s in range(100):
        bar(float(now_s), 100.0)

    assert len(pages) == 1
    assert "&lt;mine&gt;" in pages[0]
    assert "<progress" in pages[0]


def test_nothing_is_shown_outside_a_notebook_unless_wanted(
    capfd: pytest.CaptureFixture[str],
) -> None:
    with shown.shown_progress("a", 0, None) as show:
        assert isinstance(show, Silent)
    with shown.shown_progress("a", 0, True) as show:
        show(1.0, 2.0)

    assert capfd.readouterr() == ("", "")


def test_a_notebook_gets_a_bar_that_is_gone_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("IPython", reason="IPython is not installed")
    pages: list[str] = []

    class Handle:
        def update(self, page: Any) -> None:
            pages.append(page.data)

    monkeypatch.setattr(shown, "in_notebook", lambda: True)
    monkeypatch.setattr("IPython.display.display", lambda page, display_id: Handle())
    with shown.shown_progress("opening-bell", 34_200, None) as show:
        show(1.0, 2.0)

    assert "09:30:01" in pages[0]
    assert pages[-1] == ""


def test_a_notebook_sees_how_many_runs_are_done(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("IPython", reason="IPython is not installed")
    pages: list[str] = []

    class Handle:
        def update(self, page: Any) -> None:
            pages.append(page.data)

    monkeypatch.setattr(shown, "in_notebook", lambda: True)
    monkeypatch.setattr(shown, "_WALL_S_BETWEEN", 0.0)
    monkeypatch.setattr("IPython.display.display", lambda page, display_id: Handle())
    with shown.shown_runs("<sizing>", 4) as bar:
        bar.ended(Path("runs/cell-001"))
        bar.ended(Path("runs/cell-002"))

    assert "&lt;sizing&gt;" in pages[0]
    assert 'value="0.5000"' in pages[1]
    assert "2 of 4 runs" in pages[1]
    assert pages[-1] == ""


def test_runs_that_nobody_can_count_yet_are_counted_as_they_end() -> None:
    assert shown.html_of_runs("capacity", 2.5, 2, None) == "<div>capacity: 2 runs</div>"


def test_an_interrupt_waits_until_the_run_stands_between_two_events() -> None:
    progress = Interruptible(Silent())
    progress(1.0, 2.0)
    progress._ask(2, None)

    with pytest.raises(KeyboardInterrupt):
        progress(1.5, 2.0)
