"""The metrics of a recorded run agree with what is computed from its rows in another way."""

from __future__ import annotations

import json
import math
import statistics
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from reports.metrics import summarise
from reports.parts import OF_A_HOP
from simulation.metric_names import METRICS
from simulation.plan import Plan
from simulation.records import OPERATIONS, UnreadableRun
from simulation.run_folder import RunFolder

RecordRun = Callable[..., Path]
MakeRequests = Callable[..., dict[str, Any]]
WARM_UP_US, END_US = 10_000_000, 60_000_000


def rows_of(columns: dict[str, Any], operation: str) -> list[dict[str, int]]:
    """Served requests of one operation after the warm-up, as plain rows."""
    code = OPERATIONS.index(operation)
    wanted = zip(
        columns["operation"].codes, columns["reason"].codes, columns["intended_us"],
        columns["answered_us"], *(columns[f"{part}_us"] for part in OF_A_HOP), strict=True,
    )  # fmt: skip
    return [
        {"latency": int(answered - intended), **dict(zip(OF_A_HOP, map(int, parts), strict=True))}
        for own, refused, intended, answered, *parts in wanted
        if own == code and not refused and intended >= WARM_UP_US and answered >= 0
    ]


@pytest.mark.parametrize("operation", ["search", "place_market"])
def test_latencies_are_exact_and_leave_out_the_warm_up_and_what_was_refused(
    operation: str, record_run: RecordRun, make_requests: MakeRequests
) -> None:
    columns = make_requests(20_000)
    metrics = summarise(record_run(requests=columns))["metrics"]
    latencies = sorted(row["latency"] / 1e6 for row in rows_of(columns, operation))
    name = f"latency.{operation}"
    assert metrics[f"{name}.count"] == len(latencies)
    assert metrics[f"{name}.rate"] == len(latencies) / 50
    assert metrics[f"{name}.mean"] == pytest.approx(statistics.fmean(latencies))
    assert metrics[f"{name}.sd"] == pytest.approx(statistics.stdev(latencies))
    assert metrics[f"{name}.p99"] == latencies[math.ceil(len(latencies) * 0.99) - 1]
    assert metrics[f"{name}.max"] == latencies[-1]


def test_the_parts_of_the_median_band_and_of_the_slowest_are_their_means(
    record_run: RecordRun, make_requests: MakeRequests
) -> None:
    columns = make_requests(20_000)
    metrics = summarise(record_run(requests=columns))["metrics"]
    rows = sorted(rows_of(columns, "search"), key=lambda row: row["latency"])
    low, high, slow = (rows[math.ceil(len(rows) * q) - 1]["latency"] for q in (0.45, 0.55, 0.99))
    median = [row for row in rows if low <= row["latency"] <= high]
    slowest = [row for row in rows if row["latency"] >= slow]
    for part in OF_A_HOP:
        for band, chosen in (("median", median), ("slowest", slowest)):
            mean = statistics.fmean(row[part] / 1e6 for row in chosen)
            assert metrics[f"parts.search.{band}.{part}"] == pytest.approx(mean)
    assert metrics["parts.search.median.sending"] == 0


def test_answers_without_parts_of_their_own_are_left_out_of_them_and_counted(
    record_run: RecordRun, make_requests: MakeRequests
) -> None:
    columns = make_requests(20_000)
    before = summarise(record_run(requests=columns))["metrics"]
    cancels = columns["operation"].codes == OPERATIONS.index("cancel")
    served = cancels & (columns["reason"].codes == 0) & (columns["intended_us"] >= WARM_UP_US)
    untraced = np.flatnonzero(served)[::2]
    for part in OF_A_HOP:
        columns[f"{part}_us"][untraced] = -1
    after = summarise(record_run(requests=columns))["metrics"]
    assert (before["total.untraced"], after["total.untraced"]) == (0, len(untraced))
    assert after["parts.search.median.network"] == before["parts.search.median.network"]
    left, whole = (found["parts.cancel.median.network"] for found in (after, before))
    assert left == pytest.approx(whole, rel=0.2)
    assert after["latency.cancel.max"] == before["latency.cancel.max"]


def test_an_operation_without_any_parts_has_none(
    record_run: RecordRun, make_requests: MakeRequests
) -> None:
    columns = make_requests(2_000)
    for part in OF_A_HOP:
        columns[f"{part}_us"][:] = -1
    metrics = summarise(record_run(requests=columns))["metrics"]
    assert not [name for name in metrics if name.startswith("parts.")]


