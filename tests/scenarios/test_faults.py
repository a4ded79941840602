"""Faults in scenario files: what may be said about them, and what is told about mistakes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from scenarios.loader import bundled, resolve
from simulation.plan import FaultPlan

Refused = Callable[..., list[str]]
Written = Callable[..., Path]

RETRY = ("count = 100\n", 'count = 100\nretry_after = "1s"\n')


def with_fault(*lines: str) -> tuple[str, str]:
    """Return the replacement that adds a fault before the limits, at line 16."""
    return "[limits]", "\n".join(["[[fault]]", *lines, "", "[limits]"])


def test_a_fault_says_what_when_where_and_how_much(written: Written) -> None:
    path = written(
        RETRY,
        with_fault(
            'kind = "drop"', 'share = "1%"', 'at = "5m"', 'for = "2m"', 'every = "3m"',
            'where = "account/*"', 'to = "book/*"', 'message = "Submit*"',
        ),
    )  # fmt: skip

    plan = resolve(str(path)).plan

    assert plan.users.retry_after_s == 1.0
    assert plan.faults == (
        FaultPlan(
            "drop", 300.0, 120.0, 0.01, 180.0, "account/*", "book/*", message="Submit*"
        ),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "amount", "meant"),
    [
        ("delay", "50ms", 0.05),
        ("slow_node", None, None),
        ("load_spike", "500/s", 500.0),
        ("price_gap", "-20%", -0.2),
        ("clock_skew", "3s", 3.0),
    ],
)
def test_the_unit_of_an_amount_is_that_of_its_kind(
    written: Written, kind: str, amount: str | None, meant: float | None
) -> None:
    line = [] if amount is None else [f'amount = "{amount}"']
    path = written(with_fault(f'kind = "{kind}"', *line))

    (fault,) = resolve(str(path)).plan.faults

    assert (fault.kind, fault.amount) == (kind, meant)


def test_a_resolved_scenario_resolves_to_the_same_plan(written: Written) -> None:
    path = written(RETRY, with_fault('kind = "crash"', 'at = "1m"', 'for = "2m"', 'every = "5s"'))
    resolved = resolve(str(path))
    again = path.with_name("again.toml")
    again.write_text(resolved.as_resolved, encoding="utf-8")

    assert 'for = "120s"' in resolved.as_resolved
    assert resolve(str(again)).plan.faults == resolved.plan.faults


@pytest.mark.parametrize(
    ("lines", "mistake"),
    [
        (['kind = "dorp"'], "fault.0.kind: one of drop, duplicate, delay, reorder"),
        (['kind = "dorp"'], "did you mean 'drop'?"),
        (['share = "1%"'], "fault.0.kind: missing: one of drop"),
        (['kind = "delay"', 'shaer = "1%"'], "fault.0.shaer: unknown key; did you mean 'share'?"),
        (['kind = "delay"', 'fro = "1m"'], "fault.0.fro: unknown key; did you mean 'for'?"),
        (['kind = "delay"', "share = 0.01"], 'fault.0.share: a share, like "5%" or "30bp"'),
        (['kind = "delay"', 'for = "0s"'], "fault.0.for: must be above 0s, not 0s"),
        (['kind = "delay"', 'amount = "5%"'], 'fault.0.amount: a duration with its unit'),
        (['kind = "load_spike"', 'amount = "5s"'], "fault.0.amount: a rate with its unit"),
        (['kind = "early_close"'], 'fault.0.at: missing: when it closes'),
        (['kind = "early_close"', 'at = "1m"', 'for = "1m"'], "fault.0.for: unknown key"),
        (['kind = "full_disk"', 'for = "1m"'], "fault.0.kind: a full_disk may lose a command"),
        (['kind = "paused_node"'], "fault.0.for: missing: how long it lasts"),
        (['kind = "delay"', 'at = "10m"'], "fault.0.at: it would never begin: warm_up + duration"),
        (['kind = "delay"', 'at = "9m"', 'for = "2m"'], "fault.0.for: it lasts beyond warm_up"),
        (['kind = "delay"', 'every = "1m"'], "fault.0.every: it must have a shorter for"),
        (['kind = "delay"', 'message = "PlaceOder"'], "did you mean 'PlaceOrder'?"),
        (['kind = "drop"'], 'add users.retry_after = "1s"'),
    ],
)  # fmt: skip
def test_a_mistake_in_a_fault_is_told_with_its_place(
    refused: Refused, lines: list[str], mistake: str
) -> None:
    (told,) = refused(with_fault(*lines))

    assert told.startswith("rush.toml:1")
    assert mistake in told


def test_a_tail_can_only_be_lost_where_commits_take_time(refused: Refused) -> None:
    (told,) = refused(RETRY, with_fault('kind = "torn_record"'))

    assert 'set cluster.commit = "5ms"' in told


def test_the_market_must_have_opened_before_it_closes_early(refused: Refused) -> None:
    (told,) = refused(
        ('duration = "10m"', 'duration = "10m"\nstarts_at = "09:29"'),
        with_fault('kind = "early_close"', 'at = "30s"'),
    )

    assert "fault.0.at: the market opens at 60s; it must close later" in told


@pytest.mark.parametrize("name", ["flaky-network", "rough-day"])
def test_the_bundled_scenarios_with_faults_are_valid(name: str) -> None:
    assert name in bundled()
    assert resolve(name).plan.faults
