"""What is drawn over time adds up with what is counted, and a stall is seen in full."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports import format as shown_as
from reports.brokerage import queues_law
from reports.findings import Findings
from reports.metrics import summarise
from reports.omission import naive_latencies
from reports.over_time import Answers, Bins, books_over_time, heat, latency_over_time, market_events
from reports.page import write
from simulation.plan import Plan
from simulation.run_folder import RunFolder

RecordRun = Callable[..., Path]
MakeRequests = Callable[..., dict[str, Any]]
SECOND = 1_000_000


def answers(count: int, seconds: int = 60, seed: int = 3) -> Answers:
    rng = np.random.default_rng(seed)
    return Answers(
        rng.integers(0, seconds * SECOND, count), rng.lognormal(9, 1, count).astype(np.int64)
    )


def test_a_percentile_of_a_stretch_of_time_is_one_of_its_own_values() -> None:
    found, bins = answers(20_000), Bins.over(60, most=10)

    series = latency_over_time(found, bins)

    for place, begin_s in enumerate(series["from_s"]):
        end_s = begin_s + series["bin_s"]
        own = np.sort(found.latency_us[(found.intended_us >= begin_s * SECOND)
                                       & (found.intended_us < end_s * SECOND)])  # fmt: skip
        assert series["p99"][place] == own[-(-len(own) * 99 // 100) - 1] / SECOND
        assert series["max"][place] == own[-1] / SECOND


def test_a_percentile_of_too_few_values_leaves_a_gap() -> None:
    series = latency_over_time(answers(900, seconds=10), Bins.over(10, most=1))
    assert series["p99"] == [None]
    assert series["p90"][0] is not None
    empty = Answers(np.empty(0, np.int64), np.empty(0, np.int64))
    assert latency_over_time(empty, Bins.over(10, most=1))["max"] == [None]


@given(st.lists(st.tuples(st.integers(0, 59), st.integers(0, 10**8)), min_size=1, max_size=200))
def test_every_answer_is_in_one_cell_of_the_heat_map(values: list[tuple[int, int]]) -> None:
    at_s, latency_us = (np.array(column, np.int64) for column in zip(*values, strict=True))
    found = heat(Answers(at_s * SECOND, latency_us), Bins.over(60))

    counts = np.array(found["counts"])
    assert counts.sum() == len(values)
    assert counts.sum(axis=1).tolist() == np.bincount(at_s, minlength=60).tolist()
    assert len(found["edges_s"]) == counts.shape[1] + 1
    assert found["edges_s"][0] * SECOND <= max(1, latency_us.min()) * 1.000_01
    assert found["edges_s"][-1] * SECOND > latency_us.max() * 0.999_99


def test_orders_wait_from_their_placing_until_their_end(tmp_path: Path) -> None:
    with RunFolder.create(tmp_path, "books", "", "", 1, "") as run:
        for side, kind, placed, closed in (
            ("BUY", "LIMIT", 1.5, 4.5), ("BUY", "LIMIT", 2.5, -1e-6), ("SELL", "LIMIT", 3.5, 3.6),
            ("SELL", "MARKET", 1.5, 5.0), ("SELL", "STOP_MARKET", 1.5, 5.0),
        ):  # fmt: skip
            run.table("orders").append(
                "O", 1, "account/U1-1", "IBM", side, kind, 1, 1, round(placed * SECOND), -1,
                round(closed * SECOND), "EXECUTED", 1, 1,
            )  # fmt: skip
    findings = Findings()

    series = books_over_time(run.path, 6.0, Bins.over(6), findings)

    assert series["buy"] == [0, 0, 1, 2, 2, 1]
    assert series["sell"] == [0] * 6, "it came and went within a second"
    assert findings.metrics["books.buy.max"] == 2


def test_the_last_bin_is_no_longer_than_the_run() -> None:
    assert Bins.over(241, most=240).lengths_s().tolist() == [2.0] * 120 + [1.0]
    assert Bins.over(10.5, most=2).lengths_s().tolist() == [6.0, 4.5]
    assert Bins.over(12, most=2).lengths_s().tolist() == [6.0, 6.0]


def test_what_was_counted_waiting_agrees_with_what_was_waited(tmp_path: Path) -> None:
    with RunFolder.create(tmp_path, "queues", "", "", 1, "") as run:
        for second in range(100):
            run.table("queues").append(second * SECOND, "Account", 2)
            run.table("queues").append(second * SECOND, "Stock", 0)
        run.table("actors").append("Account", "n", 5, 1_000, 0, 200 * SECOND, 9, 0, 0, 0)
        run.table("actors").append("Stock", "n", 5, 1_000, 0, 1_000, 9, 0, 0, 0)

    found = queues_law(run.path, 100.0)

    assert found["littles_law.Account.waiting"] == found["littles_law.Account.expected"] == 2.0
    assert found["littles_law.Account.difference"] == 0.0
    assert "littles_law.Stock.difference" not in found, "too few were counted"


def test_the_market_opens_and_closes_each_day() -> None:
    plan = {"starts_at_s": 34_000, "market": {"opens_s": 34_200, "closes_s": 57_600}}
    events = market_events(plan, 100_000.0)
    assert [(event["name"], event["at_s"]) for event in events] == [
        ("opening", 200.0), ("close", 23_600.0), ("opening", 86_600.0),
    ]  # fmt: skip


def test_a_tester_with_one_connection_sees_a_stall_once() -> None:
    sent = np.arange(0, 2_000) * 10_000  # a hundred a second
    done = np.where(sent < 5 * SECOND, sent + 1_000, np.maximum(sent, 15 * SECOND) + 1_000)
    least = np.full(len(sent), 1_000)

    noted = naive_latencies(sent, done, least, connections=1)

    assert int((done - sent >= SECOND).sum()) == 901
    assert int((noted > SECOND).sum()) == 1
    assert noted.max() == done[500] - sent[500]


@given(
    st.lists(st.tuples(st.integers(0, 100), st.integers(1, 100)), min_size=1, max_size=60),
    st.integers(1, 5),
)
def test_a_tester_that_waits_never_notes_more_than_was_felt(
    values: list[tuple[int, int]], connections: int
) -> None:
    gaps, took = (np.array(column, np.int64) for column in zip(*values, strict=True))
    sent = np.cumsum(gaps)
    least = np.minimum(took, 10)

    noted = naive_latencies(sent, sent + took, least, connections)

    assert (noted <= took).all()
    assert (noted >= least).all()
    assert (naive_latencies(sent, sent + took, least, len(sent)) == took).all()


def stalled(make_requests: MakeRequests) -> dict[str, Any]:
    """Requests of which those meant within ten seconds are answered only after these."""
    columns = make_requests(20_000)
    intended = columns["intended_us"]
    late = (intended >= 20 * SECOND) & (intended < 30 * SECOND)
    waited = np.where(late, 30 * SECOND - intended, 0)
    columns["answered_us"] = columns["answered_us"] + waited
    columns["mailbox_us"] = columns["mailbox_us"] + waited
    return columns


def test_a_stall_is_shown_with_the_factor_that_a_naive_tester_would_miss(
    record_run: RecordRun, make_requests: MakeRequests
) -> None:
    folder = record_run(requests=stalled(make_requests))
    metrics = summarise(folder)["metrics"]

    assert metrics["latency.all.p99"] > 9
    assert metrics["naive.p99"] < 1
    assert metrics["naive.p99_factor"] == metrics["latency.all.p99"] / metrics["naive.p99"]
    assert metrics["naive.p99_factor"] > 10
    text = write(folder).read_text(encoding="utf-8")
    assert "What a tester that waits would have missed" in text
    assert f">{shown_as.factor(metrics['naive.p99_factor'])}</b>" in text


def test_without_a_stall_both_ways_of_counting_agree(record_run: RecordRun) -> None:
    metrics = summarise(record_run())["metrics"]
    assert metrics["naive.p99_factor"] == pytest.approx(1.0, abs=0.02)


def test_the_slowest_requests_are_told_with_their_parts(
    record_run: RecordRun, make_requests: MakeRequests
) -> None:
    facts = summarise(record_run(requests=stalled(make_requests)))
    slowest, metrics = facts["slowest"], facts["metrics"]

    assert len(slowest) == 20
    assert slowest[0]["latency_s"] == metrics["latency.all.max"]
    assert [row["latency_s"] for row in slowest] == sorted(
        (row["latency_s"] for row in slowest), reverse=True
    )
    parts = ("sending", "network", "mailbox", "worker", "service", "commit")
    for row in slowest:
        assert sum(row[part] for part in parts) == pytest.approx(row["latency_s"], abs=1e-5)


def test_points_of_the_figures_stay_few(
    record_run: RecordRun, make_requests: MakeRequests, plan: Plan
) -> None:
    plan = replace(plan, duration_s=86_400.0)
    columns = make_requests(5_000, seconds=86_000.0)
    folder = record_run(plan=plan, requests=columns, counters={"events": {}, "virtual_s": 86_400.0})
    summarise(folder)
    series = json.loads((folder / "series.json").read_text())
    for name in ("load", "latency", "heat", "queues", "books", "volume"):
        assert len(series[name]["from_s"]) <= 500, name
