"""What became of requests by operation, and the sessions that they belong to."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from reports.metrics import summarise
from reports.over_time import Bins
from reports.series_tables import over_time
from reports.svg_paths import compact
from simulation.recorder import Coded
from simulation.records import OPERATIONS, read_json

Columns = dict[str, Any]
RecordRun = Callable[..., Path]
MakeRequests = Callable[..., Columns]

SECOND = 1_000_000
SEARCHES = 40  # meant to start after the warm-up of ten seconds


def searches(columns: Columns) -> Columns:
    """Let all requests be searches: of four, one is quick, one slow, one refused, one lost."""
    count = len(columns["intended_us"])
    kind = np.arange(count) % 4
    columns["intended_us"] = columns["sent_us"] = np.linspace(
        20 * SECOND, 50 * SECOND, count, dtype=np.int64
    )
    took = np.array([100_000, 300_000, 1_000, 0])[kind]
    columns["answered_us"] = np.where(kind == 3, -1, columns["intended_us"] + took)
    columns["operation"] = Coded(np.full(count, OPERATIONS.index("search")), OPERATIONS)
    statuses = np.array([0, 0, 1, 2])[kind]
    columns["status"] = Coded(statuses, ("ok", "rejected", "unanswered"))
    columns["reason"] = Coded((kind == 2).astype(int), ("", "busy"))
    return columns


@pytest.fixture
def metrics(record_run: RecordRun, make_requests: MakeRequests) -> dict[str, float]:
    found: dict[str, float] = summarise(record_run(requests=searches(make_requests(SEARCHES))))[
        "metrics"
    ]
    return found


def test_outcomes_add_up_to_what_was_offered(metrics: dict[str, float]) -> None:
    counts = {
        what: metrics[f"outcomes.search.{what}.count"]
        for what in ("offered", "ok", "rejected", "busy", "unanswered")
    }
    assert counts == {"offered": 40, "ok": 20, "rejected": 0, "busy": 10, "unanswered": 10}
    assert metrics["mix.search.share"] == 1.0
    assert metrics["errors.search.share"] == 0.5
    assert metrics["errors.search.rate"] == 20 / 50


def test_an_answer_at_its_bound_is_in_time_and_one_after_it_is_not(
    metrics: dict[str, float],
) -> None:
    shares = [
        metrics[f"ranges.search.{span}.share"]
        for span in ("in_time", "up_to_4_times", "slower", "failed")
    ]
    assert shares == [0.25, 0.25, 0.0, 0.5]
    assert metrics["availability.search"] == 0.25


def test_what_came_to_nothing_is_counted_by_its_reason(metrics: dict[str, float]) -> None:
    found = {name: value for name, value in metrics.items() if name.startswith("failures.")}
    assert found == {
        "failures.search.busy.count": 10, "failures.search.busy.share": 0.25,
        "failures.search.unanswered.count": 10, "failures.search.unanswered.share": 0.25,
    }  # fmt: skip


def test_the_drain_is_from_the_last_start_to_the_last_answer(
    record_run: RecordRun, make_requests: MakeRequests
) -> None:
    requests = searches(make_requests(4))
    requests["answered_us"][1] = requests["intended_us"][-1] + 7 * SECOND
    assert summarise(record_run(requests=requests))["metrics"]["drain"] == 7.0


def sessions_of(columns: Columns, *steps: tuple[int, str, float, float]) -> Columns:
    """Let requests be these: user, operation, seconds of their start and of their answer."""
    users, operations, starts_s, ends_s = zip(*steps, strict=True)
    codes = np.array([OPERATIONS.index(name) for name in operations])
    columns["user"] = np.array(users)
    columns["operation"] = Coded(codes, OPERATIONS)
    columns["intended_us"] = columns["sent_us"] = (np.array(starts_s) * SECOND).astype(np.int64)
    columns["answered_us"] = (np.array(ends_s) * SECOND).astype(np.int64)
    nothing = np.zeros(len(steps), np.int64)
    columns["status"] = Coded(nothing, ("ok", "rejected"))
    columns["reason"] = Coded(nothing, ("",))
    return columns


STEPS = (
    (1, "login", 11, 12), (1, "quote", 13, 15), (1, "logout", 20, 21),  # ten seconds
    (2, "login", 12, 13), (2, "login", 22, 23), (2, "logout", 30, 32),  # ten, begun anew
    (3, "login", 15, 16), (3, "quote", 17, 18),  # goes on
    (4, "logout", 14, 15),  # was never there
)  # fmt: skip


def test_a_session_lasts_from_the_log_in_to_the_next_log_out_of_its_user(
    record_run: RecordRun, make_requests: MakeRequests
) -> None:
    folder = record_run(requests=sessions_of(make_requests(len(STEPS)), *STEPS))
    metrics = summarise(folder)["metrics"]

    assert (metrics["sessions.count"], metrics["sessions.open"]) == (3, 1)
    ends = (metrics["sessions.duration.min"], metrics["sessions.duration.max"])
    assert ends == (10.0, 10.0)
    assert (metrics["sessions.requests.min"], metrics["sessions.requests.max"]) == (2, 3)
    assert (metrics["sessions.waited.min"], metrics["sessions.waited.max"]) == (3.0, 4.0)


def test_users_are_counted_once_however_often_they_log_in(
    record_run: RecordRun, make_requests: MakeRequests
) -> None:
    folder = record_run(requests=sessions_of(make_requests(len(STEPS)), *STEPS))
    summarise(folder)
    users = read_json(folder / "series.json")["users"]

    assert max(users["logged_in"]) == 3
    assert users["logged_in"][-1] == 1
    assert sum(users["logins_per_s"]) * users["bin_s"] == 4
    assert users["in_flight"][11] == 1


def test_every_stretch_of_time_is_a_row_of_a_file(made_up_run: Path) -> None:
    summarise(made_up_run)
    series = read_json(made_up_run / "series.json")
    sheets = {sheet.name: sheet for sheet in over_time(series)}

    assert {"load_over_time", "users_over_time", "p99_over_time"} <= set(sheets)
    load = sheets["load_over_time"]
    column = [cell.title for cell in load.columns].index("completed")
    assert [row[column].value for row in load.rows] == series["load"]["completed"]


@pytest.mark.parametrize(
    ("path", "short"),
    [
        ("M 10 20 \nL 10.5 20 \nL 10.5 19.75 \nL 9 18 \n", "M10 20h.5v-.2l-1.5-1.8"),
        ("M 0 0 \nL 5 0 \nL 5 5 \nz\nM 1 1 \nL 1 1 ", "M0 0h5v5zM1 1h0"),
        ("M 0 0 C 1 2 3 4 5 6", "M 0 0 C 1 2 3 4 5 6"),
        ("", ""),
    ],
)
def test_a_path_is_written_in_steps(path: str, short: str) -> None:
    assert compact(path) == short


def test_errors_a_second_are_of_the_same_requests_as_their_share(
    record_run: RecordRun, make_requests: MakeRequests
) -> None:
    counters = {"events": {}, "virtual_s": 50.0}  # the last one is meant at that instant
    folder = record_run(
        requests=searches(make_requests(SEARCHES)), status="interrupted", counters=counters
    )
    metrics = summarise(folder)["metrics"]

    assert metrics["errors.search.share"] == 19 / 39
    assert metrics["errors.search.rate"] == 19 / 40


def test_a_request_belongs_to_one_session_however_late_a_log_out_is_answered(
    record_run: RecordRun, make_requests: MakeRequests
) -> None:
    steps = (
        (1, "login", 11, 12), (1, "logout", 20, 40),
        (1, "login", 25, 45), (1, "quote", 30, 50), (1, "logout", 52, 53),
    )  # fmt: skip
    folder = record_run(requests=sessions_of(make_requests(len(steps)), *steps))
    metrics = summarise(folder)["metrics"]

    assert (metrics["sessions.requests.min"], metrics["sessions.requests.max"]) == (2, 3)


def test_the_last_stretch_of_time_is_as_long_as_the_run_goes_on() -> None:
    bins = Bins.over(70.0, most=6)
    counts = np.bincount(bins.places(np.arange(70) * SECOND), minlength=bins.number)
    assert (bins.width_s, bins.per_second(counts)) == (12, [1.0] * 6)