def test_rates_divide_what_happened_in_the_measured_time_by_its_seconds(
    record_run: RecordRun, make_requests: MakeRequests
) -> None:
    columns = make_requests(20_000)
    metrics = summarise(record_run(requests=columns))["metrics"]
    intended, answered = columns["intended_us"].tolist(), columns["answered_us"].tolist()
    refused = columns["reason"].codes.tolist()
    within = [WARM_UP_US <= time < END_US for time in answered]
    offered = sum(WARM_UP_US <= time < END_US for time in intended)
    assert metrics["rate.offered"] == metrics["rate.sent"] == offered / 50
    refusals = sum(w and r for w, r in zip(within, refused, strict=True))
    assert metrics["rate.refused"] == refusals / 50
    assert metrics["rate.completed"] == pytest.approx(sum(within) / 50 - metrics["rate.refused"])


def test_shares_count_requests_after_the_warm_up(record_run: RecordRun) -> None:
    metrics = summarise(record_run())["metrics"]
    assert metrics["refused.share"] == pytest.approx(0.1, abs=0.01)
    assert metrics["accepted.share"] == pytest.approx(0.9, abs=0.02)


def test_ticks_are_timed_from_their_source_to_the_book_and_to_the_valuation(
    record_run: RecordRun,
) -> None:
    metrics = summarise(record_run())["metrics"]
    assert metrics["latency.price_to_book.min"] >= 0.000_1
    assert metrics["latency.price_to_book.max"] < 0.002
    assert 0.002 < metrics["latency.price_to_valuation.p50"] < 0.009
    assert metrics["latency.profit_loss.p99"] == metrics["latency.price_to_valuation.p99"]


def test_totals_are_of_the_whole_run_and_money_stays_whole(record_run: RecordRun) -> None:
    metrics = summarise(record_run())["metrics"]
    assert metrics["total.requests"] == 20_000
    fates = ("executed", "cancelled", "expired", "rejected_later", "pending")
    assert [metrics[f"total.{fate}"] for fate in fates] == [2, 1, 1, 1, 2]
    assert metrics["total.accepted"] == sum(metrics[f"total.{fate}"] for fate in fates)
    assert metrics["business.volume_shares"] == 34
    assert metrics["business.volume_usd"] == 51_000_070
    assert (metrics["traded.AAPL.shares"], metrics["traded.IBM.shares"]) == (20, 14)
    assert (metrics["total.deposited"], metrics["total.withdrawn"]) == (900, 200)
    assert metrics["total.realised"] == 70
    assert isinstance(metrics["business.volume_usd"], int)
    assert metrics["rejected.busy"] == metrics["total.rejected"] > 0


def test_utilisation_is_busy_time_over_the_time_there_was(record_run: RecordRun) -> None:
    metrics = summarise(record_run())["metrics"]
    assert metrics["utilisation.max"] == 1.0
    assert metrics["utilisation.mean"] == pytest.approx((20 * 0.5 + 30) / 50)
    assert metrics["utilisation.StockExchange"] == pytest.approx(40 / 61)
    assert metrics["actors.StockExchange.worker_share"] == pytest.approx(40 / 122)


def test_littles_law_is_checked_against_an_independent_count(record_run: RecordRun) -> None:
    metrics = summarise(record_run())["metrics"]
    assert metrics["littles_law.Account.l"] == pytest.approx(22 / 61)
    assert abs(metrics["littles_law.requests.difference"]) < 0.2


def test_percentiles_of_too_few_values_are_kept_and_listed(record_run: RecordRun) -> None:
    facts = summarise(record_run())
    assert "latency.search.p999" in facts["metrics"]
    assert "latency.search.p999" in facts["undersampled"]
    assert "latency.search.p99" not in facts["undersampled"]


def test_dead_letters_are_summed_over_addresses(record_run: RecordRun) -> None:
    assert summarise(record_run())["run"]["dead_letters"] == 3


def test_an_order_that_was_accepted_and_came_to_nothing_was_not_rejected(
    record_run: RecordRun, make_requests: MakeRequests
) -> None:
    columns = make_requests(2_000)
    columns["accepted_us"] = columns["answered_us"]
    assert summarise(record_run(requests=columns))["metrics"]["total.rejected"] == 0


def test_what_is_returned_is_what_is_written(record_run: RecordRun) -> None:
    folder = record_run()
    assert summarise(folder) == json.loads((folder / "metrics.json").read_text())


