"""Whole runs with faults: nothing is lost, and what went wrong is told."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from reports.metrics import summarise
from scenarios.loader import resolve
from simulation.driver import Outcome, run
from simulation.plan import FaultPlan
from simulation.run_folder import RunFolder

SMALL = ("users.count=40", 'load.1.rate="5/s"', 'cluster.commit="2ms"')

MIXES = {
    "network": (
        FaultPlan("drop", share=0.01),
        FaultPlan("duplicate", share=0.02),
        FaultPlan("delay", share=0.05),
        FaultPlan("reorder", share=0.02),
    ),
    "links": (
        FaultPlan("partition", at_s=35, for_s=3, where="account/*", to="book/*"),
        FaultPlan("partition_one_way", at_s=45, for_s=3, where="book/*", to="account/*"),
        FaultPlan("clogged_link", at_s=55, for_s=3, where="exchange"),
    ),
    "boundaries": (
        FaultPlan("crash_before_append", share=0.02),
        FaultPlan("crash_after_append", share=0.02),
        FaultPlan("crash_between_sends", share=0.02),
    ),
    "actors": (
        FaultPlan("crash", every_s=2.0),
        FaultPlan("crash", every_s=7.0, where="exchange"),
        FaultPlan("zombie", every_s=3.0, where="book/*"),
        FaultPlan("rolling_upgrade", at_s=40, for_s=20),
    ),
    "nodes": (
        FaultPlan("node_crash", at_s=40),
        FaultPlan("torn_record", at_s=50),
        FaultPlan("lost_tail", at_s=60),
        FaultPlan("full_disk", at_s=70, for_s=2),
        FaultPlan("slow_node", at_s=75, for_s=5),
        FaultPlan("paused_node", at_s=80, for_s=2),
    ),
    "surroundings": (
        FaultPlan("clock_skew", share=0.3, amount=2.0),
        FaultPlan("load_spike", at_s=40, for_s=5, amount=20.0),
        FaultPlan("price_gap", at_s=50, for_s=3),
        FaultPlan("early_close", at_s=80),
        FaultPlan("slow_reports", share=0.1),
        FaultPlan("failing_reports", share=0.1),
    ),
}


def record(
    out: Path, *faults: FaultPlan, seed: int = 3, **changes: Any
) -> tuple[RunFolder, Outcome]:
    plan = resolve("quiet-minute", SMALL, seed).plan
    users = dataclasses.replace(plan.users, retry_after_s=1.0)
    plan = dataclasses.replace(plan, users=users, faults=faults, **changes)
    folder = RunFolder.create(out, plan.name, "", "", plan.seed, "a test")
    outcome = run(plan, folder)
    folder.finish("complete")
    return folder, outcome


def loaded(folder: RunFolder, name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((folder.path / name).read_text("utf-8"))
    return content


def column(folder: RunFolder, table: str, name: str) -> Any:
    rows = pq.read_table(sorted((folder.path / table).glob("part-*.parquet")))
    return np.array(rows[name].to_pylist())


@pytest.mark.parametrize("mix", MIXES)
def test_nothing_is_lost_whatever_breaks(tmp_path: Path, mix: str) -> None:
    folder, outcome = record(tmp_path, *MIXES[mix])
    counters = loaded(folder, "counters.json")

    assert loaded(folder, "audit.json")["findings"] == []
    assert (outcome.audit_passed, outcome.failures) == (True, 0)
    assert (counters["unanswered"], counters["is_at_rest"]) == (0, True)
    assert counters["faults_in_vain"] == []
    assert set(counters["faults"]) == {fault.kind for fault in MIXES[mix]}
    assert set(column(folder, "faults", "kind")) == set(counters["faults"])


def test_the_same_seed_goes_wrong_in_the_same_way(tmp_path: Path) -> None:
    runs = [record(tmp_path, *MIXES["network"], *MIXES["actors"]) for _ in range(2)]
    decisions = [column(folder, "faults", "decision").tolist() for folder, _ in runs]

    assert runs[0][1].digest == runs[1][1].digest
    assert decisions[0] == decisions[1]


def test_the_parts_of_a_latency_sum_to_it_whatever_a_message_suffers(tmp_path: Path) -> None:
    folder, _ = record(tmp_path, *MIXES["network"], *MIXES["links"], *MIXES["nodes"])
    parts = ("network_us", "mailbox_us", "worker_us", "service_us", "commit_us")
    columns = [column(folder, "requests", part) for part in parts]
    latency_us = column(folder, "requests", "answered_us") - column(
        folder, "requests", "intended_us"
    )

    traced = columns[0] >= 0
    assert traced.mean() > 0.8
    assert (sum(columns)[traced] == latency_us[traced]).all()
    assert (latency_us > 1_000_000).any()


def test_a_fault_that_never_fired_fails_the_run(tmp_path: Path) -> None:
    folder, outcome = record(tmp_path, FaultPlan("crash", where="nobody/*"))
    verdict = summarise(folder.path)["verdict"]

    assert outcome.audit_passed
    assert verdict["word"] == "not proven"
    assert {"event": "fault 1: crash", "count": 0} in verdict["must_see"]


def test_a_run_that_does_not_come_to_rest_in_time_fails(tmp_path: Path) -> None:
    folder, _ = record(tmp_path, FaultPlan("partition", at_s=80, where="account/*"), drain_s=0.1)
    verdict = summarise(folder.path)["verdict"]

    assert not verdict["passed"]
    assert {"event": "came to rest", "count": 0} in verdict["must_see"]


def test_metrics_count_what_went_wrong(tmp_path: Path) -> None:
    folder, _ = record(tmp_path, FaultPlan("drop", share=0.05))
    metrics = summarise(folder.path)["metrics"]

    assert metrics["faults.drop"] == loaded(folder, "counters.json")["faults"]["drop"] > 10
