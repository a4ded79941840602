"""One verdict over several replications, from what each of them has found."""

from __future__ import annotations

from typing import Any

import pytest

from reports.replication_document import mean_and_half
from reports.replications import intervals_of, judge_group, judge_over

Facts = dict[str, Any]

LIMIT = {"metric": "latency.quote.p99", "relation": "<", "bound": 0.100, "text": "< 100ms"}
FLOOR = {"metric": "availability", "relation": ">=", "bound": 0.999, "text": ">= 99.9%"}


def replication(
    p99: float | None = 0.050,
    *,
    limit: Facts = LIMIT,
    judged_by: str = "",
    seen: int = 1,
    broken: int = 0,
    word: str = "passed",
) -> Facts:
    """The `metrics.json` of a run in which the metric of its one limit was so much."""
    name = judged_by or limit["metric"]
    return {
        "metrics": {} if p99 is None else {name: p99, "total.requests": 10},
        "undersampled": [],
        "verdict": {
            "word": word, "audited": True, "handlers": [],
            "limits": [{**limit, "judged_by": name}],
            "must_see": [{"event": "order_executed", "count": seen}],
            "audit": [{"id": "A01", "title": "cash", "checked": 5, "broken": broken,
                       "findings": ["a cent"] * broken}],
        },
    }  # fmt: skip


def judged(*values: float | None, limit: Facts = LIMIT, judged_by: str = "") -> Facts:
    return judge_over(
        limit, [replication(value, limit=limit, judged_by=judged_by) for value in values]
    )


def verdict(*replications: Facts, status: str = "complete") -> Facts:
    rows = [{"word": facts["verdict"]["word"]} for facts in replications]
    return judge_group(status, rows, replications)


@pytest.mark.parametrize(
    ("values", "outcome"),
    [
        ((0.050, 0.051, 0.052), "met"),
        ((0.150, 0.151, 0.152), "missed"),
        ((0.080, 0.099, 0.120), "inconclusive"),
        ((0.100, 0.100, 0.100), "missed"),  # it is not below 100 ms
        ((0.050, None, 0.052), "not measured"),
        ((0.099,), "met"),
        ((0.101,), "missed"),
    ],
)
def test_a_limit_is_judged_by_the_whole_interval(
    values: tuple[float | None, ...], outcome: str
) -> None:
    row = judged(*values)

    assert (row["outcome"], row["passed"]) == (outcome, outcome == "met")


@pytest.mark.parametrize(
    ("values", "outcome"),
    [((1.0, 1.0), "met"), ((0.998, 0.998), "missed"), ((0.9985, 0.9995), "inconclusive")],
)
def test_a_lower_bound_is_judged_the_other_way_round(
    values: tuple[float, ...], outcome: str
) -> None:
    assert judged(*values, limit=FLOOR)["outcome"] == outcome


@pytest.mark.parametrize(
    ("name", "values", "ends"),
    [
        ("availability", (0.99, 1.0, 1.0), (0.9823, 1.0)),
        ("errors.share", (0.01, 0.0, 0.0), (0.0, 0.0177)),
        ("latency.search.p99", (0.5, 0.001, 0.001), (0.0, 0.883)),
        ("profit.realised.total", (10.0, 0.0, 0.0), (-11.01, 17.68)),
    ],
)
def test_an_interval_ends_where_its_metric_does(
    name: str, values: tuple[float, ...], ends: tuple[float, float]
) -> None:
    facts = [{"metrics": {name: value}} for value in values]

    interval = intervals_of(facts)[name]
    row = judge_over(
        {"metric": name, "relation": "<", "bound": 5.0, "text": "< 5"},
        [{**one, "undersampled": [], "verdict": {"limits": []}} for one in facts],
    )

    assert interval.low is not None
    assert interval.high is not None
    assert ends[0] == pytest.approx(interval.low, rel=1e-2)
    assert ends[1] == pytest.approx(interval.high, rel=1e-2)
    assert interval.low <= interval.mean <= interval.high
    assert (row["low"], row["high"]) == (interval.low, interval.high)


def test_half_of_an_interval_that_was_cut_is_its_longer_side() -> None:
    cut = {"mean": 0.99, "low": 0.97, "high": 1.0}

    assert mean_and_half("availability", cut) == "99 ± 2.00 %"


def test_what_is_inconclusive_says_how_many_replications_would_decide_it() -> None:
    row = judged(0.080, 0.085, 0.099, 0.100, 0.105)

    assert row["needed"] > 5
    assert row["note"] == f"{row['needed']} replications would decide it"


def test_what_cannot_be_decided_says_so() -> None:
    row = judged(0.090, 0.110)

    assert (row["needed"], row["note"]) == (None, "more than 1,000 replications would decide it")


@pytest.mark.parametrize(("value", "outcome"), [(0.090, "met"), (0.110, "inconclusive")])
def test_a_percentile_of_too_few_values_is_judged_by_the_maximum_and_never_missed_by_it(
    value: float, outcome: str
) -> None:
    row = judged(value, value, value, judged_by="latency.quote.max")

    assert row["outcome"] == outcome
    assert row["note"].startswith("too few values for p99: judged by max")
    assert ("a longer duration would decide it" in row["note"]) is (outcome == "inconclusive")


@pytest.mark.parametrize(
    ("replications", "word"),
    [
        ([replication(), replication()], "passed"),
        ([replication(), replication(seen=0)], "not proven"),
        ([replication(0.08), replication(0.12)], "inconclusive"),
        ([replication(0.2), replication(0.2, seen=0)], "limit missed"),
        ([replication(0.2), replication(broken=1, word="something lost")], "something lost"),
        ([replication(0.2), replication(word="handler failed")], "handler failed"),
    ],
)
def test_the_gravest_thing_in_any_replication_is_the_verdict(
    replications: list[Facts], word: str
) -> None:
    found = verdict(*replications)

    assert (found["word"], found["passed"]) == (word, word == "passed")


@pytest.mark.parametrize("status", ["interrupted", "failed"])
def test_a_group_that_did_not_come_to_its_end_did_not_pass(status: str) -> None:
    assert verdict(replication(), replication(), status=status)["word"] == status


def test_nothing_at_all_is_not_proven() -> None:
    assert verdict()["word"] == "not proven"


def test_events_and_checks_are_summed_and_findings_name_their_replication() -> None:
    found = verdict(replication(seen=2), replication(seen=0, broken=1))

    assert found["must_see"] == [{"event": "order_executed", "count": 2, "seen_in": 1, "of": 2}]
    assert found["audit"] == [
        {"id": "A01", "title": "cash", "checked": 10, "broken": 1, "findings": ["run 2: a cent"]}
    ]


def test_a_metric_that_one_replication_lacks_has_no_mean() -> None:
    assert set(intervals_of([replication(), replication(None)])) == set()
    assert set(intervals_of([replication(), replication()])) == {LIMIT["metric"], "total.requests"}