def test_every_metric_that_a_limit_may_name_is_measured(record_run: RecordRun) -> None:
    # Of several days; of who is told of anything; of who looks at a screen.
    told = ("otif", "Alerts", "PriceFeed", "PortfolioView", "Watchlist", "ObserverActor")
    elsewhere = ("retention", *told)
    names = {name for name in METRICS if not any(word in name for word in elsewhere)}
    assert set(summarise(record_run())["metrics"]) >= names


def test_load_over_time_adds_up_to_the_requests_in_at_most_500_bins(
    record_run: RecordRun, make_requests: MakeRequests
) -> None:
    columns = make_requests(5_000, seconds=1_234.0)
    folder = record_run(requests=columns)
    summarise(folder)
    load = json.loads((folder / "series.json").read_text())["load"]
    end_s = int(columns["answered_us"].max()) // 1_000_000 + 1
    lengths = np.diff([*load["from_s"], end_s])
    assert len(load["from_s"]) <= 500
    for name, count in (("offered", 5_000), ("refused", columns["reason"].codes.sum())):
        assert float(np.dot(load[name], lengths)) == pytest.approx(count)


def test_an_unanswered_request_is_counted_and_has_no_latency(
    record_run: RecordRun, make_requests: MakeRequests
) -> None:
    columns = make_requests(2_000)
    columns["answered_us"][-5:] = -1
    metrics = summarise(record_run(requests=columns))["metrics"]
    assert metrics["total.unanswered"] == 5
    assert metrics["latency.all.min"] >= 0


def test_an_interrupted_run_divides_by_the_time_it_got_to(
    record_run: RecordRun, plan: Plan
) -> None:
    facts = summarise(
        record_run(status="interrupted", plan=replace(plan, duration_s=5_000.0), counters={})
    )
    assert facts["run"]["measured_s"] == 50.0
    assert facts["verdict"]["word"] == "interrupted"


def test_what_an_interrupted_run_never_sent_is_left_out(record_run: RecordRun) -> None:
    counters = {"virtual_s": 30.0, "events": {}}
    metrics = summarise(record_run(status="interrupted", counters=counters))["metrics"]
    complete = summarise(record_run())["metrics"]
    assert metrics["total.requests"] == pytest.approx(complete["total.requests"] / 2, rel=0.05)
    assert metrics["accepted.share"] == pytest.approx(0.9, abs=0.02)


def test_a_run_that_recorded_nothing_is_summarised_as_not_measured(tmp_path: Path) -> None:
    with RunFolder.create(tmp_path, "empty", "", "", 1, "") as run:
        run.write_json("plan", {"limits": [{"metric": "latency.search.p99", "relation": "<",
                                            "bound": 1.0, "text": "< 1s"}]})  # fmt: skip
    facts = summarise(run.path)
    assert facts["verdict"]["limits"][0]["outcome"] == "not measured"
    assert facts["verdict"]["word"] == "limit missed"


def test_a_folder_that_is_no_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableRun, match=r"not a recorded run: it has no run\.json"):
        summarise(tmp_path)


def test_a_damaged_part_file_is_named(record_run: RecordRun) -> None:
    folder = record_run()
    part = folder / "requests" / "part-0000.parquet"
    part.write_bytes(part.read_bytes()[:-100])
    with pytest.raises(UnreadableRun, match=r"part-0000\.parquet: column intended_us"):
        summarise(folder)


def test_staleness_is_described_from_its_counts(record_run: RecordRun) -> None:
    metrics = summarise(record_run())["metrics"]

    assert metrics["staleness.portfolio.count"] == 1_000
    assert metrics["staleness.portfolio.p50"] == metrics["staleness.portfolio.p95"] == 0.0002
    assert metrics["staleness.portfolio.p99"] == metrics["staleness.portfolio.max"] == 0.25
    assert metrics["staleness.watchlist.mean"] == pytest.approx(0.0003)


def test_orders_of_every_kind_are_orders(
    record_run: RecordRun, make_requests: MakeRequests
) -> None:
    columns = make_requests(2_000)
    kinds = [OPERATIONS.index(name) for name in OPERATIONS if name.startswith("place")]
    columns["operation"].codes[:300] = np.repeat(kinds, 100)
    orders = int(np.isin(columns["operation"].codes, kinds).sum())

    metrics = summarise(record_run(requests=columns))["metrics"]

    assert (len(kinds), metrics["total.orders"]) == (3, orders)
