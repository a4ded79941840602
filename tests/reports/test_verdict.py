"""A run passes only when it has shown everything that it was to show."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from reports.findings import Findings
from reports.metrics import summarise
from reports.verdict import judge, judge_limit
from simulation.plan import Limit, Plan

LIMIT = {"metric": "latency.search.p99", "relation": "<", "bound": 0.1, "text": "< 100ms"}
HELD = {"invariants": [{"id": "A01", "title": "cash", "checks": 9, "findings": 0}]}
BROKEN = {"invariants": [{"id": "A01", "title": "cash", "checks": 9, "findings": 1}]}
UNANSWERED = {"invariants": [{"id": "A16", "title": "at rest", "checks": 9, "findings": 1}]}
FAILURE = {
    "address": "book/IBM", "message": "SetPrice", "error": "KeyError: 'x'",
    "where": "/home/me/actors/order_book.py:7", "at_s": 1.5,
}  # fmt: skip
NO_VALUE: dict[str, float] = {}


def outcome(metrics: dict[str, float], undersampled: list[str], **change: Any) -> dict[str, Any]:
    return judge_limit(LIMIT | change, metrics, undersampled)


def test_a_limit_is_met_below_its_bound_with_the_margin_as_a_share_of_it() -> None:
    row = outcome({"latency.search.p99": 0.025}, [])
    assert (row["outcome"], row["passed"]) == ("met", True)
    assert row["margin"] == pytest.approx(0.75)


def test_a_limit_is_missed_at_its_bound() -> None:
    row = outcome({"latency.search.p99": 0.1}, [])
    assert (row["outcome"], row["passed"], row["margin"]) == ("missed", False, 0.0)


def test_a_lower_bound_is_met_above_it() -> None:
    metrics = {"accepted.share": 0.6}
    row = outcome(metrics, [], metric="accepted.share", relation=">=", bound=0.5)
    assert row["passed"]
    assert row["margin"] == pytest.approx(0.2)


def test_a_metric_without_any_data_is_a_missed_limit() -> None:
    row = outcome(NO_VALUE, [])
    assert (row["outcome"], row["passed"], row["measured"]) == ("not measured", False, None)


@pytest.mark.parametrize(("largest", "word"), [(0.09, "met"), (0.11, "inconclusive")])
def test_a_percentile_of_too_few_values_is_judged_by_the_maximum(largest: float, word: str) -> None:
    metrics = {"latency.search.p99": 0.01, "latency.search.max": largest}
    row = outcome(metrics, ["latency.search.p99"])
    assert (row["outcome"], row["measured"]) == (word, largest)
    assert row["passed"] is (word == "met")
    assert "judged by latency.search.max" in row["note"]


def verdict(
    *,
    status: str = "complete",
    measured: float = 0.05,
    seen: int = 1,
    audit: dict[str, Any] = HELD,
    orders: int = 0,
    accepted: float = 1.0,
    failures: tuple[dict[str, Any], ...] = (),
) -> dict[str, Any]:
    findings = Findings()
    findings.metrics = {"latency.search.p99": measured, "total.orders": orders}
    if orders:
        findings.metrics["accepted.share"] = accepted
    plan = {"limits": [LIMIT], "must_see": ["busy"], "accepted_share": 0.5}
    counters = {"events": {"busy": seen}, "failures": list(failures)}
    return judge(status=status, plan=plan, counters=counters, audit=audit, findings=findings)


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({}, "passed"),
        ({"measured": 0.2}, "limit missed"),
        ({"seen": 0}, "not proven"),
        ({"audit": {}}, "not proven"),
        ({"status": "interrupted"}, "interrupted"),
        ({"status": "failed"}, "failed"),
        ({"audit": BROKEN, "measured": 0.2, "status": "interrupted"}, "something lost"),
        ({"orders": 10, "accepted": 0.4}, "limit missed"),
        ({"audit": UNANSWERED}, "something lost"),
        ({"failures": (FAILURE,), "measured": 0.2}, "handler failed"),
        ({"failures": (FAILURE,), "audit": UNANSWERED}, "handler failed"),
        ({"failures": (FAILURE,), "audit": BROKEN}, "something lost"),
        ({"failures": (FAILURE,), "status": "interrupted"}, "interrupted"),
    ],
)
def test_the_verdict_names_the_gravest_thing(change: dict[str, Any], word: str) -> None:
    found = verdict(**change)
    assert found["word"] == word
    assert found["passed"] is (word == "passed")


def test_an_event_that_the_run_never_counted_was_not_seen() -> None:
    assert verdict(seen=0)["must_see"] == [{"event": "busy", "count": 0}]


def test_events_of_a_run_that_was_killed_are_not_known() -> None:
    found = judge(
        status="interrupted", plan={"must_see": ["busy"]}, counters={}, audit={},
        findings=Findings(),
    )  # fmt: skip
    assert found["must_see"] == [{"event": "busy", "count": None}]


def test_a_handler_that_raised_is_told_with_its_actor_message_and_place() -> None:
    told = verdict(failures=(FAILURE,))["handlers"]
    assert told == ["book/IBM, SetPrice: KeyError: 'x' (order_book.py:7)"]


def test_a_limit_on_several_metrics_judges_each_that_was_measured(
    record_run: Callable[..., Path], plan: Plan
) -> None:
    several = (
        Limit("latency.*.p75", "<", 5.0, "< 5s"),
        Limit("notifications.*.share", ">", 0.5, "> 50%"),
    )
    facts = summarise(record_run(plan=replace(plan, limits=several)))
    rows = {row["metric"]: row for row in facts["verdict"]["limits"]}

    assert rows["latency.search.p75"]["passed"]
    assert rows["latency.all.p75"]["measured"] == facts["metrics"]["latency.all.p75"]
    assert rows["notifications.*.share"]["outcome"] == "not measured"


def test_a_run_that_a_limit_ended_never_passes() -> None:
    found = Findings()
    found.metrics["latency.search.p99"] = 0.01
    plan = {"limits": [LIMIT], "must_see": []}
    words = [
        judge(status=status, plan=plan, counters={"events": {}}, audit=HELD, findings=found)["word"]
        for status in ("complete", "aborted")
    ]
    assert words == ["passed", "limit missed"]
