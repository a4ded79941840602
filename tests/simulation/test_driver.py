"""The smallest scenario from end to end: judged, recorded, repeatable, interruptible."""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from actors.actor import Actor
from reports.metrics import summarise
from scenarios.loader import resolve
from simulation.driver import Outcome, run
from simulation.metric_names import family_of
from simulation.plan import Plan
from simulation.prices import make_tape
from simulation.records import BUSY
from simulation.run_folder import RunFolder
from simulation.streams import Streams
from simulation.virtual_time import VirtualTimeRuntime
from simulation.workload import make_workload, write_workload

ROOT = Path(__file__).parents[2]
PARTS = ("network_us", "mailbox_us", "worker_us", "service_us", "commit_us")
SIGN = {"buy": -1, "sell": 1}


def plan_of(seed: int = 1, *overrides: str) -> Plan:
    return resolve("quiet-minute", overrides, seed).plan


def record(out: Path, plan: Plan, **options: Any) -> tuple[RunFolder, Outcome]:
    folder = RunFolder.create(out, plan.name, "", "", plan.seed, "a test")
    outcome = run(plan, folder, **options)
    folder.finish("interrupted" if outcome.interrupted else "complete")
    return folder, outcome


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> tuple[RunFolder, Outcome]:
    """Give the quiet minute, recorded once."""
    return record(tmp_path_factory.mktemp("runs"), plan_of())


def table(folder: RunFolder, name: str) -> pa.Table:
    return pq.read_table(sorted((folder.path / name).glob("part-*.parquet")))


def columns(folder: RunFolder, name: str) -> dict[str, Any]:
    """Return the columns of a table, text as text."""
    rows = table(folder, name)
    return {column: np.array(rows[column].to_pylist()) for column in rows.column_names}


