"""How notifications fared, from a table that was written by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from reports.findings import Findings, Window
from reports.notifications import add_notifications
from simulation.recorder import ColumnWriter
from simulation.records import SCHEMAS

S = 1_000_000
ROWS = [
    # channel, owed, taken, done, status
    ("email", 10, 10, 11, "delivered"),
    ("email", 10, 11, 13, "delivered"),
    ("email", 10, 11, 41, "delivered"),  # after 31 s
    ("sms", 10, 10, 12, "given_up"),
    ("sms", 20, -1, -1, "waiting"),
    ("sms", 1, 1, 2, "delivered"),  # owed in the warm-up
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    table = ColumnWriter(SCHEMAS["notifications"], tmp_path, "notifications")
    for number, (channel, owed, taken, done, status) in enumerate(ROWS, 1):
        times = [s * S if s >= 0 else -1 for s in (owed, taken, done)]
        table.append(channel, "deposit", "account/U1-1", number, *times, status, "")
    table.close()
    return tmp_path


def test_shares_are_of_all_that_were_owed_after_the_warm_up(folder: Path) -> None:
    findings = Findings()
    add_notifications(folder, Window(5 * S, 60 * S), findings)

    metrics = findings.metrics
    assert metrics["notifications.owed.count"] == 5
    assert metrics["notifications.delivered.share"] == 3 / 5
    assert metrics["notifications.within_30s.share"] == 2 / 5
    assert metrics["notifications.given_up.count"] == 1
    assert metrics["notifications.waiting.count"] == 1
    assert metrics["latency.notification_email.p50"] == 3.0
    assert metrics["latency.notification_email.max"] == 31.0


def test_the_depth_is_the_most_that_was_taken_and_not_sent(folder: Path) -> None:
    findings = Findings()
    add_notifications(folder, Window(5 * S, 60 * S), findings)

    assert findings.metrics["notifications.email.depth.max"] == 2
    assert findings.metrics["notifications.sms.depth.max"] == 1


def test_a_run_without_notifications_has_no_figures_of_them(tmp_path: Path) -> None:
    findings = Findings()
    add_notifications(tmp_path, Window(0, 60 * S), findings)

    assert findings.metrics == {}
