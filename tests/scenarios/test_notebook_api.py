"""The API of notebooks: runs, frames, figures and experiments, and one family of errors."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib as mpl
import pytest
from matplotlib.figure import Figure

import scenarios
from reports.columns import COLUMNS
from scenarios import (
    Comparison,
    InputError,
    Interrupted,
    Run,
    compare,
    load_run,
    replicate,
    simulate,
    sweep,
)
from scenarios.failures import write_world
from scenarios.gauge import Together
from scenarios.interrupt import Interruptible
from scenarios.loader import resolve
from simulation.explore.seeds import world_of
from simulation.explore.shapes import basis_of
from simulation.records import SCHEMAS

mpl.use("Agg")

SPAN = {"shape": "constant-arrival-rate", "start": "30s", "duration": "20s", "rate": "10/s"}
SMALL: dict[str, Any] = {
    "users": 20, "duration": "30s",
    "load": [{"unit": "orders", **SPAN}, {"unit": "other", **SPAN}],
}  # fmt: skip
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("runs")


@pytest.fixture(scope="module")
def run(out: Path) -> Run:
    return simulate("quiet-minute", seed=7, out=out, **SMALL)


def test_a_run_says_how_it_went(run: Run) -> None:
    assert run.scenario == "quiet-minute"
    assert run.seed == 7
    assert run.digest is not None
    assert len(run.digest) == 64
    assert run.passed == (run.verdict == "passed")
    assert run.metrics["latency.place_market.p50"] > 0
    assert (run.audit["broken"] == 0).all()
    assert "latency.search.p99" in run.limits.index


def test_equal_calls_give_equal_digests(run: Run, tmp_path: Path) -> None:
    assert simulate("quiet-minute", seed=7, out=tmp_path, **SMALL).digest == run.digest


def test_the_command_of_a_run_repeats_it(run: Run) -> None:
    command = str(run.record["command"])

    assert "--set users.count=20" in command
    assert "--seed 7" in command


def test_a_table_is_merged_key_by_key(out: Path, tmp_path: Path) -> None:
    other = simulate("quiet-minute", out=tmp_path, **SMALL, cluster={"workers": 3, "nodes": 2})

    assert set(other.actors["node"]) == {"node-1", "node-2"}


def test_a_recorded_run_is_found_again(run: Run, out: Path) -> None:
    assert load_run(run.id, out=out).path == run.path
    assert load_run("last", out=out).path.parent == out
    assert load_run(run.path).id == run.id


@pytest.mark.parametrize("table", list(SCHEMAS))
def test_every_column_of_every_table_is_documented(run: Run, table: str) -> None:
    frame = run.table(table)

    assert list(frame.columns[: len(SCHEMAS[table])]) == SCHEMAS[table].names
    assert list(COLUMNS[table]) == SCHEMAS[table].names
    assert list(run.columns(table).index) == list(frame.columns)
    assert all(run.columns(table)["meaning"])


def test_a_time_that_did_not_happen_is_missing(run: Run) -> None:
    requests = run.requests

    assert requests["executed_us"].isna().any()
    assert (requests["executed_us"].dropna() >= 0).all()
    assert requests.attrs["units"]["latency_us"] == "µs"


def test_what_is_done_to_a_frame_leaves_the_run_alone(run: Run) -> None:
    frame = run.orders
    frame["price"] = 0

    assert (run.orders["price"] > 0).any()


def test_latencies_are_those_of_the_metrics(run: Run) -> None:
    latencies = run.latency(q=[0.5])

    for operation, row in latencies.iterrows():
        assert row["count"] == run.metrics[f"latency.{operation}.count"]
        assert row["max_s"] == run.metrics[f"latency.{operation}.max"]
        if row["count"] >= 20:
            assert row["p50_s"] == run.metrics[f"latency.{operation}.p50"]


def test_a_percentile_with_too_few_values_is_missing(run: Run) -> None:
    latencies = run.latency(by=None, q=[0.5, 0.9999])

    assert latencies["p50_s"].notna().all()
    assert latencies["p99.99_s"].isna().all()


@pytest.mark.parametrize("name", ["offered", "in_flight", "utilisation", "mailbox_depth"])
def test_a_timeline_has_a_row_for_each_step_of_the_day(run: Run, name: str) -> None:
    seconds, steps = run.timeline(name), run.timeline(name, freq="10s")

    assert str(seconds.index[0]) == "0 days 09:29:30"
    assert len(steps) == -(-len(seconds) // 10)


def test_the_worst_of_each_step_is_that_of_the_requests_meant_for_it(run: Run) -> None:
    latency = run.timeline("latency", freq="10s")

    requests = run.requests
    served = requests[requests["answered_us"].notna() & (requests["reason"] != "busy")]
    steps = served.groupby(served["intended_us"] // 10_000_000)["latency_us"]
    assert len(latency) == steps.ngroups
    assert list(latency["max_s"]) == list(steps.max() / 1e6)


def test_what_was_refused_for_load_is_not_completed(tmp_path: Path) -> None:
    crowded = simulate("sizing", out=tmp_path, overrides={"in_flight_limit": 2})

    seconds = crowded.timeline("completed")["completed"] + crowded.timeline("refused")["refused"]
    assert crowded.metrics["total.refused"] > 0
    assert seconds.sum() == crowded.metrics["total.requests"]


def test_orders_are_searched_as_on_the_command_line(run: Run) -> None:
    pytest.importorskip("duckdb")
    found = run.search(status="EXECUTED", limit=5, sort="value")

    assert len(found) == 5
    assert found["value"].is_monotonic_decreasing
    assert found.attrs["total"] == (run.orders["status"] == "EXECUTED").sum()
    assert set(run.search(by="symbol")["key"]) >= set(found["symbol"])


def test_one_order_is_told_and_drawn(run: Run) -> None:
    told = run.why(run.orders["order_id"].iloc[0])

    assert "OrderPlaced" in str(told)
    assert told.hops["service_s"].sum() > 0
    assert "<svg" in told._repr_html_()
    assert told.plot().get_xlabel().startswith("virtual time")


@pytest.mark.parametrize(
    "name",
    [
        "spectrum",
        "distribution",
        "load",
        "percentiles",
        "heatmap",
        "mailboxes",
        "books",
        "parts",
        "rejections",
        "traded",
        "mix",
        "profits",
    ],
)
def test_every_figure_draws_on_the_axes_it_is_given(run: Run, name: str) -> None:
    axes = Figure().add_subplot()

    assert getattr(run.plot, name)(ax=axes) is axes
    assert axes.has_data()


def test_a_run_is_shown_light_and_dark_with_nothing_from_outside(run: Run) -> None:
    shown = run._repr_html_()

    assert run.verdict in shown
    assert "prefers-color-scheme: dark" in shown
    assert "http" not in shown
    assert "<script" not in shown


def test_the_report_is_written_where_it_is_wanted(run: Run, tmp_path: Path) -> None:
    page = run.report(tmp_path / "page.html")

    assert page.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_two_runs_are_compared(run: Run, out: Path, tmp_path: Path) -> None:
    other = simulate("quiet-minute", seed=8, out=tmp_path, **SMALL)

    same, differing = compare(run, str(run.path)), compare(run, other, threshold=0.05)

    assert same.is_same
    assert not differing.is_same
    assert "latency.all.p50" in differing.differences.index
    assert isinstance(differing, Comparison)
    assert "<table" in differing._repr_html_()
    assert differing.plot(ax=Figure().add_subplot()).has_data()


def test_a_sweep_has_a_row_for_each_cell(out: Path) -> None:
    swept = sweep("quiet-minute", out=out, jobs=1, **SMALL, matrix={"cluster.workers": [1, 2]})

    assert list(swept.cells["cluster.workers"]) == [1, 2]
    assert swept.run("cell-001").scenario == "quiet-minute"
    assert repr(swept).startswith("<Sweep quiet-minute")
    again = scenarios.load_experiment(swept.path)
    assert (type(again), again.verdict) == (type(swept), swept.verdict)
    assert again.document == swept.document
    with pytest.raises(InputError, match="use load_experiment"):
        load_run(swept.path)


@pytest.mark.parametrize(
    ("ask", "complaint"),
    [
        (lambda run: load_run("nobody", out=run.path.parent), "no run 'nobody'"),
        (lambda run: run.why("U1-1-99"), "no order 'U1-1-99'; near it there are U0000"),
        (lambda run: run.table("request"), "no table 'request'; there are requests"),
        (lambda run: run.latency(by="side"), "no column 'side' in requests"),
        (lambda run: run.latency(q=[99]), "a quantile lies above 0 and below 1"),
        (lambda run: run.timeline("depth"), "no timeline 'depth'; there are offered"),
        (lambda run: run.timeline("sent", "1ms"), "a whole number of seconds, not '1ms'"),
        (lambda run: run.timeline("sent", "often"), "no step 'often'; write it like 1s"),
        (lambda run: run.search(symbl="A"), "search has no symbl; did you mean 'symbol'?"),
        (lambda run: simulate("quiet-minut"), "no such scenario; did you mean 'quiet-minute'?"),
        (lambda run: simulate("quiet-minute", usres=3), "--set usres: unknown key"),
        (lambda run: simulate("quiet-minute", users=[run]), "users: text, a number, true or"),
        (lambda run: simulate("quiet-minute", replay="no.csv"), "replay: no such file: no.csv"),
        (lambda run: simulate("quiet-minute", replications=3), "use `replicate`"),
        (lambda run: replicate("quiet-minute", jobs=0), "jobs: at least 1 is meant, not 0"),
        (lambda run: compare(run, "nobody", out=run.path.parent), "no run 'nobody'"),
        (lambda run: sweep("quiet-minute"), "it has no [matrix]"),
        (lambda run: sweep("sizing", metric="latency.p9"), "no such metric as 'latency.p9'"),
    ],
)
def test_what_cannot_be_meant_is_one_family_of_errors(
    run: Run, ask: Callable[[Run], object], complaint: str
) -> None:
    with pytest.raises(InputError) as caught:
        ask(run)

    assert complaint in str(caught.value)


def test_a_failure_that_was_written_down_is_not_recorded_as_runs(tmp_path: Path) -> None:
    world = world_of(basis_of(resolve("quiet-minute").plan), 1)
    file = write_world(tmp_path / "failure.toml", world, "Does it?", "")

    for ask in (simulate, replicate):
        with pytest.raises(InputError, match="is played as its file says"):
            ask(file, out=tmp_path / "runs")
    assert not (tmp_path / "runs").exists()


def test_who_interrupts_many_runs_is_told_where_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(bar: Together, folder: Path) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Together, "ended", interrupted)
    with pytest.raises(KeyboardInterrupt) as caught:
        replicate("quiet-minute", 2, jobs=1, out=tmp_path, users=5)

    (folder,) = tmp_path.iterdir()
    assert caught.value.__notes__ == [f"what is finished is kept in {folder}"]
    assert scenarios.load_experiment(folder).verdict == "interrupted"


def test_a_run_works_within_an_event_loop(tmp_path: Path) -> None:
    async def cell() -> Run:
        return simulate("quiet-minute", out=tmp_path, **SMALL)

    assert asyncio.run(cell()).digest


def test_nothing_is_printed(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    run = simulate("quiet-minute", out=tmp_path, **SMALL)
    run.why(run.orders["order_id"].iloc[0])
    run.plot.load(ax=Figure().add_subplot())

    assert capfd.readouterr() == ("", "")


def test_naming_what_is_exported_imports_nothing_slow() -> None:
    code = "import scenarios, sys; dir(scenarios); print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()

    assert not {"pandas", "matplotlib", "numpy", "simpy"} & set(loaded)


def test_everything_that_is_exported_is_there() -> None:
    assert all(getattr(scenarios, name) for name in scenarios.__all__)


def test_an_interrupt_keeps_the_partial_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(run: Interruptible, now_s: float, end_s: float) -> None:
        run.has_begun = True
        if now_s > 40.0:
            raise KeyboardInterrupt

    monkeypatch.setattr(Interruptible, "__call__", interrupted)
    monkeypatch.setattr("simulation.timeline._WALL_S_BETWEEN_NEWS", 0.0)
    with pytest.raises(Interrupted) as caught:
        simulate("quiet-minute", out=tmp_path, **SMALL)

    run = caught.value.run
    assert run.verdict == "interrupted"
    assert len(run.orders) > 0
    assert (run.audit["broken"] == 0).all()
    assert str(run.path) in str(caught.value)


def test_what_no_run_has_is_refused_and_never_drawn_or_listed_as_empty(run: Run) -> None:
    asked: list[tuple[Callable[[], object], str]] = [
        (lambda: run.slowest(0), "slowest: at least 1 is meant, not 0"),
        (lambda: run.slowest(-3), "slowest: at least 1 is meant, not -3"),
        (lambda: run.slowest(operation="quotes"), "did you mean 'quote'?"),
        (lambda: run.plot.spectrum(["nope"]), "no operation 'nope'; there are"),
        (lambda: run.plot.distribution("nope"), "no operation 'nope'; there are"),
        (lambda: run.plot.parts(["quote", "nope"]), "no operation 'nope'; there are"),
    ]
    for call, told in asked:
        with pytest.raises(InputError) as refused:
            call()
        assert told in str(refused.value)


def test_one_operation_and_one_quantile_need_no_list(run: Run) -> None:
    assert list(run.latency(q=0.5)) == ["count", "mean_s", "p50_s", "max_s"]
    assert run.plot.spectrum("quote").lines


def test_a_comparison_that_cannot_be_written_is_an_input_error(run: Run, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be written"):
        compare(run, run).report(tmp_path / "nowhere" / "page.html")