def loaded(folder: RunFolder, name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((folder.path / name).read_text("utf-8"))
    return content


def test_nothing_is_lost_and_no_handler_raises(recorded: tuple[RunFolder, Outcome]) -> None:
    folder, outcome = recorded

    assert (outcome.audit_passed, outcome.interrupted, outcome.failures) == (True, False, 0)
    audit = loaded(folder, "audit.json")
    assert audit["findings"] == []
    checks = {invariant["id"]: invariant["checks"] for invariant in audit["invariants"]}
    assert all(checks[name] > 0 for name in ("A01", "A02", "A03", "A05", "A07", "A11", "A16"))


def parts_of_worlds() -> int:
    return sum(isinstance(thing, VirtualTimeRuntime | Actor) for thing in gc.get_objects())


def test_nothing_of_the_world_outlives_its_run(tmp_path: Path) -> None:
    gc.collect()
    before = parts_of_worlds()

    gc.disable()  # so that it is the driver that clears up, and not chance
    try:
        record(tmp_path, plan_of(1, "users.count=5"))
    finally:
        gc.enable()

    assert parts_of_worlds() == before


def test_every_command_is_answered(recorded: tuple[RunFolder, Outcome]) -> None:
    folder, _ = recorded
    requests = columns(folder, "requests")

    counters = loaded(folder, "counters.json")
    assert counters["unanswered"] == 0
    assert counters["dead_letters"] == {}
    assert len(set(requests["command_id"].tolist())) == counters["commands"] > 500
    assert set(requests["status"]) == {"ok", "rejected"}
    assert (requests["answered_us"] > requests["intended_us"]).all()
    assert BUSY not in set(requests["reason"])
    assert ((requests["status"] == "rejected") == (requests["reason"] != "")).all()


def test_the_parts_of_a_latency_sum_to_it_without_a_rest(
    recorded: tuple[RunFolder, Outcome],
) -> None:
    requests = columns(recorded[0], "requests")
    parts = np.stack([requests[part] for part in PARTS])
    whole = (parts >= 0).all(axis=0)

    assert whole.mean() > 0.95
    latency_us = requests["answered_us"] - requests["intended_us"]
    assert (parts.sum(axis=0) == latency_us)[whole].all()
    # The journal is in memory: nobody waits for a commit, and no rest may hide there.
    assert (parts[4][whole] <= 1).all()
    assert (parts[3][whole] > 0).all()


def test_orders_and_requests_tell_the_same(recorded: tuple[RunFolder, Outcome]) -> None:
    folder, _ = recorded
    orders, requests = columns(folder, "orders"), columns(folder, "requests")
    placed = np.char.startswith(requests["operation"], "place_")
    accepted = set(requests["command_id"][placed & (requests["accepted_us"] >= 0)].tolist())

    assert set(orders["command_id"].tolist()) == accepted
    assert len(set(orders["order_id"].tolist())) == len(orders["order_id"])
    executed = orders["status"] == "EXECUTED"
    assert (orders["executed"] == np.where(executed, orders["quantity"], 0)).all()
    assert (orders["executed_us"][executed] >= orders["placed_us"][executed]).all()
    worst, price = orders["worst_price"][executed], orders["price"][executed]
    is_buy = orders["order_type"][executed] == "BUY"
    assert np.where(is_buy, price <= worst, price >= worst).all()


def test_every_executed_order_has_its_one_transaction(
    recorded: tuple[RunFolder, Outcome],
) -> None:
    folder, _ = recorded
    orders, moves = table(folder, "orders").to_pylist(), table(folder, "transactions").to_pylist()
    trades = {move["order_id"]: move for move in moves if move["kind"] in SIGN}
    executed = {order["order_id"]: order for order in orders if order["status"] == "EXECUTED"}

    assert trades.keys() == executed.keys()
    assert len(trades) == sum(move["kind"] in SIGN for move in moves)
    for order_id, move in trades.items():
        order = executed[order_id]
        assert (move["quantity"], move["price"]) == (order["executed"], order["price"])
        assert move["amount"] == SIGN[move["kind"]] * move["quantity"] * move["price"]
        assert move["kind"].upper() == order["order_type"]
    assert len({move["transaction_id"] for move in moves}) == len(moves)


def test_queues_are_counted_by_class_and_add_up_to_what_waits(
    recorded: tuple[RunFolder, Outcome],
) -> None:
    folder, _ = recorded
    queues, timeline = columns(folder, "queues"), columns(folder, "timeline")

    sums = {int(second): 0 for second in timeline["at_us"]}
    for second, depth in zip(queues["at_us"].tolist(), queues["depth"].tolist(), strict=True):
        sums[second] += depth
    assert list(sums.values()) == timeline["depth"].tolist()
    assert set(queues["actor"].tolist()) == set(columns(folder, "actors")["actor"].tolist())


def test_every_metric_of_a_run_is_known_by_name(recorded: tuple[RunFolder, Outcome]) -> None:
    folder, _ = recorded

    metrics = summarise(folder.path)["metrics"]

    assert [name for name in metrics if family_of(name) is None] == []
    assert metrics["business.volume_usd"] > 0
    assert "profit.unrealised.total" in metrics, "the price of everything held is known"


def test_shares_from_elsewhere_come_with_what_they_cost(
    recorded: tuple[RunFolder, Outcome],
) -> None:
    folder, _ = recorded
    moves = columns(folder, "transactions")

    assert ((moves["cost"] > 0) == (moves["kind"] == "transfer")).all()


def test_cash_moves_are_those_that_were_asked_for(recorded: tuple[RunFolder, Outcome]) -> None:
    folder, _ = recorded
    moves, requests = columns(folder, "transactions"), columns(folder, "requests")

    for operation in ("deposit", "withdraw", "transfer"):
        done = (requests["operation"] == operation) & (requests["status"] == "ok")
        assert (moves["kind"] == operation).sum() == done.sum() > 0


def test_three_fresh_processes_with_other_hash_seeds_find_the_same_digest(
    recorded: tuple[RunFolder, Outcome], tmp_path: Path
) -> None:
    processes = [digest_in_process(tmp_path, hash_seed) for hash_seed in ("0", "1", "4711")]
    outputs = [process.communicate(timeout=60) for process in processes]

    assert {output for output, _ in outputs} == {recorded[1].digest}, outputs[0][1]


def digest_in_process(out: Path, hash_seed: str) -> subprocess.Popen[str]:
    program = (
        "import sys; from pathlib import Path; from tests.simulation import test_driver as t; "
        "print(t.record(Path(sys.argv[1]), t.plan_of())[1].digest, end='')"
    )
    return subprocess.Popen(
        [sys.executable, "-c", program, str(out)],
        cwd=ROOT,
        env=os.environ | {"PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_another_seed_is_another_run(recorded: tuple[RunFolder, Outcome], tmp_path: Path) -> None:
    _, other = record(tmp_path, plan_of(seed=2))

    assert other.audit_passed
    assert other.digest != recorded[1].digest


@pytest.mark.parametrize("name", ["workload.parquet", "workload.csv"])
def test_a_workload_replayed_from_its_file_is_the_same_run(
    recorded: tuple[RunFolder, Outcome], tmp_path: Path, name: str
) -> None:
    plan, streams = plan_of(), Streams(1, 0)
    write_workload(make_workload(plan, make_tape(plan, streams), streams), tmp_path / name)

    _, replayed = record(tmp_path, plan, replay=tmp_path / name)

    assert replayed.digest == recorded[1].digest


def test_an_interrupted_run_keeps_what_it_has(tmp_path: Path) -> None:
    def interrupt(now_s: float, end_s: float) -> None:
        if now_s > 50.0:
            raise KeyboardInterrupt

    folder, outcome = record(tmp_path, plan_of(), progress=interrupt)

    assert outcome.interrupted
    assert outcome.failures == 0
    assert loaded(folder, "run.json")["status"] == "interrupted"
    statuses = columns(folder, "requests")["status"].tolist()
    assert statuses.count("ok") > 100
    assert len(statuses) < loaded(folder, "counters.json")["commands"]  # what was sent
    assert columns(folder, "orders")["order_id"].size > 0


@pytest.mark.parametrize("commit", ["0s", "2ms"])
def test_several_nodes_with_a_slow_journal_lose_nothing_either(tmp_path: Path, commit: str) -> None:
    plan = plan_of(1, "cluster.nodes=3", "cluster.workers=1", f'cluster.commit="{commit}"')

    folder, outcome = record(tmp_path, plan)

    assert outcome.audit_passed
    assert outcome.failures == 0
    requests = columns(folder, "requests")
    assert len(set(requests["node"].tolist())) == 3
    assert (requests["commit_us"].max() > 1) == (commit != "0s")


def test_a_busy_door_sheds_load_and_loses_nothing(tmp_path: Path) -> None:
    plan = plan_of(1, "in_flight_limit=1", "cluster.speed=0.0002")

    folder, _ = record(tmp_path, plan)

    requests = columns(folder, "requests")
    assert (requests["reason"] == BUSY).sum() > 0
    findings = loaded(folder, "audit.json")["findings"]
    assert {finding["invariant"] for finding in findings} == {"A17"}  # refuses nearly everything
    assert (requests["status"] != "unanswered").all()


def test_the_ledger_of_a_run_balances_and_agrees_with_its_transactions(tmp_path: Path) -> None:
    folder, _ = record(tmp_path, plan_of(1))

    cash = loaded(folder, "counters.json")["ledger_cash"]
    amounts = columns(folder, "transactions")["amount"]
    assert sum(cash.values()) == 0
    assert cash["outside"] < 0 < cash["accounts"] == amounts.sum()


def test_requests_for_the_last_of_128_stocks_are_recorded_under_its_name(tmp_path: Path) -> None:
    prices = 'market.prices={kind="walk", ticks="0.01/s"}'
    plan = plan_of(1, "market.symbols=128", "profile.zipf_slope=0.0", prices)

    folder, _ = record(tmp_path, plan)

    assert len(set(columns(folder, "requests")["symbol"]) - {""}) == 128
