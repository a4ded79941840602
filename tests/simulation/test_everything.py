"""A small `all-day-everything`: whatever customers can do is done, counted, recorded and judged."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from reports.metrics import summarise
from scenarios.loader import resolve
from simulation.audit import replay as judge_again
from simulation.driver import World, run
from simulation.notification_plan import NotificationsPlan
from simulation.plan import Plan
from simulation.prices import make_tape
from simulation.records import OPERATIONS
from simulation.run_folder import RunFolder
from simulation.streams import Streams
from simulation.workload import make_workload, write_workload
from simulation.workload.schedule import OTHER_OPERATIONS
from simulation.workload.workload import WorkloadError

ROOT = Path(__file__).parents[2]
USERS = 60
SLOWER = 6  # than the scenario


def small(plan: Plan) -> Plan:
    """Return the scenario with fewer customers, who do as much each."""
    load = tuple(replace(one, rate_per_s=one.rate_per_s / SLOWER) for one in plan.load)
    prices = replace(plan.market.prices, ticks_per_s=0.01)
    market = replace(plan.market, symbols=5, prices=prices)
    notifications = plan.notifications
    assert isinstance(notifications, NotificationsPlan)
    assert notifications.alerts is not None
    alerts = replace(notifications.alerts, count=100, symbols=5)
    return replace(
        plan, load=load, market=market, users=replace(plan.users, count=USERS),
        notifications=replace(notifications, alerts=alerts),
    )  # fmt: skip


@pytest.fixture(scope="module")
def plan() -> Plan:
    return small(resolve("all-day-everything").plan)


@pytest.fixture(scope="module")
def folder(plan: Plan, tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    folder = RunFolder.create(tmp_path_factory.mktemp("runs"), plan.name, "", "", plan.seed, "test")
    outcome = run(plan, folder, keep_journal=True)
    folder.finish("complete")
    assert (outcome.audit_passed, outcome.failures) == (True, 0)
    return folder


def counters(folder: RunFolder) -> dict[str, Any]:
    value: dict[str, Any] = json.loads((folder.path / "counters.json").read_text("utf-8"))
    return value


def test_the_mix_has_every_operation_that_a_customer_can_do(plan: Plan) -> None:
    weights = dict(plan.users.profile.operations)

    assert [
        name for name in map(OPERATIONS.__getitem__, OTHER_OPERATIONS) if not weights[name]
    ] == []


def test_whatever_must_be_seen_is_seen_on_a_smaller_day_as_well(
    folder: RunFolder, plan: Plan
) -> None:
    events = counters(folder)["events"]

    assert [name for name in plan.must_see if not events.get(name)] == []


def test_each_operation_has_an_event_that_must_be_seen(plan: Plan) -> None:
    wanted = {
        "logged_in", "logged_out", "quote_answered", "search_answered", "portfolio_valued",
        "deposit_made", "withdrawal_made", "shares_transferred", "order_executed",
        "limit_order_triggered", "order_cancelled", "symbol_watched", "symbol_unwatched",
        "watchlist_read", "stop_order_triggered", "order_undone", "deposit_undone", "balance_read",
        "price_history_read", "preferences_read", "alert_added", "alert_removed",
        "preferences_changed", "account_opened", "account_closed", "orders_found",
        "transactions_read", "stranger_refused", "observer_told",
    }  # fmt: skip

    assert len(wanted) > len(OPERATIONS)
    assert wanted <= set(plan.must_see)


def test_notifications_staleness_and_ownership_are_judged(folder: RunFolder) -> None:
    audit = json.loads((folder.path / "audit.json").read_text("utf-8"))
    checks = {row["id"]: row["checks"] for row in audit["invariants"]}

    assert min(checks[name] for name in ("A23", "A24", "A25")) > 20
    assert [name for name, count in checks.items() if not count] == []


def test_every_operation_is_recorded_as_a_request_with_its_latency(folder: RunFolder) -> None:
    requests = pq.read_table(folder.path / "requests").to_pandas()
    metrics = summarise(folder.path)["metrics"]
    further = requests[requests["account"] > USERS]

    assert set(requests["operation"]) == set(OPERATIONS)
    assert set(requests["status"]) == {"ok", "rejected"}
    assert {"balance", "set_alert", "open_account", "close_account"} <= set(further["operation"])
    assert all(
        metrics[f"latency.{name}.max"] > 0 for name in OPERATIONS if name != "transfer"
    )  # shares are transferred in the warm-up
    assert metrics["rejections.not_owner.count"] == sum(requests["operation"] == "intrude") > 20


def test_strangers_are_refused_and_nothing_else_is_as_a_stranger(folder: RunFolder) -> None:
    requests = pq.read_table(folder.path / "requests").to_pandas()
    strange = requests[requests["reason"] == "not_owner"]

    assert set(strange["operation"]) == {"intrude"}
    assert not (strange["user"] == strange["account"]).any()


def test_observers_of_somebodys_own_are_told_each_change_that_the_pace_allows(
    folder: RunFolder,
) -> None:
    prices = pq.read_table(folder.path / "prices").to_pandas()

    told = counters(folder)["events"]["observer_told"]

    assert 0.9 * len(prices) < told <= len(prices)  # all five stocks have one


def test_its_journal_can_be_judged_again(folder: RunFolder) -> None:
    assert judge_again(folder.path).passed


def test_the_written_workload_gives_the_same_digest(
    folder: RunFolder, plan: Plan, tmp_path: Path
) -> None:
    world = World(plan, folder_beside(tmp_path), replay=None, keep_journal=False)
    write_workload(world.workload, tmp_path / "w.csv")
    world.abandon()
    world.brokerage.history.close()
    again = folder_beside(tmp_path)

    outcome = run(plan, again, replay=tmp_path / "w.csv")

    assert outcome.digest == counters(folder)["digest"]


def folder_beside(path: Path) -> RunFolder:
    return RunFolder.create(path, "again", "", "", 1, "test")


PROGRAM = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from test_everything import small
from scenarios.loader import resolve
from simulation.driver import run
from simulation.records import OPERATIONS
from simulation.run_folder import RunFolder
plan = small(resolve("all-day-everything").plan)
folder = RunFolder.create(Path(sys.argv[2]), plan.name, "", "", plan.seed, "test")
print(run(plan, folder).digest)
"""


def test_its_digest_is_the_same_in_a_process_with_another_hash_seed(
    folder: RunFolder, tmp_path: Path
) -> None:
    here = os.environ.get("PYTHONHASHSEED", "random")
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(Path(__file__).parent), str(tmp_path)],
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "2" if here == "1" else "1"},
        capture_output=True, text=True, check=True,
    )  # fmt: skip

    assert done.stdout.strip() == counters(folder)["digest"]


def test_a_workload_that_wishes_for_a_channel_of_no_table_is_refused(
    plan: Plan, tmp_path: Path
) -> None:
    streams = Streams(plan.seed)
    write_workload(make_workload(plan, make_tape(plan, streams), streams), tmp_path / "w.csv")
    assert plan.notifications is not None
    fewer = replace(plan.notifications, channels=plan.notifications.channels[:1])

    with pytest.raises(WorkloadError, match=r"a preference for email, but .*notifications.email"):
        run(replace(plan, notifications=fewer), folder_beside(tmp_path), replay=tmp_path / "w.csv")
