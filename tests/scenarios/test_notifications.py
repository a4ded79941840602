"""The table `[notifications]` of a scenario, from the file to the recorded run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from scenarios.errors import ScenarioError
from scenarios.failures import world_of_plan, write_world
from scenarios.loader import resolve
from simulation.driver import run
from simulation.explore.seeds import world_of
from simulation.explore.shapes import basis_of
from simulation.plan import Plan
from simulation.records import read_json
from simulation.run_folder import RunFolder

TABLE = """
extends = "quiet-minute"
[users]
count = 20
[notifications]
users = "50%"
events = ["order_executed", "price_alert"]
[notifications.email]
wanted = "80%"
latency = "300ms"
failures = "10%"
outages = [{ at = "40s", for = "5s" }]
[notifications.alerts]
count = 100
spread = "1%"
repeats = "50%"
"""


def plan_of(folder: Path, text: str) -> Plan:
    path = folder / "told.toml"
    path.write_text(text, encoding="utf-8")
    return resolve(str(path)).plan


def test_a_channel_is_as_usual_where_nothing_is_said(tmp_path: Path) -> None:
    notifications = plan_of(tmp_path, TABLE).notifications

    assert notifications is not None
    (email,) = notifications.channels
    assert (email.workers, email.rate_per_s, email.capacity) == (1, 100.0, 100_000)
    assert [(outage.at_s, outage.for_s) for outage in email.outages] == [(40.0, 5.0)]


def test_a_scenario_without_the_table_tells_nobody_anything(tmp_path: Path) -> None:
    assert plan_of(tmp_path, 'extends = "quiet-minute"\n').notifications is None


@pytest.mark.parametrize(
    ("instead", "of", "said"),
    [
        ('"order_exploded"', '"order_executed"', "order_exploded"),
        ('"price_alert"', '"order_executed"', "each event is named once"),
        ('"500s"', '"40s"', "begins after the end"),
        ("20_001", "100", "at most 1,000 alerts"),
        ("[notifications.mail]", "[notifications.email]", "did you mean 'email'"),
        ('"100%"', '"10%"', "failures"),
    ],
)
def test_a_mistake_is_named_with_its_place(
    tmp_path: Path, instead: str, of: str, said: str
) -> None:
    with pytest.raises(ScenarioError, match=r"told\.toml:\d+") as error:
        plan_of(tmp_path, TABLE.replace(of, instead))

    assert said in str(error.value)


def test_a_run_tells_everybody_once_and_records_it(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, TABLE)
    outcome, counters = played(plan, tmp_path / "one")
    again, _ = played(plan, tmp_path / "two")

    events, email = counters["events"], counters["channels"]["email"]
    assert outcome.audit_passed
    assert outcome.digest == again.digest
    assert events["alert_set"] == 100
    assert events["alert_fired"] > 0
    assert events["notification_delivered"] == email["shown"] > 10
    assert email["failed"] > 0


def played(plan: Plan, folder: Path) -> tuple[Any, dict[str, Any]]:
    recorded = RunFolder.create(folder, plan.name, "", "", plan.seed, "a test")
    outcome = run(plan, recorded)
    return outcome, read_json(recorded.path / "counters.json")


def test_a_small_world_with_notifications_is_the_same_when_it_is_read_back(
    tmp_path: Path,
) -> None:
    basis = basis_of(plan_of(tmp_path, 'extends = "quiet-minute"\n'))
    worlds = [world_of(basis, seed) for seed in range(30)]
    told = [world for world in worlds if world.channels]

    assert told
    for world in told[:5]:
        path = write_world(tmp_path / "world.toml", world, "Is it the same?", "")
        plan = resolve(str(path)).plan
        assert plan.replay is not None
        read = world_of_plan(plan, plan.replay)
        assert read.steps == world.steps
        assert [channel.channel for channel in read.channels] == [
            channel.channel for channel in sorted(world.channels, key=order_of)
        ]


def order_of(channel: Any) -> int:
    return ("console", "email", "sms", "push").index(channel.channel)
