"""A limit that ends a run: judged while it goes on, from histograms that never say too much."""

from __future__ import annotations

import json
from html import unescape
from math import inf
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from simpy import Environment

from scenarios.cli import openoutcry
from scenarios.models.limits import idle_abort, known_metric, parse_mark, to_limits
from simulation.abort import Watchdog, _statistic, can_abort
from simulation.histogram import Histogram, lowest_at, places_of
from simulation.metric_names import METRICS, metrics_named, unit_of

VALUES = st.lists(st.integers(0, 2**40), min_size=1, max_size=200)


@given(values=VALUES)
def test_a_bin_begins_at_most_a_thousandth_below_its_values(values: list[int]) -> None:
    for value, place in zip(values, places_of(np.array(values)).tolist(), strict=True):
        assert lowest_at(place) <= value < max(lowest_at(place) * 1.001, lowest_at(place) + 1)
        assert lowest_at(place + 1) > value


@given(values=VALUES, share=st.sampled_from([0.5, 0.75, 0.99, 1.0]))
def test_a_percentile_is_never_said_to_be_more_than_it_is(values: list[int], share: float) -> None:
    histogram = Histogram()
    for part in np.array_split(np.array(values), 3):
        histogram.add(part)
    rank = max(1, int(share * len(values)))
    exact = sorted(values)[rank - 1]

    assert histogram.at_least(rank) <= exact <= histogram.at_least(rank) * 1.001 + 1
    assert (histogram.count, histogram.total) == (len(values), sum(values))
    assert histogram.most == max(values)


def aborted_run(tmp_path: Path, *limits: str) -> tuple[int, str, dict[str, Any]]:
    """Run the smallest scenario with some limits; return status, output and metrics."""
    options = [word for limit in limits for word in ("--set", f"limits.{limit}")]
    words = ["run", "quiet-minute", "--keep-journal", "--out", str(tmp_path), *options]
    result = CliRunner().invoke(openoutcry, words)
    (folder,) = tmp_path.iterdir()
    metrics = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
    return result.exit_code, result.output, metrics


def test_a_limit_that_aborts_keeps_the_partial_run_and_says_why_it_ended(tmp_path: Path) -> None:
    status, said, facts = aborted_run(tmp_path, "latency.quote.p50=< 1ms, or abort")

    page = unescape(next(tmp_path.glob("*/report.html")).read_text(encoding="utf-8"))
    assert status == 3
    assert "aborted: latency.quote.p50 was at least 0.00" in said
    assert facts["run"]["status"] == "aborted"
    assert facts["run"]["virtual_s"] < 60
    assert facts["verdict"]["word"] == "limit missed"
    assert facts["metrics"]["latency.quote.p50"] >= 0.001
    assert facts["run"]["error"] in page
    audited = CliRunner().invoke(openoutcry, ["audit", "last", "--out", str(tmp_path)])
    assert (audited.exit_code, "nothing lost" in audited.output) == (0, True)


def test_a_limit_that_is_met_aborts_nothing_and_changes_nothing(tmp_path: Path) -> None:
    status, _, facts = aborted_run(tmp_path / "a", "latency.quote.p50=< 1s, or abort")
    _, _, plain = aborted_run(tmp_path / "b", "latency.quote.p50=< 1s")

    assert status == 0
    assert facts["run"]["status"] == "complete"
    assert facts["run"]["digest"] == plain["run"]["digest"]


@pytest.mark.parametrize(
    ("metric", "mark", "finds_warm_up"),
    [
        ("drain", "< 1s or abort", False),
        ("latency.price_to_book.p99", "< 1s or abort", False),
        ("latency.quote.p99", "> 1s or abort", False),
        ("latency.quote.min", "< 1s or abort", False),
        ("latency.quote.p99", "< 1s or abort", True),
    ],
)
def test_what_cannot_be_known_during_a_run_cannot_abort_it(
    metric: str, mark: str, finds_warm_up: bool
) -> None:
    assert idle_abort(metric, parse_mark(mark), finds_warm_up=finds_warm_up)


@pytest.mark.parametrize("metric", ["latency.all.max", "latency.*.p75", "refused.share"])
def test_what_is_known_can_abort(metric: str) -> None:
    assert any(map(can_abort, metrics_named(metric)))
    assert idle_abort(metric, parse_mark("< 1s or abort"), finds_warm_up=False) is None


def test_the_text_of_a_limit_is_what_was_measured_against(tmp_path: Path) -> None:
    (limit,) = to_limits({"refused.share": parse_mark("< 5%, or abort")})
    assert (limit.text, limit.bound, limit.aborts) == ("< 5%", 0.05, True)


@pytest.mark.parametrize("name", ["p05", "p50", "p75", "p995", "p99999", "max"])
def test_a_limit_may_name_any_percentile(name: str) -> None:
    assert known_metric(f"latency.search.{name}") == f"latency.search.{name}"
    assert unit_of(f"latency.search.{name}") == "seconds"


@pytest.mark.parametrize("name", ["p5", "p00", "p100", "p500", "p999999", "p7x", "p99.5"])
def test_nonsense_for_a_percentile_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="no such"):
        known_metric(f"latency.search.{name}")


def test_a_star_stands_for_any_one_word() -> None:
    assert set(metrics_named("latency.*.p99")) >= {"latency.search.p99", "latency.all.p99"}
    assert "latency.cancel.p66" in metrics_named("latency.*.p66")
    assert set(metrics_named("availability.*")) == {
        name for name in METRICS if name.startswith("availability.")
    }
    with pytest.raises(ValueError, match="several units"):
        known_metric("errors.search.*")
    with pytest.raises(ValueError, match="no such metric"):
        known_metric("sleep.*")


@pytest.mark.parametrize(("name", "enough"), [("p05", 200), ("p50", 20), ("p95", 200)])
def test_a_percentile_counts_when_ten_values_are_on_either_side(name: str, enough: int) -> None:
    histogram = Histogram()
    histogram.add(np.arange(1, enough))
    assert _statistic(histogram, name) is None
    histogram.add(np.array([enough]))
    assert _statistic(histogram, name) is not None


@pytest.mark.parametrize(("end_s", "next_s"), [(5.0, inf), (5.1, 5.0)])
def test_nobody_looks_once_everything_is_sent(end_s: float, next_s: float) -> None:
    env, nothing = Environment(), cast("Any", None)
    Watchdog([], 0.0, nothing, env).watch(nothing, end_s)
    assert env.peek() == next_s
