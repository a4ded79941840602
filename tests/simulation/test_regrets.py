"""A run in which customers undo commands and place stop orders: audited, counted and recorded."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from reports.metrics import summarise
from scenarios.loader import resolve
from simulation.audit import replay
from simulation.driver import run
from simulation.plan import Plan
from simulation.run_folder import RunFolder

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """Give a minute of 100 users who often regret what they did, recorded with its journal."""
    plan = regretful(resolve("quiet-minute").plan)
    folder = RunFolder.create(tmp_path_factory.mktemp("runs"), plan.name, "", "", plan.seed, "test")
    outcome = run(plan, folder, keep_journal=True)
    folder.finish("complete")
    assert (outcome.audit_passed, outcome.failures) == (True, 0)
    return folder


def regretful(plan: Plan) -> Plan:
    operations = (("deposit", 0.4), ("undo", 0.6))
    profile = replace(plan.users.profile, stop_share=0.8, operations=operations)
    return replace(plan, users=replace(plan.users, profile=profile), must_see=())


def test_what_was_undone_and_what_was_stopped_is_counted(folder: RunFolder) -> None:
    counters = json.loads((folder.path / "counters.json").read_text("utf-8"))
    events = counters["events"]

    assert events["deposit_undone"] > 10
    assert events["order_undone"] > 10
    assert events["stop_order_waited"] > events["stop_order_triggered"] > 0


def test_undos_and_stops_are_requests_and_orders_like_others(folder: RunFolder) -> None:
    orders = pq.read_table(folder.path / "orders").to_pandas()
    metrics = summarise(folder.path)["metrics"]
    stops = orders[orders["price_type"] == "STOP_MARKET"]

    assert set(stops["order_type"]) == {"SELL"}
    assert {"EXECUTED", "CANCELLED"} <= set(stops["status"])
    assert metrics["latency.place_stop.count"] >= len(stops) > 10
    assert metrics["latency.undo.count"] > 20
    assert metrics["total.orders"] == len(orders) + metrics["total.rejected"]


def test_its_journal_can_be_judged_again(folder: RunFolder) -> None:
    assert replay(folder.path).passed


def test_a_stop_that_never_executed_is_shown_without_a_price_within_80_columns(
    folder: RunFolder,
) -> None:
    pytest.importorskip("duckdb", reason="searching recorded runs needs the extra sql")
    command = [sys.executable, "-m", "scenarios.openoutcry", "search", str(folder.path)]
    found = subprocess.run(
        [*command, "--limit", "10000"], capture_output=True, text=True, check=True,
        cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "80"},
    ).stdout.splitlines()  # fmt: skip

    stops = [line for line in found if " SELL STOP " in line]
    assert max(map(len, found)) <= 80
    assert len(stops) > 10
    assert any("–" in line for line in stops if line.endswith("cancelled"))
    assert not any("$0.0001" in line for line in stops)
