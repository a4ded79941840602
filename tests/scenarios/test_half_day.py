"""The scenario of a half day, with fewer customers: its orders end at 13:00, and not before."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from reports.tables import Table
from scenarios.cli import openoutcry

CLOSE_US = 600 * 1_000_000  # 13:00, as the run begins at 12:50


def test_a_half_day_expires_what_waits_at_13_00_and_refuses_what_comes_later(
    tmp_path: Path,
) -> None:
    small = ["--set", "users.count=20", "--set", "market.symbols=2", "--out", str(tmp_path)]

    done = CliRunner().invoke(openoutcry, ["run", "half-day", *small])

    assert done.exit_code == 0, done.output
    assert "session of 2024-07-03, 09:30 to 13:00 in New York" in done.output
    (folder,) = tmp_path.iterdir()
    run = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    assert run["date"] == "2024-07-03"
    orders = Table(folder, "orders")
    assert orders.numbers("executed_us").max() < CLOSE_US
    assert orders.numbers("placed_us").max() < CLOSE_US


def test_early_limit_orders_of_a_scenario_wait_for_the_opening(tmp_path: Path) -> None:
    sets = [
        "market.accept_early_limits=true", "starts_at=09:20", "warm_up=1m", "duration=14m",
        'must_see=["limit_order_early", "order_executed"]', "users.count=20", "market.symbols=2",
    ]  # fmt: skip
    options = [word for key in sets for word in ("--set", key)]

    done = CliRunner().invoke(
        openoutcry, ["run", "half-day", *options, "--out", str(tmp_path), "--keep-journal"]
    )

    assert done.exit_code == 0, done.output
    (folder,) = tmp_path.iterdir()
    executed_us = Table(folder, "orders").numbers("executed_us")
    assert executed_us[executed_us >= 0].min() >= CLOSE_US  # 09:30
    again = CliRunner().invoke(openoutcry, ["audit", str(folder)])
    assert again.exit_code == 0, again.output
